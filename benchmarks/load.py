"""A server under load, on the loopback: throughput and tail, overload, and a re-ingest while it serves.

`wrk` sends the load where it is installed (Debian: apt-get install wrk), a client of our own otherwise. Whatever sends
it shares the machine with the server, so figures are lower bounds of what a server of its own would do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ROOT / "tests" / "data" / "domein" / "queries.jsonl"
_SNAPSHOT = re.compile(rb'"searched":\{"passages":(\d+),"snapshot":"([0-9a-f]+)"')
_INGESTS = 3
_LISTENING = re.compile(r"http://([\d.]+):(\d+)")
_WRK = """
local paths, counts, at = {}, {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
threads = {}
function setup(thread) threads[#threads + 1] = thread end
request = function() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
response = function(status) counts[status] = (counts[status] or 0) + 1; told = "" 
  for s, n in pairs(counts) do told = told .. s .. "=" .. n .. " " end end
done = function(summary, latency)
  io.write(string.format("FIGURES %%d %%d %%f %%f ", summary.duration, summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
  for _, thread in ipairs(threads) do io.write(thread:get("told") or "") end
  io.write("\\n")
end
"""


@dataclass
class Figures:
    """What came back: how often each status, what else went wrong, and of the answers with 200 how long each took.

    `snapshots` has the pairs (snapshot, number of passages) that the answers tell.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    snapshots: set[tuple[str, int]] = field(default_factory=set)
    duration: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return the figures as they are printed."""
        p50, p99 = np.percentile(self.seconds, (50, 99)) * 1000 if self.seconds else (0, 0)
        rate = round(self.statuses[200] / self.duration, 1)
        told = {"requests_per_s": rate, "p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1)}
        return told | {"statuses": dict(self.statuses), "errors": dict(self.errors)}


def paths(queries: Path = QUERIES) -> list[str]:
    """Return addresses of searches for the questions that may be used for tuning, hybrid and with all facets."""
    records = [json.loads(line) for line in queries.read_text("utf-8").splitlines()]
    return [f"/v1/zoekresultaten?q={quote(r['query'])}" for r in records if r["split"] == "tune"]


async def send(
    host: str, port: int, asked: Sequence[str], connections: int, until: float | Callable[[], bool]
) -> Figures:
    """Ask for the addresses in turn, over so many connections at once, for some seconds or until something is so."""
    figures, start = Figures(), time.perf_counter()
    over = until if callable(until) else lambda: time.perf_counter() > start + until
    clients = (_client(host, port, [*asked[n % len(asked) :], *asked], over, figures) for n in range(connections))
    await asyncio.gather(*clients)
    figures.duration = time.perf_counter() - start
    return figures


async def _client(host: str, port: int, asked: Sequence[str], over: Callable[[], bool], figures: Figures) -> None:
    streams, turn = None, 0
    while not over():
        reused = streams is not None
        try:
            streams = streams or await asyncio.open_connection(host, port)
            started = time.perf_counter()
            status, body, last = await _ask(*streams, asked[turn % len(asked)])
        except (OSError, asyncio.IncompleteReadError) as exc:
            streams = await _closed(streams)
            # A server may close a connection that nothing is asked over; that is asked again on a new one.
            if not (reused and isinstance(exc, (asyncio.IncompleteReadError, ConnectionError)) and not _partial(exc)):
                figures.errors[type(exc).__name__] += 1
                await asyncio.sleep(0.01)
            continue
        turn += 1
        figures.statuses[status] += 1
        if status == 200:
            figures.seconds.append(time.perf_counter() - started)
            if told := _SNAPSHOT.search(body):
                figures.snapshots.add((told[2].decode(), int(told[1])))
        if last:
            streams = await _closed(streams)
    await _closed(streams)


def _partial(exc: Exception) -> bool:
    return bool(getattr(exc, "partial", b""))


async def _closed(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None) -> None:
    if streams is not None:
        streams[1].close()
        try:
            await streams[1].wait_closed()
        except OSError:
            pass


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bytes, bool]:
    """Return the status, the body, and whether the server says that this was the last answer on this connection."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    body = await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(b" ", 2)[1]), body, b"\r\nconnection: close" in head


@contextmanager
def server(kb: Path, *options: str) -> Iterator[tuple[psutil.Process, str, int]]:
    """Run `serve` on a free port without a limit per client; yield the process, the host and the port when ready."""
    code = "import sys; sys.argv[0] = 'samenwijzer'; import cli; cli.main()"
    command = [sys.executable, "-c", code, "--kb", str(kb), "serve", "--port", "0", "--rate", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stderr is not None
            if not (told := _LISTENING.search(line := process.stderr.readline())):
                raise SystemExit(f"the server did not start: {line}{process.stderr.read()}")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            host, port = told[1], int(told[2])
            while asyncio.run(_status(host, port)) != 200:
                time.sleep(0.1)
            yield psutil.Process(process.pid), host, port
        finally:
            process.terminate()
            process.wait(60)


async def _status(host: str, port: int) -> int:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        status, _, _ = await _ask(reader, writer, "/readyz")
        writer.close()
        return status
    except (OSError, asyncio.IncompleteReadError):
        return 0


def memory(process: psutil.Process) -> int:
    """Return the bytes that a server and its workers have in memory, shared pages counted once for each."""
    return sum(part.memory_info().rss for part in [process, *process.children(recursive=True)])


def load(host: str, port: int, connections: int, seconds: float) -> dict[str, Any]:
    """Send searches and return the figures, by `wrk` where that is installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(send(host, port, paths(), connections, seconds)).summary() | {"client": "our own"}
    with tempfile.TemporaryDirectory() as folder:
        asked, script = Path(folder, "paths"), Path(folder, "load.lua")
        asked.write_text("\n".join(paths()), "utf-8")
        script.write_text(_WRK % asked, "utf-8")
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script)]
        done = subprocess.run([*command, f"http://{host}:{port}/"], capture_output=True, text=True, check=True)
    microseconds, errors, p50, p99, *counts = next(
        line.split()[1:] for line in done.stdout.splitlines() if line.startswith("FIGURES")
    )
    statuses = {int(status): int(count) for status, count in (pair.split("=") for pair in counts)}
    rate = round(statuses.get(200, 0) / float(microseconds) * 1e6, 1)
    told = {"requests_per_s": rate, "p50_ms": round(float(p50) / 1000, 1), "p99_ms": round(float(p99) / 1000, 1)}
    return told | {"statuses": statuses, "errors": int(errors), "client": "wrk"}


def mixed(kb: Path, seconds: float, workers: int) -> dict[str, Any]:
    """16 connections that search (L1)."""
    with server(kb, "--workers", str(workers), "--no-log-requests") as (_, host, port):
        load(host, port, 16, 3)
        return load(host, port, 16, seconds)


def overload(kb: Path, seconds: float, workers: int) -> dict[str, Any]:
    """256 connections that search (L2): statuses, the time of what was admitted, and growth of memory."""
    with server(kb, "--workers", str(workers), "--no-log-requests") as (process, host, port):
        load(host, port, 16, 5)
        before = memory(process)
        told = asyncio.run(send(host, port, paths(), 256, seconds)).summary()
        return told | {
            "memory_mib": before >> 20,
            "memory_growth_percent": round(100 * memory(process) / before - 100, 1),
        }


def reingest(kb: Path, seconds: float, workers: int) -> dict[str, Any]:
    """4 connections that search, at rest and while documents come in and a snapshot is built and published (L4)."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "kb")
        shutil.copytree(kb, copy)
        with server(copy, "--workers", str(workers), "--no-log-requests") as (_, host, port):
            asyncio.run(send(host, port, paths(), 4, 3))
            idle = asyncio.run(send(host, port, paths(), 4, seconds))
            writer = threading.Thread(target=_ingest, args=(copy, Path(folder)))
            writer.start()
            busy = asyncio.run(send(host, port, paths(), 4, lambda: not writer.is_alive()))
    known = sorted(busy.snapshots)
    return {"idle": idle.summary(), "while_ingesting": busy.summary(), "snapshots": known}


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


def main() -> int:
    """Run the three and print a line of JSON for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks load", description=__doc__)
    parser.add_argument("--kb", type=Path, default=ROOT / ".kb", help="knowledge base to serve (default: .kb)")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement (default: 20)")
    parser.add_argument("--workers", type=int, default=1, help="server processes (default: 1)")
    options = parser.parse_args()
    for measure in (mixed, overload, reingest):
        print(json.dumps({measure.__name__: measure(options.kb, options.seconds, options.workers)}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
