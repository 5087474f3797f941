"""What the crawler remembers of addresses between runs: validators, misses, and runs that were broken off."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# A run that was broken off longer ago than this starts anew: what it read may have changed since.
_RESUMABLE = timedelta(hours=24)


@dataclass(frozen=True)
class Visit:
    """The last time that a source was read over the network.

    `url` is where it was found after redirects; `etag` and `last_modified` are the validators that this address gave,
    `raw_sha256` the hash of the bytes, decoded. `archived_in` is the name of the WARC file that holds these bytes,
    `listed_in` the address of the sitemap or feed that led to it, None if the user named it.
    """

    url: str
    raw_sha256: str
    checked_at: str
    etag: str | None = None
    last_modified: str | None = None
    archived_in: str | None = None
    listed_in: str | None = None


class Misses(NamedTuple):
    """How often in a row an address turned out to be gone, and since when."""

    times: int
    since: datetime


class Visits:
    """The crawler's tables of a corpus; what is written here is committed with the corpus.

    Args:
        db: the corpus's database.
        guard: turns errors of the database into errors of ours.
    """

    def __init__(self, db: sqlite3.Connection, guard: Callable[[], AbstractContextManager[None]]) -> None:
        self._db = db
        self._guard = guard

    def get(self, key: str) -> Visit | None:
        """Return the last successful visit to the source with this key, or None."""
        columns = "url, raw_sha256, checked_at, etag, last_modified, archived_in, listed_in"
        with self._guard():
            row = self._db.execute(f"SELECT {columns} FROM visits WHERE key = ?", (key,)).fetchone()
        return Visit(*row) if row else None

    def has_listed(self, key: str) -> bool:
        """Tell whether the source with this key has been a list that led to others."""
        with self._guard():
            found = self._db.execute("SELECT 1 FROM visits WHERE listed_in = ? LIMIT 1", (key,)).fetchone()
        return found is not None

    def save(self, key: str, visit: Visit) -> None:
        """Note a successful visit; the misses before it are forgotten."""
        with self._guard():
            self._db.execute("INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (key, *astuple(visit)))
            self._db.execute("DELETE FROM misses WHERE key = ?", (key,))

    def miss(self, key: str) -> Misses:
        """Note that the source is gone from its address, and return how often in a row that has been so."""
        with self._guard():
            self._db.execute(
                "INSERT INTO misses VALUES (?, 1, ?) ON CONFLICT(key) DO UPDATE SET count = count + 1", (key, _now())
            )
            times, since = self._db.execute("SELECT count, since FROM misses WHERE key = ?", (key,)).fetchone()
        return Misses(times, datetime.fromisoformat(since))

    def forget(self, key: str) -> None:
        """Forget all about an address, so that it is read in full if it ever comes back."""
        with self._guard():
            self._db.execute("DELETE FROM visits WHERE key = ?", (key,))
            self._db.execute("DELETE FROM misses WHERE key = ?", (key,))

    def begin(self, root: str) -> str | None:
        """Note that a run over `root` begins; return when it began if it is one that was broken off, else None."""
        with self._guard():
            row = self._db.execute("SELECT started_at FROM runs WHERE root = ?", (root,)).fetchone()
            if row and datetime.now(UTC) - datetime.fromisoformat(row[0]) < _RESUMABLE:
                return str(row[0])
            self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (root, _now()))
        return None

    def finish(self, roots: Iterable[str]) -> None:
        """Note that the runs over these roots came to their end."""
        with self._guard():
            self._db.executemany("DELETE FROM runs WHERE root = ?", [(root,) for root in roots])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
