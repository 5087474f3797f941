"""Gate: how well search finds and how honest answers are. The floors hold what was reached; they go up, not down.

Settings are chosen on "tune" alone; a floor on "test" guards what was gained by it. `pytest -s` prints the figures.
"""

import hashlib
import sys
from pathlib import Path

import pytest

from index.configuration import opened
from index.evaluate import evaluate, measure
from index.testsets import read_qrels, read_queries

DOMAIN = Path(__file__).parent / "data" / "domein"
BENCH = Path(__file__).resolve().parents[1].parent / "shared" / "bench" / "retrieval"
SAMPLE = 80
# Per split: nDCG@10; shares of the answerable questions that are answered (weakly or not), and of those that cite a
# relevant record; share of the unanswerable ones that are answered nevertheless.
FLOORS = {"tune": (0.71, 0.86, 0.92, 0.10), "test": (0.73, 0.85, 0.93, 0.16)}
VAC, DEKAMER = 0.86, 0.60


def show(report):
    lines = ("  ".join(f"{c:<18}" if i in (0, 2) else f"{c:>10}" for i, c in enumerate(row)) for row in report.rows())
    sys.stdout.write("\n".join(("", report.name, *lines, "")))
    return report


@pytest.mark.parametrize("split", FLOORS)
def test_domain_set(starter_kb, split):
    report = show(evaluate(starter_kb, DOMAIN / "queries.jsonl", DOMAIN / "qrels.tsv", split=split))
    found, given, cited, false = FLOORS[split]
    answers = report.answers()
    assert report.interval("ndcg@10").mean >= found
    assert answers.given.mean >= given
    assert answers.cited.mean >= cited
    assert answers.false_given.mean <= false


@pytest.mark.parametrize(("name", "floor"), [("vac", VAC), ("dekamer", DEKAMER)])
def test_public_sets(name, floor):
    folder = BENCH / name
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/bench/retrieval/{name}")
    queries = sorted(read_queries(folder / "queries.jsonl"), key=lambda q: hashlib.sha256(q.qid.encode()).digest())
    with opened(folder) as searcher:
        report = measure(searcher, queries[:SAMPLE], read_qrels(folder / "qrels.tsv"), name=name, ask=False)
    assert show(report).interval("ndcg@10").mean >= floor
