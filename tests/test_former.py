"""What somebody cited and has changed or gone since says so, wherever it is asked for."""

import asyncio
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx2
import jsonschema_rs
import pytest
from bs4 import BeautifulSoup

from api.app import create_app
from api.wording import dutch_date
from corpus.store import Corpus
from index.building import build
from index.live import Live

OLD = "De huisarts en het wijkteam overleggen elke maand over gezinnen die bij allebei bekend zijn."
NEW = "De huisarts en het wijkteam overleggen elk kwartaal over gezinnen die bij allebei bekend zijn."
OTHER = "De gemeente betaalt de zaalhuur en de koffie, en stuurt één keer per jaar een verslag rond."
GONE = "De buurtsportcoach haalt ouderen thuis op voor de wandelgroep van dinsdag."


def of(document, text):
    return next(passage.id for passage in document.passages if passage.text == text)


@pytest.fixture(scope="module")
def kept(tmp_path_factory, make_document):
    """Return a knowledge base in which a passage was changed, one left out and a source taken away."""
    kb = tmp_path_factory.mktemp("former")
    options = {"items": "tip", "url": "https://e.nl/a", "title": "Overleg"}
    before = make_document("https://e.nl/a", OLD, OTHER, **options)
    after = make_document("https://e.nl/a", NEW, **options)
    lost = make_document("https://e.nl/b", GONE, url="https://e.nl/b", title="Wandelen")
    with Corpus(kb, create=True) as corpus:
        for documents in ((before, lost), (after,)):
            for document in documents:
                corpus.upsert(document, root=document.key)
            corpus.commit()
            build(corpus)
        corpus.mark_missing(lost.key)
        corpus.commit()
        build(corpus)
    return SimpleNamespace(
        kb=kb,
        changed=of(before, OLD),
        dropped=of(before, OTHER),
        now=of(after, NEW),
        gone=of(lost, GONE),
        document=after.id,
        lost=lost.id,
        today=datetime.now(UTC).date(),
    )


@pytest.fixture(scope="module")
def http(serving, kept):
    with serving(kept.kb) as address, httpx2.Client(base_url=address) as client:
        yield client


def page(http, address, status=200):
    answer = http.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.text, "lxml")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_a_passage_that_reads_the_same_is_current(http, kept):
    answer = http.get(f"/v1/passages/{kept.now}")
    assert (answer.json()["state"], answer.json()["changed_at"], answer.json()["successor"]) == ("current", None, None)
    assert answer.headers["ETag"] and "Link" not in answer.headers


def test_a_changed_passage_is_told_with_its_old_words_and_what_stands_there_now(http, kept):
    answer = http.get(f"/v1/passages/{kept.changed}")
    found = answer.json()
    assert answer.status_code == 200 and found["state"] == "changed"
    assert (found["passage"]["id"], found["passage"]["text"]) == (kept.changed, OLD)
    assert found["successor"] == {"id": kept.now, "text": NEW, "permalink": f"/passage/{kept.now}"}
    assert found["changed_at"][:10] == kept.today.isoformat() and found["publication"]["id"] == kept.document
    assert OLD in found["citation"] and kept.changed in found["citation"] and NEW not in found["citation"]
    assert answer.headers["Link"] == f'</v1/passages/{kept.now}>; rel="successor-version"'
    assert "ETag" not in answer.headers, "what it says does not follow from the snapshot alone"


def test_a_changed_passage_has_the_shape_that_is_described_and_every_format(http, kept):
    description = http.get("/v1/openapi.json").json()
    operation = description["paths"]["/passages/{id}"]["get"]["responses"]["200"]["content"]
    schema = operation["application/json"]["schema"] | {"components": description["components"]}
    address = f"/v1/passages/{kept.changed}"
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(http.get(address).json())
    for media_type in operation:
        answer = http.get(address, headers={"Accept": media_type})
        assert answer.headers["Content-Type"].partition(";")[0] == media_type
    assert OLD in http.get(f"{address}?formaat=ris").text and OLD in http.get(f"{address}?formaat=csv").text


def test_a_passage_that_nothing_resembles_has_no_successor(http, kept):
    answer = http.get(f"/v1/passages/{kept.dropped}")
    assert answer.json()["state"] == "changed" and answer.json()["successor"] is None and "Link" not in answer.headers
    assert "lees de bron na" in words(page(http, f"/passage/{kept.dropped}").main)


def test_what_is_gone_with_its_source_is_410_without_its_words(http, kept):
    routes = {"/passages/{id}": kept.gone, "/passages/{id}/vergelijkbaar": kept.gone, "/publicaties/{id}": kept.lost}
    paths = http.get("/v1/openapi.json").json()["paths"]
    for route, id in routes.items():
        answer = http.get(f"/v1{route.format(id=id)}")
        told = answer.json()
        assert (answer.status_code, answer.headers["Content-Type"]) == (410, "application/problem+json")
        assert (told["title"], told["status"]) == ("Weggehaald", 410)
        assert dutch_date(kept.today.isoformat()) in told["detail"] and GONE not in answer.text
        assert "410" in paths[route]["get"]["responses"]
    for address in (f"/passage/{kept.gone}", f"/publicatie/{kept.lost}"):
        shown = page(http, address, 410)
        assert words(shown.h1) == "Weggehaald" and "uit de collectie weggehaald" in words(shown.main)
        assert GONE not in words(shown)


