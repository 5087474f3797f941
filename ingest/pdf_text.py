"""PDFium's characters as lines with a place, a size and a face; the only module that talks to PDFium.

Calls per character would cost ten times what PDFium itself costs, so a line is measured by its text rectangles
and by its first and last letter. Coordinates are points, y counts down from the top of the page.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from operator import attrgetter
from typing import Any, NamedTuple

from ingest.pdf_rules import Rule, read_rules

_LINE_END = re.compile(r"\r\n|[\ufffe\x02]")  # PDFium writes U+FFFE or U+0002 for a hyphen at a line's end
_LETTER = re.compile(r"[^\W\d_]")
_INK = re.compile(r"\S")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"  +")
_HYPHENS, _TAIL = ("\ufffe", "\x02"), " .,;:-\ufffe\x02"
# A footnote call follows a word, a stop or a year; m², km² and 10³ are no calls.
_CALL = re.compile(
    r"(?:(?<=[^\W\d_]{2})(?<!\bkm)(?<!\bcm)|(?<=[.,;:?!)\]’”\"'%])|(?<=\b[12]\d{3}))"
    r"\d{1,3}(?:,\s?\d{1,3})*(?![\w%])(?: (?=[.,;:?!]))?"
)
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_ITALIC = re.compile(r"italic|oblique|kursiv", re.IGNORECASE)
_FORCE_BOLD, _SLANTED = 0x40000, 0x40  # font descriptor flags, ISO 32000-1 table 123


class Line(NamedTuple):
    """A stretch of text on one baseline. `y` is the baseline; `face` and `last_face` are "", "b", "i" or "bi".

    `notes` are the footnote calls that stood in it as raised figures. `mark` is a list marker or number that stands
    apart before the text, which then begins at `tab`. `cells` is only filled for a whole table, which takes the
    place of its lines: `y` is then the baseline of its first.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    face: str = ""
    last_face: str = ""
    notes: tuple[str, ...] = ()
    mark: str = ""
    tab: float = 0.0
    cells: tuple[tuple[str, ...], ...] = ()


_BASELINE = attrgetter("y")


class Sheet(NamedTuple):
    """One page of a PDF, or one half of a spread; `rules` are read only where there may be a table."""

    number: int
    width: float
    height: float
    lines: list[Line]
    rules: list[Rule]


def read_sheets(document: Any) -> Iterator[Sheet]:  # noqa: ANN401 - pypdfium2 ships no types
    """Yield the pages of an open `pypdfium2.PdfDocument` as they are drawn, lines in the file's own order."""
    reader = _Reader()
    for index in range(len(document)):
        page = reader.pdfium.FPDF_LoadPage(document.raw, index)
        if page:
            try:
                yield reader.sheet(page, index + 1)
            finally:
                reader.pdfium.FPDF_ClosePage(page)
        else:
            yield Sheet(index + 1, 0, 0, [], [])


def side_by_side(lines: list[Line]) -> bool:
    """Tell whether any two lines stand next to each other, so that order is more than top to bottom."""
    return next(_neighbours(lines), None) is not None


def may_hold_table(lines: list[Line]) -> bool:
    """Tell whether short pieces of text stand beside others in two rows at least; bullets do not count."""
    beside = 0
    for a, b in _neighbours(lines):
        beside += any(len(x.text) < 30 and (len(x.text) > 2 or x.text.isdigit()) for x in (a, b))
        if beside > 1:
            return True
    return False


def _neighbours(lines: list[Line]) -> Iterator[tuple[Line, Line]]:
    for a, b in pairwise(sorted(lines, key=_BASELINE)):
        if b.y - a.y < 0.5 * a.size and (b.x0 > a.x1 or a.x0 > b.x1):
            yield a, b


