"""From a question to verbatim cited sentences, or an honest "nothing found".

No text is generated. Words of the question weigh by how rare they are in the collection; what counts is which share
of that weight a passage, read with its titles, takes up. A word that the collection does not know weighs most: a
question about it is not answered by passages about its other words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from corpus.sentences import sentences
from index.results import Answer, Filters, Hit, Query, Sentence
from index.search import Searcher, passage_terms

SENTENCES = 3
NEAREST = 5
ANSWERED, WEAK = 0.6, 0.4
_HITS = 10
_FEWEST_WORDS = 4


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
    results = searcher.search(Query(question, _HITS, filters or Filters()))
    words = _weights(searcher, question)
    covered = {hit.passage_id: _coverage(words, _terms_of(hit)) for hit in results.hits}
    best = max(covered.values(), default=0.0)
    chosen = _choose(words, [hit for hit in results.hits if covered[hit.passage_id] >= WEAK])
    return Answer(
        question=question,
        status="none" if not chosen else "answered" if best >= ANSWERED else "weak",
        sentences=tuple(_sentence(candidate) for candidate in chosen),
        passages_searched=searcher.manifest.passages,
        snapshot=searcher.snapshot_id,
        nearest=results.hits[:NEAREST],
    )


def _weights(searcher: Searcher, question: str) -> dict[frozenset[str], float]:
    """Return the weight of each word of the question, the word being the set of terms that stand for it."""
    terms = searcher.terms(Query(question))
    by_word: dict[str, set[str]] = {}
    for term in terms.all:
        if term.field in "wp" and term.word not in terms.repaired:
            by_word.setdefault(term.word, set()).add(term.term)
    total = max(len(searcher.snapshot), 1)
    weights: dict[frozenset[str], float] = {}
    for members in by_word.values():
        known = max(len(searcher.snapshot.lexical.column(f, t)[0]) for t in members for f in "wp")
        weights[frozenset(members)] = math.log1p((total - known + 0.5) / (known + 0.5))
    return weights


def _coverage(words: Mapping[frozenset[str], float], present: set[str]) -> float:
    total = sum(words.values())
    return sum(weight for members, weight in words.items() if members & present) / total if total else 0.0


def _terms_of(hit: Hit) -> set[str]:
    return passage_terms("\n".join((hit.text, hit.title, *hit.section, hit.item_title or "")))


def _choose(words: Mapping[frozenset[str], float], hits: list[Hit]) -> list[_Candidate]:
    """Return the best sentence of each record, best first, at most SENTENCES."""
    found = [candidates for hit in hits if (candidates := _candidates(words, hit))]
    best = [max(candidates, key=lambda c: c.score) for candidates in found]
    return sorted(best, key=lambda c: -c.score)[:SENTENCES]


def _candidates(words: Mapping[frozenset[str], float], hit: Hit) -> list[_Candidate]:
    """Return the sentences of a hit that hold a word of the question; the hit's own score decides between equals."""
    found = []
    for start, end in sentences(hit.text):
        text = hit.text[start:end]
        share = _coverage(words, passage_terms(text))
        if share > 0 and len(text.split()) >= _FEWEST_WORDS:
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
