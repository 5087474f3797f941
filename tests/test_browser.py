"""The pages in a real browser: with and without JavaScript, by keyboard, small, dark, on paper, under attack."""

import re
import shutil
import threading
import time
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote_plus, urlsplit

import httpx2
import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from corpus.document import Document, Item, Span, content_id
from corpus.passages import with_passages
from corpus.store import Corpus
from index.building import build

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
QUERY = "POH-jeugd samenwerking wijkteam"
EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script><svg onload=alert(1)>"
KINDS = (
    "home",
    "results",
    "nothing",
    "filtered",
    "record",
    "item",
    "passage",
    "kept",
    "compared",
    "nothing kept",
    "themes",
    "theme",
    "status",
    "map",
    "terms",
    "term",
    "about",
    "accessibility",
    "missing",
    "mistake",
)
PAGE_BYTES = 60 * 1024
FIRST_RESULT_MS = 100
# Whoever looks at a page of ours for a while moves nothing by that. A browser that is short of time may draw half of
# what it is given, though, and then a line may move by a few pixels; the whole page by as much would count 0.002.
STILL = 0.001
SHIFTS = """() => new Promise((done) => {
    let total = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) total += e.value })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(total), 100);
})"""
BYTES = """() => performance.getEntries().filter((e) => e.transferSize !== undefined)
    .reduce((total, entry) => total + entry.transferSize, 0)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary, [role=option]")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("p, dd, td, figcaption, .skip, svg"))
    .filter((e) => { const r = e.getBoundingClientRect(); return r.height < 24 || r.width < 24 })
    .map((e) => e.outerHTML.slice(0, 90))"""
# axe passes a field that has nothing but a placeholder.
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden])")]
    .filter((e) => !e.labels[0]?.innerText.trim() || e.placeholder).map((e) => e.outerHTML)"""
# The two largest tables, of a shape with the others, would take axe long.
OPEN_DETAILS = """() => document
    .querySelectorAll(".hits li:first-child details, .facets details, .figure + .figure details")
    .forEach((e) => { e.open = true })"""
FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
    return [s.outlineStyle, parseFloat(s.outlineWidth), r.top + scrollY, r.width * r.height] }"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def addresses(site, starter_kb):
    hits = httpx2.get(f"{site}/v1/zoekresultaten", params={"q": QUERY, "soort": "tip"}).json()["hits"]
    practices = httpx2.get(f"{site}/v1/zoekresultaten", params={"q": QUERY, "soort": "praktijkvoorbeeld"}).json()[
        "hits"
    ]
    question, ids = quote_plus(QUERY), list(dict.fromkeys(hit["document_id"] for hit in practices))[:3]
    with Corpus(starter_kb) as corpus:
        document = next(document for document in corpus.documents() if document.items)
    kept = "&".join(f"id={one}" for one in (*ids, hits[0]["passage_id"], "0" * 16))
    return {
        "home": "/",
        "results": f"/zoek?q={question}",
        "nothing": "/zoek?q=openingstijden+zwembad",
        "filtered": f"/zoek?q={quote_plus('wijktaem huisarts')}&soort=tip&jaarTot=1900&sinds=2020-01-01",
        "record": f"/publicatie/{hits[0]['document_id']}",
        "item": f"/publicatie/{document.id}/onderdeel/{document.items[0].id}",
        "passage": hits[0]["permalink"],
        "kept": f"/bewaard?{kept}",
        "compared": f"/bewaard?{'&'.join(f'id={one}' for one in ids)}&vergelijk=ja",
        "nothing kept": "/bewaard",
        "themes": "/thema",
        "theme": "/thema/wijkteams",
        "status": "/status",
        "map": "/kaart",
        "terms": "/begrippen?q=wijk",
        "term": "/begrippen/sociaal-wijkteam",
        "about": "/over",
        "accessibility": "/toegankelijkheid",
        "missing": "/publicatie/nergens",
        "mistake": "/zoek?q=a&jaarVanaf=onlangs",
    }


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a page in a fresh context; fails on script errors and on foreign requests."""
    contexts, troubles = [], []

    def watch(page, base):
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda r: troubles.append(f"request {r.url}") if not r.url.startswith(base) else None)
        page.on("console", lambda m: troubles.append(m.text) if "Content Security Policy" in m.text else None)

    def opened(path="/", base=site, **options):
        context = browser.new_context(base_url=base, **options)
        contexts.append(context)
        page = context.new_page()
        watch(page, base)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def results_of(question):
    return re.compile(rf"^Resultaten voor “{re.escape(question)}”$")


