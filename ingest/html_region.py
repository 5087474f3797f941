"""What is kept of a page: trafilatura finds the text, its place in the DOM decides about what stands around it.

trafilatura is good at finding the running text and poor at keeping its headings, lists, tables and cards. So its
answer is only used to see *where* the text stands: the smallest element that holds nearly all of it is the root, and
the `<main>` or `<article>` around that is the region. Within the region everything is kept that no sign (see
`ingest.html_signs`) speaks against and that is not mostly links. The shares below were chosen on the pages of the
article-extraction-benchmark; `tests/test_extraction_gate.py` holds them there.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import Any

from ingest import html_signs as signs
from ingest.html_cards import Cards
from ingest.html_chosen import EXACT, LONG, Choice, says
from ingest.html_gather import Node

Element = Any  # lxml.html.HtmlElement

_ROOT_SHARE = 0.9  # of the chosen text, that the root holds
_SIGN_SHARE = 0.3  # of the chosen text, from which on a sign is wrong: no menu holds a third of it
_GROWTH = 0.7  # as much text again around the root makes a wider one
_LINKED = 0.8  # of a block, makes it a link
_LINKS = 0.3  # of a part of the page, makes it navigation
_TITLE_ABOVE = 2  # levels: how far outside the root the title may stand
_CUT_OFF = re.compile(r"(?:\.\.\.|…)\]?\s*(?:(?:lees )?(?:meer|verder)|(?:read )?more)?$", re.I)
_MAIN = re.compile(
    r"^(?:page-?|site-?)?(?:main|content|inhoud|hoofdinhoud)(?:-?(?:content|inhoud|wrapper|area))?$", re.I
)


def reasons(nodes: list[Node], chosen: str) -> list[str | None]:
    """Return for each node why it is left out of the text, or None where it is kept.

    `chosen` is the running text of the page (`chosen_text`); without it all is judged by the signs alone.
    """
    return _Page(nodes, chosen).reasons() if nodes else []


class _Page(Choice):
    """Where the text of one page stands, and the verdict on each of its nodes."""

    def __init__(self, nodes: list[Node], text: str) -> None:
        super().__init__(nodes, text)
        self.zones = [self._zone(node) for node in nodes]
        self._mark_teasers()
        self.cards = Cards(self.weight, self.total)
        self.root = self._grown(self._smallest())
        self.region, self.named = _widest(self.root)
        self.inside = self._inside()
        self._take_in_title()

    def reasons(self) -> list[str | None]:
        """Return the verdict on every node."""
        core = [i for i in range(len(self.nodes)) if self.inside[i] and self.chosen[i] and self._is_core(i)]
        span = range(core[0], core[-1]) if core else range(len(self.nodes))
        seen = {part for index in core for part in (self.keys[index], self.keys[index][:LONG])}
        return self._without_empty_sections(
            [self._verdict(index, index in span, seen) for index in range(len(self.nodes))]
        )

    def _is_core(self, index: int) -> bool:
        return len(self.keys[index]) >= EXACT and not self._is_link(index)

    def _is_link(self, index: int) -> bool:
        return self.nodes[index].linked >= _LINKED * len(self.nodes[index].text)

    def _zone(self, node: Node) -> str | None:
        """Return the part of the page that a node stands in, by the outermost sign that can be right."""
        own = "comment" in node.attrs
        found = [mark.zone for mark, element in node.marks if mark.zone and self._can_be(element)]
        if node.kind == "label" or "label" in node.attrs:
            found = [zone for zone in found if zone != signs.SIDEBAR]  # a record's fields often stand beside its text
        for zone in found:
            about_page = own or zone != signs.METADATA or not signs.is_about_a_thing(node.text)
            if zone != signs.COMMENTS and about_page:
                return signs.METADATA if own else zone
        return signs.COMMENTS if signs.COMMENTS in found and not own else None

    def _can_be(self, element: Element) -> bool:
        return not self.total or self.weight[element] < _SIGN_SHARE * self.total

    def _mark_teasers(self) -> None:
        """Take what follows a heading like "Lees ook" for teasers, as far as the element around it goes."""
        for index, node in enumerate(self.nodes):
            if node.kind == "heading" and len(node.path) > 1 and self._announces(index):
                below = self._below(index, node.path[-2])
                if sum(len(self.keys[i]) for i in below if self.chosen[i]) <= _SIGN_SHARE * self.total:
                    for i in below:
                        self.zones[i] = self.zones[i] or signs.TEASER

    def _announces(self, index: int) -> bool:
        if self.zones[index]:
            return self.zones[index] == signs.TEASER
        return bool(signs.TEASER_HEADING.match(self.nodes[index].text))

    def _below(self, index: int, parent: Element) -> list[int]:
        """Return the places of a heading and of what it stands above within `parent`."""
        below = [index]
        for place in range(index + 1, len(self.nodes)):
            node = self.nodes[place]
            rival = node.kind == "heading" and node.level <= self.nodes[index].level and node.path[-2] is parent
            if rival or parent not in node.path:
                break
            below.append(place)
        return below

    # --- where it stands --------------------------------------------------------------------------------------

    def _smallest(self) -> tuple[Element, ...]:
        """Return the path to the smallest element that holds nearly all of the chosen text."""
        best: tuple[Element, ...] = self.nodes[0].path[:1]
        for node, chosen in zip(self.nodes, self.chosen, strict=True):
            if chosen and self.total:
                depth = sum(self.weight[element] >= _ROOT_SHARE * self.total for element in node.path[:-1])
                if depth > len(best):
                    best = node.path[:depth]
        return best

    def _grown(self, root: tuple[Element, ...]) -> tuple[Element, ...]:
        """Return the path to a wider root where trafilatura stopped at the first of several columns of text."""
        fresh = Counter[int]()
        for index, node in enumerate(self.nodes):
            shared = _shared(node.path, root)
            if shared < len(root) and self._is_text(index, node.path[shared - 1]):
                fresh[shared] += len(self.keys[index])
        more = 0
        for depth in range(len(root) - 1, 0, -1):
            more += fresh[depth]
            if more > _GROWTH * self.total:
                return root[:depth]
        return root

    def _is_text(self, index: int, region: Element) -> bool:
        node = self.nodes[index]
        plain = not self.zones[index] and not self.hidden[index] and "comment" not in node.attrs
        return plain and node.linked < _LINKS * len(node.text) and not self.cards.hold(node, region)

    def _inside(self) -> list[bool]:
        """Say which nodes stand in the root, or beside it in a part of the region that is not mostly links."""
        depth = self.root.index(self.region) + 1
        groups: dict[Element, list[int]] = {}
        inside = [False] * len(self.nodes)
        for index, node in enumerate(self.nodes):
            shared = _shared(node.path, self.root)
            if shared == len(self.root):
                inside[index] = True
            elif shared >= depth and not self.zones[index]:
                groups.setdefault(node.path[min(shared, len(node.path) - 1)], []).append(index)
        for members in groups.values():
            if self._belongs([self.nodes[index] for index in members]):
                for index in members:
                    inside[index] = True
        return inside

    def _belongs(self, part: list[Node]) -> bool:
        """Say whether a part of the page beside the root is text; outside a named region it has to show structure."""
        if not self.named and not any(node.kind in ("table", "list_item", "label") for node in part):
            return False
        return sum(node.linked for node in part) <= _LINKS * sum(len(node.text) for node in part)

    def _take_in_title(self) -> None:
        """Take in the page's only main heading where it stands just outside the region, as above columns."""
        places = [i for i, node in enumerate(self.nodes) if node.kind == "heading" and node.level == 1]
        if len(places) == 1 and not self.zones[places[0]] and not self._is_link(places[0]):
            above = len(self.root) - _shared(self.nodes[places[0]].path, self.root)
            self.inside[places[0]] = self.inside[places[0]] or above <= _TITLE_ABOVE

    # --- what is kept -----------------------------------------------------------------------------------------

    def _verdict(self, index: int, amid: bool, seen: set[str]) -> str | None:
        """Return why a node is left out; `amid` says that chosen text stands before and after it."""
        node, key = self.nodes[index], self.keys[index]
        if self.zones[index] or self.copies[index]:
            return self.zones[index] or signs.HIDDEN_COPY
        if "comment" in node.attrs:
            return signs.METADATA if _is_heading_of_comment(node) else None
        if not self.inside[index] or (node.kind == "caption" and self.root[-1] not in node.path):
            return signs.OUTSIDE
        linked = self._is_link(index)
        if linked and _CUT_OFF.search(node.text):
            return signs.TEASER
        if linked and node.kind != "heading" and not (amid and node.kind == "list_item"):
            return signs.LINK
        if node.kind != "heading" and (line := self._line(node)):
            return line
        if self.hidden[index] and not says(node, "panel") and (len(key) < LONG or not self.chosen[index]):
            return signs.HIDDEN
        if not self.chosen[index] and self._repeats(index, seen):
            return signs.DUPLICATE
        return signs.TEASER if self.cards.hold(node, self.region) else None

    def _repeats(self, index: int, seen: set[str]) -> bool:
        """Say whether the text of a node, or its start, was seen before; two things may share a room or a rating."""
        text, key = self.nodes[index].text, self.keys[index]
        if len(key) > EXACT and (key in seen or (_CUT_OFF.search(text) and key[:LONG] in seen)):
            return not signs.is_about_a_thing(text)
        seen.update((key, key[:LONG]))
        return False

    def _line(self, node: Node) -> str | None:
        linked = node.linked > _LINKS * len(node.text)
        return signs.line_of(node.text, dated="datetime" in node.attrs, linked=linked)

    def _without_empty_sections(self, verdicts: list[str | None]) -> list[str | None]:
        """Leave out each heading under which something stood and nothing is kept."""
        kept, lost = [False] * 7, [None] * 7  # type: list[bool], list[str | None]
        for index in range(len(self.nodes) - 1, -1, -1):
            node, verdict = self.nodes[index], verdicts[index]
            if self.region not in node.path or verdict == signs.METADATA or "comment" in node.attrs:
                continue
            top = 7
            if node.kind == "heading":
                top = node.level
                if verdict is None and top > 1 and not kept[top] and (lost[top] or self._is_link(index)):
                    verdict = verdicts[index] = lost[top] or signs.LINK
                kept[top:], lost[top:] = [False] * (7 - top), [None] * (7 - top)
            for level in range(1, top):
                kept[level] = kept[level] or verdict is None
                lost[level] = verdict or lost[level]
        return verdicts


def _shared(path: tuple[Element, ...], other: tuple[Element, ...]) -> int:
    """Return how many elements two paths share."""
    shared = 0
    for one, two in zip(path, other, strict=False):
        if one is not two:
            break
        shared += 1
    return shared


def _widest(root: tuple[Element, ...]) -> tuple[Element, bool]:
    """Return the element on the path that the page itself calls its main part, or else the one around the root.

    The second value says whether the page calls it so.
    """
    named = (e for e in root if e.tag in ("main", "article") or e.get("role") == "main")
    by_id = (e for e in root if _MAIN.match(e.get("id") or ""))
    for element in chain(named, by_id):
        return element, True
    return root[-2] if len(root) > 2 else root[-1], False


def _is_heading_of_comment(node: Node) -> bool:
    """Say whether a node in a comment only names its author and the date."""
    author = node.attrs.get("author", "")
    if node.text == node.attrs.get("datetime"):
        return True
    return bool(author) and node.text.startswith(author) and len(node.text) < len(author) + 40
