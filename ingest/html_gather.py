"""Text on its way from the DOM to blocks: what is gathered at the place where a walk stands, and emitted from there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ingest.blocks import BlockKind
from ingest.html_signs import Mark, labelled

Element = Any  # lxml.html.HtmlElement; lxml ships no types

_WHITE = " \t\n\r\f"  # what HTML collapses; a no-break space is not among it
_SPACE = re.compile(f"[{_WHITE}]+")
_SPACES = re.compile(r" {2,}")
_AROUND_BREAK = re.compile(r" ?\n ?")
_EMPTY_LINE = re.compile(r"\n{2,}")


@dataclass(slots=True)
class Node:
    """A block in the making. `path` runs from the body to the element that holds the text.

    `marks` are what the elements on the path say (outermost first); `linked` is the number of characters of `text`
    that stand in links.
    """

    kind: BlockKind
    text: str
    path: tuple[Element, ...]
    marks: tuple[tuple[Mark, Element], ...]
    linked: int = 0
    level: int = 0
    number: str | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    attrs: dict[str, str] = field(default_factory=dict)


class Run:
    """Inline text being gathered until a block begins or ends."""

    __slots__ = ("bold", "datetime", "linked", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.linked = 0
        self.bold = 0
        self.datetime = ""

    def text(self) -> str:
        """Return the text so far, with single spaces and with the line breaks that the page states."""
        text = "".join(self.pieces)
        if "  " in text:
            text = _SPACES.sub(" ", text)
        if "\n" in text:
            text = _AROUND_BREAK.sub("\n", text)
        return text.strip(" \n")


class Gatherer:
    """The state of one walk: what is open at the place where it stands, and the nodes so far."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.run = Run()
        self.path: list[Element] = []
        self.marks: list[tuple[Mark, Element]] = []
        self.separator: str | None = None  # set while the text of one block is gathered whole
        self.in_link = 0
        self.in_run = 0
        self.quotes = 0
        self.lists = 0
        self.heading_level = 1
        self.item: tuple[str | None, int] | None = None
        self.label: str | None = None
        self.kind: BlockKind = "paragraph"
        self.comment: dict[str, str] = {}
        self.preformatted = False
        self.numbers: dict[Element, int] = {}
        self.comments = 0
        self.furniture: list[Element] = []

    def add(self, text: str) -> None:
        """Add inline text; white space collapses as it does on the page."""
        run = self.run
        if self.preformatted:
            text = text.replace("\r\n", "\n")
        elif not text.strip(_WHITE):
            text = " " if run.pieces else ""
        else:
            text = _SPACE.sub(" ", text)
        if text:
            run.pieces.append(text)
            run.linked += len(text) if self.in_link else 0

    def flush(self) -> None:
        """End the running block; an empty line (two line breaks) divides it into paragraphs."""
        if self.separator is not None:
            self.run.pieces.append(self.separator)
            return
        if not self.run.pieces:
            return
        run, self.run = self.run, Run()
        if self.preformatted:
            parts = ["".join(run.pieces).strip("\n")]
        else:
            parts = [part.strip(" ") for part in _EMPTY_LINE.split(run.text())]
        for part in parts:
            if part.strip():
                self.emit_text(part, run)
                run.bold = 0

    def emit_text(self, text: str, run: Run) -> None:
        """Emit a paragraph, or whatever the place where it stands makes of it."""
        kind, level, number = self.kind, 0, None
        if self.item is not None and kind == "paragraph":
            (number, level), kind, self.item = self.item, "list_item", None
        elif self.quotes and kind == "paragraph":
            kind = "quote"
        self.emit(kind, text, run, level=level, number=number)

    def emit(self, kind: BlockKind, text: str, run: Run, **more: Any) -> Node:  # noqa: ANN401 - fields of Node
        """Append a node for `text` at the place where the walk stands."""
        element = self.path[-1]
        attrs = {
            "tag": element.tag,
            **{key: element.get(key) for key in ("id", "class") if element.get(key)},
            **self.comment,
        }
        if run.datetime:
            attrs["datetime"] = run.datetime
        label, value = labelled(text, run.bold)
        if label and value:
            attrs.update(label=label, value=value)
        elif self.label and kind != "label":
            attrs.update(label=self.label, value=text)
        node = Node(kind, text, tuple(self.path), tuple(self.marks), run.linked, attrs=attrs, **more)
        self.nodes.append(node)
        return node

    def capture(self, element: Element, separator: str) -> Run:
        """Return all text below `element` as one run; blocks inside it are joined by `separator`."""
        outer, self.run = self.run, Run()
        previous, self.separator = self.separator, separator
        self.in_run += 1
        self.children(element)
        self.in_run -= 1
        self.separator = previous
        captured, self.run = self.run, outer
        return captured

    def children(self, element: Element) -> None:
        """Walk the content of `element`."""
        if element.text:
            self.add(element.text)
        for child in element:
            self.element(child)
            if child.tail:
                self.add(child.tail)

    def element(self, element: Element) -> None:
        """Walk one element: the walker's own rules."""
        raise NotImplementedError