class _Reader:
    """The buffers that PDFium fills, made once, and the page at hand."""

    def __init__(self) -> None:
        import pypdfium2.raw

        self.pdfium = pypdfium2.raw
        self.box = [ctypes.c_double() for _ in range(4)]
        self.matrix = self.pdfium.FS_MATRIX()
        self.name, self.flags = ctypes.create_string_buffer(256), ctypes.c_int()
        self.faces: dict[tuple[bytes, int], str] = {}

    def sheet(self, page: Any, number: int) -> Sheet:  # noqa: ANN401
        area = self.pdfium.FS_RECTF()
        self.pdfium.FPDF_GetPageBoundingBox(page, area)
        self.left, self.top, self.right, self.bottom = area.left, area.top, area.right, area.bottom
        self.turn = self.pdfium.FPDFPage_GetRotation(page)
        width, height = area.right - area.left, area.top - area.bottom
        self.text_page = self.pdfium.FPDFText_LoadPage(page)
        self.uprights: list[Rule] = []
        try:
            lines = self.lines()
            rules = list(read_rules(self.pdfium, page, self.place)) if may_hold_table(lines) else []
            self.uprights = sorted(rule for rule in rules if rule.y1 - rule.y0 > max(rule.x1 - rule.x0, 6))
            if len({round(rule.x0 / 4) for rule in self.uprights}) > 2:
                lines = self.lines()  # cells may stand closer together than words do: cut at the rules as well
        finally:
            self.pdfium.FPDFText_ClosePage(self.text_page)
        return Sheet(number, *((height, width) if self.turn % 2 else (width, height)), lines, rules)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point in PDF space as it is seen: turned by the page's rotation, y counted from the top."""
        if self.turn == 0:
            return x - self.left, self.top - y
        if self.turn == 1:
            return y - self.bottom, x - self.left
        return (self.right - x, y - self.bottom) if self.turn == 2 else (self.top - y, self.right - x)

    def lines(self) -> list[Line]:
        self.found: list[Line] = []
        text = self.page_text()
        start = 0
        for match in _LINE_END.finditer(text):
            hyphen = match.end() - match.start() == 1
            self.line(text, start, match.end() if hyphen else match.start())
            start = match.end()
        self.line(text, start, len(text))
        return self.found

    def page_text(self) -> str:
        """Return the page's text with exactly one character for each of PDFium's."""
        count = max(self.pdfium.FPDFText_CountChars(self.text_page), 0)
        buffer = (ctypes.c_ushort * (2 * count + 2))()
        units = self.pdfium.FPDFText_GetText(self.text_page, 0, count, buffer) - 1
        text = bytes(buffer)[: 2 * max(units, 0)].decode("utf-16-le", "replace")
        if len(text) == count:
            return text
        # PDFium left characters out, or gives some as the two halves of UTF-16: ask one by one.
        codes = (self.pdfium.FPDFText_GetUnicode(self.text_page, index) for index in range(count))
        return "".join(chr(code) if code else " " for code in codes)

    def line(self, text: str, start: int, end: int) -> None:
        """Add what stands on one line of PDFium's, cut where the gap is too wide for a space between words."""
        at = _first_ink(text, start, end)
        boxes = self.boxes(start, end - start) if at is not None else []
        if at is None or not boxes:
            return
        size, y = self.measure(at) if len(boxes) == 1 else self.measure_mixed(text, at, end)
        x0, right = boxes[0]
        pieces = []
        for left, next_right in boxes[1:]:
            gap, back = left - right, right - next_right > 2 * size
            if back or gap > 0.9 * size or (self.uprights and gap > 0.1 * size and self.ruled_off(right, left, y)):
                cut = self.jump(start, end) if back else self.char_at(left, start, end)
                if cut > start:
                    pieces.append((start, cut, x0, right))
                    start, x0 = cut, left
            right = next_right
        for piece in pieces:
            self.add(text, *piece)
        plain = len(boxes) == 1  # one text object: one font, one size
        self.add(text, start, end, x0, right, (at, size, y) if plain else None)

    def boxes(self, start: int, count: int) -> list[tuple[float, float]]:
        """Return (left, right) of every text rectangle in a range of characters, in the order of the text."""
        left, top, right, bottom = self.box
        page, get = self.text_page, self.pdfium.FPDFText_GetRect
        found = []
        for index in range(self.pdfium.FPDFText_CountRects(page, start, count)):
            get(page, index, left, top, right, bottom)
            if self.turn:
                a, b = self.place(left.value, top.value)[0], self.place(right.value, bottom.value)[0]
                found.append((min(a, b), max(a, b)))
            else:
                found.append((left.value - self.left, right.value - self.left))
        return found

    def ruled_off(self, x0: float, x1: float, y: float) -> bool:
        """Tell whether an upright rule separates `x0` from `x1` at the height of a baseline."""
        between = self.uprights[bisect_left(self.uprights, (x0 - 1,)) : bisect_left(self.uprights, (x1 + 1,))]
        return any(rule.y0 < y < rule.y1 + 1 for rule in between)

    def char_at(self, x: float, start: int, end: int) -> int:
        """Return the first character in [start, end) that does not begin left of `x`."""
        step = 2  # most cuts come soon, behind a list marker
        while start + step < end and self.begin(start + step) < x - 0.1:
            step *= 2
        return bisect_left(range(start, min(start + step, end)), x - 0.1, key=self.begin) + start

    def jump(self, start: int, end: int) -> int:
        """Return the first character in [start, end) that begins left of the one before it."""
        return next((i for i in range(start + 1, end) if self.begin(i) < self.begin(i - 1) - 1), start)

    def begin(self, index: int) -> float:
        left, right, bottom, top = self.box
        self.pdfium.FPDFText_GetCharBox(self.text_page, index, left, right, bottom, top)
        if self.turn:
            return min(self.place(left.value, top.value)[0], self.place(right.value, bottom.value)[0])
        return float(left.value) - float(self.left)

    def add(
        self, text: str, start: int, end: int, x0: float, x1: float, known: tuple[int, float, float] | None = None
    ) -> None:
        """Add the characters [start, end) as a line; (first letter, its size, its y) come along where `known`."""
        at = known[0] if known else _first_ink(text, start, end)
        if at is None:
            return
        size, y = known[1:] if known else self.measure_mixed(text, at, end)
        face = self.face(at)
        shown = text[start:end].strip()
        notes: tuple[str, ...] = ()
        if not known and _DIGIT.search(shown):
            raw, notes = self.without_calls(text[start:end], start, size, y)
            shown = raw.strip()
        if "  " in shown:
            shown = _SPACES.sub(" ", shown)
        if shown[-1:] in _HYPHENS:
            shown = shown[:-1] + "-"
        if not shown.isprintable():
            shown = _clean(shown)
        # Where a line begins in plain type its end does not matter: it is neither a heading nor part of one.
        last = face if known or not face else self.face(start + len(text[start:end].rstrip(_TAIL)) - 1)
        self.found.append(Line(shown, x0, x1, y, size, face, last, notes))

    def measure(self, index: int) -> tuple[float, float]:
        """Return (size, y of the baseline) of a character as it is seen, by its font size and text matrix."""
        matrix = self.matrix
        self.pdfium.FPDFText_GetMatrix(self.text_page, index, matrix)
        scale = hypot(matrix.b, matrix.d) or 1.0
        size = round(self.pdfium.FPDFText_GetFontSize(self.text_page, index) * scale * 4) / 4 or 1.0
        return size, self.place(matrix.e, matrix.f)[1]

    def measure_mixed(self, text: str, at: int, end: int) -> tuple[float, float]:
        """Measure a line of several text objects: one of them may be a footnote call, or a word in another type."""
        first, middle = self.measure(at), self.measure(_first_ink(text, (at + end) // 2, end) or at)
        return max(first, middle)

    def face(self, index: int) -> str:
        self.pdfium.FPDFText_GetFontInfo(self.text_page, index, self.name, 256, self.flags)
        key = self.name.value, self.flags.value
        if key not in self.faces:
            name = key[0].decode("utf-8", "replace")
            bold = "b" if _BOLD.search(name) or key[1] & _FORCE_BOLD else ""
            self.faces[key] = bold + ("i" if _ITALIC.search(name) or key[1] & _SLANTED else "")
        return self.faces[key]

    def without_calls(self, raw: str, start: int, size: float, y: float) -> tuple[str, tuple[str, ...]]:
        """Take footnote calls out: figures after a word or stop that are smaller than the line and raised."""
        notes: list[str] = []
        for match in reversed(list(_CALL.finditer(raw))):
            at = start + match.start()
            own_size, own_y = self.measure(at)
            if own_size < 0.85 * size and own_y < y - 0.1 * size:
                raw = raw[: match.start()] + raw[match.end() :]
                notes.insert(0, match.group().strip())
        return raw, tuple(notes)


def _clean(text: str) -> str:
    """Join the halves of characters beyond U+FFFF, and leave control characters out."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(char if char >= " " else " " for char in whole if char >= " " or char.isspace())


def _first_ink(text: str, start: int, end: int) -> int | None:
    """Return where the first letter stands, or else the first visible character: it shows what the text looks like."""
    found = _LETTER.search(text, start, end) or _INK.search(text, start, end)
    return found.start() if found else None
