"""The lexical scores of a query, and the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = tuple[NDArray[Any], NDArray[Any], np.float32]
"""The passages that have a term (int32, ascending), their scores (float32), and what these are multiplied by."""
_SPARE, _FIRST = 4, 200
_SAMPLED = 64
_NONE: NDArray[np.int64] = np.empty(0, np.int64)


class Scoring(NamedTuple):
    """What a query makes of all passages: `scores` (float32, n) without the columns that are `later`.

    The longest columns, those of the most common terms, count only for the passages that come up without them: all
    of them would cost more than the rest of a search, and they hardly move what the rarer terms put on top.
    """

    scores: NDArray[np.float32]
    later: Sequence[Column] = ()

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores (float32) of passages in ascending order, with all columns."""
        found = self.scores[rows]
        for indices, data, weight in self.later:
            at = np.minimum(np.searchsorted(indices, rows.astype(indices.dtype)), len(indices) - 1)
            found += np.where(indices[at] == rows, weight * data[at], np.float32(0))
        return found

    def best(
        self, count: int, allowed: NDArray[np.bool_] | None = None, also: NDArray[np.int64] = _NONE
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows (ascending) of the `count` highest scores above zero and those in `also`, with all scores.

        Only rows that are allowed are looked for.
        """
        scores = self.scores if allowed is None else self.scores * allowed
        rows = _union(top(scores, count * (_SPARE if self.later else 1)), also)
        found = self.of(rows)
        if self.later:
            kept = np.zeros(len(rows), np.bool_)
            kept[np.searchsorted(rows, also)] = True
            kept[top(found, count)] = True
            rows, found = rows[kept], found[kept]
        return rows, found

    def highest(self) -> float:
        """Return the highest score of all."""
        return float(self.of(top(self.scores, _FIRST)).max(initial=0) if self.later else self.scores.max(initial=0))


def _union(rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Do what `np.union1d` does, faster for so few."""
    both = np.sort(np.concatenate([rows, others]))
    return both[np.append(True, both[1:] != both[:-1])] if len(both) else both


def top(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places (ascending) of the `count` highest scores above zero."""
    rows = np.flatnonzero(scores > _threshold(scores, count))
    if len(rows) < count:
        rows = np.flatnonzero(scores > 0)
    if len(rows) > count:
        rows = np.sort(rows[np.argpartition(-scores[rows], count)[:count]])
    return rows


def _threshold(scores: NDArray[np.float32], count: int) -> float:
    """Return a score that, going by a sample, a few times `count` others exceed."""
    sample = scores[::_SAMPLED]
    place = 3 * count // _SAMPLED + 10
    return -float(np.partition(-sample, place)[place]) if place < len(sample) else 0.0
