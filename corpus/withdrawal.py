"""Taking a document out of a collection and putting it back, with a line in the audit log for whoever did it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from corpus import audit
from corpus.errors import StoreError
from corpus.store import Corpus, write_lock

_T = TypeVar("_T")


def withdraw(kb: Path, document_id: str, by: str) -> str:
    """Take a document out of the collection; from the next snapshot on it cannot be found.

    Returns:
        When it was withdrawn (UTC, ISO 8601).

    Raises:
        UsageError: there is no such document in the collection.
        StoreError: an ingest or build is running, or the knowledge base cannot be written.
    """
    return _change(kb, document_id, by, "withdraw", Corpus.withdraw)


def readmit(kb: Path, document_id: str, by: str) -> None:
    """Put a withdrawn document back, from the next snapshot on.

    Raises:
        UsageError: it was not withdrawn.
        StoreError: an ingest or build is running, or the knowledge base cannot be written.
    """
    _change(kb, document_id, by, "readmit", Corpus.readmit)


def _change(kb: Path, document_id: str, by: str, action: str, change: Callable[[Corpus, str], _T]) -> _T:
    with write_lock(kb), Corpus(kb) as corpus:
        changed = change(corpus, document_id)
        # Before the commit: what cannot be recorded is not done.
        audit.record(kb, by, action, "done", document_id)
        try:
            corpus.commit()
        except StoreError as exc:
            audit.record(kb, by, action, f"failed: {exc}", document_id)
            raise
    return changed
