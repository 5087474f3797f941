"""What goes into a search and what comes out: plain frozen records, with the field names of the public contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Filters:
    """What a hit must satisfy. Within a field any value will do, between fields all must hold.

    `year` is an inclusive range; None leaves that end open. A document without a year fails any year filter. `since`
    leaves what came into the collection after that day.
    """

    kind: tuple[str, ...] = ()
    doelgroep: tuple[str, ...] = ()
    thema: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    gemeente: tuple[str, ...] = ()
    regio: tuple[str, ...] = ()
    beroep: tuple[str, ...] = ()
    year: tuple[int | None, int | None] = (None, None)
    since: date | None = None

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class Query:
    """A search. `without` lists added terms (synonyms) that the user switched off; `offset` is for paging.

    With `newest` the hits that come near the best one are in the order in which they came into the collection.
    """

    text: str
    k: int = 10
    filters: Filters = field(default_factory=Filters)
    without: tuple[str, ...] = ()
    offset: int = 0
    newest: bool = False


@dataclass(frozen=True)
class Why:
    """Why a hit was found: query words that it holds, words that search added, and both scores, each 0–1."""

    terms: tuple[str, ...]
    added: tuple[str, ...]
    lexical: float
    semantic: float


@dataclass(frozen=True)
class Hit:
    """One result. `highlights` are [start, end) offsets into the verbatim `text`, sorted, not overlapping.

    `also_in` names the ids of other documents that hold the same text. `section` is the heading path. `evidence` is
    what is known of the practice ("tip", "praktijkvoorbeeld", "geëvalueerd", "erkend"). With `described` the text is
    not the source's own: an editor of the collection tells what the source says.
    """

    rank: int
    score: float
    passage_id: str
    document_id: str
    source_id: str | None
    item_id: str | None
    kind: str
    title: str
    url: str | None
    publisher: str | None
    year: int | None
    text: str
    highlights: tuple[tuple[int, int], ...]
    why: Why
    permalink: str
    also_in: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    page: int | None = None
    item_title: str | None = None
    evidence: str | None = None
    described: bool = False
    source_link: str | None = None


@dataclass(frozen=True)
class Results:
    """The answer to a `Query`.

    `total` counts the records (items, or documents) that match; `facets` maps a field to (value, count) pairs over
    all of them, highest count first. `added` lists what search added to the query. `took_ms` is wall time. If not
    `exact`, the engine stopped counting: there are at least so many.
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    added: tuple[str, ...]
    snapshot: str
    took_ms: float
    exact: bool = True


@dataclass(frozen=True)
class Sentence:
    """A verbatim sentence: `passage.text[start:end] == text`; `described` as in `Hit`."""

    text: str
    passage_id: str
    document_id: str
    source_id: str | None
    start: int
    end: int
    url: str | None
    publisher: str | None
    year: int | None
    title: str | None = None
    kind: str | None = None
    permalink: str | None = None
    described: bool = False
    source_link: str | None = None


@dataclass(frozen=True)
class GeneratedSentence:
    """A sentence of a language model that was verified; `citations` (from 1) number the sources that carry it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True)
class Generated:
    """What a language model made of the passages, as far as each sentence could be verified against them.

    `sources` are the verbatim sentences that carry it. `withheld` counts the sentences that were left out. `note`
    tells readers, in Dutch, what was left out or why there is nothing; it is empty if there is nothing to tell.
    """

    model: str
    sentences: tuple[GeneratedSentence, ...]
    sources: tuple[Sentence, ...]
    withheld: int
    note: str


@dataclass(frozen=True)
class Answer:
    """Cited sentences, or an honest nothing: with status "none" there are no sentences, only `nearest` hits.

    `generated` is None unless a language model was asked.
    """

    question: str
    status: Literal["answered", "weak", "none"]
    sentences: tuple[Sentence, ...]
    passages_searched: int
    snapshot: str
    nearest: tuple[Hit, ...]
    generated: Generated | None = None
