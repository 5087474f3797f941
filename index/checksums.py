"""Whether the files of a snapshot are as they were written: by their checksums, or by a stamp of when those held.

A stamp keeps size, inode, and times of change of every file to the nanosecond, as they were just before all checksums
were found right. Any ordinary write changes them (`ctime` cannot be set back by a program), and then all checksums are
looked at again. What a stamp does not see is a disk that loses bits by itself: for that there is `verify`.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corpus.errors import SnapshotError

MANIFEST, STAMP = "manifest.json", "verified.json"
_TICK_NS = 20_000_000
"""Two writes may get the same time when less than this lies between them."""

State = dict[str, Any]


def checksums(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file, by its name below `folder`.

    Raises:
        OSError: a file cannot be read.
    """
    from concurrent.futures import ThreadPoolExecutor

    listed = list(names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(listed, pool.map(_sha256, (folder / name for name in listed)), strict=True))


def verify(folder: Path, files: Mapping[str, str]) -> None:
    """Check files against their SHA-256; where one is wrong, no stamp is believed any more.

    Raises:
        SnapshotError: a file is missing or is not what was written.
    """
    try:
        found = checksums(folder, files)
    except OSError as exc:
        raise SnapshotError(f"{exc.filename}: is missing; run `samenwijzer doctor --fix`") from exc
    for name, expected in files.items():
        if found[name] != expected:
            (folder / STAMP).unlink(missing_ok=True)
            raise SnapshotError(f"{folder / name}: is damaged (checksum); run `samenwijzer doctor --fix`")


def ensure(folder: Path, files: Mapping[str, str]) -> None:
    """Check that files are as they were when their checksums were last right, else check those, and stamp the folder.

    Raises:
        SnapshotError: as `verify`.
    """
    try:
        if json.loads((folder / STAMP).read_bytes()) == _stamp(folder, _states(folder, files)):
            return
    except (OSError, ValueError):
        pass  # there is no stamp, or a file is missing: `verify` tells which
    states = settled(folder, files)
    verify(folder, files)
    stamp(folder, states)


def settled(folder: Path, names: Iterable[str]) -> State:
    """Return the state of files when a later write is sure to change it; to be called before their checksums are made.

    Empty, so that it never matches, where a file is missing or was written in the future.
    """
    try:
        states = _states(folder, names)
    except OSError:
        return {}
    wait = max((state[2] for state in states.values()), default=0) + _TICK_NS - time.time_ns()
    if wait > 50 * _TICK_NS:
        return {}
    time.sleep(max(0, wait) / 1e9)
    return states


def stamp(folder: Path, states: State) -> None:
    """Write down that files in these states have the right checksums; does nothing in a folder that is read-only."""
    draft = folder / f".{STAMP}"
    try:
        draft.write_text(json.dumps(_stamp(folder, states)), "ascii")
        draft.replace(folder / STAMP)
    except OSError:
        return


def _stamp(folder: Path, states: State) -> State:
    return {MANIFEST: _sha256(folder / MANIFEST), **states}


def _states(folder: Path, names: Iterable[str]) -> State:
    found = {name: (folder / name).stat() for name in names}
    return {name: [s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino] for name, s in found.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
