"""From a query to fused, filtered, grouped and explained hits.

Lexical and semantic scores are each divided by the best one for this query and added up, the semantic one with a
weight: a convex sum, which measured better here than reciprocal ranks. A hit is a record: an item (a tip, a
session), or a document outside its items; the best passage of a record speaks for it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.begrippen import thesaurus
from corpus.document import Document, Passage, from_json
from corpus.errors import EmbedderError
from corpus.fragments import source_link
from index.dutch import fold, word_terms
from index.embedder import Embedder, make_embedder
from index.forward import NOTHING, Found
from index.lexical import QueryTerm, query_terms
from index.records import PassageRecord
from index.reranker import RERANKED, Reranker, rerank
from index.results import Hit, Query, Results, Why
from index.snapshot import Manifest, Snapshot, current_id, read_manifest, snapshots_folder
from index.terms import analysed, token_spans, wanted_stems, word_stems
from index.vectors import full

SEMANTIC_WEIGHT = 1.2
REPAIR_WEIGHT = 0.7
# Other names from the thesaurus: how much they count, from which certainty on, and how many for one name.
SYNONYM_WEIGHT = 0.5
LEAST_SYNONYM = 0.4
MOST_SYNONYMS = 8
DEPTH, NEWEST_DEPTH = 200, 2000
# A passage that shares no word with the query counts as a match from this share of the best lexical score on (its
# letters are alike: a slip of the pen), or when it is this many deviations nearer than the collection at large.
LETTERS_ALIKE = 0.35
NEAR_DEVIATIONS = 3.0
# Who follows a question wants what is about it, not all that shares a word with it: this part of the best score.
NEAR_BEST = 0.5
_BACKGROUND_SAMPLE = 512
_COMPOUND = "jeugdzorgwerker"  # any will do: the first one loads the word lists
_WORD = re.compile(r"\w+")

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class _Ranked(NamedTuple):
    """Candidate rows, best first, with their fused, lexical and semantic scores (each 0–1), and all that match."""

    rows: Rows
    fused: Scores
    lexical: Scores
    semantic: Scores
    matching: Rows


_NO_ROWS: Rows = np.empty(0, np.int64)
_NO_SCORES: Scores = np.empty(0, np.float32)
_NOTHING = _Ranked(_NO_ROWS, _NO_SCORES, _NO_SCORES, _NO_SCORES, _NO_ROWS)


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


@dataclass(frozen=True)
class Settings:
    """What may differ between searchers: the weight of vectors, other names from the thesaurus, a cross-encoder."""

    semantic_weight: float = SEMANTIC_WEIGHT
    expand: bool = True
    reranker: Reranker | None = None


class Searcher:
    """Searches one open snapshot; safe to share between threads.

    Args:
        snapshot: an open snapshot.
        embedder: the model that the snapshot was built with.
        settings: how to search.

    Raises:
        EmbedderError: it is another model than the snapshot's.
    """

    def __init__(self, snapshot: Snapshot, embedder: Embedder, settings: Settings | None = None) -> None:
        manifest = snapshot.manifest
        if (manifest.model, manifest.model_revision) != (embedder.name, embedder.revision):
            raise EmbedderError(
                f"the index was built with model {manifest.model} ({manifest.model_revision}), not {embedder.name}"
                f" ({embedder.revision}); run `samenwijzer index` to build it anew"
            )
        self.snapshot = snapshot
        self.embedder = embedder
        self.settings = settings or Settings()

    @classmethod
    def open(cls, kb: Path, embedder: Embedder | None = None, settings: Settings | None = None) -> Searcher:
        """Open the knowledge base's current snapshot, with its own model unless another is given.

        Raises:
            SnapshotError: there is no index, or it is damaged.
            EmbedderError: its model cannot be had.
        """
        folder = snapshots_folder(kb) / current_id(kb)
        if embedder:
            return cls(Snapshot(folder), embedder, settings)
        spec = read_manifest(folder).model_spec
        with ThreadPoolExecutor(1) as aside:  # the model takes as long as all the rest
            model = aside.submit(make_embedder, spec)
            snapshot = Snapshot(folder)
            thesaurus()
            query_terms(_COMPOUND)
        return cls(snapshot, model.result(), settings)

    @property
    def snapshot_id(self) -> str:
        """Id of the snapshot that is searched."""
        return self.snapshot.manifest.id

    @property
    def manifest(self) -> Manifest:
        """What the snapshot was made from and how much is in it."""
        return self.snapshot.manifest

    def search(self, query: Query) -> Results:
        """Return the hits for a query, best first; without words, everything that passes the filters."""
        started = time.perf_counter()
        allowed = self.snapshot.facets.allowed(query.filters)
        terms = self.terms(query)
        wanted = query.offset + query.k
        if not query.text.strip():
            ranked = self._browse(allowed)
        else:
            ranked = self._rank(query.text, terms, allowed, max(NEWEST_DEPTH if query.newest else DEPTH, 3 * wanted))
        if query.newest:
            ranked = self._by_arrival(ranked)
        reranker = self.settings.reranker if query.text.strip() and not query.newest else None
        hits = self._hits(ranked, terms, max(wanted, RERANKED) if reranker else wanted)
        if reranker:
            hits = rerank(reranker, query.text, hits)
        matching = self.snapshot.facets.matching(ranked.matching)
        return Results(
            query=query,
            hits=tuple(hits[query.offset : wanted]),
            total=int(np.count_nonzero(matching)),
            facets=self.snapshot.facets.counts(matching),
            added=tuple(dict.fromkeys(term.word for term in terms.added)),
            snapshot=self.snapshot_id,
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def terms(self, query: Query) -> Terms:
        """Analyse the query and add to it, except what is in `query.without`.

        Added are the nearest spelling of words that no passage has, and other names from the thesaurus.
        """
        repairs = {r.word: r.suggestion for r in reversed(self.snapshot.lexical.repairs(query.text))}
        chosen = {word: other for word, other in repairs.items() if other not in query.without}
        own = query_terms(query.text)
        added = [term for other in chosen.values() for term in query_terms(other, REPAIR_WEIGHT)]
        known = {term.term for term in own}
        synonyms = []
        for mention in thesaurus().mentions(query.text) if self.settings.expand else ():
            named = frozenset(_word_terms(query.text[mention.char_start : mention.char_end]))
            for link in mention.links[:MOST_SYNONYMS]:
                other = frozenset(_word_terms(link.term))
                if link.weight < LEAST_SYNONYM or link.term in query.without or not other - known:
                    continue
                synonyms.append((named, other))
                added += _synonym_terms(link.term, link.weight * SYNONYM_WEIGHT)
        return Terms(tuple(own), tuple(dict.fromkeys(added)), chosen, tuple(synonyms))

    def _rank(self, text: str, terms: Terms, allowed: NDArray[np.bool_] | None, depth: int) -> _Ranked:
        if not terms.own:  # nothing but signs and stop words
            return _NOTHING
        lexical_index, vectors = self.snapshot.lexical, self.snapshot.vectors
        by_word = lexical_index.scores(term for term in terms.asked if term.field != "g")
        matched = by_word > 0
        for _, other in terms.synonyms:
            # The whole of another name makes a match, a stray word of one ("ondersteuner") does not.
            matched[_shared([lexical_index.column("p", term)[0] for term in other])] = True
        further = [term for term in terms.asked if term.field == "g"]
        lexical = by_word + lexical_index.scores([*further, *terms.names])
        # Before filtering: a filter narrows what matches, and never lets more in.
        alike = LETTERS_ALIKE * float(lexical.max(initial=0))
        if allowed is not None:
            lexical *= allowed
            matched &= allowed
        vector = self.embedder.encode_query([terms.meant(text)])[0]
        rows = np.union1d(_top(lexical, depth), vectors.search(vector, depth, allowed)[0])
        semantic = np.maximum(full(vectors.vectors[rows]) @ vector, 0)
        matches = matched[rows] | (semantic >= self._near(vector))
        matches |= (lexical[rows] >= alike) & (lexical[rows] > 0)
        rows, semantic = rows[matches], _scaled(semantic[matches])
        relative = _scaled(lexical[rows])
        weight = self.settings.semantic_weight
        fused = ((relative + weight * semantic) / (1 + weight)).astype(np.float32)
        order = np.lexsort((rows, -fused))
        matched[rows] = True
        return _Ranked(rows[order], fused[order], relative[order], semantic[order], np.flatnonzero(matched))

    def _near(self, vector: NDArray[np.float32]) -> float:
        """Return the similarity from which a passage stands out from the collection at large."""
        background = self._background @ vector
        if not len(background):
            return 1.0
        return float(background.mean() + NEAR_DEVIATIONS * background.std())

    @cached_property
    def _background(self) -> NDArray[np.float32]:
        vectors = self.snapshot.vectors.vectors
        return np.asarray(vectors[:: max(1, len(vectors) // _BACKGROUND_SAMPLE)], np.float32)

    def _browse(self, allowed: NDArray[np.bool_] | None) -> _Ranked:
        rows = np.arange(len(self.snapshot)) if allowed is None else np.flatnonzero(allowed)
        newest = rows[np.lexsort((rows, -self.snapshot.facets.years[rows].astype(np.int32)))]
        zeros: Scores = np.zeros(len(rows), np.float32)
        return _Ranked(newest, zeros, zeros, zeros, rows)

    def _by_arrival(self, ranked: _Ranked) -> _Ranked:
        near = np.flatnonzero(ranked.fused >= NEAR_BEST * ranked.fused.max(initial=0))
        order = near[np.argsort(-self.snapshot.facets.added[ranked.rows[near]], kind="stable")]
        rows = ranked.rows[order]
        return _Ranked(rows, ranked.fused[order], ranked.lexical[order], ranked.semantic[order], np.sort(rows))

    def _hits(self, ranked: _Ranked, terms: Terms, wanted: int) -> list[Hit]:
        """Return the first `wanted` records; nearly the same text in another document is folded into `also_in`."""
        forward = self.snapshot.lexical.forward
        bearing = forward.bearing(terms.stems)
        hits: list[Hit] = []
        by_family: dict[str, int] = {}
        seen: set[int] = set()
        for place, row in enumerate(ranked.rows):
            number = int(self.snapshot.facets.records[row])
            if number in seen:
                continue
            seen.add(number)
            if len(hits) == wanted:
                break
            record = self.snapshot.record(int(row))
            twin = by_family.setdefault(record.family or record.passage_id, len(hits))
            if twin < len(hits) and record.document_id != hits[twin].document_id:
                others = dict.fromkeys((*hits[twin].also_in, record.document_id))
                hits[twin] = replace(hits[twin], also_in=tuple(others))
                continue
            scores = ranked.fused[place], ranked.lexical[place], ranked.semantic[place]
            hits.append(make_hit(record, len(hits) + 1, scores, terms, forward.find(int(row), record.text, bearing)))
        return hits

    def passage(self, passage_id: str) -> Passage | None:
        """Return a passage of this snapshot, or None."""
        row = self.snapshot.passage_row(passage_id)
        if row is None:
            return None
        document = self.document(self.snapshot.record(row).document_id)
        return next((p for p in document.passages if p.id == passage_id), None) if document else None

    def document(self, document_id: str) -> Document | None:
        """Return a document of this snapshot, or None."""
        row = self.snapshot.document_row(document_id)
        return None if row is None else from_json(self.snapshot.documents[row])

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Return at most `limit` documents from `offset` on, in the order of their ids."""
        rows = range(offset, min(offset + limit, len(self.snapshot.documents)))
        return [from_json(self.snapshot.documents[row]) for row in rows]

    def related(self, document: Document) -> tuple[Document, ...]:
        """Return the documents that this one names as related, then those that name it."""
        return tuple(from_json(self.snapshot.documents[row]) for row in self.snapshot.related.get(document.id, ()))

    def similar(self, passage_id: str, k: int = 10) -> tuple[Hit, ...]:
        """Return the records most like a passage, from other documents, best first; empty for an unknown id."""
        row = self.snapshot.passage_row(passage_id)
        if row is None:
            return ()
        record = self.snapshot.record(row)
        own = tuple(term for term in query_terms(record.text) if term.field != "g")
        lexical = self.snapshot.lexical.scores(own)
        vector = np.asarray(self.snapshot.vectors.vectors[row], np.float32)
        near, _ = self.snapshot.vectors.search(vector, DEPTH)
        rows = np.union1d(_top(lexical, DEPTH), near)
        rows = rows[[self.snapshot.record(int(r)).document_id != record.document_id for r in rows]]
        semantic = _scaled(np.maximum(full(self.snapshot.vectors.vectors[rows]) @ vector, 0))
        relative = _scaled(lexical[rows])
        fused = ((relative + semantic) / 2).astype(np.float32)
        order = np.lexsort((rows, -fused))
        ranked = _Ranked(rows[order], fused[order], relative[order], semantic[order], rows)
        return tuple(self._hits(ranked, Terms(own), k))


