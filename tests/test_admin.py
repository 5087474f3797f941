"""Who may change the collection over HTTP: every route without a token, with a valid one and a revoked one."""

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn

from api.app import create_app
from api.examples import DOCUMENT_ID, PASSAGE_ID
from corpus import audit, tokens, withdrawal
from corpus.errors import StoreError, UsageError
from corpus.store import Corpus, write_lock
from index import rebuild
from index.building import build
from index.results import Query
from index.search import Searcher
from index.snapshot import current_id

ROOT = Path(__file__).resolve().parents[1]
OPEN, TOKEN = "open to everyone", "only with a token"
# Every route there is. One that is not here, or is here and not there, fails: nothing gets in by being new.
ROUTES = {
    "GET /": OPEN,
    "GET /zoek": OPEN,
    "GET /samenvatting": OPEN,
    "GET /publicatie/{id}": OPEN,
    "GET /passage/{id}": OPEN,
    "GET /begrippen": OPEN,
    "GET /over": OPEN,
    "GET /begrippen/{slug}": OPEN,
    "GET /bewaard": OPEN,
    "GET /huisstijl.css": OPEN,
    "GET /kaart": OPEN,
    "GET /publicatie/{id}/onderdeel/{part}": OPEN,
    "GET /status": OPEN,
    "GET /status/gegevens": OPEN,
    "GET /suggesties": OPEN,
    "GET /thema": OPEN,
    "GET /thema/gegevens": OPEN,
    "GET /thema/{slug}": OPEN,
    "GET /thema/{slug}/gegevens": OPEN,
    "GET /toegankelijkheid": OPEN,
    "GET /atom": OPEN,
    "GET /llms.txt": OPEN,
    "GET /opensearch.xml": OPEN,
    "GET /opensearch/suggesties": OPEN,
    "GET /publicatie/{id}/agenda": OPEN,
    "GET /robots.txt": OPEN,
    "GET /sitemap.xml": OPEN,
    "GET /sitemap/{number}.xml": OPEN,
    "GET /.well-known/security.txt": OPEN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /v1/openapi.json": OPEN,
    "GET /v1/zoekresultaten": OPEN,
    "POST /v1/zoekresultaten": OPEN,
    "POST /v1/antwoorden": OPEN,
    "GET /v1/publicaties": OPEN,
    "GET /v1/publicaties/{id}": OPEN,
    "GET /v1/passages/{id}": OPEN,
    "GET /v1/passages/{id}/vergelijkbaar": OPEN,
    "GET /v1/bronvermeldingen": OPEN,
    "GET /v1/begrippen": OPEN,
    "GET /v1/begrippen/{id}": OPEN,
    "GET /v1/beheer/handelingen": TOKEN,
    "GET /v1/beheer/ingetrokken-publicaties": TOKEN,
    "PUT /v1/beheer/ingetrokken-publicaties/{id}": TOKEN,
    "DELETE /v1/beheer/ingetrokken-publicaties/{id}": TOKEN,
    "POST /v1/beheer/momentopnamen": TOKEN,
}
WRONG = {
    "none": {},
    "empty": {"Authorization": "Bearer"},
    "another scheme": {"Authorization": "Basic c2FtZW46d2lqemVy"},
    "made up": {"Authorization": f"Bearer {tokens.PREFIX}{'A' * 43}"},
    "no text": {"Authorization": b"Bearer \xff\xfe"},
}


def routes_of(app, prefix=""):
    for route in app.routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(inner, "routes"):
            yield from routes_of(inner, prefix + getattr(route, "path", ""))
        elif not hasattr(route, "methods"):
            assert route.path == "/static", f"{route}: what is this?"
        else:
            yield from (f"{method} {prefix}{route.path}" for method in route.methods - {"HEAD"})


