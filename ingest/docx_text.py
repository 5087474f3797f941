"""The text inside paragraphs and table cells of a Word document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
}
Element = Any  # lxml element; lxml ships no types


class _Names(dict[str, str]):
    """Prefixed names ("w:p") as lxml spells them ("{http://…}p")."""

    def __missing__(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        self[name] = f"{{{_SPACES[prefix]}}}{local}"
        return self[name]


NAMES = _Names()
_TEXTS = {NAMES["w:tab"]: "\t", NAMES["w:br"]: "\n", NAMES["w:cr"]: "\n", NAMES["w:noBreakHyphen"]: "-"}
_UNSEEN = {
    NAMES[name]
    for name in ("w:pPr", "w:rPr", "w:del", "w:moveFrom", "w:delText", "w:instrText", "w:fldData", "mc:Fallback")
}
_NOTES = {NAMES["w:footnoteReference"]: "footnote", NAMES["w:endnoteReference"]: "endnote"}


@dataclass
class Inline:
    """What a paragraph holds: its text, and the text boxes and notes (kind, id) that hang on it.

    `bold` is true if every run that shows something is set in bold by itself.
    """

    text: str = ""
    bold: bool = False
    boxes: list[Element] = field(default_factory=list)
    notes: list[tuple[str, int]] = field(default_factory=list)


def inline(paragraph: Element) -> Inline:
    """Return the text of a paragraph as it is seen: insertions in, deletions, field codes and hidden runs out."""
    found = Inline()
    found.text = "".join(_pieces(paragraph, found)).strip()
    runs = [run for run in paragraph.iterchildren(NAMES["w:r"]) if run.findtext(NAMES["w:t"], "").strip()]
    found.bold = bool(runs) and all(_is_set(run, "w:b") for run in runs)
    return found


def _pieces(parent: Element, found: Inline) -> Iterator[str]:
    for child in parent:
        tag = child.tag
        if tag == NAMES["w:t"]:
            yield child.text or ""
        elif tag in _TEXTS:
            yield _TEXTS[tag] if child.get(NAMES["w:type"]) not in ("page", "column") else ""
        elif tag in _NOTES:
            found.notes.append((_NOTES[tag], number(child, "w:id", 0)))
        elif tag == NAMES["w:txbxContent"]:
            found.boxes.append(child)
        elif tag not in _UNSEEN and not (tag == NAMES["w:r"] and _is_set(child, "w:vanish")):
            yield from _pieces(child, found)


def _is_set(run: Element, switch: str) -> bool:
    """Tell whether a run has a property such as bold or hidden."""
    mark = run.find(f"{NAMES['w:rPr']}/{NAMES[switch]}")
    return mark is not None and mark.get(NAMES["w:val"]) not in ("0", "false")


def number(element: Element, name: str, default: int) -> int:
    """Return an attribute as a whole number."""
    value = element.get(NAMES[name], "")
    return int(value) if value.lstrip("-").isdigit() else default


@dataclass
class Grid:
    """A table: `rows` with one text for each grid column, its `cells`, and what hangs on their paragraphs.

    A merged cell has its text in its first place only; the others are empty. `layout` is true for a table of one
    column, which only frames what is in it.
    """

    rows: list[list[str]] = field(default_factory=list)
    cells: list[Element] = field(default_factory=list)
    beside: list[Inline] = field(default_factory=list)
    layout: bool = True


def grid(table: Element) -> Grid:
    """Return the rows and cells of a table; the text of tables inside its cells is left to them."""
    found = Grid()
    for line in children(table, "w:tr"):
        cells = list(children(line, "w:tc"))
        found.cells += cells
        found.layout = found.layout and len(cells) < 2
        found.rows.append([text for cell in cells for text in _cell(cell, found)])
    return found


def _cell(cell: Element, found: Grid) -> list[str]:
    span, continued = _merging(cell.find(NAMES["w:tcPr"]))
    texts = [inline(paragraph) for paragraph in children(cell, "w:p")]
    found.beside += [text for text in texts if text.boxes or text.notes]
    shown = "" if continued else " ".join(text.text for text in texts)
    return [" ".join(shown.split()), *[""] * (span - 1)]


def _merging(properties: Element) -> tuple[int, bool]:
    """Return how many columns a cell covers, and whether it goes on from the cell above."""
    if properties is None:
        return 1, False
    span, merge = properties.find(NAMES["w:gridSpan"]), properties.find(NAMES["w:vMerge"])
    wide = 1 if span is None else min(max(number(span, "w:val", 1), 1), 64)
    return wide, merge is not None and merge.get(NAMES["w:val"]) != "restart"


def children(parent: Element, name: str) -> Iterator[Element]:
    """Yield the children of one kind, those inside content controls and tracked insertions included."""
    for child in parent:
        if child.tag == NAMES[name]:
            yield child
        elif child.tag in (NAMES["w:sdt"], NAMES["w:sdtContent"], NAMES["w:ins"], NAMES["w:customXml"]):
            yield from children(child, name)
