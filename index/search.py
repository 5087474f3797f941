"""From a query to fused, filtered, grouped and explained hits.

Lexical and semantic scores are each divided by the best one for this query and added up, the semantic one with a
weight: a convex sum, which measured better here than reciprocal ranks. A hit is a record: an item (a tip, a
session), or a document outside its items; the best passage of a record speaks for it.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.begrippen import thesaurus
from corpus.document import Document, Passage
from corpus.errors import EmbedderError, SnapshotError
from corpus.fragments import source_link
from index.dutch import fold, word_terms
from index.embedder import Embedder, make_embedder
from index.engine import Engine, Ranking, Reader, Request, Scores, Stored
from index.engines.embedded import Embedded, LocalReader
from index.facets import FIELDS
from index.forward import NOTHING, Found
from index.lexical import QueryTerm, query_terms
from index.records import PassageRecord
from index.reranker import RERANKED, Reranker, rerank
from index.results import Hit, Query, Results, Why
from index.snapshot import Manifest, Snapshot, snapshots_folder
from index.spelling import repairs
from index.terms import analysed, token_spans, wanted_stems, word_stems
from index.vectors import similarities

SEMANTIC_WEIGHT = 1.6
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
_COMPOUND = "jeugdzorgwerker"  # any will do: the first one loads the word lists
_WORD = re.compile(r"\w+")

_NO_SCORES: Scores = np.empty(0, np.float32)
_NOTHING = Ranking(
    rows=np.empty(0, np.int64),
    records=np.empty(0, np.int32),
    fused=_NO_SCORES,
    lexical=_NO_SCORES,
    semantic=_NO_SCORES,
    total=0,
    facets=dict.fromkeys((*FIELDS, "year"), ()),
)


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
        reader: an open snapshot, of any engine.
        embedder: the model that the snapshot was built with.
        settings: how to search.
        kb: folder of the knowledge base, for `snapshot`.

    Raises:
        EmbedderError: it is another model than the snapshot's.
    """

    def __init__(
        self, reader: Reader, embedder: Embedder, settings: Settings | None = None, kb: Path | None = None
    ) -> None:
        manifest = reader.manifest
        if (manifest.model, manifest.model_revision) != (embedder.name, embedder.revision):
            raise EmbedderError(
                f"the index was built with model {manifest.model} ({manifest.model_revision}), not {embedder.name}"
                f" ({embedder.revision}); run `samenwijzer index` to build it anew"
            )
        self.reader = reader
        self.embedder = embedder
        self.settings = settings or Settings()
        self._kb = kb

    @classmethod
    def open(
        cls,
        kb: Path,
        embedder: Embedder | None = None,
        settings: Settings | None = None,
        engine: Engine | None = None,
    ) -> Searcher:
        """Open the snapshot in use, with its own model unless another is given.

        Args:
            kb: folder of the knowledge base.
            embedder: the model to search with.
            settings: how to search.
            engine: where the snapshot is; by default in the knowledge base itself.

        Raises:
            SnapshotError: there is no index, or it is damaged.
            EngineError: the engine cannot be reached.
            EmbedderError: its model cannot be had.
        """
        engine = engine or Embedded(kb)
        if embedder:
            return cls(engine.open(), embedder, settings, kb)
        spec = engine.manifest().model_spec
        with ThreadPoolExecutor(1) as aside:  # the model takes as long as all the rest
            model = aside.submit(make_embedder, spec)
            reader = engine.open()
            thesaurus()
            query_terms(_COMPOUND)
        return cls(reader, model.result(), settings, kb)

    @property
    def snapshot_id(self) -> str:
        """Id of the snapshot that is searched."""
        return self.manifest.id

    @property
    def manifest(self) -> Manifest:
        """What the snapshot was made from and how much is in it."""
        return self.reader.manifest

    @cached_property
    def snapshot(self) -> Snapshot:
        """The folder of what is searched, for who counts all that is in it.

        Raises:
            SnapshotError: it is not in the knowledge base of this machine.
        """
        if isinstance(self.reader, LocalReader):
            return self.reader.snapshot
        folder = snapshots_folder(self._kb) / self.snapshot_id if self._kb else None
        if folder is None or not folder.is_dir():
            raise SnapshotError(
                f"{self._kb}: index {self.snapshot_id} itself is not here; ask where it was built, or copy it here"
            )
        return Snapshot(folder)

    @cached_property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The values that records have, per field that can be filtered on; those that most have come first."""
        facets = self.reader.search(Request()).facets
        return {name: tuple(value for value, _ in facets[name]) for name in FIELDS}

    def search(self, query: Query) -> Results:
        """Return the hits for a query, best first; without words, everything that passes the filters."""
        started = time.perf_counter()
        terms = self.terms(query)
        wanted = query.offset + query.k
        ranking = self._rank(query, terms, max(NEWEST_DEPTH if query.newest else DEPTH, 3 * wanted))
        reranker = self.settings.reranker if query.text.strip() and not query.newest else None
        hits = self._hits(ranking, terms, max(wanted, RERANKED) if reranker else wanted)
        if reranker:
            hits = rerank(reranker, query.text, hits)
        return Results(
            query=query,
            hits=tuple(hits[query.offset : wanted]),
            total=ranking.total,
            facets=ranking.facets,
            added=tuple(dict.fromkeys(term.word for term in terms.added)),
            snapshot=self.snapshot_id,
            took_ms=(time.perf_counter() - started) * 1000,
            exact=ranking.exact,
        )

    def terms(self, query: Query) -> Terms:
        """Analyse the query and add to it, except what is in `query.without`.

        Added are the nearest spelling of words that no passage has, and other names from the thesaurus.
        """
        nearest = {r.word: r.suggestion for r in reversed(repairs(query.text, self.reader.frequencies))}
        chosen = {word: other for word, other in nearest.items() if other not in query.without}
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

    def _rank(self, query: Query, terms: Terms, depth: int) -> Ranking:
        if not query.text.strip():
            return self.reader.search(Request(filters=query.filters, depth=depth, newest=query.newest))
        if not terms.own:  # nothing but signs and stop words
            return _NOTHING
        vector = self.embedder.encode_query([terms.meant(query.text)])[0]
        grams = (term for term in terms.asked if term.field == "g")
        request = Request(
            words=tuple(term for term in terms.asked if term.field != "g"),
            further=(*grams, *terms.names),
            # The whole of another name makes a match, a stray word of one ("ondersteuner") does not.
            names=tuple(other for _, other in terms.synonyms),
            vector=vector,
            near=self._near(vector),
            alike=LETTERS_ALIKE,
            weight=self.settings.semantic_weight,
            filters=query.filters,
            depth=depth,
            newest=query.newest,
        )
        return self.reader.search(request)

    def _near(self, vector: Scores) -> float:
        """Return the similarity from which a passage stands out from the collection at large."""
        background = similarities(self.reader.sample, vector)
        if not len(background):
            return 1.0
        return float(background.mean() + NEAR_DEVIATIONS * background.std())

    def nearness(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """Return by passage id the similarity to a text (0–1), where 0 is that of the collection at large."""
        vector = self.embedder.encode_query([text])[0]
        background = float(np.mean(similarities(self.reader.sample, vector))) if self.manifest.passages else 0.0
        rows = self.reader.rows(passage_ids)
        cosines = similarities(self.reader.vectors(list(rows.values())), vector)
        scaled = np.clip((cosines - background) / max(1 - background, 1e-6), 0, 1)
        return dict(zip(rows, scaled.tolist(), strict=True))

    def rarities(self, terms: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each compound part, as in the lexical index."""
        total = self.manifest.passages
        known = self.reader.frequencies([("p", term) for term in terms])
        return {t: math.log1p((total - n + 0.5) / (n + 0.5)) for t, n in zip(terms, known, strict=True)}

    def _hits(self, ranking: Ranking, terms: Terms, wanted: int) -> list[Hit]:
        """Return the first `wanted` records; nearly the same text in another document is folded into `also_in`."""
        hits: list[Hit] = []
        by_family: dict[str, int] = {}
        places = _first_of_each(ranking.records)
        while some := list(islice(places, wanted - len(hits))):
            for place, stored in zip(some, self.reader.passages(ranking.rows[some].tolist(), terms.stems), strict=True):
                record = stored.record
                twin = by_family.setdefault(record.family or record.passage_id, len(hits))
                if twin < len(hits) and record.document_id != hits[twin].document_id:
                    others = dict.fromkeys((*hits[twin].also_in, record.document_id))
                    hits[twin] = replace(hits[twin], also_in=tuple(others))
                    continue
                scores = ranking.fused[place], ranking.lexical[place], ranking.semantic[place]
                hits.append(make_hit(record, len(hits) + 1, scores, terms, stored.found))
        return hits

    def passage(self, passage_id: str) -> Passage | None:
        """Return a passage of this snapshot, or None."""
        stored = self._stored([passage_id]).get(passage_id)
        document = self.document(stored.record.document_id) if stored else None
        return next((p for p in document.passages if p.id == passage_id), None) if document else None

    def added(self, passage_ids: Sequence[str]) -> dict[str, date]:
        """Return the day on which the document of each passage came into the collection."""
        return {id: stored.added for id, stored in self._stored(passage_ids).items()}

    def _stored(self, passage_ids: Sequence[str]) -> dict[str, Stored]:
        rows = self.reader.rows(passage_ids)
        return dict(zip(rows, self.reader.passages(list(rows.values())), strict=True))

    def document(self, document_id: str) -> Document | None:
        """Return a document of this snapshot, or None."""
        return self.reader.document(document_id)

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Return at most `limit` documents from `offset` on, in the order of their ids."""
        return self.reader.documents(limit, offset)

    def related(self, document: Document) -> tuple[Document, ...]:
        """Return the documents that this one names as related, then those that name it."""
        return tuple(self.reader.related(document.id))

    def similar(self, passage_id: str, k: int = 10) -> tuple[Hit, ...]:
        """Return the records most like a passage, from other documents, best first; empty for an unknown id."""
        row = self.reader.rows([passage_id]).get(passage_id)
        if row is None:
            return ()
        record = self.reader.passages([row])[0].record
        own = tuple(term for term in query_terms(record.text) if term.field != "g")
        vector = self.reader.vectors([row])[0]
        request = Request(further=own, vector=vector, near=0.0, without=record.document_id, depth=DEPTH)
        return tuple(self._hits(self.reader.search(request), Terms(own), k))


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


def _first_of_each(records: NDArray[np.int32]) -> Iterator[int]:
    """Yield the first place of every record."""
    seen: set[int] = set()
    for place, number in enumerate(records):
        if number not in seen:
            seen.add(number)
            yield place
