"""What the pages say is there: every link, picture and command in docs/ and README.md."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_and_picture_within_the_repository_is_there(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(there), f"{there.name} has no heading #{anchor}"


def quoted(page: Path):
    """Return the words after `samenwijzer` of each command in a page, in blocks and in running text."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    shown = re.findall(r"^\$ (.+)$", text, re.MULTILINE) + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    for line in shown:
        for found in re.finditer(r"(?:^|[\s/])samenwijzer +((?:--kb +\S+ +)?[a-z].*?)(?= \| |$)", line.split(" #")[0]):
            yield found.group(1)


COMMANDS = sorted({(name, words) for name, page in zip(NAMES, PAGES, strict=True) for words in quoted(page)})


@pytest.fixture(scope="module")
def program():
    import typer

    import cli

    return typer.main.get_command(cli.app)


def test_there_are_commands_to_check():
    assert len(COMMANDS) > 40


@pytest.mark.parametrize(("page", "words"), COMMANDS)
def test_every_command_exists_with_its_options(page, words, program):
    given = [word for word in shlex.split(words.replace("…", ""), comments=True) if word != ">"]
    if given[:1] == ["--kb"]:
        given = given[2:]
    command = program
    while given and hasattr(command, "commands"):
        assert given[0] in command.commands, f"{page}: `samenwijzer {words}`: there is no command {given[0]}"
        command = command.commands[given.pop(0)]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.partition("=")[0] for word in given if re.match(r"--?[a-z]", word)}
    assert used <= known | {"--help"}, f"{page}: `samenwijzer {words}`"


def test_every_target_of_make_that_a_page_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text("utf-8")
        for target in re.findall(r"^\$ make ([a-z-]+)", text, re.MULTILINE) + re.findall(r"`make ([a-z-]+)`", text):
            assert target in targets, f"{page.name}: make {target}"


def listed(nav):
    for entry in nav:
        for value in entry.values():
            yield from [value] if isinstance(value, str) else listed(value)


def test_every_page_is_in_the_navigation():
    nav = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    assert sorted(listed(nav)) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_site_is_made_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    for name in ("docs", "zensical.toml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = sorted((tmp_path / "build" / "docs").rglob("*.html"))
    assert {"index.html", "professional.html", "onderzoeker.html", "beheerder.html", "ontwikkelaar.html"} <= {
        page.name for page in pages
    }
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.search(r"<(?:script|img|iframe|source)[^>]+src=[\"']?(?:https?:)?//", text), page.name
        assert not re.search(
            r"<link[^>]+rel=[\"']?(?:stylesheet|preconnect|preload)[^>]+href=[\"']?(?:https?:)?//", text
        )
        assert '<html lang="nl"' in text
