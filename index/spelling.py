"""Repairing slips of the pen: words that no passage has, and the nearest ones that some have."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import NamedTuple

from index.dutch import Stems, stems, words

LONGEST_WORD = 40

Frequencies = Callable[[Sequence[tuple[str, str]]], list[int]]
"""How many passages have each (field, term); see `index.engine.Reader.frequencies`."""


class Repair(NamedTuple):
    """A query word that no passage has, and a word one slip away that is in `passages` passages."""

    word: str
    suggestion: str
    passages: int


def repairs(text: str, frequencies: Frequencies, limit: int = 2) -> list[Repair]:
    """Return words one slip away from query words that the collection lacks, per word the most frequent first.

    A slip is one insertion, deletion, substitution or swap of neighbours (Damerau-Levenshtein 1). Words of fewer than
    five letters, words with digits, and words with a known stem or known parts are left alone.
    """
    asked = [word for word in dict.fromkeys(words(text)) if 5 <= len(word) <= LONGEST_WORD and word.isalpha()]
    return [repair for word in _unknown(asked, frequencies) for repair in _repair(word, frequencies)[:limit]]


def _unknown(asked: list[str], frequencies: Frequencies) -> list[str]:
    """Return the words that have neither a known stem nor only known parts; stop words are never unknown."""
    found = [(word, stems(word)) for word in asked]
    terms = [term for _, own in found for term in (("w", own.stem), *(("p", part) for part in own.parts))]
    known = {term for term, number in zip(terms, frequencies(terms), strict=True) if number}

    def is_known(word: Stems) -> bool:
        return ("w", word.stem) in known or all(("p", part) in known for part in word.parts)

    return [word for word, own in found if own.stem and not is_known(own)]


def _repair(word: str, frequencies: Frequencies) -> list[Repair]:
    others = sorted(_slips(word))
    found = map(Repair, repeat(word), others, frequencies([("word", other) for other in others]))
    return sorted((repair for repair in found if repair.passages), key=lambda repair: -repair.passages)


def _slips(word: str) -> set[str]:
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    for letter in string.ascii_lowercase:
        slips |= {a + letter + b for a, b in cuts} | {a + letter + b[1:] for a, b in cuts if b}
    return slips - {word}
