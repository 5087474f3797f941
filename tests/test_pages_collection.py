"""Themes, kept lists, items and the state of the collection as pages; charts as pure functions."""

import json
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx2
import pytest
from bs4 import BeautifulSoup

from api import charts, selection, wording
from corpus.coverage import Coverage
from corpus.document import Item, Speaker
from corpus.store import Corpus
from corpus.taxonomy import taxonomy
from index.atlas import Point
from index.building import build
from index.overview import Overview, Source
from index.results import Hit, Why

EVIL = "</text></svg><script>alert(1)</script><a href='javascript:alert(1)'>\"&"


@pytest.fixture(scope="module")
def http(site):
    with httpx2.Client(base_url=site) as client:
        yield client


def page(http, address, status=200, **parameters):
    answer = http.get(address, params=parameters or None)
    assert answer.status_code == status, re.findall(r"<title>.*|<h1.*|<p>.*", answer.text)[:4]
    return BeautifulSoup(answer.text, "lxml")


def words(element):
    return " ".join(element.get_text(" ").split())


def total(http, address):
    return int(re.match(r"[\d.]+", words(page(http, address).find(id="status"))).group().replace(".", ""))


# --- searching on


def test_a_filter_that_is_on_shows_what_its_other_values_would_add(http):
    found = page(http, "/zoek?q=wijkteam&doelgroep=jeugd&soort=praktijkvoorbeeld")
    here = total(http, "/zoek?q=wijkteam&doelgroep=jeugd&soort=praktijkvoorbeeld")
    links = [link for link in found.select(".facets li a") if words(link.select_one(".amount")).startswith("+")]
    assert len(links) > 5
    for link in links[::3]:
        more = int(re.search(r"\d+", words(link.select_one(".amount")))[0])
        assert total(http, link["href"]) == here + more > here, link["href"]


def test_every_facet_is_there_and_leads_to_what_it_says(http):
    found = page(http, "/zoek", q="wijkteam huisarts")
    names = [words(name) for name in found.select(".facets h3")]
    assert names == ["Soort", "Doelgroep", "Thema", "Beroep", "Gemeente", "Regio", "Uitgever", "Jaar"]
    for group in found.select(".facets h3 + ul"):
        link = group.select("a")[-1]
        assert total(http, link["href"]) == int(words(link.select_one(".amount"))), link["href"]


def test_years_are_a_range_that_keeps_the_rest_of_the_search(http):
    found = page(http, "/zoek?q=wijkteam&thema=wijkteams&zonder=buurtteam&offset=10&jaarVanaf=2015")
    form = found.select_one("form.years")
    hidden = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    assert hidden == {"q": "wijkteam", "thema": "wijkteams", "zonder": "buurtteam"}
    assert [field["value"] for field in form.select("input:not([type=hidden])")] == ["2015", ""]
    per_year = found.select(".facets details a[href*=jaarVanaf]")[-1]
    assert total(http, per_year["href"]) == int(words(per_year.select_one(".amount")))


def test_a_long_facet_says_how_much_it_leaves_out(http):
    found = page(http, "/zoek")
    publishers = found.find("h3", string="Uitgever").find_next("details")
    assert len(publishers.select("a")) == selection.MOST_SHOWN - selection.SHOWN
    assert re.search(r"En nog \d+; typ een naam", words(publishers))


def test_nothing_found_leads_to_wider_subjects(http):
    found = page(http, "/zoek", q="kwantumfysica bij schulden in Verweggistan")
    links = found.select(".answer-none .topics a")
    assert links and all(total(http, link["href"]) == int(words(link.select_one(".amount"))) for link in links)


def test_a_result_can_be_disputed_and_downloaded(http):
    found = page(http, "/zoek", q="wijkteam")
    hit = found.select_one(".hit")
    link = hit.find("a", string="Klopt dit niet?")["href"]
    assert link.startswith("mailto:") and hit.select_one("[data-keep]")["data-keep"] in link
    for link in found.select(".after details a"):
        answer = http.get(link["href"])
        assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"], link["href"]


def test_a_search_is_shared_with_the_day_of_the_collection(http):
    found = page(http, "/zoek?q=wijkteam&soort=tip&offset=5")
    shared = parse_qs(urlsplit(found.select_one("[data-share]")["href"]).query)
    assert shared.keys() == {"q", "soort", "sinds"} and date.fromisoformat(shared["sinds"][0])
    assert "Sinds 1 januari 2020" in words(page(http, "/zoek?q=wijkteam&sinds=2020-01-01").select_one(".note-new"))


def test_suggestions_come_as_options_with_a_place_to_go(http):
    options = page(http, "/suggesties", q="poh-jeugd coe").select("li")
    assert [option["data-href"] for option in options if option.get("data-href")]
    terms = page(http, "/suggesties", q="gebiedst").select("li")
    assert words(terms[0]) == "gebiedsteam sociaal wijkteam" and terms[0]["data-value"] == "gebiedsteam"
    assert page(http, "/suggesties", q="x").select("li") == []


# --- themes


