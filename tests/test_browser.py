"""The pages in a real browser: with and without JavaScript, by keyboard, small, dark, printed, under attack."""

import re
import shutil
from urllib.parse import quote_plus

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

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
EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>"
KINDS = (
    "home",
    "results",
    "nothing",
    "filtered",
    "browse",
    "record",
    "passage",
    "about",
    "terms",
    "missing",
    "mistake",
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def addresses(site):
    hit = httpx2.get(f"{site}/v1/zoekresultaten", params={"q": QUERY, "soort": "tip"}).json()["hits"][0]
    question = quote_plus(QUERY)
    return {
        "home": "/",
        "results": f"/zoek?q={question}",
        "nothing": "/zoek?q=openingstijden+zwembad",
        "filtered": f"/zoek?q={quote_plus('wijktaem huisarts')}&soort=tip&jaarTot=1900",
        "browse": "/zoek",
        "record": f"/publicatie/{hit['document_id']}",
        "passage": hit["permalink"],
        "about": "/over",
        "terms": "/begrippen?q=wijk",
        "missing": "/publicatie/nergens",
        "mistake": "/zoek?q=a&jaarVanaf=onlangs",
    }


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a page in a fresh context; fails on script errors and on foreign requests."""
    contexts, troubles = [], []

    def watch(page):
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda r: troubles.append(f"request {r.url}") if not r.url.startswith(site) else None)
        page.on("console", lambda m: troubles.append(m.text) if "Content Security Policy" in m.text else None)

    def opened(path="/", **options):
        context = browser.new_context(base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_question_on_the_home_page_gets_a_cited_answer(open_page, javascript):
    page = open_page("/", java_script_enabled=javascript)
    page.get_by_label("Wat wil je weten?").fill(QUERY)
    page.get_by_role("button", name="Zoek").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ resultaten$"))
    expect(page.get_by_role("heading", name="Dit zeggen de bronnen")).to_be_visible()
    expect(page.locator(".answer blockquote").first).to_have_text(re.compile(r"\w.+\."))
    expect(page.locator(".answer figcaption").first).to_contain_text("beschreven naar")
    expect(page.locator(".hit").first).to_contain_text("POH-jeugd")
    assert page.locator(".hit mark").count() > 5
    assert page.locator("button[data-copy]").first.is_visible() == javascript


def test_without_javascript_filters_and_pages_work(open_page, addresses):
    page = open_page(addresses["results"], java_script_enabled=False)
    count = page.locator(".facets li a .amount").first.inner_text()
    page.locator(".facets li a").first.click()
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{count} resulta"))
    page.get_by_label("Je vraag").fill("huisarts")
    page.get_by_role("button", name="Zoek").click()
    expect(page.locator(".chip-on")).to_have_count(1)
    page.locator(".chip-on").click()
    expect(page.locator(".chip-on")).to_have_count(0)
    page.get_by_role("link", name="Volgende").click()
    expect(page.locator(".hits ol")).to_have_attribute("start", "11")


def test_results_follow_what_is_typed_and_back_leads_to_the_search_before(open_page, addresses):
    page = open_page(addresses["results"])
    before = page.get_by_role("status").inner_text()
    box = page.get_by_label("Je vraag")
    box.fill("")
    box.press_sequentially("eenzaam", delay=20)
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultaten voor “eenzaam”")
    box.press_sequentially("heid", delay=20)
    expect(page).to_have_url(re.compile(r"q=eenzaamheid$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultaten voor “eenzaamheid”")
    expect(page).to_have_title(re.compile("^eenzaamheid"))
    expect(box).to_be_focused()
    assert page.locator("#links a").last.get_attribute("href") == "/v1/zoekresultaten?q=eenzaamheid"
    page.go_back()
    expect(box).to_have_value(QUERY)
    expect(page.get_by_role("status")).to_have_text(before)
    page.go_forward()
    expect(box).to_have_value("eenzaamheid")
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultaten voor “eenzaamheid”")


def test_enter_keeps_a_search_as_a_step_to_go_back_to(open_page, addresses):
    page = open_page(addresses["results"])
    box = page.get_by_label("Je vraag")
    for question in ("schulden", "ouderen"):
        box.fill(question)
        box.press("Enter")
        expect(page).to_have_url(re.compile(f"q={question}$"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultaten voor “schulden”")
    page.locator(".hit h3 a").first.click()
    expect(page.locator("body")).to_have_class("record")
    page.go_back()
    expect(page.get_by_label("Je vraag")).to_have_value("schulden")
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultaten voor “schulden”")


def test_the_keyboard_does_it_all(open_page, addresses):
    page = open_page("/over")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    box = page.get_by_label("Je vraag")
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
    expect(page.get_by_label("Je vraag")).not_to_be_focused()


def test_focus_goes_in_reading_order_and_can_be_seen(open_page, addresses):
    page = open_page(addresses["results"])
    tops = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
            " return [s.outlineStyle, parseFloat(s.outlineWidth), r.top + scrollY, r.width * r.height] }"
        )
        assert seen[0] == "solid" and seen[1] >= 2 and seen[3] > 0
        tops.append(seen[2])
    assert all(below > above - 30 for above, below in zip(tops, tops[1:], strict=False)), tops


def test_a_quotation_is_copied_with_its_source(open_page, addresses, site):
    page = open_page(addresses["results"], permissions=["clipboard-read", "clipboard-write"])
    page.locator(".answer button[data-copy]").first.click()
    expect(page.locator(".answer button[data-copy]").first).to_have_text("Gekopieerd")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r"“.+” \(Samenwijzer, passage \w{16}\)\. Bron: .+ \((\d{4}|z\.j\.)\)\. ", copied)


@pytest.mark.parametrize("kind", KINDS)
def test_at_320_pixels_nothing_sticks_out_and_targets_are_large_enough_for_a_thumb(open_page, addresses, kind):
    page = open_page(addresses[kind], viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
            .filter((e) => e.checkVisibility() && !e.closest("p, dd, figcaption, .skip"))
            .filter((e) => { const r = e.getBoundingClientRect(); return r.height < 24 || r.width < 24 })
            .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violations(open_page, addresses, kind, scheme):
    page = open_page(addresses[kind], color_scheme=scheme)
    page.evaluate(
        "document.querySelectorAll('.hits li:first-child details, .facets details').forEach((d) => { d.open = true })"
    )
    # Only contrast depends on the colours; the rest need not be looked at twice.
    everything = {"rules": {"target-size": {"enabled": True}}}
    found = Axe().run(page, options=everything if scheme == "light" else {"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("kind", ["home", "results", "terms"])
def test_fields_have_labels_that_stay(open_page, addresses, kind):
    page = open_page(addresses[kind])
    boxes = page.locator("input[type=search]").all()
    assert len(boxes) == (2 if kind == "terms" else 1)
    for box in boxes:
        assert page.locator(f"label[for={box.get_attribute('id')}]").inner_text()
        assert box.get_attribute("placeholder") is None
    assert page.locator("html").get_attribute("lang") == "nl"


def test_begrippen_follow_what_is_typed(open_page):
    page = open_page("/begrippen#sociaal-wijkteam")
    expect(page.locator("#sociaal-wijkteam")).to_be_in_viewport()
    page.get_by_label("Zoek een begrip").press_sequentially("gebiedsteam", delay=20)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d begrip(pen)? met “gebiedsteam”$"))
    expect(page.locator("#sociaal-wijkteam")).to_be_visible()
    expect(page.get_by_label("Zoek een begrip")).to_be_focused()
    page.get_by_label("Zoek een begrip").fill("")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d{3} begrippen$"))
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(page.get_by_label("Je vraag")).to_be_focused()


def test_begrippen_work_without_javascript_by_keyboard(open_page):
    page = open_page("/begrippen", java_script_enabled=False)
    page.get_by_label("Zoek een begrip").fill("F-ACT")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="sociaal wijkteam", exact=True).first.press("Enter")
    expect(page).to_have_url(re.compile(r"/begrippen#sociaal-wijkteam$"))
    expect(page.locator("#sociaal-wijkteam")).to_be_in_viewport()
    page.get_by_role("link", name="Zoek hierop (sociaal wijkteam)").click()
    expect(page.locator(".explained")).to_contain_text("sociaal wijkteam")


def test_dark_is_dark_and_light_is_light(open_page):
    def brightness(scheme):
        colour = open_page("/", color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert brightness("dark") < 150 < 600 < brightness("light")


def test_an_attack_in_the_question_stays_text(open_page, addresses):
    page = open_page(f"/zoek?q={quote_plus(EVIL)}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Resultaten voor “{EVIL}”")
    page = open_page(addresses["results"])
    page.get_by_label("Je vraag").fill(EVIL)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Resultaten voor “{EVIL}”")
    assert page.locator("main img, main script").count() == 0


def test_print_is_the_results_and_their_sources(open_page, addresses):
    page = open_page(addresses["results"])
    page.emulate_media(media="print")
    for gone in ("header.top", "footer.bottom", ".facets", "button[data-copy] >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator(".print-only")).to_contain_text("momentopname")
    expect(page.locator(".answer .print-url").first).to_have_text(re.compile(r"^\s*https://[^#]+$"))
