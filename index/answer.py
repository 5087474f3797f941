"""From a question to verbatim cited sentences, or an honest "nothing found".

No text is generated. What counts is which share of the question's weight a passage, read with its titles, takes up,
and how near its vector is to that of the question. A question about one municipality is answered from that
municipality only, one with a name or a number only by passages that have it, and one with a negation by sentences
that have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from corpus.gemeenten import find_gemeenten
from corpus.sentences import sentences
from index.coverage import Wanted, has_name, names, negates, numbers, wanted, words
from index.expansion import Terms
from index.results import Answer, Filters, Hit, Query, Sentence
from index.search import Searcher

SENTENCES = 3
NEAREST = 5
_HITS = 10
_FEWEST_WORDS = 4


class Rules(NamedTuple):
    """From which strength (0–1) there is an answer, and the part of it that is nearness; the rest is coverage.

    `python -m benchmarks.calibrate` shows what each choice gives.
    """

    answered: float = 0.52
    weak: float = 0.38
    nearness: float = 0.5


class Candidate(NamedTuple):
    """A sentence that may answer: a stretch of a hit's text. Of two, the one with the higher score is shown first."""

    hit: Hit
    start: int
    end: int
    score: float

    def sentence(self) -> Sentence:
        """Return it as a sentence to cite."""
        return cite(self.hit, self.start, self.end)


class Reading(NamedTuple):
    """What was found for a question, before any threshold.

    `candidates` has the best sentence of each record that may answer, best first. `coverage` and `nearness` (each
    0–1) are of their passages, by id.
    """

    question: str
    candidates: tuple[Candidate, ...]
    coverage: Mapping[str, float]
    nearness: Mapping[str, float]
    nearest: tuple[Hit, ...]
    passages: int
    snapshot: str

    def strength(self, hit: Hit, rules: Rules) -> float:
        """Return how strongly a passage speaks to the question (0–1)."""
        covered, near = self.coverage[hit.passage_id], self.nearness[hit.passage_id]
        return covered + rules.nearness * (near - covered)

    def strongest(self, rules: Rules) -> float:
        """Return the highest strength, 0 without candidates."""
        return max((self.strength(candidate.hit, rules) for candidate in self.candidates), default=0.0)

    def support(self, rules: Rules) -> list[Candidate]:
        """Return the candidates from passages that speak to the question strongly enough."""
        return [candidate for candidate in self.candidates if self.strength(candidate.hit, rules) >= rules.weak]


def answer(searcher: Searcher, question: str, filters: Filters | None = None) -> Answer:
    """Return up to three sentences from different records that speak to the question, best first.

    The status is "answered" or "weak" by how strongly the best passage speaks to it; below that it is "none", without
    sentences, and `nearest` says what came closest.
    """
    return judge(read(searcher, question, filters))


def read(searcher: Searcher, question: str, filters: Filters | None = None) -> Reading:
    """Search for what may answer a question, and tell how far each hit does."""
    asked = Query(question, _HITS, filters or Filters())
    nearest = searcher.search(asked).hits
    # Who filters on a municipality has said which one is meant.
    places = () if asked.filters.gemeente else find_gemeenten(question)
    there = replace(asked, filters=replace(asked.filters, gemeente=places))
    found = searcher.search(there).hits if places else nearest
    terms = searcher.terms(Query(question))
    sought = wanted(searcher, terms, places)
    named = _names(question, terms, places)
    hits = [hit for hit in found if _has_numbers(hit, question) and _has_names(hit, sought, named)]
    negated = negates(question)
    each = (list(_candidates(hit, sought, negated)) for hit in hits)
    best = [max(some, key=lambda candidate: candidate.score) for some in each if some]
    return Reading(
        question=question,
        candidates=tuple(sorted(best, key=lambda candidate: -candidate.score)),
        coverage={hit.passage_id: sought.coverage(text_of(hit)) for hit in hits},
        nearness=searcher.nearness(question, [hit.passage_id for hit in hits]),
        nearest=nearest[:NEAREST],
        passages=searcher.manifest.passages,
        snapshot=searcher.snapshot_id,
    )


def judge(reading: Reading, rules: Rules | None = None) -> Answer:
    """Return the answer that the rules give."""
    rules = rules or Rules()
    chosen = reading.support(rules)[:SENTENCES]
    strong = reading.strongest(rules) >= rules.answered
    return Answer(
        question=reading.question,
        status="none" if not chosen else "answered" if strong else "weak",
        sentences=tuple(candidate.sentence() for candidate in chosen),
        passages_searched=reading.passages,
        snapshot=reading.snapshot,
        nearest=reading.nearest,
    )


def text_of(hit: Hit) -> str:
    """Return what a passage is read with: its titles and headings stand below it."""
    return "\n".join((hit.text, hit.title, *hit.section, hit.item_title or ""))


def _has_numbers(hit: Hit, question: str) -> bool:
    asked = numbers(question)
    return asked <= {str(hit.year), *numbers(text_of(hit))} if asked else True


def _names(question: str, terms: Terms, places: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the words of each name in a question, spelling repaired, without those of municipalities."""
    named = set(words(" ".join(places)))
    return [
        tuple(terms.repaired.get(word, word) for word in name) for name in names(question) if named.isdisjoint(name)
    ]


def _has_names(hit: Hit, sought: Wanted, named: Sequence[Sequence[str]]) -> bool:
    if not named:
        return True
    present = sought.present(text_of(hit))
    return all(has_name(present, name) for name in named)


def _candidates(hit: Hit, sought: Wanted, negated: bool) -> Iterator[Candidate]:
    """Yield the sentences of a hit that hold a word of the question; the hit's own score decides between equals."""
    for start, end in sentences(hit.text):
        text = hit.text[start:end]
        share = sought.coverage(text)
        if share > 0 and len(text.split()) >= _FEWEST_WORDS and negated <= negates(text):
            yield Candidate(hit, start, end, share + hit.score)


def cite(hit: Hit, start: int, end: int) -> Sentence:
    """Return a stretch of a passage as a sentence to cite."""
    return Sentence(
        text=hit.text[start:end],
        passage_id=hit.passage_id,
        document_id=hit.document_id,
        source_id=hit.source_id,
        start=start,
        end=end,
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