def test_every_theme_has_a_page_whose_links_hold(http):
    listed = page(http, "/thema").select(".cards a")
    assert [link["href"] for link in listed] == [f"/thema/{entry.slug}" for entry in taxonomy().themas]
    for link in listed[::9]:
        shown = page(http, link["href"]).main
        there = int(words(link.select_one(".amount")))
        (whole,) = shown.select("a[href^='/zoek?thema=']:not([class])")
        assert words(whole) == f"{there} vindplaatsen" and total(http, whole["href"]) == there
        for chip in shown.select(".aside .chip[href^='/zoek']")[:2]:
            assert total(http, chip["href"]) == int(words(chip.select_one(".amount")))
    assert "op /thema staan ze" in words(page(http, "/thema/nergens", 404).main)


def test_a_theme_shows_the_best_supported_first_and_what_is_missing(http):
    shown = page(http, "/thema/wijkteams").main
    steps = [len(meta.select(".badge-evidence")) for meta in shown.select("[aria-labelledby=stap-1] .small")]
    assert steps == sorted(steps, reverse=True) and len(steps) == 5
    assert re.search(r"Nog niets voor: \w+", words(shown))
    data = http.get("/thema/wijkteams/gegevens").json()
    assert data["groepen"][0]["publicaties"][0]["titel"] in words(shown) and data["niets_voor"]


# --- kept


def test_a_kept_list_shows_what_is_there_and_says_what_is_gone(http):
    hits = http.get("/v1/zoekresultaten", params={"q": "wijkteam", "limiet": 2}).json()["hits"]
    ids = [hits[0]["passage_id"], hits[1]["document_id"], "weg"]
    shown = page(http, "/bewaard?" + "&".join(f"id={one}" for one in ids))
    entries = shown.select(".kept-list > li")
    assert len(entries) == 2 and "1 vindplaats is niet meer in de collectie" in words(shown)
    assert " ".join(hits[0]["text"].split()) == words(entries[0].blockquote) and not entries[1].blockquote
    less = parse_qs(urlsplit(entries[0].select_one("[data-drop]")["href"]).query)
    assert less == {"id": ids[1:]}
    assert [field["value"] for field in shown.select(".export input")] == ids[:2]
    twin = http.get(shown.find("link", type="application/json")["href"]).json()
    assert [citation["id"] for citation in twin["citations"]] == ids[:2]


def test_practices_are_compared_in_the_fixed_order(http):
    found = http.get("/v1/zoekresultaten", params={"q": "wijkteam", "soort": "praktijkvoorbeeld"}).json()["hits"]
    ids = list(dict.fromkeys(hit["document_id"] for hit in found))
    shown = page(http, f"/bewaard?id={ids[0]}&id={ids[1]}&vergelijk=ja")
    rows = [words(head) for head in shown.select(".compare tbody th")]
    order = ["Soort", "Bron", "In het kort", "Wat", "Voor wie", "Wie doet wat", "Randvoorwaarden", "Resultaat"]
    assert rows == sorted(rows, key=[*order, "Borging", "Contact"].index) and len(rows) > 5
    assert all(len(row.select("td")) == 2 for row in shown.select(".compare tbody tr"))
    # One thing cannot be compared, and five do not fit beside each other.
    for few_or_many in (ids[:1], ids[:5]):
        address = "/bewaard?" + "&".join(f"id={one}" for one in few_or_many) + "&vergelijk=ja"
        assert not page(http, address).select(".compare")


# --- what is on an item's page


def test_an_item_stands_in_its_list_with_who_gave_it(http, starter_kb):
    with Corpus(starter_kb) as corpus:
        document = next(document for document in corpus.documents() if document.items)
    item = document.items[0]
    shown = page(http, f"/publicatie/{document.id}/onderdeel/{item.id}")
    assert words(shown.h1) == " ".join(item.title.split())
    assert shown.select_one(f".meta a[href='/publicatie/{document.id}']")
    assert words(shown.select_one(".verbatim")) in " ".join(item.text.split()) or item.fields
    missing = page(http, f"/publicatie/{document.id}/onderdeel/nergens", 404)
    assert "niet in de publicatie" in words(missing.main)


def test_the_facts_of_a_tip_and_a_session_name_people_and_times(make_document):
    document = make_document("D", "t", event_date="2018-09-20", event_place="Ede", publisher="P")
    tip = Item("i", "tip", "T", "t", 0, 1, speakers=(Speaker("An", "huisarts", "De Brug"),))
    told = dict(wording.item_facts(tip, document))
    assert told["Gegeven door"] == "An, huisarts, De Brug" and told["Wanneer"] == "20 september 2018"
    assert dict(wording.item_facts(Item("j", "tip", "T", "t", 0, 1), document))["Gegeven door"] == "niet genoemd"
    session = Item("s", "sessie", "S", "s", 0, 1, round=2, start="11:30", end="12:30", cancelled=True)
    told = dict(wording.item_facts(session, document))
    assert (told["Ronde"], told["Tijd"], told["Let op"]) == ("2", "11:30–12:30 uur", "gaat niet door")


