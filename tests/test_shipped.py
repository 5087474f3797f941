import json
import shutil

import numpy as np
import pytest

from corpus.errors import EmbedderError
from index.shipped import MODEL, ShippedEmbedder, spell_out


@pytest.fixture(scope="module")
def embedder():
    return ShippedEmbedder()


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(MODEL, tmp_path / "model")


def test_vectors_have_unit_length_and_keep_the_order_of_the_texts(embedder):
    texts = ["Het wijkteam belt de huisarts.", "", "schulden", "woord " * 400, "De gemeente betaalt de POH-jeugd."]
    rows = embedder.encode_document(texts)
    assert rows.shape == (5, embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1, 1], atol=1e-5)
    for text, row in zip(texts, rows, strict=True):
        np.testing.assert_array_equal(embedder.encode_query([text])[0], row)


def test_no_texts_give_no_rows(embedder):
    assert embedder.encode_query([]).shape == (0, embedder.dimension)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("dokter", "huisarts", "parkeervergunning"),
        ("ik kan mijn rekeningen niet betalen", "hulp bij schulden", "valpreventie bij ouderen"),
        ("loneliness among older people", "eenzame ouderen", "afval scheiden"),
        ("opa valt steeds", "valpreventie", "jongeren en alcohol"),
    ],
)
def test_what_means_the_same_is_near(embedder, text, near, far):
    query, one, other = embedder.encode_query([text, near, far])
    assert query @ one > query @ other + 0.1


def test_the_model_fits_in_the_wheel():
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 30_000_000


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_what_was_shipped_is_refused(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(EmbedderError, match=rf"{name}: not the file that was shipped; install samenwijzer again"):
        ShippedEmbedder(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_model_that_lacks_a_file_is_refused(copy, name):
    (copy / name).unlink()
    with pytest.raises(EmbedderError, match="the language model is incomplete"):
        ShippedEmbedder(copy)


def test_a_config_that_says_nothing_is_refused(copy):
    (copy / "config.json").write_text(json.dumps([]))
    with pytest.raises(EmbedderError, match="the language model is incomplete"):
        ShippedEmbedder(copy)


def test_compounds_that_the_model_does_not_know_are_cut_for_it():
    known = {"wijkteam", "huisarts"}
    assert spell_out("Mantelzorgwaardering, het wijkteam!", known) == "mantelzorg waardering, het wijkteam!"
    assert spell_out("Wijkteam en HUISARTS", known) == "Wijkteam en HUISARTS"
    assert spell_out("kort en 12345678 en blablabla", known) == "kort en 12345678 en blablabla"
