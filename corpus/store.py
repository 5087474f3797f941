"""The corpus on disk: one SQLite database per knowledge base, the system of record.

Nothing is deleted: a changed document keeps its former versions, one that is gone keeps its record with a date.
Each `upsert` is atomic, and `commit` makes everything since the last one durable.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Literal, NamedTuple, ParamSpec, TypeVar
from urllib.parse import quote

from corpus import schema
from corpus.document import Document, content_hash, from_json, to_json
from corpus.errors import StoreError, UsageError
from corpus.folder import make_folder, refuse_half_restored
from corpus.folder import write_lock as write_lock
from corpus.visits import Visits

Change = Literal["added", "changed", "unchanged"]
DAMAGED = "run `samenwijzer doctor --fix`, or `samenwijzer restore` a backup"
_IS_WITHDRAWN = "id IN (SELECT document_id FROM withdrawn)"
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _remedy(exc: Exception, otherwise: str = "free space or check permissions") -> str:
    damaged = getattr(exc, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return DAMAGED if damaged else otherwise


def _reads(method: Callable[_P, _T]) -> Callable[_P, _T]:
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


class Known(NamedTuple):
    """What the corpus remembers of a source: which document it became, from which bytes, by which extractor."""

    document_id: str
    raw_sha256: str
    extractor_version: str


class Kept(NamedTuple):
    """A passage that the corpus has or had: its document as it is now, and what was noted of the passage itself.

    `text` is None while the document still has the passage. Dates are UTC, ISO 8601, None where they were not noted.
    """

    document: Document
    text: str | None
    first_seen: str | None
    retired_at: str | None
    gone_at: str | None


class Corpus:
    """The documents of one knowledge base; `visits` is what the crawler remembers of addresses.

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

    def __enter__(self) -> Corpus:
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
                f"{columns} WHERE text_sha256 = ? AND (gone_at IS NULL OR {_IS_WITHDRAWN})"
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

    def _document(self, record: str, record_sha256: str) -> Document:
        if schema.sha256(record) != record_sha256:
            raise StoreError(f"{self.path}: a document is not what was stored; {DAMAGED}")
        return from_json(record)

    def _see(self, document: Document, document_id: str, root: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO provenance VALUES (?, ?, ?, ?, ?, ?)",
            (document_id, document.key, root, document.source, document.raw_sha256, _now()),
        )

    @_reads
    def known(self, key: str) -> Known | None:
        """Return what the source with this key became at the last ingest, or None; documents that are gone too."""
        row = self._db.execute(
            "SELECT d.id, p.raw_sha256, d.extractor_version FROM provenance p JOIN documents d ON d.id = p.document_id"
            f" WHERE p.key = ? AND (d.gone_at IS NULL OR d.{_IS_WITHDRAWN}) LIMIT 1",
            (key,),
        ).fetchone()
        return Known(*row) if row else None

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

    @_reads
    def withdrawn(self) -> dict[str, str]:
        """Return when each document was withdrawn (UTC, ISO 8601) that still is, by document id, the latest first."""
        return dict(self._db.execute("SELECT document_id, at FROM withdrawn ORDER BY at DESC, document_id"))

    @_reads
    def is_withdrawn(self, document_id: str) -> bool:
        """Tell whether somebody took this document out of the collection."""
        return self._db.execute("SELECT 1 FROM withdrawn WHERE document_id = ?", (document_id,)).fetchone() is not None

    @_reads
    def keys(self, root: str) -> set[str]:
        """Return the keys of what was read under `root` and is not gone."""
        return {key for (key,) in self._db.execute("SELECT key FROM provenance WHERE root = ?", (root,))}

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

    @_reads
    def documents_of(self, host: str) -> list[Document]:
        """Return the documents of a host that are not gone, in the order of their ids."""
        query = "SELECT record, record_sha256 FROM documents WHERE host = ? AND gone_at IS NULL ORDER BY id"
        return [self._document(*row) for row in self._db.execute(query, (host,))]

    @_reads
    def changed_hosts(self) -> list[str] | None:
        """Return the hosts of documents that came or changed since the last look across; None if nothing did."""
        rows = self._db.execute("SELECT host FROM changed_hosts ORDER BY host").fetchall()
        return [host for (host,) in rows if host] if rows else None

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

    @_reads
    def families(self) -> dict[str, str]:
        """Return the family of each passage that has one, by passage id."""
        return dict(self._db.execute("SELECT passage_id, family FROM families"))

    def documents(self) -> Iterator[Document]:
        """Yield every document that is not gone, in the order of their ids."""
        query = "SELECT record, record_sha256 FROM documents WHERE gone_at IS NULL ORDER BY id"
        try:
            for row in self._db.execute(query):
                yield self._document(*row)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:
            raise StoreError(f"{self.path}: cannot be read ({exc}); {DAMAGED}") from exc

    @_reads
    def first_seen(self) -> dict[str, date]:
        """Return the day (UTC) on which each document came in, by document id; those that are gone too."""
        rows = self._db.execute("SELECT id, first_seen FROM documents")
        return {document_id: datetime.fromisoformat(seen).date() for document_id, seen in rows}

    @_reads
    def get(self, reference: str) -> Document:
        """Return the document with this id, or the one that holds the passage or item with this id.

        Args:
            reference: a document, passage or item id, or the first 4 or more digits of a document id; a source id
                works too.

        Raises:
            UsageError: nothing, or more than one thing, goes by that name.
        """
        found = self._lookup(reference)
        if not found:
            raise UsageError(f"{reference}: no document, passage or item has this id; `samenwijzer search` shows ids")
        if len(found) > 1:
            raise UsageError(f"{reference}: {len(found)} documents go by this id; give more digits of the id")
        return self._document(*found[0])

    def _lookup(self, reference: str) -> list[tuple[str, str]]:
        for condition, parameter in (
            ("d.id = ?", reference),
            ("d.id IN (SELECT document_id FROM passages WHERE id = ?)", reference),
            ("d.record ->> 'source_id' = ?", reference),
            ("EXISTS (SELECT 1 FROM json_each(d.record, '$.items') i WHERE i.value ->> 'id' = ?)", reference),
            ("d.id GLOB ? || '*'", reference if len(reference) >= 4 else ""),
        ):
            query = f"SELECT d.record, d.record_sha256 FROM documents d WHERE {condition}"
            rows = self._db.execute(query, (parameter,)).fetchall() if parameter else []
            if rows:
                return rows
        return []

    @_reads
    def passage(self, passage_id: str) -> Kept | None:
        """Return what the corpus has kept of a passage that it has or once had, or None."""
        row = self._db.execute(
            "SELECT d.record, d.record_sha256, p.text, p.first_seen, p.retired_at, d.gone_at"
            " FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.id = ?",
            (passage_id,),
        ).fetchone()
        return Kept(self._document(*row[:2]), *row[2:]) if row else None

    @_reads
    def gone_at(self, document_id: str) -> str | None:
        """Return since when the document with this id is gone (UTC, ISO 8601); None if it is there or never was."""
        row = self._db.execute("SELECT gone_at FROM documents WHERE id = ?", (document_id,)).fetchone()
        return row[0] if row else None

    @_reads
    def sources(self, document_id: str) -> list[str]:
        """Return every place that the document was read from, first the one seen longest."""
        rows = self._db.execute("SELECT source FROM provenance WHERE document_id = ? ORDER BY rowid", (document_id,))
        return [source for (source,) in rows]

    @_reads
    def corpus_hash(self) -> str:
        """Return the SHA-256 over the documents that are not gone and the families: what a snapshot was made from."""
        digest = hashlib.sha256()
        documents = "SELECT id, content_hash, text_sha256 FROM documents WHERE gone_at IS NULL ORDER BY id"
        for query in (documents, "SELECT passage_id, family FROM families ORDER BY passage_id"):
            for row in self._db.execute(query):
                digest.update(" ".join(row).encode() + b"\n")
        return digest.hexdigest()

    @_reads
    def counts(self) -> dict[str, int]:
        """Return the number of documents, of those gone, and of former versions kept."""
        query = "SELECT count(*) FILTER (WHERE gone_at IS NULL), count(gone_at) FROM documents"
        live, gone = self._db.execute(query).fetchone()
        versions = self._db.execute("SELECT count(*) FROM versions").fetchone()[0]
        return {"documents": live, "gone": gone, "versions": versions}

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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