@contextmanager
def admin_site(kb, admin=True):
    config = uvicorn.Config(create_app(kb, admin=admin), log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def kb(tmp_path_factory, starter_kb):
    kb = tmp_path_factory.mktemp("admin") / "kb"
    shutil.copytree(starter_kb, kb)
    return kb


@pytest.fixture(scope="module")
def held(kb):
    """Return headers by kind of token."""
    valid, revoked = tokens.new(kb, "redactie"), tokens.new(kb, "vertrokken")
    tokens.revoke(kb, "vertrokken")
    return {name: headers for name, headers in WRONG.items()} | {"valid": bearer(valid), "revoked": bearer(revoked)}


@pytest.fixture(scope="module")
def http(kb):
    with admin_site(kb) as client:
        yield client


def test_the_table_has_every_route_and_no_other(kb):
    assert set(routes_of(create_app(kb, admin=True))) == ROUTES.keys()
    public = {route for route, who in ROUTES.items() if who is OPEN}
    assert set(routes_of(create_app(kb))) == public and not any("beheer" in route for route in public)


def ask(http, route, headers):
    method, path = route.split(" ")
    known = {"id": "onbekend" if method in ("PUT", "DELETE") else DOCUMENT_ID, "number": "1", "slug": "x", "part": "x"}
    address = path.format(**known)
    body = {"question": "huisarts"} if "antwoorden" in path else {"q": "huisarts"} if method == "POST" else None
    return http.request(method, address, json=body, headers=headers)


@pytest.mark.parametrize("kind", [*WRONG, "revoked", "valid"])
def test_every_route_with_every_kind_of_token(http, held, kind):
    for route, who in ROUTES.items():
        if route.startswith("POST /v1/beheer") and kind == "valid":
            continue  # this one builds; see below
        answer = ask(http, route, held[kind])
        if who is TOKEN and kind != "valid":
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer "), route
            assert answer.headers["Content-Type"] == "application/problem+json" and "samenwijzer_" not in answer.text
        else:
            assert answer.status_code in (200, 400, 404), (route, answer.text)
        if who is TOKEN:
            assert answer.headers["Cache-Control"] in ("no-store", "no-cache") and "ETag" not in answer.headers


def test_a_parameter_that_is_wrong_tells_nothing_to_who_has_no_token(http, held):
    assert http.get("/v1/beheer/handelingen?limiet=veel").status_code == 401
    assert http.get("/v1/beheer/handelingen?limiet=veel", headers=held["valid"]).status_code == 400


def test_a_server_that_was_not_asked_to_offers_nothing(kb, held):
    with admin_site(kb, admin=False) as http:
        for route, who in ROUTES.items():
            if who is TOKEN:
                assert ask(http, route, held["valid"]).status_code == 404
        description = http.get("/v1/openapi.json").json()
        assert not any("beheer" in path for path in description["paths"])
        assert "securitySchemes" not in description["components"]


def test_outsiders_write_nothing_in_the_audit_log_and_a_revoked_token_does(kb, http, held):
    before = len(audit.read(kb, 1000))
    for kind in WRONG:
        http.post("/v1/beheer/momentopnamen", headers=held[kind])
    assert len(audit.read(kb, 1000)) == before
    http.post("/v1/beheer/momentopnamen", headers=held["revoked"])
    assert audit.read(kb, 1)[0].by == "vertrokken" and audit.read(kb, 1)[0].action == "refused"


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_document_is_withdrawn_rebuilt_put_back_and_all_of_it_is_in_the_log(kb, http, held):
    headers, snapshot = held["valid"], current_id(kb)
    address = f"/v1/beheer/ingetrokken-publicaties/{DOCUMENT_ID}"
    first = http.put(address, headers=headers)
    assert first.status_code == 200 and first.json()["id"] == DOCUMENT_ID
    assert http.put(address, headers=headers).json() == first.json()
    assert http.get(f"/v1/publicaties/{DOCUMENT_ID}").status_code == 200  # the snapshot in use still has it
    started = http.post("/v1/beheer/momentopnamen", headers=headers)
    assert started.status_code == 202 and started.json() == {"status": "started"}
    until(lambda: current_id(kb) != snapshot)
    until(lambda: http.get(f"/v1/publicaties/{DOCUMENT_ID}").status_code == 410)
    assert http.get(f"/passage/{PASSAGE_ID}").status_code == 410
    listed = http.get("/v1/beheer/ingetrokken-publicaties", headers=headers).json()
    assert listed == {"publications": [first.json()]}
    until(lambda: audit.read(kb, 1)[0].outcome.startswith("done"))
    assert http.delete(address, headers=headers).status_code == 204
    assert http.delete(address, headers=headers).status_code == 404
    with Corpus(kb) as corpus:
        assert build(corpus) == snapshot
    assert http.get(f"/v1/publicaties/{DOCUMENT_ID}").status_code == 200
    log = http.get("/v1/beheer/handelingen?limiet=5", headers=headers).json()["handelingen"]
    assert [(entry["by"], entry["action"], entry["outcome"].partition(":")[0]) for entry in log] == [
        ("redactie", "readmit", "done"),
        ("redactie", "rebuild", "done"),
        ("redactie", "rebuild", "started"),
        ("redactie", "withdraw", "done"),
        ("redactie", "withdraw", "done"),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", entry["at"]) for entry in log)


def test_nothing_changes_while_an_ingest_is_running(kb, http, held):
    with write_lock(kb):
        for method, path in (("PUT", f"ingetrokken-publicaties/{DOCUMENT_ID}"), ("POST", "momentopnamen")):
            answer = http.request(method, f"/v1/beheer/{path}", headers=held["valid"])
            assert answer.status_code == 503 and "another ingest" in answer.text and answer.headers["Retry-After"]
        tokens.new(kb, "bij-een-ingest")
        tokens.revoke(kb, "bij-een-ingest")  # at any moment


def test_a_withdrawn_document_stays_out_whatever_the_next_ingest_finds(corpus, make_document):
    document = make_document("Een", "De huisarts belt het wijkteam.", url="https://een.example/")
    corpus.upsert(document, root="r")
    corpus.commit()
    withdrawal.withdraw(corpus.kb, document.id, "wie")
    changed = make_document("Een", "De huisarts belt het wijkteam elke week.", url="https://een.example/")
    moved = make_document("Elders", "De huisarts belt het wijkteam.", canonical_url=document.canonical_url)
    for again in (document, changed):
        assert corpus.upsert(again, root="r") == "unchanged"
    assert moved.id != document.id
    corpus.commit()
    assert list(corpus.documents()) == [] and corpus.known("Een") is not None
    withdrawal.readmit(corpus.kb, document.id, "wie")
    assert [d.id for d in corpus.documents()] == [document.id]
    assert corpus.upsert(changed, root="r") == "changed"
    with pytest.raises(UsageError, match="was not withdrawn"):
        corpus.readmit(document.id)
    with pytest.raises(UsageError, match="no document"):
        corpus.withdraw("onbekend")


def test_what_cannot_be_recorded_is_not_done(corpus, make_document):
    document = make_document("Een", "De huisarts belt het wijkteam.")
    corpus.upsert(document, root="r")
    corpus.commit()
    (corpus.kb / "audit.jsonl").mkdir()
    with pytest.raises(StoreError, match="audit.jsonl"):
        withdrawal.withdraw(corpus.kb, document.id, "wie")
    assert [d.id for d in corpus.documents()] == [document.id] and corpus.withdrawn() == {}


def test_tokens_are_kept_as_hashes_that_only_the_owner_reads(tmp_path, run, make_document):
    with Corpus(tmp_path, create=True):
        pass
    code, secret, _ = run("--kb", tmp_path, "token", "new", "redactie")
    assert code == 0 and len(secret.strip()) == len(tokens.PREFIX) + 43
    kept = (tmp_path / "tokens.json").read_text("utf-8")
    assert secret.strip() not in kept and secret.strip() not in (tmp_path / "audit.jsonl").read_text("utf-8")
    for name in ("tokens.json", "audit.jsonl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert tokens.holder(tmp_path, secret.strip()).name == "redactie"
    assert tokens.holder(tmp_path, secret.strip()[:-1]) is None
    assert run("--kb", tmp_path, "token", "new", "redactie")[0] == 2
    assert run("--kb", tmp_path, "token", "new", "Rédactie")[0] == 2
    assert run("--kb", tmp_path, "token", "revoke", "redactie")[0] == 0
    assert run("--kb", tmp_path, "token", "revoke", "redactie")[0] == 2
    assert tokens.holder(tmp_path, secret.strip()).revoked_at
    listed = json.loads(run("--kb", tmp_path, "token", "list")[1])
    assert listed["name"] == "redactie" and listed["revoked_at"] and "sha256" not in listed
    assert "redactie" in run("--kb", tmp_path, "token", "list", "--format", "table")[1]
    (tmp_path / "tokens.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="make new tokens"):
        tokens.holder(tmp_path, secret.strip())


def test_every_token_is_compared_in_constant_time():
    source = Path(tokens.__file__).read_text("utf-8")
    assert "hmac.compare_digest(token.sha256, offered)" in source and ".sha256 ==" not in source


def test_lines_of_many_writers_never_mix_and_half_a_line_is_passed_over(tmp_path):
    writers = [
        threading.Thread(target=lambda n=n: [audit.record(tmp_path, f"w{n}", "x" * 500, "done") for _ in range(20)])
        for n in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"at": "2026')
    entries = audit.read(tmp_path, 1000)
    assert len(entries) == 80 and {entry.by for entry in entries} == {"w0", "w1", "w2", "w3"}
    assert audit.read(tmp_path / "nothing", 5) == []


def test_half_a_line_spoils_no_other(tmp_path):
    audit.record(tmp_path, "w", "een", "done")
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"at": "2026')
    audit.record(tmp_path, "w", "twee", "done")
    audit.record(tmp_path, "w", "drie", "done")
    assert [entry.action for entry in audit.read(tmp_path, 9)] == ["drie", "twee", "een"]


def test_a_line_that_is_not_written_whole_is_an_error(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:20]))  # as on a full disk
    with pytest.raises(StoreError, match="free space"):
        audit.record(tmp_path, "w", "een", "done")


def test_who_may_write_is_on_disk_before_it_is_told(tmp_path, monkeypatch):
    """A token that was revoked does not come back after a power cut."""
    forced, fsync = [], os.fsync

    def noted(descriptor):
        forced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    tokens.new(tmp_path, "redactie")
    log, kept = (tmp_path / name for name in ("audit.jsonl", "tokens.json"))
    assert forced == [path.stat().st_ino for path in (log, tmp_path, kept, tmp_path)]


def test_a_rebuild_that_breaks_off_is_recorded_too(kb, monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr(rebuild, "build", broken)
    with pytest.raises(MemoryError):
        rebuild.run(kb, "wie")
    assert (audit.read(kb, 1)[0].action, audit.read(kb, 1)[0].outcome) == ("rebuild", "failed: broken off")


def test_withdraw_on_the_command_line(tmp_path, run, make_document):
    with Corpus(tmp_path, create=True) as corpus:
        corpus.upsert(document := make_document("Een", "De huisarts belt het wijkteam."), root="r")
        corpus.upsert(make_document("Twee", "De wijkverpleging belt terug."), root="r")
        corpus.commit()
        assert run("--kb", tmp_path, "withdraw", document.id[:8])[0] == 0
        build(corpus)
        assert [hit.title for hit in Searcher.open(tmp_path).search(Query("belt")).hits] == ["Twee"]
    assert run("--kb", tmp_path, "withdraw", document.id, "--undo")[0] == 0
    assert run("--kb", tmp_path, "withdraw", document.id, "--undo")[0] == 2
    assert audit.read(tmp_path, 1)[0].by == "command line"


def test_the_description_with_administration_is_what_is_answered(kb, held, tmp_path):
    """Schemathesis with a token, over what only reads or says no: withdrawing at random would empty the collection."""
    with admin_site(kb) as http:
        description = http.get("/v1/openapi.json").json()
        assert description["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
        for path, operations in description["paths"].items():
            for operation in operations.values():
                assert ("security" in operation) is path.startswith("/beheer/")
                assert ("401" in operation["responses"]) is path.startswith("/beheer/")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "schemathesis.toml")]
        chosen = ["--include-path-regex", "^/beheer", "--exclude-path", "/beheer/momentopnamen"]
        token = ["--header", f"Authorization: {held['valid']['Authorization']}"]
        done = subprocess.run(
            [*command, "run", "--no-color", *chosen, *token, f"{http.base_url}/v1/openapi.json"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0 and "No issues found" in done.stdout, done.stdout[-8000:] + done.stderr[-2000:]
