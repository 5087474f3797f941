"""Every example in the help of a command and in README.md does what it says."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import cli

ROOT = Path(__file__).resolve().parents[1]
# What each example prints or leaves in its file; a command without an example here, or the reverse, fails.
EXPECTED = {
    'samenwijzer search "eenzaamheid ouderen" --kind praktijkvoorbeeld --year 2015.. --format ris': r"\ATY  - ",
    'samenwijzer ask "Wie is het aanspreekpunt van het wijkteam bij de huisarts?"': '"status": "answered"',
    "samenwijzer similar poh-jeugd-assen -k 5": '"rank": 5',
    "samenwijzer show poh-jeugd-assen": '"source_id": "poh-jeugd-assen"',
    "samenwijzer cite poh-jeugd-assen --format table": r"\AGemeente Assen\. \(z\.d\.\)",
    'samenwijzer search "eenzaamheid ouderen" | samenwijzer cite - --format ris > zotero.ris': r"(TY  - (.|\n)+?){10}",
    "samenwijzer export --kind praktijkvoorbeeld --thema eenzaamheid --format csv > praktijken.csv": ',"praktijkvo',
    "samenwijzer plot coverage --out coverage.svg": r"\Acoverage\.svg\ncoverage\.csv\nVindplaatsen per thema",
    "samenwijzer log methods searches.jsonl --language en": r"\AOn \d+ \w+ \d{4} we searched Samenwijzer",
    "samenwijzer log repeat searches.jsonl": '"new": \\[\\]',
    "samenwijzer config show --origin": '"host": {"value": "127.0.0.1", "origin": "default"}',
    "samenwijzer --kb kb ingest reports/ tips.html": '"added": 2',
    "samenwijzer --kb kb index --model default": r"\A[0-9a-f]{12}\n\Z",
    "samenwijzer --kb kb status": '"up_to_date": true',
    "samenwijzer --kb kb doctor --fix": "corpus and index are sound",
    "samenwijzer --kb kb backup kb-2026-01.tar.gz": r"\d+ documents, .* sound",
    "samenwijzer --kb new-kb restore kb-2026-01.tar.gz": r"\d+ documents",
    "samenwijzer --kb kb rollback --list": '"in_use": true',
    "samenwijzer --kb kb prune --days 365 --dry-run": "0 of 0 answers",
    "samenwijzer --kb kb serve --port 8000": r"Samenwijzer: http://127\.0\.0\.1:\d+",
    "samenwijzer --kb kb token new redactie": r"\A\S{20,}\n\Z",
    "samenwijzer --kb kb token list": '"name": "redactie"',
    "samenwijzer --kb kb token revoke redactie": r"\Aredactie: revoked",
    "samenwijzer withdraw tip-07-een-communicatiemiddel": "withdrawn; publish with `samenwijzer index`",
    "samenwijzer --kb kb mcp --site https://samenwijzer.example.nl": r"\A\Z",
    "samenwijzer --kb kb eval --queries queries.jsonl --qrels qrels.tsv --split test --compare expand=no": "ndcg",
    "samenwijzer corpus check": '"records": ',
    "samenwijzer corpus new buurtspreekuur-schulden --folder records": r"\Arecords/buurtspreekuur-schulden\.md\n\Z",
}
# What must have been done before an example that begins like this; it may have been done already.
BEFORE = {
    "samenwijzer log": "search eenzaamheid --log searches.jsonl",
    "samenwijzer --kb new-kb restore": "--kb kb backup kb-2026-01.tar.gz",
    "samenwijzer --kb kb token list": "--kb kb token new redactie",
    "samenwijzer --kb kb token revoke": "--kb kb token new redactie",
}


@pytest.fixture(scope="module")
def readme():
    spec = importlib.util.spec_from_file_location("examples", ROOT / "docs" / "examples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory, starter_kb, readme):
    """Return a folder with all that the examples read."""
    path = tmp_path_factory.mktemp("examples")
    readme.prepare(path)
    shutil.copytree(starter_kb, path / ".kb")
    shutil.copytree(starter_kb, path / "kb")
    (path / "records").mkdir()
    return path


def commands(command=None, words=()):
    """Yield every command that does something, as its words and its help."""
    command = command or typer.main.get_command(cli.app)
    if not hasattr(command, "commands"):
        yield words, command.help
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*words, name))


def examples_of(text):
    return re.findall(r"^\s*Example: (.+)$", text, re.MULTILINE)


def test_every_command_has_an_example_that_is_checked():
    found = {words: examples_of(text) for words, text in commands()}
    assert not [words for words, examples in found.items() if not examples]
    for words, examples in found.items():
        assert all(" ".join(words) in re.sub(r"--kb \S+ ", "", example) for example in examples)
    assert {example for examples in found.values() for example in examples} == set(EXPECTED)


@pytest.mark.parametrize("example", EXPECTED)
def test_an_example_in_the_help_prints_what_it_should(example, folder, run, monkeypatch, readme):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SAMENWIJZER_KB", "kb")
    if " restore " in example and not (folder / "kb-2026-01.tar.gz").exists():
        run("backup", "kb-2026-01.tar.gz")
    for start, before in BEFORE.items():
        if example.startswith(start):
            run(*shlex.split(before))
    if readme.LASTING.search(example):
        out = until_stopped(example)
    elif ">" in example:
        readme.run([f"export PATH=$PWD/.venv/bin:$PATH SAMENWIJZER_KB=kb; {example}"], folder)
        out = (folder / example.rpartition("> ")[2]).read_text()
    else:
        code, out, err = run(*shlex.split(example)[1:])
        assert code in (0, 1)
        out += err
    assert re.search(EXPECTED[example], out)


def until_stopped(example):
    """Run a server; return the first line that it prints, of an MCP server without a client what it prints at all."""
    command = [sys.executable, str(ROOT / "cli.py"), *shlex.split(example.replace("8000", "0"))[1:]]
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings
    ) as server:
        out = server.stderr.readline() if " serve " in example else server.communicate(timeout=60)[0]
        server.terminate()
        server.communicate()
    return out


def test_the_readme_shows_what_its_examples_print(folder, readme):
    text = (ROOT / "README.md").read_text("utf-8")
    shown = readme.examples(text)
    assert len([example for example in shown if example.output]) >= 4
    # A snapshot is named after all that it was made from; the rest of the output says whether that matters.
    named = re.compile(r"(?<=momentopname )[0-9a-f]{12}")
    now = readme.refreshed(text, folder)
    assert named.sub("", now) == named.sub("", text), "run .venv/bin/python docs/examples.py"


def test_the_readme_names_every_command():
    text = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"samenwijzer (?:--kb \S+ )?(\w+)", text))
    assert not {words[0] for words, _ in commands()} - named
