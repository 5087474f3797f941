"""The vector index: exact inner product below 100,000 passages, a graph over 8-bit codes above; our only use of FAISS.

A folder holds `vectors.npy` (float16, n x d), which is also what a later build reuses and what filtered search reads,
and for large collections `graph.faiss`. FAISS reads a corrupt file without a word, so whoever opens a folder checks
the files' SHA-256 first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError

FLAT_BELOW = 100_000
EXACT_ROWS = 20_000
"""Filters that leave at most this many passages are searched exactly."""
_NEIGHBOURS = 32
_EF_BUILD = 80
_EF_SEARCH = 96
_REMEDY = "run `samenwijzer index`"

Vectors = NDArray[np.float16]


def _faiss() -> Any:  # noqa: ANN401 - its own type hints are wrong in several places
    import faiss

    return faiss


@dataclass(frozen=True)
class VectorIndex:
    """A built index over the rows of `vectors` (float16, n x d, unit length); `engine` is the FAISS index."""

    vectors: Vectors
    engine: Any

    def __len__(self) -> int:
        return len(self.vectors)

    @classmethod
    def build(cls, vectors: NDArray[np.floating[Any]], flat_below: int = FLAT_BELOW) -> VectorIndex:
        """Index unit vectors (n x d).

        They are rounded to float16 first, so that a rebuild from a saved index's `vectors` equals a fresh one.

        Raises:
            SnapshotError: not a matrix, or not all numbers are finite.
        """
        rounded = np.ascontiguousarray(vectors, np.float16)
        if rounded.ndim != 2 or not np.isfinite(rounded).all():
            raise SnapshotError(f"the embedding model gave vectors that cannot be indexed (shape {rounded.shape})")
        return cls(rounded, _flat(rounded) if len(rounded) < flat_below else _graph(rounded))

    def save(self, folder: Path) -> None:
        """Write `vectors.npy`, and `graph.faiss` if there is one, into `folder`, which is made if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        if not isinstance(self.engine, _faiss().IndexFlat):
            try:
                _faiss().write_index(self.engine, str(folder / "graph.faiss"))
            except RuntimeError as exc:
                raise SnapshotError(f"{folder}: the vector index cannot be written ({exc})") from exc

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """Read what `save` wrote; `vectors` is memory-mapped.

        Raises:
            SnapshotError: a file is missing or unreadable, or the two do not have the same size.
        """
        try:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            path = folder / "graph.faiss"
            engine = _faiss().read_index(str(path)) if path.exists() else _flat(vectors)
        except (OSError, ValueError, EOFError, RuntimeError) as exc:
            raise SnapshotError(f"{folder}: the vector index cannot be read ({exc}); {_REMEDY}") from exc
        if (engine.ntotal, engine.d) != vectors.shape:
            raise SnapshotError(f"{folder}: vectors.npy and graph.faiss do not belong together; {_REMEDY}")
        return cls(vectors, engine)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows (int64) nearest to `query` (float32, d) and their inner products (float32), best first.

        At most `k`, and only rows for which `allowed` (bool, n) is true.

        Raises:
            SnapshotError: the query's dimension is not the index's.
        """
        query = np.ascontiguousarray(query, np.float32)
        if query.shape != self.vectors.shape[1:]:
            raise SnapshotError(f"a query vector of shape {query.shape} does not fit this index; {_REMEDY}")
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        k = min(k, len(rows))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if allowed is not None and len(rows) <= EXACT_ROWS:
            return _best(rows, np.asarray(self.vectors[rows], np.float32) @ query, k)
        return self._search_engine(query, k, allowed)

    def _search_engine(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        faiss = _faiss()
        selector = None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if isinstance(self.engine, faiss.IndexFlat):
            params = faiss.SearchParameters(sel=selector)
        else:
            depth = max(_EF_SEARCH, 2 * k)
            params = faiss.SearchParametersHNSW(sel=selector, efSearch=depth if allowed is None else 4 * depth)
        scores, rows = self.engine.search(query[None], k, params=params)
        found = rows[0] >= 0
        return _best(rows[0][found], scores[0][found], k)


def _best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    order = np.lexsort((rows, -scores))[:k]
    return rows[order].astype(np.int64), scores[order].astype(np.float32)


def _flat(vectors: Vectors) -> Any:  # noqa: ANN401 - FAISS has no types
    engine = _faiss().IndexFlatIP(vectors.shape[1])
    engine.add(np.ascontiguousarray(vectors, np.float32))
    return engine


def _graph(vectors: Vectors) -> Any:  # noqa: ANN401
    faiss = _faiss()
    metric, codes = faiss.METRIC_INNER_PRODUCT, faiss.ScalarQuantizer.QT_8bit
    engine = faiss.IndexHNSWSQ(vectors.shape[1], codes, _NEIGHBOURS, metric)
    engine.hnsw.efConstruction = _EF_BUILD
    threads = faiss.omp_get_max_threads()
    # The graph depends on the order in which threads insert: one thread gives the same graph every time.
    faiss.omp_set_num_threads(1)
    try:
        full = np.ascontiguousarray(vectors, np.float32)
        engine.train(full)
        engine.add(full)
    finally:
        faiss.omp_set_num_threads(threads)
    return engine
