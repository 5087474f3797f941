"""The vector index: exact inner product below 100,000 passages, a graph over 8-bit codes above; our only use of FAISS.

A folder holds `vectors.npy` (float16, n x d), which is also what a later build reuses and what a filtered search reads,
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
_NEIGHBOURS = 32
_EF_BUILD = 80
_EF_SEARCH = 96
_REMEDY = "run `samenwijzer index`"

Vectors = NDArray[np.float16]


def _faiss() -> Any:  # noqa: ANN401 - its own type hints are wrong in several places
    import faiss

    # On one thread a graph is the same every time (it depends on the order of insertion), and a query does not wait
    # for a second core that is busy. The setting holds for the calling thread only.
    faiss.omp_set_num_threads(1)
    return faiss


@dataclass(frozen=True)
class VectorIndex:
    """A built index over the rows of `vectors` (float16, n x d, unit length).

    `flat` is the exact FAISS index; `graph` the approximate one for large collections, else None.
    """

    vectors: Vectors
    flat: Any
    graph: Any = None

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
        return cls(rounded, _flat(rounded), _graph(rounded) if len(rounded) >= flat_below else None)

    def save(self, folder: Path) -> None:
        """Write `vectors.npy`, and `graph.faiss` if there is a graph, into `folder`, which is made if needed.

        Raises:
            OSError: they cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        if self.graph is not None:
            # FAISS itself does not notice that a disk is full.
            (folder / "graph.faiss").write_bytes(memoryview(_faiss().serialize_index(self.graph)))

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """Read what `save` wrote; `vectors` is memory-mapped.

        Raises:
            SnapshotError: a file is missing or unreadable, or the two do not have the same size.
        """
        try:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            path = folder / "graph.faiss"
            graph = _faiss().read_index(str(path)) if path.exists() else None
        except (OSError, ValueError, EOFError, RuntimeError) as exc:
            raise SnapshotError(f"{folder}: the vector index cannot be read ({exc}); {_REMEDY}") from exc
        if vectors.ndim != 2 or vectors.dtype != np.float16:
            raise SnapshotError(f"{folder}: vectors.npy does not hold vectors; {_REMEDY}")
        if graph is not None and (graph.ntotal, graph.d) != vectors.shape:
            raise SnapshotError(f"{folder}: vectors.npy and graph.faiss do not belong together; {_REMEDY}")
        return cls(vectors, _flat(vectors), graph)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows (int64) nearest to `query` (float32, d) and their inner products (float32), best first.

        At most `k`, and only rows for which `allowed` (bool, n) is true: those are searched exactly, since a graph
        loses its way where most neighbours are hidden.

        Raises:
            SnapshotError: the query's dimension is not the index's.
        """
        query = np.ascontiguousarray(query, np.float32)
        if query.shape != self.vectors.shape[1:]:
            raise SnapshotError(f"a query vector of shape {query.shape} does not fit this index; {_REMEDY}")
        count = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if min(k, count) <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows = self._near(query[None], min(k, count), allowed)
        scores = np.asarray(self.vectors[rows], np.float32) @ query
        best = np.lexsort((rows, -scores))
        return rows[best], scores[best]

    def _near(self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        faiss = _faiss()
        if allowed is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            rows = self.flat.search(query, k, params=faiss.SearchParameters(sel=selector))[1][0]
        elif self.graph is not None:
            depth = max(_EF_SEARCH, 2 * k)
            rows = self.graph.search(query, k, params=faiss.SearchParametersHNSW(efSearch=depth))[1][0]
        else:
            rows = self.flat.search(query, k)[1][0]
        return np.asarray(rows[rows >= 0], np.int64)


def _flat(vectors: Vectors) -> Any:  # noqa: ANN401 - FAISS has no types
    faiss = _faiss()
    # Codes of 16 bits are the float16 vectors themselves: exact, in half the memory and time of IndexFlatIP.
    codes = faiss.ScalarQuantizer.QT_fp16
    flat = faiss.IndexScalarQuantizer(vectors.shape[1], codes, faiss.METRIC_INNER_PRODUCT)
    flat.is_trained = True
    if len(vectors):
        flat.add_sa_codes(np.ascontiguousarray(vectors).view(np.uint8))
    return flat


def _graph(vectors: Vectors) -> Any:  # noqa: ANN401
    faiss = _faiss()
    metric, codes = faiss.METRIC_INNER_PRODUCT, faiss.ScalarQuantizer.QT_8bit
    graph = faiss.IndexHNSWSQ(vectors.shape[1], codes, _NEIGHBOURS, metric)
    graph.hnsw.efConstruction = _EF_BUILD
    full = np.ascontiguousarray(vectors, np.float32)
    graph.train(full)
    graph.add(full)
    return graph
