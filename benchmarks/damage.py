"""Files that were cut, flipped, wiped or grew: noticed, or without effect; never another answer or another text."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults import Broken, World, copy, documents, served
from commands.care import mend
from corpus.errors import FetchError, SamenwijzerError, SnapshotError, StoreError, UsageError
from corpus.store import Corpus, write_lock
from index.backup import restore, write
from index.engines.embedded import Embedded
from ingest.answers import Answer
from ingest.warc import Archive, Recorder

_PAGES = 12


def damage(content: bytes, kind: int, chance: random.Random) -> bytes:
    """Return `content` cut off, with one bit flipped, with a part wiped, or with bytes put in, in turn by `kind`."""
    at = chance.randrange(len(content))
    if kind % 4 == 0:
        return content[:at]
    if kind % 4 == 1:
        return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    part = chance.randrange(1, 4096)
    if kind % 4 == 2:
        return content[:at] + bytes(len(content[at : at + part])) + content[at + part :]
    return content[:at] + chance.randbytes(part) + content[at:]


def _told(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def damaged_indexes(world: World, each: int, chance: random.Random) -> str:
    """Damage every file of an index `each` times: noticed at opening, or the answers are the same."""
    outcomes = Counter[str]()
    with copy(world) as kb:
        files = [kb / "CURRENT", *(path for path in sorted((kb / "snapshots").rglob("*")) if path.is_file())]
        for path in [path for path in files if path.stat().st_size]:
            good = path.read_bytes()
            for kind in range(each):
                path.write_bytes(damage(good, kind, chance))
                outcomes[_after_damaged_index(world, kb, f"{path.name}, damage {kind}")] += 1
            path.write_bytes(good)
            if served(kb) != world.before.served:
                raise Broken(f"{path.name}: with its own content again, the index gives other answers")
    return f"{len(files)} files, {each} damages each: {_told(outcomes)}"


def _after_damaged_index(world: World, kb: Path, what: str) -> str:
    try:
        found = served(kb)
    except SnapshotError as exc:
        if "samenwijzer" not in str(exc):
            raise Broken(f"{what}: {exc} names no remedy") from exc
        return "noticed"
    if found != world.before.served:
        raise Broken(f"{what}: gives wrong answers")
    return "without effect"


def damaged_corpora(world: World, points: int, chance: random.Random) -> str:
    """Damage the database: noticed and mended, or every document is the same; never another text."""
    outcomes = Counter[str]()
    good = (world.template / "corpus.sqlite").read_bytes()
    for point in range(points):
        with copy(world) as kb:
            bad = damage(good, point, chance)
            if point % 5 == 4:  # the head, which says what kind of file it is
                at = chance.randrange(100)
                bad = good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :]
            (kb / "corpus.sqlite").write_bytes(bad)
            outcomes[_after_damaged_corpus(world, kb)] += 1
    return f"{points} damages: {_told(outcomes)}"


def _after_damaged_corpus(world: World, kb: Path) -> str:
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
            mend(kb, Embedded(kb))
    except StoreError as exc:
        raise Broken(f"a damaged database is not mended: {exc}") from exc
    if documents(kb) != world.before.documents:
        raise Broken("mending a damaged database lost documents that the index has")
    return "noticed and mended"


def damaged_backups(world: World, each: int, chance: random.Random) -> str:
    """Damage a backup, compressed and not: refused with nothing changed, or all of it comes back."""
    outcomes = Counter[str]()
    for name in ("backup.tar", "backup.tar.gz"):
        path, into = world.folder / name, world.folder / "restored"
        write(world.template, path, overwrite=True)
        good = path.read_bytes()
        for kind in range(each):
            path.write_bytes(damage(good, kind, chance))
            outcomes[_after_damaged_backup(world, path, into, f"{name}, damage {kind}")] += 1
            shutil.rmtree(into, ignore_errors=True)
    return f"2 files, {each} damages each: {_told(outcomes)}"


def _after_damaged_backup(world: World, path: Path, into: Path, what: str) -> str:
    try:
        restore(path, into)
    except (UsageError, StoreError) as exc:
        if "use another" not in str(exc):
            raise Broken(f"{what}: {exc} names no remedy") from exc
        if (into / "corpus.sqlite").exists() or (into / "CURRENT").exists():
            raise Broken(f"{what}: was refused, but something is there") from exc
        return "refused"
    if served(into) != world.before.served or documents(into) != world.before.documents:
        raise Broken(f"{what}: comes back as something else")
    return "without effect"


def damaged_archives(world: World, each: int, chance: random.Random) -> str:
    """Damage an archive of fetched pages: each page is the one that was fetched, or said not to be there."""
    folder = world.folder / "warc"
    recorder = Recorder(folder, "Samenwijzer")
    pages = {f"https://e.nl/{number}": f"<p>pagina {number}</p>".encode() * 9 for number in range(_PAGES)}
    for number, (url, body) in enumerate(pages.items()):
        recorder.record(
            Answer(url, 200, {"content-type": "text/html"}, body, f"2026-01-{number + 1:02}T10:00:00Z"), None
        )
    recorder.close()
    (path,) = folder.iterdir()
    good, outcomes = path.read_bytes(), Counter[str]()
    for kind in range(each):
        path.write_bytes(damage(good, kind, chance))
        archive = Archive(folder)
        for url, body in pages.items():
            outcomes[_after_damaged_archive(lambda: archive.get(url).content, body, f"archive, damage {kind}")] += 1  # noqa: B023
    return f"{each} damages of {_PAGES} pages: {_told(outcomes)}"


def _after_damaged_archive(get: Callable[[], bytes], expected: bytes, what: str) -> str:
    try:
        found = get()
    except FetchError:
        return "said to be missing"
    except SamenwijzerError as exc:
        raise Broken(f"{what}: {exc}") from exc
    if found != expected:
        raise Broken(f"{what}: gives another page")
    return "whole"
