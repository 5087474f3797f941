"""The check of the collection: each fault gives its message, a good record gives none, and a template is a start."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.check import KINDS, check
from corpus.coverage import coverage
from corpus.errors import UsageError
from corpus.readability import flesch_douma, syllables
from corpus.template import template

FRONT = """\
id = "een-record"
kind = "tip"
title = "Bel elkaar"
doelgroep = ["jeugd"]
themas = ["wijkteams"]
beroepen = ["huisarts"]
gemeenten = ["Utrecht"]
evidence = "tip"
year = 2024

[bron]
title = "Tien tips"
url = "https://example.org/tips"
read = "2026-01-31"
"""
BODY = (
    "De huisarts belt het team in de wijk. "
    + " ".join(f"Op dag {day} spreken zij over een vraag van iemand." for day in range(1, 8))
    + "\n\n## Wat\n- Zij bellen elkaar. Dat kost weinig tijd en helpt veel.\n"
)


@pytest.fixture
def collection(tmp_path):
    def write(front=FRONT, body=BODY, name="een-record"):
        (tmp_path / f"{name}.md").write_text(f"+++\n{front}+++\n\n{body}", "utf-8")
        return tmp_path

    return write


def messages(folder, severity="error"):
    return [problem.message for problem in check(folder).problems if problem.severity == severity]


def test_a_good_record_has_no_problems(collection):
    report = check(collection())
    assert report.problems == report.errors == ()
    assert report.records == ("een-record",)
    assert report.median_level == report.levels["een-record"] > 60


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "een-record"', 'id = "ander"', "moet de bestandsnaam zijn"),
        ('kind = "tip"', 'kind = "mening"', "kind is 'mening'; kies uit rapport"),
        ('title = "Bel elkaar"', 'title = ""', "title ontbreekt"),
        ('title = "Bel elkaar"', "title = 3", "title moet tekst zijn"),
        ('themas = ["wijkteams"]', "", "themas ontbreekt"),
        ('themas = ["wijkteams"]', 'themas = ["wijkteam"]', "themas: wijkteam staat niet in corpus/taxonomy.toml"),
        ('themas = ["wijkteams"]', 'themas = "wijkteams"', "themas moet een lijst"),
        ('doelgroep = ["jeugd"]', "", r"doelgroep ontbreekt; schrijf \[\]"),
        ('["huisarts"]', '["tovenaar"]', "beroepen: tovenaar staat niet"),
        ('["Utrecht"]', '["Luilekkerland"]', "Luilekkerland staat niet in corpus/gemeenten.csv"),
        ("year = 2024", 'year = "2024"', "year moet een jaartal"),
        ("year = 2024", "jaar = 2024", "'jaar' is geen veld van een record"),
        ('evidence = "tip"', 'evidence = "bewezen"', "evidence is 'bewezen'"),
        ('evidence = "tip"', 'evidence_register = "NJi"', "evidence_register hoort alleen"),
        ('evidence = "tip"', 'related = ["weg"]', "related verwijst naar 'weg', dat niet bestaat"),
        ('evidence = "tip"', 'related = ["een-record"]', "naar het record zelf"),
        ("[bron]", "[herkomst]", "de bron ontbreekt"),
        ('title = "Tien tips"', "", "bron: title ontbreekt"),
        ('read = "2026-01-31"', "", "bron: read ontbreekt"),
        ('read = "2026-01-31"', 'read = "31 januari"', "read moet een datum zijn"),
        ('read = "2026-01-31"', 'read = "2026-01-31"\nread_part = "half"', "read_part is begin of deel"),
        ("https://", "", "is geen webadres"),
        ("url =", "adres =", "'adres' is geen veld; de velden zijn title"),
        ("year = 2024", "year = 2024 # TODO", "'TODO' hoort niet in een record"),
        ("year = 2024", "year = ", "geen geldige TOML"),
    ],
)
def test_each_fault_in_the_front_matter(collection, old, new, message):
    assert old in FRONT
    found = messages(collection(FRONT.replace(old, new)))
    assert len(found) <= 2 and any(re.search(message, text) for text in found), found


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Kort.", "telt 1 woorden; maak er 50 tot 250 van"),
        (BODY * 4, "maak er 50 tot 250 van"),
        ("## Wat\n" + BODY, "begint met een kopje"),
        (BODY.replace("## Wat", "## Inleiding"), "kopje 'Inleiding' mag niet"),
        (BODY + "<!-- Wat is het? -->", "vragen van het sjabloon"),
        (BODY + "Lorem ipsum.", "'Lorem ipsum' hoort niet"),
        (BODY + "Zie ../map/bron.txt", "'../map/bron.txt' hoort niet"),
        (BODY + "Zie (/home/ik/bron.txt", "'/home/ik/bron.txt' hoort niet"),
    ],
)
def test_each_fault_in_the_text(collection, body, message):
    assert any(message in text for text in messages(collection(body=body)))


def test_a_file_that_is_no_record_does_not_stop_the_check(collection):
    folder = collection()
    (folder / "kapot.md").write_bytes(b"\xff\xfe")
    (folder / "kaal.md").write_text("Alleen tekst.", "utf-8")
    (folder / "erboven.md").write_text(f"Tekst\n+++\n{FRONT}+++\n{BODY}", "utf-8")
    report = check(folder)
    assert [problem.record for problem in report.errors] == ["erboven", "kaal", "kapot"]
    assert all("+++" in problem.message for problem in report.errors)
    assert len(report.records) == 4


def second(front=FRONT):
    return front.replace("een-record", "twee").replace("Bel elkaar", "Iets anders")


def test_a_copy_is_an_error_and_a_near_copy_a_warning(collection):
    collection()
    (problem,) = check(collection(second(), BODY, "twee")).problems
    assert (problem.severity, problem.record) == (
        "error",
        "twee",
    ) and "dezelfde tekst als een-record" in problem.message
    (problem,) = check(collection(second(), BODY.replace("weinig", "bijna geen"), "twee")).problems
    assert (problem.severity, problem.record) == ("warning", "twee") and "lijkt sterk op een-record" in problem.message


def test_a_record_inside_a_longer_one_is_a_near_copy(collection):
    other = " ".join(f"Woord{number} is hier nieuw." for number in range(40))
    collection()
    assert any("lijkt sterk" in text for text in messages(collection(second(), BODY + other, "twee"), "warning"))
    assert messages(collection(second(), other, "twee"), "warning") == []


def test_two_records_with_one_title(collection):
    collection()
    other = " ".join(f"Woord{number} is hier nieuw." for number in range(20))
    folder = collection(FRONT.replace("een-record", "twee").replace("Bel", "bel"), other, "twee")
    assert messages(folder) == ["heeft dezelfde titel als een-record; geef elk record een eigen titel"]


def test_hard_text_is_reported_and_pulls_the_collection_down(collection):
    hard = (
        "Domeinoverstijgende samenwerkingsverbanden organiseren multidisciplinaire ondersteuningsarrangementen. " * 10
    )
    report = check(collection(body=hard))
    assert [(problem.severity, problem.record) for problem in report.problems] == [
        ("error", ""),
        ("warning", "een-record"),
    ]
    assert "leest moeilijk" in report.problems[1].message and "middelste leesbaarheid" in report.problems[0].message


def test_an_empty_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="geen records"):
        check(tmp_path)


# --- coverage ---------------------------------------------------------------------------------------------------------


def test_coverage_counts_and_shows_empty_cells():
    fronts = [
        {"themas": ["wijkteams", "verwijzen"], "beroepen": ["huisarts"]},
        {"themas": ["wijkteams"], "beroepen": ["huisarts", "onbekend"]},
        {"themas": "wijkteams"},
    ]
    found = coverage(fronts)
    assert found.counts == {("wijkteams", "huisarts"): 2, ("verwijzen", "huisarts"): 1}
    assert len(found.empty) == len(found.themas) * len(found.beroepen) - 2
    assert ("verwijzen", "apotheker") in found.empty
    table = found.table().splitlines()
    row = next(line for line in table if line.startswith("wijkteams"))
    assert row.split()[1:] == ["2" if beroep == "huisarts" else "·" for beroep in found.beroepen]
    assert table[-1].startswith("2 van ")
    assert len({len(line) for line in table if line.endswith("·")}) == 1


# --- reading level ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("wijk", 1),
        ("huisarts", 2),
        ("wijkteam", 3),
        ("geëvalueerd", 5),
        ("ideeën", 3),
        ("sociaal", 3),
        ("bureau", 2),
        ("nieuwe", 2),
        ("eeuw", 1),
        ("draaien", 2),
        ("praktijkondersteuner", 6),
        ("GGZ", 1),
        ("2024", 1),
    ],
)
def test_syllables(word, count):
    assert syllables(word) == count


def test_reading_level_follows_the_formula():
    # Four words of one syllable, one sentence: 206.84 - 77 - 0.93 * 4.
    assert flesch_douma("De huid is dik.") == pytest.approx(206.84 - 77 - 3.72)
    # Ten words and fourteen syllables in two sentences.
    text = "De huisarts belt het team. Zij spreken over een vraag."
    assert flesch_douma(text) == pytest.approx(206.84 - 0.77 * 140 - 0.93 * 5)


def test_reading_level_needs_words():
    with pytest.raises(ValueError, match="without words"):
        flesch_douma(" … ")


@given(st.text(alphabet="abei ëij.\n", min_size=1, max_size=60))
def test_reading_level_is_a_number_for_any_text(text):
    if any(char.isalnum() for char in text):
        assert flesch_douma(text) < 206.84


# --- template ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_read_and_what_is_missing_is_named(tmp_path, kind):
    (tmp_path / "nieuw-record.md").write_text(template("nieuw-record", kind), "utf-8")
    found = " ".join(messages(tmp_path))
    assert all(word in found for word in ("title", "themas", "bron: title", "bron: read", "woorden", "sjabloon"))
    assert "geldige TOML" not in found and "geen veld" not in found and "kind is" not in found


def test_a_template_that_is_filled_in_is_a_good_record(tmp_path):
    front, _, _ = template("nieuw-record", "tip").partition("\n<!--")
    front = front.replace('title = ""', 'title = "Bel elkaar"').replace('read = ""', 'read = "2026-01-31"')
    (tmp_path / "nieuw-record.md").write_text(front.replace("themas = []", 'themas = ["wijkteams"]') + BODY, "utf-8")
    assert check(tmp_path).problems == ()


@pytest.mark.parametrize(
    ("slug", "kind"), [("Met Hoofdletters", "tip"), ("../weg", "tip"), ("", "tip"), ("goed", "blog")]
)
def test_a_template_refuses_what_cannot_be(slug, kind):
    with pytest.raises(UsageError, match="gebruik kleine letters|kies uit"):
        template(slug, kind)
