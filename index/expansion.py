"""The analysed query with what search adds to it: other spellings of unknown words, other names from the thesaurus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from corpus.begrippen import thesaurus
from index.dutch import fold
from index.results import Query
from index.spelling import Frequencies, repairs
from index.terms import QueryTerm, query_terms, wanted_stems

REPAIR_WEIGHT = 0.7
# Other names from the thesaurus: how much they count, from which certainty on, and how many for one name.
SYNONYM_WEIGHT = 0.5
LEAST_SYNONYM = 0.4
MOST_SYNONYMS = 8
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Terms:
    """The analysed query: its own terms, and those that search added.

    `repaired` maps unknown words to known ones. `synonyms` pairs the terms of a concept that the query names with
    those of another name for it: a passage with all of the second says what the first says.
    """

    own: tuple[QueryTerm, ...]
    added: tuple[QueryTerm, ...] = ()
    repaired: Mapping[str, str] = field(default_factory=dict)
    synonyms: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()

    @cached_property
    def asked(self) -> tuple[QueryTerm, ...]:
        """What the user typed, and what they meant to type."""
        return self.own + tuple(term for term in self.added if term.word in self.repaired.values())

    @cached_property
    def names(self) -> tuple[QueryTerm, ...]:
        """What the thesaurus added."""
        return tuple(term for term in self.added if term.word not in self.repaired.values())

    def meant(self, text: str) -> str:
        """Return the query as it was probably meant: with the repaired words in place."""
        return _WORD.sub(lambda word: self.repaired.get(fold(word.group()), word.group()), text)

    @cached_property
    def all(self) -> tuple[QueryTerm, ...]:
        """Every term, the user's own first."""
        return self.own + self.added

    @cached_property
    def stems(self) -> set[str]:
        """The stems, of whole words and parts, that texts are marked for."""
        return wanted_stems(self.all)


def expanded(query: Query, frequencies: Frequencies, *, names: bool = True) -> Terms:
    """Analyse the query and add to it, except what is in `query.without`.

    Added are the nearest spelling of words that no passage has, and other names from the thesaurus.

    Args:
        query: what is asked.
        frequencies: how many passages of the collection have a term.
        names: whether other names are added.
    """
    nearest = {r.word: r.suggestion for r in reversed(repairs(query.text, frequencies))}
    chosen = {word: other for word, other in nearest.items() if other not in query.without}
    own = query_terms(query.text)
    added = [term for other in chosen.values() for term in query_terms(other, REPAIR_WEIGHT)]
    known = {term.term for term in own}
    synonyms = []
    for mention in thesaurus().mentions(query.text) if names else ():
        named = frozenset(_word_terms(query.text[mention.char_start : mention.char_end]))
        for link in mention.links[:MOST_SYNONYMS]:
            other = frozenset(_word_terms(link.term))
            if link.weight < LEAST_SYNONYM or link.term in query.without or not other - known:
                continue
            synonyms.append((named, other))
            added += _synonym_terms(link.term, link.weight * SYNONYM_WEIGHT)
    return Terms(tuple(own), tuple(dict.fromkeys(added)), chosen, tuple(synonyms))


def _word_terms(text: str) -> list[str]:
    return [term.term for term in query_terms(text) if term.field == "p"]


def _synonym_terms(name: str, weight: float) -> list[QueryTerm]:
    """Return the whole words and parts of a name, which share its weight; it is shown as one addition."""
    terms = [term for term in query_terms(name) if term.field != "g"]
    words = len({term.word for term in terms}) or 1
    return [term._replace(weight=weight / words, word=name) for term in terms]
