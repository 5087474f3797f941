"""Measures against values worked out by hand, and a whole evaluation of a small set."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SnapshotError, UsageError
from index.evaluate import METRICS, compare, evaluate
from index.metrics import bootstrap, chance, ndcg, recall, reciprocal_rank
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
    assert answers.answered == 1 and answers.cited == 1 and answers.false_answered == answers.false_weak == 0
    assert json.loads(json.dumps(report.to_dict()))["groups"]["keyword"]["queries"] == len(SUBJECTS)
    rows = list(report.rows())
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows] == ["", "all", "keyword", "no answer there"] and rows[1][2].startswith("100.0")


def test_a_wrong_ranking_costs_and_a_comparison_tells(folder, tmp_path):
    shifted = "".join(f"q{n}\t{SUBJECTS[n - 1]}\t2\n" for n in range(len(SUBJECTS)))
    (tmp_path / "wrong.tsv").write_text(shifted, "utf-8")
    good, bad = evaluate(folder), evaluate(folder, qrels=tmp_path / "wrong.tsv")
    assert bad.interval("ndcg@10").mean < 0.7 and bad.answers().cited < 1
    first = compare(bad, good)[0]
    assert first.metric == "ndcg@10" and first.difference.low > 0 and first.p < 0.05
    same = compare(good, good)[0]
    assert same.difference == (0, 0, 0) and same.p == 1


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