# --- asking


@pytest.mark.parametrize("javascript", [True, False])
def test_a_question_on_the_home_page_gets_a_cited_answer(open_page, javascript):
    page = open_page("/", java_script_enabled=javascript)
    page.get_by_label("Wat wilt u weten?").fill(QUERY)
    page.get_by_role("button", name="Zoek").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ resultaten$"))
    expect(page.get_by_role("heading", name="Dit zeggen de bronnen")).to_be_visible()
    expect(page.locator(".answer blockquote").first).to_have_text(re.compile(r"\w.+\."))
    expect(page.locator(".answer figcaption").first).to_contain_text("beschreven naar")
    expect(page.locator(".hit").first).to_contain_text("POH-jeugd")
    assert page.locator(".hit mark").count() > 5
    assert page.locator("button[data-copy]").first.is_visible() == javascript


def test_each_role_has_its_questions_also_without_javascript(open_page):
    page = open_page("/", java_script_enabled=False)
    for role in ("Huisarts", "POH-jeugd", "Wijkteam", "Beleidsmedewerker"):
        page.get_by_label(role, exact=True).check()
        expect(page.locator(".examples:visible")).to_have_attribute("aria-label", f"Vragen van een {role}")
    page.locator(".examples:visible a").first.click()
    expect(page.locator(".answer .quotes")).to_be_visible()


def test_without_javascript_filters_years_pages_and_shared_links_work(open_page, addresses):
    page = open_page(addresses["results"], java_script_enabled=False)
    count = page.locator(".facets li a .amount").first.inner_text()
    page.locator(".facets li a").first.click()
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{count} resulta"))
    page.get_by_label("van", exact=True).fill("2018")
    page.get_by_role("button", name="Toon").click()
    expect(page.locator(".chip-on")).to_have_text([re.compile("Soort"), re.compile("Jaar: vanaf 2018")])
    page.get_by_label("Uw vraag", exact=True).fill("huisarts")
    page.get_by_role("button", name="Zoek").click()
    expect(page.locator(".chip-on")).to_have_count(2)
    page.get_by_role("link", name="Alle filters weg").click()
    expect(page.locator(".chip-on")).to_have_count(0)
    page.get_by_role("link", name="Volgende").click()
    expect(page.locator(".hits ol")).to_have_attribute("start", "11")
    page.get_by_role("link", name="Deel deze zoekvraag").click()
    expect(page.locator(".note-new")).to_contain_text("niets nieuws bij deze vraag")


