"""Which snapshot is in use, and which ones are kept: published by one atomic rename, old ones removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from corpus.errors import StoreError
from corpus.folder import sync
from index.snapshot import Snapshot, history, snapshots_folder

KEPT_SNAPSHOTS = 3


def publish(kb: Path, snapshot_id: str) -> None:
    """Take this snapshot in use, after it has been opened in full.

    Args:
        kb: its write lock is held by the caller.
        snapshot_id: one that is kept.

    Raises:
        SnapshotError: it is not there, damaged, or made by another version.
        StoreError: the folder cannot be written.
    """
    Snapshot(snapshots_folder(kb) / snapshot_id)
    try:
        set_current(kb, snapshot_id)
    except OSError as exc:
        raise StoreError(f"{kb}: cannot be written ({exc}); free space or check permissions") from exc


def set_current(kb: Path, snapshot_id: str) -> None:
    """Name a snapshot in `CURRENT`: at once and for good, or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    draft = kb / ".CURRENT"
    draft.write_text(snapshot_id + "\n", "ascii")
    sync(draft)
    draft.replace(kb / "CURRENT")
    sync(kb)


def prune(kb: Path, current: str) -> None:
    """Keep the snapshot in use and the newest others, to go back to and for readers that still hold one.

    Raises:
        OSError: the folder cannot be written.
    """
    kept = [manifest.id for manifest in history(kb) if manifest.id != current][: KEPT_SNAPSHOTS - 1]
    for folder in snapshots_folder(kb).iterdir():
        if folder.name not in (current, *kept):
            drop(folder)


def drop(folder: Path) -> None:
    """Remove a snapshot, if it is there.

    Raises:
        OSError: the folder that it is in cannot be written.
    """
    # Renamed first: a kill half-way must not leave half a snapshot under a name that counts.
    if folder.exists():
        dropped = folder.with_name(f".dropped-{folder.name}")
        folder.rename(dropped)
        shutil.rmtree(dropped, ignore_errors=True)


def sweep(kb: Path) -> list[str]:
    """Remove what a build that was broken off has left behind, and return the names of it.

    Args:
        kb: its write lock is held by the caller.
    """
    leftovers = sorted(snapshots_folder(kb).glob(".*-*"))
    for leftover in leftovers:
        shutil.rmtree(leftover, ignore_errors=True)
    return [leftover.name for leftover in leftovers]
