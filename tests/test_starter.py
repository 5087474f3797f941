"""The collection that ships: every record is well formed, in our own words, and says where it comes from."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import DOCUMENT_KINDS, ITEM_KINDS
from corpus.gemeenten import register
from corpus.overlap import shared_runs, words
from corpus.taxonomy import taxonomy

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
RECORDS = sorted((ROOT / "corpus" / "starter").glob("*.md"))
HEADINGS = {"Wat", "Voor wie", "Wie doet wat", "Randvoorwaarden", "Resultaat", "Borging", "Contact"}
EVIDENCE = {"tip", "praktijkvoorbeeld", "geëvalueerd", "erkend"}
LISTS = ("doelgroep", "themas", "beroepen", "gemeenten", "regio", "wetten", "related")
STRINGS = ("id", "kind", "title", "evidence", "evidence_register")
BRON = {"title", "publisher", "url", "year", "read", "read_part"}
FORBIDDEN = re.compile(r"\b(todo|fixme|lorem ipsum|xxx)\b|/work/|/tmp/|\.\./shared", re.IGNORECASE)

each_record = pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)


@cache
def parse(path):
    empty, front, body = path.read_text("utf-8").split("+++\n", 2)
    assert not empty
    return tomllib.loads(front), body.strip()


@cache
def vocabulary():
    """Front matter key -> the words that may stand there."""
    known = taxonomy()
    lists = {
        "doelgroep": known.doelgroepen,
        "themas": known.themas,
        "beroepen": known.beroepen,
        "wetten": known.wetten,
        "regio": known.regios,
    }
    labels = {key: {entry.label for entry in entries} for key, entries in lists.items()}
    return labels | {"gemeenten": {row.naam for row in register().present}}


def test_collection_is_large_enough_to_be_useful():
    assert len(RECORDS) >= 25


@each_record
def test_front_matter(path):
    front, _ = parse(path)
    assert front["id"] == path.stem
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)
    assert front["kind"] in {*DOCUMENT_KINDS, *ITEM_KINDS}
    assert front["title"] and front["themas"] and "doelgroep" in front
    assert set(front) <= {*LISTS, *STRINGS, "year", "bron"}
    assert all(isinstance(entry, str) for key in LISTS for entry in front.get(key, []))
    unknown = {key: set(front.get(key, [])) - allowed for key, allowed in vocabulary().items()}
    assert not any(unknown.values()), unknown
    assert front.get("evidence", "tip") in EVIDENCE
    assert "evidence_register" not in front or front["evidence"] == "erkend"


@each_record
def test_source_is_named(path):
    bron = parse(path)[0]["bron"]
    assert {"title", "read"} <= set(bron) <= BRON
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", bron["read"])
    assert re.match(r"https?://[^\s/]+/?", bron.get("url", "https://x"))
    assert bron.get("read_part", "begin") in {"begin", "deel"}


@each_record
def test_body(path):
    _, body = parse(path)
    assert 50 <= len(words(body)) <= 250
    assert not body.startswith("#"), "the first sentence says what it is, who did it and where"
    assert set(re.findall(r"^#+ (.*)$", body, re.MULTILINE)) <= HEADINGS
    assert not FORBIDDEN.search(path.read_text("utf-8"))


@each_record
def test_related_records_exist(path):
    related = parse(path)[0].get("related", [])
    assert path.stem not in related
    assert {*related} <= {record.stem for record in RECORDS}


def test_titles_are_unique():
    titles = [parse(path)[0]["title"] for path in RECORDS]
    assert len(titles) == len({title.casefold() for title in titles})


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="needs ../shared/seeds")
def test_no_record_copies_a_seed():
    seeds = [path.read_text("utf-8") for path in sorted((SHARED / "seeds").glob("*.txt"))]
    assert shared_runs(all_records(), "\n\n".join(seeds)) == []


@pytest.mark.skipif(not (SHARED / "pages").is_dir(), reason="needs ../shared/pages")
def test_no_record_copies_a_government_document():
    import pypdfium2

    def text(path):
        with pypdfium2.PdfDocument(path) as pdf:
            return "\n".join(page.get_textpage().get_text_range() for page in pdf)

    pages = "\n\n".join(text(path) for path in sorted((SHARED / "pages").glob("*.pdf")))
    line_end_hyphens = str.maketrans("", "", "\x02\ufffe")
    assert shared_runs(all_records(), pages.translate(line_end_hyphens)) == []


def all_records():
    """Every title and body, with the record's name between them so that no run can cross from one to the next."""
    return "\n".join(f"<{path.stem}_> {parse(path)[0]['title']}\n{parse(path)[1]}" for path in RECORDS)


def test_shared_runs_ignores_case_accents_and_punctuation():
    ours = "Zij zeggen: één gezin, één plan, één regisseur en één aanspreekpunt. Goed zo."
    theirs = "een gezin een plan een regisseur en een aanspreekpunt in de wijk"
    assert shared_runs(ours, theirs) == ["een gezin een plan een regisseur en een aanspreekpunt"]
    assert shared_runs(ours, theirs, n=10) == []


def test_shared_runs_gives_every_run_once():
    theirs = "a b c d e f g h | i j k l m n o p"
    assert shared_runs("i j k l m n o p x a b c d e f g h", theirs) == ["i j k l m n o p", "a b c d e f g h"]


def test_shared_runs_refuses_an_empty_run():
    with pytest.raises(ValueError, match="at least 1"):
        shared_runs("a", "a", n=0)


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 4))
def test_shared_runs_finds_a_run_exactly_when_there_is_one(ours, theirs, n):
    def grams(letters):
        return {tuple(letters[i : i + n]) for i in range(len(letters) - n + 1)}

    assert bool(shared_runs(" ".join(ours), " ".join(theirs), n)) == bool(grams(ours) & grams(theirs))
