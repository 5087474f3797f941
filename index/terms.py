"""From a query to index terms, and from index terms to what is highlighted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from index.compounds import split
from index.dutch import AnalysedToken, WordTerms, analyse, fold, word_terms
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
    for word in (word for token in analyse(text) for word in token.words):
        for field, pick in FIELDS.items():
            for term in pick(word_terms(word)):
                terms.setdefault((field, term), QueryTerm(field, term, weight, word))
    return list(terms.values())


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
    wanted = {term.term for term in terms if term.field in "wp"}
    return tuple(span for token in analyse(text) for span in _token_spans(token, wanted))


def _token_spans(token: AnalysedToken, wanted: set[str]) -> list[Span]:
    found = [word_terms(word) for word in token.words]
    matched = [_matches(terms, wanted) for terms in found if terms.stem]
    if matched and (matched[0] or all(matched)):
        return [(token.start, token.end)]
    spans = []
    for word, terms in zip(token.words, found, strict=True):
        if _matches(terms, wanted):
            spans.append(_place(token, word, 0, len(word)))
        elif wanted.intersection(terms.parts):
            parts = (part for part in split(word) if stem(part.text) in wanted)
            spans += [_place(token, word, part.start, part.start + len(part.text)) for part in parts]
    return _merged(spans)


def _matches(terms: WordTerms, wanted: set[str]) -> bool:
    """Tell whether a whole word matches: by its stem, or by each of its parts."""
    return terms.stem in wanted or bool(terms.parts and wanted.issuperset(terms.parts))


def _place(token: AnalysedToken, word: str, start: int, end: int) -> Span:
    """Return where `word[start:end]` stands in the text, or the whole token where folding hides that."""
    folded = fold(token.text)
    at = folded.find(word)
    if at < 0 or len(folded) != len(token.text):
        return token.start, token.end
    return token.start + at + start, token.start + at + end


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged
