"""What is read of a document, what is inferred and says so, and what stays unknown."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.document import DOCUMENT_KINDS
from ingest import boilerplate, duplicates
from ingest.blocks import Block, Loaded, RawPage, place
from ingest.events import find_event
from ingest.kind import infer_kind
from ingest.metadata import describe
from ingest.publisher import by_host, by_text

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
SEEDS = SHARED / "seeds"
PROSE = (
    "De huisarts en het wijkteam werken in deze buurt al jaren samen aan de zorg voor mensen met geldzorgen, en dat "
    "gaat steeds beter omdat zij elkaar kennen en elkaar weten te vinden."
)


def heading(text, level=1, **attrs):
    return Block("heading", text, level=level, attrs=attrs)


def paragraph(text, **kwargs):
    return Block("paragraph", text, **kwargs)


def describe_(*blocks, url=None, inferred=(), **meta):
    loaded = Loaded(tuple(blocks), meta, inferred)
    return describe(loaded, RawPage(url or "file.txt", b"", "text/plain", url=url), place(loaded.blocks)[0])


@pytest.fixture(scope="module")
def seeds():
    if not SEEDS.is_dir():
        pytest.skip("needs the five seed documents in ../shared/seeds")
    from ingest import text

    found = []
    for path in sorted(SEEDS.glob("*.txt")):
        page = RawPage(str(path), path.read_bytes(), "text/plain")
        loaded = text.load(page)
        loaded = replace(loaded, blocks=duplicates.fold(boilerplate.mark(loaded.blocks)))
        found.append(describe(loaded, page, place(loaded.blocks)[0]))
    return found


def test_seed_announcement_knows_nothing_of_title_date_place_and_publisher(seeds):
    found = seeds[0]
    assert found.kind == "aankondiging"
    nothing = (found.title, found.subtitle, found.date, found.event_date, found.event_place, found.publisher)
    assert (nothing, found.authors) == ((None,) * 6, ())
    assert set(found.doelgroep) == {"jeugd", "volwassenen", "ouderen"}
    assert found.gemeenten == ("Leeuwarden",)


def test_seed_tips(seeds):
    found = seeds[1]
    assert (found.kind, found.title) == ("tiplijst", "Tien tips voor samenwerking eerste lijn en sociale wijkteams")
    assert (found.event_date, found.event_place) == ("--10-04", "Utrecht")
    assert (found.date, found.date_precision, found.authors, found.publisher) == (None, None, (), None)
    assert set(found.gemeenten) == {"Utrecht", "Amsterdam", "Oss"}
    assert {"Drenthe", "Noord-Nederland", "Vlaanderen"} == set(found.regio)
    assert "wijkteams" in found.themas and "POH-jeugd" in found.themas


def test_seed_programme(seeds):
    found = seeds[2]
    assert (found.kind, found.title) == ("congresprogramma", "Programma kennisdag 20 september 2018")
    assert (found.event_date, found.date, found.subtitle) == ("2018-09-20", None, None)
    assert set(found.gemeenten) == {"Amsterdam", "Den Haag", "Nieuwegein", "Houten"}
    assert found.themas[0] == "Welzijn op Recept"
    assert found.authors == ()


def test_seed_news(seeds):
    found = seeds[3]
    assert (found.kind, found.title) == ("nieuwsbericht", "Samenwerking sociaal en medisch domein: hoe kan het wél?")
    assert found.subtitle == "Agora werkt mee aan verkenning VWS naar samenwerkingsverbanden"
    assert (found.date, found.date_precision) == ("2024-05-06", "day")
    assert (found.event_date, found.extra["event"]) == ("2024-06-26", "Connecting Communities")
    assert found.publisher == "Agora" and {"publisher", "event_date"} <= set(found.inferred)
    assert "date" not in found.inferred
    assert found.authors == (), "the authors of a report that is linked to are not the page's authors"
    assert found.gemeenten == ("Stichtse Vecht", "Maarssen")


def test_seed_policy_page(seeds):
    found = seeds[4]
    assert (found.kind, found.title) == ("beleidspagina", "Samenwerken voor goede zorg en ondersteuning in de wijk")
    assert (found.publisher, found.date, found.event_date, found.subtitle) == ("InEen", None, None, None)
    assert "publisher" in found.inferred


def test_all_seeds_are_dutch_and_say_what_was_guessed(seeds):
    for found in seeds:
        assert found.kind in DOCUMENT_KINDS
        assert found.language == "nl"
        assert {"kind", "language", "themas"} <= set(found.inferred)
        assert not {"title", "subtitle", "event_place"} & set(found.inferred)


def test_what_the_source_states_wins_and_is_not_inferred():
    found = describe_(
        heading("Tien tips over eenzaamheid in Utrecht"),
        paragraph("6 mei 2024"),
        paragraph(PROSE),
        title="Iets anders",
        date="2019-02-03T10:00:00+01:00",
        kind="factsheet",
        publisher="Nivel",
        language="en-GB",
        authors="A. Schrijver",
        themas=["borging"],
        gemeenten="Assen",
        licence="CC0",
        evidence="geëvalueerd",
        source_id=12,
    )
    assert (found.title, found.date, found.kind, found.publisher) == ("Iets anders", "2019-02-03", "factsheet", "Nivel")
    assert (found.language, found.authors, found.themas, found.gemeenten) == (
        "en",
        ("A. Schrijver",),
        ("borging",),
        ("Assen",),
    )
    assert (found.licence, found.evidence, found.source_id) == ("CC0", "geëvalueerd", "12")
    assert set(found.inferred) <= {"beroepen", "doelgroep"}


@pytest.mark.parametrize(
    ("meta", "date", "precision", "extra"),
    [
        ({"year": 2018}, "2018", "year", {}),
        ({"year": "2018", "date": "2018-03"}, "2018-03", "month", {}),
        ({"date": "6 mei 2024"}, "2024-05-06", "day", {}),
        ({"date": "--10-04"}, "--10-04", "month-day", {}),
        ({"date": "ergens vorig jaar"}, None, None, {"date": "ergens vorig jaar"}),
        ({"date": "onbekend", "year": 2017}, "2017", "year", {}),
        ({"date": None, "year": ""}, None, None, {}),
    ],
)
def test_stated_dates(meta, date, precision, extra):
    found = describe_(paragraph(PROSE), **meta)
    assert (found.date, found.date_precision, found.extra) == (date, precision, extra)


def test_unknown_fields_go_to_extra():
    found = describe_(paragraph(PROSE), extra={"a": 1}, related=["b"], onbekend="c")
    assert found.extra == {"a": 1, "related": ["b"], "onbekend": "c"}


def test_what_the_loader_inferred_stays_inferred():
    assert "publisher" in describe_(paragraph(PROSE), publisher="Nivel", inferred=("publisher",)).inferred


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("Akkoord (AZWA) | Rapport | Rijksoverheid.nl", "https://www.rijksoverheid.nl/x", "Akkoord (AZWA)"),
        ("Akkoord - Rapport - Rijksoverheid.nl", "https://www.rijksoverheid.nl/x", "Akkoord"),
        ("Mantelzorg in de wijk - Movisie", "https://www.movisie.nl/x", "Mantelzorg in de wijk"),
        ("Mantelzorg in de wijk – Gemeente Assen", None, "Mantelzorg in de wijk – Gemeente Assen"),
        ("Samenwerking – Een verkenning", "https://www.movisie.nl/x", "Samenwerking – Een verkenning"),
        ("Zorg- en welzijnspartijen", None, "Zorg- en welzijnspartijen"),
    ],
)
def test_title_without_the_name_of_the_site(title, url, expected):
    assert describe_(paragraph(PROSE), title=title, url=url).title == expected


def test_printed_heading_goes_before_a_guessed_title():
    blocks = (heading("Samen sterk in Zaanstad"), heading("Aanleiding", 2), paragraph(PROSE))
    found = describe_(*blocks, title="samen_sterk_def", inferred=("title",))
    assert found.title == "Samen sterk in Zaanstad" and "title" not in found.inferred


@pytest.mark.parametrize("blocks", [[heading("Waarom?"), heading("Workshops")], [heading("Inleiding")], []])
def test_no_title_is_made_up(blocks):
    assert describe_(*blocks, paragraph(PROSE)).title is None


def test_printed_date_goes_before_a_guessed_one():
    found = describe_(
        heading("Een akkoord voor de wijk"), paragraph("Augustus 2025"), date="2025-09-05", inferred=("date",)
    )
    assert (found.date, found.date_precision) == ("2025-08", "month")
    assert "date" not in found.inferred


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("6 mei 2024", "2024-05-06"),
        ("Gepubliceerd op: 6 mei 2024", "2024-05-06"),
        ("Nieuws | 6 mei 2024 | leestijd: 3 minuten", "2024-05-06"),
        ("maandag 6 mei 2024, 10:30 uur", "2024-05-06"),
        ("Den Haag, 8 september 2025", "2025-09-08"),
        ("Datum 8 september 2025", "2025-09-08"),
        ("4 oktober", None),
        ("Het congres van 6 mei 2024 trok veel bezoekers", None),
        ("In 2020 verscheen de handreiking", None),
    ],
)
def test_date_line(line, date):
    assert describe_(heading("Een bericht uit de wijk"), paragraph(line), paragraph(PROSE)).date == date


def test_date_far_down_or_in_a_comment_is_not_the_date_of_publication():
    far = [paragraph(PROSE)] * 15
    assert describe_(*far, paragraph("6 mei 2024")).date is None
    assert describe_(paragraph("6 mei 2024", attrs={"comment": "1"}), paragraph(PROSE)).date is None
    assert describe_(paragraph("6 mei 2024", dropped="teaser"), paragraph(PROSE)).date is None


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Door Marieke van den Berg", ("Marieke van den Berg",)),
        ("Auteurs: J. Jansen, Piet de Vries en Els Bos", ("J. Jansen", "Piet de Vries", "Els Bos")),
        ("Tekst: Anne Bakker | Foto: Jan Smit", ("Anne Bakker",)),
        ("Door Stef Jansen en Sander Bos van Q healthcare, Radboud UMC.", ()),
        ("Door samen te werken lukt het wel", ()),
        ("Marieke van den Berg is huisarts.", ()),
    ],
)
def test_byline(line, authors):
    assert describe_(heading("Een bericht uit de wijk"), paragraph(line), paragraph(PROSE)).authors == authors


def test_language():
    english = (
        "The practitioner and the social team of this part of town have worked together very well for many years. "
        "They know each other by name."
    )
    assert describe_(paragraph(english)).language == "en"
    assert describe_(paragraph(PROSE), language="Nederlands").language == "nl", "no code: the text decides"
    assert describe_(paragraph("Te kort.")).language is None


@pytest.mark.parametrize(
    ("sentence", "published", "expected"),
    [
        ("Dat vond op 4 oktober plaats in Utrecht.", None, ("--10-04", "Utrecht", False)),
        ("Dat vond op 4 oktober plaats in Utrecht.", "2018-10-09", ("2018-10-04", "Utrecht", True)),
        ("Dat vond op 4 oktober plaats in Utrecht.", "2018-02-01", ("2017-10-04", "Utrecht", True)),
        ("Daartoe organiseren wij op 26 juni een congres.", "2024-05-06", ("2024-06-26", None, True)),
        ("Daartoe organiseren wij op 26 januari een congres.", "2024-05-06", ("2025-01-26", None, True)),
        ("Het symposium is op 3 maart 2020 in Houten.", "2020-01-01", ("2020-03-03", "Houten", False)),
        ("Datum: donderdag 3 maart 2020", None, ("2020-03-03", None, False)),
    ],
)
def test_event(sentence, published, expected):
    found = find_event(None, [paragraph(sentence)], published)
    assert (found.date, found.place, found.year_guessed) == expected


def test_a_day_that_the_guessed_year_does_not_have_stays_without_a_year():
    (found,) = {find_event(None, [paragraph("Wij organiseren op 29 februari een congres.")], "2024-05-06")}
    assert (found.date, found.year_guessed) == ("--02-29", False)


def test_event_with_labels():
    found = find_event(None, [paragraph("Wanneer: 3 maart 2020"), paragraph("Locatie: De Eenhoorn, Amersfoort")], None)
    assert (found.date, found.place) == ("2020-03-03", "De Eenhoorn, Amersfoort")


@pytest.mark.parametrize(
    "sentences",
    [
        ["De pilot liep van 3 maart 2020 tot 4 april 2021."],
        ["Op 3 maart was er een bijeenkomst in Assen.", "Het congres van 4 april trok meer mensen."],
        [PROSE],
        # In a report of some length a congress is something in passing.
        ["Het congres vond op 3 maart 2020 plaats.", "woord " * 3000],
    ],
)
def test_no_event(sentences):
    assert find_event(None, [paragraph(s) for s in sentences], None) is None


@pytest.mark.parametrize(
    ("url", "title", "kind"),
    [
        ("https://x.nl/documenten/kamerstukken/2025/09/08/y", "Aanbieding akkoord", "beleidspagina"),
        ("https://x.nl/documenten/rapporten/2025/y", "Het akkoord", "rapport"),
        ("https://x.nl/nieuws/handreiking-verschenen", "Handreiking verschenen", "nieuwsbericht"),
        (
            "https://interventies.loketgezondleven.nl/leefstijlinterventies/x",
            "Stevig Ouderschap",
            "databank-interventie",
        ),
        (None, "Handreiking samenwerking huisarts en wijkteam", "handreiking"),
        (None, "Evaluatie pilot jeugdconsulent", "rapport"),
        (None, "Factsheet eenzaamheid", "factsheet"),
        (None, "Programma congres 4 oktober", "congresprogramma"),
        (None, "Save the date: congres wijkteams", "aankondiging"),
        (None, "Vijf tips voor de wijk", "tiplijst"),
        (None, "Gezondheidsbeleid", "beleidspagina"),
        (None, "De huisarts en de wijk", "artikel"),
        (None, None, "artikel"),
    ],
)
def test_kind_by_address_and_title(url, title, kind):
    assert infer_kind(url, title, [], dated=False) == kind


def test_kind_by_shape():
    tips = [Block("list_item", f"Tip {n}: doe iets") for n in range(3)]
    rounds = [heading("Ronde 1 (11.30 - 12.30 uur)", 2), heading("Ronde 2 (14.00 - 15.00 uur)", 2)]
    record = [heading(word, 2) for word in ("Doel", "Aanpak", "Materiaal", "Erkenning")]
    assert infer_kind(None, "In de wijk", tips, dated=False) == "tiplijst"
    assert infer_kind(None, "In de wijk", rounds, dated=False) == "congresprogramma"
    assert infer_kind(None, "In de wijk", record, dated=False) == "databank-interventie"
    assert infer_kind(None, "In de wijk", [paragraph(PROSE, page=30)], dated=False) == "rapport"
    assert infer_kind(None, "In de wijk", [paragraph(PROSE)], dated=True) == "nieuwsbericht"
    assert infer_kind(None, "In de wijk", [heading("Beleid in de wijk", 2)], dated=False) == "beleidspagina"


def test_publisher_by_host():
    assert by_host("https://www.movisie.nl/artikel/x") == "Movisie"
    assert by_host("https://www.aaenhunze.nl/") == "Gemeente Aa en Hunze"
    assert by_host("https://gemeentebest.nl/") == "Gemeente Best"
    assert by_host("https://best.nl/") is None
    assert by_host("https://docplayer.nl/1234") is None
    assert by_host(None) is None


def test_publisher_by_text_needs_one_who_speaks():
    assert (
        by_text("Movisie start een project. Leden van het team van Movisie helpen. Movisie vraagt om reacties.")
        == "Movisie"
    )
    assert by_text("Movisie en Vilans, Movisie en Vilans, Movisie en Vilans is het beeld.") is None
    assert by_text("Volgens Movisie kan het. Maar zonder Movisie ook. Of met Movisie.") is None
    assert by_text("Movisie start een project.") is None


def test_report_about_an_organisation_is_not_published_by_it():
    text = "Movisie start een project. Movisie vraagt om reacties. Movisie heeft plannen."
    assert describe_(heading("Evaluatie van een project"), paragraph(text)).publisher is None
    assert describe_(heading("Een project in de wijk"), paragraph(text)).publisher == "Movisie"


@pytest.mark.parametrize(
    ("title", "line", "expected"),
    [
        (
            "Programma symposium",
            "Donderdag 9 november 2023, 13.00 – 17.00 uur | De Schouw, Nijkerk",
            "De Schouw, Nijkerk",
        ),
        ("Congres Samen", "12 maart 2020 - De Specht, Soest", "De Specht, Soest"),
        ("Programma symposium", "9 november 2023", None),
    ],
)
def test_event_of_the_line_below_the_title(title, line, expected):
    found = find_event(title, [paragraph(line)], None)
    assert found is not None and found.place == expected


def test_a_bare_date_below_a_report_is_not_that_of_the_meeting():
    assert find_event("Terugblik op het congres", [paragraph("21 juni 2023")], None) is None


def test_the_next_meeting_is_not_the_one_that_is_reported():
    told = "Op 1 november kwamen negentig mensen naar Zeist.", "Volgend jaar is de netwerkdag op 31 oktober."
    found = find_event("Verslag netwerkdag", [paragraph(text) for text in told], "2018-11-08")
    assert (found.date, found.place) == ("2018-11-01", "Zeist")


def test_place_and_date_before_the_first_sentence():
    line = "Ede, 22 juni 2021 - Zesentwintig huisartsen en de gemeente hebben een convenant getekend. Het geldt lang."
    found = describe_(heading("Huisartsen tekenen voor vijf jaar"), paragraph(line))
    assert (found.date, found.kind) == ("2021-06-22", "nieuwsbericht")


def test_the_day_of_a_meeting_is_no_date_of_publication():
    found = describe_(heading("Programma netwerkdag"), paragraph("Datum: dinsdag 3 oktober 2017"))
    assert (found.date, found.event_date) == (None, "2017-10-03")


def test_authors_have_no_titles():
    found = describe_(heading("Een bericht uit de wijk"), paragraph("Auteurs: drs. A.B. ten Kate en dr. Els Bos"))
    assert found.authors == ("A.B. ten Kate", "Els Bos")


def test_kind_of_a_timetable():
    timed = [paragraph(f"{hour}.00 - {hour}.30 uur Spreker {hour}") for hour in (10, 11, 12)]
    assert infer_kind(None, "Regiodag gezonde wijk", timed, dated=False) == "congresprogramma"
    assert infer_kind(None, "Verslag regiodag", timed, dated=False) != "congresprogramma"
