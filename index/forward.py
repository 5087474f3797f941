"""Which words each passage has, and where: what marks a hit without reading its text; the next build starts from it.

The order and the numbers of words follow from the passages alone, so that an index made with the help of an earlier
one is the same, byte for byte, as one made from nothing.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.arrays import Array, in_pieces, mapped, save
from index.dutch import AnalysedToken, Stems, analyse, pieces, stems, token_at, token_words
from index.terms import term_hash

ARRAYS = ("letters", "edges", "words", "starts", "ends", "keys", "stems", "bearers")
_CONTEXT = 0.5
"""How much a word in the context counts."""


class Found(NamedTuple):
    """The tokens of a text that stand for certain words, and which of these are there, in the context too."""

    tokens: Sequence[AnalysedToken] = ()
    words: Set[str] = frozenset()


NOTHING = Found()


@dataclass(frozen=True)
class Forward:
    """The words of n passages, each with its context.

    Word w is the UTF-8 text `letters[edges[w]:edges[w + 1]]` (uint8); words are in the order of their letters. Passage
    r has the words `words[ends[r]:ends[r + 1]]` (int32), in the order of reading; each stands in a token that begins at
    `starts` (int32) in the text, or at -1 for one of the context. `keys` (uint64) tell texts with their contexts apart.
    Word `bearers[i]` (int32) has `stems[i]` (uint64, ascending) as its stem or that of a part of it.
    """

    letters: Array
    edges: Array
    words: Array
    starts: Array
    ends: Array
    keys: Array
    stems: Array
    bearers: Array

    def __len__(self) -> int:
        return len(self.keys)

    def fits(self, passages: int) -> bool:
        """Tell whether the arrays belong together, and with an index over so many passages."""
        placed = len(self.words) == len(self.starts) == self.ends.max(initial=0)
        spelt = len(self.letters) == self.edges.max(initial=0) and len(self.stems) == len(self.bearers)
        return placed and spelt and len(self.ends) == len(self.keys) + 1 == passages + 1

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

    def find(self, row: int, text: str, among: NDArray[np.bool_]) -> Found:
        """Return what a passage, with this text, has of the words that `among` (bool, one per word) leaves."""
        place = slice(self.ends[row], self.ends[row + 1])
        hits = np.flatnonzero(among[self.words[place]])
        numbers, starts = self.words[place][hits].tolist(), self.starts[place][hits].tolist()
        spelt = {number: self._word(number) for number in set(numbers)}
        by_start: dict[int, list[str]] = {}
        for start, number in zip(starts, numbers, strict=True):
            by_start.setdefault(start, []).append(spelt[number])
        by_start.pop(-1, None)
        return Found([_token(text, start, words) for start, words in by_start.items()], set(spelt.values()))

    def matrix(self) -> Any:  # noqa: ANN401 - scipy has no types
        """Return how often each passage has each word, as a sparse matrix (CSR, passages x words, float32)."""
        from scipy.sparse import csr_matrix

        weights = np.where(self.starts < 0, np.float32(_CONTEXT), np.float32(1))
        matrix = csr_matrix((weights, self.words.copy(), self.ends), shape=(len(self), len(self.edges) - 1))
        matrix.sum_duplicates()
        return matrix

    def save(self, folder: Path) -> None:
        """Write one .npy file per array into `folder`.

        Raises:
            OSError: the disk is full.
        """
        for name in ARRAYS:
            save(_file(folder, name), getattr(self, name))

    @classmethod
    def open(cls, folder: Path) -> Forward:
        """Map what was saved into memory.

        Raises:
            OSError: a file cannot be read.
            ValueError, EOFError: a file is no array, or is cut.
        """
        return cls(**{name: mapped(_file(folder, name)) for name in ARRAYS})


def _file(folder: Path, name: str) -> Path:
    return folder / f"forward.{name}.npy"


def reread(text: str, context: str, wanted: Set[str]) -> Found:
    """Return what `Forward.find` does for a passage of which the index is not at hand, by analysing it again."""
    tokens = [token for token in analyse(text) if _bearing(token.words, wanted)]
    there = chain.from_iterable(token.words for token in (*tokens, *analyse(context)))
    return Found(tokens, _bearing(there, wanted))


def _bearing(words: Iterable[str], wanted: Set[str]) -> set[str]:
    return {word for word in words if not wanted.isdisjoint(_distinct(stems(word)))}


def frequencies(counts: Any) -> NDArray[np.int32]:  # noqa: ANN401 - scipy has no types
    """Return in how many passages each word of a `Forward.matrix` is (int32)."""
    found = np.zeros(counts.shape[1], np.int32)
    for some in in_pieces(counts.indices):
        found += np.bincount(some, minlength=len(found)).astype(np.int32)
    return found


def _token(text: str, start: int, words: list[str]) -> AnalysedToken:
    token = token_at(text, start)
    own = token_words(token.text)
    # In a hyphen ellipsis a token also stands for a word that is not in it.
    return AnalysedToken(*token, (*own, *(word for word in words if word not in own)))


class Counted(NamedTuple):
    """Passages with their words, the vocabulary, and the stems of every word in it."""

    forward: Forward
    vocabulary: list[str]
    stems: list[Stems]


class _Words(NamedTuple):
    """Words by number, where the token of each begins, and how many each passage has."""

    numbers: Array
    starts: Array
    sizes: Array


def count(texts: Iterable[str], contexts: Iterable[str] | None, known: Forward | None = None) -> Counted:
    """Find the words of `texts`, each with its context if `contexts` are given.

    What is in `known`, from an earlier time, is not analysed again.

    Raises:
        ValueError: there are more or fewer contexts than texts.
    """
    rows = dict(zip(known.keys.tolist(), range(len(known)), strict=True)) if known else {}
    found, names, keys, reused = _read(texts, contexts, rows)
    if known:
        found, names = _with_known(found, len(names), reused, known), names + known.vocabulary()
    return _assemble(found, names, keys)


def _read(
    texts: Iterable[str], contexts: Iterable[str] | None, rows: dict[int, int]
) -> tuple[_Words, list[str], Array, Array]:
    """Return the words of texts that are not in `rows`, their names, and of all texts the key and the row or -1."""
    reading, keys, reused = _Reading(), array("Q"), array("q")
    for text, context in zip(texts, contexts, strict=True) if contexts is not None else ((text, "") for text in texts):
        keys.append(_key(text, context))
        reused.append(rows.get(keys[-1], -1))
        reading.add(*((text, context) if reused[-1] < 0 else ("", "")))
    return reading.found(), list(reading.numbers), np.asarray(keys), np.asarray(reused)


class _Reading:
    """Texts as they are read one by one; `numbers` counts words in the order in which they turn up."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict()
        self.numbers.default_factory = self.numbers.__len__
        self._tokens = _Tokens(self.numbers)
        self._found, self._starts, self._sizes = array("i"), array("i"), array("q")

    def add(self, text: str, context: str) -> None:
        before = len(self._found)
        self._starts.extend(self._read(text))
        self._starts.extend(repeat(-1, len(self._read(context))))
        self._sizes.append(len(self._found) - before)

    def _read(self, text: str) -> list[int]:
        """Note the words of a text, and return where the token of each begins."""
        tokens, starts, meant = pieces(text)
        own = list(map(self._tokens.__getitem__, tokens))
        for i, words in meant.items():
            own[i] += tuple(self.numbers[word] for word in words)
        before = len(self._found)
        self._found.extend(chain.from_iterable(own))
        if len(self._found) - before == len(tokens) and not meant:
            return starts
        return [start for start, words in zip(starts, own, strict=True) for _ in words]

    def found(self) -> _Words:
        return _Words(np.asarray(self._found), np.asarray(self._starts), np.asarray(self._sizes))


