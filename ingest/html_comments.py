"""Readers' comments: who wrote one, when, and to which other it replies, as far as the page tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.dates import find_dates
from ingest.html_signs import mark_of

Element = Any  # lxml.html.HtmlElement

_AUTHOR = re.compile(r"(?:^|[\s_-])(?:fn|author|author-?name|username|auteur|naam)(?:[\s_-]|$)")
_DATE = re.compile(r"(?:^|[\s_-])(?:date|datum|time|tijd|timestamp)(?:[\s_-]|$)")
_COMMENT = re.compile(r"(?:^|[\s_-])(?:comments?|commentlist|reacties?)(?:[\s_-]|$)")
_MAX_DATE = 60
_SAYS = re.compile(r"\s*(?:schreef|zegt|says|zei)?(?:\s+op\b.*)?\s*:?\s*$", re.IGNORECASE | re.DOTALL)


def details(comment: Element, parent: Mapping[str, str], order: int) -> dict[str, str]:
    """Return the attributes "comment" (its id), "author", "datetime" and "reply_to" of a comment.

    `parent` holds the same of the comment around it, to which it is then a reply; it is empty for a comment on the
    page itself. `order` counts the comments of the page, for those that have no id.
    """
    identity = comment.get("data-comment-id") or re.sub(r"^(?:li|div)-", "", comment.get("id") or "")
    found = {
        "comment": identity or f"comment-{order}",
        "author": _author(comment),
        "datetime": _datetime(comment),
        "reply_to": comment.get("data-parent-id") or parent.get("comment", ""),
    }
    return {key: value for key, value in found.items() if value}


def drop_all(tree: Element) -> None:
    """Take all that is called a comment out of the tree, but nothing that holds the page's own text."""
    for element in tree.xpath("//*[@class or @id]"):
        called = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        inner = element.tag not in ("html", "body", "main") and next(element.iter("main", "h1"), None) is None
        if inner and _COMMENT.search(called) and element.getparent() is not None:
            element.drop_tree()


def _own(element: Element) -> Iterator[Element]:
    """Yield the elements of a comment, without those of the replies in it."""
    for child in element.iterchildren("*"):
        body = "comment-body" in (child.get("class") or "")
        if body or not mark_of(child.tag, child.items()).comment:
            yield child
            yield from _own(child)


def _author(comment: Element) -> str:
    for element in _own(comment):
        stated = element.get("itemprop") == "author"
        if stated or (element.tag != "form" and _AUTHOR.search((element.get("class") or "").lower())):
            inner = next(
                (e for e in element.iter() if e.get("itemprop") == "name" or "fn" in (e.get("class") or "").split()),
                element,
            )
            name = _SAYS.sub("", " ".join(inner.text_content().split()))
            if name:
                return name
    return ""


def _datetime(comment: Element) -> str:
    for element in _own(comment):
        value = element.get("datetime") or (
            element.get("content") if element.get("itemprop") in ("dateCreated", "datePublished") else None
        )
        if value:
            return str(value)
    return _printed_date(comment)


def _printed_date(comment: Element) -> str:
    """Return the short text of the element that is called the comment's date, where a day stands in it."""
    for element in _own(comment):
        if _DATE.search((element.get("class") or "").lower()):
            text = " ".join(element.text_content().split())
            if len(text) <= _MAX_DATE and find_dates(text):
                return text
    return ""
