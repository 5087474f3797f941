"""A map of the collection: publications that are alike lie near each other.

The method is t-SNE (van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html) in its plain
form, over the vectors of the publications beside their themes, started from the two main axes: the same snapshot
gives the same map.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.overview import first_rows
from index.snapshot import Snapshot

MOST_POINTS = 400
_THEME_WEIGHT = 0.7
_NEIGHBOURS = 12.0  # the perplexity: about how many others count as near
_STEPS, _EXAGGERATED, _HALVINGS, _TURNS = 250, 80, 30, 8

Matrix = NDArray[np.floating]


class Point(NamedTuple):
    """A publication on the map; `x` and `y` run from 0 to 1."""

    x: float
    y: float
    document_id: str
    title: str
    kind: str
    themes: tuple[str, ...]


@lru_cache(maxsize=1)
def atlas(snapshot: Snapshot) -> tuple[Point, ...]:
    """Return the publications with their place, every nth of a large collection; remembered for the last snapshot."""
    rows = first_rows(snapshot)
    chosen = np.arange(0, len(rows), -(-len(rows) // MOST_POINTS) or 1)
    records = [snapshot.record(rows[number]) for number in chosen]
    themes = [_themes(snapshot, rows[number]) for number in chosen]
    places = layout(np.hstack([_means(snapshot, chosen), _THEME_WEIGHT * _one_hot(themes)]))
    return tuple(
        Point(x, y, record.document_id, record.title or record.item_title or "", record.kind, own)
        for (x, y), record, own in zip(places.tolist(), records, themes, strict=True)
    )


def layout(features: Matrix) -> Matrix:
    """Return a place (n x 2, each column from 0 to 1) for every row, such that near rows lie near each other."""
    count = len(features)
    if count < 3:
        return np.linspace(0.25, 0.75, 2 * count).reshape(count, 2)
    wanted = _affinities(features.astype(np.float64))
    places = _main_axes(features)
    places = (1e-2 * places / (places.std() or 1.0)).astype(np.float32)
    speed = np.zeros_like(places)
    for step in range(_STEPS):
        early = step < _EXAGGERATED
        pull = 4.0 if early else 1.0
        speed = (0.5 if early else 0.8) * speed - count / 6 * _gradient(pull * wanted, places)
        places = places + speed
    low, high = places.min(axis=0), places.max(axis=0)
    scaled: Matrix = (places - low) / np.where(high > low, high - low, 1.0)
    return scaled


def _main_axes(features: Matrix) -> Matrix:
    """Return the rows on their two main axes (n x 2), near enough for a start, by subspace iteration."""
    centred = features - features.mean(axis=0)
    axes: Matrix = np.random.default_rng(0).normal(size=(features.shape[1], 2))
    for _ in range(_TURNS):
        axes = np.linalg.qr(centred.T @ (centred @ axes))[0]
    result: Matrix = centred @ axes
    return result


def _affinities(features: Matrix) -> Matrix:
    """Return how near each pair is: symmetric, adding up to 1, every row with about `_NEIGHBOURS` neighbours."""
    apart = _distances(features)
    np.fill_diagonal(apart, np.inf)
    apart -= apart.min(axis=1, keepdims=True)
    target = np.log(min(_NEIGHBOURS, (len(features) - 1) / 3))
    count = len(features)
    low, high = np.zeros((count, 1)), np.full((count, 1), np.inf)
    precision = np.full((count, 1), 1 / max(float(apart[np.isfinite(apart)].mean()), 1e-9))
    for _ in range(_HALVINGS):
        shares = np.exp(-apart * precision)
        shares /= shares.sum(axis=1, keepdims=True)
        spread = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=1, keepdims=True) > target
        low, high = np.where(spread, precision, low), np.where(spread, high, precision)
        precision = np.where(np.isinf(high), precision * 2, (low + high) / 2)
    both: Matrix = np.maximum((shares + shares.T) / (2 * count), 1e-12).astype(np.float32)
    return both


def _gradient(wanted: Matrix, places: Matrix) -> Matrix:
    kernel = 1 / (1 + _distances(places))
    np.fill_diagonal(kernel, 0)
    force = (wanted - np.maximum(kernel / kernel.sum(), 1e-12)) * kernel
    result: Matrix = 4 * (force.sum(axis=1)[:, None] * places - force @ places)
    return result


def _distances(points: Matrix) -> Matrix:
    squares = (points**2).sum(axis=1)
    result: Matrix = np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0)
    return result


def _means(snapshot: Snapshot, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the mean vector (float32, n x dimension, of length 1) of the passages of each chosen document."""
    vectors = snapshot.vectors.vectors
    means = np.zeros((len(chosen), vectors.shape[1]), np.float32)
    for place, number in enumerate(chosen):
        means[place] = np.asarray(vectors[snapshot.document_rows == number], np.float32).mean(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = means / np.maximum(lengths, np.float32(1e-9))
    return scaled


def _themes(snapshot: Snapshot, row: int) -> tuple[str, ...]:
    facets = snapshot.facets
    start, end = facets.indptr["thema"][row : row + 2]
    return tuple(facets.labels["thema"][code] for code in facets.codes["thema"][start:end])


def _one_hot(themes: list[tuple[str, ...]]) -> NDArray[np.float32]:
    """Return the themes of each publication as a vector (float32) of length 1, or 0 for one without themes."""
    names = {name: column for column, name in enumerate(dict.fromkeys(name for own in themes for name in own))}
    table = np.zeros((len(themes), len(names)), np.float32)
    for place, own in enumerate(themes):
        for name in own:
            table[place, names[name]] = len(own) ** -0.5
    return table
