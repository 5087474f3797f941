"""The folder of a knowledge base: making it, the one writer at a time, and a `restore` that was broken off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import StoreError

RESTORING = ".restoring"
"""In a knowledge base: what was checked and is to take its place in it."""


def make_folder(folder: Path) -> None:
    """Make a folder, its parents too, so that a power cut does not take it away again.

    Raises:
        OSError: it cannot be made.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_half_restored(kb: Path) -> None:
    """See to it that nobody works in a folder in which a `restore` was broken off.

    Raises:
        StoreError: it was.
    """
    if (kb / RESTORING).exists():
        raise StoreError(f"{kb}: a restore was broken off here; finish it with `samenwijzer doctor --fix`")


@contextmanager
def write_lock(kb: Path) -> Iterator[None]:
    """Hold the knowledge base's one write lock; readers are never affected.

    Raises:
        StoreError: another ingest or build holds it, or the folder may not be written.
    """
    from filelock import FileLock, Timeout

    refuse_half_restored(kb)
    try:
        make_folder(kb)
        lock = FileLock(kb / "write.lock", timeout=0)
        lock.acquire()
    except Timeout as exc:
        raise StoreError(f"{kb}: another ingest or build is running here; wait until it is done") from exc
    except OSError as exc:
        raise StoreError(f"{kb}: cannot be written ({exc.strerror}); choose another folder with --kb") from exc
    try:
        yield
    finally:
        lock.release()
