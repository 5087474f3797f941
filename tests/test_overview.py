"""Counts of the collection and its map, checked against a plain count of the documents."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from corpus.store import Corpus
from index.atlas import atlas, layout
from index.building import build
from index.overview import overview
from index.search import Searcher


@pytest.fixture(scope="module")
def searcher(starter_kb):
    return Searcher.open(starter_kb)


@pytest.fixture(scope="module")
def documents(searcher):
    return searcher.documents(10_000)


def test_every_cell_counts_the_records_with_that_theme_and_profession(searcher, documents):
    wanted = Counter()
    for document in documents:
        for item in {passage.item_id for passage in document.passages}:
            themes = (document.item(item).themas if item else ()) or document.themas
            wanted.update((t, b) for t in set(themes) for b in set(document.beroepen))
    found = overview(searcher.snapshot).coverage
    assert found.counts == wanted and len(found.empty) + len(wanted) == len(found.themas) * len(found.beroepen)


def test_sources_are_counted_per_year_most_first(searcher, documents):
    found = overview(searcher.snapshot)
    assert {s.name: s.publications for s in found.sources} == Counter(d.publisher for d in documents)
    assert found.years == {y: n for y, n in sorted(Counter(d.year for d in documents if d.year).items())}
    sizes = [source.publications for source in found.sources]
    assert sizes == sorted(sizes, reverse=True)


def test_the_map_has_every_publication_once_and_alike_ones_near_each_other(searcher, documents):
    points = atlas(searcher.snapshot)
    assert {p.document_id for p in points} == {d.id for d in documents}
    assert all(0 <= p.x <= 1 and 0 <= p.y <= 1 for p in points)
    about = [p for p in points if "palliatieve zorg" in p.themes[:2]]

    def spread(chosen):
        return np.mean([np.hypot(a.x - b.x, a.y - b.y) for a, b in combinations(chosen, 2)])

    assert len(about) > 5 and spread(about) < spread(points[::7])


def test_the_same_features_give_the_same_map_whatever_their_number():
    features = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    assert np.array_equal(layout(features), layout(features))
    for count in range(5):
        assert layout(features[:count]).shape == (count, 2) and np.isfinite(layout(features[:count])).all()
    assert np.isfinite(layout(np.ones((6, 3), np.float32))).all()


def test_an_empty_collection_has_an_overview(tmp_path):
    with Corpus(tmp_path, create=True) as corpus:
        build(corpus)
    opened = Searcher.open(tmp_path)
    assert overview(opened.snapshot).sources == () and atlas(opened.snapshot) == () and opened.snapshot.entries == ()
