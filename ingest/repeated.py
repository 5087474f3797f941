"""Lines that recur on most pages of a host: seen only when enough pages are in, so dropped after the reading."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from corpus.document import Document, Dropped
from corpus.passages import with_passages
from ingest.blocks import Block
from ingest.boilerplate import count_lines, line_hashes, mark_repeated


def without_repeated(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield those of a host's documents that hold repeated lines, without these lines.

    Lines that were dropped before count too: a page that comes in later still meets them.
    """
    pages = [(document, _blocks(document)) for document in documents]
    counts = count_lines(
        line_hashes((*blocks, *(Block("paragraph", d.text) for d in document.dropped))) for document, blocks in pages
    )
    for document, blocks in pages:
        marked = mark_repeated(blocks, counts)
        reasons = {index: block.dropped for index, block in enumerate(marked) if block.dropped}
        if reasons and len(reasons) < len(blocks):
            yield with_passages(without_spans(document, reasons))


def _blocks(document: Document) -> tuple[Block, ...]:
    return tuple(
        Block("heading" if s.kind == "heading" else "paragraph", document.text[s.char_start : s.char_end])
        for s in document.spans
    )


def without_spans(document: Document, reasons: Mapping[int, str]) -> Document:
    """Return the document without some of its spans; they go to `dropped`, and all offsets move along.

    Passages are not carried over.

    Args:
        document: stays as it is.
        reasons: index in `document.spans` → why that span is left out.
    """
    old = document.text
    kept = [span for index, span in enumerate(document.spans) if index not in reasons]
    text = "\n\n".join(old[span.char_start : span.char_end] for span in kept)
    starts = [span.char_start for span in kept]
    shifts = []
    place = 0
    for span in kept:
        shifts.append(span.char_start - place)
        place += span.char_end - span.char_start + 2

    def start_of(position: int) -> int:
        at = bisect_right(starts, position) - 1
        if at >= 0 and position < kept[at].char_end:
            return position - shifts[at]
        return starts[at + 1] - shifts[at + 1] if at + 1 < len(kept) else len(text)

    def end_of(position: int) -> int:
        at = bisect_left(starts, position) - 1
        return min(position, kept[at].char_end) - shifts[at] if at >= 0 else 0

    items = [
        replace(item, char_start=start, char_end=end, text=text[start:end])
        for item in document.items
        if (start := start_of(item.char_start)) < (end := end_of(item.char_end))
    ]
    sections = [
        replace(section, char_start=start_of(section.char_start), char_end=start_of(section.char_end))
        for section in document.sections
        if section.char_start in starts
    ]
    spans = [replace(s, char_start=start_of(s.char_start), char_end=end_of(s.char_end)) for s in kept]
    gone = [(document.spans[index], reason) for index, reason in sorted(reasons.items())]
    dropped = [Dropped(old[span.char_start : span.char_end], reason, -1) for span, reason in gone]
    return replace(
        document,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        sections=tuple(sections),
        items=tuple(items),
        spans=tuple(spans),
        passages=(),
        dropped=(*document.dropped, *dropped),
    )
