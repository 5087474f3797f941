"""One system at work, in a process of its own: it builds an index from what it is given, or opens one and searches it.

    python peer_worker.py build SYSTEM GIVEN FOLDER
    python peer_worker.py search SYSTEM GIVEN FOLDER LOAD_SECONDS DEPTH BUDGET

It reads from GIVEN passages.jsonl, vectors.npy, queries.json and query_vectors.npy, keeps its index in FOLDER and
writes FOLDER.build.json or FOLDER.search.json.

All but our own engine live in the peers' virtual environment.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from peer_databases import Milvus, Pgvector
from peer_libraries import Haystack, Samenwijzer, Search, Txtai

os.environ |= {
    "ALLOW_RESOLVE_TRANSFORM": "True",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

TOP, WARM, CLIENTS = 10, 20, 2
SYSTEMS: dict[str, Any] = {
    "Samenwijzer": Samenwijzer,
    "Milvus Lite": Milvus,
    "pgvector": Pgvector,
    "txtai": Txtai,
    "Haystack": Haystack,
}


def memory_mib(roots: Sequence[int]) -> float:
    """Return what these processes and all below them have in memory, what they share counted once (PSS, in MiB)."""
    return round(sum(map(_pss, _family(roots))) / 1024, 1)


def cpu_seconds(roots: Sequence[int]) -> float:
    """Return the processor time of these processes and all below them, those that have ended too."""
    ticks = sum(sum(map(int, fields[11:15])) for fields in _family(roots).values())
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(roots: Sequence[int]) -> dict[int, list[str]]:
    """Return what /proc/PID/stat tells from the state on, of these processes and all below them."""
    every = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            every[int(stat.parent.name)] = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
    family, fresh = set[int](), set(roots)
    while fresh:
        family |= fresh
        fresh = {pid for pid, fields in every.items() if int(fields[1]) in fresh} - family
    return {pid: every[pid] for pid in family if pid in every}


def _pss(pid: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text("ascii"), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def build(system: Any, given: Path, folder: Path) -> dict[str, Any]:  # noqa: ANN401
    """Build and return the figures; disk is all that stands in the folder then."""
    seconds = system.build(given, folder)
    # PostgreSQL's journal is as large as it may become, and is used over and over.
    kept = [path for path in folder.rglob("*") if path.is_file() and "pg_wal" not in path.parts]
    disk = sum(path.stat().st_size for path in kept)
    return {"version": _version(system.package), "build_s": round(seconds, 2), "disk_mib": round(disk / 2**20, 1)}


def search(
    system: Any,  # noqa: ANN401
    given: Path,
    folder: Path,
    load_seconds: float,
    depth: int,
    budget: float,
) -> dict[str, Any]:
    """Open and search: for the figures of speed if `load_seconds`, for a ranking of each query if `depth`.

    Each query once may take `budget` seconds, a ranking five times that; there are fewer `ms` or `rows` than queries
    if that was too little.
    """
    queries = json.loads((given / "queries.json").read_text("utf-8"))
    asked = list(zip(queries, np.load(given / "query_vectors.npy"), strict=True))
    started = time.perf_counter()
    system.open(given, folder)
    figures: dict[str, Any] = {"open_s": round(time.perf_counter() - started, 3)}
    if load_seconds:
        processes = [os.getpid(), *system.servers]
        client, before = system.client(), cpu_seconds(processes)
        _, times = _each(client, asked, TOP, budget)
        figures["cpu_ms"] = round(1000 * (cpu_seconds(processes) - before) / len(times), 2)
        figures["ms"] = times[WARM:] or times[1:]
        before = cpu_seconds(processes)
        figures["load"] = load(system, asked, load_seconds)
        figures["load"]["cpu_ms"] = round(1000 * (cpu_seconds(processes) - before) / figures["load"]["queries"], 2)
        figures["memory_mib"] = memory_mib(processes)
        figures["near"], _ = _each(lambda text, vector, k: system.near(vector, k), asked, TOP, budget)
    if depth:
        figures["rows"], _ = _each(system.client(), asked, depth, 5 * budget)
    return figures


def _each(
    search: Search, asked: Sequence[tuple[str, Any]], k: int, budget: float
) -> tuple[list[list[int]], list[float]]:
    """Ask each query once; return what was found, and the milliseconds that each took."""
    rows, times, deadline = [], [], time.perf_counter() + budget
    for text, vector in asked:
        started = time.perf_counter()
        rows.append(search(text, vector, k))
        ended = time.perf_counter()
        times.append(round(1000 * (ended - started), 2))
        if ended > deadline:
            break
    return rows, times


def load(system: Any, asked: Sequence[tuple[str, Any]], seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """Let several clients search at the same time, each in a thread, until the time is over; return how many did."""
    done, start = [], time.perf_counter()

    def work(number: int) -> None:
        client, turn = system.client(), number * len(asked) // CLIENTS
        while time.perf_counter() < start + seconds:
            client(*asked[turn % len(asked)], TOP)
            done.append(time.perf_counter())
            turn += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"clients": CLIENTS, "queries": len(done), "seconds": round(max(done) - start, 2)}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # our own, run where it stands
        return "here"


def main(
    step: str, name: str, given: Path, folder: Path, load_seconds: str = "0", depth: str = "0", budget: str = "0"
) -> None:
    """Do one step and write what came of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["GIVEN"] = str(given)
    system = SYSTEMS[name]()
    if step == "build":
        figures = build(system, given, folder)
    else:
        figures = search(system, given, folder, load_seconds, depth, budget)
    folder.with_name(f"{folder.name}.{step}.json").write_text(json.dumps(figures), "utf-8")
    system.close()


if __name__ == "__main__":
    step, name, given, folder, *numbers = sys.argv[1:]
    main(step, name, Path(given), Path(folder), *(json.loads(number) for number in numbers))