class _Tokens(dict[str, tuple[int, ...]]):
    """The numbers of the words that a token stands for; each token is looked at once."""

    def __init__(self, numbers: defaultdict[str, int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, token: str) -> tuple[int, ...]:
        self[token] = found = tuple(self._numbers[word] for word in token_words(token))
        return found


def _key(text: str, context: str) -> int:
    return int.from_bytes(blake2b(f"{text}\0{context}".encode(), digest_size=8).digest(), "little")


def _with_known(fresh: _Words, width: int, reused: Array, known: Forward) -> _Words:
    """Put the words of rows that are known, numbered from `width` on, between those of the others."""
    rows = np.maximum(reused, 0)
    old = np.where(reused >= 0, known.ends[rows + 1] - known.ends[rows], 0)
    taken = np.repeat(known.ends[rows] - (np.cumsum(old) - old), old) + np.arange(old.sum())
    sizes = fresh.sizes + old
    is_old = np.repeat(reused >= 0, sizes)
    numbers, starts = np.empty(len(is_old), np.int32), np.empty(len(is_old), np.int32)
    numbers[is_old], starts[is_old] = known.words[taken] + width, known.starts[taken]
    numbers[~is_old], starts[~is_old] = fresh.numbers, fresh.starts
    return _Words(numbers, starts, sizes)


def _distinct(found: Stems) -> set[str]:
    return {found.stem, *found.parts} - {""}


def _assemble(found: _Words, names: list[str], keys: Array) -> Counted:
    """Bring the vocabulary in order and leave out what no passage has any more."""
    is_used = np.zeros(len(names), np.bool_)
    for some in in_pieces(found.numbers):
        is_used[some] = True
    used = np.flatnonzero(is_used).tolist()
    vocabulary = sorted({names[number] for number in used})
    places = {word: place for place, word in enumerate(vocabulary)}
    moved = np.zeros(len(names), np.int32)
    moved[used] = [places[names[number]] for number in used]
    for some in in_pieces(found.numbers):
        some[:] = moved[some]
    encoded = [word.encode() for word in vocabulary]
    stemmed = list(map(stems, vocabulary))
    bearers = np.repeat(np.arange(len(stemmed), dtype=np.int32), [len(_distinct(word)) for word in stemmed])
    hashes = np.array([term_hash("p", term) for word in stemmed for term in _distinct(word)], np.uint64)
    order = np.lexsort((bearers, hashes))
    forward = Forward(
        letters=np.frombuffer(b"".join(encoded), np.uint8),
        edges=np.concatenate([[0], np.cumsum(list(map(len, encoded)), dtype=np.int64)]),
        words=found.numbers,
        starts=found.starts,
        ends=np.concatenate([[0], np.cumsum(found.sizes)]),
        keys=keys,
        stems=hashes[order],
        bearers=bearers[order],
    )
    return Counted(forward, vocabulary, stemmed)
