"""The folder of a knowledge base: making it, the one writer at a time, and putting other contents in their place.

Contents are replaced in steps that can be taken up again: what is new stands complete and synced in `.restoring`,
with an empty `old` in it. What is there goes into `old`, `old` becomes `replaced-<time>`, what is new moves in. A kill
at any moment leaves a folder in which nothing can be opened, and that `finish_restoring` brings to its end.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import StoreError

RESTORING = ".restoring"
"""In a knowledge base: what was checked and is to take its place in it."""
_DRAFT = ".restoring-draft"
_ONLY_DATABASE = "only the database"
_DATABASE = ("corpus.sqlite", "corpus.sqlite-wal", "corpus.sqlite-shm")
_PARTS = ("CURRENT", *_DATABASE, "snapshots", "warc")


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


def contents(kb: Path) -> list[str]:
    """Return the names of what is in a folder, but the lock and what a broken-off `restore` left behind."""
    return sorted(path.name for path in kb.iterdir() if path.name not in ("write.lock", _DRAFT)) if kb.exists() else []


def restoring_draft(kb: Path) -> Path:
    """Return an empty folder in `kb` for new contents; the lock is held by the caller."""
    draft = kb / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    return draft


def replace_contents(draft: Path, *, only_database: bool = False) -> Path | None:
    """Put what is in `draft`, from `restoring_draft`, in its place and return where the former contents went.

    Args:
        draft: checked by the caller.
        only_database: leave the snapshots and what was fetched where they are.

    Raises:
        OSError: the folder cannot be written; `finish_restoring` takes it up again.
    """
    (draft / "old").mkdir()
    if only_database:
        (draft / _ONLY_DATABASE).touch()
    for path in [*draft.rglob("*"), draft]:
        sync(path)
    draft.rename(draft.with_name(RESTORING))
    sync(draft.parent)
    return finish_restoring(draft.parent)


def finish_restoring(kb: Path) -> Path | None:
    """Bring a replacement to its end, and return where the former contents went, if there were any.

    Raises:
        OSError: the folder cannot be written.
    """
    staged = kb / RESTORING
    old, replaced = staged / "old", None
    if old.is_dir():
        parts = _DATABASE if (staged / _ONLY_DATABASE).exists() else _PARTS
        _move(parts, kb, old)
        if any(old.iterdir()):
            replaced = kb / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
            old.rename(replaced)
        else:
            old.rmdir()
        sync(kb)
    _move(reversed(_PARTS), staged, kb)
    shutil.rmtree(staged)
    sync(kb)
    return replaced


def _move(names: Iterable[str], source: Path, target: Path) -> None:
    for name in names:
        if (source / name).exists():
            (source / name).rename(target / name)
    sync(target)
    sync(source)
