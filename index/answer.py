"""From a question to verbatim cited sentences, or an honest "nothing found".

No text is generated. Words of the question weigh by how rare they are in the collection; what counts is which share
of that weight a passage, read with its titles, takes up. A word that the collection does not know weighs most: a
question about it is not answered by passages about its other words. A question about one municipality is answered
from that municipality only, one with a number only by passages that have it, and one with a negation by sentences
that have one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from corpus.gemeenten import find_gemeenten
from corpus.sentences import sentences
from index.dutch import analyse
from index.results import Answer, Filters, Hit, Query, Sentence
from index.search import Searcher, Terms, passage_terms

SENTENCES = 3
NEAREST = 5
ANSWERED, WEAK = 0.6, 0.46
_HITS = 10
_FEWEST_WORDS = 4
_NEGATIONS = frozenset(("niet", "geen", "zonder", "nooit", "niemand", "niets", "nergens"))


class _Candidate(NamedTuple):
    score: float
    start: int
    end: int
    hit: Hit


def answer(searcher: Searcher, question: str, filters: Filters | None = None) -> Answer:
    """Return up to three sentences from different records that speak to the question, best first.

    The status is "answered" or "weak" by how much of the question the best passage covers; below that it is "none",
    without sentences, and `nearest` says what came closest.
    """
    asked = Query(question, _HITS, filters or Filters())
    nearest = searcher.search(asked).hits
    # Who filters on a municipality has said which one is meant.
    places = () if asked.filters.gemeente else find_gemeenten(question)
    there = replace(asked, filters=replace(asked.filters, gemeente=places))
    hits = searcher.search(there).hits if places else nearest
    terms = searcher.terms(Query(question))
    wanted = _Wanted(_weights(searcher, terms, places), terms.synonyms)
    covered = {hit.passage_id: wanted.coverage(_text(hit)) for hit in hits if _has_numbers(hit, question)}
    enough = [hit for hit in hits if covered.get(hit.passage_id, 0) >= WEAK]
    chosen = _choose(wanted, enough, negated=_negates(question))
    best = max((covered[candidate.hit.passage_id] for candidate in chosen), default=0)
    return Answer(
        question=question,
        status="none" if not chosen else "answered" if best >= ANSWERED else "weak",
        sentences=tuple(_sentence(candidate) for candidate in chosen),
        passages_searched=searcher.manifest.passages,
        snapshot=searcher.snapshot_id,
        nearest=nearest[:NEAREST],
    )


class _Wanted(NamedTuple):
    """The weight of each term of a question, and the other names that stand for some of them."""

    weights: Mapping[str, float]
    synonyms: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def coverage(self, text: str) -> float:
        """Return the share (0–1) of the question's weight that a text takes up."""
        present = passage_terms(text)
        present |= {term for named, other in self.synonyms if other <= present for term in named}
        total = sum(self.weights.values())
        return sum(weight for term, weight in self.weights.items() if term in present) / total if total else 0.0


def _weights(searcher: Searcher, terms: Terms, places: Iterable[str]) -> dict[str, float]:
    """Return the weight of each term of the question: the rarity of its word, which the parts of a compound share.

    A municipality that the hits were narrowed to weighs nothing, unless it is all that was asked.
    """
    named = set(_words(" ".join(places)))
    by_word: dict[str, dict[str, float]] = {}
    for term in terms.asked:
        if term.field == "p" and term.word not in terms.repaired:
            by_word.setdefault(term.word, {})[term.term] = _rarity(searcher, term.term)
    kept = {word: parts for word, parts in by_word.items() if word not in named} or by_word
    weights: dict[str, float] = {}
    for parts in kept.values():
        share = max(parts.values()) / sum(parts.values())
        for part, rarity in parts.items():
            weights[part] = max(weights.get(part, 0.0), rarity * share)
    return weights


def _rarity(searcher: Searcher, term: str) -> float:
    total, known = len(searcher.snapshot), len(searcher.snapshot.lexical.column("p", term)[0])
    return math.log1p((total - known + 0.5) / (known + 0.5))


def _text(hit: Hit) -> str:
    return "\n".join((hit.text, hit.title, *hit.section, hit.item_title or ""))


def _words(text: str) -> list[str]:
    return [word for token in analyse(text) for word in token.words]


def _has_numbers(hit: Hit, question: str) -> bool:
    numbers = set(filter(str.isdigit, _words(question)))
    return numbers <= {str(hit.year), *_words(_text(hit))} if numbers else True


def _negates(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(_words(text))


def _choose(wanted: _Wanted, hits: list[Hit], *, negated: bool) -> list[_Candidate]:
    """Return the best sentence of each record, best first, at most SENTENCES; only those with a negation if asked."""
    found = [candidates for hit in hits if (candidates := _candidates(wanted, hit, negated))]
    best = [max(candidates, key=lambda c: c.score) for candidates in found]
    return sorted(best, key=lambda c: -c.score)[:SENTENCES]


def _candidates(wanted: _Wanted, hit: Hit, negated: bool) -> list[_Candidate]:
    """Return the sentences of a hit that hold a word of the question; the hit's own score decides between equals."""
    found = []
    for start, end in sentences(hit.text):
        text = hit.text[start:end]
        share = wanted.coverage(text)
        if share > 0 and len(text.split()) >= _FEWEST_WORDS and negated <= _negates(text):
            found.append(_Candidate(share + hit.score, start, end, hit))
    return found


def _sentence(candidate: _Candidate) -> Sentence:
    hit = candidate.hit
    return Sentence(
        text=hit.text[candidate.start : candidate.end],
        passage_id=hit.passage_id,
        document_id=hit.document_id,
        source_id=hit.source_id,
        start=candidate.start,
        end=candidate.end,
        url=hit.url,
        publisher=hit.publisher,
        year=hit.year,
        title=hit.title,
        kind=hit.kind,
        permalink=hit.permalink,
        described=hit.described,
        source_link=hit.source_link,
    )


def to_dict(found: Answer) -> dict[str, Any]:
    """Return the answer in the shape of the public contract."""
    record = asdict(found)
    record["searched"] = {"passages": record.pop("passages_searched"), "snapshot": record.pop("snapshot")}
    return record
