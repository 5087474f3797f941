"""What was done to a knowledge base by those who may: lines that are only ever added to `<kb>/audit.jsonl`."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import StoreError
from corpus.folder import sync

_TAIL_BYTES = 2**20


@dataclass(frozen=True)
class Entry:
    """Something that was done, or tried.

    Args:
        at: when (UTC, ISO 8601).
        by: the name of the token, or "command line".
        action: what, in a word or two.
        outcome: how that ended.
        subject: to what, None for the whole collection.
    """

    at: str
    by: str
    action: str
    outcome: str
    subject: str | None = None


def record(kb: Path, by: str, action: str, outcome: str, subject: str | None = None) -> Entry:
    """Add a line, on disk before this returns.

    Raises:
        StoreError: it cannot be written; whatever was to be recorded should then not be done.
    """
    entry = Entry(datetime.now(UTC).isoformat(timespec="seconds"), by, action, outcome, subject)
    path = kb / "audit.jsonl"
    try:
        # One write in append mode: lines of several processes never mix.
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            line = json.dumps(asdict(entry)).encode() + b"\n"
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":  # half a line, from a power cut or a full disk
                line = b"\n" + line
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not size:
            sync(kb)
    except OSError as exc:
        raise StoreError(f"{path}: cannot be written ({exc.strerror}); free space or check permissions") from exc
    return entry


def read(kb: Path, most: int) -> list[Entry]:
    """Return the last entries, the newest first; of a very long log only what its last MiB holds.

    Raises:
        StoreError: it cannot be read.
    """
    path = kb / "audit.jsonl"
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().splitlines()[1 if size > _TAIL_BYTES else 0 :]
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise StoreError(f"{path}: cannot be read ({exc.strerror}); check permissions") from exc
    return [entry for line in reversed(lines[-most:]) if (entry := _entry(line))]


def _entry(line: bytes) -> Entry | None:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):  # a line that a power cut left half
        return None
