"""The corpus on disk: one SQLite database per knowledge base, the system of record.

Nothing is deleted: a changed document keeps its former versions, one that is gone keeps its record with a date.
Each `upsert` is atomic, and `commit` makes everything since the last one durable.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from corpus.database import DAMAGED as DAMAGED
from corpus.document import Document, content_hash, to_json
from corpus.errors import StoreError, UsageError
from corpus.folder import write_lock as write_lock
from corpus.reader import IS_WITHDRAWN, Reader

Change = Literal["added", "changed", "unchanged"]


def is_damaged(kb: Path) -> bool:
    """Tell whether the database of a knowledge base is there, but not as it was written.

    Raises:
        StoreError: it cannot be opened for another reason: permissions, a newer version, another kind of database.
    """
    path = kb / "corpus.sqlite"
    try:
        with Corpus(kb) as corpus:
            return bool(corpus.problems())
    except StoreError as exc:
        passing = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        code = getattr(exc.__cause__, "sqlite_errorcode", None)
        # A damaged head reads as "read-only" or "cannot be opened" too: so where we may write, it is that.
        if code is None or code & 0xFF in passing or not (os.access(kb, os.W_OK) and os.access(path, os.W_OK)):
            raise
        return True


class Corpus(Reader):
    """The documents of one knowledge base; see `corpus.database.Database` for its arguments and errors."""

    def upsert(self, document: Document, *, root: str) -> Change:
        """Insert the document, or replace the one with the same key, and say what that amounted to.

        A document whose bytes are already here under another key (a file that was moved or copied) is not stored
        twice: the new place is added to its provenance. So is one with the same text and the same canonical address.

        Args:
            document: with passages.
            root: the source as the user named it (folder, sitemap, file), under which "gone" is decided.
        """
        new_hash = content_hash(document)
        with self._guard():
            row = self._find(document)
            if row is not None and self.is_withdrawn(row[0]):
                self.touch(document.key, root)
                return "unchanged"
            if row is None:
                change: Change = "added"
                self._insert(document, new_hash)
            elif row[2] is None and (row[1] == new_hash or row[3] != document.key):
                change = "unchanged"
            else:
                change = "changed"
                self._replace(document, new_hash, row[0])
            if change != "unchanged":
                self._note_change(document.host)
            self._see(document, row[0] if row else document.id, root)
        return change

    def _find(self, document: Document) -> tuple[str, str, str | None, str] | None:
        """Return (id, content hash, gone_at, key) of the stored document that this one is."""
        columns = "SELECT id, content_hash, gone_at, key FROM documents"
        row = self._db.execute(f"{columns} WHERE key = ?", (document.key,)).fetchone()
        if row is None and document.source_id is None:
            row = self._db.execute(
                f"{columns} WHERE text_sha256 = ? AND (gone_at IS NULL OR {IS_WITHDRAWN})"
                " AND (raw_sha256 = ? OR record ->> 'canonical_url' = ?)",
                (document.text_sha256, document.raw_sha256, document.canonical_url),
            ).fetchone()
        return row  # type: ignore[no-any-return]

    def _insert(self, document: Document, new_hash: str) -> None:
        now = _now()
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, sha256(?8))",
            (document.id, document.key, new_hash, *self._columns(document), now, now),
        )
        self._link_passages(document, now)

    def _replace(self, document: Document, new_hash: str, document_id: str) -> None:
        now = _now()
        self._db.execute(
            "INSERT INTO versions SELECT id, content_hash, record, ? FROM documents WHERE id = ?", (now, document_id)
        )
        self._retire_passages(document, now)
        self._db.execute(
            "UPDATE documents SET content_hash=?, raw_sha256=?, text_sha256=?, extractor_version=?, host=?, record=?6,"
            " record_sha256=sha256(?6), changed_at=?, gone_at=NULL WHERE id=?",
            (new_hash, *self._columns(document), now, document_id),
        )
        self._link_passages(document, now)

    def _note_change(self, host: str | None) -> None:
        self._db.execute("INSERT OR IGNORE INTO changed_hosts VALUES (?)", (host or "",))

    @staticmethod
    def _columns(document: Document) -> tuple[str, str, str, str | None, str]:
        version, host = document.extractor_version, document.host
        return document.raw_sha256, document.text_sha256, version, host, to_json(document)

    def _link_passages(self, document: Document, now: str) -> None:
        # Links of former passages stay: an id that somebody cited still leads to its document.
        self._db.executemany(
            "INSERT INTO passages (id, document_id, first_seen) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET retired_at = NULL, text = NULL",
            [(p.id, document.id, now) for p in document.passages],
        )

    def _retire_passages(self, document: Document, now: str) -> None:
        """Keep the words of the passages that the stored document has and its successor, `document`, has not."""
        row = self._db.execute("SELECT record, record_sha256 FROM documents WHERE id = ?", (document.id,)).fetchone()
        remaining = {p.id for p in document.passages}
        self._db.executemany(
            "UPDATE passages SET retired_at = ?, text = ? WHERE id = ? AND document_id = ?",
            [(now, p.text, p.id, document.id) for p in self._document(*row).passages if p.id not in remaining],
        )

    def _see(self, document: Document, document_id: str, root: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO provenance VALUES (?, ?, ?, ?, ?, ?)",
            (document_id, document.key, root, document.source, document.raw_sha256, _now()),
        )

    def touch(self, key: str, root: str) -> None:
        """Note that the source with this key was seen again, unchanged, now under `root`."""
        with self._guard():
            self._db.execute(
                "INSERT OR REPLACE INTO provenance SELECT document_id, key, ?, source, raw_sha256, ?"
                " FROM provenance WHERE key = ? LIMIT 1",
                (root, _now(), key),
            )

    def mark_gone(self, root: str, present: set[str]) -> list[str]:
        """Mark as gone what was read under `root` before and is not among the keys `present`; return their ids.

        A document that is still to be found under another root or key is not gone.
        """
        with self._guard():
            rows = self._db.execute("SELECT key, document_id FROM provenance WHERE root = ?", (root,)).fetchall()
            missing = [(key, document_id) for key, document_id in rows if key not in present]
            self._db.executemany("DELETE FROM provenance WHERE root = ? AND key = ?", [(root, k) for k, _ in missing])
            return self._bury(dict.fromkeys(document_id for _, document_id in missing))

    def mark_missing(self, key: str) -> list[str]:
        """Mark as gone what was read from the place `key`, whatever it was listed under; return the ids.

        A document that is still to be found under another key is not gone.
        """
        with self._guard():
            rows = self._db.execute("DELETE FROM provenance WHERE key = ? RETURNING document_id", (key,)).fetchall()
            return self._bury(dict.fromkeys(document_id for (document_id,) in rows))

    def _bury(self, document_ids: Iterable[str]) -> list[str]:
        gone = [document_id for document_id in document_ids if not self._is_seen(document_id)]
        if gone:
            self._note_change(None)
        self._db.executemany("UPDATE documents SET gone_at = ? WHERE id = ?", [(_now(), i) for i in gone])
        return gone

    def withdraw(self, document_id: str) -> str:
        """Take a document out of the collection for as long as it is not readmitted; its record is kept.

        Returns:
            When it was withdrawn (UTC, ISO 8601): now, or at an earlier time.

        Raises:
            UsageError: there is no such document in the collection.
        """
        earlier = self.withdrawn().get(document_id)
        if earlier is not None:
            return earlier
        with self._guard():
            now = _now()
            marked = "UPDATE documents SET gone_at = ? WHERE id = ? AND gone_at IS NULL"
            if not self._db.execute(marked, (now, document_id)).rowcount:
                raise UsageError(f"{document_id}: no document in the collection has this id")
            self._db.execute("INSERT INTO withdrawn VALUES (?, ?)", (document_id, now))
            self._note_change(None)
        return now

    def readmit(self, document_id: str) -> None:
        """Put a document that was withdrawn back, as it was read last, if its source still has it.

        Raises:
            UsageError: it was not withdrawn.
        """
        with self._guard():
            if not self._db.execute("DELETE FROM withdrawn WHERE document_id = ?", (document_id,)).rowcount:
                raise UsageError(f"{document_id}: was not withdrawn")
            if self._is_seen(document_id):
                self._db.execute("UPDATE documents SET gone_at = NULL WHERE id = ?", (document_id,))
                self._note_change(None)

    def _is_seen(self, document_id: str) -> bool:
        query = "SELECT 1 FROM provenance WHERE document_id = ? LIMIT 1"
        return self._db.execute(query, (document_id,)).fetchone() is not None

    def revise(self, document: Document) -> None:
        """Replace a stored document by what a look at its neighbours made of it; this is no new version of it.

        Its content hash stays that of the source as read, so that the next ingest still knows it as unchanged.
        """
        now = _now()
        with self._guard():
            self._retire_passages(document, now)
            self._db.execute(
                "UPDATE documents SET text_sha256 = ?, record = ?2, record_sha256 = sha256(?2) WHERE id = ?",
                (document.text_sha256, to_json(document), document.id),
            )
            self._link_passages(document, now)

    def looked_across(self) -> None:
        """Note that all documents have been looked at together as they are now."""
        with self._guard():
            self._db.execute("DELETE FROM changed_hosts")

    def set_families(self, families: Iterable[Iterable[str]]) -> None:
        """Replace the families: groups of ids of passages that say nearly the same."""
        rows = [(member, min(group)) for family in families if (group := list(family)) for member in group]
        with self._guard():
            self._db.execute("DELETE FROM families")
            self._db.executemany("INSERT INTO families VALUES (?, ?)", rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
