"""Build `index/data/compounds.tsv` from the OpenTaal word lists: which words Dutch compounds are made of.

    python training/lexicon.py FOLDER

FOLDER holds `basiswoorden-gekeurd.txt`, `basiswoorden-ongekeurd.txt` and `flexies-ongekeurd.txt` of
https://github.com/OpenTaal/opentaal-wordlist (© OpenTaal; revised BSD licence or CC BY 3.0).

Every word that can be cut into two listed words, with or without a linking letter, votes for its parts. A word that
can be cut in several ways votes for the way that all other words make most likely, which settles in a few rounds
(hard expectation maximisation). The result is the family size of each word: in how many compounds it comes first, and
in how many last.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from index.compounds import LINKS
from index.dutch import fold

LISTS = ("basiswoorden-gekeurd.txt", "basiswoorden-ongekeurd.txt", "flexies-ongekeurd.txt")
TARGET = Path(__file__).resolve().parents[1] / "index" / "data" / "compounds.tsv"
ROUNDS = 4
SHORTEST = 3
HEADER = """\
# Words that Dutch compounds are made of: word, compounds that begin with it, compounds that end with it.
# Derived by training/lexicon.py from the word lists of OpenTaal, https://opentaal.org
# Copyright (c) 2020 OpenTaal (Simon Brouwer, Sander van Geloven); 2006-2011 OpenTaal (Ruud Baars, Simon Brouwer);
# 2001-2005 Simon Brouwer and others; 1996 Nederlandstalige TeX Gebruikersgroep. Used under CC BY 3.0,
# https://creativecommons.org/licenses/by/3.0/. Changed: cut into parts, counted, folded.
"""


class Cut(NamedTuple):
    """One way to cut a word in two."""

    first: str
    link: str
    last: str


def read_words(folder: Path) -> set[str]:
    """Return the folded lower-case words of the lists, names and abbreviations left out."""
    lines = (line for name in LISTS for line in (folder / name).read_text(encoding="utf-8").splitlines())
    return {fold(line) for line in lines if line.isalpha() and line.islower()}


def cuts(word: str, words: set[str]) -> Iterable[Cut]:
    """Yield the ways to cut `word` into two members of `words` and a link."""
    for at in range(SHORTEST, len(word) - SHORTEST + 1):
        if word[at:] in words:
            for link in LINKS:
                first = word[:at].removesuffix(link) if link else word[:at]
                if len(first) >= SHORTEST and len(first) + len(link) == at and first in words:
                    yield Cut(first, link, word[at:])


def families(words: set[str]) -> tuple[Counter[str], Counter[str]]:
    """Return in how many compounds each word comes first, and in how many last."""
    options = [found for word in sorted(words) if (found := list(cuts(word, words)))]
    votes = Counter({cut: 1 / len(found) for found in options for cut in found})
    for _ in range(ROUNDS):
        first, link, last = (Counter[str](), Counter[str](), Counter[str]())
        for cut, count in votes.items():
            first[cut.first] += count
            link[cut.link] += count
            last[cut.last] += count
        best = (
            max(found, key=lambda c: math.log((first[c.first] + 0.1) * (link[c.link] + 0.1) * (last[c.last] + 0.1)))
            for found in options
        )
        votes = Counter(best)
    return Counter(cut.first for cut in votes.elements()), Counter(cut.last for cut in votes.elements())


def contents(folder: Path) -> str:
    """Return what the data file holds, made from the lists in `folder`."""
    first, last = families(read_words(folder))
    words = sorted(first.keys() | last.keys())
    return HEADER + "".join(f"{word}\t{first[word]}\t{last[word]}\n" for word in words)


if __name__ == "__main__":
    TARGET.write_text(contents(Path(sys.argv[1])), encoding="utf-8")
