"""The pages as they are served: what is on them, what is not, and where their links lead."""

import json
import re
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from api import begrippen, record, selection, wording
from api.app import CONTACT_EMAIL
from api.pages import EXAMPLES
from corpus.document import Document, Item, Span, content_id
from corpus.passages import with_passages
from corpus.store import Corpus
from index.building import build
from index.results import Why

QUERY = "POH-jeugd samenwerking wijkteam"
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}<svg onload=alert(1)>"


def document_of(name, blocks, items=(), **fields):
    """Make a document from (kind, text, section, item id) blocks."""
    text, spans = "", []
    for kind, block, section, item_id in blocks:
        text += "\n\n" if text else ""
        spans.append(Span(len(text), len(text) + len(block), kind, section=section, item_id=item_id))
        text += block
    values = {"kind": "artikel", "title": name, "fetched_at": "2026-01-01T00:00:00+00:00", "extractor_version": "t"}
    hashes = {"raw_sha256": content_id(name), "text_sha256": content_id(text)}
    return with_passages(
        Document(
            id=content_id(name), key=name, source=name, text=text, spans=tuple(spans), items=tuple(items),
            **{**values, **hashes, **fields},
        )
    )  # fmt: skip


TIP = Item("tip7", "tip", "Werk samen in één tool", "Tip 7: Werk samen in één tool.", 0, 0, number=7)
REPLY = Item("reactie1", "reactie", "Reactie", "Wij gebruiken Praatlijn met het jeugdteam.", 0, 0, replies_to="tip7")
LIST = document_of(
    "Zeven tips",
    [
        ("heading", "Zeven tips", ("Zeven tips",), None),
        ("list_item", "Tip 7: Werk samen in één tool.", ("Zeven tips",), "tip7"),
        ("paragraph", "Tot slot dankt de zaal de sprekers.", ("Zeven tips",), None),
        ("paragraph", "Wij gebruiken Praatlijn met het jeugdteam.", ("Zeven tips",), "reactie1"),
    ],
    (TIP, REPLY),
    kind="tiplijst",
    source_id="zeven-tips",
)
PRACTICE = document_of(
    "Buurtkamer",
    [
        ("paragraph", "In de buurtkamer eten buren samen.", (), None),
        ("heading", "Borging", ("Borging",), None),
        ("paragraph", "De gemeente betaalt de buurtkamer structureel.", ("Borging",), None),
        ("heading", "Wie doet wat", ("Wie doet wat",), None),
        ("list_item", "Het wijkteam verwijst.", ("Wie doet wat",), None),
        ("heading", "Wat", ("Wat",), None),
        ("table", "Dag\tTijd\nMaandag\t12.00", ("Wat",), None),
    ],
    date="2012",
    evidence="geëvalueerd",
    kind="praktijkvoorbeeld",
    extra={"related": ["nergens", "zeven-tips"]},
)
HOSTILE = document_of(
    EVIL,
    [("paragraph", f"Een kwaadaardige tekst {EVIL} over buurtbemiddeling.", (EVIL,), None)],
    url="javascript:alert(1)",
    publisher=EVIL,
    themas=(EVIL,),
)


@pytest.fixture(scope="module")
def http(site):
    with httpx2.Client(base_url=site) as client:
        yield client


@pytest.fixture(scope="module")
def odd(serving, tmp_path_factory):
    """A client of a small site with a list of tips, a practice and a document that attacks."""
    kb = tmp_path_factory.mktemp("odd")
    with Corpus(kb, create=True) as corpus:
        for document in (LIST, PRACTICE, HOSTILE):
            corpus.upsert(document, root="r")
        corpus.commit()
        build(corpus)
    with serving(kb) as address, httpx2.Client(base_url=address) as client:
        yield client


def page(http, address, status=200, **parameters):
    answer = http.get(address, params=parameters or None)
    assert answer.status_code == status, re.findall(r"<title>.*|<h1.*|<p>.*", answer.text)[:4]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return BeautifulSoup(answer.text, "lxml")


def words(element):
    return " ".join(element.get_text(" ").split())


def total(found):
    return int(re.match(r"[\d.]+", words(found.find(id="status"))).group().replace(".", ""))


