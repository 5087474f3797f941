"""The database file of a knowledge base: opening it, making what was done durable, and noticing damage."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, Self, TypeVar
from urllib.parse import quote

from corpus import schema
from corpus.errors import StoreError
from corpus.folder import make_folder, refuse_half_restored
from corpus.visits import Visits

DAMAGED = "run `samenwijzer doctor --fix`, or `samenwijzer restore` a backup"
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _remedy(exc: Exception, otherwise: str = "free space or check permissions") -> str:
    damaged = getattr(exc, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return DAMAGED if damaged else otherwise


def reads(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn what SQLite says of a damaged file into an error of ours."""

    @wraps(method)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(*args, **kwargs)
        except sqlite3.DatabaseError as exc:
            raise StoreError(f"the corpus cannot be read ({exc}); {_remedy(exc)}") from exc
        except ValueError as exc:
            raise StoreError(f"the corpus holds something that was never written ({exc}); {DAMAGED}") from exc

    return reading


class Database:
    """The database of a knowledge base, open; `visits` is what the crawler remembers of addresses.

    Args:
        kb: folder of the knowledge base; the database is `<kb>/corpus.sqlite`.
        create: make the folder and the database where they do not exist.

    Raises:
        StoreError: no corpus there, not writable, damaged, or written by a newer version.
    """

    def __init__(self, kb: Path, *, create: bool = False) -> None:
        self.kb = kb
        self.path = kb / "corpus.sqlite"
        refuse_half_restored(kb)
        if not create and not (self.path.is_file() and self.path.stat().st_size):
            raise StoreError(f"{kb}: there is no knowledge base here; make one with `samenwijzer ingest SOURCE`")
        try:
            if create:
                make_folder(kb)
            self._db = self._connect()
            self._open_schema(create)
            self.visits = Visits(self._db, self._guard)
            self._on_trial = False
        except (OSError, sqlite3.Error) as exc:
            remedy = _remedy(exc, f"check that you may write in {kb}")
            raise StoreError(f"{self.path}: cannot be opened ({exc}); {remedy}") from exc

    def _connect(self) -> sqlite3.Connection:
        closed = not self.path.with_name(f"{self.path.name}-wal").exists()
        if self.path.exists() and closed and not os.access(self.kb, os.W_OK):
            # SQLite wants to make a file beside a WAL database even to read it; where nobody can write, it need not.
            return sqlite3.connect(f"file:{quote(str(self.path))}?immutable=1", uri=True)
        return sqlite3.connect(self.path, timeout=30)

    def _open_schema(self, create: bool) -> None:
        version = schema.numbered(self._db)
        made = version if version == schema.VERSION else schema.made_by(self._db)
        if made not in (version, None):
            raise _damaged(f"its version is said to be {version}, and it has the tables of {made}")
        if made is None and version > schema.VERSION:
            raise StoreError(f"{self.path}: written by a newer Samenwijzer (schema {version}); upgrade this one")
        if made is None or (made == 0 and not create):
            raise StoreError(f"{self.path}: is not a Samenwijzer corpus; move it away and ingest again")
        if create:
            # WAL: readers never wait for a writer. FULL: an acknowledged commit survives a power cut.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
        schema.bring_up_to_date(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; anything that was not committed is rolled back."""
        self._db.close()

    def commit(self) -> None:
        """Make everything since the last commit durable.

        Raises:
            StoreError: the disk is full or the folder may not be written.
        """
        if not self._on_trial:
            with self._guard():
                self._db.commit()

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo at the end whatever is written in between; until then this object, and no other, sees it."""
        self._on_trial = True
        try:
            yield
        finally:
            self._on_trial = False
            self._db.rollback()

    def problems(self) -> list[str]:
        """Return what SQLite's own integrity check and ours find wrong; empty when all is well."""
        try:
            found = [row[0] for row in self._db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            columns = "id, record, record_sha256, first_seen"
            for document_id, record, expected, seen in self._db.execute(f"SELECT {columns} FROM documents"):
                if schema.sha256(record) != expected or not schema.is_date(seen):
                    found.append(f"document {document_id}: it is not what was stored")
        except (sqlite3.Error, ValueError) as exc:
            found = [str(exc)]
        return [f"{self.path}: {problem}" for problem in found]

    def refuse_damage(self) -> None:
        """Check the database's own structure.

        Raises:
            StoreError: it is damaged: documents might be missing without a word.
        """
        try:
            (found,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        except (sqlite3.Error, ValueError) as exc:
            found = str(exc)
        if found != "ok":
            raise StoreError(f"{self.path}: is damaged ({found}); {DAMAGED}")

    def copy_to(self, path: Path) -> None:
        """Write the database as it is at this moment to `path`, while others may go on reading and writing.

        Raises:
            StoreError: it cannot be read, or the copy cannot be written.
        """
        try:
            with closing(sqlite3.connect(path)) as copy:
                self._db.backup(copy)
                # One file, that can be read where nothing may be written.
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as exc:
            raise StoreError(f"{self.path}: cannot be copied to {path} ({exc}); {_remedy(exc)}") from exc

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            self._db.rollback()
            raise StoreError(f"{self.path}: cannot be written ({exc}); {_remedy(exc)}") from exc


def _damaged(what: str) -> sqlite3.DatabaseError:
    """Return what SQLite itself says of a damaged file."""
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
