"""A disk without room: an ingest that ends in words, an index that stays, and a server that goes on and recovers."""

from __future__ import annotations

import http.client
import json
import os
import random
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks.faults import QUERIES, Broken, World, check, check_healed, run_line, served
from benchmarks.kills import SAID, ended, in_child
from benchmarks.load import server

_SIZE = 24  # MB
_PATIENCE = 60.0  # seconds until a server has the new index in use, on a machine that is busy


@contextmanager
def _small_disk(world: World) -> Iterator[tuple[Path, bool]]:
    """Yield a folder, and whether it is a small file system of its own: only some may mount one."""
    disk = world.folder / "disk"
    disk.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield disk, mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def _leave(disk: Path, mounted: bool, room: int, largest: int) -> Callable[[], None]:
    """Fill the file system up to `room` bytes; return what limits the files of a child where that cannot be done."""
    if mounted:
        (disk / "ballast").write_bytes(bytes(max(0, shutil.disk_usage(disk).free - room)))
        return lambda: None
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


def _sizes(world: World) -> list[int]:
    return [path.stat().st_size for path in (world.folder / "after").rglob("*") if path.is_file()]


def full_disks(world: World, points: int, chance: random.Random) -> str:
    """Let ingest and build run out of space, on a small file system if one can be made, else by a limit on files."""
    with _small_disk(world) as (disk, mounted):
        outcomes = Counter(_fill(world, disk, mounted, point / points, chance) for point in range(points))
    how = f"a file system of {_SIZE} MB" if mounted else "a limit on the size of files (none can be mounted here)"
    return f"{points} times on {how}: {outcomes['said']} said so, {outcomes['fitted']} fitted; all healed"


def _fill(world: World, disk: Path, mounted: bool, part: float, chance: random.Random) -> str:
    kb, sizes = disk / "kb", _sizes(world)
    shutil.copytree(world.template, kb)
    room = int(4 * sum(sizes) * part) + chance.randint(0, 8192)
    before = _leave(disk, mounted, room, int(2 * max(sizes) * part) + 512)
    code = ended(in_child(lambda: run_line(kb, world.sources), before=before))
    if code not in (0, SAID):
        raise Broken(f"a full disk ({room} bytes free) ends in {code}, not in an error in words")
    if served(kb) not in (world.before.served, world.after.served):
        raise Broken("a full disk changed what is served")
    (disk / "ballast").unlink(missing_ok=True)
    check(kb, [world.before, world.after], [])
    run_line(kb, world.sources)
    check_healed(kb, world.after)
    shutil.rmtree(kb)
    return "said" if code else "fitted"


def full_disk_under_a_server(world: World, rounds: int, chance: random.Random) -> str:
    """Let an ingest run out of space beside a server: it goes on with the index before, and takes the next one up."""
    asked = 0
    with _small_disk(world) as (disk, mounted):
        for _ in range(rounds):
            shutil.copytree(world.template, disk / "kb")
            with server(disk / "kb", "--no-log-requests") as (_, host, port):
                asked += _serve_through(world, disk, mounted, (host, port), chance)
            shutil.rmtree(disk / "kb")
    return f"{rounds} times, {asked} questions meanwhile, all answered from the index before; then from the one after"


def _serve_through(world: World, disk: Path, mounted: bool, address: tuple[str, int], chance: random.Random) -> int:
    before, after = world.before.served.snapshot, world.after.served.snapshot
    limit = _leave(disk, mounted, chance.randint(0, 65536), 4096)
    child = in_child(lambda: run_line(disk / "kb", world.sources), before=limit)
    answers = Counter[str]()
    while not (done := os.waitpid(child, os.WNOHANG))[0]:
        answers[_asked(address)] += 1
    if os.waitstatus_to_exitcode(done[1]) != SAID:
        raise Broken("an ingest on a full disk does not end in an error in words")
    answers[_asked(address)] += 1
    if set(answers) != {before}:
        raise Broken(f"on a full disk the server answers from {set(answers)}, not from {before}")
    (disk / "ballast").unlink(missing_ok=True)
    run_line(disk / "kb", world.sources)
    deadline = time.monotonic() + _PATIENCE
    while (found := _asked(address)) != after:
        if found != before or time.monotonic() > deadline:
            raise Broken(f"with room again the server answers from {found}, not from {after}")
        time.sleep(0.05)
    return answers.total()


def _asked(address: tuple[str, int]) -> str:
    """Ask the server something and return the snapshot that its answer is from, or what else it says."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request("GET", f"/v1/zoekresultaten?q={quote(QUERIES[0])}")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        return str(body["searched"]["snapshot"]) if answer.status == 200 and body["hits"] else f"HTTP {answer.status}"
    finally:
        connection.close()
