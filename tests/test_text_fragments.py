"""Links into the source, followed by a real browser to a page served over HTTP: does it scroll to the passage?"""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from corpus.fragments import source_link
from ingest.pipeline import ingest
from ingest.policy import Policy

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

PARAGRAPHS = (
    "Zorg- en welzijnspartijen, samen & sterk: elke maand overleg van huisarts, POH-jeugd en (wijk)team.",
    "Zorg- en welzijnspartijen, samen & sterk: elk kwartaal overleg van gemeente en zorgverzekeraar.",
    "Eén aanspreekpunt per gezin – dat scheelt 100% van de dubbele vragen, zegt een wijkverpleegkundige; ‘zó simpel’.",
)
FILLER = "".join(
    f"<p>Tussentekst nummer {n} die alleen dient om de bladzijde lang genoeg te maken.</p>" for n in range(80)
)
LIST = "<ul>" + "".join(f"<li>{text}</li>" for text in PARAGRAPHS) + "</ul>"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    body = f"<h1>Goede afspraken</h1>{FILLER}<h2>Wat werkt</h2>{LIST}{FILLER}"
    page = f"<!doctype html><html lang=nl><meta charset=utf-8><title>Afspraken</title><main>{body}</main></html>"
    (folder / "afspraken.html").write_text(page, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/afspraken.html"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_passage_of_a_page_opens_at_its_own_place(source, corpus):
    assert ingest([source], corpus, policy=Policy(allow_loopback=True, delay=0.0)).count("added") == 1
    document = next(corpus.documents())
    assert len(document.passages) > 10
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for passage in document.passages[1:]:
            page = browser.new_page(viewport={"width": 800, "height": 400})
            page.goto(source_link(document.url, passage.page, passage.text_fragment))
            page.wait_for_function("window.scrollY > 0")
            top = page.evaluate(
                "text => [...document.querySelectorAll('li, p')].find(e => text.startsWith(e.textContent.slice(0, 70)))"
                ".getBoundingClientRect().top",
                passage.text,
            )
            assert -50 <= top <= 400, passage.text_fragment
            page.close()
        browser.close()