# --- charts


def test_the_state_of_the_collection_is_in_charts_tables_and_words(http):
    shown = page(http, "/status").main
    assert len(shown.select("figure svg[role=img]")) == len(shown.select("figure table")) == 3
    for figure in shown.select("figure"):
        described = figure.svg["aria-labelledby"].split()
        assert words(figure.find(id=described[0])) == words(figure.h2)
        assert words(figure.find(id=described[1])) == words(figure.p)
    data = http.get("/status/gegevens").json()
    assert [chart["naam"] for chart in data["grafieken"]] == ["dekking", "jaren", "versheid", "kaart"]
    assert len(data["grafieken"][3]["rijen"]) == len(page(http, "/kaart").select(".chart a"))


POINT = Point(0.2, 0.4, "d1", EVIL, "tip", (EVIL,))
SOURCE = Source(EVIL, 3, {2001: 1, 2024: 1}, date(2026, 1, 2))
OVERVIEW = Overview(Coverage(("a", EVIL), ("x", "y"), {("a", "x"): 4}), (SOURCE,))
HIT = Hit(1, 1.0, "p", "d", None, None, "tip", EVIL, None, None, None, "t", (), Why((), (), 0.9, 0.1), "/p")
CHARTS = [
    charts.coverage_chart(OVERVIEW.coverage),
    charts.years_chart(OVERVIEW),
    charts.freshness_chart(OVERVIEW, 2026),
    charts.map_chart([POINT] * 4),
    charts.why_chart([HIT]),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_chart_is_well_formed_escapes_what_it_shows_and_stands_alone(chart):
    root = ElementTree.fromstring(charts.standalone(chart))
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "text", "path", "circle", "rect", "a"} and "script" not in names
    assert EVIL[:20] in "".join(root.itertext()) and chart.title in "".join(root.itertext())
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert all(link.startswith("/") for link in chart.links)
    sizes = [float(number) for number in root.attrib["viewBox"].split()]
    for element in root.iter():
        if "x" in element.attrib:
            assert -1 <= float(element.attrib["x"]) <= sizes[2] and -1 <= float(element.attrib["y"]) <= sizes[3]


def test_charts_of_an_empty_collection_say_so():
    empty = Overview(Coverage((), (), {}), ())
    for chart in (
        charts.coverage_chart(empty.coverage),
        charts.years_chart(empty),
        charts.freshness_chart(empty, 2026),
    ):
        ElementTree.fromstring(charts.standalone(chart))
    assert "0 publicaties" in charts.map_chart([]).summary


def test_the_numbers_of_a_chart_are_those_of_its_table():
    coverage, years, age = (CHARTS[n] for n in range(3))
    assert coverage.rows == (("a", 4, 0), (EVIL, 0, 0)) and "4 combinaties" in coverage.summary
    assert "1 een of meer" in coverage.summary and "3 geen" in coverage.summary
    assert dict(zip(years.columns, years.rows[0], strict=True))["2024"] == 1 and years.columns[1] == "t/m 2002"
    assert age.rows == ((EVIL, 3, 2001, 2024, 1, 1, "2026-01-02"),)


@pytest.mark.parametrize(("value", "told"), [(0, "niet"), (0.2, "weinig"), (0.5, "enigszins"), (1, "sterk")])
def test_scores_are_told_in_words(value, told):
    assert wording.strength(value) == told
    assert not re.search(r"\d ?%|\b0[.,]\d", words(BeautifulSoup(charts.why_bars(Why((), (), value, value)), "lxml")))


@pytest.mark.parametrize(
    "address", ["/thema", "/thema/wijkteams", "/status", "/kaart", "/begrippen/wijkteammedewerker"]
)
def test_every_further_page_has_a_json_twin(http, address):
    twin = http.get(page(http, address).find("link", type="application/json")["href"])
    assert twin.status_code == 200 and json.loads(twin.text)


def test_the_accessibility_statement_is_honest(http):
    told = words(page(http, "/toegankelijkheid").main)
    assert "niet onderzocht door een onafhankelijke partij" in told and "eerste maatregelen genomen" in told
    assert "Wat nog niet goed is" in told and "schermlezers" in told


def test_who_serves_this_can_bring_a_style(serving, http, make_document, tmp_path):
    assert not page(http, "/").select("link[href*=huisstijl]") and http.get("/huisstijl.css").status_code == 404
    with Corpus(tmp_path, create=True) as corpus:
        corpus.upsert(make_document("A", "Tekst."), root="r")
        corpus.commit()
        build(corpus)
    (tmp_path / "huisstijl.css").write_text(":root { --accent: #154273; }", "utf-8")
    with serving(tmp_path) as address, httpx2.Client(base_url=address) as client:
        sheets = [link["href"] for link in page(client, "/").select("link[rel=stylesheet]")]
        own = client.get(sheets[-1])
        assert "huisstijl.css" in sheets[-1] and "#154273" in own.text
        assert own.headers["content-type"].startswith("text/css")
