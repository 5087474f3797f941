"""The catalogue of sources that ships, and the validator that watches over it."""

import tomllib
from pathlib import Path

import pytest

from corpus.catalogue import problems

CATALOGUE = Path(__file__).resolve().parents[1] / "corpus" / "sources.toml"
GOOD = """
[[source]]
url = "https://voorbeeld.nl/a?b=1"
title = "Een goede bron"
publisher = "Uitgever"
year = 2024
kind = "rapport"
doelgroep = ["jeugd"]
themas = ["wijkteams"]
gemeenten = ["Utrecht"]
regio = ["Twente"]
licence = "CC0-1.0"
mirror = true
"""


@pytest.fixture
def faults(tmp_path):
    """The faults in a catalogue with this text."""
    path = tmp_path / "sources.toml"

    def check(text):
        path.write_text(text, "utf-8")
        return problems(path)

    return check


def test_the_catalogue_that_ships_has_no_problems():
    assert problems(CATALOGUE) == []


def test_the_catalogue_that_ships_is_large_and_in_order():
    entries = tomllib.loads(CATALOGUE.read_text("utf-8"))["source"]
    keys = [(entry["publisher"].casefold(), entry["title"].casefold()) for entry in entries]
    assert len(entries) >= 394 and keys == sorted(keys)
    assert all("themas" not in entry or entry["themas"] for entry in entries)


def test_a_good_catalogue_has_no_problems(faults):
    assert faults(GOOD) == []
    assert faults('[[source]]\nurl = "http://a.nl"\ntitle = "T"\npublisher = "P"\n') == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Een goede bron"\n', "", "https://voorbeeld.nl/a?b=1: has no title"),
        ('url = "https://voorbeeld.nl/a?b=1"\n', "", "Een goede bron: has no url"),
        ('publisher = "Uitgever"', 'publisher = " "', "Een goede bron: has no publisher"),
        ("https://voorbeeld.nl/a?b=1", "voorbeeld.nl/a", "Een goede bron: url 'voorbeeld.nl/a' is no http(s)"),
        ("https://voorbeeld.nl/a?b=1", "ftp://voorbeeld.nl", "is no http(s) address"),
        ("https://voorbeeld.nl/a?b=1", "https://", "is no http(s) address"),
        ("https://voorbeeld.nl/a?b=1", "https://a b.nl", "is no http(s) address"),
        ("https://voorbeeld.nl/a?b=1", "https://[1", "is no http(s) address"),
        ('kind = "rapport"', 'kind = "roman"', "Een goede bron: kind 'roman' is unknown"),
        ("year = 2024", "year = 1024", "Een goede bron: year 1024 is not"),
        ("year = 2024", "year = 1949", "year 1949 is not"),
        ("year = 2024", "year = 3024", "year 3024 is not"),
        ("year = 2024", 'year = "2024"', "year '2024' is not"),
        ("year = 2024", "year = true", "year True is not"),
        ('"wijkteams"', '"wijkteam"', "Een goede bron: themas has 'wijkteam', which is not in corpus/taxonomy.toml"),
        ('"jeugd"', '"iedereen"', "doelgroep has 'iedereen'"),
        ('"Utrecht"', '"Vleuten"', "gemeenten has 'Vleuten', which is not in corpus/gemeenten.csv"),
        ('"Twente"', '"De Maan"', "regio has 'De Maan'"),
        ('themas = ["wijkteams"]', 'themas = "wijkteams"', "themas must be a list"),
        ('themas = ["wijkteams"]', 'thema = ["wijkteams"]', "field 'thema' is unknown"),
        ("mirror = true", 'mirror = "ja"', "mirror is true or false"),
    ],
)
def test_each_kind_of_fault_is_found_and_names_its_entry(faults, old, new, message):
    assert old in GOOD
    found = faults(GOOD.replace(old, new))
    assert len(found) == 1 and message in found[0]


def test_an_address_that_stands_there_twice_is_found(faults):
    again = GOOD.replace("Een goede bron", "Dezelfde bron").replace("?b=1", "?b=1#deel")
    (fault,) = faults(GOOD + again)
    assert fault.startswith("Dezelfde bron: ") and "'Een goede bron'" in fault


def test_an_entry_without_a_name_is_given_by_its_number(faults):
    assert any(fault.startswith("[[source]] number 2: has no url") for fault in faults(GOOD + "\n[[source]]\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no [[source]] entries"), ("[[source]\n", "not a readable"), ('source = "x"', "must be a list")],
)
def test_a_file_that_is_no_catalogue_is_one_problem(faults, text, message):
    (fault,) = faults(text)
    assert message in fault


def test_a_file_that_is_not_there_is_one_problem(tmp_path):
    (fault,) = problems(tmp_path / "weg.toml")
    assert "weg.toml" in fault and "not a readable" in fault
