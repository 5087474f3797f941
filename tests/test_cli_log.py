"""A log of searches: enough for a methods section, and to search again."""

import json
import shutil
from dataclasses import replace

import pytest

from commands import searchlog
from commands.methods import methods
from index.results import Filters, Query
from index.search import Searcher


@pytest.fixture
def log(run, starter_kb, tmp_path):
    """Return the log of two searches and a question."""
    path = tmp_path / "searches.jsonl"
    kb = ("--kb", starter_kb)
    run(*kb, "search", "eenzaamheid | ouderen", "--year", "2015..", "--kind", "tip", "-k", "2", "--log", path)
    run(*kb, "search", "%%%", "--since", "2020-01-01", "--log", path)
    run(*kb, "ask", "Wie is het aanspreekpunt van het wijkteam bij de huisarts?", "--log", path)
    return path


def test_an_entry_says_what_was_asked_of_what_and_what_came_out(log, run, starter_kb):
    first, second, third = searchlog.read(log)
    manifest = Searcher.open(starter_kb).manifest
    assert (first.command, first.query, first.k) == ("search", "eenzaamheid | ouderen", 2)
    assert first.filters == {"kind": ["tip"], "year": [2015, None]} and second.filters == {"since": "2020-01-01"}
    assert (first.snapshot, first.collection["passages"]) == (manifest.id, manifest.passages)
    found = json.loads(run("--kb", starter_kb, "search", first.query, "--year", "2015..", "--format", "json")[1])
    assert set(found["added"]) == set(first.added) and second.total == 0 and second.passages == []
    assert third.status == "answered" and len(third.passages) == 3 and len(set(third.documents)) == 3


def test_an_entry_can_be_searched_again(log):
    first, second, _ = searchlog.read(log)
    year = Filters(kind=("tip",), year=(2015, None))
    assert searchlog.asked(first) == Query("eenzaamheid | ouderen", 2, year)
    assert str(searchlog.asked(second).filters.since) == "2020-01-01"


def test_the_methods_section_has_every_figure_in_both_languages(log, run):
    code, out, _ = run("log", "methods", log)
    dutch, english = out.split("\n\nOn ")
    entries = searchlog.read(log)
    assert code == 0 and dutch.startswith("Op ") and "Er zijn 2 zoekopdrachten gedaan. Er is één vraag gesteld" in dutch
    for text in (dutch, english):
        rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
        assert len(rows) == 3 and "eenzaamheid \\| ouderen" in rows[0] and "kind: tip; year: 2015–" in rows[0]
        assert f"| {entries[0].total} | {len(entries[0].passages)} |" in rows[0]
        assert entries[0].snapshot in text and entries[0].model in text
    assert run("log", "methods", log, "--language", "en")[1] == f"On {english}"


def test_the_methods_section_tells_of_days_snapshots_and_other_models(log):
    entries = searchlog.read(log)
    later = replace(entries[0], at="2031-02-03T00:00:00+00:00", snapshot="abc", reranker="kruis", generator="groot")
    text = methods([replace(entries[0], at="2030-01-02T00:00:00+00:00"), later], "nl")
    assert "Van 2 januari 2030 tot en met 3 februari 2031 is gezocht" in text
    assert text.count("Momentopname ") == 2 and "model kruis" in text and "taalmodel groot" in text
    assert "Er zijn 2 zoekopdrachten gedaan." in text and "vraag gesteld" not in text


def test_repeating_tells_what_is_new(run, tmp_path):
    kb, log, source = tmp_path / "kb", tmp_path / "log.jsonl", tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text("De huisarts belt het wijkteam over schulden in de buurt.")
    run("--kb", kb, "ingest", source)
    run("--kb", kb, "search", "schulden", "--log", log)
    code, out, _ = run("--kb", kb, "log", "repeat", log)
    assert code == 1 and (json.loads(out)["new"], json.loads(out)["gone"]) == ([], [])
    (source / "a.txt").unlink()
    (source / "b.txt").write_text("Een maatje helpt bij schulden en post, elke week aan de keukentafel.")
    run("--kb", kb, "ingest", source)
    code, out, _ = run("--kb", kb, "log", "repeat", log, "--format", "json")
    (record,) = json.loads(out)
    assert code == 0 and ["maatje" in hit["text"] for hit in record["new"]] == [True]
    assert record["gone"] == searchlog.read(log)[0].documents and len(searchlog.read(log)) == 1
    lines = run("--kb", kb, "log", "repeat", log)[1]
    assert "maatje" in run("--kb", kb, "cite", "-", stdin=lines)[1]
    assert "Nieuw: 1." in run("--kb", kb, "log", "repeat", log, "--format", "table")[1]


def test_every_query_of_a_batch_is_logged(run, starter_kb, tmp_path):
    log = tmp_path / "log.jsonl"
    for command in ("search", "ask"):
        run("--kb", starter_kb, command, "--queries", "-", "--log", log, stdin="wijkteam\nschulden\n")
    entries = searchlog.read(log)
    assert [(e.command, e.query) for e in entries] == [
        (command, query) for command in ("search", "ask") for query in ("wijkteam", "schulden")
    ]


@pytest.mark.parametrize("text", ["", "\n", "{}", '{"query": 1}', "geen json"])
def test_what_is_no_log_is_named(run, tmp_path, text):
    path = tmp_path / "log.jsonl"
    path.write_text(text)
    code, out, err = run("log", "methods", path)
    assert (code, out) == (2, "") and str(path) in err
    assert run("log", "repeat", tmp_path / "none")[0] == 2


def test_a_log_that_cannot_be_written_is_named(run, starter_kb, tmp_path):
    code, out, err = run("--kb", starter_kb, "search", "wijkteam", "--log", tmp_path / "none" / "log.jsonl")
    assert (code, out) == (2, "") and "the log cannot be written" in err


def test_a_log_outlives_the_index(log, run, starter_kb, tmp_path):
    shutil.copytree(starter_kb, tmp_path / "kb")
    (tmp_path / "kb" / "CURRENT").unlink()
    assert run("--kb", tmp_path / "kb", "log", "repeat", log)[0] == 3
    assert run("--kb", tmp_path / "kb", "log", "methods", log)[0] == 0
