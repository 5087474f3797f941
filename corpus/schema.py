"""The tables of the corpus, step by step: an older database is brought up to date when it is opened."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import datetime

_DOCUMENTS = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL, raw_sha256 TEXT NOT NULL,
    text_sha256 TEXT NOT NULL, extractor_version TEXT NOT NULL, host TEXT, record TEXT NOT NULL,
    first_seen TEXT NOT NULL, changed_at TEXT NOT NULL, gone_at TEXT
) STRICT;
CREATE INDEX documents_raw ON documents(raw_sha256);
CREATE INDEX documents_host ON documents(host);
CREATE TABLE versions (
    document_id TEXT NOT NULL REFERENCES documents(id), content_hash TEXT NOT NULL, record TEXT NOT NULL,
    replaced_at TEXT NOT NULL
) STRICT;
CREATE INDEX versions_document ON versions(document_id);
CREATE TABLE provenance (
    document_id TEXT NOT NULL REFERENCES documents(id), key TEXT NOT NULL, root TEXT NOT NULL, source TEXT NOT NULL,
    raw_sha256 TEXT NOT NULL, last_seen TEXT NOT NULL, PRIMARY KEY (key, root)
) STRICT;
CREATE INDEX provenance_document ON provenance(document_id);
CREATE TABLE passages (id TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents(id),
    PRIMARY KEY (id, document_id)) STRICT, WITHOUT ROWID;
CREATE TABLE families (passage_id TEXT PRIMARY KEY, family TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# A passage keeps its words when its document no longer has them; `visits`, `misses` and `runs` are the crawler's.
_CRAWLER = """
ALTER TABLE passages ADD COLUMN first_seen TEXT;
ALTER TABLE passages ADD COLUMN retired_at TEXT;
ALTER TABLE passages ADD COLUMN text TEXT;
CREATE INDEX documents_text ON documents(text_sha256);
CREATE TABLE visits (
    key TEXT PRIMARY KEY, url TEXT NOT NULL, raw_sha256 TEXT NOT NULL, checked_at TEXT NOT NULL, etag TEXT,
    last_modified TEXT, archived_in TEXT, listed_in TEXT
) STRICT;
CREATE TABLE misses (key TEXT PRIMARY KEY, count INTEGER NOT NULL, since TEXT NOT NULL) STRICT;
CREATE TABLE runs (root TEXT PRIMARY KEY, started_at TEXT NOT NULL) STRICT;
"""

# A record that is not what was written is never shown. `changed_hosts` has the hosts ("" for none) of documents that
# came, changed or went since the last look across the collection: an ingest that is broken off leaves them behind.
_CHECKED = """
ALTER TABLE documents ADD COLUMN record_sha256 TEXT NOT NULL DEFAULT '';
UPDATE documents SET record_sha256 = sha256(record);
CREATE TABLE changed_hosts (host TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""

# What somebody withdrew stays out of the collection, whatever the next ingest finds.
_WITHDRAWN = """
CREATE TABLE withdrawn (document_id TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

_STEPS = (_DOCUMENTS, _CRAWLER, _CHECKED, _WITHDRAWN)
VERSION = len(_STEPS)


def numbered(db: sqlite3.Connection) -> int:
    """Return the version that the database says it has."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def made_by(db: sqlite3.Connection) -> int | None:
    """Return the version that the tables are of, 0 for none, whatever the database says; None if they are not ours.

    So a damaged number is told from that of a newer program. Every step must change the tables for this; a test sees
    to it.
    """
    found = _tables(db)
    with closing(sqlite3.connect(":memory:")) as made:
        made.create_function("sha256", 1, sha256, deterministic=True)
        for number, step in enumerate(("", *_STEPS)):
            made.executescript(step)
            if _tables(made) == found:
                return number
    return None


def _tables(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return every table with each of its columns."""
    return db.execute(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid"
    ).fetchall()


def bring_up_to_date(db: sqlite3.Connection, version: int | None = None) -> None:
    """Take the steps that the database has not had; each is all or nothing.

    Args:
        db: the database.
        version: which steps it has had, if that is not what it says.
    """
    version = numbered(db) if version is None else version
    db.create_function("sha256", 1, sha256, deterministic=True)
    for number, step in enumerate(_STEPS[version:], version + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")
        except sqlite3.Error:
            db.rollback()
            raise


def sha256(record: str) -> str:
    """Return the SHA-256 of a stored record, which stands beside it."""
    return hashlib.sha256(str(record).encode()).hexdigest()  # damage may have made it something else than text


def is_date(stored: object) -> bool:
    """Tell whether a stored date is one."""
    try:
        datetime.fromisoformat(str(stored))
    except ValueError:
        return False
    return True
