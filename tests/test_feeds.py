"""How others find and follow what is here, read by real parsers: feeds, agenda, sitemap, OpenSearch, schema.org."""

import json
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
import yaml
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from starlette.testclient import TestClient

from api import discovery, feeds, linked, programme
from api.app import create_app
from corpus.document import Item, Speaker
from index.building import build

ROOT = Path(__file__).resolve().parents[1]
ATOM = "{http://www.w3.org/2005/Atom}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
EVIL = "</script><script>alert(1)</script> & \"'<b>\x0b\u2028]]>"
BRON = {"title": "Zo doen zij dat", "publisher": "Gemeente Ede", "url": "https://ede.example/zo", "year": 2019}
DAYS = {"oud": "2026-01-01", "nieuw": "2026-02-01", "nieuwst": "2026-03-01"}


def session(number, title, **fields):
    return Item(f"{number:016x}", fields.pop("kind", "sessie"), title, f"{title}. Komt allen.", 0, 8, **fields)


PROGRAMME = (
    session(1, "Praten; over, geld\\nu", start="09:30", end="10:15", speakers=(Speaker("Ann Bos", "arts", "De Brug"),)),
    session(2, "Kantelen met het wijkteam " * 9, start="13:00", end="12:00", kind="plenair"),
    session(3, "Afgelast", start="14:00", end="15:00", cancelled=True),
    session(4, "Afgelast", start="14:00", tba=True),
    session(5, "Zonder tijd"),
    session(6, "Ongeldige tijd", start="25:00"),
)


@pytest.fixture(scope="module")
def kb(tmp_path_factory, make_document):
    from corpus.store import Corpus

    with Corpus(tmp_path_factory.mktemp("feeds"), create=True) as corpus:
        for name in DAYS:
            text = f"De huisarts en het wijkteam bespreken schulden, {name}."
            corpus.upsert(make_document(name, text, themas=("schulden",)), root="r")
        evil = make_document("kwaad", f"Een kwaadaardige tekst. {EVIL}", publisher=EVIL, url="javascript:alert(1)")
        corpus.upsert(evil, root="r")
        tips = ("Bel elkaar over schulden en geld.", "Ga samen op huisbezoek bij wie schulden heeft.")
        corpus.upsert(make_document("lijst", *tips, items="tip", kind="tiplijst", authors=("Jan de Wit",)), root="r")
        corpus.upsert(make_document("beschreven", "Ede hielp bij schulden.", extra={"bron": BRON}), root="r")
        for name, day in (("congres", "2026-10-25"), ("jaar bekend", "2026")):
            held = {"kind": "congresprogramma", "event_date": day, "event_place": "Ede"}
            document = make_document(name, "Het programma van de dag.", **held)
            corpus.upsert(replace(document, items=PROGRAMME), root="r")
        whole = {"kind": "aankondiging", "event_date": "2026-12-01"}
        corpus.upsert(make_document("hele dag", "Kom op 1 december.", **whole), root="r")
        corpus.commit()
        with sqlite3.connect(corpus.path) as db:
            keys = [key for (key,) in db.execute("SELECT key FROM documents")]
            seen = [(f"{DAYS.get(key, '2025-06-01')}T10:00:00+00:00", key) for key in keys]
            db.executemany("UPDATE documents SET first_seen = ? WHERE key = ?", seen)
        build(corpus)
        return corpus.kb


