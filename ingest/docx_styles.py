"""What styles and numbering make of a paragraph of a Word document."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from ingest.blocks import BlockKind
from ingest.docx_text import NAMES, number

Element = Any  # lxml element; lxml ships no types

_HEADING = re.compile(r"(?:heading|kop|titre|überschrift)\s*([1-9])$", re.I)
_TITLE = re.compile(r"title|titel", re.I)
_CONTENTS = re.compile(r"(?:toc|inhopg|inhoudsopgave)\b.*", re.I)
_CAPTION = re.compile(r"caption|bijschrift", re.I)
_QUOTE = re.compile(r"(?:intense |duidelijk |intens )?(?:quote|citaat)", re.I)
_LIST = re.compile(r"(?:list|lijst)\s?(?:bullet|number|opsom|nummering).*", re.I)
_PLAIN = re.compile(r"normal|standaard|body text|platte tekst|default paragraph font", re.I)
_LOWEST = 6


@dataclass(frozen=True)
class Style:
    """A paragraph's kind and heading level (0: no heading); `numbering` is (numId, depth from 0)."""

    kind: BlockKind = "paragraph"
    level: int = 0
    numbering: tuple[int, int] | None = None
    name: str = ""
    dropped: str | None = None


class Styles:
    """The paragraph styles of a document, by id, with what they inherit."""

    def __init__(self, root: Element) -> None:
        self.elements = {style.get(NAMES["w:styleId"]): style for style in root.iterchildren(NAMES["w:style"])}
        self.known: dict[str | None, Style] = {}
        self.default = next((key for key, style in self.elements.items() if style.get(NAMES["w:default"]) == "1"), None)

    def of(self, paragraph: Element) -> Style:
        """Return the style of a paragraph, its own outline level and numbering included."""
        properties = paragraph.find(NAMES["w:pPr"])
        if properties is None:
            return self.named(None)
        own = properties.find(NAMES["w:pStyle"])
        style = self.named(None if own is None else own.get(NAMES["w:val"]))
        return _with_own(style, properties)

    def named(self, key: str | None, depth: int = 0) -> Style:
        """Return a style by id; a chain of styles that inherit from each other ends after ten."""
        if key not in self.known:
            element = self.elements.get(key)
            self.known[key] = Style() if element is None or depth > 10 else self._resolved(element, depth)
        return self.known[key]

    def _resolved(self, element: Element, depth: int) -> Style:
        parent, name = element.find(NAMES["w:basedOn"]), element.find(NAMES["w:name"])
        style = Style() if parent is None else self.named(parent.get(NAMES["w:val"]), depth + 1)
        shown = "" if name is None else name.get(NAMES["w:val"], "")
        style = replace(style, name="" if _PLAIN.fullmatch(shown) else shown)
        style = _by_name(style, shown)
        properties = element.find(NAMES["w:pPr"])
        return style if properties is None else _with_own(style, properties)


def _by_name(style: Style, name: str) -> Style:
    if heading := _HEADING.match(name):
        return replace(style, kind="heading", level=min(int(heading[1]), _LOWEST))
    if _TITLE.fullmatch(name):
        return replace(style, kind="heading", level=1)
    if _CONTENTS.fullmatch(name):
        return replace(style, kind="paragraph", level=0, dropped="table of contents")
    kinds: tuple[tuple[re.Pattern[str], BlockKind], ...] = (
        (_CAPTION, "caption"),
        (_QUOTE, "quote"),
        (_LIST, "list_item"),
    )
    kind = next((kind for pattern, kind in kinds if pattern.fullmatch(name)), style.kind)
    return replace(style, kind=kind)


def _with_own(style: Style, properties: Element) -> Style:
    """Return a style with the outline level and numbering that a paragraph or style sets itself."""
    outline, numbering = properties.find(NAMES["w:outlineLvl"]), properties.find(NAMES["w:numPr"])
    if outline is not None and not style.dropped:
        level = number(outline, "w:val", 9) + 1
        heading = 0 < level < 10
        style = replace(style, kind="heading" if heading else "paragraph", level=min(level, _LOWEST) if heading else 0)
    if numbering is not None:
        style = _numbered(style, numbering)
    return style


