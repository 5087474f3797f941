"""A server under load, on the loopback: throughput and tail beside txtai's, overload, and a re-ingest while it serves.

    cached      hybrid search, the vectors of queries remembered: the search itself, and the server around it
    with_model  the same with the model at work for every query
    txtai       txtai's own API over the same passages and vectors, the vectors of queries remembered too
    overload    256 connections: statuses, the time of what was admitted, and growth of memory
    reingest    documents come in and snapshots are published meanwhile

`wrk` sends the load where it is installed (Debian: apt-get install wrk), a client of our own otherwise. Whatever sends
it shares the machine with the server, so figures are lower bounds of what a server of its own would do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import quote

import psutil

from benchmarks import peers, report
from benchmarks.client import load, send, status

ROOT = Path(__file__).resolve().parents[1]
SIZE = "100000"
MANY = 256
_CACHED, _PLAIN = (
    ("-m", "benchmarks.cached_server"),
    ("-c", "import sys; sys.argv[0] = 'samenwijzer'; import cli; cli.main()"),
)
_INGESTS = 3
_LISTENING = re.compile(r"http://([\d.]+):(\d+)")
_TXTAI = """path: {}
writable: false
embeddings:
  method: external
  transform: given_vectors.transform
  hybrid: true
"""


def paths(queries: Sequence[str], form: str = "/v1/zoekresultaten?q={}") -> list[str]:
    """Return addresses of hybrid searches; ours answer with texts, marks, reasons and all facets."""
    return [form.format(quote(query)) for query in queries]


@contextmanager
def server(kb: Path, *options: str, code: Sequence[str] = _PLAIN) -> Iterator[tuple[psutil.Process, str, int]]:
    """Run `serve` on a free port without a limit per client; yield the process, the host and the port when ready."""
    command = [sys.executable, *code, "--kb", str(kb), "serve", "--port", "0", "--rate", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stderr is not None
            if not (told := _LISTENING.search(line := process.stderr.readline())):
                raise SystemExit(f"the server did not start: {line}{process.stderr.read()}")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            host, port = told[1], int(told[2])
            _wait(process, host, port, "/readyz")
            yield psutil.Process(process.pid), host, port
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def txtai_server(python: Path, index: Path, given: Path, workers: int) -> Iterator[tuple[psutil.Process, str, int]]:
    """Run txtai's API on a free port over an index of `peers`; yield the process, the host and the port when ready."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "txtai.yml")
        config.write_text(_TXTAI.format(index / "index"), "utf-8")
        settings = {"CONFIG": str(config), "GIVEN": str(given), "ALLOW_RESOLVE_TRANSFORM": "True"}
        settings |= {"PYTHONPATH": str(peers.HERE), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        command = [python, "-m", "uvicorn", "txtai.api:app", "--port", port, "--workers", workers, "--no-access-log"]
        with subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **settings}, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait(process, "127.0.0.1", port, "/count")
                yield psutil.Process(process.pid), "127.0.0.1", port
            finally:
                process.terminate()
                process.wait(60)


def _wait(process: subprocess.Popen[Any], host: str, port: int, path: str) -> None:
    while asyncio.run(status(host, port, path)) != 200:
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        time.sleep(0.1)


def memory(process: psutil.Process) -> int:
    """Return the bytes that a server and its workers have in memory, shared pages counted once for each."""
    return sum(part.memory_info().rss for part in [process, *process.children(recursive=True)])


def own_memory(process: psutil.Process) -> int:
    """Return the bytes of a server and its workers that are in no file: the index, which is mapped, is left out."""
    info = [part.memory_info() for part in [process, *process.children(recursive=True)]]
    return sum(part.rss - part.shared for part in info)


@dataclass(frozen=True)
class Plan:
    """What is served and asked: the prepared passages of `peers`, for so long, by and over so many."""

    case: peers.Case
    seconds: float
    workers: int
    connections: int

    @property
    def kb(self) -> Path:
        """The knowledge base to serve."""
        return self.case.folder / "kb"

    @property
    def options(self) -> tuple[str, ...]:
        """How we serve it."""
        return "--workers", str(self.workers), "--no-log-requests"


def mixed(plan: Plan, code: Sequence[str]) -> dict[str, Any]:
    """Search over some connections."""
    asked = paths(plan.case.queries)
    with server(plan.kb, *plan.options, code=code) as (process, host, port):
        load(host, port, asked, plan.connections, plan.seconds)  # each process sees each query
        return load(host, port, asked, plan.connections, plan.seconds) | {"memory_mib": memory(process) >> 20}


