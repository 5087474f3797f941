"""Lines in reading order become paragraphs, list items, footnotes and tables; contents are dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ingest.blocks import BlockKind
from ingest.pdf_layout import BULLET
from ingest.pdf_text import Line

_ITEM = re.compile(rf"({BULLET.pattern})\s*(?=\S)|([–—-]|\(?\d{{1,2}}[.)]|\(?[A-Za-z][.)]|[ivx]{{1,5}}[.)])\s+(?=\S)")
_ITEM_MARK = re.compile(rf"{BULLET.pattern}|[–—-]|\(?\d{{1,2}}[.)]|\(?[A-Za-z][.)]|[ivx]{{1,5}}[.)]")
_NOTE_SIGNS = "*†‡§"
_NOTE = re.compile(rf"(\d{{1,3}}|[{_NOTE_SIGNS}])[.)]?\s*(?=[^\W\d_]|[‘’“\"(<])")
_LEADER = re.compile(r"(?:\.{4,}|(?:\. ){3,}\.?|…{2,}|_{4,})\s*\d{1,3}$")
_DOTS = re.compile(r"\.\.\.|\. \.|……|___")
_TAB_NUMBER = re.compile(r"\t(\d{1,3})$")
_CONTENTS = re.compile(r"inhoud(?:sopgave)?|contents", re.I)
_STOP = (".", "?", "!", ".”", ".’", '."', ".)", "…")
SMALL = 0.93  # the size of small print against that of the body text, at most


@dataclass(slots=True)
class Draft:
    """A block in the making: its lines, and the left and right edge of the column that they stand in."""

    lines: list[Line]
    page: int
    left: float
    edge: float
    kind: BlockKind = "paragraph"
    number: str | None = None
    level: int = 0
    dropped: str | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    first: bool = False  # opens its column: may go on with what ended the one before

    @property
    def text(self) -> str:
        """The lines as they stand, markers included, without joining words."""
        return " ".join(f"{line.mark} {line.text}".strip() for line in self.lines)


@dataclass(frozen=True)
class Style:
    """What is normal in a document: the size of the body text, and the distance of lines as a multiple of it."""

    size: float
    pitch: float


def style_of(columns: Iterable[list[Line]]) -> Style:
    """Return the size that most characters have, and the usual distance between its lines."""
    sizes: Counter[float] = Counter()
    steps: Counter[float] = Counter()
    for column in columns:
        for above, line in pairwise(column):
            sizes[line.size] += len(line.text)
            if above.size == line.size and 0.8 < (line.y - above.y) / line.size < 2.5:
                steps[round((line.y - above.y) / line.size, 1)] += 1
    return Style(max(sizes, key=lambda s: sizes[s], default=10.0), max(steps, key=lambda s: steps[s], default=1.2))


def drafts(column: list[Line], page: int, style: Style) -> list[Draft]:
    """Cut the lines of one column into blocks."""
    widths = sorted(line.x1 for line in column)
    left, edge = min(line.x0 for line in column), widths[-1 - len(widths) // 10]
    found: list[Draft] = []
    for line in column:
        if line.cells:
            found.append(Draft([line], page, left, edge, "table", cells=line.cells))
        elif not found or found[-1].cells or _begins(found[-1], line, style):
            found.append(_open(Draft([line], page, left, edge), found[-1] if found else None, style))
        else:
            found[-1].lines.append(line)
    if found:
        found[0].first = True
    return found


def _open(draft: Draft, before: Draft | None, style: Style) -> Draft:
    """Return a draft of one line, as a list item where that line begins with a marker."""
    line = draft.lines[0]
    mark, rest = _item(line)
    number = before.number if before else None
    if mark and (
        line.mark or BULLET.match(mark) or not before or _is_next(number, mark) or _ended(before, line, style)
    ):
        draft.kind, draft.number = "list_item", mark
        draft.lines = [line._replace(text=rest, mark="")]
    return draft


def _item(line: Line) -> tuple[str | None, str]:
    """Return the list marker that a line begins with, or None, and the text after it."""
    if line.mark:
        return (line.mark, line.text) if _ITEM_MARK.fullmatch(line.mark) else (None, line.text)
    match = _ITEM.match(line.text)
    return (match[1] or match[2], line.text[match.end() :]) if match else (None, line.text)


def _ends_entry(text: str) -> bool:
    """Tell whether a line ends as an entry of a table of contents: dots or a gap, then a page number."""
    return bool(_TAB_NUMBER.search(text) or (_DOTS.search(text) and _LEADER.search(text)))


def _is_next(before: str | None, mark: str) -> bool:
    """Tell whether a list marker counts on from the one before: 1. 2., a) b)."""
    a, b = (before or "").strip("()."), mark.strip("().")
    if a.isdigit() and b.isdigit():
        return int(b) == int(a) + 1
    return len(a) == len(b) == 1 and ord(b) == ord(a) + 1


def _begins(draft: Draft, line: Line, style: Style) -> bool:
    """Tell whether `line` begins a new block after the lines of `draft`."""
    last, start = draft.lines[-1], draft.lines[0]
    step = (line.y - last.y) / max(line.size, last.size)
    if step > 1.3 * style.pitch or step <= 0 or not 0.93 < line.size / last.size < 1.07:
        return True
    if last.text[-1].isdigit() and _ends_entry(last.text):
        return True
    if start.face and line.face != start.face and all(x.face == x.last_face == start.face for x in draft.lines):
        return not last.text.endswith(("-", ","))
    mark, _ = _item(line)
    if mark and (line.mark or BULLET.match(mark) or _is_next(draft.number, mark)):
        return True
    ended = _ended(draft, line, style)
    if draft.kind == "list_item" and line.x0 < (start.tab or start.x0) - 0.6 * line.size:
        return ended or bool(start.tab)
    if not ended or mark:
        return ended
    indented = line.x0 > last.x0 + 0.8 * line.size and len(draft.lines) > 1
    set_off = line.face == line.last_face != last.last_face and bool(line.face)
    return indented or (_left_room(draft, line, 0.5 if set_off else 2) and not line.text[0].islower())


def _ended(draft: Draft, line: Line, style: Style) -> bool:
    """Tell whether the text of `draft` may end before `line`: after a stop, or where much room is left."""
    last = draft.lines[-1]
    return (
        last.text.endswith((*_STOP, ":", ";"))
        or line.y - last.y > 1.3 * style.pitch * line.size
        or _left_room(draft, line, 8)
    )


def _left_room(draft: Draft, line: Line, ems: float) -> bool:
    """Tell whether the first word of `line` would have fitted behind the last line, with `ems` to spare."""
    last = draft.lines[-1]
    word = len(line.text.split(" ", 1)[0]) * (line.x1 - line.x0) / max(len(line.text), 1)
    return last.x1 + word + ems * line.size < draft.edge


def mark_contents(found: list[Draft], inside: bool) -> bool:
    """Drop the table of contents on one page; return whether the whole page is part of one.

    Dotted leaders are proof. A number at the end after a wide gap is one only on a page that is headed as
    contents, or that follows such a page (`inside`); there all before the last one goes too.
    """
    counted = [draft for draft in found if draft.kind != "table" and _ends_entry(draft.lines[-1].text)]
    leaders = [draft for draft in counted if not _TAB_NUMBER.search(draft.lines[-1].text)]
    headed = any(_CONTENTS.fullmatch(draft.lines[0].text) for draft in found if len(draft.lines) == 1)
    contents = (headed or inside) and len(counted) >= max(4, len(found) / 2)
    if contents:
        last = max(index for index, draft in enumerate(found) if draft in counted)
        leaders = [draft for draft in found[: last + 1] if draft.kind != "table"]
    for draft in leaders:
        draft.dropped = "table of contents"
    return contents


def mark_footnotes(found: list[Draft], style: Style) -> list[Draft]:
    """Turn the small print at the foot of a column into footnotes, one for each number."""
    start = len(found)
    while start and found[start - 1].lines[0].size <= SMALL * style.size and not found[start - 1].cells:
        start -= 1
    while start < len(found) and not _note_number(_first_line(found[start]))[0]:
        start += 1
    notes: list[Draft] = []
    for draft in found[start:]:
        for line in (_first_line(draft), *draft.lines[1:]):
            number, rest = _note_number(line)
            if number and (not notes or _counts_on(notes[-1].number, number)):
                first = line._replace(text=rest, mark="")
                notes.append(Draft([first], draft.page, draft.left, draft.edge, "footnote", number))
            else:
                notes[-1].lines.append(line)
    return found[:start] + notes


def _first_line(draft: Draft) -> Line:
    """Return the first line with the number that was taken for a list marker put back."""
    return draft.lines[0]._replace(mark=draft.lines[0].mark or draft.number or "")


def _note_number(line: Line) -> tuple[str, str]:
    """Return the number or sign with which a footnote begins ("" if none), and the text after it."""
    if line.mark:
        number = line.mark.strip(".)")
        return (number if number.isdigit() or number in _NOTE_SIGNS else ""), line.text
    match = _NOTE.match(line.text)
    return (match[1], line.text[match.end() :]) if match else ("", line.text)


def _counts_on(before: str | None, number: str) -> bool:
    """Tell whether a footnote's number comes next: a line may begin with a year or an amount as well."""
    if before and before.isdigit() and number.isdigit():
        return int(number) == int(before) + 1
    return True


