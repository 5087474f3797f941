"""Tables and lists: which tables hold data, where their cells stand, and how list items are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

Element = Any  # lxml.html.HtmlElement

_MAX_COLUMNS, _MAX_ROWS = 40, 200  # that one cell is taken to span
_MAX_COVERED = 50_000
_PAGE, _MOST = 200, 0.6  # characters, and share of the text of a table, of a cell that holds the page
_HEAVY = ("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "details", "article", "section", "form")


def shape(table: Element) -> Literal["layout", "record", "data"]:
    """Say what a table is for.

    "layout" places blocks on the page and is walked through; "record" has two columns, name and value; "data" is
    everything else.
    """
    if table.get("role") in ("presentation", "none") or next(table.iterdescendants("table"), None) is not None:
        return "layout"
    grid = [[cell for cell in row if cell is not None] for row in rows(table)]
    if _is_record(grid):
        return "record"
    headed = any(cell.tag == "th" for row in grid for cell in row) or table.find("caption") is not None
    if max((len(row) for row in grid), default=0) <= 1 and not headed:
        return "layout"
    heavy = any(next(cell.iterdescendants(*_HEAVY), None) is not None for row in grid for cell in row)
    return "layout" if not headed and (heavy or _is_frame(grid)) else "data"


def _is_frame(grid: list[list[Element]]) -> bool:
    """Say whether one cell is the page: it has most of the text, in blocks, or many blocks in one or two rows."""
    cells = [cell for row in grid for cell in row]
    sizes = [len(" ".join(cell.text_content().split())) for cell in cells]
    largest = max(sizes, default=0)
    if len(cells) < 2 or largest < _PAGE:
        return False
    blocks = sum(1 for _ in cells[sizes.index(largest)].iterdescendants("p", "div", "blockquote"))
    return blocks > 0 and (largest >= _MOST * sum(sizes) or (blocks > 2 and len(grid) <= 2))


def _is_record(grid: list[list[Element]]) -> bool:
    """Two columns whose left one holds names of fields: words in a header cell or in bold, not times or numbers."""
    return len(grid) > 1 and all(
        len(row) == 2 and row[1].tag == "td" and (row[0].tag == "th" or _is_bold(row[0])) and _is_name(row[0])
        for row in grid
    )


def _is_bold(cell: Element) -> bool:
    text = cell.text_content().strip()
    return text.endswith(":") or (
        len(cell) == 1 and cell[0].tag in ("strong", "b") and cell[0].text_content().strip() == text
    )


def _is_name(cell: Element) -> bool:
    text = cell.text_content().strip()
    return 0 < len(text) <= 60 and not re.search(r"\d", text)


def limit_spans(tree: Element) -> None:
    """Take the spans off all cells of a page whose spans cover more places than any table has."""
    cells = tree.xpath("//*[@rowspan or @colspan]")
    if sum(_span(cell, "rowspan") * _span(cell, "colspan") for cell in cells) > _MAX_COVERED:
        for cell in cells:
            cell.attrib.pop("rowspan", None)
            cell.attrib.pop("colspan", None)


def rows(table: Element) -> Iterator[list[Element | None]]:
    """Yield the cells of each row; a place that a cell from the left or from above covers is None."""
    covered: dict[int, int] = {}
    for row in _rows_of(table):
        line: list[Element | None] = []
        for cell in row.iterchildren("td", "th"):
            _fill(line, covered)
            down, right = _span(cell, "rowspan"), _span(cell, "colspan")
            start = len(line)
            line.append(cell)
            line.extend([None] * (min(right, _MAX_COLUMNS - start) - 1))
            covered.update(dict.fromkeys(range(start, len(line)), down))
        _fill(line, covered)
        covered = {column: left - 1 for column, left in covered.items() if left > 1}
        if line:
            yield line


def _rows_of(table: Element) -> Iterator[Element]:
    for child in table.iterchildren("tr", "thead", "tbody", "tfoot"):
        if child.tag == "tr":
            yield child
        else:
            yield from child.iterchildren("tr")


def _fill(line: list[Element | None], covered: dict[int, int]) -> None:
    while covered.get(len(line), 0) > 0 and len(line) < _MAX_COLUMNS:
        line.append(None)


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or ""
    return min(max(int(value), 1), _MAX_ROWS) if re.fullmatch(r"[0-9]{1,5}", value) else 1


def marker(item: Element, previous: int | None) -> tuple[str, int]:
    """Return the marker that a browser prints before a list item ("3.", "b.", "•") and the number behind it.

    `previous` is the number of the item before it in the same list, None for the first.
    """
    list_ = item.getparent()
    if list_ is None or list_.tag != "ol":
        return "•", 0
    number = _number(item, list_, previous)
    kind = item.get("type") or list_.get("type") or "1"
    if kind in "aA" and number > 0:
        text = _letters(number)
    elif kind in "iI" and 0 < number < 4000:
        text = _roman(number)
    else:
        text = str(number)
    return f"{text.upper() if kind in 'AI' else text}.", number


def _number(item: Element, list_: Element, previous: int | None) -> int:
    own, back = _integer(item.get("value")), "reversed" in list_.attrib
    if own is not None:
        return own
    if previous is not None:
        return previous - 1 if back else previous + 1
    start = _integer(list_.get("start"))
    return start if start is not None else len(list_.findall("li")) if back else 1


def _integer(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", value) else None


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(97 + rest) + letters
    return letters


def _roman(number: int) -> str:
    text = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    ):
        count, number = divmod(number, value)
        text += sign * count
    return text
