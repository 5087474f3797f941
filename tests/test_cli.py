import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TIPS = """Drie tips voor samenwerking in de wijk

 • Tip 1: Stel je als POH-jeugd voor bij het wijkteam. Deze tip kwam van een POH-jeugd.

 • Tip 2: Plan elk kwartaal een overleg tussen huisarts en wijkteam.

 • Tip 3: Deel één telefoonnummer voor vragen over schulden.
"""


@pytest.fixture
def kb(tmp_path, run):
    source = tmp_path / "in"
    source.mkdir()
    (source / "tips.txt").write_text(TIPS)
    (source / "ouderen.md").write_text(
        "# Ouderen thuis\n\nDe wijkverpleging en het wijkteam bezoeken kwetsbare ouderen.\n"
    )
    code, _, _ = run("--kb", tmp_path / "kb", "ingest", source)
    assert code == 0
    return tmp_path / "kb"


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def test_ingest_reports_as_the_contract_says_and_the_second_time_nothing_is_new(tmp_path, run):
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text(TIPS)
    (source / "b.txt").write_text("Een heel ander verhaal over de huisarts en het wijkteam in de buurt.")
    ingest = ("--kb", tmp_path / "kb", "ingest", source, "--format", "json")
    code, out, err = run(*ingest)
    first = json.loads(out)
    assert (code, first["added"], first["failed"], err) == (0, 2, [], "")
    (source / "b.txt").unlink()
    (source / "a.txt").write_text(TIPS.replace("kwartaal", "jaar"))
    (source / "c.txt").write_bytes(b"")
    code, out, _ = run(*ingest)
    second = json.loads(out)
    assert {k: second[k] for k in ("added", "changed", "unchanged", "gone")} == {
        "added": 0,
        "changed": 1,
        "unchanged": 0,
        "gone": 1,
    }
    assert code == 5 and second["snapshot"] != first["snapshot"]
    assert [f["source"] for f in second["failed"]] == [str(source / "c.txt")] and second["failed"][0]["reason"]
    (source / "c.txt").unlink()
    third = json.loads(run(*ingest)[1])
    assert (third["unchanged"], third["changed"], third["snapshot"]) == (1, 0, second["snapshot"])


def test_search_prints_hits_in_the_shape_of_the_contract(kb, run):
    code, out, err = run("--kb", kb, "search", "POH-jeugd wijkteam", "-k", "2", "--format", "jsonl")
    hits = records(out)
    assert (code, len(hits), err) == (0, 2, "")
    fields = "rank score passage_id document_id source_id item_id kind title url publisher year text highlights why"
    assert set((fields + " permalink also_in").split()) <= set(hits[0])
    assert set(hits[0]["why"]) == {"terms", "added", "lexical", "semantic"}
    assert hits[0]["kind"] == "tip" and "POH-jeugd" in hits[0]["text"]
    assert json.loads(run("--kb", kb, "search", "wijkteam", "--format", "json")[1])["hits"]


def test_filters_and_exit_codes(kb, run):
    assert run("--kb", kb, "search", "wijkteam", "--kind", "tip")[0] == 0
    assert run("--kb", kb, "search", "wijkteam", "--kind", "feit")[0] == 1
    assert run("--kb", kb, "search", "wijkteam", "--year", "1990..1991")[0] == 1
    for wrong in (["search"], ["search", "x", "--year", "vroeger"], ["search", "x", "--nope"], ["nope"], ["ingest"]):
        code, out, err = run("--kb", kb, *wrong)
        assert code == 2 and out == "" and err


def test_batches_keep_the_order_and_the_query_ids(kb, run, tmp_path):
    lines = '{"qid": "b", "query": "schulden"}\n\n{"qid": 1, "query": "zwembad xyz"}\n'
    path = tmp_path / "q.jsonl"
    path.write_text(lines)
    code, out, _ = run("--kb", kb, "search", "--queries", path, "--format", "jsonl", "-k", "1")
    assert code == 0 and [r["qid"] for r in records(out)] == ["b", 1]
    assert "schulden" in records(out)[0]["hits"][0]["text"]
    code, out, _ = run("--kb", kb, "ask", "--queries", "-", "--format", "jsonl", stdin=lines)
    assert [r["status"] for r in records(out)] == ["answered", "none"] and records(out)[1]["sentences"] == []
    path.write_text('{"qid": 1}')
    code, _, err = run("--kb", kb, "search", "--queries", path)
    assert code == 2 and "line 1" in err


def test_ask_cites_verbatim_or_says_none(kb, run):
    code, out, _ = run("--kb", kb, "ask", "Wie bezoeken kwetsbare ouderen?", "--format", "json")
    found = json.loads(out)
    assert code == 0 and found["status"] == "answered" and set(found["searched"]) == {"passages", "snapshot"}
    assert "kwetsbare ouderen" in found["sentences"][0]["text"]
    code, out, _ = run("--kb", kb, "ask", "openingstijden zwembad", "--format", "json")
    assert code == 1 and json.loads(out)["sentences"] == []