def test_home_asks_warns_and_tells_what_is_in_the_collection(http):
    home = page(http, "/")
    box = home.find("input", attrs={"name": "q"})
    assert home.find("label", attrs={"for": box["id"]}) and box["maxlength"] == "500"
    assert "Typ geen patiëntgegevens" in words(home.find(id=box["aria-describedby"]))
    assert re.search(r"[\d.]+ publicaties, [\d.]+ passages, bijgewerkt op \d+ \w+ 20\d\d", words(home.main))
    assert [words(label) for label in home.select(".roles label")] == list(EXAMPLES)
    assert [len(questions.select("a")) for questions in home.select(".examples")] == [6] * 4


# The first hit that is right begins with one of these.
RIGHT = {
    "Hoe helpt de huisartsenpraktijk patiënten met schulden?": ("geldzorgen", "samenwerken-bij-schulden"),
    "Wat vraagt het verkennend gesprek van de huisarts en de POH-GGZ?": ("verkennend", "iza-verkennend", "mentale-gez"),
    "Wat spreken huisarts en wijkverpleging af over kwetsbare ouderen?": ("lesa-zorg-voor-kwetsbare-ouderen",),
    "Hoe herkent de huisarts patiënten met een licht verstandelijke beperking?": ("lvb-", "huisartsen-herkennen-lvb"),
    "Hoe werkt een PaTz-groep?": ("patz-",),
    "Hoe bespreekt de huisarts alcohol met ouderen?": ("alcohol-", "lesa-alcohol"),
    "Hoe werkt een POH-jeugd samen met school en wijkteam?": ("poh-jeugd", "tip-04"),
    "Wat doet een POH-jeugd in een gesprek?": ("poh-jeugd", "tip-04", "functienamen-jeugdhulp", "onderzoek-poh-jeugd"),
    "Hoe pakken jeugdarts en school ziekteverzuim van leerlingen aan?": ("mazl", "mentoren", "jeugdarts", "ziekteverz"),
    "Welke hulp is er voor kinderen met overgewicht?": ("gala-kinderen", "kinderen-overgewicht", "kinder-gli"),
    "Hoe werken huisarts en jeugdteam samen in Zaanstad?": ("jeugdteam-zaanstad",),
    "Wat doet de huisarts bij vermoedens van kindermishandeling?": (
        "huisarts-en-kinderm",
        "meldcode",
        "huisarts-en-veilig",
    ),
    "Hoe verdelen wijkteam en Welzijn op Recept het werk?": ("welzijn-op-recept-en-wijkteam",),
    "Hoe verwijst de huisarts via ZorgDomein naar het wijkteam?": ("zorgdomein-",),
    "Hoe werken wijkteam en wijkverpleegkundige samen?": ("wijkteam-amersfoort", "wijkverple"),
    "Wat doet een meldpunt voor onbegrepen gedrag?": ("meldpunt-onbegrepen-gedrag",),
    "Wat werkt in multiprobleemgezinnen?": ("wat-werkt-in-multi",),
    "Waar leren mensen die laaggeletterd zijn beter lezen?": ("taalhui", "laaggeletterdheid", "taalpunt"),
    "Hoe spreken gemeente en zorgverzekeraar samen hun inkoop af?": ("tip-06", "gemeente-en-zorgverzekeraar"),
    "Welke stappen kent de ketenaanpak valpreventie?": ("gala-valpreventie", "valpreventie"),
    "Welke pijlers heeft een lokale aanpak van eenzaamheid?": ("gala-eenzaamheid",),
    "Wie betaalt een leefstijlloket?": ("leefstijlloket-wie",),
    "Wat staat er in een regioplan?": ("iza-regiobeeld", "regioplannen"),
    "Wat kan een regio doen aan het tekort aan huisartsen?": ("vier-regios", "huisartsentekort", "tekort-huisartsen"),
}


@pytest.mark.parametrize("question", [question for questions in EXAMPLES.values() for question in questions])
def test_every_example_gets_an_answer_and_a_first_hit_that_is_right(http, question):
    found = page(http, "/zoek", q=question)
    assert found.select(".answer-answered, .answer-weak") and found.select(".hit mark")
    first = http.get("/v1/zoekresultaten", params={"q": question, "limiet": 1}).json()["hits"][0]
    assert first["source_id"].startswith(RIGHT[question]), first["title"]


