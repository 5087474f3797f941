from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import SnapshotError
from index.vectors import LISTED, VectorIndex

RANDOM = np.random.default_rng(7)
SMALL = 100_000
"""Numbers up to which the larger of the two indexes here is searched exactly."""


def unit(rows, dimension=64):
    """Return vectors that vary more in some directions than in others, as those of any model do."""
    vectors = RANDOM.normal(size=(rows, dimension)).astype(np.float32) / np.sqrt(1 + np.arange(dimension) / 4)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS, QUERIES = unit(12_000), unit(20)
EXACT = VectorIndex.build(VECTORS[:600])
SCAN = VectorIndex.build(VECTORS, SMALL)
LISTS = VectorIndex.build(VECTORS, SMALL, listed=1000)
scans = pytest.mark.parametrize("index", [SCAN, LISTS], ids=["scan", "lists"])
each = pytest.mark.parametrize("index", [EXACT, SCAN, LISTS], ids=["exact", "scan", "lists"])


def exact(index, query, k, allowed=None):
    scores = index.vectors.astype(np.float32) @ query
    rows = np.arange(len(index)) if allowed is None else np.flatnonzero(allowed)
    return rows[np.argsort(-scores[rows], kind="stable")][:k]


def shared(index, query, k, allowed=None):
    """Return which share of the nearest rows is found."""
    wanted = exact(index, query, k, allowed).tolist()
    return len(set(index.search(query, k, allowed)[0].tolist()) & set(wanted)) / len(wanted)


def test_only_large_collections_are_scanned_and_only_larger_ones_in_part():
    assert EXACT.scan is None and SCAN.scan.ntotal == LISTS.scan.ntotal == len(VECTORS)
    assert (SCAN.scan.nlist, LISTS.scan.nlist) == (1, 128)


def test_a_small_collection_is_searched_exactly():
    for query in QUERIES:
        rows, scores = EXACT.search(query, 10)
        assert (rows.dtype, scores.dtype) == (np.int64, np.float32)
        assert rows.tolist() == exact(EXACT, query, 10).tolist()
        np.testing.assert_allclose(scores, VECTORS[rows] @ query, atol=2e-3)


@scans
@pytest.mark.parametrize(("k", "least"), [(10, 0.995), (100, 0.97)])
def test_the_scan_finds_nearly_all_and_scores_exactly(index, k, least):
    assert np.mean([shared(index, query, k) for query in QUERIES]) >= least
    for query in QUERIES:
        rows, scores = index.search(query, k)
        np.testing.assert_allclose(scores, index.vectors[rows].astype(np.float32) @ query, rtol=1e-5)
        assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.1])
@scans
def test_a_filter_makes_the_scan_look_further(index, share):
    allowed = np.random.default_rng(3).random(len(index)) < share
    assert np.mean([shared(index, query, 50, allowed) for query in QUERIES]) >= 0.985


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
@scans
def test_a_filter_that_leaves_only_what_is_far_from_the_query_finds_that(index, share):
    found = []
    for query in QUERIES:
        allowed = np.ones(len(index), np.bool_)
        allowed[exact(index, query, int(len(index) * (1 - share)))] = False
        found.append(shared(index, query, 10, allowed))
    assert np.mean(found) >= 0.9


@each
@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1), k=st.integers(0, 700), seed=st.integers(0, 99))
def test_a_filtered_search_returns_as_many_as_there_are_and_nothing_else(index, share, k, seed):
    allowed = np.random.default_rng(seed).random(len(index)) < share
    rows, scores = index.search(QUERIES[0], k, allowed)
    assert allowed[rows].all() and len(set(rows.tolist())) == len(scores) == len(rows) == min(k, int(allowed.sum()))
    if allowed.sum() * 64 <= SMALL:
        assert rows.tolist() == exact(index, QUERIES[0], k, allowed).tolist()


def test_equal_scores_come_in_the_order_of_the_rows():
    index = VectorIndex.build(np.repeat(unit(1), 5, axis=0))
    assert index.search(QUERIES[0], 5)[0].tolist() == [0, 1, 2, 3, 4]


def test_rows_that_are_all_the_same_are_all_found():
    index = VectorIndex.build(np.repeat(unit(1, 32), 100, axis=0), exact=100)
    assert sorted(index.search(np.ones(32, np.float32), 100)[0].tolist()) == list(range(100))


@pytest.mark.parametrize("dimension", [30, 31, 33])
def test_any_dimension_can_be_scanned(dimension):
    index = VectorIndex.build(unit(300, dimension), exact=1000)
    query = unit(1, dimension)[0]
    assert index.search(query, 10)[0].tolist() == exact(index, query, 10).tolist()


@each
def test_a_saved_index_answers_alike(index, tmp_path):
    index.save(tmp_path / "vectors")
    again = VectorIndex.open(tmp_path / "vectors", index.exact)
    assert isinstance(again.vectors.base, np.memmap)
    assert len(again) == len(index)
    for query in QUERIES:
        for one, two in zip(again.search(query, 20), index.search(query, 20), strict=True):
            np.testing.assert_array_equal(one, two)


@each
def test_a_rebuild_from_saved_vectors_equals_a_fresh_build(index, tmp_path):
    index.save(tmp_path / "fresh")
    opened = VectorIndex.open(tmp_path / "fresh", index.exact)
    VectorIndex.build(opened.vectors, index.exact, 1000 if index is LISTS else LISTED).save(tmp_path / "again")
    files = {path.name: path.read_bytes() for path in (tmp_path / "fresh").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert len(files) == (1 if index is EXACT else 2)


def test_an_empty_index_finds_nothing(tmp_path):
    VectorIndex.build(np.zeros((0, 8), np.float32)).save(tmp_path)
    rows, scores = VectorIndex.open(tmp_path).search(np.ones(8, np.float32), 3)
    assert (len(rows), len(scores)) == (0, 0)


@pytest.mark.parametrize("vectors", [np.full((2, 4), np.nan), np.ones(4)], ids=["not finite", "no matrix"])
def test_vectors_that_cannot_be_indexed_are_refused(vectors):
    with pytest.raises(SnapshotError, match="cannot be indexed"):
        VectorIndex.build(vectors)


def test_a_query_of_another_dimension_is_refused():
    with pytest.raises(SnapshotError, match="does not fit"):
        EXACT.search(np.ones(8, np.float32), 3)


@pytest.mark.parametrize("name", ["vectors.npy", "scan.faiss"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_file_that_is_cut_or_gone_is_refused(name, damage, tmp_path):
    SCAN.save(tmp_path)
    path: Path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-1000])
    if damage == "gone":
        path.unlink()
    with pytest.raises(SnapshotError, match="samenwijzer index"):
        VectorIndex.open(tmp_path, SMALL)


def test_files_of_two_indexes_are_refused(tmp_path):
    SCAN.save(tmp_path)
    np.save(tmp_path / "vectors.npy", SCAN.vectors[:5000])
    with pytest.raises(SnapshotError, match="do not belong together"):
        VectorIndex.open(tmp_path, SMALL)
    np.save(tmp_path / "vectors.npy", np.ones(4))
    with pytest.raises(SnapshotError, match="does not hold vectors"):
        VectorIndex.open(tmp_path)


def test_missing_and_unwritable_folders_are_named(tmp_path):
    with pytest.raises(SnapshotError, match="nowhere"):
        VectorIndex.open(tmp_path / "nowhere")
    (tmp_path / "scan.faiss").mkdir()
    with pytest.raises(OSError, match="scan.faiss"):
        SCAN.save(tmp_path)
