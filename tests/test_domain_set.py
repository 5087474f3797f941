"""The domain evaluation set is whole: types, splits, grades, and records that are there."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from corpus.gemeenten import find_gemeenten
from index.testsets import read_qrels, read_queries

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent / "data" / "domein"
TYPES = {"keyword", "question", "paraphrase", "abbreviation", "compound", "gemeente", "typo", "english", "no-answer"}


@pytest.fixture(scope="module")
def queries():
    return read_queries(FOLDER / "queries.jsonl")


@pytest.fixture(scope="module")
def qrels():
    return read_qrels(FOLDER / "qrels.tsv")


def test_every_type_is_well_represented_in_both_splits(queries):
    counts = Counter((query.type, query.split) for query in queries)
    assert {kind for kind, _ in counts} == TYPES and len(queries) >= 220
    assert min(counts.values()) >= 10
    assert sum(n for (kind, _), n in counts.items() if kind == "no-answer") >= 30


def test_a_query_is_in_the_split_of_its_hash(queries):
    for query in queries:
        odd = hashlib.sha256(query.qid.encode()).digest()[-1] % 2
        assert query.split == ("test" if odd else "tune"), query.qid


def test_ids_and_texts_are_unique(queries):
    assert len({query.qid for query in queries}) == len({query.text.casefold() for query in queries}) == len(queries)


def test_judgements_are_of_these_queries_and_of_records_that_are_there(queries, qrels):
    answerable = {query.qid for query in queries if query.type != "no-answer"}
    assert set(qrels) == answerable
    records = {path.stem for path in (ROOT / "corpus" / "starter").glob("*.md")}
    judged = {record for grades in qrels.values() for record in grades}
    assert judged <= records, f"no such record: {sorted(judged - records)}"
    assert all(set(grades.values()) <= {1, 2} and 2 in grades.values() for grades in qrels.values())


def test_judgements_cover_the_collection_and_are_not_one_to_one(qrels):
    sizes = [len(grades) for grades in qrels.values()]
    assert sum(sizes) / len(sizes) > 2.5
    records = {path.stem for path in (ROOT / "corpus" / "starter").glob("*.md")}
    found = {record for grades in qrels.values() for record in grades}
    assert len(found) > 0.8 * len(records)


def test_the_lines_have_the_documented_fields():
    for line in (FOLDER / "queries.jsonl").read_text("utf-8").splitlines():
        assert list(json.loads(line)) == ["qid", "query", "type", "role", "split"]


def test_a_near_miss_names_a_municipality_that_no_record_on_the_subject_has(queries):
    texts = [path.read_text("utf-8") for path in (ROOT / "corpus" / "starter").glob("*.md")]
    unknown = 0
    for query in queries:
        if query.type == "no-answer":
            for name in find_gemeenten(query.text):
                unknown += not any(name in text for text in texts)
    assert unknown >= 5