def test_the_answer_quotes_its_sources_word_for_word(http):
    found = page(http, "/zoek", q=QUERY)
    quotes = found.select(".answer figure")
    assert 1 <= len(quotes) <= 3
    for quote in quotes:
        source = page(http, quote.select_one("figcaption a")["href"])
        assert words(quote.blockquote).strip("“”") in words(source.select_one(".cited"))
        assert re.search(r", (\d{4}|jaar onbekend)$", words(quote.figcaption))


def test_the_status_line_counts_and_is_there_once(http):
    found = page(http, "/zoek", q=QUERY)
    api = http.get("/v1/zoekresultaten", params={"q": QUERY}).json()
    assert [element.get("id") for element in found.select("[role=status]")] == ["status"]
    assert total(found) == api["total"]


def test_hits_are_marked_explained_and_linked(http):
    found = page(http, "/zoek", q=QUERY)
    api = http.get("/v1/zoekresultaten", params={"q": QUERY}).json()["hits"]
    hits = found.select(".hit")
    assert len(hits) == len(api) == 10
    for shown, hit in zip(hits, api, strict=True):
        marked = {hit["text"][start:end] for start, end in hit["highlights"]}
        assert {mark.get_text() for mark in shown.select("mark")} <= marked
        assert "Woorden uit uw vraag" in words(shown.select_one(".why")) and "%" not in words(shown.select_one(".why"))
        assert shown.select_one("h3 a")["href"].startswith(f"/publicatie/{hit['document_id']}")
        assert shown.select_one(f'a[href="{hit["permalink"]}"]')


def test_nothing_found_is_said_and_leads_on(http):
    found = page(http, "/zoek", q="openingstijden zwembad")
    answer = words(found.select_one(".answer-none"))
    assert "Geen goede praktijk gevonden" in answer and "Niet hier gevonden is niet: werkt niet" in answer
    assert not found.select(".answer blockquote")
    topic = found.select_one(".answer .chip")
    assert total(page(http, topic["href"])) > 0


def test_every_facet_leads_to_as_many_results_as_it_says(http):
    found = page(http, "/zoek", q=QUERY)
    links = found.select(".facets li a")
    assert len(links) > 10
    for link in links[::4]:
        assert total(page(http, link["href"])) == int(words(link.select_one(".amount"))), link["href"]


def test_a_chosen_filter_is_a_chip_that_comes_off(http):
    found = page(http, "/zoek", q=QUERY, soort="tip", jaarVanaf="2000", doelgroep="jeugd")
    assert {words(chip) for chip in found.select(".chip-on")} == {
        "Haal weg: Soort: Tip ✕", "Haal weg: Doelgroep: jeugd ✕", "Haal weg: Jaar: vanaf 2000 ✕"
    }  # fmt: skip
    assert {e["name"] for e in found.select("form input[type=hidden]")} == {"soort", "doelgroep", "jaarVanaf"}
    chip = next(chip for chip in found.select(".chip-on") if "Soort" in words(chip))
    assert dict(parse_qsl(urlsplit(chip["href"]).query)) == {"q": QUERY, "doelgroep": "jeugd", "jaarVanaf": "2000"}


def test_without_results_every_filter_that_stands_in_the_way_is_named(http):
    found = page(http, "/zoek", q=QUERY, jaarTot="1900")
    assert total(found) == 0 and not found.select(".hit")
    link = found.select_one("section[aria-labelledby=ruimer] a")
    count = int(re.search(r": (\d+) resultaten", words(link)).group(1))
    assert total(page(http, link["href"])) == count > 0


def test_an_added_word_comes_off_and_back_on(http):
    found = page(http, "/zoek", q="wijktaem en huisarts")
    off = page(http, found.select_one(".words .chip")["href"])
    assert "wijkteam" in words(found.select_one(".words")) and off.select(".words .chip-off")
    assert dict(parse_qsl(urlsplit(off.select_one(".words .chip-off")["href"]).query)) == {"q": "wijktaem en huisarts"}


