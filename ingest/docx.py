"""DOCX to blocks: headings by style, list items with their markers, tables, text boxes and notes, in order.

python-docx opens the package and knows the parts. The walk over the text is our own: `iter_inner_content` passes over
content controls, tracked insertions and text boxes, and with them their text.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from corpus.errors import SourceError
from ingest.blocks import Block, Loaded, RawPage
from ingest.docx_package import check
from ingest.docx_styles import Numbers, Styles
from ingest.docx_text import NAMES, Inline, children, grid, inline, number
from ingest.properties import sensible_authors, sensible_title

_SKIPPED = {NAMES[name] for name in ("w:del", "w:moveFrom", "w:sectPr", "mc:Fallback")}


def load(page: RawPage) -> Loaded:
    """Return the blocks of a Word document in reading order; tables of contents are marked as dropped.

    Raises:
        SourceError: the file is empty, damaged, locked with a password, too large when unpacked, or has a DOCTYPE.
    """
    import docx

    check(page)
    try:
        document = docx.Document(io.BytesIO(page.content))
        blocks = _with_headings(list(_Walk(document).blocks(document.element.body)))
        meta, inferred = _meta(document)
    except Exception as exc:  # python-docx lets through whatever a broken part provokes
        reason = f"the Word file is damaged ({type(exc).__name__}: {exc}); open it and save it anew"
        raise SourceError(page.source, reason) from exc
    if "title" not in meta:
        title = next((b.text for b in blocks if b.kind == "heading" and b.level == 1 and not b.dropped), None)
        meta, inferred = (meta | {"title": title}, (*inferred, "title")) if title else (meta, inferred)
    return Loaded(blocks, meta, inferred)


class _Walk:
    """One pass over the body: what stands in it, with numbering and notes resolved on the way."""

    def __init__(self, document: Any) -> None:  # noqa: ANN401 - python-docx ships no types for lxml elements
        self.styles = Styles(document.styles.element)
        self.numbers = Numbers(_part(document, "/numbering"))
        self.notes = {**_notes(document, "footnote"), **_notes(document, "endnote")}

    def blocks(self, parent: Any) -> Iterator[Block]:  # noqa: ANN401
        for child in parent:
            if child.tag == NAMES["w:p"]:
                yield from self.paragraph(child)
            elif child.tag == NAMES["w:tbl"]:
                yield from self.table(child)
            elif child.tag not in _SKIPPED and isinstance(child.tag, str):
                yield from self.blocks(child)  # content control, tracked insertion, custom XML

    def paragraph(self, element: Any) -> Iterator[Block]:  # noqa: ANN401
        found = inline(element)
        style = self.styles.of(element)
        marker = self.numbers.marker(*style.numbering) if style.numbering else None
        if found.text:
            attrs = {"style": style.name} if style.name else {}
            attrs |= {"bold": "yes"} if found.bold else {}
            level = style.level or (style.numbering[1] + 1 if style.kind == "list_item" and style.numbering else 0)
            if style.kind == "list_item":
                level, marker = max(level, 1), marker or "•"
            yield Block(style.kind, found.text, level=level, number=marker, attrs=attrs, dropped=style.dropped)
        yield from self.beside(found)

    def beside(self, found: Inline) -> Iterator[Block]:
        """Yield what hangs on a paragraph: text boxes, then notes."""
        for box in found.boxes:
            yield from self.blocks(box)
        for key in found.notes:
            if self.notes.get(key):
                yield Block("footnote", self.notes[key])

    def table(self, element: Any) -> Iterator[Block]:  # noqa: ANN401
        found = grid(element)
        if found.layout:
            for cell in found.cells:
                yield from self.blocks(cell)
            return
        width = max(map(len, found.rows))
        cells = tuple((*row, *[""] * (width - len(row))) for row in found.rows if any(row))
        if cells:
            yield Block("table", "\n".join("\t".join(row) for row in cells), cells=cells)
        for cell in found.cells:
            for nested in children(cell, "w:tbl"):
                yield from self.table(nested)
        for text in found.beside:
            yield from self.beside(text)


def _with_headings(blocks: list[Block]) -> tuple[Block, ...]:
    """Take short bold paragraphs for headings in a document that has no heading styles at all."""
    if any(block.kind == "heading" for block in blocks):
        return tuple(blocks)
    return tuple(replace(b, kind="heading", level=1) if _is_bold_line(b) else b for b in blocks)


def _is_bold_line(block: Block) -> bool:
    bold = block.kind == "paragraph" and "bold" in block.attrs and not block.dropped
    return bold and len(block.text) < 100 and not block.text.endswith((".", ",", ";", ":"))


def _part(document: Any, kind: str) -> Any:  # noqa: ANN401
    """Return the root element of a part that the document refers to, or None."""
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            return parse_xml(relation.target_part.blob)
    return None


def _notes(document: Any, kind: str) -> dict[tuple[str, int], str]:  # noqa: ANN401
    root = _part(document, f"/{kind}s")
    notes = {} if root is None else {(kind, number(note, "w:id", -1)): note for note in root}
    return {key: " ".join(filter(None, (inline(p).text for p in note))) for key, note in notes.items() if key[1] > 0}


def _meta(document: Any) -> tuple[dict[str, Any], tuple[str, ...]]:  # noqa: ANN401
    properties = document.core_properties
    meta: dict[str, Any] = {}
    if title := sensible_title(properties.title):
        meta["title"] = title
    if authors := sensible_authors(properties.author):
        meta["authors"] = authors
    if properties.language:
        meta["language"] = properties.language.split("-")[0].lower()
    saved = properties.modified or properties.created
    if saved is None:
        return meta, ()
    return meta | {"date": saved.date().isoformat(), "date_precision": "day"}, ("date",)
