"""Cards: like elements side by side that each announce another page, as in "Lees ook" and "Actueel nieuws"."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ingest.html_chosen import EXACT
from ingest.html_gather import Node
from ingest.html_signs import SKIPPED

Element = Any  # lxml.html.HtmlElement

_TAGS = frozenset({"li", "article", "div", "section", "tr"})
_OWN_SHARE = 0.3  # of the chosen text, from which on cards are the text itself
_PASSED_OVER = 0.2  # of like cards, up to which trafilatura took them for no part of the text


class Cards:
    """Which elements of a page are such cards; `weight` and `total` are those of the page's `Choice`."""

    def __init__(self, weight: Counter[Element], total: int) -> None:
        self._weight, self._total = weight, total
        self._known: dict[Element, bool] = {}

    def hold(self, node: Node, region: Element) -> bool:
        """Say whether a node stands in one of several like cards that each announce another page."""
        for element in reversed(node.path):
            if element is region:
                return False
            if element.tag in _TAGS:
                if element not in self._known:
                    self._judge_children(element.getparent())
                if self._known[element]:
                    return True
        return False

    def _judge_children(self, parent: Element) -> None:
        groups: dict[tuple[str, str | None], list[Element]] = {}
        for child in parent.iterchildren(*_TAGS):
            groups.setdefault((child.tag, child.get("class")), []).append(child)
        for like in groups.values():
            self._known.update(dict.fromkeys(like, self._are_cards(like)))

    def _are_cards(self, like: list[Element]) -> bool:
        """Say whether like elements announce other pages; what makes up the text is no announcement of it."""
        weight = sum(self._weight[element] for element in like)
        if weight and weight >= _OWN_SHARE * self._total:
            return False
        if all(map(_heads_away, like)) and (len(like) > 1 or (not weight and _is_post(like[0]))):
            return True
        passed_over = weight <= _PASSED_OVER * sum(len(element.text_content()) for element in like)
        return passed_over and len(like) > 2 and all(map(_begins_with_link, like)) and any(map(_says_more, like))


def _says_more(element: Element) -> bool:
    """Say whether an element has more text than that of its links."""
    return len(element.text_content().strip()) > sum(len(a.text_content()) for a in element.iter("a")) + EXACT


def _is_post(element: Element) -> bool:
    return element.tag == "article" or "hentry" in (element.get("class") or "").split()


def _heads_away(article: Element) -> bool:
    """Say whether the heading of an article is a link, as where it only announces another page."""
    heading = next(article.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)
    if heading is None:
        return False
    link = next(heading.iterancestors("a"), None)
    link = heading.find(".//a") if link is None else link
    return link is not None and not (link.get("href") or "#").startswith("#")


def _begins_with_link(element: Element) -> bool:
    for inner in element.iter():
        if inner.tag == "a":
            return True
        if inner.tag not in SKIPPED and (inner.text or "").strip():
            return False
    return False
