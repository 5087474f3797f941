"""From a query to index terms, and from index terms to what is highlighted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from index.compounds import split
from index.dutch import AnalysedToken, Stems, WordTerms, analyse, fold, stems, word_terms, words
from index.stems import stem

Span = tuple[int, int]


class QueryTerm(NamedTuple):
    """A term to look up: its field, how much it counts, and the (folded) query word that it stems from."""

    field: str
    term: str
    weight: float
    word: str


def query_terms(text: str, weight: float = 1.0) -> list[QueryTerm]:
    """Return the terms to search for, without duplicates, each with `weight` (1 for the user's own words)."""
    terms: dict[tuple[str, str], QueryTerm] = {}
    for word in words(text):
        for field, pick in FIELDS.items():
            for term in pick(word_terms(word)):
                terms.setdefault((field, term), QueryTerm(field, term, weight, word))
    return list(terms.values())


@lru_cache(maxsize=1 << 16)
def term_hash(field: str, term: str) -> int:
    """Return the number (64 bits) that a term goes by in an index."""
    return int.from_bytes(blake2b(f"{field}:{term}".encode(), digest_size=8).digest(), "little")


FIELDS: dict[str, Callable[[WordTerms], tuple[str, ...]]] = {
    "w": lambda terms: (terms.stem,) if terms.stem else (),
    "p": lambda terms: terms.parts,
    "g": lambda terms: terms.grams,
}
"""The terms that one word has in each field of the index."""


def highlights(text: str, terms: Iterable[QueryTerm]) -> tuple[Span, ...]:
    """Return [start, end) offsets of what matches `terms` in `text`: sorted, not overlapping.

    A whole word, or the part of a compound that matches where it can be pointed at letter by letter.
    """
    wanted = wanted_stems(terms)
    return tuple(span for token in analyse(text) for span in token_spans(token, wanted))


def wanted_stems(terms: Iterable[QueryTerm]) -> set[str]:
    """Return the stems, of whole words and parts, that texts are marked for."""
    return {term.term for term in terms if term.field in "wp"}


def word_stems(word: str) -> tuple[str, ...]:
    """Return the stem of a folded word, and those of its parts."""
    found = stems(word)
    return (found.stem, *found.parts)


@lru_cache(maxsize=256)
def analysed(text: str) -> tuple[AnalysedToken, ...]:
    """Return `analyse(text)`, remembered: the passages that answers come from are looked at again and again."""
    return tuple(analyse(text))


def passage_terms(text: str) -> set[str]:
    """Return the stems and compound parts of all words of a text."""
    found: set[str] = set()
    for token in analysed(text):
        for word in token.words:
            terms = word_terms(word)
            found.update((terms.stem, *terms.parts))
    return found


def token_spans(token: AnalysedToken, wanted: set[str]) -> list[Span]:
    """Return the [start, end) offsets, in the text of the token, of what has the `wanted` stems; see `highlights`."""
    found = [stems(word) for word in token.words]
    if len(found) == 1 and _matches(found[0], wanted):
        return [(token.start, token.end)]
    if not any(terms.stem in wanted or wanted.intersection(terms.parts) for terms in found):
        return []
    whole = [_matches(terms, wanted) for terms in found if terms.stem]
    folded = fold(token.text)
    if whole and (whole[0] or all(whole)):
        return [(token.start, token.end)]
    if len(folded) != len(token.text):
        # Letters cannot be pointed at: all or nothing.
        return [(token.start, token.end)] if any(wanted.intersection(terms.parts) for terms in found) else []
    spans: list[Span] = []
    after = 0
    for word, terms in zip(token.words, found, strict=True):
        at = folded.find(word, after)
        if at < 0:
            continue  # the joined word of a hyphen compound, or the word that an ellipsis stands for
        after = at + len(word)
        if _matches(terms, wanted):
            spans.append((token.start + at, token.start + after))
        else:
            starts = [(part.text, token.start + at + part.start) for part in split(word)]
            spans += [(start, start + len(text)) for text, start in starts if stem(text) in wanted]
    return spans


def _matches(terms: Stems, wanted: set[str]) -> bool:
    """Tell whether a whole word matches: by its stem, or by each of its parts."""
    return terms.stem in wanted or bool(terms.parts and wanted.issuperset(terms.parts))
