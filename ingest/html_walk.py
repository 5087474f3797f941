"""One walk over the DOM: every piece of visible text becomes a `Node`, with what its surroundings say about it.

The walk judges nothing. It notes in which parts of the page a text stands (navigation, form, teaser, …), whether it
is hidden, and to which comment it belongs; `ingest.html_region` decides what is kept.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lxml.etree import XPath

from ingest import html_signs as signs
from ingest.html_comments import details
from ingest.html_gather import Gatherer, Node, Run
from ingest.html_signs import NOTHING, Mark, mark_of
from ingest.html_tables import marker, rows, shape

Element = Any  # lxml.html.HtmlElement; lxml ships no types

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre search section summary table tbody"
    " thead tfoot tr td th caption ul".split()
)
# A list item that holds one of these is walked through; any other is one block.
_STRUCTURE = (*_HEADINGS, *"ul ol dl table details blockquote article section figure figcaption".split())
# Elements whose text is one run: what is marked inside them does not break it up.
_RUNS = frozenset({"p", "li", "td", "th", "dt", "summary", "caption", "figcaption", "pre", *_HEADINGS})
_GLUED = re.compile(r"[\d%)!?.:;][^\W\d_]|[^\W\d_][\d€]|[a-zà-ÿ][A-Z]")
_SHORT_LINE = 80
_LINES = re.compile(r"\n+")
_HAS_CAPTION = XPath("boolean(.//*[contains(@class, 'caption')])")


def walk(body: Element) -> list[Node]:
    """Return all text below `body` as nodes, in document order.

    Menus, footers and the like come as one node each, and are taken out of the tree.
    """
    walker = _Walker()
    walker.element(body)
    walker.flush()
    for element in walker.furniture:
        element.drop_tree()
    return walker.nodes


class _Walker(Gatherer):
    """One method per kind of element."""

    def element(self, element: Element) -> None:
        """Walk one element."""
        tag = element.tag
        if tag == "br":
            self.run.pieces.append("\n")
        elif isinstance(tag, str) and tag not in signs.SKIPPED:
            mark = mark_of(tag, element.items())
            if tag in _BLOCKS:
                self.block(element, tag, mark)
            elif mark.hidden:
                self.aside(element, mark)
            elif tag == "button" or mark.trigger:
                self.button(element, mark)
            elif not self.in_run and (mark.zone or mark.label):
                self.in_link += tag == "a"
                self.block(element, tag, mark)
                self.in_link -= tag == "a"
            else:
                self.inline(element, tag)

    def inline(self, element: Element, tag: str) -> None:
        """Walk an element that does not break the line."""
        run = self.run
        if tag == "time" and not run.datetime:
            run.datetime = element.get("datetime") or ""
        previous = element.getprevious()
        if previous is not None and not previous.tail and tag not in ("sub", "sup"):
            self.unglue(element)
        before = len(run.pieces)
        self.in_link += tag == "a"
        if (number := _counted_to(element)) is not None:
            self.add(number)
        else:
            self.children(element)
        self.in_link -= tag == "a"
        if tag in ("strong", "b") and self.run is run and not any(map(str.strip, islice(run.pieces, before))):
            run.bold = len("".join(run.pieces).strip())

    def unglue(self, element: Element) -> None:
        """Put a space between two inline elements that only the style sheet keeps apart ("25" and "leden")."""
        pieces = self.run.pieces
        if pieces and element.text and len(pieces[-1]) > 1 and _GLUED.match(pieces[-1][-1] + element.text[0]):
            pieces.append(" ")

    def aside(self, element: Element, mark: Mark) -> None:
        """Walk an inline element apart that is no part of the text around it."""
        outer, self.run = self.run, Run()
        previous, self.separator = self.separator, None
        item, self.item = self.item, None
        self.opened(element, mark, self.children)
        self.separator, self.item, self.run = previous, item, outer

    def opened(self, element: Element, mark: Mark, then: Any) -> None:  # noqa: ANN401 - a bound method
        """Walk `element` as a block: what comes before and after it stands apart."""
        self.flush()
        self.path.append(element)
        if mark is not NOTHING:
            self.marks.append((mark, element))
        label = self.label
        then(element)
        self.flush()
        if then != self.term:  # the name of a field holds for what stands beside it, not beyond
            self.label = label
        self.path.pop()
        if mark is not NOTHING:
            self.marks.pop()

    def block(self, element: Element, tag: str, mark: Mark) -> None:
        """Walk a block-level element by the rule for its tag."""
        if self.separator is not None:
            self.run.pieces.append(self.separator)
            self.children(element)
            self.run.pieces.append(self.separator)
            return
        if tag == "footer" and self.quotes:
            mark = NOTHING  # there it names who is quoted
        if mark.zone in signs.FURNITURE and (lines := _short_lines(element)):
            self.furniture.append(element)
            self.opened(element, mark, lambda _: self.emit("paragraph", "\n".join(lines), Run()))
            return
        comment = self.comment
        if mark.comment and not (comment and "comment-body" in (element.get("class") or "")):
            self.comments += 1
            self.comment = details(element, comment, self.comments)
        in_run = self.in_run
        self.in_run += tag in _RUNS
        self.opened(element, mark, self.rule(element, tag, mark))
        self.in_run, self.comment = in_run, comment

    def rule(self, element: Element, tag: str, mark: Mark) -> Any:  # noqa: ANN401 - a bound method
        """Return the method that walks this element."""
        special = None if mark.comment else _RULES.get(tag)
        if special is not None:
            return getattr(self, special)
        if element.get("role") == "heading":
            return self.heading
        if mark.trigger and not any(True for _ in element.iter(*_HEADINGS, "ul", "p")):
            return self.summary
        if mark.label and element.getnext() is not None and not len(element):
            return self.term
        return self.caption if mark.caption and tag != "figure" else self.children

    def heading(self, element: Element) -> None:
        """Emit a heading with its level."""
        run = self.capture(element, " ")
        level = element.get("aria-level") or ""
        number = _HEADINGS.get(element.tag) or (int(level) if level in set("123456") else 2)
        self.heading_level = number
        if text := run.text().strip("#¶ "):
            self.emit("heading", text, run, level=number)

    def summary(self, element: Element) -> None:
        """Emit what opens a panel as a heading one level below the last real one."""
        inner = next(element.iter(*_HEADINGS), None)
        run = self.capture(element, " ")
        level = _HEADINGS[inner.tag] if inner is not None else min(self.heading_level + 1, 6)
        if text := run.text():
            self.emit("heading", text, run, level=level)

    def button(self, element: Element, mark: Mark) -> None:
        """Walk a button: the title of a panel, part of a heading, or a control of the page."""
        control = mark if mark.zone else Mark(zone=signs.FORM)
        if mark.trigger:
            self.inline(element, "button") if self.in_run else self.opened(element, mark, self.summary)
        elif self.in_run:
            self.aside(element, control)
        else:
            self.opened(element, control, self.children)

    def list_(self, element: Element) -> None:
        """Walk a list; the depth of its items is the number of lists around them."""
        self.lists += 1
        self.children(element)
        self.lists -= 1

    def list_item(self, element: Element) -> None:
        """Emit a plain item as one block; walk through one that holds headings, lists or tables."""
        parent = element.getparent()
        number, self.numbers[parent] = marker(element, self.numbers.get(parent))
        level = max(self.lists, 1)
        if next(element.iter(*_STRUCTURE), None) is None and not _HAS_CAPTION(element):
            run = self.capture(element, "\n")
            text = re.sub(r"\n+", "\n", run.text())
            if text.strip():
                self.emit("list_item", text, run, level=level, number=number)
            return
        outer, self.item = self.item, (number, level)
        self.children(element)
        self.flush()
        self.item = outer

    def term(self, element: Element) -> None:
        """Emit the name of a field; what follows belongs to it."""
        run = self.capture(element, " ")
        if text := run.text():
            self.emit("label", text, run)
            self.label = text.rstrip(": ")

    def caption(self, element: Element) -> None:
        """Emit a caption."""
        outer, self.kind = self.kind, "caption"
        self.children(element)
        self.flush()
        self.kind = outer

    def quote(self, element: Element) -> None:
        """Walk a quotation."""
        self.quotes += 1
        self.children(element)
        self.flush()
        self.quotes -= 1

    def pre(self, element: Element) -> None:
        """Walk text whose white space counts."""
        self.preformatted = True
        self.children(element)
        self.flush()
        self.preformatted = False

    def table(self, element: Element) -> None:
        """Emit a table of data with its cells; walk through one that only lays out the page."""
        form = shape(element)
        if form == "layout":
            self.children(element)
        elif form == "record":
            self.fields_of(element)
        else:
            self.data(element)

    def data(self, element: Element) -> None:
        """Emit a table as one block; its caption comes first."""
        for caption in element.findall("caption"):
            self.opened(caption, NOTHING, self.caption)
        whole = Run()
        cells = []
        for row in rows(element):
            texts = []
            for cell in row:
                run = self.capture(cell, " ") if cell is not None else Run()
                whole.linked += run.linked
                texts.append(_LINES.sub("\n" if cell is not None and cell.tag == "td" else " ", run.text()))
            if any(texts):
                cells.append(tuple(texts))
        if cells:
            text = "\n".join("\t".join(row) for row in cells)
            self.emit("table", text, whole, cells=tuple(cells))

    def fields_of(self, element: Element) -> None:
        """Walk a table of two columns, name and value, as labelled fields."""
        for name, value in rows(element):
            self.opened(name, NOTHING, self.term)
            self.opened(value, NOTHING, self.children)


_RULES = {
    **dict.fromkeys(_HEADINGS, "heading"),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), "list_"),
    **dict.fromkeys(("caption", "figcaption"), "caption"),
    "li": "list_item",
    "dt": "term",
    "summary": "summary",
    "blockquote": "quote",
    "pre": "pre",
    "table": "table",
}


def _counted_to(element: Element) -> str | None:
    """Return the number that a counter ends at, where the page shows nothing or 0 until a script counts up to it."""
    if (element.text or "").strip() not in ("", "0") or len(element):
        return None
    numbers = (element.get(name) or "" for name in ("data-to-value", "data-count", "data-target", "data-counter"))
    return next((number for number in numbers if re.fullmatch(r"[0-9][0-9.,]*", number)), None)


def _short_lines(element: Element) -> list[str]:
    """Return the lines of an element that holds nothing but short lines; nothing where the page's text may be in it."""
    if next(element.iter("main", "article", "h1"), None) is not None:
        return []
    lines = []
    for text in element.itertext():
        if line := " ".join(text.split()):
            if len(line) > _SHORT_LINE:
                return []
            lines.append(line)
    return lines
