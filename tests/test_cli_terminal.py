"""What people see on a terminal: within its width, in colour or not, and never steered by a source."""

import json
import os
import pty
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from commands import screens
from commands.output import escaped
from corpus.store import Corpus
from index.building import build

ROOT = Path(__file__).resolve().parents[1]
EVIL = "De \x1b[31mhuisarts\x1b[0m\x1b]0;pwned\x07\x9b2J werkt samen met het\u202e wijkteam in de buurt."
COMMANDS = [
    ["search", "POH-jeugd samenwerking wijkteam"],
    ["ask", "Wie is het aanspreekpunt van het wijkteam bij de huisarts?"],
    ["ask", "openingstijden zwembad"],
    ["similar", "poh-jeugd-assen"],
    ["show", "tip-07-een-communicatiemiddel"],
    ["cite", "poh-jeugd-assen", "tip-07-een-communicatiemiddel"],
]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_lines_fit_the_terminal_unless_a_word_does_not(run, starter_kb, monkeypatch, command, width):
    monkeypatch.setenv("COLUMNS", str(width))
    out = run("--kb", starter_kb, *command, "--format", "table")[1]
    wide = [line for line in out.splitlines() if len(line) > width]
    assert out and all(re.search(rf"\S{{{width - 20}}}|https?://", line) for line in wide)
    assert not [line for line in out.splitlines() if line != line.rstrip()]


@given(
    st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30), max_size=40), st.integers(20, 90)
)
def test_no_word_is_lost_or_broken(words, width):
    screen = Console(width=width, color_system=None)
    with screen.capture() as captured:
        screens._put(screen, Text(" ".join(words), "bold"), 4, first=Text("1.  "))
    assert captured.get().removeprefix("1.  ").split() == words


def on_a_terminal(kb, *command, stderr=False, **environment):
    """Run the program on a pseudo-terminal of 80 columns; return what it shows."""
    settings = {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "TERM": "xterm-256color", "SAMENWIJZER_KB": str(kb)}
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    mine, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "cli.py"), *command]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs if stderr else subprocess.DEVNULL}
    with subprocess.Popen(command, **streams, env={**kept, **settings, **environment}):
        os.close(theirs)
        shown = b""
        while part := _read(mine):
            shown += part
    os.close(mine)
    return shown.decode().replace("\r\n", "\n")


def _read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux: nobody has the other end open any more
        return b""


def test_a_terminal_gets_a_table_in_colour_and_a_pipe_json_lines(run, starter_kb):
    shown = on_a_terminal(starter_kb, "search", "wijkteam huisarts", "-k", "2")
    assert "\x1b[1;31mwijkteam" in shown and shown.startswith("\x1b[2m 1. \x1b[0m\x1b[1m")
    plain = on_a_terminal(starter_kb, "search", "wijkteam huisarts", "-k", "2", NO_COLOR="1")
    assert plain == re.sub(r"\x1b\[[\d;]*m", "", shown) and "\x1b" not in plain
    assert plain == run("--kb", starter_kb, "search", "wijkteam huisarts", "-k", "2", "--format", "table")[1]
    assert run("--kb", starter_kb, "search", "wijkteam huisarts")[1].startswith('{"rank": 1')


def test_a_report_is_folded_on_a_terminal_and_one_line_each_in_a_pipe(run, starter_kb):
    shown = on_a_terminal(starter_kb, "export", "--kind", "tip", NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 80
    assert "id" in run("--kb", starter_kb, "export", "--kind", "tip", "--format", "table")[1].splitlines()[0]


def test_reports_of_ingest_and_status_are_tables(run, tmp_path):
    (tmp_path / "a.md").write_text("# De wijk\n\nHet wijkteam belt de huisarts.\n")
    (tmp_path / "b.pdf").write_bytes(b"geen pdf")
    code, out, _ = run("--kb", tmp_path / "kb", "ingest", tmp_path, "--format", "table")
    assert code == 5 and re.search(rf"^added +\S+ +0 +1 +0 +{tmp_path}/a\.md$", out, re.MULTILINE)
    assert re.search(rf"^failed +{tmp_path}/b\.pdf: ", out, re.MULTILINE) and "1 added" in out and "1 failed" in out
    assert re.search(r"^up to date +yes$", run("--kb", tmp_path / "kb", "status", "--format", "table")[1], re.MULTILINE)


def test_a_terminal_sees_how_far_ingest_is(tmp_path):
    (tmp_path / "a.md").write_text("# De wijk\n\nHet wijkteam belt de huisarts.\n")
    command = ["--kb", str(tmp_path / "kb"), "ingest", str(tmp_path / "a.md")]
    assert "1/1" in on_a_terminal(tmp_path / "kb", *command, stderr=True)


STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module")
def steered(tmp_path_factory, make_document):
    """Return a knowledge base of which every text that a source can say tries to steer the terminal, and a document."""
    kb = tmp_path_factory.mktemp("steered")
    evil = "".join(chr(n) for n in (*range(1, 32), *range(0x7F, 0xA0), 0x61C, *range(0x2028, 0x202F), 0x2066, 0xFEFF))
    with Corpus(kb, create=True) as corpus:
        for name in ("a", "b"):
            said = f"Titel\x1b]0;{name}\x07{evil}"
            fields = dict.fromkeys(("subtitle", "publisher", "evidence", "licence", "event_place", "source_id"), said)
            lists = dict.fromkeys(
                ("authors", "themas", "doelgroep", "beroepen", "gemeenten", "regio", "wetten"), (said,)
            )
            url = f"https://e.nl/{name}\x9b2J\u202e"
            document = make_document(
                f"{name}{evil}", f"{EVIL} {name * 9} {evil}.", items="tip", title=said, url=url, **fields, **lists
            )
            corpus.upsert(document, root="r")
        corpus.commit()
        build(corpus)
        return SimpleNamespace(kb=kb, id=document.id, text=document.text)


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "ris", "bibtex", "csl", "md"])
@pytest.mark.parametrize("command", ["search", "ask", "show", "cite", "export", "similar", "log", "status"])
def test_what_a_source_says_does_not_steer_the_terminal(run, steered, tmp_path, command, form):
    arguments = {
        "search": ["huisarts wijkteam", "--kind", "\x1b[31mx", "--kind", "artikel", "--kind", "tip"],
        "ask": ["Wie werkt samen met het wijkteam?"],
        "export": [],
        "log": ["methods", tmp_path / "log.jsonl"],
        "status": [],
    }
    if command == "log":
        run("--kb", steered.kb, "search", EVIL, "--log", tmp_path / "log.jsonl")
    shape = [] if command == "log" else ["--format", form]
    code, out, err = run("--kb", steered.kb, command, *arguments.get(command, [steered.id]), *shape)
    assert not STEERING.search(out.replace("\r\n", "\n") + err)
    assert out.strip() or code == 2, "some formats are not for every command"


