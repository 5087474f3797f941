"""The files in deploy/ keep what docs/deploy.md promises; nginx and systemd themselves are asked where they are."""

from __future__ import annotations

import configparser
import http.client
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = ("samenwijzer.service", "samenwijzer-ingest.service")
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


class Repeated(dict):
    """Collect what a unit says more than once."""

    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self:
            value = [*self[key], *value]
        super().__setitem__(key, value)


def unit(name):
    parser = configparser.ConfigParser(interpolation=None, strict=False, dict_type=Repeated, delimiters="=")
    parser.optionxform = str
    parser.read_string((DEPLOY / "systemd" / name).read_text("utf-8"))
    return parser


def instructions():
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text("utf-8"))
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line and not line.startswith("#")]


def image():
    """Return the instructions of the last stage, which is what runs."""
    found = instructions()
    return found[max(place for place, (name, _) in enumerate(found) if name == "FROM") :]


def options(arguments):
    """Check arguments of `samenwijzer` as it would itself, and return what they set."""
    import typer

    import cli

    given = [one for one in arguments if not one.endswith("samenwijzer")]
    command = typer.main.get_command(cli.app).commands[given[0]]
    return command.make_context(given[0], given[1:]).params


def test_the_container_runs_as_nobody_special_and_without_a_network_to_need():
    last = dict(image())
    user = last["USER"].split(":")[0]
    assert user.isdigit() and int(user) > 0 and f"--uid {user}" in " ".join(line for _, line in image())
    assert "HF_HUB_OFFLINE=1" in last["ENV"] and f"SAMENWIJZER_KB={last['VOLUME']}" in last["ENV"]
    fetching = [line for name, line in image() if name == "RUN" and re.search(r"\bpip\b|curl|wget", line)]
    assert fetching == [], "what runs is copied from the stage that built it"


def test_the_container_installs_by_hash_and_holds_nothing_but_the_product():
    building = " ".join(line for name, line in instructions() if name == "RUN")
    assert "--require-hashes --only-binary :all: -r constraints-hashes.txt" in building
    assert "--no-deps --no-build-isolation ." in building
    kept = (ROOT / ".containerignore").read_text("utf-8")
    assert kept == (ROOT / ".dockerignore").read_text("utf-8")
    listed = {line[1:] for line in kept.splitlines() if line.startswith("!")}
    assert "*" in kept.splitlines() and all((ROOT / name).exists() for name in listed)
    assert listed == {"constraints-hashes.txt", "pyproject.toml", "README.md", "LICENSE", "cli.py"} | {
        "api", "commands", "corpus", "index", "ingest",
    }  # fmt: skip


def test_the_container_answers_where_it_says():
    last = dict(image())
    command = yaml.safe_load(last["CMD"])
    set_to = options(command)
    assert yaml.safe_load(last["ENTRYPOINT"]) == ["samenwijzer"]
    assert (set_to["host"], str(set_to["port"])) == ("0.0.0.0", last["EXPOSE"])
    assert f"http://127.0.0.1:{last['EXPOSE']}/readyz" in last["HEALTHCHECK"]


def test_compose_is_closed_and_reachable_from_its_host_only():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    user = dict(image())["USER"]
    for service in compose["services"].values():
        assert service["user"] == user and service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"] and "mem_limit" in service
        assert options(service["command"]) is not None and "data:/data" in service["volumes"]
    serving = compose["services"]["samenwijzer"]
    assert (DEPLOY / serving["build"]["context"] / serving["build"]["dockerfile"]).is_file()
    assert all(port.startswith("127.0.0.1:") for port in serving["ports"])
    set_to = options(serving["command"])
    assert serving["ports"] == [f"127.0.0.1:8000:{set_to['port']}"]
    assert f"127.0.0.1:{set_to['port']}/readyz" in serving["healthcheck"]["test"][-1]
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert list(set_to["trusted_proxy"]) == [network["gateway"]]
    assert options(compose["services"]["ingest"]["command"])["sources"] == ["/sources/sources.toml"]


@pytest.mark.parametrize("name", UNITS)
def test_units_run_without_rights(name):
    service = unit(name)["Service"]
    assert (service["User"], service["CapabilityBoundingSet"]) == ("samenwijzer", "")
    assert f"u {service['User']} " in (DEPLOY / "systemd" / "samenwijzer.conf").read_text("utf-8")
    for promise in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute"):
        assert service[promise] == "yes"
    assert service["ProtectSystem"] == "strict" and "MemoryMax" in service and "SystemCallFilter" in service


