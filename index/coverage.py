"""How much of what is asked or claimed a text takes up.

Words weigh by how rare they are in the collection; a word that it does not know weighs most. Names, numbers and
negations are not weighed: a text has them or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from index.dutch import analyse, word_terms
from index.expansion import Terms
from index.search import Searcher
from index.terms import passage_terms

_PLURAL = re.compile(r"[A-Z]{2,}s")  # GPs are no name
NEGATIONS = frozenset(("niet", "geen", "zonder", "nooit", "niemand", "niets", "nergens"))


class Wanted(NamedTuple):
    """The weight of each term of a text, and the other names that stand for some of them."""

    weights: Mapping[str, float]
    synonyms: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def present(self, text: str) -> set[str]:
        """Return the terms of a text, with those that it says by another name."""
        present = passage_terms(text)
        return present | {term for named, other in self.synonyms if other <= present for term in named}

    def coverage(self, text: str) -> float:
        """Return the share (0–1) of the weight that a text takes up."""
        present, total = self.present(text), sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in present) / total if total else 0.0


def wanted(searcher: Searcher, terms: Terms, places: Iterable[str] = ()) -> Wanted:
    """Return what is wanted with these terms: the rarity of each word, which the parts of a compound share.

    A municipality among `places`, to which the hits were narrowed, weighs nothing, unless it is all that was asked.
    """
    named = set(words(" ".join(places)))
    asked = [term for term in terms.asked if term.field == "p" and term.word not in terms.repaired]
    rarity = searcher.rarities([term.term for term in asked])
    by_word: dict[str, dict[str, float]] = {}
    for term in asked:
        by_word.setdefault(term.word, {})[term.term] = rarity[term.term]
    kept = {word: parts for word, parts in by_word.items() if word not in named} or by_word
    weights: dict[str, float] = {}
    for parts in kept.values():
        share = max(parts.values()) / sum(parts.values())
        for part, weight in parts.items():
            weights[part] = max(weights.get(part, 0.0), weight * share)
    return Wanted(weights, terms.synonyms)


def words(text: str) -> list[str]:
    """Return the folded words that the tokens of a text stand for."""
    return [word for token in analyse(text) for word in token.words]


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, as digits."""
    return set(filter(str.isdigit, words(text)))


def negates(text: str) -> bool:
    """Tell whether a text denies something."""
    return not NEGATIONS.isdisjoint(words(text))


def names(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the names in a text, each as the folded words of its token (see `AnalysedToken`).

    A name has a capital inside, or begins with one where no sentence does. A text in capitals tells nothing.
    """
    if text.isupper():
        return
    for number, token in enumerate(analyse(text)):
        inside = any(letter.isupper() for letter in token.text[1:])
        if (inside and not _PLURAL.fullmatch(token.text)) or (number and token.text.istitle()):
            yield token.words


def has_name(present: set[str], name: Sequence[str]) -> bool:
    """Tell whether a name is among the terms of a text: written as one word, or all words that it is made of."""
    found = [present.issuperset(word_terms(word).parts) for word in name]
    joined = name[:1] == ("".join(name[1:]),)
    return (joined and found[0]) or all(found[joined:])
