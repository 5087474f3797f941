"""Fixtures that more than one test file needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.document import Document, Item, Span, content_id
from corpus.passages import with_passages
from corpus.store import Corpus

MakeDocument = Callable[..., Document]


@pytest.fixture(scope="session")
def make_document() -> MakeDocument:
    """Return a function that makes a small but complete document of paragraphs, each an item if `items` is given."""

    def make(name: str, *paragraphs: str, kind: str = "artikel", items: str | None = None, **fields: object) -> Document:
        text = "\n\n".join(paragraphs)
        document_id = content_id(name)
        spans, found, start = [], [], 0
        for paragraph in paragraphs:
            end = start + len(paragraph)
            item_id = content_id(document_id, paragraph) if items else None
            spans.append(Span(start, end, item_id=item_id))
            if items and item_id:
                found.append(Item(item_id, items, paragraph[:40], paragraph, start, end))
            start = end + 2
        digest = hashlib.sha256(text.encode()).hexdigest()
        raw = hashlib.sha256(f"{name} {text}".encode()).hexdigest()
        values = {"title": name, "source": name, "raw_sha256": raw, "fetched_at": "2026-01-01T00:00:00+00:00"}
        return with_passages(
            Document(
                id=document_id,
                key=name,
                kind=kind,
                text=text,
                text_sha256=digest,
                extractor_version="test",
                spans=tuple(spans),
                items=tuple(found),
                **{**values, **fields},
            )
        )

    return make


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    with Corpus(tmp_path / "kb", create=True) as opened:
        yield opened
