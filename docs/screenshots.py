"""Make the pictures in docs/images from the collection that ships: `.venv/bin/python docs/screenshots.py`.

Needs Debian's chromium and the test requirements (`make test` installs both).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
QUERY = "/zoek?q=POH-jeugd+samenwerking+wijkteam"
# name, address, width in CSS pixels, colour scheme, whole page
SHOTS = (
    ("home", "/", 1100, "light", False),
    ("zoek", QUERY, 1100, "light", False),
    ("zoek-donker", QUERY, 1100, "dark", False),
    ("zoek-320", QUERY, 320, "light", False),
    ("geen", "/zoek?q=openingstijden+zwembad", 1100, "light", False),
)


def main() -> None:
    """Serve a fresh index of the collection and photograph it."""
    command = [sys.executable, str(Path(__file__).parents[1] / "cli.py")]
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        at_folder = [*command, "--kb", folder]
        subprocess.run([*at_folder, "ingest", "--starter"], check=True, stdout=subprocess.DEVNULL)
        with subprocess.Popen([*at_folder, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as server:
            try:
                _shoot(server.stderr.readline().split()[1] if server.stderr else "")
            finally:
                server.terminate()


def _shoot(address: str) -> None:
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        for name, path, width, scheme, whole in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(address + path)
            page.screenshot(path=IMAGES / f"{name}.png", full_page=whole)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