def test_pages_turn_and_browsing_needs_no_question(http):
    found = page(http, "/zoek")
    second = page(http, found.select_one("a[rel=next]")["href"])
    first = {a["href"] for a in found.select(".hit h3 a")}
    assert first.isdisjoint(a["href"] for a in second.select(".hit h3 a"))
    assert {a["href"] for a in page(http, second.select_one("a[rel=prev]")["href"]).select(".hit h3 a")} == first
    assert not found.select(".answer")


def test_a_record_tells_a_practice_in_the_fixed_order(odd):
    shown = page(odd, f"/publicatie/{PRACTICE.id}")
    assert [words(h) for h in shown.select(".record-in h2")] == ["Wat", "Wie doet wat", "Borging"]
    assert words(shown.select_one(".record-in .verbatim")) == "In de buurtkamer eten buren samen."
    assert words(shown.select_one("table tr")) == "Dag Tijd" and words(shown.select_one(".verbatim li"))
    assert "Ouder dan vijf jaar (2012)" in words(shown) and "geëvalueerd" in words(shown.select_one(".meta"))


def test_a_reaction_stands_under_its_tip_as_an_opinion(odd):
    shown = page(odd, f"/publicatie/{LIST.id}")
    tip = shown.find(id="tip7")
    reaction = tip.find(id="reactie1")
    assert "Werk samen in één tool" in words(tip) and "Praatlijn" in words(reaction)
    assert "Reactie van een lezer: een mening of ervaring" in words(reaction)
    assert len(shown.find_all(id="reactie1")) == 1
    hit = page(odd, "/zoek", q="Praatlijn jeugdteam").select_one(".hit")
    assert "Reactie van een lezer" in words(hit) and hit.h3.a["href"].endswith("/onderdeel/reactie1")


def test_a_passage_stands_in_its_context_and_can_be_cited(http):
    hit = http.get("/v1/zoekresultaten", params={"q": QUERY, "soort": "tip"}).json()["hits"][0]
    shown = page(http, hit["permalink"])
    assert words(shown.select_one(".cited")) == " ".join(hit["text"].split())
    citation = words(shown.select_one(".citation"))
    assert hit["title"] in citation and hit["url"] in citation and hit["passage_id"] in citation
    assert re.search(r"Beschreven door de redactie van Samenwijzer naar: .+, gelezen op \d+ \w+ 20\d\d", words(shown))
    neighbour = page(http, shown.select_one("nav a[rel=prev], nav a[rel=next]")["href"])
    assert words(neighbour.select_one(".cited")) == words(shown.select(".context")[0])


def record_of(http, source_id):
    listed = http.get("/v1/zoekresultaten", params={"q": source_id.replace("-", " "), "limiet": 50}).json()["hits"]
    return next(f"/publicatie/{hit['document_id']}" for hit in listed if hit["source_id"] == source_id)


def test_a_record_names_what_it_was_written_from_and_leads_to_those_that_belong_to_it(http):
    tip, reply = "tip-04-poh-jeugd-gesprekspartner-wijkteam", "reactie-vip-samenwerken-poh-jeugd"
    shown = page(http, record_of(http, tip))
    assert re.search(
        r"Beschreven door de redactie van Samenwijzer naar: Tien tips.+, gelezen op 22 november", words(shown)
    )
    related = shown.find("section", attrs={"aria-labelledby": "verwant"})
    reactions = shown.select_one(".reactions")
    assert [a["href"] for a in reactions.select("h3 a")] == [record_of(http, reply)]
    assert "een mening of ervaring" in words(reactions) and "VIP Samenwerken" in words(reactions)
    back = page(http, record_of(http, reply)).find("section", attrs={"aria-labelledby": "verwant"})
    assert record_of(http, tip) in {a["href"] for a in back.select("a")}
    similar = shown.find("section", attrs={"aria-labelledby": "vergelijkbaar"})
    assert {a["href"] for a in similar.select("a")}.isdisjoint(a["href"] for a in related.select("a"))


