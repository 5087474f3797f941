"""A new database from what can still be read of a damaged one, and from what else is at hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from corpus.document import Document, from_json
from corpus.errors import StoreError
from corpus.folder import replace_contents, restoring_draft
from corpus.schema import bring_up_to_date, is_date, made_by, sha256
from corpus.store import Corpus

# Families are worked out anew. The order of the columns that say which row it is: those of the key, or the row id.
_TABLES = {
    "documents": "rowid",
    "versions": "rowid",
    "provenance": "rowid",
    "passages": "id, document_id",
    "visits": "rowid",
    "misses": "rowid",
    "runs": "rowid",
    "withdrawn": "document_id",
}


class Salvaged(NamedTuple):
    """How many documents were read from the damaged database, which ids came from elsewhere, and where it is now."""

    read: int
    taken_over: tuple[str, ...]
    set_aside: Path | None


def salvage(kb: Path, spare: Iterable[Document]) -> Salvaged:
    """Replace a damaged (or missing) database by a sound one; the damaged one is set aside, not deleted.

    Args:
        kb: its write lock is held by the caller.
        spare: documents to take over where the database no longer has them, for instance those of a snapshot.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        draft = restoring_draft(kb)
        Corpus(draft, create=True).close()
        with closing(sqlite3.connect(draft / "corpus.sqlite")) as new:
            if (kb / "corpus.sqlite").exists():
                _copy_readable(kb / "corpus.sqlite", new)
            new.execute("INSERT OR IGNORE INTO changed_hosts SELECT ifnull(host, '') FROM documents")
            new.commit()
            have = {document_id for (document_id,) in new.execute("SELECT id FROM documents")}
            withdrawn = {document_id for (document_id,) in new.execute("SELECT document_id FROM withdrawn")}
        with Corpus(draft) as corpus:
            missing = [document for document in spare if document.id not in have | withdrawn]
            for document in missing:
                corpus.upsert(document, root=document.source)
            corpus.commit()
        return Salvaged(len(have), tuple(d.id for d in missing), replace_contents(draft, only_database=True))
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(f"{kb}: cannot be written ({exc}); free space or check permissions") from exc


def _copy_readable(path: Path, new: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(path)) as old:
        try:
            bring_up_to_date(old, made_by(old))
        except sqlite3.DatabaseError:
            return  # not even its head can be read
        for table, key in _TABLES.items():
            for row in _rows(old, table, key):
                sound = _sound(row) if table == "documents" else row
                marks = ", ".join("?" * len(row))
                with suppress(sqlite3.IntegrityError):  # damage made a number of a text
                    if sound is not None:
                        new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", sound)


def _sound(row: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the row of a document with what its record says; None if that is not what was written."""
    _, _, content_hash, *_, record, first_seen, changed_at, gone_at, checksum = row
    if sha256(record) != checksum:
        return None
    document = from_json(record)
    said = (document.raw_sha256, document.text_sha256, document.extractor_version, document.host)
    dates = (date if is_date(date) else document.fetched_at for date in (first_seen, changed_at))
    return (document.id, document.key, content_hash, *said, record, *dates, gone_at, checksum)


def _rows(old: sqlite3.Connection, table: str, key: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows before the first damage and those after the last, and in between those that can be had singly."""
    first = last = None
    for row in _until_damage(old, f"SELECT {key.split(',')[0]}, * FROM {table} NOT INDEXED ORDER BY {key}"):
        if row is None:
            break
        first = row[0]
        yield row[1:]
    else:
        return
    backwards = ", ".join(f"{column} DESC" for column in key.split(","))
    for row in _until_damage(old, f"SELECT {key.split(',')[0]}, * FROM {table} NOT INDEXED ORDER BY {backwards}"):
        if row is None:
            break
        last = row[0]
        yield row[1:]
    if key == "rowid" and isinstance(last, int):
        for number in range((first or 0) + 1, last):
            found = _until_damage(old, f"SELECT * FROM {table} NOT INDEXED WHERE rowid = {number}")
            yield from (row for row in found if row is not None)


def _until_damage(old: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...] | None]:
    """Yield the rows of a query; None, and no more, where the database cannot be read on."""
    try:
        yield from old.execute(query)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        yield None