def test_the_server_only_reads_and_only_talks_to_its_proxy_and_the_timer_starts_the_ingest():
    serve, ingest, timer = (unit(name) for name in (*UNITS, "samenwijzer-ingest.timer"))
    set_to = options(shlex.split(serve["Service"]["ExecStart"]))
    assert (set_to["host"], set_to["port"], list(set_to["trusted_proxy"])) == ("127.0.0.1", 8000, ["127.0.0.1"])
    assert (serve["Service"]["IPAddressDeny"], serve["Service"]["IPAddressAllow"]) == ("any", "localhost")
    assert serve["Service"]["ReadOnlyPaths"] == "-/var/lib/samenwijzer" and "StateDirectory" not in serve["Service"]
    assert options(shlex.split(ingest["Service"]["ExecStart"]))["sources"] == ["/etc/samenwijzer/sources.toml"]
    assert ingest["Service"]["Type"] == "oneshot" and ingest["Service"]["StateDirectory"] == "samenwijzer"
    assert "Install" not in ingest and timer["Timer"]["Persistent"] == "yes"
    assert "OnCalendar" in timer["Timer"] and (DEPLOY / "systemd" / "samenwijzer-ingest.service").exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_understands_the_units_and_finds_them_closed(tmp_path):
    for path in (DEPLOY / "systemd").iterdir():
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text("utf-8"))
        (tmp_path / path.name).write_text(text, "utf-8")
    names = [*UNITS, "samenwijzer-ingest.timer"]
    done = subprocess.run(["systemd-analyze", "verify", *names], cwd=tmp_path, capture_output=True, text=True)
    ours = [
        line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("samenwijzer", str(tmp_path)))
    ]
    assert ours == []
    for name in UNITS:
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", tmp_path / name]
        done = subprocess.run(command, capture_output=True, text=True)
        if "unrecognized option" in done.stderr:
            pytest.skip("this systemd cannot judge a file")
        assert done.returncode == 0, done.stdout + done.stderr  # at most 2.0 of 10, 0 is closed


@pytest.fixture
def behind_nginx(site, tmp_path):
    """Return how to ask for an address through the example, as nginx runs it before the server, and where it writes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    text = (DEPLOY / "nginx" / "samenwijzer.conf").read_text("utf-8")
    for was, becomes in (
        ("127.0.0.1:8000;", f"{site.removeprefix('http://')};"),
        ("listen 80", f"listen 127.0.0.1:{port}"),
        ("/var/cache/nginx/", f"{tmp_path}/cache-"),
        ("/var/log/nginx/", f"{tmp_path}/"),
    ):
        assert was in text
        text = text.replace(was, becomes)
    (tmp_path / "site.conf").write_text(re.sub(r"(?m)^.*\[::\].*\n", "", text), "utf-8")
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "" if os.getuid() else "user root;"  # else its worker may not come into this folder
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/main.log;\nevents {{}}\n"
        f"http {{ {temporary} types {{ text/html html; }} include {tmp_path}/site.conf; }}\n",
        "utf-8",
    )
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "main.log")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:

        def ask(path, host="samenwijzer.example", **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(
                "GET", path, headers={"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
            )
            answer = connection.getresponse()
            body = answer.read().decode()
            connection.close()
            return answer.status, answer.headers, body

        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, (tmp_path / "main.log").read_text("utf-8")
                time.sleep(0.05)
            yield ask, tmp_path
        finally:
            process.terminate()


@pytest.mark.skipif(not NGINX, reason="nginx is not here")
def test_nginx_serves_as_the_page_promises(behind_nginx):
    ask, folder = behind_nginx
    status, headers, _ = ask("/over")
    assert status == 200 and headers["X-Cache-Status"] == "MISS" and headers["Content-Security-Policy"]
    again, headers, body = ask("/over", If_None_Match=headers["ETag"])
    assert (again, headers["X-Cache-Status"], body) == (304, "HIT", "")
    status, headers, _ = ask("/zoek?q=geheimpje")
    assert status == 200 and headers["X-Cache-Status"] == "BYPASS"
    assert "http://samenwijzer.example/" in ask("/sitemap.xml", X_Forwarded_Proto="gopher")[2]
    assert ask("/metrics")[0] == 404 and ask("/v1/beheer/handelingen")[0] == 404
    assert "nginx" in ask("/v1/beheer/handelingen")[2], "it is nginx that refuses"
    with pytest.raises(http.client.RemoteDisconnected):
        ask("/over", host="ander.example")
    asked = [ask("/over", X_Forwarded_For=f"192.0.2.{number}")[0] for number in range(120)]
    assert asked[0] == 200 and 429 in asked, "another name for oneself makes no other visitor"
    log = (folder / "samenwijzer.log").read_text("utf-8")
    assert '"GET /zoek" 200' in log
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert not any(b"geheimpje" in path.read_bytes() for path in written)
