"""Where lines belong on a page: spreads, running headers and footers, columns and the order of reading."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from ingest.pdf_text import Line, Sheet, side_by_side

BULLET = re.compile(r"[•●◦○▪■□‣⁃∙·*►▶➢➔→✓✔\uf000-\uf0ff]")  # the last are those of symbol fonts
MARKER = re.compile(
    rf"{BULLET.pattern}|[–—-]|\(?\d{{1,3}}[.)]|\(?[A-Za-z][.)]|[ivx]{{1,5}}[.)]"  # list items
    r"|\d{1,3}(?:\.\d{1,2}){0,3}\.?|\[?[A-Z]\d{1,2}[a-z]?\]?|[†‡§]"  # numbered headings and footnotes
)
_WORD = re.compile(r"[^\W\d_]{3}")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"[-–—|\s]*(?:(?:pagina|page|blz|pag|p)\b\.?)?\s*#(?:\s*(?:van|of|/|\|)\s*#)?[-–—|\s]*", re.I)
_SPREAD_WIDTH = 900.0  # wider than A4 landscape (842), so two A4 pages side by side
_ZONE = 0.13  # share of the height, at either end, in which running lines are looked for
_LINES, _ALONE = 3, 10  # lines that make a column; lines that make a column of whatever stands beside them


def split_spread(sheet: Sheet) -> list[Sheet]:
    """Return the two pages of a spread, or the page itself."""
    if sheet.width < max(_SPREAD_WIDTH, sheet.height):
        return [sheet]
    middle = sheet.width / 2
    marks = [(line.x0, line.x1) for line in sheet.lines] + [(rule.x0, rule.x1) for rule in sheet.rules]
    inside = [(x0, x1) for x0, x1 in marks if x1 - x0 < 0.9 * sheet.width]
    if any(x0 < middle < x1 for x0, x1 in inside):
        return [sheet]
    halves = []
    for right in (False, True):
        lines = [line for line in sheet.lines if (line.x0 >= middle) == right]
        rules = [rule for rule in sheet.rules if (rule.x0 + rule.x1 >= 2 * middle) == right]
        halves.append(sheet._replace(width=middle, lines=lines, rules=rules))
    return halves


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


def columns(lines: list[Line]) -> list[list[Line]]:
    """Return the lines of a page as columns in reading order, each from top to bottom.

    A line that runs across a gutter ends the columns above it and stands in a column of its own.
    """
    if not side_by_side(lines):
        return [sorted(lines, key=lambda line: line.y)] if lines else []
    return _columns(_with_marks(lines))


def _columns(lines: list[Line]) -> list[list[Line]]:
    gutter = _gutter(lines)
    if gutter is None:
        return [_rows(lines)] if lines else []
    ordered: list[list[Line]] = []
    for band in _bands(lines, gutter):
        if band.across:
            ordered.append(_rows(band.across))
        else:
            ordered += _columns(band.left) + _columns(band.right)
    return ordered


class _Band(NamedTuple):
    """Lines from one stretch of a page's height: either all `across` the gutter, or on its two sides."""

    across: list[Line]
    left: list[Line]
    right: list[Line]


def _bands(lines: list[Line], gutter: float) -> list[_Band]:
    # A line of the left column may hang into the gutter, up to where the right column begins.
    limit = min(line.x0 for line in lines if line.x0 >= gutter) + 1
    bands: list[_Band] = []
    for line in sorted(lines, key=lambda line: line.y):
        across = line.x0 < gutter and line.x1 > limit
        if not bands or bool(bands[-1].across) != across:
            bands.append(_Band([], [], []))
        (bands[-1].across if across else bands[-1].left if line.x0 < gutter else bands[-1].right).append(line)
    return bands


def _gutter(lines: list[Line]) -> float | None:
    """Return the x that most gaps between neighbours share and that sets columns apart, or None."""
    gaps = _gaps(lines)
    while len(gaps) >= 2:
        depth = best = 0
        gutter = 0.0
        for x, step in sorted([(x0, 1) for x0, _ in gaps] + [(x1, -1) for _, x1 in gaps]):
            depth += step
            if depth > best:
                best, gutter = depth, x
        if best < 2:
            return None
        if _is_gutter(lines, gutter):
            return gutter
        gaps = [gap for gap in gaps if not gap[0] <= gutter < gap[1]]
    return None


