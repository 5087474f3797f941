"""Who sends the load: `wrk` where it is installed, a client of our own otherwise, or where more has to be known."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

_SNAPSHOT = re.compile(rb'"searched":\{"passages":(\d+),"snapshot":"([0-9a-f]+)"')
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


async def status(host: str, port: int, path: str) -> int:
    """Return the status of one request, 0 if nothing answers."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        status, _, _ = await _ask(reader, writer, path)
        writer.close()
        return status
    except (OSError, asyncio.IncompleteReadError):
        return 0


def load(host: str, port: int, asked: Sequence[str], connections: int, seconds: float) -> dict[str, Any]:
    """Ask for the addresses and return the figures, by `wrk` where that is installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(send(host, port, asked, connections, seconds)).summary() | {"client": "our own"}
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder, "paths"), Path(folder, "load.lua")
        lines.write_text("\n".join(asked), "utf-8")
        script.write_text(_WRK % lines, "utf-8")
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(script)]
        done = subprocess.run([*command, f"http://{host}:{port}/"], capture_output=True, text=True, check=True)
    microseconds, errors, p50, p99, *counts = next(
        line.split()[1:] for line in done.stdout.splitlines() if line.startswith("FIGURES")
    )
    statuses = {int(status): int(count) for status, count in (pair.split("=") for pair in counts)}
    rate = round(statuses.get(200, 0) / float(microseconds) * 1e6, 1)
    told = {"requests_per_s": rate, "p50_ms": round(float(p50) / 1000, 1), "p99_ms": round(float(p99) / 1000, 1)}
    return told | {"statuses": statuses, "errors": int(errors), "client": "wrk"}
