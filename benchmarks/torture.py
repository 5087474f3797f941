"""The fault harness: breaks off, fills up, cuts and damages a knowledge base, and says what survived.

`python -m benchmarks.torture --points 200` (`make torture`); `make test` runs a short form. The same seed gives the
same faults. Nothing here measures speed, though the longest time to open after a fault is told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults import Broken, World, check, check_healed, copy, documents, make_world, run_line, served
from benchmarks.kills import SAID, ended, in_child, kills
from benchmarks.powercut import Disk
from commands.care import mend
from corpus.errors import SnapshotError, StoreError
from corpus.store import Corpus, write_lock
from index.snapshot import build
from ingest.pipeline import ingest


def power_cuts(world: World) -> str:
    """Cut the power at every step of publishing an index; SQLite's own files are left to SQLite."""
    with copy(world) as kb:
        with Corpus(kb, create=True) as corpus:
            ingest([str(world.sources)], corpus)
        database = (kb / "corpus.sqlite").read_bytes()
        disk = Disk(kb)
        with disk.watched(), Corpus(kb) as corpus:
            build(corpus)
        disk.close()
    outcomes = Counter[str]()
    left = world.folder / "left"
    for image in disk.images.values():
        shutil.rmtree(left, ignore_errors=True)
        for name, content in image.items():
            (left / name).parent.mkdir(parents=True, exist_ok=True)
            (left / name).write_bytes(content)
        (left / "corpus.sqlite").write_bytes(database)
        try:
            found = served(left)
        except SnapshotError as exc:
            raise Broken(f"a power cut leaves an index that cannot be opened: {exc}") from exc
        if found not in (world.before.served, world.after.served):
            raise Broken(f"a power cut leaves an index that is neither the one before nor the one after: {found}")
        outcomes["before" if found == world.before.served else "after"] += 1
    if set(outcomes) != {"before", "after"}:
        raise Broken(f"the power cuts did not hit the publication: {outcomes}")
    return (
        f"{len(disk.images)} states of the disk: {outcomes['before']} serve the index before, {outcomes['after']} after"
    )


def full_disks(world: World, points: int, chance: random.Random) -> str:
    """Let ingest and build run out of space, on a small file system if one can be made, else by a limit on files."""
    disk = world.folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        outcomes = Counter(_fill(world, disk, mounted, point / points, chance) for point in range(points))
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)
    how = "a file system of 24 MB" if mounted else "a limit on the size of files (no file system can be mounted here)"
    return f"{points} times on {how}: {outcomes['said']} said so, {outcomes['fitted']} fitted; all healed"


def _fill(world: World, disk: Path, mounted: bool, part: float, chance: random.Random) -> str:
    kb = disk / "kb"
    shutil.copytree(world.template, kb)
    used = sum(path.stat().st_size for path in (world.folder / "after").rglob("*") if path.is_file())
    room = int(4 * used * part) + chance.randint(0, 8192)
    ballast = disk / "ballast"
    if mounted:
        free = shutil.disk_usage(disk).free
        ballast.write_bytes(bytes(max(0, free - room)))
        before: Callable[[], None] = lambda: None  # noqa: E731
    else:
        largest = max(path.stat().st_size for path in (world.folder / "after").rglob("*") if path.is_file())
        limit = int(2 * largest * part) + 512
        before = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # noqa: E731
    code = ended(in_child(lambda: run_line(kb, world.sources), before=before))
    if code not in (0, SAID):
        raise Broken(f"a full disk ({room} bytes free) ends in {code}, not in an error in words")
    if served(kb) not in (world.before.served, world.after.served):
        raise Broken("a full disk changed what is served")
    ballast.unlink(missing_ok=True)
    check(kb, [world.before, world.after], [])
    run_line(kb, world.sources)
    check_healed(kb, world.after)
    shutil.rmtree(kb)
    return "said" if code else "fitted"