def txtai(plan: Plan) -> dict[str, Any]:
    """Search over some connections in txtai's API, after its index is built."""
    python, index = peers.install(), plan.case.folder / "txtai"
    if python is None:
        return {"stopped": "not installed"}
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir()
    try:
        built = peers.work(python, "build", "txtai", plan.case, seconds=900)
        if "stopped" in built:
            return built
        asked = paths(plan.case.queries, "/search?query={}&limit=10")
        with txtai_server(python, index, plan.case.given, plan.workers) as (process, host, port):
            load(host, port, asked, plan.connections, plan.seconds)
            return load(host, port, asked, plan.connections, plan.seconds) | {"memory_mib": memory(process) >> 20}
    finally:
        shutil.rmtree(index)


def overload(plan: Plan) -> dict[str, Any]:
    """Search over 256 connections. Our own client sends, for it tells the time of what was admitted."""
    asked = paths(plan.case.queries)
    with server(plan.kb, *plan.options, code=_CACHED) as (process, host, port):
        load(host, port, asked, plan.connections, 2 * plan.seconds)  # until all of the index that is used is in memory
        before, own = memory(process), own_memory(process)
        told = asyncio.run(send(host, port, asked, MANY, plan.seconds)).summary()
        return told | {
            "memory_mib": before >> 20,
            "memory_growth_percent": round(100 * memory(process) / before - 100, 1),
            "own_memory_mib": own >> 20,
            "own_memory_growth_percent": round(100 * own_memory(process) / own - 100, 1),
        }


def reingest(plan: Plan) -> dict[str, Any]:
    """4 connections that search, at rest and while documents come in and a snapshot is built and published."""
    asked = paths(plan.case.queries)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "kb")
        shutil.copytree(plan.kb, copy)
        with server(copy, *plan.options) as (_, host, port):
            asyncio.run(send(host, port, asked, 4, 3))
            idle = asyncio.run(send(host, port, asked, 4, plan.seconds))
            writer = threading.Thread(target=_ingest, args=(copy, Path(folder)))
            writer.start()
            busy = asyncio.run(send(host, port, asked, 4, lambda: not writer.is_alive()))
    return {"idle": idle.summary(), "while_ingesting": busy.summary(), "snapshots": sorted(busy.snapshots)}


def _ingest(kb: Path, folder: Path) -> None:
    """Add a document and publish, some times over, at low priority as the timer of `deploy/` does."""
    code = "import os, sys; os.nice(10); sys.argv[0] = 'samenwijzer'; import cli; cli.main()"
    for count in range(_INGESTS):
        source = folder / f"nieuw-{count}.md"
        source.write_text(
            f"# Bericht {count}\n\nHet wijkteam en de huisarts maakten afspraak nummer {count}.\n", "utf-8"
        )
        command = [sys.executable, "-c", code, "--kb", str(kb), "ingest", str(source)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    time.sleep(2)  # until the last one is in use


MEASURES: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "cached": partial(mixed, code=_CACHED),
    "with_model": partial(mixed, code=_PLAIN),
    "txtai": txtai,
    "overload": overload,
    "reingest": reingest,
}


def main() -> int:
    """Run them, print and save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks load", description=__doc__)
    parser.add_argument("--case", default=SIZE, help='number of passages, or "starter" (default: 100000)')
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement (default: 20)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="server processes (default: one per core)"
    )
    parser.add_argument("--connections", type=int, default=16, help="that search at the same time (default: 16)")
    parser.add_argument("--measures", default=",".join(MEASURES), help="which to run")
    parser.add_argument("--note", default="", help="circumstances, kept with the results")
    parser.add_argument("--name", default="load", help="name of the file in benchmarks/results")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        told = (
            "wrk is not installed (Debian: apt-get install wrk): a client of our own sends the load instead. It takes"
        )
        print(told, "more of the processor, so the server gets less done.", file=sys.stderr)
    facts, wanted = report.machine(), peers.case(options.case, 0, 0)
    report.print_machine(facts, options.note)
    figures: dict[str, Any] = {
        "passages": peers.prepare(wanted),
        "workers": options.workers,
        "connections": options.connections,
    }
    plan = Plan(wanted, options.seconds, options.workers, options.connections)
    for name in options.measures.split(","):
        busy = round(os.getloadavg()[0], 1)
        figures[name] = {"load_before": busy} | MEASURES[name](plan)
        print(json.dumps({name: figures[name]}), flush=True)
        report.save(options.name, {"machine": facts, "note": options.note} | figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
