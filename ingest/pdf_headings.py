"""Which blocks of a PDF are headings or captions, and how high a heading ranks."""

from __future__ import annotations

import re
from itertools import zip_longest

from ingest.pdf_blocks import SMALL, Draft, Style

_CAPTION = re.compile(
    r"(?:figuur|tabel|grafiek|kaart|afbeelding|schema|box|foto|figure|table)\s+\d+(?:\.\d+)*(?!\s+[a-z])", re.I
)
_NUMBERED = re.compile(
    r"(?:hoofdstuk|bijlage|paragraaf|deel)\s+[\dA-Z]{1,3}\b.*|\d{1,2}(?:\.\d{1,2})+\.?\s+[^\W\d_].*", re.I
)
_WORD = re.compile(r"[^\W\d_]{3}")
_OPENING = "‘“([\"'"
_NO_HEADING = (".", ",", ";", "-", "…")
_BIG = 1.07  # a heading's size against that of the body text, at least
_ALIKE = 1.08  # sizes that differ less are of one rank
_LOWEST = 6


def mark_headings(found: list[Draft], style: Style) -> None:
    """Recognise captions, and headings by size, face or number.

    Levels follow the rank of a heading's looks: larger before bold before italic. Looks that only the first page
    has are a cover's: level 1, and they do not push the others down.
    """
    headings = []
    for draft, after in zip_longest(found, found[1:]):
        if draft.dropped or draft.kind in ("table", "footnote"):
            continue
        if _CAPTION.match(draft.lines[0].text) and len(draft.text) < 300:
            draft.kind = "caption"
        elif _is_heading(draft, after, style):
            headings.append(draft)
    inside = [draft for draft in headings if draft.page > found[0].page]
    ranks = _ranks({_looks(draft, style) for draft in inside or headings})
    for draft in headings:
        if draft.number:
            draft.lines[0] = draft.lines[0]._replace(mark=draft.number)
        draft.kind, draft.number, draft.level = "heading", None, ranks.get(_looks(draft, style), 1)


def _looks(draft: Draft, style: Style) -> tuple[float, bool, bool]:
    line = draft.lines[0]
    if line.size >= _BIG * style.size:
        return line.size, False, False
    return style.size, "b" in line.face, "i" in line.face


def _ranks(looks: set[tuple[float, bool, bool]]) -> dict[tuple[float, bool, bool], int]:
    ranks: dict[tuple[float, bool, bool], int] = {}
    rank, before = 0, (float("inf"), False, False)
    for look in sorted(looks, reverse=True):
        if before[0] >= _ALIKE * look[0] or before[1:] != look[1:]:
            rank, before = min(rank + 1, _LOWEST), look
        ranks[look] = rank
    return ranks


def _is_heading(draft: Draft, after: Draft | None, style: Style) -> bool:
    if len(draft.lines) > 3 or (draft.number and not any(map(str.isalnum, draft.number))):
        return False
    text, line = draft.text, draft.lines[0]
    if len(text) > 200 or text.endswith(_NO_HEADING) or not _WORD.search(text):
        return False
    face = line.face if all(x.face == x.last_face == line.face for x in draft.lines) else ""
    if line.size >= _BIG * style.size:
        return draft.kind != "list_item" or "b" in face
    if line.size < SMALL * style.size or not (text[0].isupper() or text[0].isdigit() or text[0] in _OPENING):
        return False
    if "b" in face:
        return True
    if len(draft.lines) > 1 or draft.kind == "list_item":
        return False
    shouted = text.isupper() and not any(map(str.isdigit, text))
    return shouted or (_leads(line.y, after, style) and ("i" in face or bool(_NUMBERED.fullmatch(text))))


def _leads(y: float, after: Draft | None, style: Style) -> bool:
    """Tell whether plain text follows close below: without bold type or size only that makes a line a heading."""
    if after is None or after.cells or after.lines[0].face:
        return False
    return 0 < after.lines[0].y - y <= 2.2 * style.pitch * style.size