def _damage(content: bytes, kind: int, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    if kind % 3 == 0:
        return content[:at]
    if kind % 3 == 1:
        return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    block = chance.randrange(1, 4096)
    return content[:at] + bytes(len(content[at : at + block])) + content[at + block :]


def damaged_indexes(world: World, each: int, chance: random.Random) -> str:
    """Damage every kind of file of an index `each` times: noticed at opening, or the answers are the same."""
    outcomes = Counter[str]()
    with copy(world) as kb:
        files = [kb / "CURRENT", *(path for path in sorted((kb / "snapshots").rglob("*")) if path.is_file())]
        for path in [path for path in files if path.stat().st_size]:
            good = path.read_bytes()
            for kind in range(each):
                path.write_bytes(_damage(good, kind, chance))
                try:
                    found = served(kb)
                except SnapshotError as exc:
                    if "samenwijzer" not in str(exc):
                        raise Broken(f"{path.name}: {exc} names no remedy") from exc
                    outcomes["noticed"] += 1
                else:
                    if found != world.before.served:
                        raise Broken(f"{path.name}: damage {kind} gives wrong answers")
                    outcomes["without effect"] += 1
            path.write_bytes(good)
    return f"{len(files)} files, {sum(outcomes.values())} damages: " + ", ".join(
        f"{n} {o}" for o, n in outcomes.items()
    )


def damaged_corpora(world: World, points: int, chance: random.Random) -> str:
    """Damage the database: noticed and mended, or every document is the same; never another text."""
    outcomes = Counter[str]()
    good = (world.template / "corpus.sqlite").read_bytes()
    for point in range(points):
        with copy(world) as kb:
            bad = _damage(good, point, chance)
            if point % 4 == 3:  # the head, which says what kind of file it is
                at = chance.randrange(100)
                bad = good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :]
            (kb / "corpus.sqlite").write_bytes(bad)
            outcomes[_after_damage(world, kb)] += 1
    return f"{points} damages: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def _after_damage(world: World, kb: Path) -> str:
    try:
        with Corpus(kb) as corpus:
            problems = corpus.problems()
        found = None if problems else documents(kb)
    except StoreError:
        found = None
    if found == world.before.documents:
        return "without effect"
    if found is not None:
        raise Broken("a damaged database shows other documents without a word")
    try:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere), write_lock(kb):
            mend(kb)
    except StoreError as exc:
        if "newer" not in str(exc) and "not a Samenwijzer" not in str(exc):
            raise
        return "refused with a remedy"
    if documents(kb) != world.before.documents:
        raise Broken("mending a damaged database lost documents that the index has")
    return "noticed and mended"


def two_at_once(world: World) -> str:
    """Start a second ingest while one runs: it is refused in words, and the first comes to its end."""
    with copy(world) as kb:
        with write_lock(kb):
            second = ended(in_child(lambda: run_line(kb, world.sources)))
        first, other = in_child(lambda: run_line(kb, world.sources)), in_child(lambda: run_line(kb, world.sources))
        codes = sorted((ended(first), ended(other)))
        if second != SAID or codes not in ([0, 0], [0, SAID]):
            raise Broken(f"two at once end in {second} and {codes}")
        check_healed(kb, world.after)
    return "the second is refused in words"


def main() -> int:
    """Run all faults and print what survived; the exit code is 1 if something did not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--points", type=int, default=200, help="how many kills; the other faults follow from it")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance, points = random.Random(arguments.seed), arguments.points
    with tempfile.TemporaryDirectory(prefix="samenwijzer-torture-") as name:
        world = make_world(Path(name))
        faults: dict[str, Callable[[], str]] = {
            "kill -9": lambda: kills(world, points, chance),
            "power cut": lambda: power_cuts(world),
            "full disk": lambda: full_disks(world, max(4, points // 5), chance),
            "damaged index": lambda: damaged_indexes(world, max(3, points // 20), chance),
            "damaged corpus": lambda: damaged_corpora(world, max(8, points // 2), chance),
            "two at once": lambda: two_at_once(world),
        }
        broken = 0
        for fault, run in faults.items():
            try:
                outcome = run()
            except Broken as exc:
                broken, outcome = 1, f"BROKEN (seed {arguments.seed}): {exc}"
            print(f"{fault:15} {outcome}", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