def test_a_related_record_that_is_not_there_is_left_out(odd):
    for one, other in ((PRACTICE, LIST), (LIST, PRACTICE)):
        related = page(odd, f"/publicatie/{one.id}").select("[aria-labelledby=verwant] a")
        assert [link["href"] for link in related] == [f"/publicatie/{other.id}"]
    assert not page(odd, f"/publicatie/{HOSTILE.id}").select("[aria-labelledby=verwant]")


def test_a_reader_can_say_what_is_wrong_by_mail(http):
    address = record_of(http, "poh-jeugd-assen")
    passage_id = http.get(f"/v1{address.replace('publicatie', 'publicaties')}").json()["passages"][0]["id"]
    mails = [page(http, a).find("a", string="Klopt dit niet?")["href"] for a in (address, f"/passage/{passage_id}")]
    assert all(mail.startswith(f"mailto:{CONTACT_EMAIL}?subject=") for mail in mails)
    assert all(address.split("/")[-1] in unquote(mail) for mail in mails)
    assert passage_id in mails[1] and passage_id not in mails[0]


def test_with_a_repository_a_correction_leads_to_the_record_s_file_or_to_an_issue():
    forge = "https://forge.example/kennis/bank"
    ours = document_of("starter/poh-jeugd-assen.md", [("paragraph", "Tekst.", (), None)])
    assert (
        wording.correction(ours, None, "a@b.example", forge) == f"{forge}/blob/main/corpus/starter/poh-jeugd-assen.md"
    )
    issue = wording.correction(HOSTILE, "p1", "a@b.example", forge)
    assert issue.startswith(f"{forge}/issues/new?title=") and not re.search(r"[<>\"' ]", issue)
    assert EVIL in unquote(issue) and HOSTILE.id in issue and "p1" in issue


def test_every_begrip_has_its_place_and_its_references_lead_somewhere(http):
    shown = page(http, "/begrippen")
    ids = [element["id"] for element in shown.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    terms = [entry["id"] for entry in shown.select(".term")]
    assert len(terms) > 300 and terms == sorted(terms) and words(shown.find(id="status")) == f"{len(terms)} begrippen"
    for link in shown.select(".letters a"):
        assert link["href"].split("#")[1] in ids
    assert [link["href"] for link in shown.select(".term a")] == [f"/begrippen/{term}" for term in terms]
    assert len(shown.select(".letters a")) == len(shown.select("section.letter")) > 15


def test_a_begrip_tells_its_names_what_it_is_not_and_where_to_read_on(http):
    shown = page(http, "/begrippen/sociaal-wijkteam").main
    told = {words(row.dt): row.dd for row in shown.select(".facts-list div")}
    assert "SWT" in words(shown.h1) and "buurtteam" in words(told["Heet ook"])
    assert "/begrippen/fact-team" in {a["href"] for a in told["Niet te verwarren met"].select("a")}
    assert told["Bron"].a["href"].startswith("https://")
    search = shown.select_one(".actions a")
    count = int(re.search(r"sociaal wijkteam: (\d+) resultaten", words(search))[1])
    assert total(page(http, search["href"])) == count > 0


def test_every_begrip_has_a_page_that_leads_to_others(http):
    for term in begrippen.by_slug().values():
        for other in (*term.niet_verwarren, *term.breder, *term.smaller, *term.verwant):
            assert begrippen.href(other).removeprefix("/begrippen/") in begrippen.by_slug()
    assert "staat niet in de lijst" in words(page(http, "/begrippen/nergens", 404).main)


@pytest.mark.parametrize(
    ("text", "found"),
    [("gebiedsteam", "sociaal-wijkteam"), ("AWBZ", "wet-langdurige-zorg"), ("social presc", "welzijn-op-recept")],
)
def test_a_begrip_is_found_by_any_of_its_names(http, text, found):
    shown = page(http, "/begrippen", q=text)
    terms = [entry["id"] for entry in shown.select(".term")]
    assert found in terms and len(terms) < 10 and f"met “{text}”" in words(shown.find(id="status"))


def test_an_unknown_begrip_can_be_looked_for_in_the_collection(http):
    shown = page(http, "/begrippen", q="kwantumfysica")
    assert shown.select_one("#uitkomst a")["href"] == "/zoek?q=kwantumfysica" and not shown.select(".term")


def test_the_results_explain_one_begrip_of_the_question(http):
    shown = page(http, "/zoek", q="taakverdeling wijkteam en WoR")
    (told,) = shown.select(".explained")
    assert words(told).startswith("Wat betekent WoR? Welzijn op Recept. ")
    assert told.a["href"] == "/begrippen/welzijn-op-recept"
    assert not page(http, "/zoek", q="openingstijden zwembad").select(".explained")


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("huisarts en POH-jeugd", "POH-jeugd"),
        ("samenwerking met het FACT-wijkteam", "FACT-team"),
        ("wijkteam", "sociaal wijkteam"),
        ("avg", "Algemene verordening gegevensbescherming"),
        ("wat heeft zin bij eenzame huisartsen", None),
        ("samenwerking huisarts en wijkteam", None),
    ],
)
def test_what_is_explained_is_what_needs_it(question, term):
    told = begrippen.asked(question)
    assert (told.begrip.term if told else None) == term


