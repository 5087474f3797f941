"""The server as it is started: several processes, overload, a new snapshot under load, a stop, and what it logs."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
# `benchmarks` is not installed with the package: it is found from the repository's root.
sys.path.insert(0, str(ROOT))
from api.admission import Load  # noqa: E402
from api.app import create_app  # noqa: E402
from benchmarks import load  # noqa: E402
from corpus.store import Corpus  # noqa: E402
from index.building import build  # noqa: E402
from index.live import Live  # noqa: E402
from index.snapshot import current_id, snapshots_folder  # noqa: E402

SEARCH = "/v1/zoekresultaten?q=huisarts"


class Running:
    """A server in a process of its own, with what it has logged so far."""

    def __init__(self, process):
        self.process, self.log = process, []
        self.address = process.stderr.readline().split()[1]
        self.port = int(self.address.rsplit(":", 1)[1])
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: self.ready() == 200)

    def _read(self):
        for line in self.process.stderr:
            self.log.append(line)

    def ready(self):
        try:
            return httpx2.get(f"{self.address}/readyz", timeout=10).status_code
        except httpx2.TransportError:
            return 0

    def records(self):
        return [json.loads(line) for line in self.log]

    def send(self, connections, seconds, paths=(SEARCH,)):
        return asyncio.run(load.send("127.0.0.1", self.port, paths, connections, seconds))


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def serving_process(kb, *options):
    command = [sys.executable, str(ROOT / "cli.py"), "--kb", str(kb), "serve", "--port", "0", "--rate", "0", *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SAMENWIJZER_")} | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        try:
            yield Running(process)
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="module")
def small_kb(tmp_path_factory, make_document):
    kb = tmp_path_factory.mktemp("serving") / "kb"
    with Corpus(kb, create=True) as corpus:
        for number in range(30):
            corpus.upsert(make_document(f"d{number}", f"Huisarts {number} belt het wijkteam."), root="r")
        corpus.commit()
        build(corpus)
    return kb


@pytest.fixture(scope="module")
def pair(small_kb):
    """Two workers that do little at once."""
    with serving_process(small_kb, "--workers", "2", "--at-once", "1", "--queue", "4") as running:
        yield running


def test_overload_is_refused_and_memory_stays(pair):
    pair.send(8, 1)
    process = psutil.Process(pair.process.pid)
    before = load.memory(process)
    figures = pair.send(256, 5)
    assert figures.statuses.keys() == {200, 503} and not figures.errors, (figures.statuses, figures.errors)
    assert load.memory(process) < before * 1.1 + 16 * 2**20  # each connection has its buffers


def test_a_burst_of_connections_waits_for_workers_that_are_busy(pair):
    workers = [one for one in psutil.Process(pair.process.pid).children() if "spawn_main" in " ".join(one.cmdline())]
    assert len(workers) == 2
    for worker in workers:
        worker.suspend()
    try:
        connections = [socket.create_connection(("127.0.0.1", pair.port), timeout=5) for _ in range(300)]
    finally:
        for worker in workers:
            worker.resume()
    for connection in connections:
        connection.close()
    assert pair.ready() == 200


@pytest.mark.parametrize(
    ("path", "media_type"), [(SEARCH, "application/problem+json"), ("/zoek?q=huisarts", "text/html")]
)
@pytest.mark.parametrize("queue", [0, 1])
def test_a_refusal_says_what_to_do(small_kb, path, media_type, queue):
    """With a queue the request waits in it until its patience is at an end; without one it is refused at the door."""

    async def ask():
        app = create_app(small_kb, load=Load(at_once=1, queue=queue, patience=0.1, pause=0.1))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://site") as http:
            async with app.state.admission.place():
                start = time.perf_counter()
                answer = await http.get(path)
                assert 0.1 <= time.perf_counter() - start < 5
                assert (await http.get("/healthz")).status_code == (await http.get("/metrics")).status_code == 200
            assert (await http.get(path)).status_code == 200
            assert (
                f'refused_requests_total{{reason="{"patience" if queue else "queue"}"}} 1.0'
                in (await http.get("/metrics")).text
            )
            return answer

    answer = asyncio.run(ask())
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1" and "te druk" in answer.text
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["X-Request-ID"] and answer.headers["API-Version"] and answer.headers["Cache-Control"]


def test_what_one_worker_tells_is_of_both(pair):
    pids = {child.pid for child in psutil.Process(pair.process.pid).children() if "spawn_main" in str(child.cmdline())}
    assert len(pids) == 2
    until(lambda: {r["pid"] for r in pair.records() if r["event"] == "ready"} >= pids)

    def count():
        told = httpx2.get(f"{pair.address}/metrics").text
        return sum(float(n) for n in re.findall(r'route="/v1/begrippen",status="200"} ([\d.]+)', told))

    before = count()
    statuses = [httpx2.get(f"{pair.address}/v1/begrippen").status_code for _ in range(12)]
    assert Counter(statuses) == {200: 12} and count() == before + 12 == count()
    told = httpx2.get(f"{pair.address}/metrics").text
    assert 'samenwijzer_refused_requests_total{reason="queue"}' in told and "samenwijzer_snapshot_behind 0.0" in told
    assert 'samenwijzer_http_request_seconds_bucket{le="0.1",route="/v1/begrippen"}' in told


def test_a_worker_that_is_killed_is_replaced(pair):
    parent = psutil.Process(pair.process.pid)
    victim = next(child for child in parent.children() if "spawn_main" in str(child.cmdline()))
    victim.kill()
    until(lambda: len([r for r in pair.records() if r["event"] == "ready"]) >= 3)
    assert {r.get("pid") for r in pair.records() if "ended" in r["event"]} == {victim.pid}
    assert httpx2.get(pair.address + SEARCH).status_code == 200


def test_a_new_snapshot_under_load_costs_no_request_and_every_answer_is_of_one(tmp_path, small_kb, make_document):
    shutil.copytree(small_kb, kb := tmp_path / "kb")
    known = {(current_id(kb), 30)}
    with serving_process(kb, "--no-log-requests") as running:
        found = []
        crowd = threading.Thread(target=lambda: found.append(running.send(6, lambda: bool(over))))
        over = []
        crowd.start()
        with Corpus(kb) as corpus:
            for number in range(30, 33):
                corpus.upsert(make_document(f"d{number}", f"Huisarts {number} belt het wijkteam."), root="r")
                corpus.commit()
                known.add((snapshot := build(corpus), number + 1))
                until(lambda s=snapshot: httpx2.get(f"{running.address}/readyz").json()["snapshot"] == s)
        over.append(True)
        crowd.join()
    (figures,) = found
    assert figures.statuses.keys() == {200} and not figures.errors
    assert figures.snapshots == known
    assert [r["event"] for r in running.records()].count("snapshot in use") == 3


def test_a_damaged_snapshot_is_refused_and_the_former_one_goes_on(tmp_path, small_kb, make_document):
    shutil.copytree(small_kb, kb := tmp_path / "kb")
    live = Live(kb, aside=True)
    first = live.current()
    with Corpus(kb) as corpus:
        corpus.upsert(make_document("nieuw", "Nieuwe tekst over de huisarts."), root="r")
        corpus.commit()
        damaged = snapshots_folder(kb) / build(corpus) / "passages.jsonl"
    path = damaged if damaged.exists() else next(damaged.parent.glob("passages*"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-10])
    assert live.is_behind() and live.current() is first
    until(lambda: live._not_before > 0)
    assert live.current() is first and live.is_behind()
    (kb / "CURRENT").unlink()
    assert live.current() is first


def test_a_stop_loses_no_request(small_kb):
    with serving_process(small_kb, "--workers", "2", "--drain", "1.5") as running:
        stopped = []

        def stop():
            time.sleep(1)
            running.process.send_signal(signal.SIGTERM)
            until(lambda: any(r["event"] == "stopping" for r in running.records()))
            stopped.append(httpx2.get(f"{running.address}/readyz").status_code)
            time.sleep(0.5)
            stopped.append("quiet")

        thread = threading.Thread(target=stop)
        thread.start()
        figures = running.send(12, lambda: "quiet" in stopped)  # they stop asking as a proxy does that sees "not ready"
        thread.join()
        assert stopped[0] == 503 and figures.statuses.keys() == {200} and not figures.errors
        assert running.process.wait(30) == 0


def test_what_is_being_answered_at_a_stop_is_answered(small_kb):
    """The request is half sent when the server is told to stop; the rest comes after that."""
    with serving_process(small_kb, "--drain", "0") as running:
        body = json.dumps({"q": "huisarts"}).encode()
        head = "POST /v1/zoekresultaten HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.5)
            running.process.send_signal(signal.SIGTERM)
            until(lambda: running.ready() == 0)
            connection.sendall(body[5:])
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200") and b"huisarts" in answer.lower()
        assert running.process.wait(30) == 0


def test_the_log_says_what_happened_and_not_what_was_asked(small_kb):
    with serving_process(small_kb) as running:
        given = {"X-Request-ID": "proxy-0123456789"}
        answer = httpx2.get(f"{running.address}/v1/zoekresultaten?q=geheim", headers=given)
        assert answer.headers["X-Request-ID"] == "proxy-0123456789"
        for odd in ("kort", "a" * 65, 'x" , "level": "error', "\\u001b[31mrood"):
            told = httpx2.get(f"{running.address}/passage/geheim", headers={"X-Request-ID": odd}).headers[
                "X-Request-ID"
            ]
            assert told != odd and re.fullmatch("[0-9a-f]{16}", told)
        httpx2.post(f"{running.address}/v1/zoekresultaten", json={"q": "geheim"})
        until(lambda: any(r.get("method") == "POST" for r in running.records()))
        requests = [r for r in running.records() if r["event"] == "request" and r["route"] != "/readyz"]
        assert {r["route"] for r in requests} == {"/v1/zoekresultaten", "/passage/{id}"}
        assert (
            requests[0]["request_id"] == "proxy-0123456789" and requests[0]["status"] == 200 and requests[0]["ms"] > 0
        )
        assert "geheim" not in "".join(running.log) and "127.0.0.1" not in "".join(running.log)


def test_queries_are_logged_for_who_asks_for_that(small_kb):
    with serving_process(small_kb, "--log-queries") as running:
        httpx2.get(f"{running.address}/v1/zoekresultaten?q=geheim")
        httpx2.post(f"{running.address}/v1/zoekresultaten", json={"q": "besloten"})
        until(lambda: any(r.get("method") == "POST" for r in running.records()))
        assert {r["query"] for r in running.records() if "zoek" in r.get("route", "")} == {
            "/v1/zoekresultaten?q=geheim",
            "/v1/zoekresultaten?",
        }


def test_half_a_request_does_not_hold_a_connection_for_ever(small_kb):
    code = "import sys; from api import serving; serving.LOOK_SECONDS = 0.5; sys.argv[0] = 's'; import cli; cli.main()"
    command = [sys.executable, "-c", code, "--kb", str(small_kb), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        running = Running(process)
        try:
            for begun in (b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"):
                with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
                    connection.sendall(begun)
                    started = time.monotonic()
                    ended(connection)
                    assert time.monotonic() - started < 15
        finally:
            process.terminate()
            process.wait(60)


def ended(connection):
    """Read until the other side hangs up, politely or not."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
