"""What a snapshot holds, counted: for whom, from whom, and how old."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from corpus.coverage import Coverage
from corpus.taxonomy import taxonomy
from index.facets import Facets
from index.snapshot import Snapshot


class Source(NamedTuple):
    """A publisher: how many publications, per year where it is known, and the day the last one came in."""

    name: str | None
    publications: int
    years: Mapping[int, int]
    last_added: date


@dataclass(frozen=True)
class Overview:
    """Records per theme and profession, and the publishers, those with most publications first."""

    coverage: Coverage
    sources: tuple[Source, ...]

    @property
    def years(self) -> dict[int, int]:
        """The number of publications per year, those without one left out."""
        total: Counter[int] = Counter()
        for source in self.sources:
            total.update(source.years)
        return dict(sorted(total.items()))


@lru_cache(maxsize=1)
def overview(snapshot: Snapshot) -> Overview:
    """Count a snapshot; remembered for the last one asked for."""
    found: dict[str | None, list[tuple[int | None, int]]] = defaultdict(list)
    for row in first_rows(snapshot):
        record = snapshot.record(row)
        found[record.publisher].append((record.year, int(snapshot.facets.added[row])))
    sources = (_source(name, publications) for name, publications in found.items())
    ordered = sorted(sources, key=lambda source: (-source.publications, source.name or ""))
    return Overview(_coverage(snapshot.facets), tuple(ordered))


def first_rows(snapshot: Snapshot) -> list[int]:
    """Return the row of the first passage of each document, in the order of the documents."""
    rows: list[int] = np.unique(snapshot.document_rows, return_index=True)[1].tolist()
    return rows


def _source(name: str | None, publications: list[tuple[int | None, int]]) -> Source:
    years = Counter(year for year, _ in publications if year)
    last = date.fromordinal(max(day for _, day in publications))
    return Source(name, len(publications), dict(sorted(years.items())), last)


def _coverage(facets: Facets) -> Coverage:
    """Count the records that have both a theme and a profession, for all pairs of the taxonomy."""
    counts = (_incidence(facets, "thema").T @ _incidence(facets, "beroep")).tocoo()
    themes, professions = facets.labels["thema"], facets.labels["beroep"]
    known = taxonomy()
    rows, columns = (tuple(entry.label for entry in entries) for entries in (known.themas, known.beroepen))
    pairs = ((themes[t], professions[b], int(n)) for t, b, n in zip(counts.row, counts.col, counts.data, strict=True))
    return Coverage(rows, columns, {(t, b): n for t, b, n in pairs if t in rows and b in columns})


def _incidence(facets: Facets, name: str) -> Any:  # noqa: ANN401 - scipy has no types
    """Return a matrix (records x values) of zeros and ones."""
    from scipy.sparse import csr_matrix

    owners = np.repeat(facets.records, np.diff(facets.indptr[name]))
    shape = int(facets.records.max(initial=-1)) + 1, len(facets.labels[name])
    matrix = csr_matrix((np.ones(len(owners), np.int64), (owners, facets.codes[name])), shape=shape)
    matrix.data[:] = 1
    return matrix