def join_across(found: list[Draft]) -> list[Draft]:
    """Put paragraphs together that a column or page break cuts in two."""
    joined: list[Draft] = []
    whole: Draft | None = None  # the paragraph or list item that may go on
    end: Draft | None = None  # its last part so far
    for draft in found:
        if draft.dropped or draft.kind in ("footnote", "table", "caption"):
            joined.append(draft)
        elif whole and end and draft.first and draft.kind == "paragraph" and _goes_on(end, draft):
            whole.lines += draft.lines
            end = draft
        else:
            joined.append(draft)
            whole = end = draft if draft.kind in ("paragraph", "list_item") else None
    return joined


def _goes_on(before: Draft, draft: Draft) -> bool:
    """Tell whether the last line of `before`, full and without a stop, may be taken up by the first of `draft`."""
    last, first = before.lines[-1], draft.lines[0].text[0]
    if abs(last.size - draft.lines[0].size) > 0.5 or last.text.endswith(_STOP):
        return False
    full = last.x1 - before.left > 0.6 * (before.edge - before.left)
    goes_on = first.islower() or last.text[-1] == "," or (first.isdigit() and last.text[-1] != ":")
    return last.text[-1] == "-" or (full and goes_on)


def levels_of_items(found: list[Draft]) -> None:
    """Give list items their depth: the rank of their indentation within one run of items."""
    run: list[Draft] = []
    for draft in [*found, None]:
        if draft is not None and draft.kind == "list_item":
            run.append(draft)
        elif draft is None or not (draft.dropped or draft.kind == "footnote"):
            steps = [round((item.lines[0].x0 - item.left) / 6) for item in run]
            for item, step in zip(run, steps, strict=True):
                item.level = sorted(set(steps)).index(step) + 1
            run = []
