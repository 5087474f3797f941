import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import SnapshotError
from index.vectors import VectorIndex

RANDOM = np.random.default_rng(7)


def unit(rows, dimension=32):
    vectors = RANDOM.normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS, QUERIES = unit(600), unit(20)
FLAT, GRAPH = VectorIndex.build(VECTORS), VectorIndex.build(VECTORS, flat_below=100)


def exact(query, k, allowed=None):
    scores = VECTORS.astype(np.float16).astype(np.float32) @ query
    rows = np.arange(len(VECTORS)) if allowed is None else np.flatnonzero(allowed)
    return rows[np.argsort(-scores[rows], kind="stable")][:k]


def test_flat_search_is_exact():
    for query in QUERIES:
        rows, scores = FLAT.search(query, 10)
        assert (rows.dtype, scores.dtype) == (np.int64, np.float32)
        assert rows.tolist() == exact(query, 10).tolist()
        np.testing.assert_allclose(scores, VECTORS[rows] @ query, atol=2e-3)


def test_the_graph_finds_nearly_all_and_scores_exactly():
    found = [GRAPH.search(query, 10) for query in QUERIES]
    shared = [len(set(rows) & set(exact(query, 10))) for (rows, _), query in zip(found, QUERIES, strict=True)]
    assert np.mean(shared) >= 9.5
    for (rows, scores), query in zip(found, QUERIES, strict=True):
        np.testing.assert_allclose(scores, GRAPH.vectors[rows].astype(np.float32) @ query, rtol=1e-5)
        assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("index", [FLAT, GRAPH], ids=["flat", "graph"])
@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1), k=st.integers(0, 700), seed=st.integers(0, 99))
def test_a_filtered_search_is_exact_and_returns_nothing_else(index, share, k, seed):
    allowed = np.random.default_rng(seed).random(len(VECTORS)) < share
    rows, scores = index.search(QUERIES[0], k, allowed)
    assert rows.tolist() == exact(QUERIES[0], k, allowed).tolist()
    assert len(scores) == len(rows) == min(k, int(allowed.sum()))


def test_equal_scores_come_in_the_order_of_the_rows():
    index = VectorIndex.build(np.repeat(unit(1), 5, axis=0))
    assert index.search(QUERIES[0], 5)[0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("built", [FLAT, GRAPH], ids=["flat", "graph"])
def test_a_saved_index_answers_alike(built, tmp_path):
    built.save(tmp_path / "vectors")
    again = VectorIndex.open(tmp_path / "vectors")
    assert isinstance(again.vectors, np.memmap)
    assert len(again) == len(VECTORS)
    for query in QUERIES:
        for one, two in zip(again.search(query, 20), built.search(query, 20), strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("flat_below", [100_000, 100], ids=["flat", "graph"])
def test_a_rebuild_from_saved_vectors_equals_a_fresh_build(flat_below, tmp_path):
    fresh = VectorIndex.build(VECTORS, flat_below)
    fresh.save(tmp_path / "fresh")
    VectorIndex.build(VectorIndex.open(tmp_path / "fresh").vectors, flat_below).save(tmp_path / "again")
    names = sorted(os.listdir(tmp_path / "fresh"))
    assert names == sorted(os.listdir(tmp_path / "again"))
    for name in names:
        assert (tmp_path / "fresh" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


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
        FLAT.search(np.ones(8, np.float32), 3)


@pytest.mark.parametrize("name", ["vectors.npy", "graph.faiss"])
def test_a_cut_file_is_refused(name, tmp_path):
    GRAPH.save(tmp_path)
    path: Path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SnapshotError, match="samenwijzer index"):
        VectorIndex.open(tmp_path)


def test_files_of_two_indexes_are_refused(tmp_path):
    GRAPH.save(tmp_path)
    np.save(tmp_path / "vectors.npy", GRAPH.vectors[:500])
    with pytest.raises(SnapshotError, match="do not belong together"):
        VectorIndex.open(tmp_path)
    np.save(tmp_path / "vectors.npy", np.ones(4))
    with pytest.raises(SnapshotError, match="does not hold vectors"):
        VectorIndex.open(tmp_path)


def test_missing_and_unwritable_folders_are_named(tmp_path):
    with pytest.raises(SnapshotError, match="nowhere"):
        VectorIndex.open(tmp_path / "nowhere")
    (tmp_path / "graph.faiss").mkdir()
    with pytest.raises(OSError, match="graph.faiss"):
        GRAPH.save(tmp_path)