def test_show_similar_export_status_and_doctor(kb, run):
    exported = records(run("--kb", kb, "export", "--format", "jsonl")[1])
    tips = next(d for d in exported if d["kind"] == "tiplijst")
    assert len(exported) == 2 and len(tips["items"]) == 3
    for passage in tips["passages"]:
        assert tips["text"][passage["char_start"] : passage["char_end"]] == passage["text"]
    for reference in (tips["id"], tips["items"][0]["id"], tips["passages"][0]["id"]):
        assert json.loads(run("--kb", kb, "show", reference, "--format", "json")[1])["id"] == tips["id"]
    assert "Stel je als POH-jeugd" in run("--kb", kb, "show", tips["id"], "--format", "table")[1]
    assert run("--kb", kb, "show", "onbekend")[0] == 2
    assert records(run("--kb", kb, "similar", tips["items"][0]["id"], "--format", "jsonl")[1])[0]["title"]
    status = json.loads(run("--kb", kb, "status", "--format", "json")[1])
    assert status["corpus"]["documents"] == 2 and status["up_to_date"] is True
    assert run("--kb", kb, "doctor")[0] == 0


def test_the_collection_is_checked_and_a_new_record_asks_its_questions(tmp_path, run):
    code, out, _ = run("corpus", "check", "--format", "table")
    assert code == 0 and " 0 errors" in out and "POH-jeugd" in out
    code, out, _ = run("corpus", "new", "buurtspreekuur", "--kind", "tip", "--folder", tmp_path)
    assert code == 0 and out.strip() == str(tmp_path / "buurtspreekuur.md")
    code, out, _ = run("corpus", "check", "--folder", tmp_path, "--format", "json")
    assert code == 1 and {p["record"] for p in json.loads(out)["problems"]} >= {"buurtspreekuur"}
    assert run("corpus", "new", "buurtspreekuur", "--folder", tmp_path)[0] == 2
    assert run("corpus", "new", "Geen Naam", "--folder", tmp_path)[0] == 2
    assert run("corpus", "check", "--folder", tmp_path / "none")[0] == 2


def test_a_damaged_index_is_named_and_doctor_mends_it(kb, run):
    victim = next((kb / "snapshots").glob("*/passages.jsonl"))
    victim.write_text("")
    code, out, err = run("--kb", kb, "search", "wijkteam")
    assert code == 3 and out == "" and "passages.jsonl" in err and "doctor --fix" in err
    assert run("--kb", kb, "doctor")[0] == 3
    assert run("--kb", kb, "doctor", "--fix")[0] == 0
    assert run("--kb", kb, "search", "wijkteam")[0] == 0


@pytest.mark.parametrize("command", [["search", "x"], ["ask", "x"], ["status"], ["export"], ["doctor"], ["serve"]])
def test_a_missing_index_is_exit_3_with_the_remedy(tmp_path, run, command):
    code, out, err = run("--kb", tmp_path / "none", *command)
    assert code == 3 and out == "" and "samenwijzer ingest" in err
    assert not (tmp_path / "none").exists()


def test_a_knowledge_base_that_cannot_be_written_is_an_error_in_words(tmp_path, run):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "a.txt").write_text(TIPS)
    code, out, err = run("--kb", tmp_path / "file" / "kb", "ingest", tmp_path / "a.txt")
    assert code == 3 and out == "" and "cannot be written" in err and str(tmp_path / "file") in err


def test_serve_answers_over_http_and_follows_a_new_index(kb, run, tmp_path):
    command = [sys.executable, str(ROOT / "cli.py"), "--kb", str(kb), "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        try:
            address = server.stderr.readline().split()[1]

            def get(path):
                with urllib.request.urlopen(address + path, timeout=10) as answer:
                    return json.loads(answer.read())

            assert get("/v1/zoekresultaten?q=wijkteam")["hits"]
            assert not get("/v1/zoekresultaten?q=buurtcirkel")["hits"]
            (tmp_path / "new.txt").write_text("Een buurtcirkel verbindt negen inwoners met een vrijwilliger.")
            assert run("--kb", kb, "ingest", tmp_path / "new.txt")[0] == 0
            end = time.monotonic() + 30
            while not get("/v1/zoekresultaten?q=buurtcirkel")["hits"]:
                assert time.monotonic() < end
                time.sleep(0.05)
        finally:
            server.terminate()


def test_two_ingests_at_once_the_second_says_who_is_in_the_way(tmp_path, run):
    from corpus.store import write_lock

    (tmp_path / "a.txt").write_text(TIPS)
    results = []
    with write_lock(tmp_path / "kb"):
        thread = threading.Thread(
            target=lambda: results.append(run("--kb", tmp_path / "kb", "ingest", tmp_path / "a.txt"))
        )
        thread.start()
        thread.join()
    assert results[0][0] == 3 and "another ingest" in results[0][2]
