"""What the commands print for programs: data as json, jsonl and csv; references as ris, bibtex, csl and md."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import bibtexparser
import pytest
import rispy

from corpus.document import from_json
from index.results import Filters, Query
from index.search import Searcher

ROOT = Path(__file__).resolve().parents[1]
QUERY = "POH-jeugd samenwerking wijkteam"


@pytest.fixture
def ask(run, starter_kb):
    """Run a command on the collection that ships; return its output after checking that all went well."""

    def call(*arguments, stdin="", code=0):
        found, out, err = run("--kb", starter_kb, *arguments, stdin=stdin)
        assert (found, err) == (code, "")
        return out

    return call


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def references(text, form):
    """Return the ids that a file of references names."""
    if form == "ris":
        return [entry["accession_number"] for entry in rispy.loads(text)]
    if form == "bibtex":
        return [entry.key.removeprefix("samenwijzer-") for entry in bibtexparser.parse_string(text).entries]
    if form == "csl":
        return [item["id"] for item in json.loads(text)]
    return [line.split("\\[")[-1].split(", ")[1] for line in text.splitlines() if line.lstrip().startswith(">")]


@pytest.mark.parametrize("command", [["search", QUERY], ["search", "--kind", "tip"], ["similar", "poh-jeugd-assen"]])
def test_hits_are_the_same_in_every_format(ask, command):
    hits = lines(ask(*command, "-k", "3", "--format", "jsonl"))
    ids = [hit["passage_id"] for hit in hits]
    assert len(set(ids)) == 3 and [hit["rank"] for hit in hits] == [1, 2, 3]
    found = json.loads(ask(*command, "-k", "3", "--format", "json"))
    assert (found["hits"] if command[0] == "search" else found) == hits
    table = rows(ask(*command, "-k", "3", "--format", "csv"))
    assert [row["passage_id"] for row in table] == ids and [row["text"] for row in table] == [h["text"] for h in hits]
    for form in ("ris", "bibtex", "csl"):
        assert references(ask(*command, "-k", "3", "--format", form), form) == ids
    assert ask(*command, "-k", "3", "--format", "md").startswith("1. ")


def test_a_reference_to_an_answer_quotes_the_sentence(ask):
    question = "Wie is het aanspreekpunt van het wijkteam bij de huisarts?"
    (answer,) = lines(ask("ask", question))
    sentences = [sentence["text"] for sentence in answer["sentences"]]
    notes = [item["note"] for item in json.loads(ask("ask", question, "--format", "csl"))]
    assert sentences and len(notes) == len(sentences)
    assert all(sentence in note for sentence, note in zip(sentences, notes, strict=True))
    assert [row["text"] for row in rows(ask("ask", question, "--format", "csv"))] == sentences


@pytest.mark.parametrize(("form", "out"), [("ris", ""), ("bibtex", ""), ("csl", "[]\n"), ("md", "")])
def test_no_answer_is_no_reference_and_exit_1(ask, form, out):
    assert ask("ask", "openingstijden zwembad", "--format", form, code=1) == out


def test_show_gives_the_record_its_passages_or_its_reference(ask):
    record = json.loads(ask("show", "poh-jeugd-assen", "--format", "json"))
    passages = record["passages"]
    assert record["source_id"] == "poh-jeugd-assen" and record["sources"] == ["starter/poh-jeugd-assen.md"]
    assert [row["id"] for row in rows(ask("show", record["id"], "--format", "csv"))] == [p["id"] for p in passages]
    assert references(ask("show", passages[1]["id"], "--format", "ris"), "ris") == [passages[1]["id"]]
    both = lines(ask("show", "poh-jeugd-assen", "tip-07-een-communicatiemiddel", "--format", "jsonl"))
    assert [one["source_id"] for one in both] == ["poh-jeugd-assen", "tip-07-een-communicatiemiddel"]


def test_show_tells_what_was_left_out_and_why(run, tmp_path):
    page = "<html><body><nav><a href=/>Start</a></nav><main><h1>De wijk</h1><p>%s</p></main></body></html>"
    (tmp_path / "page.html").write_text(page % ("De huisarts en het wijkteam kennen elkaar. " * 9))
    run("--kb", tmp_path / "kb", "ingest", tmp_path / "page.html")
    (document,) = lines(run("--kb", tmp_path / "kb", "export")[1])
    shown = run("--kb", tmp_path / "kb", "show", document["id"], "--dropped", "--format", "csv")[1]
    assert ("Start", True) in [(row["text"], bool(row["reason"])) for row in rows(shown)]
    assert lines(run("--kb", tmp_path / "kb", "show", document["id"], "--dropped")[1]) == document["dropped"]


def test_cite_takes_what_search_and_ask_print(ask):
    found = ask("search", QUERY, "-k", "3", "--format", "jsonl")
    ids = [hit["passage_id"] for hit in lines(found)]
    assert references(ask("cite", "-", "--format", "ris", stdin=found), "ris") == ids
    assert references(ask("cite", "-", "--format", "csl", stdin="\n".join(ids)), "csl") == ids
    batch = ask("search", "--queries", "-", "-k", "3", stdin=json.dumps({"qid": 1, "query": QUERY}))
    assert references(ask("cite", "-", "--format", "bibtex", stdin=batch), "bibtex") == ids
    answer = ask("ask", QUERY)
    quoted = [sentence["passage_id"] for sentence in lines(answer)[0]["sentences"]]
    assert [row["id"] for row in lines(ask("cite", "-", stdin=answer))] == list(dict.fromkeys(quoted))
    assert [row["id"] for row in rows(ask("cite", *ids, "--format", "csv"))] == ids
    assert [row["id"] for row in json.loads(ask("cite", *ids, "--format", "json"))] == ids


def test_cite_names_what_is_not_there_and_cites_the_rest(run, starter_kb):
    code, out, err = run("--kb", starter_kb, "cite", "bestaat-niet", "poh-jeugd-assen", "--format", "table")
    assert code == 0 and "Gemeente Assen. (z.d.)" in out and "bestaat-niet: no document" in err
    assert run("--kb", starter_kb, "cite", "bestaat-niet", "--format", "ris")[:2] == (1, "")
    assert run("--kb", starter_kb, "cite", "-", stdin='{"passage_id": ')[0] == 2


def test_a_reference_names_the_snapshot_that_it_is_from(ask):
    snapshot = json.loads(ask("status", "--format", "json"))["snapshot"]["id"]
    (row,) = lines(ask("cite", "poh-jeugd-assen"))
    assert row["momentopname"] == snapshot


def test_the_query_and_the_sources_may_come_from_standard_input(run, tmp_path, ask):
    assert ask("search", "-", "-k", "3", stdin=f" {QUERY}\n") == ask("search", QUERY, "-k", "3")
    assert lines(ask("ask", "-", stdin="openingstijden\nzwembad", code=1))[0]["question"] == "openingstijden zwembad"
    (tmp_path / "a.txt").write_text("De huisarts belt het wijkteam.")
    code, out, _ = run("--kb", tmp_path / "kb", "ingest", "-", "--format", "json", stdin=f"{tmp_path / 'a.txt'}\n\n")
    assert code == 0 and json.loads(out)["added"] == 1


def test_a_file_of_queries_may_be_plain_text_and_prints_json_lines_only(ask, run, starter_kb):
    found = lines(ask("search", "--queries", "-", "-k", "1", stdin="wijkteam\n\nschulden\n"))
    assert [record["qid"] for record in found] == [1, 2]
    code, out, err = run("--kb", starter_kb, "search", "--queries", "-", "--format", "ris", stdin="wijkteam")
    assert (code, out) == (2, "") and "ris" in err


FILTERS = [
    (["--kind", "praktijkvoorbeeld"], Filters(kind=("praktijkvoorbeeld",))),
    (["--kind", "tip", "--kind", "feit"], Filters(kind=("tip", "feit"))),
    (["--doelgroep", "JEUGD"], Filters(doelgroep=("jeugd",))),
    (["--thema", "eenzaamheid", "--year", "2020.."], Filters(thema=("eenzaamheid",), year=(2020, None))),
    (["--gemeente", "Utrecht", "--year", "..2019"], Filters(gemeente=("Utrecht",), year=(None, 2019))),
    (["--regio", "Twente"], Filters(regio=("Twente",))),
    (["--publisher", "Skipr"], Filters(publisher=("Skipr",))),
    (["--beroep", "POH-jeugd", "--year", "2018"], Filters(beroep=("POH-jeugd",), year=(2018, 2018))),
    (["--since", "2020-01-31"], None),
]


@pytest.mark.parametrize(("options", "filters"), FILTERS)
def test_search_and_export_filter_alike(ask, starter_kb, options, filters):
    searcher = Searcher.open(starter_kb)
    wanted = searcher.search(Query("", 1000, filters or Filters()))
    documents = {hit.document_id for hit in wanted.hits} | {id for hit in wanted.hits for id in hit.also_in}
    assert {document["id"] for document in lines(ask("export", *options))} == documents != set()
    found = lines(ask("search", *options, "-k", "1000"))
    assert [hit["passage_id"] for hit in found] == [hit.passage_id for hit in wanted.hits]


def test_a_day_that_nothing_came_in_after_leaves_nothing(run, starter_kb):
    for command in (["export"], ["search", "wijkteam"], ["ask", "Wat doet het wijkteam?"]):
        assert run("--kb", starter_kb, *command, "--since", "2990-01-01")[0] == 1
    assert run("--kb", starter_kb, "search", "wijkteam", "--since", "gisteren")[0] == 2


def test_ask_answers_from_what_the_filters_leave(ask):
    (answer,) = lines(ask("ask", "Wat doet de POH-jeugd?", "--publisher", "Skipr"))
    assert {sentence["publisher"] for sentence in answer["sentences"]} == {"Skipr"}


def test_an_added_word_can_be_refused(ask):
    added = json.loads(ask("search", "wijkteam", "--format", "json"))["added"]
    less = json.loads(ask("search", "wijkteam", "--without", added[0], "--format", "json"))["added"]
    assert added[0] not in less and set(less) < set(added)


def test_an_export_has_every_document_in_every_format(ask):
    exported = lines(ask("export"))
    assert all(from_json(json.dumps(document)).id == document["id"] for document in exported[:3])
    assert json.loads(ask("export", "--format", "json")) == exported
    table = rows(ask("export", "--format", "csv"))
    assert [row["id"] for row in table] == [document["id"] for document in exported]
    assert [int(row["passages"]) for row in table] == [len(document["passages"]) for document in exported]
    assert len(ask("export", "--format", "table").splitlines()) == len(exported) + 1


def test_references_of_an_export_are_works_of_their_own(ask, run, tmp_path):
    tips = "Drie tips voor de wijk\n\n • Tip 1: Bel het wijkteam.\n\n • Tip 2: Drink koffie.\n\n • Tip 3: Ga langs.\n"
    (tmp_path / "tips.txt").write_text(tips)
    run("--kb", tmp_path / "kb", "ingest", tmp_path / "tips.txt")
    titles = [item["title"] for item in json.loads(run("--kb", tmp_path / "kb", "export", "--format", "csl")[1])]
    assert titles[0] == "Drie tips voor de wijk" and len(titles) == 4
    only = json.loads(run("--kb", tmp_path / "kb", "export", "--kind", "tip", "--format", "csl")[1])
    assert [item["title"] for item in only] == titles[1:]
    # What an editor describes is one work, whatever items the description has.
    assert len(json.loads(ask("export", "--format", "csl"))) == len(lines(ask("export")))


def test_no_cell_of_a_csv_file_is_a_formula(run, tmp_path):
    evil = {"id": "a", "title": '=HYPERLINK("http://x")', "publisher": "@SUM(1)", "text": "+31 6 belt het wijkteam."}
    (tmp_path / "in.jsonl").write_text(json.dumps(evil))
    run("--kb", tmp_path / "kb", "ingest", tmp_path / "in.jsonl")
    for command in (
        ["search", "wijkteam"],
        ["export"],
        ["cite", "a"],
        ["show", "a"],
        ["ask", "Wie belt het wijkteam?"],
    ):
        code, out, _ = run("--kb", tmp_path / "kb", *command, "--format", "csv")
        cells = [cell for row in csv.reader(io.StringIO(out, newline="")) for cell in row]
        assert code == 0 and not [cell for cell in cells if cell[:1] in ("=", "+", "@", "-")], command


def test_what_is_no_character_is_no_error(run, starter_kb):
    kb = ("--kb", starter_kb)
    assert json.loads(run(*kb, "search", "wijkteam \udcff", "-k", "1", "--format", "json")[1])["hits"]
    assert lines(run(*kb, "ask", "--queries", "-", stdin='{"qid": "\\ud800", "query": "wijk\\ud800"}')[1])[0]["status"]
    for command in (["cite", "\udcff"], ["show", "\udcff"], ["search", "wijkteam", "--thema", "\udcff"]):
        code, out, err = run(*kb, *command)
        assert code in (1, 2) and out == "" and "Traceback" not in err


def test_a_full_disk_is_an_error_in_words(starter_kb):
    command = [sys.executable, str(ROOT / "cli.py"), "--kb", str(starter_kb), "export"]
    with Path("/dev/full").open("w") as full:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert done.returncode == 2 and done.stderr.startswith("samenwijzer: the output cannot be written (No space left")


def test_every_exit_code_and_stream_is_as_documented(run, starter_kb, tmp_path):
    assert run("--kb", starter_kb, "search")[:2] == (2, "")
    assert run("--kb", starter_kb, "similar", "-", stdin="a\nb")[0] == 2
    assert run("--kb", starter_kb, "show", "bestaat-niet")[0] == 2
    for command in (["search", "x"], ["ask", "x"], ["similar", "x"], ["show", "x"], ["cite", "x"], ["export"]):
        code, out, err = run("--kb", tmp_path / "none", *command)
        assert (code, out) == (3, "") and "samenwijzer ingest" in err, command
    assert run("--kb", starter_kb, "search", "--queries", Path(tmp_path / "none"))[0] == 2
