"""BM25 scores of the terms of a field: of each passage, and of the record that it stands in.

A query's words often stand in different passages of one record: half of a passage's score for a term is therefore that
of the record as a whole, by its own length and the number of records with the term. BM25 as in Robertson and Zaragoza,
"The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the non-negative idf
log(1 + (n - df + 0.5) / (df + 0.5)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
RECORD_SHARE = 0.5
"""The part of a score that is the record's; chosen on sets to tune on, see docs/decisions/0009."""
_PIECE = 1 << 20
_FEW = 1000
"""Below this number of passages no term is too common to keep."""


@dataclass(frozen=True)
class Bm25:
    """How one field is scored: `k1` and `b` at build time, `weight` at query time.

    Terms in more than `max_df` of all passages are left out; they cost time and tell nothing.
    """

    weight: float
    k1: float = 1.2
    b: float = 0.75
    max_df: float = 1.0


def score(counts: Any, lengths: Array, settings: Bm25, records: Array | None = None) -> None:  # noqa: ANN401 - scipy has no types
    """Replace the counts in a matrix by scores.

    Args:
        counts: how often each passage has each term (CSC, passages x terms, sorted).
        lengths: how many terms of the field each passage has.
        settings: of the field.
        records: number of the record of each passage (int, from 0); None when each is a record of its own.
    """
    if records is None:
        _score(counts, lengths, settings)
    else:
        members = _members(records)
        whole = (members @ counts).tocsc()
        whole.sort_indices()
        _score(whole, members @ lengths, settings)
        places = [_entries(counts, whole, records, columns) for columns in _pieces(counts)]
        _score(counts, lengths, settings)
        counts.data *= 1 - RECORD_SHARE
        counts.data += RECORD_SHARE * whole.data[np.concatenate(places)] if places else 0
    counts.eliminate_zeros()


def _members(records: Array) -> Any:  # noqa: ANN401 - scipy has no types
    """Return which passages each record has (CSR, records x passages)."""
    from scipy.sparse import csr_matrix

    ones = np.ones(len(records), np.float32)
    return csr_matrix((ones, (records, np.arange(len(records)))))


def _entries(counts: Any, whole: Any, records: Array, columns: slice) -> Array:  # noqa: ANN401
    """Return where in `whole` the record of each entry of some columns stands."""
    wanted = _keys(counts, columns, records[counts.indices[_span(counts, columns)]], whole.shape[0])
    known = _keys(whole, columns, whole.indices[_span(whole, columns)], whole.shape[0])
    found: Array = whole.indptr[columns.start] + np.searchsorted(known, wanted)
    return found


def _keys(matrix: Any, columns: slice, rows: Array, count: int) -> Array:  # noqa: ANN401
    """Return a number for each entry, by its column and one of `count` rows."""
    sizes = np.diff(matrix.indptr[columns.start : columns.stop + 1])
    return np.repeat(np.arange(len(sizes), dtype=np.int64), sizes) * count + rows


def _span(matrix: Any, columns: slice) -> slice:  # noqa: ANN401
    return slice(matrix.indptr[columns.start], matrix.indptr[columns.stop])


def _pieces(matrix: Any) -> Iterator[slice]:  # noqa: ANN401
    """Cut columns into runs: at once, the numbers in between would take more memory than anything else in a build."""
    starts = np.searchsorted(matrix.indptr, np.arange(0, matrix.nnz, _PIECE))
    return (slice(*edges) for edges in pairwise(np.unique(np.append(starts, matrix.shape[1])).tolist()))


def _score(matrix: Any, lengths: Array, settings: Bm25) -> None:  # noqa: ANN401
    n = matrix.shape[0]
    df = np.diff(matrix.indptr)
    idf = np.log1p((n - df + 0.5) / (df + 0.5))
    if n >= _FEW:
        idf[df > settings.max_df * n] = 0
    mean = float(lengths.sum(dtype=np.float64)) / max(n, 1)
    norm = settings.k1 * (1 - settings.b + settings.b * lengths / max(mean, 1.0))
    for columns in _pieces(matrix):
        span = _span(matrix, columns)
        tf = matrix.data[span]
        weight = np.repeat(idf[columns], df[columns])
        matrix.data[span] = weight * tf * (settings.k1 + 1) / (tf + norm[matrix.indices[span]])
