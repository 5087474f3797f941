"""Running headers, running footers and page numbers: lines that belong to the pages, not to the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from ingest.pdf_text import Sheet

_WORD = re.compile(r"[^\W\d_]{3}")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"[-–—|\s]*(?:(?:pagina|page|blz|pag|p)\b\.?)?\s*#(?:\s*(?:van|of|/|\|)\s*#)?[-–—|\s]*", re.I)
_ZONE = 0.13  # share of the height, at either end, in which running lines are looked for

Spot = tuple[int, int]  # (index of the page, index of the line on it)


def running_lines(sheets: list[Sheet]) -> list[dict[int, str]]:
    """Return for each page which lines (by index) are not part of its text, and why.

    Running lines stand in the same place on neighbouring pages with the same words; a word for word copy on half
    of the pages counts wherever it stands.
    """
    found: list[dict[int, str]] = [{} for _ in sheets]
    for text, spots in _at_the_edge(sheets):
        number = bool(_PAGE_NUMBER.fullmatch(text))
        if not _repeats(spots, len(sheets)):
            spots = _own_number(spots, sheets) if number else []
        for page, index in spots:
            found[page][index] = "page number" if number else _reason(sheets[page], index)
    for spots in _copies(sheets):
        for page, index in spots:
            found[page].setdefault(index, _reason(sheets[page], index))
    return found


def _at_the_edge(sheets: list[Sheet]) -> Iterator[tuple[str, list[Spot]]]:
    """Yield (text with figures as #, where it stands) for lines at the head or foot that look alike."""
    places: dict[tuple[str, int | None, int], list[Spot]] = defaultdict(list)
    for page, sheet in enumerate(sheets):
        for index in _edges(sheet):
            for text, number in _looks_alike(sheet.lines[index].text, page):
                places[text, number, round(sheet.lines[index].y / 8)].append((page, index))
    yield from ((text, spots) for (text, *_), spots in places.items())


def _copies(sheets: list[Sheet]) -> Iterator[list[Spot]]:
    """Yield where the same text stands in the same place on at least half of the pages, and three."""
    often = Counter(line.text for sheet in sheets for line in sheet.lines)
    least = max(3, len(sheets) / 2)
    places: dict[tuple[str, int, int], list[Spot]] = defaultdict(list)
    for page, sheet in enumerate(sheets):
        for index, line in enumerate(sheet.lines):
            if often[line.text] >= least:
                places[line.text, round(line.x0 / 4), round(line.y / 4)].append((page, index))
    yield from (spots for spots in places.values() if len(spots) >= least)


def _edges(sheet: Sheet) -> Iterator[int]:
    """Yield the lines in the outer three rows at the head and the foot of a page that may be running lines.

    Only the very outermost row can be a bare number: further in it is a footnote's or a table's.
    """
    for head in (True, False):
        edge = ((line.y if head else sheet.height - line.y, i) for i, line in enumerate(sheet.lines))
        rows: list[float] = []
        for distance, index in sorted(pair for pair in edge if pair[0] < _ZONE * sheet.height):
            if not rows or distance > rows[-1] + 3:
                rows.append(distance)
            text = sheet.lines[index].text
            if (len(rows) == 1 and text.isdigit()) or (len(rows) <= 3 and (_WORD.search(text) or _is_number(text))):
                yield index


def _is_number(text: str) -> bool:
    return not text.isdigit() and bool(_PAGE_NUMBER.fullmatch(_DIGITS.sub("#", text)))


def _looks_alike(text: str, page: int) -> Iterator[tuple[str, int | None]]:
    """Yield keys under which the running lines of other pages are the same.

    The figures are the same too, or the first or last one counts along with the pages: "Bijlage 2" is no running
    line, "12 | Jaarverslag 2024" is.
    """
    numbers = _DIGITS.findall(text)
    yield (text, None) if not numbers else (_DIGITS.sub("#", text), int(numbers[0]) - page)
    if len(numbers) > 1:
        yield _DIGITS.sub("#", text), int(numbers[-1]) - page + 1_000_000  # apart from the first figure's key
    if numbers:
        yield text, None


def _repeats(spots: list[Spot], pages: int) -> bool:
    """Tell whether three of the spots (two in a short document) lie on pages at most two apart."""
    needed = 3 if pages > 4 else 2
    chain = 1
    for (before, _), (page, _) in pairwise(spots):
        chain = chain + 1 if 0 < page - before <= 2 else chain if page == before else 1
        if chain >= needed:
            return True
    return False


def _own_number(spots: list[Spot], sheets: list[Sheet]) -> list[Spot]:
    """Return where a number is that of the page it stands on."""
    numbers = ((spot, _DIGITS.findall(sheets[spot[0]].lines[spot[1]].text)) for spot in spots)
    return [spot for spot, found in numbers if str(sheets[spot[0]].number) in found]


def _reason(sheet: Sheet, index: int) -> str:
    return "running header" if sheet.lines[index].y < sheet.height / 2 else "running footer"
