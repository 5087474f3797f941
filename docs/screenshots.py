"""Make the pictures in docs/images from the collection that ships: `.venv/bin/python docs/screenshots.py [NAME...]`.

Needs Debian's chromium and the test requirements (`make test` installs both).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
QUERY = "/zoek?q=POH-jeugd+samenwerking+wijkteam"
PRACTICES = ("wijkcoaches Enschede", "krachtige basiszorg Overvecht", "POH-jeugd Assen", "Austerlitz dorpsteam")
COLOURS = 256


class Shot(NamedTuple):
    """A picture: where, how wide and high (CSS pixels; height 0 is the whole page), in which colours, after what."""

    address: str
    width: int = 1100
    height: int = 900
    scheme: str = "light"
    typed: str = ""
    opened: str = ""


def shots(site: str) -> dict[str, Shot]:
    """Return the pictures by name; the ids of records are looked up at the server."""
    tip = _first(site, "POH-jeugd en POH-GGZ gesprekspartners van het wijkteam", "tip")
    compared = "&".join(f"id={_first(site, question)}" for question in PRACTICES)
    return {
        "home": Shot("/"),
        "home-320": Shot("/", 320),
        "suggesties": Shot("/", typed="wijkt"),
        "zoek": Shot(QUERY),
        "zoek-donker": Shot(QUERY, scheme="dark"),
        "zoek-320": Shot(QUERY, 320),
        "waarom": Shot(QUERY, opened=".why"),
        "geen": Shot("/zoek?q=openingstijden+zwembad"),
        "spelling": Shot("/zoek?q=wijktaem+huisarts&doelgroep=jeugd&soort=tip"),
        "publicatie": Shot(f"/publicatie/{tip}"),
        "vergelijk": Shot(f"/bewaard?{compared}&vergelijk=ja"),
        "thema": Shot("/thema/wijkteams"),
        "begrip": Shot("/begrippen/welzijn-op-recept", height=700),
        "status": Shot("/status", height=1500),
        "kaart": Shot("/kaart", height=1000),
        "kaart-donker": Shot("/kaart", height=1000, scheme="dark"),
    }


def main() -> None:
    """Serve a fresh index of the collection and photograph it."""
    IMAGES.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with _serving() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        for name, shot in shots(site).items():
            if not wanted or name in wanted:
                _shoot(browser, site, name, shot)
        if not wanted or "afdruk" in wanted:
            _print(browser, site, "afdruk")
        browser.close()


@contextmanager
def _serving() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).parents[1] / "cli.py")]
    with tempfile.TemporaryDirectory() as folder:
        at_folder = [*command, "--kb", folder]
        subprocess.run([*at_folder, "ingest", "--starter"], check=True, stdout=subprocess.DEVNULL)
        with subprocess.Popen([*at_folder, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as server:
            try:
                yield server.stderr.readline().split()[1] if server.stderr else ""
            finally:
                server.terminate()


def _first(site: str, question: str, kind: str | None = None) -> str:
    query = urlencode({"q": question, "limiet": 1} | ({"soort": kind} if kind else {}))
    with urlopen(f"{site}/v1/zoekresultaten?{query}") as answer:
        return str(json.load(answer)["hits"][0]["document_id"])


def _shoot(browser: Browser, site: str, name: str, shot: Shot) -> None:
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme, reduced_motion="reduce"
    )
    page.goto(site + shot.address)
    if shot.typed:
        page.locator("#q").press_sequentially(shot.typed, delay=30)
        page.get_by_role("option").first.wait_for()
    if shot.opened:
        page.locator(f"{shot.opened} summary").first.click()
        page.locator(shot.opened).first.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    _save(page.screenshot(), name)
    page.close()


def _print(browser: Browser, site: str, name: str) -> None:
    """Photograph the first and the last sheet of the printed results."""
    import pypdfium2

    page: Page = browser.new_page()
    page.goto(site + QUERY)
    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    sheets = [document[number].render(scale=1.2).to_pil() for number in (0, len(document) - 1)]
    document.close()
    both = Image.new("RGB", (sum(sheet.width for sheet in sheets) + 20, sheets[0].height), "#999")
    both.paste(sheets[0], (0, 0))
    both.paste(sheets[1], (sheets[0].width + 20, 0))
    buffer = io.BytesIO()
    both.save(buffer, "PNG")
    _save(buffer.getvalue(), name)
    page.close()


def _save(png: bytes, name: str) -> None:
    """Save with few colours: a third of the size, and no difference to see."""
    few = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
