"""PDF to blocks: text in reading order, without what only the page needed.

PDFium (by way of pypdfium2) gives the characters; `pdf_text` makes lines of them, `pdf_running` finds running
headers, `pdf_tables` tables, `pdf_layout` columns, `pdf_blocks` paragraphs, `pdf_headings` headings; `pdf_words`
undoes hyphenation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from corpus.errors import SourceError
from ingest.blocks import Block, Loaded, RawPage
from ingest.pdf_blocks import (
    Draft,
    drafts,
    join_across,
    levels_of_items,
    mark_contents,
    mark_footnotes,
    style_of,
)
from ingest.pdf_headings import mark_headings
from ingest.pdf_layout import columns, split_spread
from ingest.pdf_running import running_lines
from ingest.pdf_tables import with_tables
from ingest.pdf_text import Line, Sheet, read_sheets
from ingest.pdf_words import join_lines, words_of
from ingest.properties import sensible_authors, sensible_title

_SUBJECT = re.compile(r"(?:betreft|onderwerp)\s*:?\s+", re.I)
_CREATED = re.compile(r"(?:D:)?(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
# What programs write that have no clock or want the same bytes each time; no report is of those days.
_NO_CLOCK = frozenset({"1970-01-01", "1980-01-01", "2000-01-01"})


def load(page: RawPage) -> Loaded:
    """Return the blocks of a PDF, page by page, with its running headers and table of contents marked as dropped.

    Raises:
        SourceError: the file is empty, damaged, locked with a password, or holds only images.
    """
    document = _open(page)
    try:
        sheets = list(read_sheets(document))
        meta, inferred = _meta(document)
    finally:
        document.close()
    empty = [sheet.number for sheet in sheets if not sheet.lines]
    if len(empty) == len(sheets):
        raise SourceError(page.source, "the PDF holds only images; run OCR on it (for example ocrmypdf) and try again")
    found, outside = _read(sheets)
    words = words_of(line.text for sheet in sheets for line in sheet.lines)
    blocks = [_block(draft, words) for draft in found]
    title = None if "title" in meta or not found else _title(found, blocks)
    if title:
        meta, inferred = meta | {"title": title}, (*inferred, "title")
    return Loaded(
        tuple(_in_order(blocks, outside)),
        meta,
        inferred,
        tuple(f"page {number} has no text: needs OCR" for number in empty),
    )


def _open(page: RawPage) -> Any:  # noqa: ANN401 - pypdfium2 ships no types
    import pypdfium2

    if not page.content[:1024].strip(b"\0\t\r\n "):
        raise SourceError(page.source, "the file is empty; fetch it again")
    if b"%PDF-" not in page.content[:1024]:
        raise SourceError(page.source, "this is not a PDF, whatever its name says; give it the extension of its format")
    try:
        document = pypdfium2.PdfDocument(page.content)
    except pypdfium2.PdfiumError as exc:
        if exc.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            reason = "the PDF is locked with a password; save it without one and try again"
        else:
            reason = "the PDF is damaged or cut off; fetch it again, or open it and save it anew"
        raise SourceError(page.source, reason) from exc
    if len(document) == 0:
        raise SourceError(page.source, "the PDF has no pages; fetch it again, or open it and save it anew")
    return document


def _read(sheets: list[Sheet]) -> tuple[list[Draft], list[Block]]:
    """Return the drafts of the text in reading order, and the blocks of the lines outside it."""
    halves = [half for sheet in sheets for half in split_spread(sheet)]
    outside, pages = [], []
    for half, dropped in zip(halves, running_lines(halves), strict=True):
        outside += [
            Block("paragraph", half.lines[index].text, page=half.number, dropped=reason)
            for index, reason in sorted(dropped.items(), key=lambda pair: half.lines[pair[0]].y)
        ]
        lines = [line for index, line in enumerate(half.lines) if index not in dropped]
        pages.append((half.number, columns(with_tables(lines, half.rules))))
    return list(_drafts(pages)), outside


def _drafts(pages: list[tuple[int, list[list[Line]]]]) -> list[Draft]:
    style = style_of(column for _, page in pages for column in page)
    found: list[Draft] = []
    contents = False
    for number, page in pages:
        on_page = [draft for column in page for draft in mark_footnotes(drafts(column, number, style), style)]
        contents = mark_contents(on_page, contents)
        found += on_page
    mark_headings(found, style)
    found = join_across(found)
    levels_of_items(found)
    return found


def _block(draft: Draft, words: frozenset[str]) -> Block:
    if draft.cells:
        text = draft.lines[0].text
    else:
        text = join_lines([f"{line.mark} {line.text}" if line.mark else line.text for line in draft.lines], words)
    notes = " ".join(note for line in draft.lines for note in line.notes)
    return Block(
        draft.kind,
        text,
        level=draft.level,
        page=draft.page,
        number=draft.number,
        cells=draft.cells,
        attrs={"notes": notes} if notes else {},
        dropped=draft.dropped,
    )


def _in_order(blocks: list[Block], outside: list[Block]) -> Iterator[Block]:
    """Yield all blocks page by page: running headers first, then the text, then running footers."""
    for block in blocks:
        while outside and _comes_before(outside[0], block):
            yield outside.pop(0)
        yield block
    yield from outside


def _comes_before(outside: Block, block: Block) -> bool:
    page, own = outside.page or 0, block.page or 0
    return page < own or (page == own and outside.dropped == "running header")


def _meta(document: Any) -> tuple[dict[str, Any], tuple[str, ...]]:  # noqa: ANN401
    """Return what the document information says, and which of it is a guess."""
    info = document.get_metadata_dict(skip_empty=True)
    meta: dict[str, Any] = {}
    inferred: tuple[str, ...] = ()
    if title := sensible_title(info.get("Title")):
        meta["title"] = title
    if authors := sensible_authors(info.get("Author")):
        meta["authors"] = authors
    created = _CREATED.match(info.get("CreationDate", ""))
    if created and (date := "-".join(created.groups())) not in _NO_CLOCK:
        meta |= {"date": date, "date_precision": "day"}
        inferred = ("date",)
    if language := _language(document):
        meta["language"] = language
    return meta, inferred


def _language(document: Any) -> str | None:  # noqa: ANN401
    import ctypes

    import pypdfium2.raw as pdfium

    buffer = (ctypes.c_ushort * 32)()
    size = pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, 32)
    text = bytes(buffer)[: max(size * 2 - 2, 0)].decode("utf-16-le", "ignore") if size <= 32 else ""
    match = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", text)
    return match[0].lower() if match else None


def _title(found: list[Draft], blocks: list[Block]) -> str | None:
    """Return what the first page is about: the subject of a letter, else its largest heading."""
    first = [(draft, block.text) for draft, block in zip(found, blocks, strict=True) if draft.page == found[0].page]
    for draft, text in first:
        if subject := _SUBJECT.match(draft.lines[0].text):
            return text[len(subject[0]) :]
    headings = [(draft.lines[0].size, text) for draft, text in first if draft.kind == "heading"]
    usual = max(Counter(line.size for draft in found for line in draft.lines).items(), key=lambda pair: pair[1])[0]
    size, text = max(headings, key=lambda pair: pair[0], default=(0.0, ""))
    return text if size > usual else None