@pytest.fixture(scope="module")
def http(kb):
    return TestClient(create_app(kb), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def ids(http):
    return {p["title"]: p["id"] for p in http.get("/v1/publicaties?limiet=100").json()["publications"]}


def read(http, path):
    answer = http.get(path)
    assert answer.status_code == 200
    found = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_the_feed_of_a_question_has_what_came_in_last_first(http):
    found = read(http, "/atom?q=huisarts+wijkteam+schulden+bespreken")
    assert [entry.title for entry in found.entries][:3] == ["nieuwst", "nieuw", "oud"]
    assert [entry.published[:10] for entry in found.entries][:3] == ["2026-03-01", "2026-02-01", "2026-01-01"]
    assert "kwaad" not in {entry.title for entry in found.entries}
    assert "huisarts wijkteam schulden bespreken" in found.feed.title
    filtered = read(http, "/atom?thema=schulden&zonder=&offset=10")
    assert [entry.title for entry in filtered.entries] == ["nieuwst", "nieuw", "oud"]
    assert "Thema: schulden" in filtered.feed.title


def test_the_feed_has_all_that_rfc_4287_asks(http):
    answer = http.get("/atom")
    root = ElementTree.fromstring(answer.content)
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 10 and root.tag == f"{ATOM}feed"
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1 and element.findtext(f"{ATOM}{name}")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id"))
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
        assert element.findtext(f"{ATOM}author/{ATOM}name")
        assert len([link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) == 1
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"self": "http://testserver/atom", "alternate": "http://testserver/zoek"}
    assert root.findtext(f"{ATOM}updated") == max(entry.findtext(f"{ATOM}updated") for entry in entries)
    assert not [link for link in root.iter(f"{ATOM}link") if not link.get("href").startswith("http")]


def test_every_entry_leads_to_its_record_and_says_whose_words_it_has(http, ids):
    entries = {entry.title: entry for entry in read(http, "/atom").entries}
    for entry in entries.values():
        assert http.get(entry.link.split("#")[0]).status_code == 200
    tip = entries["Bel elkaar over schulden en geld."]
    assert tip.link.startswith(f"http://testserver/publicatie/{ids['lijst']}#") and tip.tags[0].term == "tip"
    assert entries["beschreven"].author == "Redactie van Samenwijzer"
    assert "alert(1)" in entries["kwaad"].summary and "alert(1)" in entries["kwaad"].author


def test_the_feed_is_sent_once(http):
    first = http.get("/atom?q=schulden")
    again = http.get("/atom?q=schulden", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.content
    assert http.get("/atom?q=geld", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert http.head("/atom").status_code == 200


def test_ids_stay_when_a_text_changes_and_on_another_server(tmp_path, make_document):
    from corpus.store import Corpus

    def entries(text, base):
        with Corpus(tmp_path, create=True) as corpus:
            corpus.upsert(make_document("x", text, items="tip"), root="r")
            corpus.commit()
            build(corpus)
        return read(TestClient(create_app(tmp_path), base_url=base), "/atom").entries

    text = "Bel elkaar over schulden en doe dat iedere"
    before, after = entries(f"{text} week.", "http://a.example"), entries(f"{text} maand.", "https://b.example")
    assert [e.id for e in before] == [e.id for e in after] and before[0].link != after[0].link


@pytest.mark.parametrize("query", ["jaarVanaf=onlangs", "q=" + "a" * 501])
def test_a_wrong_search_has_no_feed_and_its_page_names_another(http, query):
    assert http.get(f"/atom?{query}").status_code == 400
    assert 'href="/atom"' in http.get(f"/zoek?{query}").text


def test_pages_name_their_feed_their_json_and_the_search(http, ids):
    links = BeautifulSoup(http.get("/zoek?q=schulden+%26&thema=schulden&offset=10").text, "lxml").head.find_all("link")
    named = {link.get("type"): link["href"] for link in links}
    assert named[feeds.MEDIA_TYPE] == "/atom?q=schulden+%26&thema=schulden"
    shown = BeautifulSoup(http.get("/zoek?q=schulden").text, "lxml")
    assert shown.main.find("a", type=feeds.MEDIA_TYPE)["href"] == "/atom?q=schulden"
    for path in ("/", "/over", "/begrippen", f"/publicatie/{ids['oud']}", f"/publicatie/{ids['congres']}"):
        links = BeautifulSoup(http.get(path).text, "lxml").head.find_all("link")
        named = {link.get("type"): link["href"] for link in links}
        for kind in (feeds.MEDIA_TYPE, "application/json", "application/opensearchdescription+xml"):
            assert http.get(named[kind]).status_code == 200, (path, kind)
        assert ("text/calendar" in named) == (path.endswith(ids["congres"]))


# --- agenda


def test_the_agenda_has_the_sessions_with_their_times(http, ids):
    answer = http.get(f"/publicatie/{ids['congres']}/agenda")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('.ics"') and answer.headers["etag"]
    shown = BeautifulSoup(http.get(f"/publicatie/{ids['congres']}").text, "lxml")
    assert shown.main.find("a", type="text/calendar")["href"] == f"/publicatie/{ids['congres']}/agenda"
    found = Calendar.from_ical(answer.content)
    events = {str(event["summary"])[:8] + str(event.get("status")): event for event in found.walk("VEVENT")}
    assert len(events) == 4 and len({str(event["uid"]) for event in events.values()}) == 4
    talk = events["Praten; CONFIRMED"]
    assert str(talk["summary"]) == "Praten; over, geld\\nu" and str(talk["location"]) == "Ede"
    # The clocks go back in the night before.
    assert talk["dtstart"].dt.isoformat() == "2026-10-25T09:30:00+01:00"
    assert talk["dtend"].dt - talk["dtstart"].dt == timedelta(minutes=45)
    assert "Ann Bos, arts, De Brug" in talk["description"] and str(talk["url"]) in talk["description"]
    late = events["KantelenCONFIRMED"]
    assert "dtend" not in late and len(late["summary"]) <= 120
    assert {"AfgelastCANCELLED", "AfgelastTENTATIVE"} <= events.keys()


def test_the_agenda_is_written_as_rfc_5545_asks(http, ids):
    raw = http.get(f"/publicatie/{ids['congres']}/agenda").content
    lines = raw.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2:] == [b"END:VCALENDAR", b""] and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert b"DTSTART;TZID=Europe/Amsterdam:20261025T093000" in lines
    zone = Calendar.from_ical(raw).walk("VTIMEZONE")[0]
    assert str(zone["tzid"]) == "Europe/Amsterdam" and zone.to_tz().utcoffset(datetime(2026, 7, 1)) == timedelta(
        hours=2
    )
    assert raw == http.get(f"/publicatie/{ids['congres']}/agenda").content


def test_a_meeting_without_times_is_a_whole_day_and_one_without_a_day_has_no_agenda(http, ids):
    (event,) = Calendar.from_ical(http.get(f"/publicatie/{ids['hele dag']}/agenda").content).walk("VEVENT")
    assert event["dtstart"].dt == date(2026, 12, 1) and "dtend" not in event
    for title in ("jaar bekend", "oud"):
        answer = http.get(f"/publicatie/{ids[title]}/agenda")
        assert answer.status_code == 404 and "geen dag" in answer.text


@given(st.text(max_size=200), st.text(max_size=300))
def test_any_text_survives_the_agenda(make_document, title, text):
    items = (Item("a" * 16, "sessie", title, text, 0, 0, start="10:00"),)
    document = make_document("dag", "Programma.", kind="congresprogramma", event_date="2026-03-01")
    document = replace(document, items=items)
    (event,) = Calendar.from_ical(programme.calendar(document, date(2026, 3, 1), "https://x.example")).walk("VEVENT")
    assert event["dtstart"].dt.isoformat() == "2026-03-01T10:00:00+01:00"
    assert str(event["summary"]) == feeds.one_line(title) or len(title) > 100
    assert str(event["description"]).endswith("https://x.example#" + "a" * 16)


# --- for search engines, browsers and models


def test_the_sitemap_lists_every_page_and_its_last_change(http, ids):
    root = ElementTree.fromstring(http.get("/sitemap.xml").content)
    found = {entry.findtext(f"{SITEMAP}loc"): entry.findtext(f"{SITEMAP}lastmod") for entry in root}
    assert (
        root.tag == f"{SITEMAP}urlset" and {f"http://testserver/publicatie/{i}" for i in ids.values()} <= found.keys()
    )
    assert {f"http://testserver{path}" for path in ("/", "/begrippen", "/over")} <= found.keys()
    assert not [address for address in found if "/zoek" in address]
    for address, changed in found.items():
        assert http.get(address).status_code == 200 and datetime.fromisoformat(changed).tzinfo
    assert http.get("/sitemap/1.xml").content == http.get("/sitemap.xml").content
    assert [http.get(f"/sitemap/{number}.xml").status_code for number in ("0", "2", "x")] == [404, 404, 400]


def test_a_large_sitemap_is_split():
    addresses = [(f"/{number}", "2026-01-01") for number in range(7)]
    parts = discovery._split(addresses, 3)
    assert [len(part) for part in parts] == [3, 3, 1] and [a for part in parts for a in part] == addresses


def test_robots_may_read_records_but_not_searches(http, ids):
    from protego import Protego

    rules = Protego.parse(http.get("/robots.txt").text)
    assert list(rules.sitemaps) == ["http://testserver/sitemap.xml"]
    for path in ("/", "/begrippen", f"/publicatie/{ids['oud']}", "/llms.txt", "/v1/openapi.json"):
        assert rules.can_fetch(f"http://testserver{path}", "bot"), path
    for path in ("/zoek?q=a", "/samenvatting?q=a", "/atom?q=a", "/v1/zoekresultaten?q=a", "/metrics"):
        assert not rules.can_fetch(f"http://testserver{path}", "bot"), path


def test_every_address_of_the_opensearch_description_answers_as_it_says(http):
    root = ElementTree.fromstring(http.get("/opensearch.xml").content)
    assert len(root.findtext(f"{OPENSEARCH}ShortName")) <= 16 and len(root.findtext(f"{OPENSEARCH}Description")) <= 1024
    urls = root.findall(f"{OPENSEARCH}Url")
    assert {url.get("type") for url in urls} >= {"text/html", feeds.MEDIA_TYPE, "application/x-suggestions+json"}
    for url in urls:
        answer = http.get(url.get("template").replace("{searchTerms}", "schulden"))
        assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == url.get("type")


def test_suggestions_are_as_opensearch_has_them(http):
    answer = http.get("/opensearch/suggesties", params={"q": "schul"})
    typed, texts, notes, places = answer.json()
    assert typed == "schul" and texts and len(texts) == len(notes) == len(places)
    assert all(http.get(place.split("#")[0]).status_code == 200 for place in places)
    assert http.get("/opensearch/suggesties").json() == ["", [], [], []]


def test_llms_txt_names_addresses_that_are_there(http):
    text = http.get("/llms.txt").text
    assert text.startswith("# Samenwijzer\n\n> ") and "status: none" in text
    for address in re.findall(r"\]\((\S+)\)", text):
        assert http.get(address).status_code == (405 if address.endswith("antwoorden") else 200), address


def test_security_txt_is_there_once_somebody_can_be_told(http, kb):
    assert http.get("/.well-known/security.txt").status_code == 404
    told = TestClient(create_app(kb, contact_email="veilig@ede.example")).get("/.well-known/security.txt").text
    fields = dict(line.split(": ", 1) for line in told.splitlines())
    assert fields["Contact"] == "mailto:veilig@ede.example"
    assert timedelta(days=30) < datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC) < timedelta(days=365)


# --- schema.org


def data(http, path):
    (script,) = BeautifulSoup(http.get(path).text, "lxml").head.find_all("script", type="application/ld+json")
    found = json.loads(script.get_text())
    assert found["@context"] == "https://schema.org" and found["@id"] == found["url"]
    return found


def test_home_is_a_site_that_can_be_searched(http):
    found = data(http, "/")
    template = found["potentialAction"]["target"]["urlTemplate"]
    assert http.get(template.replace("{search_term_string}", "schulden")).status_code == 200
    assert http.get(found["mainEntity"]["distribution"]["contentUrl"]).status_code == 200


def test_a_record_is_told_as_what_it_is(http, ids):
    plain = data(http, f"/publicatie/{ids['oud']}")
    assert (plain["@type"], plain["name"], plain["keywords"]) == ("Article", "oud", ["schulden"])
    listed = data(http, f"/publicatie/{ids['lijst']}")
    assert [part["name"] for part in listed["hasPart"]] == [
        "Bel elkaar over schulden en geld.",
        "Ga samen op huisbezoek bij wie schulden ",
    ]
    assert listed["author"] == [{"@type": "Person", "name": "Jan de Wit", "givenName": "Jan", "familyName": "de Wit"}]
    described = data(http, f"/publicatie/{ids['beschreven']}")
    assert described["license"] == linked.CC0 and described["publisher"]["name"] == "Samenwijzer"
    assert described["isBasedOn"]["name"] == "Zo doen zij dat" and "author" not in described


def test_a_congress_is_an_event_with_its_sessions(http, ids):
    found = data(http, f"/publicatie/{ids['congres']}")
    assert (found["@type"], found["startDate"], found["location"]["name"]) == ("Event", "2026-10-25", "Ede")
    first, second, third = found["subEvent"][:3]
    assert first["startDate"] == "2026-10-25T09:30:00+01:00" and first["endDate"] == "2026-10-25T10:15:00+01:00"
    assert first["performer"] == [{"@type": "Person", "name": "Ann Bos", "givenName": "Ann", "familyName": "Bos"}]
    assert "endDate" not in second and third["eventStatus"].endswith("EventCancelled")


def test_a_passage_is_a_quotation_unless_an_editor_wrote_it(http, ids):
    for title, kind in (("oud", "Quotation"), ("beschreven", "CreativeWork")):
        passage = http.get(f"/v1/publicaties/{ids[title]}").json()["passages"][0]
        found = data(http, f"/passage/{passage['id']}")
        assert (found["@type"], found["text"]) == (kind, passage["text"])
        assert found["isPartOf"]["@id"].endswith(ids[title])


def test_nothing_in_a_source_ends_the_data(http, ids):
    text = http.get(f"/publicatie/{ids['kwaad']}").text
    assert data(http, f"/publicatie/{ids['kwaad']}")["publisher"]["name"] == EVIL
    element = text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert "alert(1)" in element and not set("<>&\u2028") & set(element)
    assert json.loads(element)["description"].count("</script>") == 2
    assert "isBasedOn" not in json.loads(element)


@given(
    st.recursive(
        st.text() | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_survives_its_element(value):
    text = str(linked.script({"x": value, "y": "<!--<script>"}))
    body = text.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&") & set(body) and json.loads(body)["y"] == "<!--<script>"


# --- the repository itself


def test_publiccode_yml_has_what_the_standard_asks():
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    required = {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description"}
    assert required | {"legal", "maintenance", "localisation", "categories"} <= told.keys()
    assert told["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert told["softwareType"] == "standalone/web" and told["legal"]["license"] == "EUPL-1.2"
    assert told["maintenance"]["type"] in {"internal", "community"} and told["maintenance"]["contacts"][0]["name"]
    assert isinstance(told["localisation"]["localisationReady"], bool) and told["localisation"]["availableLanguages"]
    for text in told["description"].values():
        assert len(text["shortDescription"]) <= 150 <= len(text["longDescription"]) <= 10_000 and text["features"]
        assert all((ROOT / picture).is_file() for picture in text.get("screenshots", ()))


def test_citation_cff_and_the_project_agree():
    import tomllib

    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told["cff-version"] == "1.2.0" and told["type"] == "software" and told["message"] and told["title"]
    assert (told["version"], told["license"]) == (project["version"], project["license"])
    assert all("name" in author or "family-names" in author for author in told["authors"])
    allowed = {"cff-version", "message", "type", "title", "abstract", "authors", "version", "license", "keywords"}
    assert told.keys() <= allowed | {"date-released", "repository-code", "url"}
