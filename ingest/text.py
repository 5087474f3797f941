"""Plain text to blocks: headings, paragraphs, list items, tables and captions, each with its line number.

Made for text extractions of web pages: one line is one block, unless the whole file is wrapped at a fixed width.
Whatever has no certain sign of being a heading stays a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ingest import boilerplate, labels, quantities
from ingest.blocks import Block, Loaded, RawPage
from ingest.encoding import charset_of, decode
from ingest.people import is_name
from ingest.schedule import clock, has_weekday, is_placeholder, times_in

_MARKER = re.compile(r"(?P<number>[•▪◦‣·*–-]|\d{1,3}[.)]|[a-z]\))[ \t\xa0]+(?=\S)")
_DATE = re.compile(
    r"(?:\w+dag\s+)?\d{1,2}[ -](?:jan|feb|m(?:aa)?rt|apr|mei|jun|jul|aug|sep|okt|nov|dec"
    r"|\d{1,2})\w*\.?[ -]\d{4}\b.{0,40}",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:foto|beeld|afbeelding|figuur|bijschrift|illustratie|fotograaf|©)\b.{0,10}:|.*\(foto:|.*\bv\.?l\.?n\.?r\.?"
    r"|(?:(?!(?:is|zijn|was|waren|gaa?t?n?|gingen|ging|ble(?:ef|ven)|wordt|worden|kom(?:t|en)) )[\w-]+ ){1,4}"
    r"(?:aan het (?:werk|woord)|in gesprek|in actie|op bezoek|aan tafel|op de foto)\b",
    re.IGNORECASE,
)
# Too general to name a document: such a line opens a section even when nothing stands above it.
_SECTION = re.compile(
    r"(?:waarom|inleiding|samenvatting|programma|aanleiding|achtergrond|voorwoord"
    r"|inhoud(?:sopgave)?)\W*",
    re.IGNORECASE,
)
_SECTION_NUMBER = re.compile(r"\d+(?:\.\d+)+\.?\s+[A-Z]")
_QUOTES = "\"'‘’“”«("
_FINAL = (".", ",", ";", ":", "!", "…")


def load(page: RawPage) -> Loaded:
    """Return the blocks of a plain-text page; `meta` gets a title and a subtitle only where the layout shows them."""
    declared = next((v for k, v in page.headers.items() if k.lower() == "content-type"), "")
    lines = decode(page.content, charset_of(declared)).splitlines()
    blocks = _headed(_blocks(lines), _blank_before(lines))
    meta: dict[str, Any] = {}
    for name in ("title", "subtitle"):
        found = next((b.text for b in blocks if b.attrs.get("role") == name), None)
        if found:
            meta[name] = found
    return Loaded(tuple(blocks), meta)


def _blank_before(lines: list[str]) -> frozenset[int]:
    """Return the 1-based numbers of the lines that come first or after a blank line."""
    return frozenset(i + 1 for i in range(len(lines)) if i == 0 or not lines[i - 1].strip())


def _blocks(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    width = _wrap_width(lines)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        block = _block(line, number)
        follows = bool(blocks) and number > 1 and bool(lines[number - 2].strip())
        if follows and _continues(blocks[-1], block, width):
            blocks[-1] = replace(blocks[-1], text=f"{blocks[-1].text}\n{block.text}")
        else:
            blocks.append(block)
    return _tables(blocks)


def _block(line: str, number: int) -> Block:
    text = line.strip()
    indent = len(line) - len(line.lstrip())
    attrs = {"indent": str(indent)} if indent else {}
    match = _MARKER.match(text)
    if match is None:
        return Block("paragraph", text, line=number, attrs=attrs)
    depth = 1 + indent // 3
    return Block("list_item", text[match.end() :], depth, line=number, number=match["number"], attrs=attrs)


def _wrap_width(lines: list[str]) -> int:
    """Return the width at which the file is wrapped, or 0: most lines that another one follows come near it."""
    width = max((len(line.rstrip()) for line in lines), default=0)
    followed = [a.rstrip() for a, b in pairwise(lines) if len(a.strip()) > 30 and b.strip()]
    full = sum(len(line) >= 0.7 * width and line[-1] not in ".:?!" for line in followed)
    return width if 40 <= width <= 100 and len(followed) >= 3 and full >= 0.6 * len(followed) else 0


def _continues(before: Block, block: Block, width: int) -> bool:
    """Tell whether a line goes on with the block above it, with no blank line between them."""
    if block.number or "\t" in block.text:
        return False
    if before.kind == "list_item" and int(block.attrs.get("indent", 0)) > int(before.attrs.get("indent", 0)):
        return True
    last = before.text.rsplit("\n", 1)[-1]
    return bool(width) and len(last) >= 0.6 * width


def _tables(blocks: list[Block]) -> list[Block]:
    """Join neighbouring lines with the same number of tabs into tables."""
    result: list[Block] = []
    # What belongs to a line of a timetable stands indented below it: then the lines are no table.
    loose = any(
        clock(a.text) and "\t" in a.text and b.attrs.get("indent") and "\t" not in b.text for a, b in pairwise(blocks)
    )
    for block in blocks:
        row = tuple(cell.strip() for cell in block.text.split("\t"))
        above = result[-1] if result else None
        if above and len(row) > 1 and not block.number and len(above.cells[-1:] and above.cells[-1]) == len(row):
            rows = (*above.cells, row)
            result[-1] = replace(above, kind="table", cells=rows, text="\n".join("\t".join(r) for r in rows))
        elif len(row) == 2 and clock(block.text) and loose:
            result.append(block)
        elif len(row) > 1 and not block.number:
            result.append(replace(block, cells=(row,), text="\t".join(row)))
        else:
            result.append(block)
    return [b if b.kind == "table" else replace(b, cells=()) for b in result]


def _headed(blocks: list[Block], after_blank: frozenset[int]) -> list[Block]:
    """Give title, subtitle, headings and captions their kind; all else stays what it is."""
    title = _title_index(blocks)
    result = list(blocks)
    for i, block in enumerate(blocks[:-1]):
        following = blocks[i + 1]
        if i == title:
            result[i] = replace(block, kind="heading", level=1, attrs={**block.attrs, "role": "title"})
        elif i == title + 1 and title >= 0 and _is_subtitle(block, following):
            result[i] = replace(block, attrs={**block.attrs, "role": "subtitle"})
        elif block.line in after_blank and _is_heading(block, following, following.line in after_blank):
            result[i] = replace(block, kind="heading", level=2 if title >= 0 else 1)
        elif i and _is_caption(block):
            result[i] = replace(block, kind="caption")
    return result


def _title_index(blocks: list[Block]) -> int:
    """Return the index of the title, or -1: the first line of the page proper, if it can be nothing else."""
    index = next((i for i, b in enumerate(blocks) if not _is_furniture(b.text)), -1)
    if index < 0 or index == len(blocks) - 1:
        return -1
    block = blocks[index]
    words = block.text.split()
    headlike = block.kind == "paragraph" and 3 <= len(words) <= 22 and "\n" not in block.text
    certain = not (block.text.endswith((".", ",", ";", ":")) or _DATE.fullmatch(block.text) or clock(block.text))
    return index if headlike and certain and not _SECTION.fullmatch(block.text) else -1


def _is_furniture(line: str) -> bool:
    return boilerplate.reason_of(line) is not None or boilerplate.is_bare_heading(line)


def _is_subtitle(block: Block, following: Block) -> bool:
    """A line under the title with the date line right below it: between the two stands nothing else."""
    return 4 <= len(block.text.split()) <= 25 and not block.text.endswith(_FINAL) and bool(_DATE.match(following.text))


def _is_heading(block: Block, following: Block, spaced: bool) -> bool:
    text = block.text
    if block.kind != "paragraph" or len(text.split()) > 12 or len(text) > 90 or text.endswith(_FINAL):
        return False
    first = text.lstrip(_QUOTES)[:1]
    if not (first.isupper() or _SECTION_NUMBER.match(text)) or "\n" in text:
        return False
    if labels.opens_with_label(text) or re.match(r"[A-Z]\s?:", text) or is_placeholder(text):
        return False
    if not spaced and (is_name(text) or _is_alike(following.text)):
        return False
    timed = clock(text) or (has_weekday(text) and times_in(text))
    return not (timed or _DATE.fullmatch(text) or quantities.only(text))


def _is_alike(below: str) -> bool:
    """Tell whether the line right below is no more a sentence than this one: both belong to a list of lines."""
    sentence = below.endswith((*_FINAL, "?")) or len(below.split()) > 14
    return not (sentence or labels.opens_with_label(below) or is_name(below))


def _is_caption(block: Block) -> bool:
    return block.kind == "paragraph" and len(block.text.split()) <= 30 and _CAPTION.match(block.text) is not None
