"""Tables: cells between drawn lines, or three and more columns of figures that stand exactly below each other.

A false table is worse than none: whatever does not fit its own grid stays ordinary text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

from ingest.pdf_rules import Rule
from ingest.pdf_text import Line, may_hold_table
from ingest.pdf_words import join_lines

_NEAR = 2.5  # points within which two rules touch or coincide
_MOST_RULES = 1500  # more of them are a map or a chart
_MOST_CELLS = 4000
_DIGIT = re.compile(r"\d")


def with_tables(lines: list[Line], rules: list[Rule]) -> list[Line]:
    """Return the lines of a page with those of each table replaced by one line that holds its cells."""
    if not may_hold_table(lines):
        return lines
    distinct = {Rule(*(round(value, 1) for value in rule)) for rule in rules}
    long = [rule for rule in distinct if max(rule.x1 - rule.x0, rule.y1 - rule.y0) > 6]
    uprights = {round(rule.x0 / 4) for rule in long if rule.x1 - rule.x0 < rule.y1 - rule.y0}
    if len(uprights) > 2 and len(long) <= _MOST_RULES:
        for group in _connected(long):
            lines = _ruled(lines, group)
    return _aligned(lines)


def _connected(rules: list[Rule]) -> list[list[Rule]]:
    """Group rules that touch, directly or by way of others."""
    waiting = sorted(rules, key=lambda rule: rule.y0)
    groups: list[list[Rule]] = []
    while waiting:
        group = [waiting.pop(0)]
        for rule in group:
            x0, y0, x1, y1 = rule.x0 - _NEAR, rule.y0 - _NEAR, rule.x1 + _NEAR, rule.y1 + _NEAR
            near = {r for r in waiting if r.x0 <= x1 and x0 <= r.x1 and r.y0 <= y1 and y0 <= r.y1}
            if near:
                group += near
                waiting = [other for other in waiting if other not in near]
        groups.append(group)
    return [group for group in groups if len(group) > 4]


class _Grid:
    """The finest grid that a group of rules spans, and which of its cells are really one."""

    def __init__(self, rules: list[Rule]) -> None:
        self.xs = _clusters([x for rule in rules for x in (rule.x0, rule.x1)])
        self.ys = _clusters([y for rule in rules for y in (rule.y0, rule.y1)])
        self.upright: dict[int, list[Rule]] = defaultdict(list)
        self.level: dict[int, list[Rule]] = defaultdict(list)
        for rule in rules:
            if rule.x1 - rule.x0 < rule.y1 - rule.y0:
                self.upright[_index(self.xs, rule.x0)].append(rule)
            else:
                self.level[_index(self.ys, rule.y0)].append(rule)

    def owners(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return for every cell the cell at the upper left of the space, free of rules, that it is part of."""
        owner: dict[tuple[int, int], tuple[int, int]] = {}
        for row, (y0, y1) in enumerate(pairwise(self.ys)):
            for column, (x0, x1) in enumerate(pairwise(self.xs)):
                x, y = (x0 + x1) / 2, (y0 + y1) / 2
                if row and not any(r.x0 <= x <= r.x1 for r in self.level[row]):
                    owner[row, column] = owner[row - 1, column]
                elif column and not any(r.y0 <= y <= r.y1 for r in self.upright[column]):
                    owner[row, column] = owner[row, column - 1]
                else:
                    owner[row, column] = (row, column)
        return owner

    def cell(self, line: Line) -> tuple[int, int] | None:
        """Return (row, column) of the cell in which a line begins, or None outside the grid."""
        row = bisect_right(self.ys, line.y - 0.3 * line.size) - 1
        column = bisect_right(self.xs, line.x0 + _NEAR) - 1
        inside = 0 <= row < len(self.ys) - 1 and 0 <= column < len(self.xs) - 1
        return (row, column) if inside else None

    def crosses(self, line: Line) -> bool:
        """Tell whether a line runs through an upright rule, so that the grid is not about this text."""
        y = line.y - 0.3 * line.size
        between = range(bisect_right(self.xs, line.x0 + _NEAR), bisect_right(self.xs, line.x1 - 2 * _NEAR))
        return any(rule.y0 <= y <= rule.y1 for column in between for rule in self.upright[column])