def test_licences_of_texts_and_code_are_stated(http):
    about = page(http, "/over")
    assert page(http, "/").select_one('footer a[href="/over#rechten"]') and about.find(id="rechten")
    assert "CC0 1.0" in words(about) and "EUPL-1.2" in words(about)


@pytest.mark.parametrize("address", ["/", f"/zoek?q={QUERY}", "/zoek", "/over", "/begrippen", "/begrippen?q=wijk"])
def test_every_page_has_a_json_twin(http, address):
    twin = page(http, address).find("link", rel="alternate")
    answer = http.get(twin["href"])
    assert twin["type"] == "application/json" and answer.headers["Content-Type"] == "application/json"


def test_records_and_passages_have_a_json_twin(http):
    hit = http.get("/v1/zoekresultaten", params={"q": QUERY}).json()["hits"][0]
    for address in (f"/publicatie/{hit['document_id']}", hit["permalink"]):
        twin = page(http, address).find("link", rel="alternate")["href"]
        assert hit["document_id"] in http.get(twin).text


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/publicatie/nergens", 404, "niet in de collectie"),
        ("/passage/%00", 404, "niet in de collectie"),
        ("/nergens", 404, "Niet gevonden"),
        ("/zoek?q=a&jaarVanaf=onlangs", 400, "jaarVanaf moet een geheel getal zijn"),
        (f"/zoek?q={'a' * 501}", 400, "hoogstens 500 tekens"),
    ],
)
def test_a_mistake_gets_a_page_that_says_what_to_do(http, address, status, told):
    assert told in words(page(http, address, status).main)


def live_dangers(shown):
    """Yield whatever on a page could run or load something that is not ours."""
    for script in shown.find_all("script"):
        if script.attrs == {"type": "application/ld+json"} and json.loads(script.get_text()):
            continue  # data, which no browser runs
        ours = re.match(r"/static/(zoek|bewaar)\.js\?v=", script.get("src", ""))
        if not ours or script.get_text():
            yield script
    yield from shown.find_all(["style", "img", "iframe", "object", "embed", "base"])
    for element in shown.find_all(True):
        for name, value in element.attrs.items():
            if name.startswith("on") or name == "style":
                yield element
            if name in ("href", "src", "action") and not re.match(r"(https?:/)?/|#|mailto:", str(value)):
                yield element


@pytest.mark.parametrize(
    "address", ["/", f"/zoek?q={QUERY}", "/over", "/nergens", f"/zoek?q={EVIL}&soort={EVIL}", f"/begrippen?q={EVIL}"]
)
def test_no_page_runs_or_loads_anything_foreign(http, address):
    answer = http.get(address)
    assert list(live_dangers(BeautifulSoup(answer.text, "lxml"))) == []


def test_a_hostile_document_stays_text(odd):
    for address in (
        "/zoek?q=kwaadaardige+tekst+buurtbemiddeling",
        f"/publicatie/{HOSTILE.id}",
        f"/passage/{HOSTILE.passages[0].id}",
    ):
        shown = page(odd, address)
        assert "alert(1)" in words(shown.main) and "49" not in words(shown.h1)
        assert list(live_dangers(shown)) == []


# --- the pure parts


