"""The speed benchmark: its texts are what it says they are, and its smallest run goes through the whole line."""

import json
import math
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# `benchmarks` is not installed with the package: it is found from the repository's root.
sys.path.insert(0, str(ROOT))
from benchmarks import calibrate, peers, plots, report, scale, scale_plot, speed, texts  # noqa: E402
from index.answer import Rules  # noqa: E402

needs_sets = pytest.mark.skipif(not (SHARED / "bench" / "retrieval").is_dir(), reason="needs ../shared/bench/retrieval")


@needs_sets
def test_texts_are_distinct_deterministic_and_as_long_as_our_passages():
    made = list(texts.passages(2000))
    assert len({text.casefold() for text in made}) == 2000
    assert made[:50] == list(texts.passages(50)) != list(texts.passages(50, seed=1))
    assert all(60 <= len(text.split()) <= texts.TARGET_WORDS for text in made)


@needs_sets
def test_documents_hold_exactly_the_passages_asked_for():
    records = list(texts.documents(23))
    assert [len(r["text"].split("\n\n")) for r in records] == [5, 5, 5, 5, 3]
    assert "\n\n".join(r["text"] for r in records).split("\n\n") == list(texts.passages(23))


@needs_sets
def test_queries_are_distinct_and_come_from_every_free_set():
    asked = texts.queries(220)
    assert len(set(asked)) == 220 and asked == texts.queries(220)
    for name in texts.FREE:
        assert set(asked) & set(texts.load(name).queries.values())


SWAPPED = (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))


@pytest.mark.parametrize(
    ("ranking", "expected"), [("ab", 1.0), ("ba", SWAPPED), ("x", 0.0), ("xxxxxxxxxxab", 0.0), ("", 0.0)]
)
def test_ndcg(ranking, expected):
    assert peers.ndcg(ranking, {"a": 2, "b": 1}) == pytest.approx(expected)


@needs_sets
def test_the_smallest_run_goes_through_the_whole_line(tmp_path, capsys):
    figures = speed.measure(200, tmp_path, queries=10, cold_starts=1)
    assert figures["ingest"]["passages"] == 200 and figures["ingest"]["documents"] == 40
    assert figures["ingest"]["failed"] == 0 < figures["ingest"]["passages_per_s"]
    assert figures["build"]["total_s"] > 0 < figures["build"]["snapshot_mib"]
    search = figures["search"]
    assert search["full"]["queries"] == 10 and len(search["ranking"]) == 10 + speed.WARM
    assert 0 < search["vector_given"]["p50_ms"] <= search["full"]["p95_ms"] <= search["full"]["p99_ms"]
    assert figures["cold_s"] > 0
    figures["one_more"] = speed.one_more(tmp_path)
    assert figures["one_more"]["ingest_s"] > 0 < figures["one_more"]["index_s"]
    speed.print_ours({200: figures})
    assert "None" not in capsys.readouterr().out


def test_recall_counts_what_is_as_near_as_the_last_of_the_nearest(tmp_path):
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 2, 3]]
    np.save(tmp_path / "vectors.npy", vectors)
    np.save(tmp_path / "query_vectors.npy", np.array([[1, 0.5, 0.2, 0], [0, 0, 0, 1]], np.float32))
    # Rows 0 and 1 are equal: either is the nearest one.
    assert peers.recall([[1], [4]], tmp_path, k=1) == 1.0
    assert peers.recall([[0, 2], [4, 0]], tmp_path, k=2) == 0.75
    assert peers.recall([[3]], tmp_path, k=1) == 0.0


MEASURED = {
    "starter": {
        "passages": 1195,
        "queries": 2,
        "judged": True,
        "systems": {
            "Samenwijzer": {"ms": [1.0], "per_s": 10.0, "p99_ms": 1.0, "ndcg": 80.0, "disk_mib": 0.0},
            "txtai": {"stopped": "over budget"},
        },
    }
}


