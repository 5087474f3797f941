"""From one page to one document: load, drop boilerplate, recognise items, describe, cut into passages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from corpus.document import Document, Dropped, Section, Span, content_id
from corpus.errors import SourceError
from corpus.passages import with_passages
from ingest import boilerplate, duplicates, items, metadata
from ingest.blocks import Block, Loaded, Placed, RawPage, place
from ingest.encoding import whole
from ingest.loaders import Loader, load

# Part of every document: a re-ingest with another version reads the source again though its bytes are the same.
EXTRACTOR_VERSION = "1"


def read(page: RawPage, *, hints: Mapping[str, Any] | None = None, load: Loader = load) -> Document:
    """Make a document of a page: load, drop boilerplate, recognise items, describe, cut into passages.

    Args:
        page: the bytes and where they come from.
        hints: Document fields known from a catalogue; used where the page itself is silent.
        load: how to load it, for instance in another process.

    Raises:
        SourceError: the page could not be parsed or holds no text.
    """
    loaded = load(page)
    loaded = replace(loaded, meta=whole({**(hints or {}), **{k: v for k, v in loaded.meta.items() if v}}))
    blocks = duplicates.fold(boilerplate.mark(loaded.blocks))
    text, placed = place(blocks)
    if not text:
        raise SourceError(page.source, "no text was found in it; is it empty, a scan, or a page made by a script?")
    return with_passages(_document(page, replace(loaded, blocks=blocks), text, placed))


def _document(page: RawPage, loaded: Loaded, text: str, placed: tuple[Placed, ...]) -> Document:
    document_id = content_id(page.source)
    described = asdict(metadata.describe(loaded, page, text))
    dropped = tuple(block for block in loaded.blocks if block.dropped)
    found = items.recognise(document_id, text, placed, dropped, title=described["title"])
    return Document(
        id=document_id,
        key=page.source,
        text=text,
        source=page.source,
        raw_sha256=hashlib.sha256(page.content).hexdigest(),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fetched_at=page.fetched_at,
        extractor_version=EXTRACTOR_VERSION,
        sections=_sections(placed, len(text)),
        items=found.items,
        spans=_spans(placed, found),
        dropped=_dropped(loaded.blocks),
        warnings=loaded.warnings,
        **described | {"extra": {**described["extra"], **found.extra}},
    )


def _sections(placed: tuple[Placed, ...], length: int) -> tuple[Section, ...]:
    """Return every heading with its path and the stretch of text up to the next heading that is not below it."""
    headings = [p for p in placed if p.block.kind == "heading"]
    sections = []
    for index, heading in enumerate(headings):
        level = max(heading.block.level, 1)
        closing = (h.char_start for h in headings[index + 1 :] if max(h.block.level, 1) <= level)
        path = tuple(p.block.text for p in _ancestors(headings[: index + 1]))
        sections.append(Section(path, level, heading.block.text, heading.char_start, next(closing, length)))
    return tuple(sections)


def _ancestors(headings: list[Placed]) -> list[Placed]:
    """Return the last heading and those that it stands below, highest first."""
    path: list[Placed] = []
    for heading in reversed(headings):
        if not path or max(heading.block.level, 1) < max(path[0].block.level, 1):
            path.insert(0, heading)
    return path


def _spans(placed: tuple[Placed, ...], found: items.Recognised) -> tuple[Span, ...]:
    spans, headings = [], []
    path: tuple[str, ...] = ()
    for entry in placed:
        if entry.block.kind == "heading":
            headings.append(entry)
            path = tuple(h.block.text for h in _ancestors(headings))
        spans.append(
            Span(
                entry.char_start,
                entry.char_end,
                entry.block.kind,
                entry.block.page,
                path,
                found.owners.get(entry.order),
                found.statuses.get(entry.order, "main"),
            )
        )
    return tuple(spans)


def _dropped(blocks: tuple[Block, ...]) -> tuple[Dropped, ...]:
    return tuple(Dropped(b.text, b.dropped, order) for order, b in enumerate(blocks) if b.dropped)
