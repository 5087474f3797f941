"""Splitting Dutch compounds into the words that they are made of.

A word is cut so that known words, with linking letters between them, cover it from end to end, in as few parts as
possible; among equally short ways the one whose parts occur in most other compounds wins. The counts come from a
word list (`data/compounds.tsv`, made by training/lexicon.py), the exceptions are written by hand
(`data/compound-rules.txt`).
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple

from index.stems import data_lines

LINKS = {"": 0.0, "s": 0.5, "en": 0.7, "er": 1.0, "e": 1.5, "n": 1.5}
"""Letters between two parts, and what they cost in units of log(family size)."""

_SHORTEST = 4
_UNIT = 0.5
"""A word that itself makes at least this share of the compounds that its rarer part makes is one notion: whole."""


class Part(NamedTuple):
    """One word of a compound: `text` without the link that follows it, `word[start:end]` its place, link included."""

    text: str
    start: int
    end: int


class _Way(NamedTuple):
    """A partial split: fewest parts first, then lowest cost; compared as a tuple."""

    count: int
    cost: float
    parts: tuple[Part, ...]


@cache
def _families() -> dict[str, tuple[int, int]]:
    """Return for each known word in how many compounds it comes first, and in how many last."""
    rows = (line.split("\t") for line in data_lines("compounds.tsv"))
    return {word: (int(first), int(last)) for word, first, last in rows}


@cache
def _rules() -> dict[str, frozenset[str]]:
    rules: dict[str, set[str]] = {}
    for line in data_lines("compound-rules.txt"):
        name, words = line.split(":")
        rules.setdefault(name, set()).update(words.split())
    return {name: frozenset(words) for name, words in rules.items()}


@lru_cache(maxsize=1 << 17)
def split(word: str) -> tuple[Part, ...]:
    """Return the parts of a folded compound; nothing when it is not one."""
    if len(word) < 6 or not word.isalpha() or word in _rules()["whole"]:
        return ()
    ways: dict[int, _Way] = {0: _Way(0, 0.0, ())}
    for end in range(_SHORTEST - 1, len(word) + 1):
        found = [better for start, way in ways.items() if (better := _extend(word, way, start, end))]
        if found:
            ways[end] = min(found)
    parts = ways[len(word)].parts if len(word) in ways else ()
    return () if parts and _is_unit(word, parts) else parts


def _extend(word: str, way: _Way, start: int, end: int) -> _Way | None:
    piece = word[start:end]
    if end == len(word):
        cost = _last_cost(piece) if start else None
        best = (cost, piece) if cost is not None else None
    else:
        best = min(_first_costs(piece), default=None)
    if best is None:
        return None
    return _Way(way.count + 1, way.cost + best[0], (*way.parts, Part(best[1], start, end)))


def _last_cost(piece: str) -> float | None:
    rules, size = _rules(), _families().get(piece, (0, 0))[1]
    allowed = len(piece) >= _SHORTEST or piece in rules["short-last"]
    return -math.log(size) if size and allowed and piece not in rules["never-last"] else None


def _first_costs(piece: str) -> list[tuple[float, str]]:
    rules, found = _rules(), []
    for link, price in LINKS.items():
        text = piece.removesuffix(link) if link else piece
        if len(text) + len(link) != len(piece):
            continue
        if link in ("e", "en") and len(text) > 3 and text[-1] == text[-2]:
            text = text[:-1]  # zonnebloem: zon, not zonn
        size = _families().get(text, (0, 0))[0]
        allowed = len(text) >= _SHORTEST or text in rules["short-first"]
        if size and allowed and text not in rules["never-first"]:
            found.append((price - math.log(size), text))
    return found


def _is_unit(word: str, parts: tuple[Part, ...]) -> bool:
    rarer = min(_families()[parts[0].text][0], _families()[parts[-1].text][1])
    own = sum(_families().get(word, (0, 0)))
    return own > 0 and own >= _UNIT * rarer and word not in _rules()["always"]