def test_what_was_not_measured_is_shown_as_such(tmp_path, capsys):
    peers.show(MEASURED)
    printed = capsys.readouterr().out
    assert "over budget" in printed and "None" not in printed
    report.save("peers", {"cases": MEASURED}, tmp_path)
    speed_of_all, quality = plots.draw("peers", tmp_path, tmp_path / "images")
    for drawn in (speed_of_all, quality):
        svg = ElementTree.fromstring(drawn.read_text("utf-8"))
        assert svg.tag.endswith("svg") and "Samenwijzer" in "".join(svg.itertext())
    assert "80,0" in quality.read_text("utf-8") and "1.195 passages" in speed_of_all.read_text("utf-8")


@needs_sets
def test_a_case_has_a_grade_for_every_query():
    for name in ("starter", *texts.available()):
        found = peers.case(name, 1.0, most=20)
        assert len(found.queries) == len(found.qrels) == len(set(found.queries)) > 15
        assert all(any(grades.values()) for grades in found.qrels)
    assert not peers.case("100", 1.0, most=20).qrels


@needs_sets
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux")
def test_our_own_line_goes_through_the_comparison(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "OUT", tmp_path)
    monkeypatch.setattr(peers, "QUERIES", 20)
    wanted = peers.case("100", 0.2, most=20)
    assert peers.prepare(wanted) == 100 == peers.prepare(wanted)
    figures = peers.measure(Path(sys.executable), "Samenwijzer", wanted, budget=30)
    assert len(figures["ms"]) == peers.QUERIES and figures["recall"] == 1.0
    assert figures["per_s"] > 0 and figures["memory_mib"] > 10 and figures["disk_mib"] > 0 < figures["build_s"]
    assert "ndcg" not in figures and not (wanted.folder / "Samenwijzer").exists()
    assert peers.work(Path(sys.executable), "build", "nobody", wanted, seconds=30) == {"stopped": "failed (1)"}


def test_percentiles_are_milliseconds():
    assert report.percentiles([0.001] * 99 + [1.0]) == {"queries": 100, "p50_ms": 1, "p95_ms": 1, "p99_ms": 10.99}
    assert report.percentiles([]) == {"queries": 0}


def test_the_rules_of_answers_are_near_those_that_calibration_chooses(starter_kb, capsys):
    """Another model or another rule for coverage: run `python -m benchmarks.calibrate` and take what it says."""
    asked = calibrate.cases(starter_kb, None)
    assert sum(not case.answerable for case in asked) > 60
    chosen, used = calibrate.calibrate(asked), Rules()
    assert abs(chosen.weak - used.weak) < 0.05 and abs(chosen.answered - used.answered) < 0.07
    assert calibrate.curve(asked, used.nearness) > calibrate.curve(asked, chosen.nearness) - 0.005
    printed = capsys.readouterr().out
    assert "nearness" in printed and "cites a relevant record" in printed


@needs_sets
def test_a_size_is_prepared_once_and_measured(tmp_path, capsys):
    made = np.random.default_rng(1).normal(size=(len(texts.pool()), 384)).astype(np.float32)
    np.save(tmp_path / "sentences.npy", made / np.linalg.norm(made, axis=1, keepdims=True))
    first, again = scale.measure(tmp_path / "200"), scale.measure(tmp_path / "200")
    assert first["build"] == again["build"] and first["build"]["without_encoding_s"] > 0
    assert first["search"]["vector_given"]["queries"] == scale.QUERIES
    assert first["accuracy"] == {"recall_at_10": 1.0, "same_hits": 1.0, "totals_off": 0.0}
    scale.print_curve({"200": first})
    assert "recall@10" in capsys.readouterr().out


def test_the_curves_are_drawn_from_what_was_kept(tmp_path):
    picture = scale_plot.draw(target=tmp_path / "scale.svg").read_text("utf-8")
    root = ElementTree.fromstring(picture)
    dots = sum(shape.tag.endswith("circle") for shape in root.iter())
    sizes = json.loads((report.RESULTS / "scale.json").read_text("utf-8"))["sizes"]
    assert dots == 4 * len(sizes)
    assert "1M" in picture and "p95" in picture


def test_the_table_on_the_page_is_that_of_what_was_kept(tmp_path):
    page = tmp_path / "scale.md"
    page.write_text(scale_plot.PAGE.read_text("utf-8"), "utf-8")
    assert scale_plot.write(page=page).read_text("utf-8") == scale_plot.PAGE.read_text("utf-8")
    assert "| recall@10 of the vectors | 1 |" in page.read_text("utf-8")
