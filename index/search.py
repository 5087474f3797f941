"""From a query to fused, filtered, grouped and explained hits.

Lexical and semantic scores are each divided by the best one for this query and added up, the semantic one with a
weight: a convex sum, which measured better here than reciprocal ranks. A hit is a record: an item (a tip, a
session), or a document outside its items; the best passage of a record speaks for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from corpus.begrippen import thesaurus
from corpus.document import Document, Passage
from corpus.errors import EmbedderError, SnapshotError
from index.embedder import Embedder, make_embedder
from index.engine import Engine, Ranking, Reader, Request, Scores, Stored
from index.engines.embedded import Embedded, LocalReader
from index.expansion import Terms, expanded
from index.facets import FIELDS
from index.hits import first_hits
from index.reranker import RERANKED, Reranker, rerank
from index.results import Hit, Query, Results
from index.snapshot import Manifest, Snapshot, snapshots_folder
from index.terms import query_terms
from index.vectors import similarities

SEMANTIC_WEIGHT = 1.2
DEPTH, NEWEST_DEPTH = 200, 2000
# A passage that shares no word with the query counts as a match from this share of the best lexical score on (its
# letters are alike: a slip of the pen), or when it is this many deviations nearer than the collection at large.
LETTERS_ALIKE = 0.35
NEAR_DEVIATIONS = 3.0
_COMPOUND = "jeugdzorgwerker"  # any will do: the first one loads the word lists

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
        hits = first_hits(self.reader, ranking, terms, max(wanted, RERANKED) if reranker else wanted)
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
        """Analyse the query and add to it, except what is in `query.without`; see `index.expansion.expanded`."""
        return expanded(query, self.reader.frequencies, names=self.settings.expand)

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
        return tuple(first_hits(self.reader, self.reader.search(request), Terms(own), k))
