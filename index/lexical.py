"""The lexical index: BM25 scores computed at build time, kept as one sparse matrix in memory-mapped arrays.

Columns are terms in three fields: "w" whole stems, "p" compound parts, "g" character 5-grams. A query adds up a few
columns. A passage's context (document title, section, item title) counts as part of its text, at half weight: the
idea of BM25F. BM25 and BM25F as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with the non-negative idf log(1 + (n - df + 0.5) / (df + 0.5)).
"""

from __future__ import annotations

import string
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError
from index.dutch import WordTerms, stems, word_terms, words
from index.terms import FIELDS, QueryTerm, highlights, query_terms

__all__ = ["Bm25", "FieldWeights", "LexicalIndex", "QueryTerm", "Repair", "build", "highlights", "query_terms"]

Array = NDArray[Any]
ARRAYS = ("hashes", "starts", "ends", "indices", "data", "words", "counts", "lengths")
_LONGEST_WORD = 40
_CONTEXT = 0.5
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


class Repair(NamedTuple):
    """A query word that no passage has, and a word one slip away that is in `passages` passages."""

    word: str
    suggestion: str
    passages: int


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
    fields: FieldWeights = field(default_factory=FieldWeights)

    def __len__(self) -> int:
        return len(self.lengths)

    def column(self, name: str, term: str) -> tuple[Array, Array]:
        """Return the passages (int32) that have `term` in field `name` and their scores (float32)."""
        column = self._columns([(name, term)])[0]
        return self.indices[column], self.data[column]

    def _columns(self, terms: Sequence[tuple[str, str]]) -> list[slice]:
        """Return where the column of each (field, term) stands in `indices` and `data`."""
        found = _find(self.hashes, np.array([_hash(name, term) for name, term in terms], np.uint64))
        return [slice(int(self.starts[at]), int(self.ends[at])) if at >= 0 else slice(0) for at in found]

    def scores(self, terms: Iterable[QueryTerm], fields: FieldWeights | None = None) -> NDArray[np.float32]:
        """Return the score (float32, n) of every passage: the weighted sum of its columns."""
        total = np.zeros(len(self), np.float32)
        terms = list(terms)
        for term, column in zip(terms, self._columns([term[:2] for term in terms]), strict=True):
            weight = np.float32(term.weight * getattr(fields or self.fields, term.field).weight)
            if weight:
                np.add.at(total, self.indices[column], weight * self.data[column])
        return total

    def word_count(self, word: str) -> int:
        """Return how many passages have this folded word in exactly this form."""
        return self._word_counts([word])[0]

    def _word_counts(self, words: list[str]) -> list[int]:
        found = _find(self.words, np.array([word.encode()[:_LONGEST_WORD] for word in words], f"S{_LONGEST_WORD}"))
        return [int(self.counts[at]) if at >= 0 else 0 for at in found]

    def repairs(self, text: str, limit: int = 2) -> list[Repair]:
        """Return words one slip away from query words that the index lacks, per word the most frequent first.

        A slip is one insertion, deletion, substitution or swap of neighbours (Damerau-Levenshtein 1). Words of
        fewer than five letters, words with digits, and words with a known stem or known parts are left alone.
        """
        unknown = filter(self._unknown, dict.fromkeys(words(text)))
        return [repair for word in unknown for repair in self._repair(word)[:limit]]

    def _unknown(self, word: str) -> bool:
        terms = stems(word)
        if not 5 <= len(word) <= _LONGEST_WORD or not word.isalpha() or not terms.stem:
            return False
        if len(self.column("w", terms.stem)[0]):
            return False
        return not all(len(self.column("p", part)[0]) for part in terms.parts)

    def _repair(self, word: str) -> list[Repair]:
        others = sorted(_slips(word))
        found = map(Repair, repeat(word), others, self._word_counts(others))
        return sorted((repair for repair in found if repair.passages), key=lambda repair: -repair.passages)

    def save(self, folder: Path) -> None:
        """Write one .npy file per array into `folder`, which is made if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, fields: FieldWeights | None = None) -> LexicalIndex:
        """Map the arrays of a saved index into memory.

        Raises:
            SnapshotError: a file is missing, cut or no array, or the arrays do not fit together.
        """
        try:
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
        except (OSError, ValueError, EOFError) as exc:
            message = f"{folder}: the lexical index cannot be read ({exc}); run `samenwijzer index`"
            raise SnapshotError(message) from exc
        # Slices of a memmap are slow to make; a plain view of it reads the same file.
        index = cls(**{name: np.asarray(values) for name, values in arrays.items()}, fields=fields or FieldWeights())
        columns, scores, words = ("hashes", "starts", "ends"), ("indices", "data"), ("words", "counts")
        uneven = any(len({len(arrays[name]) for name in group}) > 1 for group in (columns, scores, words))
        if uneven or index.ends.max(initial=0) > len(index.data):
            raise SnapshotError(f"{folder}: the lexical index is damaged; run `samenwijzer index`")
        return index


def _find(values: Array, keys: Array) -> list[int]:
    """Return the place of each key in the sorted `values`, -1 where it is not there."""
    if not len(values):
        return [-1] * len(keys)
    at = np.minimum(np.searchsorted(values, keys), len(values) - 1)
    return [int(place) for place in np.where(values[at] == keys, at, -1)]


def _slips(word: str) -> set[str]:
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    for letter in string.ascii_lowercase:
        slips |= {a + letter + b for a, b in cuts} | {a + letter + b[1:] for a, b in cuts if b}
    return slips - {word}


@lru_cache(maxsize=1 << 16)
def _hash(name: str, term: str) -> int:
    return int.from_bytes(blake2b(f"{name}:{term}".encode(), digest_size=8).digest(), "little")


def build(
    texts: Iterable[str], contexts: Iterable[str] | None = None, fields: FieldWeights | None = None
) -> LexicalIndex:
    """Index `texts`, each with its context if `contexts` are given.

    Raises:
        ValueError: there are more or fewer contexts than texts.
    """
    fields = fields or FieldWeights()
    counted = _count(texts, contexts)
    blocks = [_field(counted, name, getattr(fields, name)) for name in FIELDS]
    return _assemble(counted, blocks, fields)


class _Counted(NamedTuple):
    """Distinct words, and how much of each is in each text with its context: a CSR matrix (texts x words, float32)."""

    words: list[str]
    matrix: Any


class _Block(NamedTuple):
    """One field: column hashes (uint64) and BM25 scores as a CSC matrix (passages x terms, float32)."""

    hashes: Array
    matrix: Any


def _count(texts: Iterable[str], contexts: Iterable[str] | None) -> _Counted:
    from scipy.sparse import csr_matrix

    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # a new word gets the next number
    columns, sizes = array("i"), array("q")
    for pair in zip(texts, contexts, strict=True) if contexts is not None else ((text, "") for text in texts):
        for text in pair:
            before = len(columns)
            columns.extend(map(numbers.__getitem__, words(text)))
            sizes.append(len(columns) - before)
    sizes_of = np.array(sizes, np.int64).reshape(-1, 2)
    weights = np.repeat(np.tile(np.array([1, _CONTEXT], np.float32), len(sizes_of)), sizes_of.ravel())
    ends = np.concatenate([[0], np.cumsum(sizes_of.sum(axis=1))])
    matrix = csr_matrix((weights, np.array(columns), ends), shape=(len(sizes_of), len(numbers)))
    matrix.sum_duplicates()
    return _Counted(list(numbers), matrix)


def _field(counted: _Counted, name: str, settings: Bm25) -> _Block:
    from scipy.sparse import csr_matrix

    ids: dict[str, int] = {}
    pairs = [(row, ids.setdefault(term, len(ids))) for row, term in _terms(counted.words, FIELDS[name])]
    rows, columns = np.array(pairs, np.int32).reshape(-1, 2).T
    ones = np.ones(len(pairs), np.float32)
    matrix = (counted.matrix @ csr_matrix((ones, (rows, columns)), shape=(len(counted.words), len(ids)))).tocsc()
    matrix.sort_indices()
    _score(matrix, settings)
    return _Block(np.array([_hash(name, term) for term in ids], np.uint64), matrix)


def _terms(words: list[str], pick: Callable[[WordTerms], Sequence[str]]) -> Iterator[tuple[int, str]]:
    return ((row, term) for row, word in enumerate(words) for term in pick(word_terms(word)))


def _score(matrix: Any, settings: Bm25) -> None:  # noqa: ANN401 - scipy has no types
    """Replace the counts in a CSC matrix by BM25 scores."""
    n = matrix.shape[0]
    length = np.asarray(matrix.sum(axis=1)).ravel()
    norm = settings.k1 * (1 - settings.b + settings.b * length / max(float(length.sum()) / max(n, 1), 1.0))
    df = np.diff(matrix.indptr)
    idf = np.log1p((n - df + 0.5) / (df + 0.5))
    if n >= _FEW:
        idf[df > settings.max_df * n] = 0
    tf = matrix.data
    matrix.data = (np.repeat(idf, df) * tf * (settings.k1 + 1) / (tf + norm[matrix.indices])).astype(np.float32)
    matrix.eliminate_zeros()


def _assemble(counted: _Counted, blocks: list[_Block], fields: FieldWeights) -> LexicalIndex:
    hashes = np.concatenate([block.hashes for block in blocks])
    sizes = np.concatenate([np.diff(block.matrix.indptr) for block in blocks])
    ends = np.cumsum(sizes, dtype=np.int64)
    order = np.argsort(hashes)
    words = np.array([word.encode()[:_LONGEST_WORD] for word in counted.words], f"S{_LONGEST_WORD}")
    by_name = np.argsort(words, kind="stable")
    return LexicalIndex(
        hashes=hashes[order],
        starts=(ends - sizes)[order],
        ends=ends[order],
        indices=np.concatenate([block.matrix.indices for block in blocks]).astype(np.int32, copy=False),
        data=np.concatenate([block.matrix.data for block in blocks]),
        words=words[by_name],
        counts=np.bincount(counted.matrix.indices, minlength=len(words)).astype(np.int32)[by_name],
        lengths=np.asarray(counted.matrix.sum(axis=1)).ravel().astype(np.float32),
        fields=fields,
    )
