"""Programmes, announcements, biographies and figures in other layouts than the founding documents have."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import boilerplate, duplicates, items, quantities, schedule, text
from ingest.blocks import Block, RawPage, place
from ingest.people import persons

PAGES = Path(__file__).parent / "fixtures" / "text"


def recognise(blocks):
    blocks = duplicates.fold(boilerplate.mark(tuple(blocks)))
    whole, placed = place(blocks)
    found = items.recognise("doc", whole, placed, tuple(b for b in blocks if b.dropped))
    assert all(whole[i.char_start : i.char_end] == i.text for i in found.items)
    return found


def page(name):
    return recognise(text.load(RawPage(name, (PAGES / name).read_bytes(), "text/plain")).blocks)


def heading(content, level=2):
    return Block("heading", content, level)


def paragraph(content, **attrs):
    return Block("paragraph", content, attrs=attrs)


def item(content, number="•"):
    return Block("list_item", content, 1, number=number)


def table(*rows):
    return Block("table", "\n".join("\t".join(row) for row in rows), cells=rows)


def names(found):
    return [(s.name, s.role, s.organisation) for s in found.speakers]


def grid(found):
    return [(i.kind, i.round, i.start, i.end, i.title) for i in found.items]


# --- timetables -----------------------------------------------------------------------------------------------------


def test_timetable_with_parallel_rounds():
    found = page("programma_tijden.txt")
    assert grid(found) == [
        ("plenair", None, "09:30", "09:45", "Opening door dagvoorzitter Anna van der Voorbeeld"),
        ("plenair", None, "09:45", "10:30", "Keynote: De wijk als spreekkamer"),
        ("sessie", 1, "11:00", "12:00", "Schulden in de spreekkamer"),
        ("sessie", 1, "11:00", "12:00", "Eenzaamheid bij ouderen"),
        ("sessie", 1, "11:00", "12:00", "Jeugd en school"),
        ("sessie", 2, "13:00", "14:00", "Schulden in de spreekkamer (herhaling)"),
        ("sessie", 2, "13:00", "14:00", "Wonen met een psychische kwetsbaarheid"),
        ("debat", None, "14:15", "15:00", "Plenair debat onder leiding van Sjaak Specimen"),
    ]
    opening, keynote, debts, lonely, youth, again, living, debate = found.items
    assert names(opening) == [("Anna van der Voorbeeld", "dagvoorzitter", None)]
    assert names(keynote) == [("Jan Modaal", "hoogleraar eerstelijnsgeneeskunde", "Universiteit van Voorbeeldstad")]
    assert names(debts) == [("Karin de Proef", "schuldhulpmaat", None), ("Bea ten Test", "huisarts", None)]
    assert [i.tba for i in found.items] == [False, False, False, True, False, False, True, False]
    assert [i.cancelled for i in found.items] == [False, False, False, False, True, False, False, False]
    assert again.same_session_as == debts.id and lonely.same_session_as is None
    assert (youth.fields["sessie"], living.fields["sessie"]) == ("C", "D")
    assert names(debate) == [("Sjaak Specimen", None, None)]


def test_times_on_a_line_of_their_own():
    found = page("programma_tijd_los.txt")
    assert grid(found) == [
        ("plenair", None, "10:15", "10:40", "Welkom door wethouder Mieke van den Proef"),
        ("sessie", None, "10:40", "11:30", "Wat de wijk zelf al doet"),
        ("flitspresentatie", None, "13:00", "13:20", "Flitspresentatie: de beweegmakelaar"),
        ("plenair", None, "13:20", "14:00", "Plenaire afsluiting"),
    ]
    assert names(found.items[0]) == [("Mieke van den Proef", "wethouder", None)]
    assert names(found.items[2]) == [("Kees van der Test", None, "Sportservice Voorbeeld")]


def test_workshops_that_are_listed_first_and_described_below():
    found = page("programma_workshops.txt")
    assert [(i.title, i.fields["sessie"], i.tba) for i in found.items] == [
        ("Mantelzorg herkennen", "1", False),
        ("De praktijkondersteuner als verbinder", "2", False),
        ("Wonen en zorg", "3", True),
    ]
    assert names(found.items[0]) == [("Anna van der Voorbeeld", "Adviseur mantelzorg", "Steunpunt Voorbeeld")]
    assert names(found.items[1]) == [("Jan Modaal", "POH-ouderen", None)]


def test_table_with_named_columns():
    found = recognise(
        [
            heading("Programma regiodag", 1),
            table(
                ("Tijd", "Zaal", "Sessie", "Spreker"),
                ("09.30 - 10.00", "Foyer", "Inloop", ""),
                ("10.00 - 10.45", "Grote zaal", "Plenaire opening", "Anna van der Voorbeeld, wethouder"),
                ("11.00 - 12.00", "1", "Samen met de huisarts", "Jan Modaal (huisarts) en Karin de Proef"),
                ("", "2", "Vervallen: Jeugd in de wijk", "Bea ten Test"),
                ("", "3", "Schulden", "n.n.b."),
                ("12.00", "", "Lunch", ""),
            ),
        ]
    )
    assert grid(found) == [
        ("plenair", None, "10:00", "10:45", "Plenaire opening"),
        ("sessie", None, "11:00", "12:00", "Samen met de huisarts"),
        ("sessie", None, "11:00", "12:00", "Jeugd in de wijk"),
        ("sessie", None, "11:00", "12:00", "Schulden"),
    ]
    assert names(found.items[1]) == [("Jan Modaal", "huisarts", None), ("Karin de Proef", None, None)]
    assert [i.fields.get("zaal") for i in found.items] == ["Grote zaal", "1", "2", "3"]
    assert found.items[2].cancelled and found.items[3].tba


def test_table_with_a_column_for_each_room():
    found = recognise(
        [
            heading("Symposium", 1),
            table(
                ("Tijd", "Zaal 1", "Zaal 2"),
                ("10.00 - 11.00", "Eenzaamheid", "Welzijn op recept"),
                ("11.00", "Pauze", "Pauze"),
            ),
        ]
    )
    assert [(i.title, i.text, i.fields["zaal"]) for i in found.items] == [
        ("Eenzaamheid", "Eenzaamheid", "Zaal 1"),
        ("Welzijn op recept", "Welzijn op recept", "Zaal 2"),
    ]


def test_table_without_a_header():
    rows = (
        ("13.00 - 13.30 uur", "Ontvangst"),
        ("13.30 - 14.15 uur", "Lezing door Jan Modaal"),
        ("14.15 uur", "Paneldiscussie"),
    )
    found = recognise([heading("Studiemiddag", 1), table(*rows)])
    assert grid(found) == [
        ("sessie", None, "13:30", "14:15", "Lezing door Jan Modaal"),
        ("debat", None, "14:15", None, "Paneldiscussie"),
    ]


def test_programme_as_a_list():
    found = recognise(
        [
            heading("Bijeenkomst wijkzorg", 1),
            heading("Programma"),
            item("09.30 uur Inloop"),
            item("10.00 uur Welkom, Jan Modaal, directeur Zorggroep Voorbeeld"),
            item("10.15 uur Lezing: Samen sterk – Anna van der Voorbeeld (Hogeschool Voorbeeld)"),
            item("11.00 uur Koffiepauze"),
            item("11.15 uur Paneldiscussie o.l.v. Kees van der Test"),
            heading("Aanmelden"),
            paragraph("Dat kan tot 1 mei."),
        ]
    )
    assert [(i.kind, i.start) for i in found.items] == [("plenair", "10:00"), ("sessie", "10:15"), ("debat", "11:15")]
    assert names(found.items[0]) == [("Jan Modaal", "directeur", "Zorggroep Voorbeeld")]
    assert names(found.items[1]) == [("Anna van der Voorbeeld", None, "Hogeschool Voorbeeld")]


def test_rounds_as_headings_with_labelled_workshops():
    found = recognise(
        [
            heading("Workshops", 1),
            heading("Ronde 1 (11.00 - 12.00 uur)"),
            heading("Workshop 1: Geld en gezondheid", 3),
            paragraph("Jan Modaal, huisarts en Karin de Proef, schuldhulpverlener"),
            paragraph("Over geld."),
            heading("Workshop 2: Jeugd [VERVALLEN]", 3),
            heading("Ronde 2 (13.00 - 14.00 uur)"),
            heading("Workshop 1: Geld en gezondheid", 3),
            paragraph("Zie ronde 1."),
            heading("Workshop 3: Titel volgt", 3),
        ]
    )
    assert [(i.round, i.start, i.title, i.cancelled, i.tba) for i in found.items] == [
        (1, "11:00", "Geld en gezondheid", False, False),
        (1, "11:00", "Jeugd", True, False),
        (2, "13:00", "Geld en gezondheid", False, False),
        (2, "13:00", "Titel volgt", False, True),
    ]
    assert names(found.items[0]) == [("Jan Modaal", "huisarts", None), ("Karin de Proef", "schuldhulpverlener", None)]
    assert found.items[2].same_session_as == found.items[0].id


def test_meetings_of_a_course_are_no_sessions():
    blocks = [
        heading("Sessie 1: kennismaken"),
        paragraph("Over elkaar."),
        heading("Sessie 2: plannen"),
        paragraph("Over later."),
    ]
    assert recognise([heading("Een methode voor gezinnen", 1), *blocks]).items == ()


def test_programme_as_headings_with_times():
    found = recognise(
        [
            heading("Congres Samen in de wijk", 1),
            heading("Programma"),
            heading("09.30 – 10.00 uur: Inloop en registratie", 3),
            heading("10.00 – 11.00 uur: Opening door Bea ten Test", 3),
            paragraph("Zij vertelt over de eerste jaren."),
            heading("11.15 – 12.15 uur: Workshopronde 1", 3),
            heading("Huisarts en wijkteam", 4),
            paragraph("Met Jan Modaal (POH-GGZ)."),
            heading("Geannuleerd: Jeugd", 4),
            paragraph("Helaas."),
            heading("13.00 – 14.00 uur: Workshopronde 2", 3),
            heading("Mantelzorg", 4),
            paragraph("Sprekers: n.n.b."),
        ]
    )
    assert [(i.round, i.start, i.title, i.cancelled, i.tba) for i in found.items] == [
        (None, "10:00", "Opening door Bea ten Test", False, False),
        (1, "11:15", "Huisarts en wijkteam", False, False),
        (1, "11:15", "Jeugd", True, False),
        (2, "13:00", "Mantelzorg", False, True),
    ]


def test_plenary_slot_with_a_list_and_rounds_without_sessions():
    found = recognise(
        [
            heading("Dag van de wijk", 1),
            paragraph("14 november 2019"),
            paragraph("10:00 tot 16:00"),
            paragraph("In de schouwburg."),
            heading("Programma"),
            paragraph("09.15 uur"),
            paragraph("Ontvangst in de foyer"),
            paragraph("10.00 uur"),
            paragraph("Plenair programma"),
            item("Opening door Karin de Proef, dagvoorzitter"),
            item("Jan Modaal, hoogleraar wijkzorg aan de Universiteit van Voorbeeldstad - Over buurten die zorgen."),
            paragraph("11.30 uur"),
            paragraph("1ste ronde praktijksessies, masterclasses en ronde tafels"),
            paragraph("12.20 uur"),
            paragraph("Lunch in de foyer"),
        ]
    )
    assert [(i.kind, i.start, names(i)) for i in found.items] == [
        ("plenair", "10:00", [("Karin de Proef", "dagvoorzitter", None)]),
        ("plenair", "10:00", [("Jan Modaal", "hoogleraar wijkzorg", "Universiteit van Voorbeeldstad")]),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Sprekers: Jan Modaal (huisarts) en Karin de Proef",
            [("Jan Modaal", "huisarts", None), ("Karin de Proef", None, None)],
        ),
        (
            "Inleiding, door: Bea ten Test, voorzitter Werkplaatsen Sociaal Domein",
            [("Bea ten Test", "voorzitter", "Werkplaatsen Sociaal Domein")],
        ),
        ("Welkomstwoord Anna van der Voorbeeld, lector Wijkzorg", [("Anna van der Voorbeeld", "lector", "Wijkzorg")]),
        (
            "De sociaal werker van het jaar, Kees van der Test, reflecteert op het debat.",
            [("Kees van der Test", None, None)],
        ),
        ("Thuis blijven wonen, prof. dr. Jan Modaal", [("Jan Modaal", None, None)]),
        ("In deze workshop neemt Mieke van den Proef u mee.", [("Mieke van den Proef", None, None)]),
        ("Samen presenteren Anna en Kees hun wijkplan.", [("Anna", None, None), ("Kees", None, None)]),
        ("Samen presenteren Amsterdam en Utrecht hun wijkplan.", []),
        ("Hij schreef het boek samen met Bea ten Test.", []),
        ("De gemeente Houten presenteert haar plannen.", []),
    ],
)
def test_who_speaks(line, expected):
    found = recognise(
        [heading("Congres", 1), *map(paragraph, ["09.00 uur Inloop", f"10.00 uur {line}", "11.00 uur Pauze"])]
    )
    assert names(found.items[0]) == expected


def test_report_that_comes_back_to_its_timetable():
    found = recognise(
        [
            heading("Verslag symposium wijkzorg", 1),
            heading("Programma"),
            item("10.00 uur Lezing over samenwerken in de buurt"),
            item("11.00 uur Gesprek met bewoners"),
            item("12.00 uur Lunch"),
            heading("Lezing over samenwerken in de buurt"),
            paragraph("Jan Modaal vertelde over zijn praktijk."),
            heading("Gesprek met bewoners"),
            paragraph("Er was veel discussie."),
            heading("Volgend jaar"),
            paragraph("Dan weer."),
        ]
    )
    assert [(i.start, i.text.split("\n")[-1]) for i in found.items] == [
        ("10:00", "Jan Modaal vertelde over zijn praktijk."),
        ("11:00", "Er was veel discussie."),
    ]


def test_announcement_of_speakers_and_a_debate():
    found = page("aankondiging_debat.txt")
    assert [(i.kind, i.tba) for i in found.items] == [
        ("plenair", False),
        ("plenair", False),
        ("plenair", True),
        ("debat", False),
    ]
    assert names(found.items[0]) == [("Anna van der Voorbeeld", "specialist ouderengeneeskunde", "Zorggroep Voorbeeld")]
    assert names(found.items[1]) == [("Jan Modaal", None, None)]
    assert found.items[2].speakers == ()
    assert found.extra["counts"] == {"sprekers": 3, "rondes": 2, "workshops": 10}


def test_a_debate_that_was_held_is_no_session():
    lines = [
        "Het congres trok veel bezoekers.",
        "Bij de afsluiting was er een debat over geld.",
        "De dag eindigde met een debat.",
    ]
    assert recognise([heading("Terugblik op het congres", 1), *map(paragraph, lines)]).items == ()


def test_biographies_only_where_speakers_are_introduced():
    about = paragraph("Karin de Proef is onderzoeker bij Hogeschool Voorbeeld. Zij werkt in de wijk.")
    below = recognise([heading("Congres in de wijk", 1), heading("Over de sprekers"), about])
    assert [(i.kind, i.title, names(i)) for i in below.items] == [
        ("spreker", "Karin de Proef", [("Karin de Proef", "onderzoeker", "Hogeschool Voorbeeld")])
    ]
    assert recognise([heading("Nieuws uit de wijk", 1), about]).items == ()


def test_research_rounds_are_no_programme():
    found = recognise(
        [
            heading("Delphi-onderzoek", 1),
            heading("Ronde 1"),
            paragraph("Vragen."),
            heading("Ronde 2"),
            paragraph("Meer."),
        ]
    )
    assert found.items == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("09.30 - 10.15 uur Opening", ("09:30", "10:15", "Opening")),
        ("9:30–10:15 Opening", ("09:30", "10:15", "Opening")),
        ("van 13.00 tot 14.00 uur: Lunch", ("13:00", "14:00", "Lunch")),
        ("13.30 - 14.00u   Ontvangst", ("13:30", "14:00", "Ontvangst")),
        ("10.00 uur", ("10:00", None, "")),
        ("10.00 Opening", ("10:00", None, "Opening")),
    ],
)
def test_times(line, expected):
    slot = schedule.clock(line)
    assert (slot.start, slot.end, line[slot.rest :]) == expected


@pytest.mark.parametrize(
    "line",
    ["2.10 Financiering", "1.250 inwoners", "25.00 uur Te laat", "Om tien uur", "10.000 - 20.000", "3.5 miljoen"],
)
def test_no_times(line):
    assert schedule.clock(line) is None


@pytest.mark.parametrize(
    "line",
    ["Pauze", "Lunch op het plein", "Inloop en registratie", "Borrel", "Koffiepauze", "Netwerkborrel met hapjes"],
)
def test_breaks(line):
    assert schedule.is_break(line)


@pytest.mark.parametrize(
    "line", ["Lunchlezing over geld", "Ontmoetingsplekken in de wijk", "Einde van het wijkteam?", "Koffie als medicijn"]
)
def test_no_breaks(line):
    assert not schedule.is_break(line)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Workshops ronde 2", 2),
        ("1ste ronde praktijksessies", 1),
        ("Tweede workshopronde", 2),
        ("Ronde III", 3),
        ("Een gezonde wijk", None),
        ("De ronde tafel", None),
    ],
)
def test_rounds(line, number):
    assert schedule.round_of(line) == number


# --- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "value", "low", "high", "unit", "approx"),
    [
        ("1.250", 1250, None, None, None, False),
        ("210", 210, None, None, None, False),
        ("3,5 miljoen", 3_500_000, None, None, None, False),
        ("€ 2,4 mln", 2_400_000, None, None, "€", False),
        ("€ 1.250,50", 1250.5, None, None, "€", False),
        ("12%", 12, None, None, "%", False),
        ("12,5 procent", 12.5, None, None, "%", False),
        ("1 op de 5", 0.2, None, None, "aandeel", False),
        ("een op de vier", 0.25, None, None, "aandeel", False),
        ("CA. 10-20.000", None, 10_000, 20_000, None, True),
        ("10.000 - 20.000", None, 10_000, 20_000, None, False),
        ("2 à 3 miljoen", None, 2_000_000, 3_000_000, None, False),
        ("tussen de 5 en 10 procent", None, 5, 10, "%", False),
        ("5 tot 10%", None, 5, 10, "%", False),
        ("circa 40 minuten", 40, None, None, "minuten", True),
        ("ruim 600.000 mensen", 600_000, None, None, "mensen", True),
        ("meer dan 200", None, 200, None, None, False),
        ("210+", None, 210, None, None, False),
        ("maximaal 12 weken", None, None, 12, "weken", False),
        ("1998", 1998, None, None, None, False),
    ],
)
def test_quantities(printed, value, low, high, unit, approx):
    found = quantities.only(printed)
    assert found is not None
    assert (found.value, found.min, found.max, found.unit, found.approx) == (
        pytest.approx(value) if value else value,
        low,
        high,
        unit,
        approx,
    )


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "inwoners",
        "75-plussers",
        "24-uurs",
        "25 leden in de wijk",
        "ca.",
        "2020-04-01",
        "06-12345678",
        "10.30 uur tot 11.30 uur",
    ],
)
def test_no_quantities(printed):
    assert quantities.only(printed) is None


def test_years_and_brackets_are_not_the_figure():
    sentence = "In 2014 (peildatum 1 januari) gaven ruim 4 miljoen mensen mantelzorg"
    found = quantities.first(sentence)
    assert (found.value, found.unit, found.approx) == (4_000_000, "mensen", True)
    assert sentence[found.start : found.end] == "ruim 4 miljoen mensen"


@given(st.integers(0, 10**9))
def test_every_whole_number_is_read_with_or_without_points(number):
    for printed in (str(number), f"{number:,}".replace(",", ".")):
        assert quantities.only(printed).value == number


@given(st.text(max_size=40))
def test_quantities_point_into_the_text(content):
    found = quantities.first(content)
    assert found is None or 0 <= found.start < found.end <= len(content)


def test_cards_with_the_number_first():
    found = page("cijfers_kaarten.txt")
    assert [(i.value, i.unit, i.title) for i in found.items] == [
        (1250, "huisbezoeken", "huisbezoeken per jaar"),
        (12, "%", "van de 75-plussers voelt zich ernstig eenzaam"),
        (2_400_000, "€", "budget voor de sociale basis"),
        (0.2, "aandeel", "volwassenen heeft geldzorgen"),
        (12, "%", "van de jongeren heeft een vorm van jeugdhulp"),
        (3_500_000, "mantelzorgers", "mantelzorgers in Nederland"),
    ]
    assert {i.kind for i in found.items} == {"feit"}


def test_figures_in_a_list():
    found = page("cijfers_lijst.txt")
    assert [(i.value, i.min, i.max, i.unit, i.approx) for i in found.items] == [
        (1_600_000, None, None, "mensen", True),
        (59, None, None, "%", False),
        (pytest.approx(2 / 3), None, None, "aandeel", False),
        (None, 5, 10, "%", False),
        (45, None, None, "%", True),
    ]


def test_figures_all_over_a_page_about_figures():
    found = recognise(
        [
            heading("Cijfers", 1),
            heading("Hoeveel mantelzorgers zijn er?"),
            item("12% van de inwoners"),
            item("Vraag het na"),
        ]
    )
    assert [(i.value, i.unit) for i in found.items] == [(12, "%")]


def test_figures_with_their_label_in_one_line():
    lines = [item("1.250 inwoners"), item("€ 2,4 mln budget"), item("12% 75-plus")]
    found = recognise([heading("De wijk", 1), heading("De wijk in cijfers"), *lines])
    assert [(i.text, i.value, i.unit) for i in found.items] == [
        ("1.250 inwoners", 1250, "inwoners"),
        ("€ 2,4 mln budget", 2_400_000, "€"),
        ("12% 75-plus", 12, "%"),
    ]
    aged = [paragraph("gemiddelde leeftijd"), paragraph("43 jaar"), paragraph("oudste bewoner"), paragraph("104 jaar")]
    found = recognise([heading("De wijk", 1), heading("De wijk in cijfers"), *aged])
    assert [(i.title, i.value, i.unit) for i in found.items] == [
        ("gemiddelde leeftijd", 43, "jaar"),
        ("oudste bewoner", 104, "jaar"),
    ]


def test_cards_with_headings_and_an_introduction():
    found = recognise(
        [
            heading("Wijkteams", 1),
            heading("De regio in cijfers"),
            paragraph("Zo staat het ervoor."),
            heading("210", 3),
            paragraph("gezondheidscentra"),
            heading("ca. 2 à 3 miljoen", 3),
            paragraph("contacten"),
            heading("Contact"),
            paragraph("Bel 12."),
        ]
    )
    assert [(i.title, i.value, i.min, i.max) for i in found.items] == [
        ("gezondheidscentra", 210, None, None),
        ("contacten", None, 2_000_000, 3_000_000),
    ]


def test_cards_as_terms_and_as_table():
    pairs = (("Aantal inwoners", "18.500"), ("65-plussers", "23%"), ("Budget", "€ 1,2 mln"))
    terms = [
        block for label, value in pairs for block in (Block("label", label), paragraph(value, label=label, value=value))
    ]
    for form in (terms, [table(*pairs)]):
        found = recognise([heading("Wijk Noord", 1), heading("Kerncijfers"), *form])
        assert [(i.title, i.value, i.unit) for i in found.items] == [
            ("Aantal inwoners", 18500, "inwoners"),
            ("65-plussers", 23, "%"),
            ("Budget", 1_200_000, "€"),
        ]


def test_a_table_of_contents_holds_no_figures():
    lines = [paragraph(line) for line in ("Inleiding", "3", "Samenvatting", "5", "Conclusies", "12")]
    assert recognise([heading("Rapport over de wijk", 1), *lines]).items == ()


def test_rows_that_announce_a_round_and_letters_where_others_have_a_time():
    found = recognise(
        [
            Block("heading", "Programma netwerkdag", 1),
            table(
                ("Tijd", "Programma"),
                ("10.00 uur", "Lezing: wonen"),
                ("Workshopronde 1: 11.30 – 12.30 uur", ""),
                ("A", "Samen koken"),
                ("Ronde 2 (13.30 - 14.30)", ""),
                ("B", "Samen fietsen"),
                ("15.00 uur", "Afsluiting"),
            ),
        ]
    ).items
    assert [(i.kind, i.title, i.round, i.start, i.end, i.fields.get("sessie")) for i in found] == [
        ("plenair", "Lezing: wonen", None, "10:00", None, None),
        ("sessie", "Samen koken", 1, "11:30", "12:30", "A"),
        ("sessie", "Samen fietsen", 2, "13:30", "14:30", "B"),
        ("plenair", "Afsluiting", None, "15:00", None, None),
    ]


def test_a_session_in_the_timetable_and_in_the_text_is_one():
    found = recognise(
        [
            Block("heading", "Programma symposium", 1),
            Block("paragraph", "Een dag over zorg."),
            table(
                ("Tijd", "Onderdeel"), ("10.00 uur", "Opening"), ("11.00 uur", "Workshop A: Wonen"), ("12.00", "Lunch")
            ),
            Block("heading", "Workshop A: Wonen", 2),
            Block("paragraph", "Over wonen en zorg."),
        ]
    ).items
    assert [(i.kind, i.title, i.start) for i in found] == [
        ("plenair", "Opening", "10:00"),
        ("sessie", "Wonen", "11:00"),
    ]


def test_who_does_what_when_is_no_programme():
    rows = ("Wat", "Wie", "Wanneer"), ("Plan maken", "Gemeente", "maart 2023"), ("Uitvoeren", "Partners", "juni 2023")
    assert recognise([Block("heading", "Werkafspraken", 1), table(*rows)]).items == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mehmet Yıldız (ouderenadviseur)", ("Mehmet Yıldız", "ouderenadviseur", None)),
        ("Prof. dr. W. (Wim) ter Haar-van Dam", ("W. (Wim) ter Haar-van Dam", None, None)),
        ("Floor Bogaard-van der Kolk", ("Floor Bogaard-van der Kolk", None, None)),
        ("Lidewij Aaltje van Houten", ("Lidewij Aaltje van Houten", None, None)),
        ("wethouder Bea Specimen van Houten", ("Bea Specimen", "wethouder", "Houten")),
        ("Jan Modaal, Universiteit van Voorbeeldstad", ("Jan Modaal", None, "Universiteit van Voorbeeldstad")),
        ("Emeritus hoogleraar Bea d’Ancona", ("Bea d’Ancona", "Emeritus hoogleraar", None)),
        ("Jan Modaal (GGZ Specimen)", ("Jan Modaal", None, "GGZ Specimen")),
        (
            "Jan Modaal, teamleider van het sociaal wijkteam Noord",
            ("Jan Modaal", "teamleider", "sociaal wijkteam Noord"),
        ),
        ("Jan Modaal, wethouder zorg in Tilburg", ("Jan Modaal", "wethouder zorg", None)),
    ],
)
def test_people(text, expected):
    (person,), _ = persons(text)
    assert (person.name, person.role, person.organisation) == expected
