"""Splitting Dutch compounds into the words that they are made of.

A word is cut so that known words, with linking letters between them, cover it from end to end, in as few parts as
possible; among equally short ways the one whose parts make most other compounds wins. The counts come from a word
list (`data/compounds.tsv`, made by training/lexicon.py), the exceptions are written by hand
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
_LONGEST = 60
_UNSEEN = 0.5
"""The family size of a known word in a place where the word list never has it."""
_UNIT = 0.75
"""A word that itself makes this share of the compounds that its rarer part makes is one notion, and stays whole."""


class Part(NamedTuple):
    """One word of a compound: `text` without the link that follows it, `word[start:end]` its place, link included."""

    text: str
    start: int
    end: int


class _Way(NamedTuple):
    """A split of the first letters of a word. The least one is the best: fewest parts, then lowest cost."""

    length: int
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


def is_abbreviation(word: str) -> bool:
    """Tell whether a folded word is an abbreviation that compounds begin with ("poh", "ggz")."""
    return word in _rules()["abbreviation"]


@lru_cache(maxsize=1 << 17)
def split(word: str) -> tuple[Part, ...]:
    """Return the parts of a folded compound; nothing when it is not one."""
    if not 6 <= len(word) <= _LONGEST or not word.isalpha() or word in _rules()["whole"]:
        return ()
    ways: dict[int, _Way] = {0: _Way(0, 0.0, ())}
    for end in range(_SHORTEST - 1, len(word) + 1):
        found = [longer for start, way in ways.items() if (longer := _extend(word, way, start, end))]
        if found:
            ways[end] = min(found)
    parts = ways[len(word)].parts if len(word) in ways else ()
    return () if parts and _is_unit(word, parts) else parts


def _extend(word: str, way: _Way, start: int, end: int) -> _Way | None:
    """Return `way` with `word[start:end]` as its next part, if that can be one."""
    options = _as_last(word[start:]) if end == len(word) and start else _as_first(word[start:end])
    if not options or (end == len(word) and not start):
        return None
    cost, text = min(options)
    return _Way(way.length + 1, way.cost + cost, (*way.parts, Part(text, start, end)))


def _as_last(piece: str) -> list[tuple[float, str]]:
    size = _size(piece, "last")
    return [(-math.log(size), piece)] if size else []


def _as_first(piece: str) -> list[tuple[float, str]]:
    found = []
    for link, price in LINKS.items():
        if piece.endswith(link):
            text = piece[: len(piece) - len(link)]
            if link in ("e", "en") and len(text) >= _SHORTEST and text[-1] == text[-2]:
                text = text[:-1]  # zonnebloem: zon, not zonn
            size = _size(text, "first")
            if size:
                found.append((price - math.log(size), text))
    return found


def _size(word: str, place: str) -> float:
    """Return the family size of `word` as the "first" or "last" part; 0 when it may not be one."""
    rules = _rules()
    if place == "first" and word in rules["abbreviation"]:
        return 1.0
    short = len(word) < _SHORTEST
    if word in rules[f"never-{place}"] or (short and word not in rules[f"short-{place}"]):
        return 0.0
    family = _families().get(word)
    return max(family[place == "last"], _UNSEEN) if family else 0.0


def _is_unit(word: str, parts: tuple[Part, ...]) -> bool:
    rarer = min(_size(parts[0].text, "first"), _size(parts[-1].text, "last"))
    own = sum(_families().get(word, (0, 0)))
    return own > 0 and own >= _UNIT * rarer and word not in _rules()["always"]
