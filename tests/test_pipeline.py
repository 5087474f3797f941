"""Sources into the corpus: real files, real loaders, a real child process."""

import json
from pathlib import Path

import pytest

from ingest.fetch import Source, starter_sources
from ingest.pipeline import ingest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
LONG = (
    "De huisarts en het wijkteam spreken elkaar elke maand over gezinnen die bij allebei bekend zijn, op een vaste dag."
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def outcomes(report):
    return {Path(entry.source).name: entry.outcome for entry in report.files}


def write_jsonl(path, *records):
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), "utf-8")


def test_a_json_record_keeps_its_id_its_fields_and_what_we_do_not_know(tmp_path, corpus):
    record = {"id": 7, "url": "https://e.nl/7", "title": "T", "publisher": "P", "year": 2019, "kind": "tip"}
    write_jsonl(tmp_path / "d.jsonl", record | {"text": LONG, "schaal": "klein"})
    assert ingest([str(tmp_path / "d.jsonl")], corpus).count("added") == 1
    document = next(corpus.documents())
    found = {name: getattr(document, name) for name in ("source_id", "url", "title", "publisher", "year", "kind")}
    assert found == {
        "source_id": "7",
        "url": "https://e.nl/7",
        "title": "T",
        "publisher": "P",
        "year": 2019,
        "kind": "tip",
    }
    assert document.extra["schaal"] == "klein" and document.text == LONG


@pytest.mark.parametrize(
    "bad", ["{no json", "[]", '{"id": 1}', '{"text": " "}', '{"text": 3}', '{"text": "a", "url": 1}']
)
def test_a_bad_line_is_reported_by_number_and_passed_over(tmp_path, corpus, bad):
    write_jsonl(tmp_path / "d.jsonl", {"id": "a", "text": LONG}, bad, {"id": "b", "text": LONG})
    report = ingest([str(tmp_path / "d.jsonl")], corpus)
    assert report.count("added") == 2
    assert [f.reason[:7] for f in report.files if f.outcome == "failed"] == ["line 2 "]


def test_a_line_that_went_bad_does_not_make_its_document_gone(tmp_path, corpus):
    path = tmp_path / "d.jsonl"
    write_jsonl(path, {"id": "a", "text": LONG}, {"id": "b", "text": LONG + " Twee."})
    ingest([str(path)], corpus)
    write_jsonl(path, {"id": "a", "text": LONG}, "{broken")
    assert ingest([str(path)], corpus).count("gone") == 0
    write_jsonl(path, {"id": "a", "text": LONG})
    assert ingest([str(path)], corpus).count("gone") == 1


def test_what_cannot_be_read_is_named_with_its_reason_and_harms_nothing_else(folder, corpus):
    (folder / "good.txt").write_text(LONG)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "no.pdf").write_bytes(b"%PDF-1.7 cut off")
    (folder / "no.docx").write_bytes(b"PK\x03\x04 not a zip")
    (folder / "shell.html").write_text("<html><body><div id=app></div><script>run()</script></body></html>")
    (folder / "data.csv").write_text("a,b")
    report = ingest([str(folder)], corpus)
    assert outcomes(report) == {
        "good.txt": "added",
        "data.csv": "skipped",
        **dict.fromkeys(("empty.txt", "no.pdf", "no.docx", "shell.html"), "failed"),
    }
    assert all(entry.reason for entry in report.files if entry.outcome != "added")


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/pages")
def test_a_pdf_cut_in_half_fails_and_the_whole_one_then_comes_in(folder, corpus):
    whole = (SHARED / "pages/02-kamerbrief-aanbieding-azwa.pdf").read_bytes()
    (folder / "a.pdf").write_bytes(whole[: len(whole) // 2])
    assert outcomes(ingest([str(folder)], corpus)) == {"a.pdf": "failed"}
    (folder / "a.pdf").write_bytes(whole)
    assert outcomes(ingest([str(folder)], corpus)) == {"a.pdf": "added"}


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/seeds and pages")
def test_the_seeds_and_the_government_files_come_in_without_a_failure_and_stay_unchanged(corpus):
    arguments = [str(SHARED / "seeds"), str(SHARED / "pages")]
    report = ingest(arguments, corpus)
    assert (report.count("added"), report.count("failed")) == (20, 0)
    for document in corpus.documents():
        assert document.passages
        for part in (*document.passages, *document.items):
            assert document.text[part.char_start : part.char_end] == part.text
    assert ingest(arguments, corpus).count("unchanged") == 20


def test_the_collection_comes_in_whole_and_a_second_time_unchanged(corpus):
    count = len(starter_sources())
    assert count > 200
    report = ingest([starter_sources()], corpus)
    assert (report.count("added"), len(report.files)) == (count, count)
    assert ingest([starter_sources()], corpus).count("unchanged") == count
    document = corpus.get("reactie-vip-samenwerken-poh-jeugd")
    assert document.described and document.url.startswith("https://") and document.passages[0].text_fragment is None


def test_a_catalogue_fills_in_only_what_the_page_does_not_say(tmp_path, corpus):
    path = tmp_path / "a.md"
    path.write_text(f"# Eigen titel\n\n{LONG}")
    ingest(
        [[Source(str(path), "catalogue", {"title": "Titel uit de catalogus", "publisher": "P", "year": 2020})]], corpus
    )
    document = next(corpus.documents())
    assert (document.title, document.publisher, document.year) == ("Eigen titel", "P", 2020)


def test_passages_that_are_nearly_the_same_form_a_family(tmp_path, corpus):
    (tmp_path / "a.txt").write_text(LONG)
    (tmp_path / "b.txt").write_text(LONG.replace("vaste dag", "vast moment"))
    (tmp_path / "c.txt").write_text(
        "Een heel ander stuk over valpreventie bij ouderen door de fysiotherapeut in de wijk."
    )
    ingest([str(tmp_path)], corpus)
    ids = {document.key: document.passages[0].id for document in corpus.documents()}
    family = corpus.families()
    assert family[ids[str(tmp_path / "a.txt")]] == family[ids[str(tmp_path / "b.txt")]]
    assert ids[str(tmp_path / "c.txt")] not in family


def test_a_line_on_most_pages_of_a_host_is_dropped_and_shown_with_its_reason(tmp_path, corpus):
    footer = "Bel de servicelijn van onze organisatie op werkdagen tussen negen en vijf."
    for number in range(6):
        own = f"<h1>Pagina {number}</h1><p>{LONG} Dit is verhaal nummer{number}.</p><p>{footer}</p>"
        link = f'<link rel="canonical" href="https://e.nl/{number}">'
        (tmp_path / f"{number}.html").write_text(f"<html><head>{link}</head><body><main>{own}</main></body></html>")
    ingest([str(tmp_path)], corpus)
    for document in corpus.documents():
        assert footer not in document.text and "verhaal nummer" in document.text
        assert any(d.text == footer and "of this host" in d.reason for d in document.dropped)
    assert ingest([str(tmp_path)], corpus).count("unchanged") == 6
