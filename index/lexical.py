"""The lexical index: BM25 scores computed at build time, kept as one sparse matrix in memory-mapped arrays.

Columns are terms in three fields: "w" whole stems, "p" compound parts, "g" character 5-grams. A query adds up a few
columns. A passage's context (document title, section, item title) counts as part of its text, at half weight: the
idea of BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError
from index.arrays import Growing, mapped, save
from index.bm25 import Bm25, score
from index.dutch import WordTerms, grams
from index.forward import Counted, Forward, count, frequencies
from index.scoring import Column, Scoring
from index.spelling import LONGEST_WORD
from index.terms import FIELDS, QueryTerm, term_hash

Array = NDArray[Any]
ARRAYS = ("hashes", "starts", "ends", "indices", "data", "words", "counts", "lengths")
AT_ONCE = 400_000
"""So many numbers are added up in one to two milliseconds. Below some 200,000 passages hardly a query has more."""
_TOGETHER = 1 << 24
"""So many scores are worked out at a time: they take some hundreds of megabytes."""


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
        return self.scoring(terms, fields, at_once=sys.maxsize).scores

    def scoring(
        self, terms: Iterable[QueryTerm], fields: FieldWeights | None = None, at_once: int = AT_ONCE
    ) -> Scoring:
        """Add up the shortest columns, `at_once` numbers of them, for all passages; the rest waits to be asked for."""
        terms, fields = list(terms), fields or self.fields
        columns = zip(terms, self._columns([term[:2] for term in terms]), strict=True)
        weighed = [(c, np.float32(t.weight * getattr(fields, t.field).weight)) for t, c in columns if c.stop > c.start]
        weighed.sort(key=lambda entry: entry[0].stop - entry[0].start)
        found, later, left = np.zeros(len(self), np.float32), list[Column](), at_once
        for column, weight in weighed:
            left -= column.stop - column.start
            if left >= 0 or column is weighed[0][0]:
                np.add.at(found, self.indices[column], weight * self.data[column])
            else:
                later.append((self.indices[column], self.data[column], weight))
        return Scoring(found, later)

    def having(self, terms: Sequence[QueryTerm]) -> NDArray[np.bool_]:
        """Return which passages (bool, n) have any of the terms."""
        mask = np.zeros(len(self), np.bool_)
        for column in self._columns([term[:2] for term in terms]):
            mask[self.indices[column].astype(np.intp)] = True  # numpy is slower with any other kind of number
        return mask

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
            save(folder / f"{name}.npy", getattr(self, name))
        self.forward.save(folder)

    @classmethod
    def open(cls, folder: Path, fields: FieldWeights | None = None) -> LexicalIndex:
        """Map the arrays of a saved index into memory.

        Raises:
            SnapshotError: a file is missing, cut or no array, or the arrays do not fit together.
        """
        try:
            arrays = {name: mapped(folder / f"{name}.npy") for name in ARRAYS}
            counted = Forward.open(folder)
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


def build(
    texts: Iterable[str],
    contexts: Iterable[str] | None = None,
    fields: FieldWeights | None = None,
    known: Forward | None = None,
    folder: Path | None = None,
    records: Array | None = None,
) -> LexicalIndex:
    """Index `texts`, each with its context if `contexts` are given; what is in `known` is not analysed again.

    `records` says which texts belong together, see `index.bm25.score`.

    The columns go into files as they are made: in `folder`, where `save` then finds them, else in files without a name.

    Raises:
        ValueError: there are more or fewer contexts than texts.
    """
    fields = fields or FieldWeights()
    counted = count(texts, contexts, known)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        counted.forward.save(folder)
        counted = counted._replace(forward=Forward.open(folder))
    matrix = counted.forward.matrix()
    found = chain.from_iterable(_field(matrix, counted, name, getattr(fields, name), records) for name in FIELDS)
    return _assemble(matrix, counted, found, fields, folder)


class _Columns(NamedTuple):
    """Some columns: the hash (uint64) and size of each; then passages (int32) and scores (float32) of them all."""

    hashes: Array
    sizes: Array
    indices: Array
    data: Array


def _field(
    counts: Any,  # noqa: ANN401 - scipy has no types
    counted: Counted,
    name: str,
    settings: Bm25,
    records: Array | None,
) -> Iterator[_Columns]:
    from scipy.sparse import csc_matrix

    ids: dict[str, int] = {}
    rows, columns = array("i"), array("i")
    for row, term in _terms(counted, name):
        rows.append(row)
        columns.append(ids.setdefault(term, len(ids)))
    ones = np.ones(len(rows), np.float32)
    has = csc_matrix((ones, (np.asarray(rows), np.asarray(columns))), shape=(counts.shape[1], len(ids)))
    hashes = np.array([term_hash(name, term) for term in ids], np.uint64)
    lengths = counts @ np.asarray(has.sum(axis=1)).ravel()
    for some in _slices(frequencies(counts) @ has):
        matrix = (counts @ has[:, some]).tocsc()
        matrix.sort_indices()
        score(matrix, lengths, settings, records)
        yield _Columns(hashes[some], np.diff(matrix.indptr), matrix.indices, matrix.data)


def _terms(counted: Counted, name: str) -> Iterator[tuple[int, str]]:
    for row, (word, found) in enumerate(zip(counted.vocabulary, counted.stems, strict=True)):
        terms = WordTerms(*found, grams(word) if name == "g" and found.stem else ())
        for term in FIELDS[name](terms):
            yield row, term


def _slices(sizes: Array) -> Iterator[slice]:
    """Cut columns, of which `sizes` are the most that they can hold, into runs that fit in memory together."""
    ends = np.cumsum(sizes, dtype=np.float64)
    cuts = np.searchsorted(ends, np.arange(_TOGETHER, ends[-1] if len(ends) else 0, _TOGETHER))
    return (slice(first, last) for first, last in pairwise(np.unique([0, *cuts, len(sizes)]).tolist()))


def _assemble(
    counts: Any,  # noqa: ANN401 - scipy has no types
    counted: Counted,
    found: Iterable[_Columns],
    fields: FieldWeights,
    folder: Path | None,
) -> LexicalIndex:
    hashes, sizes = [np.empty(0, np.uint64)], [np.zeros(1, np.int64)]
    files = (folder and folder / "indices.npy", folder and folder / "data.npy")
    with Growing(np.int32, files[0]) as indices, Growing(np.float32, files[1]) as data:
        for columns in found:
            hashes.append(columns.hashes)
            sizes.append(columns.sizes)
            indices.append(columns.indices)
            data.append(columns.data)
        written = indices.finish(), data.finish()
    starts = np.cumsum(np.concatenate(sizes), dtype=np.int64)
    order = np.argsort(np.concatenate(hashes))
    return LexicalIndex(
        hashes=np.concatenate(hashes)[order],
        starts=starts[:-1][order],
        ends=starts[1:][order],
        indices=written[0],
        data=written[1],
        words=np.array([word.encode()[:LONGEST_WORD] for word in counted.vocabulary], f"S{LONGEST_WORD}"),
        counts=frequencies(counts),
        lengths=np.asarray(counts.sum(axis=1)).ravel().astype(np.float32),
        forward=counted.forward,
        fields=fields,
    )
