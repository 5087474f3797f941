"""Documents into passages: pieces of a size that can be found, read in one breath and cited.

Pure: the same document always gives the same passages with the same ids. A passage never crosses a section, an
item or a change of status (a reader's reaction is never glued to the text it answers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from corpus.document import Document, Passage, Span, content_id
from corpus.fragments import text_fragment
from corpus.sentences import sentences

TARGET_WORDS = 120
MAX_WORDS = 180
MIN_WORDS = 25


def with_passages(document: Document) -> Document:
    """Return the document with `passages` made from its spans."""
    return replace(document, passages=tuple(make_passages(document)))


def make_passages(document: Document) -> Iterator[Passage]:
    """Yield the passages of a document in reading order."""
    seen: Counter[str] = Counter()
    for order, (group, start, end) in enumerate(_pieces(document)):
        text = document.text[start:end]
        occurrence = seen[text]
        seen[text] += 1
        yield Passage(
            id=content_id(document.id, text, str(occurrence)),
            document_id=document.id,
            text=text,
            order=order,
            char_start=start,
            char_end=end,
            item_id=group.item_id,
            page=group.page,
            section=group.section,
            # In other words than the source's there is nothing to scroll to.
            text_fragment=None if document.described else text_fragment(document.text, start, end),
            status=group.status,
        )


def _pieces(document: Document) -> Iterator[tuple[Span, int, int]]:
    """Yield (a span that tells section, item, status and page; start; end) for every passage."""
    spans = [span for span in document.spans if span.kind != "heading"]
    if not spans:
        spans = list(document.spans)
    for _, members in groupby(spans, key=lambda s: (s.section, s.item_id, s.status)):
        yield from _merge(document.text, list(members))


def _merge(text: str, spans: list[Span]) -> Iterator[tuple[Span, int, int]]:
    """Join neighbours up to the target size; a short tail goes with what stands before it."""
    pieces: list[tuple[Span, int, int]] = []
    for span, start, end in _split_long(text, spans):
        size = _words(text, start, end)
        if pieces:
            first, before, previous_end = pieces[-1]
            together = _words(text, before, end)
            room = TARGET_WORDS if size >= MIN_WORDS else MAX_WORDS
            if together <= room and not text[previous_end:start].strip():
                pieces[-1] = (first, before, end)
                continue
        pieces.append((span, start, end))
    yield from pieces


def _split_long(text: str, spans: Iterable[Span]) -> Iterator[tuple[Span, int, int]]:
    """Cut spans of more than MAX_WORDS at sentence ends."""
    for span in spans:
        if _words(text, span.char_start, span.char_end) <= MAX_WORDS:
            yield span, span.char_start, span.char_end
            continue
        yield from ((span, start, end) for start, end in _sentence_runs(text, span))


def _sentence_runs(text: str, span: Span) -> Iterator[tuple[int, int]]:
    start: int | None = None
    end = span.char_start
    for left, right in _short_sentences(text[span.char_start : span.char_end]):
        left, right = left + span.char_start, right + span.char_start
        if start is not None and _words(text, start, right) > TARGET_WORDS:
            yield start, end
            start = None
        start = left if start is None else start
        end = right
    if start is not None:
        yield start, end


def _short_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, with one that is itself too long (a table, a list without stops) cut at word borders."""
    for left, right in sentences(text):
        while _words(text, left, right) > MAX_WORDS:
            cut = left
            for _ in range(TARGET_WORDS):
                cut = _next_word_end(text, cut, right)
            yield left, cut
            left = cut + len(text[cut:right]) - len(text[cut:right].lstrip())
        yield left, right


def _next_word_end(text: str, position: int, limit: int) -> int:
    while position < limit and text[position].isspace():
        position += 1
    while position < limit and not text[position].isspace():
        position += 1
    return position


def _words(text: str, start: int, end: int) -> int:
    return len(text[start:end].split())