def test_json_keeps_every_character_of_a_source(run, steered):
    printed = run("--kb", steered.kb, "show", steered.id, "--format", "json")[1]
    assert json.loads(printed)["text"] == steered.text and "\\u009b" in printed


@given(st.text())
def test_escaped_json_reads_the_same_and_shows_all_there_is(text):
    told = escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(told) == {text: [text]} and told.replace("\n", "").isprintable()


def test_a_message_about_a_source_does_not_steer_the_terminal(run, tmp_path):
    for name in ("goed.md", "fout\x1b]0;x\x07\x9b2J\u202e.pdf"):
        (tmp_path / name).write_text(f"# Titel\x1b]0;\x07\n\n{EVIL}\n")
    for form in ("table", "json"):
        code, out, err = run("--kb", tmp_path / "kb", "ingest", tmp_path, "--format", form)
        assert code == 5 and "fout" in out + err and not STEERING.search(out + err)


def test_nothing_found_tells_what_to_try(run, starter_kb):
    code, out, err = run("--kb", starter_kb, "search", "schuldhulp", "--kind", "debat", "--format", "table")
    assert (code, out) == (1, "") and "Niets gevonden in 1.195 passages" in err
    found = int(re.search(r"Zonder --kind: (\d+) vindplaats", err)[1])
    assert f" van {found} vindplaatsen" in run("--kb", starter_kb, "search", "schuldhulp", "--format", "table")[1]
    assert "Ruimer: schulden" in err


def test_a_slip_of_the_pen_gets_the_right_spelling(run, starter_kb):
    err = run("--kb", starter_kb, "search", "eenzaamhied", "--year", "1901", "--format", "table")[2]
    assert "Bedoelde u: eenzaamheid" in err and "Zonder --year: " in err


def test_a_value_that_the_collection_lacks_is_named_with_what_looks_like_it(run, starter_kb):
    code, out, err = run("--kb", starter_kb, "search", "ouderen", "--thema", "eenzamheid")
    assert (code, out) == (1, "") and "--thema eenzamheid" in err and "there is eenzaamheid" in err
    assert run("--kb", starter_kb, "search", "ouderen", "--thema", "Eenzaamheid")[2] == ""


def test_an_answer_says_how_sure_it_is(run, starter_kb):
    none = run("--kb", starter_kb, "ask", "openingstijden zwembad", "--format", "table")[1]
    assert none.startswith("Geen goed antwoord gevonden in 1.195 passages") and none.count("[") == 5
    strong = run("--kb", starter_kb, "ask", "Wat doet de POH-jeugd in Assen?", "--format", "table")[1]
    assert strong.startswith("1. ") and "beschreven naar: " in strong


def test_a_weak_answer_is_introduced_as_one(capsys, starter_kb):
    from dataclasses import replace

    from index.answer import answer
    from index.search import Searcher

    found = answer(Searcher.open(starter_kb), "Wat doet de POH-jeugd in Assen?")
    old = tuple(replace(sentence, year=2001, described=False) for sentence in found.sentences)
    screens.answer(replace(found, status="weak", sentences=old))
    shown = capsys.readouterr().out
    assert shown.startswith("Geen duidelijk antwoord.") and "1. “" in shown and "Ouder dan vijf jaar (2001)" in shown


def test_one_passage_of_a_document_is_shown_alone(run, starter_kb):
    hit = run("--kb", starter_kb, "search", "VIP Samenwerken", "-k", "1")[1]
    passage = re.search(r'"passage_id": "(\w+)"', hit)[1]
    text = re.search(r'"text": "([^"]+)"', hit)[1].encode().decode("unicode_escape").encode("latin-1").decode()
    shown = run("--kb", starter_kb, "show", passage, "--format", "table")[1].split("\n\n", 1)[1]
    assert " ".join(shown.split()) == " ".join(text.split())
    assert textwrap.dedent(shown) == shown


def test_a_reader_that_has_seen_enough_is_no_error(starter_kb):
    command = f"{sys.executable} {ROOT / 'cli.py'} --kb {starter_kb} export; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | head -c 10"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.stdout, done.stderr.strip()) == ('{"id": "00', "0")
