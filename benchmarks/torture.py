"""The fault harness: breaks off, fills up, cuts and damages a knowledge base, and says what survived.

`python -m benchmarks.torture --points 200` (`make torture`); `make test` runs a short form. The same seed gives the
same faults. Nothing here measures speed, though the longest time to open after a fault is told.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.damage import damaged_archives, damaged_backups, damaged_corpora, damaged_indexes
from benchmarks.faults import Broken, World, check_healed, copy, make_world, run_line, served
from benchmarks.fulldisk import full_disk_under_a_server, full_disks
from benchmarks.kills import SAID, ended, in_child, kills
from benchmarks.powercut import Disk
from corpus.errors import SnapshotError
from corpus.store import Corpus, write_lock
from index.building import build
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
    parser.add_argument("--points", type=int, default=200, help="how many kills; full disks follow from it")
    parser.add_argument("--damages", type=int, default=210, help="how many for each file of a knowledge base")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance, points, damages = random.Random(arguments.seed), arguments.points, arguments.damages
    with tempfile.TemporaryDirectory(prefix="samenwijzer-torture-") as name:
        world = make_world(Path(name))
        faults: dict[str, Callable[[], str]] = {
            "kill -9": lambda: kills(world, points, chance),
            "power cut": lambda: power_cuts(world),
            "full disk": lambda: full_disks(world, max(4, points // 5), chance),
            "full disk, server": lambda: full_disk_under_a_server(world, max(1, points // 40), chance),
            "damaged index": lambda: damaged_indexes(world, damages, chance),
            "damaged corpus": lambda: damaged_corpora(world, 2 * damages, chance),
            "damaged backup": lambda: damaged_backups(world, damages, chance),
            "damaged archive": lambda: damaged_archives(world, damages, chance),
            "two at once": lambda: two_at_once(world),
        }
        broken = 0
        for fault, run in faults.items():
            try:
                outcome = run()
            except Broken as exc:
                broken, outcome = 1, f"BROKEN (seed {arguments.seed}): {exc}"
            print(f"{fault:18} {outcome}", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
