"""What can be read from the corpus: documents, passages, where they came from and when."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from corpus import schema
from corpus.database import DAMAGED, Database, reads
from corpus.document import Document, from_json
from corpus.errors import StoreError, UsageError

IS_WITHDRAWN = "id IN (SELECT document_id FROM withdrawn)"


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


class Reader(Database):
    """The reading half of `corpus.store.Corpus`."""

    @reads
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

    def documents(self) -> Iterator[Document]:
        """Yield every document that is not gone, in the order of their ids."""
        query = "SELECT record, record_sha256 FROM documents WHERE gone_at IS NULL ORDER BY id"
        try:
            for row in self._db.execute(query):
                yield self._document(*row)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:
            raise StoreError(f"{self.path}: cannot be read ({exc}); {DAMAGED}") from exc

    @reads
    def documents_of(self, host: str) -> list[Document]:
        """Return the documents of a host that are not gone, in the order of their ids."""
        query = "SELECT record, record_sha256 FROM documents WHERE host = ? AND gone_at IS NULL ORDER BY id"
        return [self._document(*row) for row in self._db.execute(query, (host,))]

    def _document(self, record: str, record_sha256: str) -> Document:
        if schema.sha256(record) != record_sha256:
            raise StoreError(f"{self.path}: a document is not what was stored; {DAMAGED}")
        return from_json(record)

    @reads
    def passage(self, passage_id: str) -> Kept | None:
        """Return what the corpus has kept of a passage that it has or once had, or None."""
        row = self._db.execute(
            "SELECT d.record, d.record_sha256, p.text, p.first_seen, p.retired_at, d.gone_at"
            " FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.id = ?",
            (passage_id,),
        ).fetchone()
        return Kept(self._document(*row[:2]), *row[2:]) if row else None

    @reads
    def first_seen(self) -> dict[str, date]:
        """Return the day (UTC) on which each document came in, by document id; those that are gone too."""
        rows = self._db.execute("SELECT id, first_seen FROM documents")
        return {document_id: datetime.fromisoformat(seen).date() for document_id, seen in rows}

    @reads
    def gone_at(self, document_id: str) -> str | None:
        """Return since when the document with this id is gone (UTC, ISO 8601); None if it is there or never was."""
        row = self._db.execute("SELECT gone_at FROM documents WHERE id = ?", (document_id,)).fetchone()
        return row[0] if row else None

    @reads
    def sources(self, document_id: str) -> list[str]:
        """Return every place that the document was read from, first the one seen longest."""
        rows = self._db.execute("SELECT source FROM provenance WHERE document_id = ? ORDER BY rowid", (document_id,))
        return [source for (source,) in rows]

    @reads
    def known(self, key: str) -> Known | None:
        """Return what the source with this key became at the last ingest, or None; documents that are gone too."""
        row = self._db.execute(
            "SELECT d.id, p.raw_sha256, d.extractor_version FROM provenance p JOIN documents d ON d.id = p.document_id"
            f" WHERE p.key = ? AND (d.gone_at IS NULL OR d.{IS_WITHDRAWN}) LIMIT 1",
            (key,),
        ).fetchone()
        return Known(*row) if row else None

    @reads
    def keys(self, root: str) -> set[str]:
        """Return the keys of what was read under `root` and is not gone."""
        return {key for (key,) in self._db.execute("SELECT key FROM provenance WHERE root = ?", (root,))}

    @reads
    def read_from(self) -> set[str]:
        """Return the SHA-256 of every source that became a document, also of those that are gone."""
        rows = self._db.execute("SELECT raw_sha256 FROM documents UNION SELECT raw_sha256 FROM visits")
        return {digest for (digest,) in rows}

    @reads
    def withdrawn(self) -> dict[str, str]:
        """Return when each document was withdrawn (UTC, ISO 8601) that still is, by document id, the latest first."""
        return dict(self._db.execute("SELECT document_id, at FROM withdrawn ORDER BY at DESC, document_id"))

    @reads
    def is_withdrawn(self, document_id: str) -> bool:
        """Tell whether somebody took this document out of the collection."""
        return self._db.execute("SELECT 1 FROM withdrawn WHERE document_id = ?", (document_id,)).fetchone() is not None

    @reads
    def changed_hosts(self) -> list[str] | None:
        """Return the hosts of documents that came or changed since the last look across; None if nothing did."""
        rows = self._db.execute("SELECT host FROM changed_hosts ORDER BY host").fetchall()
        return [host for (host,) in rows if host] if rows else None

    @reads
    def families(self) -> dict[str, str]:
        """Return the family of each passage that has one, by passage id."""
        return dict(self._db.execute("SELECT passage_id, family FROM families"))

    @reads
    def corpus_hash(self) -> str:
        """Return the SHA-256 over the documents that are not gone and the families: what a snapshot was made from."""
        digest = hashlib.sha256()
        documents = "SELECT id, content_hash, text_sha256 FROM documents WHERE gone_at IS NULL ORDER BY id"
        for query in (documents, "SELECT passage_id, family FROM families ORDER BY passage_id"):
            for row in self._db.execute(query):
                digest.update(" ".join(row).encode() + b"\n")
        return digest.hexdigest()

    @reads
    def counts(self) -> dict[str, int]:
        """Return the number of documents, of those gone, and of former versions kept."""
        query = "SELECT count(*) FILTER (WHERE gone_at IS NULL), count(gone_at) FROM documents"
        live, gone = self._db.execute(query).fetchone()
        versions = self._db.execute("SELECT count(*) FROM versions").fetchone()[0]
        return {"documents": live, "gone": gone, "versions": versions}
