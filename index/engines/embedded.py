"""The embedded engine: the snapshots in the folder of the knowledge base, mapped into this process."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.document import Document, from_json
from corpus.errors import SnapshotError
from index import snapshot as snapshots
from index.engine import SAMPLE, Ranking, Request, Rows, Scores, Stored
from index.forward import NOTHING
from index.fusion import Fused, by_arrival, fuse
from index.publishing import publish
from index.records import Entry
from index.snapshot import Manifest, Snapshot
from index.vectors import full, similarities

Mask = NDArray[np.bool_]


def connect(address: str, kb: Path) -> Embedded:
    """Return the engine of a knowledge base; it has no address."""
    return Embedded(kb)


class Embedded:
    """The `Engine` over a folder: `CURRENT` names the snapshot in use."""

    def __init__(self, kb: Path) -> None:
        self.kb = kb

    def current_id(self) -> str:
        """Return what `CURRENT` says."""
        return snapshots.current_id(self.kb)

    def manifest(self) -> Manifest:
        """Read the manifest of the snapshot in use."""
        return snapshots.read_manifest(snapshots.snapshots_folder(self.kb) / self.current_id())

    def open(self) -> LocalReader:
        """Open the snapshot in use."""
        return LocalReader(snapshots.open_current(self.kb))

    def publish(self, snapshot: Snapshot) -> None:
        """Name a snapshot of this knowledge base in `CURRENT`."""
        if snapshot.folder != snapshots.snapshots_folder(self.kb) / self._used():
            publish(self.kb, snapshot.manifest.id)

    def _used(self) -> str:
        try:
            return self.current_id()
        except SnapshotError:
            return ""


class LocalReader:
    """The `Reader` of an open snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @property
    def manifest(self) -> Manifest:
        """Return the snapshot's own."""
        return self.snapshot.manifest

    @cached_property
    def sample(self) -> Scores:
        """Take every nth vector."""
        vectors = self.snapshot.vectors.vectors
        return np.asarray(vectors[:: max(1, len(vectors) // SAMPLE)], np.float32)

    def search(self, request: Request) -> Ranking:
        """Rank and count, all passages at once."""
        facets, allowed = self.snapshot.facets, self._allowed(request)
        found, rows = self._browse(allowed) if request.vector is None else self._rank(request, request.vector, allowed)
        if request.newest:
            found = by_arrival(found, facets.added[found.rows])
            rows = found.rows
        matching = facets.matching(rows)
        total = int(np.count_nonzero(matching))
        return Ranking(found.rows, facets.records[found.rows], *found[1:], total, facets.counts(matching))

    def _allowed(self, request: Request) -> Mask | None:
        allowed = self.snapshot.facets.allowed(request.filters)
        if request.without is None:
            return allowed
        others: Mask = self.snapshot.document_rows != self.snapshot.document_row(request.without)
        return others if allowed is None else allowed & others

    def _rank(self, request: Request, vector: Scores, allowed: Mask | None) -> tuple[Fused, Rows]:
        """Return the candidates that match, and the rows of all passages that do."""
        index, vectors = self.snapshot.lexical, self.snapshot.vectors
        matched = index.having(request.words)
        for parts in request.names:
            matched[_shared([index.column("p", part)[0] for part in parts])] = True
        scoring = index.scoring([*request.words, *request.further])
        rows, lexical = scoring.best(request.depth, allowed, vectors.search(vector, request.depth, allowed)[0])
        # Before filtering: a filter narrows what matches, and never lets more in.
        highest = float(lexical.max(initial=0)) if allowed is None else scoring.highest()
        if allowed is not None:
            matched &= allowed
        semantic = np.maximum(similarities(self.vectors(rows), vector), 0)
        matches = matched[rows] | (semantic >= request.near)
        matches |= (lexical >= request.alike * highest) & (lexical > 0)
        rows = rows[matches]
        matched[rows] = True
        return fuse(rows, lexical[matches], semantic[matches], request.weight), np.flatnonzero(matched)

    def _browse(self, allowed: Mask | None) -> tuple[Fused, Rows]:
        rows = self._newest if allowed is None else self._newest[allowed[self._newest]]
        zeros: Scores = np.zeros(len(rows), np.float32)
        return Fused(rows, zeros, zeros, zeros), rows

    @cached_property
    def _newest(self) -> Rows:
        """All rows, those of the latest year first."""
        return np.argsort(-self.snapshot.facets.years.astype(np.int32), kind="stable")

    def rows(self, passage_ids: Sequence[str]) -> dict[str, int]:
        """Look the ids up one by one."""
        found = ((id, self.snapshot.passage_row(id)) for id in passage_ids)
        return {id: row for id, row in found if row is not None}

    def passages(self, rows: Sequence[int] | Rows, stems: Set[str] = frozenset()) -> list[Stored]:
        """Read the records, and find the tokens by the index of words."""
        forward, added = self.snapshot.lexical.forward, self.snapshot.facets.added
        bearing = forward.bearing(stems) if stems else None
        found = []
        for row in map(int, rows):
            record = self.snapshot.record(row)
            tokens = NOTHING if bearing is None else forward.find(row, record.text, bearing)
            found.append(Stored(record, date.fromordinal(int(added[row])), tokens))
        return found

    def vectors(self, rows: Sequence[int] | Rows) -> Scores:
        """Read the vectors."""
        return full(self.snapshot.vectors.vectors[np.asarray(rows, np.int64)])

    def frequencies(self, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Measure the columns of the lexical index."""
        return self.snapshot.lexical.frequencies(terms)

    def entries(self) -> tuple[Entry, ...]:
        """Return the snapshot's own."""
        return self.snapshot.entries

    def document(self, document_id: str) -> Document | None:
        """Read a document, if it is there."""
        row = self.snapshot.document_row(document_id)
        return None if row is None else self._document(row)

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Read a stretch of the documents."""
        return [self._document(row) for row in range(offset, min(offset + limit, len(self.snapshot.documents)))]

    def related(self, document_id: str) -> list[Document]:
        """Read the documents in the rows that the snapshot names."""
        return [self._document(row) for row in self.snapshot.related.get(document_id, ())]

    def _document(self, row: int) -> Document:
        return from_json(self.snapshot.documents[row])


def _shared(columns: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return the passages that stand in every one of the columns, which are ascending."""
    rows, *others = sorted(columns, key=len)
    for other in others:
        at = np.searchsorted(other, rows)
        rows = rows[(at < len(other)) & (other[np.minimum(at, len(other) - 1)] == rows)]
    return rows
