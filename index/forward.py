"""Which words each passage has: what marks a hit without analysing its text, and what the next build starts from.

The order and the numbers of words follow from the passages alone, so that an index made with the help of an earlier
one is the same, byte for byte, as one made from nothing.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.dutch import Stems, stems, words
from index.terms import term_hash

Array = NDArray[Any]
ARRAYS = ("letters", "edges", "ids", "ends", "halves", "keys", "stems", "bearers")
_CONTEXT = 0.5


@dataclass(frozen=True)
class Forward:
    """The words of n passages, each with its context.

    Word w is the UTF-8 text `letters[edges[w]:edges[w + 1]]` (uint8); words are in the order of their letters. Passage
    r has the words `ids[ends[r]:ends[r + 1]]` (int32, ascending), each `halves` (uint16) times a half: once in the
    text counts as two halves, once in the context as one. `keys` (uint64) tell texts with their contexts apart. Word
    `bearers[i]` (int32) has `stems[i]` (uint64, ascending) as its stem or that of a part of it.
    """

    letters: Array
    edges: Array
    ids: Array
    ends: Array
    halves: Array
    keys: Array
    stems: Array
    bearers: Array

    def __len__(self) -> int:
        return len(self.keys)

    def fits(self, passages: int) -> bool:
        """Tell whether the arrays belong together, and with an index over so many passages."""
        counted = len(self.ids) == len(self.halves) == self.ends.max(initial=0)
        spelt = len(self.letters) == self.edges.max(initial=0) and len(self.stems) == len(self.bearers)
        return counted and spelt and len(self.ends) == len(self.keys) + 1 == passages + 1

    def vocabulary(self) -> list[str]:
        """Return all words, in order."""
        return [self._word(number) for number in range(len(self.edges) - 1)]

    def _word(self, number: int) -> str:
        return self.letters[self.edges[number] : self.edges[number + 1]].tobytes().decode()

    def bearing(self, terms: Iterable[str]) -> NDArray[np.bool_]:
        """Return which words (bool, one per word) have any of these stems, whole or in a part."""
        mask = np.zeros(len(self.edges) - 1, np.bool_)
        keys = np.array([term_hash("p", term) for term in terms], np.uint64)
        for start, end in zip(*(np.searchsorted(self.stems, keys, side) for side in ("left", "right")), strict=True):
            mask[self.bearers[start:end]] = True
        return mask

    def words(self, row: int, among: NDArray[np.bool_]) -> set[str]:
        """Return the words of a passage and its context, of those that `among` (bool, one per word) leaves."""
        ids = self.ids[self.ends[row] : self.ends[row + 1]]
        return {self._word(number) for number in ids[among[ids]]}

    def matrix(self) -> Any:  # noqa: ANN401 - scipy has no types
        """Return how often each passage has each word, as a sparse matrix (CSR, passages x words, float32)."""
        from scipy.sparse import csr_matrix

        shape = len(self), len(self.edges) - 1
        return csr_matrix((self.halves * np.float32(0.5), self.ids, self.ends), shape=shape)


class Counted(NamedTuple):
    """A count, with its vocabulary and the stems of every word in it."""

    forward: Forward
    vocabulary: list[str]
    stems: list[Stems]


def count(texts: Iterable[str], contexts: Iterable[str] | None, known: Forward | None = None) -> Counted:
    """Count the words of `texts`, each with its context if `contexts` are given.

    What is in `known`, an earlier count, is not analysed again.

    Raises:
        ValueError: there are more or fewer contexts than texts.
    """
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # a new word gets the next number
    rows = dict(zip(known.keys.tolist(), range(len(known)), strict=True)) if known else {}
    columns, sizes, keys, reused = array("i"), array("q"), array("Q"), array("q")
    for pair in zip(texts, contexts, strict=True) if contexts is not None else ((text, "") for text in texts):
        keys.append(_key(*pair))
        reused.append(rows.get(keys[-1], -1))
        for text in pair if reused[-1] < 0 else ("", ""):
            before = len(columns)
            columns.extend(map(numbers.__getitem__, words(text)))
            sizes.append(len(columns) - before)
    matrix = _matrix(np.array(columns), np.array(sizes, np.int64), len(numbers))
    names = list(numbers)
    if known:
        matrix, names = _with_known(matrix, np.array(reused), known), names + known.vocabulary()
    return _assemble(matrix, names, np.array(keys, np.uint64))


def _key(text: str, context: str) -> int:
    return int.from_bytes(blake2b(f"{text}\0{context}".encode(), digest_size=8).digest(), "little")


def _matrix(columns: Array, sizes: Array, width: int) -> Any:  # noqa: ANN401
    """Add up words that are in texts and contexts by turns, `sizes` of them in each."""
    from scipy.sparse import csr_matrix

    weights = np.repeat(np.tile(np.array([1, _CONTEXT], np.float32), len(sizes) // 2), sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)])[::2]
    return csr_matrix((weights, columns, ends), shape=(len(ends) - 1, width))


def _with_known(matrix: Any, reused: Array, known: Forward) -> Any:  # noqa: ANN401
    """Return the matrix with the words of `known` behind its own, and with the rows that are there already."""
    from scipy.sparse import csr_matrix, hstack

    rows = np.flatnonzero(reused >= 0)
    pick = csr_matrix((np.ones(len(rows), np.float32), (rows, reused[rows])), shape=(len(reused), len(known)))
    return hstack([matrix, pick @ known.matrix()], format="csr")


def _distinct(found: Stems) -> set[str]:
    return {found.stem, *found.parts} - {""}


def _assemble(matrix: Any, names: list[str], keys: Array) -> Counted:  # noqa: ANN401
    """Bring the words in order and leave out those that no passage has any more."""
    from scipy.sparse import csr_matrix

    used = np.flatnonzero(np.bincount(matrix.indices, minlength=len(names)))
    vocabulary = sorted({names[number] for number in used})
    places = {word: place for place, word in enumerate(vocabulary)}
    moved = np.zeros(len(names), np.int32)
    moved[used] = [places[names[number]] for number in used]
    shape = matrix.shape[0], len(vocabulary)
    matrix = csr_matrix((matrix.data, moved[matrix.indices], matrix.indptr), shape=shape)
    matrix.sum_duplicates()
    encoded = [word.encode() for word in vocabulary]
    stemmed = list(map(stems, vocabulary))
    bearers = np.repeat(np.arange(len(stemmed), dtype=np.int32), [len(_distinct(found)) for found in stemmed])
    hashes = np.array([term_hash("p", term) for found in stemmed for term in _distinct(found)], np.uint64)
    order = np.lexsort((bearers, hashes))
    forward = Forward(
        letters=np.frombuffer(b"".join(encoded), np.uint8),
        edges=np.concatenate([[0], np.cumsum(list(map(len, encoded)), dtype=np.int64)]),
        ids=matrix.indices.astype(np.int32, copy=False),
        ends=matrix.indptr.astype(np.int64),
        halves=np.minimum(matrix.data * 2, np.iinfo(np.uint16).max).astype(np.uint16),
        keys=keys,
        stems=hashes[order],
        bearers=bearers[order],
    )
    return Counted(forward, vocabulary, stemmed)