@st.composite
def highlighted(draw):
    text = draw(st.text(alphabet="ab c\n", max_size=900))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    return text, tuple(zip(cuts[::2], cuts[1::2], strict=False))


@given(highlighted())
def test_marked_pieces_are_the_text(example):
    text, highlights = example
    pieces = wording.marked(text, highlights)
    assert "".join(piece.text for piece in pieces) == text
    assert [p.text for p in pieces if p.marked] == [text[a:b] for a, b in highlights]


@given(highlighted(), st.integers(10, 500))
def test_an_excerpt_is_verbatim_between_its_ellipses(example, size):
    text, highlights = example
    pieces = wording.excerpt(text, highlights, size)
    shown = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert shown in text
    if highlights:
        assert any(piece.marked for piece in pieces)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2018", "2018"),
        ("2018-09", "september 2018"),
        ("2018-09-20", "20 september 2018"),
        ("--10-04", "4 oktober (jaar onbekend)"),
        ("ooit", "ooit"),
        (None, None),
    ],
)
def test_dates_are_told_in_dutch(value, told):
    assert wording.dutch_date(value) == told


def test_only_what_is_more_than_five_years_old_gets_a_warning():
    today = date(2026, 11, 1)
    assert wording.age_warning(2020, today) and not wording.age_warning(2021, today)
    assert wording.age_warning(None, today) is None


def test_reasons_hold_words_not_numbers():
    told = wording.reasons(Why((), ("wijkteam",), 0.4, 0.9))
    assert told[0][1] == ("wijkteam",) and "sterk" in told[1][0]
    assert "gelijkenis" in wording.reasons(Why((), (), 0.0, 0.9))[0][0]


words_ = st.text("abc é&=+%", min_size=1, max_size=8).map(str.strip).filter(bool)
requests = st.builds(
    selection.PageRequest,
    q=words_,
    soort=st.lists(words_, unique=True, max_size=3),
    zonder=st.lists(words_, unique=True, max_size=3),
    jaarVanaf=st.none() | st.integers(1900, 2000),
    jaarTot=st.none() | st.integers(2001, 2030),
    offset=st.integers(0, 100),
)


@given(requests)
def test_a_search_survives_its_address(request_):
    query = urlsplit(selection.url(request_.pairs())).query
    assert selection.from_pairs(parse_qsl(query)) == request_


@given(requests)
def test_each_chip_takes_one_filter_off(request_):
    years = bool(request_.jaar_vanaf or request_.jaar_tot)
    chips = selection.chips(request_)
    assert len(chips) == len(request_.soort) + years
    for chip in chips:
        assert len(selection.chips(chip.without)) == len(chips) - 1 and chip.without.offset == 0


def test_a_report_keeps_its_own_order():
    headings = ("Inleiding", "Resultaten", "Beschouwing", "Kosten", "Literatuur")
    report = document_of("R", [("paragraph", f"Tekst over {name}.", (name,), None) for name in headings])
    assert tuple(part.heading for part in record.parts(report)) == headings


def test_an_unknown_reply_stays_where_it_is():
    lonely = document_of(
        "L", [("paragraph", "Los.", (), "r")], (Item("r", "reactie", "R", "Los.", 0, 4, replies_to="x"),)
    )
    (part,) = record.parts(lonely)
    assert part.blocks[0].item.id == "r"


def test_a_practice_that_is_the_whole_document_is_told_without_a_card():
    item = Item("i", "praktijkvoorbeeld", "P", "t", 0, 4)
    whole = document_of(
        "P", [("paragraph", "Lead.", (), "i"), ("paragraph", "Wie.", ("Wie doet wat",), "i")], (item,)
    )  # fmt: skip
    assert [block.kind for part in record.parts(whole) for block in part.blocks] == ["paragraph", "paragraph"]


def test_only_the_beginning_of_what_is_no_practice_is_compared():
    report = document_of("R", [("paragraph", "Woord " * 60, (), None) for _ in range(9)])
    assert list(record.by_part(report)) == [record.LEAD] and len(record.by_part(report)[record.LEAD]) == 1
    assert list(record.by_part(PRACTICE)) == [record.LEAD, "Wat", "Wie doet wat", "Borging"]
