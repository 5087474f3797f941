"""From ranked passages to hits: one for each record, with what is marked in it and why it was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from corpus.fragments import source_link
from index.engine import Ranking, Reader
from index.expansion import Terms
from index.forward import NOTHING, Found
from index.records import PassageRecord
from index.results import Hit, Why
from index.terms import QueryTerm, token_spans, word_stems


def first_hits(reader: Reader, ranking: Ranking, terms: Terms, wanted: int) -> list[Hit]:
    """Return the first `wanted` records; nearly the same text in another document is folded into `also_in`."""
    hits: list[Hit] = []
    by_family: dict[str, int] = {}
    places = _first_of_each(ranking.records)
    while some := list(islice(places, wanted - len(hits))):
        for place, stored in zip(some, reader.passages(ranking.rows[some].tolist(), terms.stems), strict=True):
            record = stored.record
            twin = by_family.setdefault(record.family or record.passage_id, len(hits))
            if twin < len(hits) and record.document_id != hits[twin].document_id:
                others = dict.fromkeys((*hits[twin].also_in, record.document_id))
                hits[twin] = replace(hits[twin], also_in=tuple(others))
                continue
            scores = ranking.fused[place], ranking.lexical[place], ranking.semantic[place]
            hits.append(make_hit(record, len(hits) + 1, scores, terms, stored.found))
    return hits


def _first_of_each(records: NDArray[np.int32]) -> Iterator[int]:
    """Yield the first place of every record."""
    seen: set[int] = set()
    for place, number in enumerate(records):
        if number not in seen:
            seen.add(number)
            yield place


def make_hit(record: PassageRecord, rank: int, scores: Iterable[float], terms: Terms, found: Found = NOTHING) -> Hit:
    """Return the hit for a passage, with highlights and reasons; `found` is what it has of the terms."""
    fused, lexical, semantic = (round(float(score), 4) for score in scores)
    present = {stem for word in found.words for stem in word_stems(word)}

    def matched(chosen: tuple[QueryTerm, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.word for t in chosen if t.field in "wp" and t.term in present))

    return Hit(
        rank=rank,
        score=fused,
        passage_id=record.passage_id,
        document_id=record.document_id,
        source_id=record.source_id,
        item_id=record.item_id,
        kind=record.kind,
        title=record.title,
        url=record.url,
        publisher=record.publisher,
        year=record.year,
        text=record.text,
        highlights=tuple(span for token in found.tokens for span in token_spans(token, terms.stems)),
        why=Why(matched(terms.own), _whole(terms.added, present), lexical, semantic),
        permalink=f"/passage/{record.passage_id}",
        section=record.section,
        page=record.page,
        item_title=record.item_title,
        evidence=record.evidence,
        described=record.described,
        source_link=source_link(record.url, record.page, record.text_fragment),
    )


def _whole(added: Iterable[QueryTerm], present: Collection[str]) -> tuple[str, ...]:
    """Return the added names that are there with all of their parts: "team" alone is no "buurtteam"."""
    parts: dict[str, list[bool]] = {}
    for term in added:
        if term.field == "p":
            parts.setdefault(term.word, []).append(term.term in present)
    return tuple(name for name, found in parts.items() if all(found))
