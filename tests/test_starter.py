"""The collection that ships: every record is well formed, in our own words, and says where it comes from."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.check import check, read
from corpus.overlap import shared_runs

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
STARTER = ROOT / "corpus" / "starter"
RECORDS = sorted(STARTER.glob("*.md"))
each_record = pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)


@cache
def report():
    return check(STARTER)


@cache
def record(path):
    return read(path)


def test_collection_is_large_enough_to_be_useful():
    assert len(RECORDS) >= 25


@each_record
def test_record_keeps_the_rules(path):
    assert [problem.message for problem in report().errors if problem.record == path.stem] == []


def test_collection_as_a_whole_keeps_the_rules():
    assert report().errors == ()


def test_no_record_nearly_repeats_another():
    assert [problem for problem in report().problems if "lijkt sterk" in problem.message] == []


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
    return "\n".join(f"<{path.stem}_> {record(path).front['title']}\n{record(path).body}" for path in RECORDS)


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