def _numbered(style: Style, numbering: Element) -> Style:
    before = style.numbering or (0, 0)
    num, depth = numbering.find(NAMES["w:numId"]), numbering.find(NAMES["w:ilvl"])
    key = before[0] if num is None else number(num, "w:val", 0)
    if key == 0:
        return replace(style, numbering=None, kind="paragraph" if style.kind == "list_item" else style.kind)
    place = (key, before[1] if depth is None else min(max(number(depth, "w:val", 0), 0), 8))
    return replace(style, numbering=place, kind="list_item" if style.kind == "paragraph" else style.kind)


@dataclass
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = "%1."


class Numbers:
    """The lists of a document; `marker` counts on with every call.

    ECMA-376 part 1, 17.9: a `num` refers to an `abstractNum`, whose levels say how numbers look; lists of the same
    `abstractNum` count on together unless they override the start.
    """

    def __init__(self, root: Element) -> None:
        self.levels: dict[int, dict[int, _Level]] = {}
        self.counters: dict[int, dict[int, int]] = defaultdict(dict)
        self.shared: dict[int, int] = {}
        if root is None:
            return
        abstract = {number(a, "w:abstractNumId", -1): _levels(a) for a in root.iterchildren(NAMES["w:abstractNum"])}
        for num in root.iterchildren(NAMES["w:num"]):
            self._add(number(num, "w:numId", 0), num, abstract)

    def _add(self, key: int, num: Element, abstract: dict[int, dict[int, _Level]]) -> None:
        refers = num.find(NAMES["w:abstractNumId"])
        base = -1 if refers is None else number(refers, "w:val", -1)
        self.levels[key] = {depth: replace(level) for depth, level in abstract.get(base, {}).items()}
        overrides = list(num.iterchildren(NAMES["w:lvlOverride"]))
        self.shared[key] = -key if overrides else base
        for override in overrides:
            start = override.find(NAMES["w:startOverride"])
            level = self.levels[key].setdefault(number(override, "w:ilvl", 0), _Level())
            level.start = level.start if start is None else number(start, "w:val", 1)

    def marker(self, key: int, depth: int) -> str | None:
        """Return the marker of the next item of list `key` at `depth` (from 0); None where none is printed."""
        if key not in self.levels:
            return None
        levels = self.levels[key]
        level = levels.get(depth, _Level())
        counters = self.counters[self.shared[key]]
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [other for other in counters if other > depth]:
            del counters[deeper]
        if level.format == "none":
            return None
        if level.format == "bullet":
            private = not level.text or "\ue000" <= level.text[0] <= "\uf8ff"  # a sign from a symbol font
            return "•" if private else level.text
        shown = level.text
        for place in range(depth, -1, -1):
            other = levels.get(place, _Level())
            shown = shown.replace(f"%{place + 1}", _figure(counters.get(place, other.start), other.format))
        return shown or None


def _levels(abstract: Element) -> dict[int, _Level]:
    found = {}
    for element in abstract.iterchildren(NAMES["w:lvl"]):
        start, form, text = (element.find(NAMES[name]) for name in ("w:start", "w:numFmt", "w:lvlText"))
        found[number(element, "w:ilvl", 0)] = _Level(
            1 if start is None else number(start, "w:val", 1),
            "decimal" if form is None else form.get(NAMES["w:val"], "decimal"),
            "" if text is None else text.get(NAMES["w:val"], ""),
        )
    return found


def _figure(value: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and value > 0:
        letter = chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 9)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < value < 4000:
        return _roman(value).upper() if form == "upperRoman" else _roman(value)
    return f"{value:02d}" if form == "decimalZero" else str(value)


def _roman(value: int) -> str:
    signs = zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "m cm d cd c xc l xl x ix v iv i".split(), strict=True
    )
    text = ""
    for worth, sign in signs:
        text += sign * (value // worth)
        value %= worth
    return text
