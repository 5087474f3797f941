"""Splitting Dutch compounds into the words that they are made of.

A word is cut so that known words, with linking letters between them, cover it from end to end, in as few parts as
possible; among equally short ways the one whose parts make most other compounds wins. The counts come from a word
list (`data/compounds.tsv`, made by training/lexicon.py), the exceptions are written by hand
(`data/compound-rules.txt`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
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
def _families() -> dict[str, str]:
    """Return the row of each known word: `_family` reads it."""
    return dict(line.split("\t", 1) for line in data_lines("compounds.tsv"))


def _family(word: str) -> tuple[int, int]:
    """Return in how many compounds a word comes first, and in how many last; it may be unknown."""
    first, last = _families().get(word, "0\t0").split("\t")
    return int(first), int(last)


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


@cache
def abbreviations() -> tuple[str, ...]:
    """Return all of them, as `str.startswith` takes them."""
    return tuple(sorted(_rules()["abbreviation"]))


@lru_cache(maxsize=1 << 17)
def split(word: str) -> tuple[Part, ...]:
    """Return the parts of a folded compound; nothing when it is not one."""
    if not 6 <= len(word) <= _LONGEST or not word.isalpha() or word in _rules()["whole"]:
        return ()
    ways: dict[int, _Way] = {0: _Way(0, 0.0, ())}
    for start in range(len(word) - 1):
        if start in ways:
            length, so_far, parts = ways[start]
            for end, cost, text in _pieces(word, start):
                longer = _Way(length + 1, so_far + cost, (*parts, Part(text, start, end)))
                ways[end] = min(longer, ways.get(end, longer))
    parts = ways[len(word)].parts if len(word) in ways else ()
    return () if parts and _is_unit(word, parts) else parts


def _pieces(word: str, start: int) -> Iterator[tuple[int, float, str]]:
    """Yield (end, cost, text) of each part that may stand at `start`, with each link that follows it."""
    known = _known()
    short = start + _SHORTEST - 1
    for stop in range(short, len(word) + 1 if word[start : start + _SHORTEST] in _beginnings() else short + 1):
        text = word[start:stop]
        if text not in known:
            continue
        if stop == len(word):
            if start and (size := _size(text, "last")):
                yield stop, -math.log(size), text
        elif size := _size(text, "first"):
            for end, price in _links(word, start, stop):
                if end < len(word):
                    yield end, price - math.log(size), text


@cache
def _known() -> frozenset[str]:
    return _rules()["abbreviation"].union(_families())


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:_SHORTEST] for word in _known())


def _links(word: str, start: int, stop: int) -> Iterator[tuple[int, float]]:
    """Yield where each link that may follow the part `word[start:stop]` ends, and its price."""
    doubled = word[stop - 1] == word[stop - 2] and stop - start >= _SHORTEST
    for link, price in LINKS.items():
        if word.startswith(link, stop) and not (doubled and link in ("e", "en")):
            yield stop + len(link), price
    if word[stop] == word[stop - 1]:  # zonnebloem: zon, not zonn
        for link in ("e", "en"):
            if word.startswith(link, stop + 1):
                yield stop + 1 + len(link), LINKS[link]


@lru_cache(maxsize=1 << 14)
def _size(word: str, place: str) -> float:
    """Return the family size of `word` as the "first" or "last" part; 0 when it may not be one."""
    rules = _rules()
    if place == "first" and word in rules["abbreviation"]:
        return 1.0
    short = len(word) < _SHORTEST
    if word in rules[f"never-{place}"] or (short and word not in rules[f"short-{place}"]):
        return 0.0
    return max(_family(word)[place == "last"], _UNSEEN) if word in _families() else 0.0


def _is_unit(word: str, parts: tuple[Part, ...]) -> bool:
    rarer = min(_size(parts[0].text, "first"), _size(parts[-1].text, "last"))
    own = sum(_family(word))
    return own > 0 and own >= _UNIT * rarer and word not in _rules()["always"]
