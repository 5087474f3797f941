"""Measures of a ranking, and how sure one can be of their means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000


class Interval(NamedTuple):
    """A mean with the ends of its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """Return nDCG@k: gains are the grades, discounted by log2(rank + 1).

    Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques" (2002), with linear gain as in
    trec_eval.
    """

    def dcg(gains: Iterable[int]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))

    best = dcg(sorted(grades.values(), reverse=True)[:k])
    return dcg(grades.get(document, 0) for document in ranking[:k]) / best if best else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return the share of the relevant documents (grade above 0) that are among the first k."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return 1 / the rank of the first relevant document, 0 if there is none (Voorhees, TREC-8, 1999)."""
    return next((1 / rank for rank, document in enumerate(ranking, 1) if grades.get(document, 0) > 0), 0.0)


def bootstrap(values: Sequence[float] | NDArray[np.float64], seed: int = 0) -> Interval:
    """Return the mean and its 95 % percentile interval over DRAWS resamples (Efron, "Bootstrap Methods", 1979)."""
    sample = np.asarray(values, np.float64)
    if not len(sample):
        return Interval(0.0, 0.0, 0.0)
    rows = np.random.default_rng(seed).integers(0, len(sample), (DRAWS, len(sample)))
    low, high = np.percentile(sample[rows].mean(axis=1), (2.5, 97.5))
    return Interval(float(sample.mean()), float(low), float(high))


def wilson(found: int, of: int) -> Interval:
    """Return a share and its 95 % interval, which has a width even where all or none were found.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if not of:
        return Interval(0.0, 0.0, 1.0)
    z = 1.96
    share, scale = found / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / scale
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def chance(differences: NDArray[np.float64], seed: int = 0) -> float:
    """Return how often a mean difference as large would arise by chance, for paired differences.

    The two-sided randomisation test: the two of each pair are swapped at random (Smucker, Allan and Carterette, "A
    Comparison of Statistical Significance Tests for Information Retrieval Evaluation", 2007).
    """
    if not np.any(differences):
        return 1.0
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (DRAWS, len(differences)))
    as_large = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12
    return float((as_large.sum() + 1) / (DRAWS + 1))