def _gaps(lines: list[Line]) -> list[tuple[float, float]]:
    """Return the white (from, to) between every line and its nearest neighbour to the right."""
    ordered = sorted(lines, key=lambda line: line.y)
    nearest: dict[int, float] = {}
    for i, a in enumerate(ordered):
        for j in range(i + 1, len(ordered)):
            b = ordered[j]
            if b.y - a.y > 0.7 * a.size:
                break
            left, right = (i, b.x0) if b.x0 >= a.x1 else (j, a.x0)
            if right >= ordered[left].x1:
                nearest[left] = min(nearest.get(left, right), right)
    found = ((ordered[i].x1, x, ordered[i].size) for i, x in nearest.items())
    return [(x0, x1) for x0, x1, size in found if x1 - x0 >= 0.8 * size]


def _is_gutter(lines: list[Line], gutter: float) -> bool:
    low, high = min(line.x0 for line in lines), max(line.x1 for line in lines)
    bands = _bands(lines, gutter)
    clear = not any(band.across for band in bands)
    for _, left, right in bands:
        if _tall_enough(left, right, clear) and not _labels(left, right):
            widths = [max(line.x1 for line in side) - min(line.x0 for line in side) for side in (left, right)]
            if min(widths) >= 0.1 * (high - low):
                return True
    return False


def _tall_enough(left: list[Line], right: list[Line], clear: bool) -> bool:
    few, many = sorted((len(left), len(right)))
    if few >= _LINES or few < 2 or not clear:
        return few >= _LINES
    # Two lines are a column beside a long one, or as the last of a text in columns.
    return many >= _ALONE or min(len(line.text) for line in (*left[:-1], *right[:-1])) > 25


def _labels(left: list[Line], right: list[Line]) -> bool:
    """Tell whether `left` holds short labels, each with its value beside it: those are read row by row."""
    if median(len(line.text) for line in left) >= 22:
        return False
    beside = sum(any(abs(line.y - other.y) < 0.3 * line.size for other in right) for line in left)
    return beside >= 0.8 * len(left)


def _with_marks(lines: list[Line]) -> list[Line]:
    """Join list markers and numbers with the text that follows them on the same line."""
    ordered = sorted(lines, key=lambda line: line.x0)
    taken: set[int] = set()
    joined: list[Line] = []
    for i, line in enumerate(ordered):
        if i in taken:
            continue
        if len(line.text) <= 7 and MARKER.fullmatch(line.text):
            for j in range(i + 1, len(ordered)):
                text = ordered[j]
                if text.x0 - line.x1 > 5 * text.size:
                    break
                if text.x0 >= line.x1 and abs(text.y - line.y) < 0.45 * text.size and not text.cells:
                    taken.add(j)
                    line = text._replace(x0=line.x0, mark=line.text, tab=text.x0)
                    break
        joined.append(line)
    return joined


def _rows(lines: list[Line]) -> list[Line]:
    """Return lines from top to bottom, those on one baseline as one line with a tab between."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y):
        same = rows and line.y - rows[-1][-1].y < 0.35 * line.size and not line.cells
        if same and all(line.x0 >= other.x1 - 1 or line.x1 <= other.x0 + 1 for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_one_row(sorted(row, key=lambda line: line.x0)) if len(row) > 1 else row[0] for row in rows]


def _one_row(row: list[Line]) -> Line:
    text = row[0].text
    for before, line in pairwise(row):
        gap = (line.x0 - before.x1) / line.size
        text += ("\t" if gap > 1.5 else " " if gap > 0.12 else "") + f"{line.mark} {line.text}".lstrip()
    notes = tuple(note for line in row for note in line.notes)
    widest = max(row, key=lambda line: len(line.text))
    return row[0]._replace(
        text=text, x1=row[-1].x1, y=widest.y, size=widest.size, last_face=row[-1].last_face, notes=notes
    )
