"""What trafilatura takes for the text of a page, found back among the nodes of our own walk."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ingest.html_gather import Node

Element = Any  # lxml.html.HtmlElement

LONG, EXACT = 80, 20  # characters: a whole paragraph; enough to recognise a text by
_WINDOW = 20_000  # characters around the last find in which the next one is sought


def chosen_text(tree: Element) -> str:
    """Return the running text of the page, as trafilatura finds it."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Extractor

    options = Extractor(fast=True, comments=False)
    options.min_output_size = 0  # a short page is a page too
    body = getattr(bare_extraction(tree, options=options), "body", None)
    return "" if body is None else "".join(body.itertext())


class Choice:
    """Which nodes were chosen, and how much of the chosen text each element holds; an index is a place in `nodes`.

    `keys` are the texts without white space, `copies` says which hidden texts also stand where they can be seen.
    """

    def __init__(self, nodes: list[Node], text: str) -> None:
        self.nodes = nodes
        self.keys = [_squeeze(node.text) for node in nodes]
        self.hidden = [says(node, "hidden") for node in nodes]
        self.copies = self._copies()
        self.chosen = self._chosen(_squeeze(text))
        self.weight, self.total = self._weighed()

    def _copies(self) -> list[bool]:
        """Say which texts that are not shown, or only on small screens, also stand where all can see them."""
        aside = [hidden or says(node, "mobile") for node, hidden in zip(self.nodes, self.hidden, strict=True)]
        if not any(aside):
            return aside
        visible = "".join(key for key, out in zip(self.keys, aside, strict=True) if not out)
        return [out and self._stands_in(index, visible) for index, out in enumerate(aside)]

    def _stands_in(self, index: int, text: str) -> bool:
        cells = [_squeeze(cell) for row in self.nodes[index].cells for cell in row if cell] or [self.keys[index]]
        return sum(cell in text for cell in cells) >= 0.9 * len(cells)

    def _chosen(self, text: str) -> list[bool]:
        """Find the nodes in the chosen text; each stretch stands for one node, a visible one if there is one."""
        found, taken, cursor = [False] * len(self.nodes), set[int](), 0
        for index in sorted(range(len(self.nodes)), key=lambda i: self.hidden[i] or self.copies[i]):
            key = self.keys[index]
            for part in (key, key[:LONG], key[-LONG:]) if len(key) > LONG else (key,):
                at = _find(text, part, cursor, taken)
                if at >= 0:
                    taken.add(at)
                    found[index], cursor = True, at + len(part)
                    break
        return found

    def _weighed(self) -> tuple[Counter[Element], int]:
        """Return how many chosen characters stand in each element, and how many there are."""
        weight: Counter[Element] = Counter()
        total = 0
        for node, key, chosen in zip(self.nodes, self.keys, self.chosen, strict=True):
            if chosen and len(key) >= EXACT:
                total += len(key)
                for element in node.path:
                    weight[element] += len(key)
        return weight, total


def says(node: Node, sign: str) -> bool:
    """Say whether an element on the node's path carries a sign (a field of `ingest.html_signs.Mark`)."""
    return any(getattr(mark, sign) for mark, _ in node.marks)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _find(text: str, part: str, cursor: int, taken: set[int]) -> int:
    """Find `part` from `cursor` on (a short one only nearby), else before it; not where another node was found."""
    short = len(part) < EXACT
    stretches = ((cursor, cursor + 200),) if short else ((cursor, cursor + _WINDOW), (max(cursor - _WINDOW, 0), cursor))
    for start, end in stretches:
        at = text.find(part, start, end)
        while at in taken:
            at = text.find(part, at + 1, end)
        if at >= 0:
            return at
    return -1