def test_the_page_says_that_the_source_changed_and_leads_to_the_present_text(http, kept):
    shown = page(http, f"/passage/{kept.changed}")
    note = words(shown.select_one(".note"))
    assert f"De bron is gewijzigd sinds deze versie ({dutch_date(kept.today.isoformat())})" in note
    assert words(shown.find("blockquote")) == NEW and OLD in words(shown.main)
    assert shown.main.find("a", href=f"/passage/{kept.now}")
    assert shown.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    assert shown.find("link", rel="alternate", type="application/json")["href"] == f"/v1/passages/{kept.changed}"
    assert not page(http, f"/passage/{kept.now}").find("meta", attrs={"name": "robots"})


def test_what_a_reader_kept_says_so_too(http, kept):
    ids = f"id={kept.now}&id={kept.changed}&id={kept.gone}&id={'0' * 16}"
    shown = page(http, f"/bewaard?{ids}")
    notes = [words(note) for note in shown.select(".note")]
    assert any("“Overleg” is gewijzigd sinds u deze vindplaats bewaarde" in note for note in notes)
    assert any("Een bron die u bewaarde is weggehaald" in note for note in notes)
    assert any(note.startswith("1 vindplaats is niet meer in de collectie") for note in notes)
    assert shown.main.find("a", href=f"/passage/{kept.changed}") and GONE not in words(shown)
    assert {a["data-drop"] for a in shown.select("a[data-drop]")} == {kept.now, kept.changed, kept.gone}
    assert "nog niets bewaard" not in words(page(http, f"/bewaard?id={kept.changed}").main)


def test_citations_tell_what_became_of_what_is_missing(http, kept):
    ids = f"id={kept.now}&id={kept.changed}&id={kept.gone}&id={'0' * 16}"
    found = http.get(f"/v1/bronvermeldingen?{ids}").json()
    assert found["missing"] == [kept.changed, kept.gone, "0" * 16]
    changed, gone = found["former"]
    assert (changed["id"], changed["state"], changed["successor"]["id"]) == (kept.changed, "changed", kept.now)
    assert (gone["id"], gone["state"], gone["successor"]) == (kept.gone, "gone", None)
    assert gone["since"][:10] == kept.today.isoformat()


def test_an_assistant_is_told_to_cite_what_stands_there_now(kept):
    mcp = pytest.importorskip("api.mcp")
    tools = mcp.Tools(Live(kept.kb))
    with pytest.raises(mcp.ToolError, match=f"anders; nu staat er passage {kept.now}"):
        tools.toon_passage(kept.changed)
    with pytest.raises(mcp.ToolError, match="weggehaald"):
        tools.toon_passage(kept.gone)
    with pytest.raises(mcp.ToolError, match="geen passage van deze momentopname"):
        tools.toon_passage("0" * 16)
    cited = tools.citeer((kept.now, kept.changed, kept.gone))
    assert cited.onbekend == [kept.changed, kept.gone] and NEW in cited.tekst
    assert f"nu staat er passage {kept.now}" in cited.toelichting[0] and "weggehaald" in cited.toelichting[1]


def test_in_a_terminal_show_and_cite_say_so(kept, run):
    code, out, err = run("--kb", kept.kb, "show", kept.changed, "--format", "json")
    assert code == 0 and "has changed since this version" in err and f"passage {kept.now} stands there now" in err
    told = json.loads(out)["cited"]
    assert (told["state"], told["text"], told["successor"]) == ("changed", OLD, kept.now)
    code, out, err = run("--kb", kept.kb, "cite", kept.changed, "--format", "md")
    assert code == 0 and OLD in out.replace("\n> ", " ") and NEW not in out and "has changed" in err
    for command in ("show", "cite"):
        for id in (kept.gone, kept.lost):
            assert "the source was taken away" in run("--kb", kept.kb, command, id, "--format", "table")[2]
        assert run("--kb", kept.kb, command, kept.now, "--format", "table")[2] == ""
    assert "cited" not in json.loads(run("--kb", kept.kb, "show", kept.now, "--format", "json")[1])


def test_an_index_without_its_corpus_still_answers(kept, tmp_path):
    (tmp_path / "snapshots").symlink_to(kept.kb / "snapshots")
    (tmp_path / "CURRENT").write_text((kept.kb / "CURRENT").read_text())

    async def ask():
        transport = httpx2.ASGITransport(create_app(tmp_path))
        async with httpx2.AsyncClient(transport=transport, base_url="http://site") as client:
            return [
                (await client.get(f"/v1/{address}")).status_code
                for address in (f"passages/{kept.now}", f"passages/{kept.changed}", f"publicaties/{kept.lost}")
            ]

    assert asyncio.run(ask()) == [200, 404, 404]