def test_results_follow_what_is_typed_and_back_leads_to_the_search_before(open_page, addresses):
    page = open_page(addresses["results"])
    before = page.get_by_role("status").inner_text()
    box = page.get_by_label("Uw vraag", exact=True)
    box.fill("")
    box.press_sequentially("eenzaam", delay=20)
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of("eenzaam"))
    box.press_sequentially("heid", delay=20)
    expect(page).to_have_url(re.compile(r"q=eenzaamheid$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of("eenzaamheid"))
    expect(page).to_have_title(re.compile("^eenzaamheid"))
    expect(box).to_be_focused()
    assert page.locator("#links a").last.get_attribute("href") == "/v1/zoekresultaten?q=eenzaamheid"
    page.go_back()
    expect(box).to_have_value(QUERY)
    expect(page.locator("#aantal")).to_have_text(before)
    page.go_forward()
    expect(box).to_have_value("eenzaamheid")
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of("eenzaamheid"))


def test_enter_a_filter_and_a_record_are_steps_to_go_back_over(open_page, addresses):
    page = open_page(addresses["results"])
    box, heading = page.get_by_label("Uw vraag", exact=True), page.get_by_role("heading", level=1)
    for question in ("ouderen", "schulden"):
        box.fill(question)
        box.press("Enter")
        expect(page).to_have_url(re.compile(f"q={question}$"))
    page.locator(".facets li a").first.click()
    expect(page.locator(".chip-on")).to_have_count(1)
    page.locator(".hit h3 a").first.click()
    expect(page.locator("body")).to_have_class(re.compile("record"))
    page.go_back()
    expect(page.locator(".chip-on")).to_have_count(1)
    page.go_back()
    expect(page.locator(".chip-on")).to_have_count(0)
    expect(heading).to_have_text(results_of("schulden"))
    page.go_back()
    expect(heading).to_have_text(results_of("ouderen"))


def test_suggestions_are_chosen_by_arrows_and_told_to_a_screen_reader(open_page):
    page = open_page("/")
    box, options = page.get_by_role("combobox", name="Wat wilt u weten?"), page.get_by_role("option")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("samenwerking buurtte", delay=10)
    expect(options.first).to_contain_text("samenwerking buurtteam")
    expect(options.first).to_contain_text("sociaal wijkteam")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"\d suggesties?, kies met de pijlen"))
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("samenwerking buurtte")
    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of("samenwerking buurtteam"))


def test_a_suggested_title_opens_its_record_by_mouse(open_page, addresses):
    page = open_page(addresses["results"])
    box = page.get_by_label("Uw vraag", exact=True)
    box.fill("assen geeft alle")
    page.get_by_role("option", name="Assen geeft alle huisartsenpraktijken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Assen geeft alle huisartsenpraktijken een POH-jeugd")


def test_a_slip_gets_another_spelling_and_no_results_get_ways_out(open_page):
    page = open_page(f"/zoek?q={quote_plus('wijktaem huisarts')}&jaarTot=1900&soort=tip")
    expect(page.get_by_role("status")).to_have_text("0 resultaten")
    way = page.locator(".fewer a").first
    total = re.search(r": ([\d.]+) resulta", way.inner_text())[1]
    way.click()
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{total} resulta"))
    page.locator(".better a").click()
    expect(page.get_by_label("Uw vraag", exact=True)).to_have_value("wijkteam huisarts")
    assert page.locator(".better").count() == 0


# --- keyboard


def test_the_keyboard_does_it_all(open_page):
    page = open_page("/over")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    box = page.get_by_label("Uw vraag", exact=True)
    expect(box).to_be_focused()
    page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    page.keyboard.type(QUERY)
    page.keyboard.press("Enter")
    expect(page.locator(".hit").first).to_be_visible()


def test_the_shortcut_can_be_switched_off_for_good(open_page):
    page = open_page("/over")
    page.get_by_label("Met de toets").uncheck()
    page.reload()
    expect(page.get_by_label("Met de toets")).not_to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_label("Uw vraag", exact=True)).not_to_be_focused()


@pytest.mark.parametrize("kind", ["results", "record", "home"])
def test_focus_goes_in_reading_order_and_can_be_seen(open_page, addresses, kind):
    page = open_page(addresses[kind])
    tops = []
    for _ in range(14):
        page.keyboard.press("Tab")
        style, width, top, area = page.evaluate(FOCUSED)
        labelled = page.evaluate("!!document.activeElement.closest('label')")
        assert labelled or (style == "solid" and width >= 2 and area > 0)
        tops.append(top)
    assert all(below > above - 30 for above, below in zip(tops, tops[1:], strict=False)), tops


# --- taking along


