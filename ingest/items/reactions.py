"""Readers' reactions, and which tip or which other reaction each of them answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from corpus.document import Item, Speaker
from ingest.blocks import Placed
from ingest.items.scene import cut
from ingest.numerals import NUMBER, number_of

_ORDINALS = {
    word: number
    for number, word in enumerate("eerste tweede derde vierde vijfde zesde zevende achtste negende tiende".split(), 1)
}
_TIP = re.compile(
    rf"\b(?:tips?|punt|nr\.?|nummer)\s*(?:nr\.?|nummer|#)?\s*(?P<number>{NUMBER})\b"
    rf"|\bde (?P<ordinal>{'|'.join(_ORDINALS)}) tip\b|#(?P<hash>\d{{1,3}})\b",
    re.IGNORECASE,
)
_AT = re.compile(r"@\s*(?P<name>[A-ZÀ-Þ][^,:\n]{1,60})")
_CHROME = re.compile(
    r"(?:be)?antwoord(?:en)?|reageer|reageren|reply|(?:zegt|schreef|says):?|(?:op "
    r"|\w+dag )?\d{1,2}[ -]\w+[ -]\d{4}.{0,25}|.{0,60}\b(?:zegt|schreef|says):?.{0,40}",
    re.IGNORECASE,
)
# How far into a reaction it may say what it is about.
_OPENING = 40


def find(text: str, placed: Sequence[Placed], tips: Sequence[Item]) -> tuple[tuple[Item, ...], Mapping[int, str]]:
    """Return the reactions in order, and for each block of a comment (by `Placed.order`) the id of its reaction."""
    found: dict[str, Item] = {}
    owners: dict[int, str] = {}
    comments = [p for p in placed if "comment" in p.block.attrs]
    for _, group in groupby(comments, key=lambda placed: placed.block.attrs["comment"]):
        blocks = list(group)
        attrs = blocks[0].block.attrs
        body = _body(blocks, attrs.get("author", ""))
        # What follows on a reply in between still belongs to the comment, but not to its item's one stretch of text.
        if body and attrs["comment"] not in found:
            found[attrs["comment"]] = _reaction(text, *body, tips, found)
        if attrs["comment"] in found:
            owners |= {p.order: found[attrs["comment"]].id for p in blocks}
    return tuple(found.values()), owners


def _body(blocks: list[Placed], author: str) -> tuple[Placed, Placed] | None:
    """Return first and last block of what the reader wrote: not the name, the date or the button."""
    body = [p for p in blocks if p.block.text.strip() != author and not _CHROME.fullmatch(p.block.text.strip())]
    return (body[0], body[-1]) if body else None


def _reaction(whole: str, first: Placed, last: Placed, tips: Sequence[Item], earlier: Mapping[str, Item]) -> Item:
    attrs = first.block.attrs
    author = attrs.get("author")
    text = whole[first.char_start : last.char_end]
    return cut(
        "reactie",
        whole,
        first.char_start,
        last.char_end,
        speakers=(Speaker(author),) if author else (),
        replies_to=_target(text, attrs.get("reply_to"), tips, earlier),
        fields={"datum": attrs["datetime"]} if attrs.get("datetime") else {},
    )


def _target(text: str, parent: str | None, tips: Sequence[Item], earlier: Mapping[str, Item]) -> str | None:
    """Return the id of what a reaction answers.

    What it says at its beginning counts first, then the comment that it is nested under, then the only tip that it
    mentions at all.
    """
    by_number = {tip.number: tip.id for tip in tips if tip.number}
    mentions = [(_number(m) or 0, m.start()) for m in _TIP.finditer(text)]
    mentioned = {number: position for number, position in reversed(mentions) if number in by_number}
    opening = [number for number, position in mentioned.items() if position <= _OPENING]
    if opening:
        return by_number[min(opening, key=lambda number: mentioned[number])]
    if parent and parent in earlier:
        return earlier[parent].id
    at = _AT.match(text.lstrip())
    for item in reversed(list(earlier.values()) if at else []):
        if any(at and _is_called(s.name, at["name"]) for s in item.speakers):
            return item.id
    return by_number[next(iter(mentioned))] if len(mentioned) == 1 else None


def _is_called(author: str, written: str) -> bool:
    """Tell whether "@" means this author, by the whole name or by the first."""
    own, at = author.casefold(), written.casefold()
    return at.startswith(own) or own.split()[0] == at.split()[0].strip(".:!?")


def _number(match: re.Match[str]) -> int | None:
    if match["ordinal"]:
        return _ORDINALS[match["ordinal"].lower()]
    return number_of(match["number"] or match["hash"])
