"""The vector index: a scan over compressed vectors, then the exact order of the rows that come nearest; uses FAISS.

The scan goes over product-quantised codes, a bit or two for each number, with its tables in registers (André, Kermarrec
and Le Scouarnec, "Cache locality is not enough", 2015). A large collection is divided into lists of vectors that are
alike, and only the lists nearest to the query are scanned; a filter makes it scan more of them. Nothing depends on the
order of the rows, and a build from nothing equals one from saved vectors. Small collections, and filters that leave
little, are searched exactly.

A folder holds `vectors.npy` (float16, n x d) and for large collections `scan.faiss`. FAISS reads a corrupt file without
a word, so whoever opens a folder sees to it that the files are as they were written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError

EXACT = 2_000_000
"""So many numbers take some 2 ms to compare."""
_RERANKED = 200_000
"""So many numbers are read to put what the scan found in exact order: 520 rows with 384 dimensions."""
_TOGETHER, _TOGETHER_ALONE = 4, 2
"""So many numbers share a code of 4 bits, in lists and in a list alone. Alone there is time for twice the bits, which
find all of the nearest ten where half of them find eight (texts that are hard to tell apart: docs/benchmarks.md)."""
LISTED = 200_000
"""Below so many rows there is one list: to scan it whole takes about a millisecond."""
_SCANNED = 8
"""One in so many lists is scanned: recall@10 is then above 0.99 at a million passages, see docs/scale.md."""
_TRAINED_ON = 65_536
_ROUNDS = 8
_BLOCK = 8192
_REMEDY = "run `samenwijzer index`"

Vectors = NDArray[np.float16]


def _faiss() -> Any:  # noqa: ANN401 - its own type hints are wrong in several places
    import faiss

    # On one thread codes are the same every time, and a query does not wait for a second core that is busy. The
    # setting holds for the calling thread only.
    faiss.omp_set_num_threads(1)
    return faiss


@dataclass(frozen=True)
class VectorIndex:
    """A built index over the rows of `vectors` (float16, n x d, unit length).

    Up to `exact` numbers (rows x dimensions) are all compared with the query; only larger collections have a `scan`,
    and from `listed` rows on it has more than one list.
    """

    vectors: Vectors
    scan: Any = None
    exact: int = EXACT

    def __len__(self) -> int:
        return len(self.vectors)

    @classmethod
    def build(cls, vectors: NDArray[np.floating[Any]], exact: int = EXACT, listed: int = LISTED) -> VectorIndex:
        """Index unit vectors (n x d).

        They are rounded to float16 first, so that a rebuild from a saved index's `vectors` equals a fresh one.

        Raises:
            SnapshotError: not a matrix, or not all numbers are finite.
        """
        rounded = np.ascontiguousarray(vectors, np.float16)
        if rounded.ndim != 2 or not np.isfinite(rounded).all():
            raise SnapshotError(f"the embedding model gave vectors that cannot be indexed (shape {rounded.shape})")
        return cls(rounded, _scan(rounded, _lists(len(rounded), listed)) if rounded.size > exact else None, exact)

    def save(self, folder: Path) -> None:
        """Write `vectors.npy`, and `scan.faiss` if there is one, into `folder`, which is made if needed.

        Raises:
            OSError: they cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        if self.scan is not None:
            # FAISS itself does not notice that a disk is full.
            (folder / "scan.faiss").write_bytes(memoryview(_faiss().serialize_index(self.scan)))

    @classmethod
    def open(cls, folder: Path, exact: int = EXACT) -> VectorIndex:
        """Read what `save` wrote; `vectors` is memory-mapped.

        Raises:
            SnapshotError: a file is missing or unreadable, or the two do not belong together.
        """
        try:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            scan = _faiss().read_index(str(folder / "scan.faiss")) if vectors.size > exact else None
        except (OSError, ValueError, EOFError, RuntimeError) as exc:
            raise SnapshotError(f"{folder}: the vector index cannot be read ({exc}); {_REMEDY}") from exc
        if vectors.ndim != 2 or vectors.dtype != np.float16:
            raise SnapshotError(f"{folder}: vectors.npy does not hold vectors; {_REMEDY}")
        if scan is not None and (scan.ntotal, scan.d) != (len(vectors), _padded(vectors.shape[1])):
            raise SnapshotError(f"{folder}: vectors.npy and scan.faiss do not belong together; {_REMEDY}")
        # Rows of a memmap are slow to take; a plain view of it reads the same file.
        return cls(np.asarray(vectors), scan, exact)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows (int64) nearest to `query` (float32, d) and their inner products (float32), best first.

        At most `k`, and only rows for which `allowed` (bool, n) is true. Scores are exact.

        Raises:
            SnapshotError: the query's dimension is not the index's.
        """
        query = np.ascontiguousarray(query, np.float32)
        if query.shape != self.vectors.shape[1:]:
            raise SnapshotError(f"a query vector of shape {query.shape} does not fit this index; {_REMEDY}")
        rows = self._candidates(query, max(k, 0), allowed)
        scores = similarities(full(self.vectors[rows]), query)
        best = np.lexsort((rows, -scores))[: max(k, 0)]
        return rows[best], scores[best]

    def _candidates(self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Return all rows that are allowed, or enough of those nearest to the query for the best `k` to be there."""
        count = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if self.scan is None or count * len(query) <= self.exact:
            return np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        wanted = min(max(2 * k, _RERANKED // len(query)) * (1 if allowed is None else 2), count)
        lists = -(-self.scan.nlist * len(self) // (_SCANNED * count))
        while True:
            near = self._nearest(query, wanted, lists, allowed)
            if len(near) >= wanted or lists >= self.scan.nlist:
                return near
            lists *= 2  # what is allowed is far from the query

    def _nearest(
        self, query: NDArray[np.float32], wanted: int, lists: int, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        faiss = _faiss()
        padded = np.zeros((1, self.scan.d), np.float32)
        padded[0, : len(query)] = query
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        chosen = None if bits is None else faiss.IDSelectorBitmap(bits)
        how = faiss.SearchParametersIVF(nprobe=min(lists, self.scan.nlist), sel=chosen)
        rows = self.scan.search(padded, wanted, params=how)[1][0]
        return np.asarray(rows[rows >= 0], np.int64)


def similarities(rows: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the inner products (float32, n) of rows (n x d) and a query (d).

    A product of matrices would wake a thread for each core, and wait for all of them on a machine that is busy.
    """
    return np.asarray(np.vecdot(rows, query), np.float32)


def full(vectors: Vectors) -> NDArray[np.float32]:
    """Return finite float16 numbers as float32: what `astype` does, in a third of the time.

    The exponent of a half is 112 less than that of the same number in float32, and stands 13 bits lower.
    """
    bits = vectors.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= ~0x70000000  # copies of the sign
    numbers = bits.view(np.float32)
    numbers *= np.float32(2.0**112)
    return numbers


def _padded(dimension: int) -> int:
    return -(-dimension // _TOGETHER) * _TOGETHER


def _lists(rows: int, listed: int) -> int:
    """Return into how many lists to divide: the power of two nearest to the square root."""
    return 1 if rows < listed else 2 ** round(math.log2(rows) / 2)


def _scan(vectors: Vectors, lists: int) -> Any:  # noqa: ANN401 - FAISS has no types
    faiss = _faiss()
    dimension = _padded(vectors.shape[1])
    centres = faiss.IndexFlatIP(dimension)
    codes = dimension // (_TOGETHER if lists > 1 else _TOGETHER_ALONE)
    scan = faiss.IndexIVFPQFastScan(centres, dimension, lists, codes, 4, faiss.METRIC_INNER_PRODUCT)
    scan.by_residual = False  # what is scanned is then the same for all lists
    scan.cp.niter, scan.cp.min_points_per_centroid = _ROUNDS, 1

    def full(rows: Vectors) -> NDArray[np.float32]:
        return np.pad(rows.astype(np.float32), ((0, 0), (0, dimension - rows.shape[1])))

    scan.train(full(vectors[:: max(1, len(vectors) // _TRAINED_ON)]))
    for start in range(0, len(vectors), _BLOCK):
        scan.add(full(vectors[start : start + _BLOCK]))
    return scan