def test_a_quotation_is_copied_with_its_source_and_a_search_as_a_link(open_page, addresses):
    page = open_page(addresses["results"], permissions=["clipboard-read", "clipboard-write"])
    page.locator(".answer button[data-copy]").first.click()
    expect(page.locator(".answer button[data-copy]").first).to_have_text("Gekopieerd")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r"\S.+ \[Samenwijzer, \w{16}\] Bron: .+ \((\d{4}|z\.d\.)\)\. ", copied)
    page.get_by_role("link", name="Deel deze zoekvraag").click()
    expect(page.get_by_role("link", name="Link gekopieerd")).to_be_visible()
    shared = parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)
    assert shared["q"] == [QUERY] and re.fullmatch(r"\d{4}-\d\d-\d\d", shared["sinds"][0])


def test_what_is_kept_stays_in_the_browser_and_goes_along_as_a_file(open_page, addresses):
    page = open_page(addresses["results"])
    buttons = page.locator(".hit button[data-keep]")
    for number in (0, 1):
        buttons.nth(number).click()
        expect(buttons.nth(number)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Uw vraag", exact=True).fill(f"{QUERY} huisarts")
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of(f"{QUERY} huisarts"))
    expect(page.locator(".hit button[aria-pressed=true]").first).to_contain_text("Bewaard")
    page.get_by_role("link", name="Bewaard (2)").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("^2 vindplaatsen"))
    for name in ("Word", "RIS", "BibTeX", "CSL-JSON", "CSV", "Markdown"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.suggested_filename.split(".")[-1] in ("docx", "ris", "bib", "json", "csv", "md")
        assert download.value.path().stat().st_size > 200
    page.get_by_role("link", name="Haal weg").first.click()
    expect(page.get_by_role("status")).to_have_text(re.compile("^1 vindplaats"))
    page.goto("/bewaard")
    expect(page.locator(".kept-list li")).to_have_count(1)
    page.get_by_role("button", name="Maak mijn lijst leeg").click()
    expect(page.locator("main")).to_contain_text("U hebt nog niets bewaard")
    assert page.context.cookies() == [] and page.evaluate("Object.keys(localStorage)") == ["samenwijzer.bewaard"]


def test_a_shared_list_is_taken_over_and_set_side_by_side(open_page, addresses):
    page = open_page(addresses["compared"].removesuffix("&vergelijk=ja"))
    page.get_by_role("button", name="Neem over").click()
    expect(page.get_by_role("link", name="Bewaard (3)")).to_be_visible()
    page.get_by_role("link", name="Zet naast elkaar").click()
    expect(page.locator(".compare thead th a")).to_have_count(3)
    rows = page.locator(".compare tbody th").all_inner_texts()
    known = [
        "Soort",
        "Bron",
        "In het kort",
        "Wat",
        "Voor wie",
        "Wie doet wat",
        "Randvoorwaarden",
        "Resultaat",
        "Borging",
    ]
    assert rows[:2] == known[:2] and rows == sorted(rows, key=[*known, "Contact"].index)


# --- every page


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_accessible_light_dark_and_small_and_in_budget(open_page, addresses, kind):
    page = open_page(addresses[kind], reduced_motion="reduce")
    assert page.evaluate(SHIFTS) < STILL and page.evaluate(BYTES) <= PAGE_BYTES
    page.evaluate(OPEN_DETAILS)
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")
    # Only contrast depends on the colours; the rest need not be looked at twice.
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.locator("[role=status]").count() == 1 and page.locator("h1").count() == 1
    assert page.evaluate(UNLABELLED) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(SMALL_TARGETS) == []


def test_nothing_moves_while_typing_and_the_first_result_comes_at_once(open_page, addresses, site):
    page = open_page(addresses["home"])
    page.get_by_label("Wat wilt u weten?").press_sequentially("wijktea", delay=10)
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(SHIFTS) < STILL
    took = []
    with httpx2.Client(base_url=site) as client:
        for word in ("schulden", "eenzaamheid", "dementie", "overgewicht", "valpreventie", "mantelzorg"):
            started = time.perf_counter()
            assert 'class="hit' in client.get("/zoek", params={"q": f"{word} en huisarts"}).text
            took.append((time.perf_counter() - started) * 1000)
    # The fastest of six: the others may have waited for another program on this machine.
    assert min(took) <= FIRST_RESULT_MS, took


def test_dark_is_dark_and_light_is_light(open_page):
    page = open_page("/")

    def brightness(scheme):
        page.emulate_media(color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert brightness("dark") < 150 < 600 < brightness("light")


# --- begrippen and charts


def test_begrippen_follow_what_is_typed(open_page):
    page = open_page("/begrippen#sociaal-wijkteam")
    expect(page.locator("#sociaal-wijkteam")).to_be_in_viewport()
    box = page.get_by_label("Zoek een begrip")
    box.press_sequentially("gebiedsteam", delay=10)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d begrip(pen)? met “gebiedsteam”$"))
    expect(page.locator("#sociaal-wijkteam")).to_be_visible()
    expect(box).to_be_focused()
    box.fill("")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d{3} begrippen$"))
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(page.get_by_label("Uw vraag", exact=True)).to_be_focused()


def test_begrippen_work_without_javascript_by_keyboard(open_page):
    page = open_page("/begrippen", java_script_enabled=False)
    page.get_by_label("Zoek een begrip").fill("F-ACT")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="FACT-team", exact=True).press("Enter")
    page.get_by_role("link", name="sociaal wijkteam", exact=True).first.press("Enter")
    expect(page).to_have_url(re.compile(r"/begrippen/sociaal-wijkteam$"))
    page.get_by_role("link", name="Zoek op sociaal wijkteam").click()
    expect(page.locator(".explained")).to_contain_text("sociaal wijkteam")


def test_a_point_on_the_map_and_its_row_lead_to_the_same_record(open_page):
    page = open_page("/kaart")
    points, rows = page.locator(".chart a"), page.locator("table tbody th a")
    assert points.count() == rows.count() > 300
    page.locator("details summary").click()
    address = rows.first.get_attribute("href")
    page.locator(f".chart a[href='{address}']").dispatch_event("click")
    expect(page).to_have_url(re.compile(f"{address}$"))


# --- paper


def test_print_is_the_results_with_numbered_sources_and_the_snapshot(open_page, addresses):
    page = open_page(addresses["results"])
    page.emulate_media(media="print")
    for gone in ("header.top", "footer.bottom", ".facets", "button[data-copy] >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    sources = page.locator("div.print-only li").all_inner_texts()
    numbers = {int(text.strip(" []")) for text in page.locator(".print-ref").all_inner_texts()}
    assert numbers == set(range(1, len(sources) + 1)) and all(
        re.search(r"\((\d{4}|z\.d\.)\)", source) for source in sources
    )
    snapshot = httpx2.get(page.url.replace("/zoek", "/v1/zoekresultaten")).json()["searched"]["snapshot"]
    expect(page.locator("div.print-only")).to_contain_text(f"momentopname {snapshot}")


def test_a_compared_list_prints_on_a4(open_page, addresses):
    document = pypdfium2.PdfDocument(open_page(addresses["compared"]).pdf(prefer_css_page_size=True))
    assert sorted(map(round, document[0].get_size())) == [595, 842]
    text = " ".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    assert "Bronnen" in text and "momentopname" in text and "Neem mee" not in text
    document.close()


# --- sources, and sources that attack


SPARK = "De buurtvonk brengt huisarts en wijkteam elke maand aan tafel."


def document_of(text, *, items=(), item_id=None, **fields):
    """Make a document of one paragraph."""
    name = content_id(text)
    origin = {"id": name, "key": name, "source": name, "fetched_at": "2026-01-01T00:00:00+00:00"}
    hashes = {"raw_sha256": name, "text_sha256": name, "extractor_version": "t"}
    spans = (Span(0, len(text), item_id=item_id),)
    return with_passages(Document(text=text, spans=spans, items=items, **origin, **hashes, **fields))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The address of a long page with a paragraph far down."""
    folder = tmp_path_factory.mktemp("source")
    filler = "".join(f"<p>Tussentekst {n} om de bladzijde lang te maken.</p>" for n in range(120))
    wanted = f"<p id=hier>{SPARK}</p>"
    html = f"<!doctype html><html lang=nl><meta charset=utf-8><title>Vonk</title><main><h1>Vonk</h1>{filler}{wanted}"
    (folder / "vonk.html").write_text(f"{html}{filler}</main></html>", "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/vonk.html"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def odd(serving, tmp_path_factory, source):
    """A small site with a page that stands on the loopback, and a list of tips that attacks wherever it can."""
    kb = tmp_path_factory.mktemp("odd")
    text = f"Tip: {EVIL} werkt samen."
    tip = Item("tip1", "tip", EVIL, text, 0, len(text), themas=(EVIL,), fields={EVIL: EVIL})
    hostile = document_of(
        text, items=(tip,), item_id="tip1", kind="tiplijst", title=EVIL, url="javascript:alert(1)", publisher=EVIL,
        themas=(EVIL,), gemeenten=(EVIL,), beroepen=(EVIL,), authors=(EVIL,), date="2020",
    )  # fmt: skip
    with Corpus(kb, create=True) as corpus:
        for document in (hostile, document_of(SPARK, kind="artikel", title="Vonk", url=source)):
            corpus.upsert(document, root="r")
        corpus.commit()
        build(corpus)
    with serving(kb) as address:
        yield address, hostile


def test_read_at_the_source_opens_it_at_the_passage(odd, browser):
    context = browser.new_context(viewport={"width": 800, "height": 500}, base_url=odd[0])
    page = context.new_page()
    page.goto("/zoek?q=buurtvonk")
    page.get_by_role("link", name="Lees in bron").first.click()
    page.wait_for_function("window.scrollY > 0")
    expect(page.locator("#hier")).to_be_in_viewport()
    context.close()


def test_an_attack_in_titles_tips_and_queries_stays_text(odd, open_page):
    base, hostile = odd
    record, passage = f"/publicatie/{hostile.id}", hostile.passages[0].id
    paths = (
        f"/zoek?q={quote_plus(EVIL)}",
        f"/zoek?q={quote_plus('werkt samen')}&thema={quote_plus(EVIL)}&zonder={quote_plus(EVIL)}",
        record,
        f"{record}/onderdeel/tip1",
        f"/passage/{passage}",
        f"/bewaard?id={passage}&id={hostile.id}&id={quote_plus(EVIL)[:60]}",
        "/kaart",
        "/status",
        f"/begrippen?q={quote_plus(EVIL)}",
        f"/suggesties?q={quote_plus(EVIL[:20])}",
    )
    page = open_page(base=base)
    for path in paths:
        page.goto(path)
        assert page.locator("main img, main script, [onerror], [onload], [href^='javascript:']").count() == 0, path
    page.goto("/zoek?q=werkt+samen")
    box = page.get_by_label("Uw vraag", exact=True)
    box.fill("img src=x")
    expect(page.get_by_role("option").first).to_contain_text(EVIL)
    box.fill(EVIL)
    expect(page.get_by_role("heading", level=1)).to_have_text(results_of(EVIL))
    assert page.locator("main img, main script, header img, [onload]").count() == 0


def test_a_link_that_was_shared_tells_what_came_in_since(odd, open_page):
    page = open_page(base=odd[0], path="/zoek?q=wijkteam")
    day = parse_qs(urlsplit(page.get_by_role("link", name="Deel deze zoekvraag").get_attribute("href")).query)["sinds"][
        0
    ]
    before = str(date.fromisoformat(day) - timedelta(days=1))
    page.goto(f"/zoek?q=wijkteam&sinds={before}")
    page.get_by_role("link", name=re.compile(r"^\d+ nieuwe? resulta")).click()
    expect(page.locator(".chip-on")).to_contain_text("Nieuw sinds")
    assert page.locator(".hit").count() > 0
    page.goto(f"/zoek?q=wijkteam&sinds={day}")
    expect(page.locator(".note-new")).to_contain_text("niets nieuws")