def _clusters(values: list[float]) -> list[float]:
    """Return sorted positions, those nearer to each other than a rule's width taken as one."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > 2 * _NEAR:
            found.append(value)
    return found


def _index(positions: list[float], value: float) -> int:
    return max(bisect_right(positions, value) - 1, 0)


def _ruled(lines: list[Line], rules: list[Rule]) -> list[Line]:
    """Replace the lines inside one group of rules by a table, if they fill its grid."""
    grid = _Grid(rules)
    if min(len(grid.xs), len(grid.ys)) < 3 or len(grid.xs) * len(grid.ys) > _MOST_CELLS:
        return lines
    placed = [(line, grid.cell(line)) for line in lines]
    inside = [line for line, cell in placed if cell]
    if len(inside) < 4 or sum(map(grid.crosses, inside)) > 0.03 * len(inside):
        return lines
    owner = grid.owners()
    texts: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line, cell in placed:
        if cell:
            texts[owner[cell]].append(line)
    across = sorted({column for _, column in texts})
    rows = [[texts.get((row, column), []) for column in across] for row in sorted({row for row, _ in texts})]
    rows = [part for row in rows for part in _unruled_rows(row)]
    if sum(sum(map(bool, row)) > 1 for row in rows) < 2:
        return lines
    cells = tuple(tuple(_cell_text(cell) for cell in row) for row in rows)
    return [line for line, cell in placed if not cell] + [_table(inside, cells)]


def _unruled_rows(row: list[list[Line]]) -> list[list[list[Line]]]:
    """Split a row whose cells hold columns of figures: the rows between the figures have no rule of their own."""
    figures = [sorted(line.y for line in cell) for cell in row[1:] if cell]
    levels = figures[0] if figures else []
    same = len(levels) > 1 and all(len(ys) == len(levels) and abs(ys[0] - levels[0]) < 3 for ys in figures)
    if not same or len(figures) < 2 or not _figures([[line for cell in row for line in cell]]):
        return [row]
    parts: list[list[list[Line]]] = [[[] for _ in row] for _ in levels]
    for column, cell in enumerate(row):
        for line in cell:
            parts[max(bisect_right(levels, line.y + 0.5 * line.size) - 1, 0)][column].append(line)
    return parts


def _cell_text(lines: list[Line]) -> str:
    ordered = sorted(lines, key=lambda line: (round(line.y), line.x0))
    return join_lines([line.text for line in ordered], frozenset())


def _table(lines: list[Line], cells: tuple[tuple[str, ...], ...]) -> Line:
    first = min(lines, key=lambda line: line.y)
    notes = tuple(note for line in lines for note in line.notes)
    text = "\n".join("\t".join(row) for row in cells)
    low, high = min(line.x0 for line in lines), max(line.x1 for line in lines)
    return Line(text, low, high, first.y, first.size, notes=notes, cells=cells)


def _aligned(lines: list[Line]) -> list[Line]:
    """Replace rows that share three or more columns, mostly of figures, by tables."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y):
        if rows and abs(line.y - rows[-1][0].y) < 0.3 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    start = 0
    while start < len(rows):
        if len(rows[start]) < 3 or not _figures([sorted(rows[start], key=lambda line: line.x0)]):
            start += 1
            continue
        end = _end_of_table(rows, start)
        body = rows[start:end]
        full = [sorted(row, key=lambda line: line.x0) for row in body if len(row) == len(rows[start])]
        if len(full) >= 3 and _figures(full):
            columns = _spans(full)
            if start and len(rows[start - 1]) > 1 and _fits(rows[start - 1], rows[start], columns):
                body = [rows[start - 1], *body]
            cells = tuple(_row_cells(row, columns) for row in body)
            taken = {id(line) for row in body for line in row}
            lines = [x for x in lines if id(x) not in taken] + [_table([x for row in body for x in row], cells)]
            start = end
        else:
            start += 1
    return lines


def _end_of_table(rows: list[list[Line]], start: int) -> int:
    """Return where the table ends that may begin with row `start`: behind the last row with all its columns."""
    first = rows[start]
    columns = _spans([first])
    end = start + 1
    for index in range(start + 1, len(rows)):
        if not _fits(rows[index], rows[index - 1], columns):
            break
        if len(rows[index]) == len(first):
            end = index + 1
            columns = [
                (min(x0, a), max(x1, b)) for (x0, x1), (a, b) in zip(columns, _spans([rows[index]]), strict=True)
            ]
    return end


def _spans(rows: list[list[Line]]) -> list[tuple[float, float]]:
    """Return the (left, right) that the cells of each column fill together."""
    ordered = [sorted(row, key=lambda line: line.x0) for row in rows]
    return [(min(x.x0 for x in cells), max(x.x1 for x in cells)) for cells in zip(*ordered, strict=True)]


def _fits(row: list[Line], other: list[Line], columns: list[tuple[float, float]]) -> bool:
    """Tell whether a row is near another one and each of its pieces lies over one column, no two over the same."""
    if abs(row[0].y - other[0].y) > 3 * row[0].size or any(line.cells for line in row):
        return False
    over = [[i for i, (x0, x1) in enumerate(columns) if line.x0 < x1 and x0 < line.x1] for line in row]
    return all(len(hits) == 1 for hits in over) and len({hits[0] for hits in over}) == len(row)


def _row_cells(row: list[Line], columns: list[tuple[float, float]]) -> tuple[str, ...]:
    return tuple(next((x.text for x in row if x.x0 < x1 and x0 < x.x1), "") for x0, x1 in columns)


def _figures(run: list[list[Line]]) -> bool:
    values = [line.text for row in run for line in row[1:]]
    return sum(bool(_DIGIT.search(text)) and len(text) < 20 for text in values) >= 0.6 * len(values)