def _word_terms(text: str) -> list[str]:
    return [term.term for term in query_terms(text) if term.field == "p"]


def _synonym_terms(name: str, weight: float) -> list[QueryTerm]:
    """Return the whole words and parts of a name, which share its weight; it is shown as one addition."""
    terms = [term for term in query_terms(name) if term.field != "g"]
    words = len({term.word for term in terms}) or 1
    return [term._replace(weight=weight / words, word=name) for term in terms]


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


def passage_terms(text: str) -> set[str]:
    """Return the stems and compound parts of all words of a text."""
    found: set[str] = set()
    for token in analysed(text):
        for word in token.words:
            terms = word_terms(word)
            found.update((terms.stem, *terms.parts))
    return found


def _shared(columns: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return the passages that stand in every one of the columns, which are ascending."""
    rows, *others = sorted(columns, key=len)
    for other in others:
        at = np.searchsorted(other, rows)
        rows = rows[(at < len(other)) & (other[np.minimum(at, len(other) - 1)] == rows)]
    return rows


def _top(scores: Scores, count: int) -> Rows:
    """Return the rows of the `count` highest scores above zero, in no order."""
    rows = np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))
    return rows[scores[rows] > 0].astype(np.int64)


def _scaled(scores: Scores) -> Scores:
    best = float(scores.max(initial=0))
    return scores / best if best > 0 else scores
