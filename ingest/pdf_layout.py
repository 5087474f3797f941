"""Where lines belong on a page: spreads, columns and the order of reading."""

from __future__ import annotations

import re
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from ingest.pdf_text import Line, Sheet, side_by_side

_BASELINE = attrgetter("y")
BULLET = re.compile(r"[•●◦○▪■□‣⁃∙·*►▶➢➔→✓✔\uf000-\uf0ff]")  # the last are those of symbol fonts
MARKER = re.compile(
    rf"{BULLET.pattern}|[–—-]|\(?\d{{1,3}}[.)]|\(?[A-Za-z][.)]|[ivx]{{1,5}}[.)]"  # list items
    r"|\d{1,3}(?:\.\d{1,2}){0,3}\.?|\[?[A-Z]\d{1,2}[a-z]?\]?|[†‡§]"  # numbered headings and footnotes
)
_SPREAD_WIDTH = 900.0  # wider than A4 landscape (842), so two A4 pages side by side
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


def columns(lines: list[Line]) -> list[list[Line]]:
    """Return the lines of a page as columns in reading order, each from top to bottom.

    A line that runs across a gutter ends the columns above it and stands in a column of its own.
    """
    if not side_by_side(lines):
        return [sorted(lines, key=_BASELINE)] if lines else []
    return _columns(_with_marks(lines))


def _columns(lines: list[Line]) -> list[list[Line]]:
    gutter = _gutter(lines)
    if gutter is None:
        return [_rows(lines)] if lines else []
    ordered: list[list[Line]] = []
    for band in _bands(lines, gutter):
        ordered += _columns(band.across) + _columns(band.left) + _columns(band.right)
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
    for line in sorted(lines, key=_BASELINE):
        across = line.x0 < gutter and line.x1 > limit
        if not bands or bool(bands[-1].across) != across:
            bands.append(_Band([], [], []))
        (bands[-1].across if across else bands[-1].left if line.x0 < gutter else bands[-1].right).append(line)
    return [part for band in bands for part in _without_tail(band)]


def _without_tail(band: _Band) -> list[_Band]:
    """Set apart a heading or table, and all after it, that begins on the left below two columns of even length.

    It does not run across the gutter, but it comes after both columns.
    """
    if not band.left or not band.right:
        return [band]
    end = band.right[-1]
    for index, (above, line) in enumerate(pairwise(band.left), 1):
        if line.y - max(above.y, end.y) >= 2 * end.size:
            even = abs(above.y - end.y) < 3.2 * end.size
            new = line.cells or "b" in line.face or line.size > 1.07 * above.size
            if even and new:
                return [_Band([], band.left[:index], band.right), _Band(band.left[index:], [], [])]
            break
    return [band]


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
    ordered = sorted(lines, key=_BASELINE)
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
    rows = len({round(line.y / 4) for line in left})
    if sum(len(line.text) for line in left) >= 22 * rows:
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
        if len(line.text) <= 7 and MARKER.fullmatch(line.text) and not _follows_text(line, joined):
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


def _follows_text(line: Line, before: list[Line]) -> bool:
    """Tell whether other text ends where `line` begins: then it is part of a sentence, or a footnote call."""
    return any(0 <= line.x0 - x.x1 < 0.5 * x.size and abs(line.y - x.y) < 0.5 * x.size for x in before)


def _rows(lines: list[Line]) -> list[Line]:
    """Return lines from top to bottom, those on one baseline as one line with a tab between."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=_BASELINE):
        same = rows and line.y - rows[-1][-1].y < 0.45 * line.size and not line.cells
        if same and all(line.x0 >= other.x1 - 1 or line.x1 <= other.x0 + 1 for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_one_row(sorted(row, key=lambda line: line.x0)) if len(row) > 1 else row[0] for row in rows]


def _one_row(row: list[Line]) -> Line:
    text, notes = row[0].text, list(row[0].notes)
    for before, line in pairwise(row):
        gap = (line.x0 - before.x1) / line.size
        if (
            gap < 0.17
            and line.text.isdigit()
            and line.size < 0.85 * before.size
            and line.y < before.y - 0.1 * before.size
        ):
            notes.append(line.text)  # a raised figure: a footnote call
        else:
            space = "\t" if gap > 1.5 else " " if gap > 0.17 and line.text[0] not in ".,;:?!" else ""
            text += space + f"{line.mark} {line.text}".lstrip()
            notes += line.notes
    widest = max(row, key=lambda line: len(line.text))
    return row[0]._replace(
        text=text, x1=row[-1].x1, y=widest.y, size=widest.size, last_face=row[-1].last_face, notes=tuple(notes)
    )
