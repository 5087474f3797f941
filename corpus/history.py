"""What became of a passage that somebody cited: still there, changed since, or gone with its source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from corpus.cite import Reference, reference
from corpus.document import Document, Passage
from corpus.store import Corpus

# Below this share of words in common another passage is no later form of the cited one.
_ALIKE = 0.5


@dataclass(frozen=True)
class Cited:
    """A passage as it was cited, whatever happened to it since.

    `state` is "current" (it reads the same), "changed" (the source reads otherwise now) or "gone" (the source is no
    longer there). `text` is what it said; None for a source that is gone, whose words we do not go on publishing, while
    `text_sha256` still tells whether a quotation is right. `first_seen` and `until` are UTC, ISO 8601: when it came in
    and when it ceased to be there; None where that was not kept. `successor` is the passage that takes its place in the
    document as it is now.
    """

    passage_id: str
    document: Document
    state: Literal["current", "changed", "gone"]
    text: str | None
    text_sha256: str | None
    first_seen: str | None
    until: str | None
    successor: Passage | None = None


def cited(kb: Path, passage_id: str) -> Cited | None:
    """Return what became of a passage of this knowledge base, or None if it never had one with this id.

    Raises:
        StoreError: the corpus cannot be read.
    """
    with Corpus(kb) as corpus:
        return look_up(corpus, passage_id)


def look_up(corpus: Corpus, passage_id: str) -> Cited | None:
    """Return what `cited` does, of a knowledge base that is open.

    Raises:
        StoreError: the corpus cannot be read.
    """
    kept = corpus.passage(passage_id)
    if kept is None:
        return None
    current = next((p for p in kept.document.passages if p.id == passage_id), None)
    text = current.text if current else kept.text
    digest = hashlib.sha256(text.encode()).hexdigest() if text is not None else None
    found = Cited(passage_id, kept.document, "current", text, digest, kept.first_seen, None)
    return _as_it_is_now(found, kept.retired_at, kept.gone_at)


def gone_since(kb: Path, document_id: str) -> str | None:
    """Return since when a document is gone from this knowledge base (UTC, ISO 8601); None if it is there or never was.

    Raises:
        StoreError: the corpus cannot be read.
    """
    with Corpus(kb) as corpus:
        return corpus.gone_at(document_id)


def reference_as_cited(found: Cited, *, base: str | None = None) -> Reference:
    """Return the reference to a passage as it was: in its own words, read when it came in.

    Args:
        found: a passage that is not current.
        base: address of a server with the collection ("https://example.nl"), for permalinks.
    """
    now = reference(found.document, base=base)
    read = found.first_seen[:10] if found.first_seen and not found.document.described else now.read
    quote = " ".join(found.text.split()) if found.text else None
    permalink = f"{base.rstrip('/')}/passage/{found.passage_id}" if base else None
    return replace(now, id=found.passage_id, quote=quote, read=read, permalink=permalink)


def _as_it_is_now(found: Cited, retired_at: str | None, gone_at: str | None) -> Cited:
    if gone_at:
        return replace(found, state="gone", text=None, until=retired_at or gone_at)
    if retired_at:
        successor = _nearest(found.text or "", found.document.passages)
        return replace(found, state="changed", until=retired_at, successor=successor)
    return found


def _nearest(text: str, passages: tuple[Passage, ...]) -> Passage | None:
    """Return the passage with the most words of `text` in the same order, if that is at least half."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(text.casefold().split())
    best, nearest = _ALIKE, None
    for passage in passages:
        matcher.set_seq1(passage.text.casefold().split())
        if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best and (ratio := matcher.ratio()) >= best:
            best, nearest = ratio, passage
    return nearest
