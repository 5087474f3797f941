"""From lexical scores and similarities to one order: what every engine does alike, once it has both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.engine import Rows, Scores

# Who follows a question wants what is about it, not all that shares a word with it: this part of the best score.
NEAR_BEST = 0.5


class Fused(NamedTuple):
    """Candidate rows, best first, with their fused, lexical and semantic scores (float32, each 0–1)."""

    rows: Rows
    fused: Scores
    lexical: Scores
    semantic: Scores

    def take(self, places: NDArray[np.int64]) -> Fused:
        """Return the candidates in these places, in that order."""
        return Fused(self.rows[places], self.fused[places], self.lexical[places], self.semantic[places])


def fuse(rows: Rows, lexical: Scores, semantic: Scores, weight: float) -> Fused:
    """Divide both scores of each row by the best one, add them up with `weight` for the second, and put in order.

    Of equal scores the lower row comes first. Scores are not below 0.
    """
    lexical, semantic = _scaled(lexical), _scaled(semantic)
    fused = ((lexical + weight * semantic) / (1 + weight)).astype(np.float32)
    return Fused(rows, fused, lexical, semantic).take(np.lexsort((rows, -fused)))


def by_arrival(found: Fused, added: NDArray[np.int32]) -> Fused:
    """Keep what comes near the best one, and put what came into the collection last first.

    Args:
        found: the candidates.
        added: the day of each, as `date.toordinal` counts.
    """
    near = np.flatnonzero(found.fused >= NEAR_BEST * found.fused.max(initial=0))
    return found.take(near[np.argsort(-added[near], kind="stable")])


def _scaled(scores: Scores) -> Scores:
    best = float(scores.max(initial=0))
    return scores / best if best > 0 else scores
