"""The lexical index: BM25 scores computed at build time, kept as one sparse matrix in memory-mapped arrays.

Columns are terms in three fields: "w" whole stems, "p" compound parts, "g" character 5-grams. A query adds up a few
columns. A passage's context (document title, section, item title) counts as part of its text, at half weight: the
idea of BM25F. BM25 and BM25F as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with the non-negative idf log(1 + (n - df + 0.5) / (df + 0.5)).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError
from index import forward
from index.dutch import WordTerms, grams
from index.forward import Counted, Forward, count
from index.spelling import LONGEST_WORD
from index.terms import FIELDS, QueryTerm, highlights, query_terms, term_hash

__all__ = ["Bm25", "FieldWeights", "LexicalIndex", "QueryTerm", "build", "highlights", "query_terms"]

Array = NDArray[Any]
ARRAYS = ("hashes", "starts", "ends", "indices", "data", "words", "counts", "lengths")
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


@dataclass(frozen=True)
class FieldWeights:
    """The settings of the three fields; chosen with benchmarks/lexical_fields.py, see docs/decisions/0002."""

    w: Bm25 = Bm25(0.5)
    p: Bm25 = Bm25(1.0)
    g: Bm25 = Bm25(0.4, k1=0.8, max_df=0.3)


@dataclass(frozen=True)
class LexicalIndex:
    """A built index over n passages, numbered from 0 in the order they were given.

    `hashes` (uint64, sorted) names the columns; column c holds the passages `indices[starts[c]:ends[c]]` (int32,
    ascending) with the scores `data[starts[c]:ends[c]]` (float32). `words` (bytes, sorted) are the distinct folded
    words and `counts` (int32) the number of passages that have them. `lengths` (float32, n) counts words per passage,
    those of its context half.
    """

    hashes: Array
    starts: Array
    ends: Array
    indices: Array
    data: Array
    words: Array
    counts: Array
    lengths: Array
    forward: Forward
    fields: FieldWeights = field(default_factory=FieldWeights)

    def __len__(self) -> int:
        return len(self.lengths)

    def column(self, name: str, term: str) -> tuple[Array, Array]:
        """Return the passages (int32) that have `term` in field `name` and their scores (float32)."""
        column = self._columns([(name, term)])[0]
        return self.indices[column], self.data[column]

    def _columns(self, terms: Sequence[tuple[str, str]]) -> list[slice]:
        """Return where the column of each (field, term) stands in `indices` and `data`."""
        found = _find(self.hashes, np.array([term_hash(name, term) for name, term in terms], np.uint64))
        return [slice(int(self.starts[at]), int(self.ends[at])) if at >= 0 else slice(0, 0) for at in found]

    def scores(self, terms: Iterable[QueryTerm], fields: FieldWeights | None = None) -> NDArray[np.float32]:
        """Return the score (float32, n) of every passage: the weighted sum of its columns."""
        total = np.zeros(len(self), np.float32)
        terms = list(terms)
        for term, column in zip(terms, self._columns([term[:2] for term in terms]), strict=True):
            weight = np.float32(term.weight * getattr(fields or self.fields, term.field).weight)
            if weight:
                np.add.at(total, self.indices[column], weight * self.data[column])
        return total

    def frequencies(self, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return how many passages have each (field, term); field "word" is for folded words in exactly this form."""
        known = iter(self._word_counts([term for name, term in terms if name == "word"]))
        columns = iter(self._columns([term for term in terms if term[0] != "word"]))
        sizes = (column.stop - column.start for column in columns)
        return [next(known if name == "word" else sizes) for name, _ in terms]

    def _word_counts(self, words: list[str]) -> list[int]:
        found = _find(self.words, np.array([word.encode()[:LONGEST_WORD] for word in words], f"S{LONGEST_WORD}"))
        return [int(self.counts[at]) if at >= 0 else 0 for at in found]

    def save(self, folder: Path) -> None:
        """Write one .npy file per array into `folder`, which is made if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        for name in forward.ARRAYS:
            np.save(folder / f"forward.{name}.npy", getattr(self.forward, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, fields: FieldWeights | None = None) -> LexicalIndex:
        """Map the arrays of a saved index into memory.

        Raises:
            SnapshotError: a file is missing, cut or no array, or the arrays do not fit together.
        """
        try:
            arrays = {name: _mapped(folder / f"{name}.npy") for name in ARRAYS}
            counted = Forward(**{name: _mapped(folder / f"forward.{name}.npy") for name in forward.ARRAYS})
        except (OSError, ValueError, EOFError) as exc:
            message = f"{folder}: the lexical index cannot be read ({exc}); run `samenwijzer index`"
            raise SnapshotError(message) from exc
        index = cls(**arrays, forward=counted, fields=fields or FieldWeights())
        columns, scores, words = ("hashes", "starts", "ends"), ("indices", "data"), ("words", "counts")
        uneven = any(len({len(arrays[name]) for name in group}) > 1 for group in (columns, scores, words))
        if uneven or index.ends.max(initial=0) > len(index.data) or not counted.fits(len(index.lengths)):
            raise SnapshotError(f"{folder}: the lexical index is damaged; run `samenwijzer index`")
        return index


def _find(values: Array, keys: Array) -> list[int]:
    """Return the place of each key in the sorted `values`, -1 where it is not there."""
    if not len(values):
        return [-1] * len(keys)
    at = np.minimum(np.searchsorted(values, keys), len(values) - 1)
    return [int(place) for place in np.where(values[at] == keys, at, -1)]


def _mapped(path: Path) -> Array:
    # Slices of a memmap are slow to make; a plain view of it reads the same file.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def build(
    texts: Iterable[str],
    contexts: Iterable[str] | None = None,
    fields: FieldWeights | None = None,
    known: Forward | None = None,
) -> LexicalIndex:
    """Index `texts`, each with its context if `contexts` are given; what is in `known` is not analysed again.

    Raises:
        ValueError: there are more or fewer contexts than texts.
    """
    fields = fields or FieldWeights()
    counted = count(texts, contexts, known)
    matrix = counted.forward.matrix()
    blocks = (_field(matrix, counted, name, getattr(fields, name)) for name in FIELDS)
    return _assemble(matrix, counted, blocks, fields)


class _Block(NamedTuple):
    """One field: for each column its hash (uint64) and size; then passages (int32) and scores (float32) of them all."""

    hashes: Array
    sizes: Array
    indices: Array
    data: Array


def _field(counts: Any, counted: Counted, name: str, settings: Bm25) -> _Block:  # noqa: ANN401 - scipy has no types
    from scipy.sparse import csr_matrix

    ids: dict[str, int] = {}
    rows, columns = array("i"), array("i")
    for row, term in _terms(counted, name):
        rows.append(row)
        columns.append(ids.setdefault(term, len(ids)))
    places = np.array(rows, np.int32), np.array(columns, np.int32)
    has = csr_matrix((np.ones(len(rows), np.float32), places), shape=(counts.shape[1], len(ids)))
    matrix = (counts @ has).tocsc()
    matrix.sort_indices()
    _score(matrix, settings)
    hashes = np.array([term_hash(name, term) for term in ids], np.uint64)
    return _Block(hashes, np.diff(matrix.indptr), matrix.indices.astype(np.int32, copy=False), matrix.data)


def _terms(counted: Counted, name: str) -> Iterator[tuple[int, str]]:
    for row, (word, found) in enumerate(zip(counted.vocabulary, counted.stems, strict=True)):
        terms = WordTerms(*found, grams(word) if name == "g" and found.stem else ())
        for term in FIELDS[name](terms):
            yield row, term


def _score(matrix: Any, settings: Bm25) -> None:  # noqa: ANN401 - scipy has no types
    """Replace the counts in a CSC matrix by BM25 scores."""
    n = matrix.shape[0]
    length = np.asarray(matrix.sum(axis=1)).ravel()
    norm = settings.k1 * (1 - settings.b + settings.b * length / max(float(length.sum()) / max(n, 1), 1.0))
    df = np.diff(matrix.indptr)
    idf = np.log1p((n - df + 0.5) / (df + 0.5))
    if n >= _FEW:
        idf[df > settings.max_df * n] = 0
    # In pieces: at once, the numbers in between would take more memory than anything else in a build.
    edges = np.unique(np.append(np.searchsorted(matrix.indptr, np.arange(0, matrix.nnz, _PIECE)), len(df)))
    for first, last in pairwise(edges.tolist()):
        piece = slice(matrix.indptr[first], matrix.indptr[last])
        tf = matrix.data[piece]
        weight = np.repeat(idf[first:last], df[first:last])
        matrix.data[piece] = weight * tf * (settings.k1 + 1) / (tf + norm[matrix.indices[piece]])
    matrix.eliminate_zeros()


def _assemble(counts: Any, counted: Counted, blocks: Iterable[_Block], fields: FieldWeights) -> LexicalIndex:  # noqa: ANN401
    hashes, sizes, indices, data = (list(parts) for parts in zip(*blocks, strict=True))
    starts = np.cumsum(np.concatenate([[0], *sizes]), dtype=np.int64)
    order = np.argsort(np.concatenate(hashes))
    return LexicalIndex(
        hashes=np.concatenate(hashes)[order],
        starts=starts[:-1][order],
        ends=starts[1:][order],
        indices=_joined(indices),
        data=_joined(data),
        words=np.array([word.encode()[:LONGEST_WORD] for word in counted.vocabulary], f"S{LONGEST_WORD}"),
        counts=np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.int32),
        lengths=np.asarray(counts.sum(axis=1)).ravel().astype(np.float32),
        forward=counted.forward,
        fields=fields,
    )


def _joined(parts: list[Array]) -> Array:
    """Return the parts as one array, and let go of them."""
    joined = np.concatenate(parts)
    parts.clear()
    return joined
