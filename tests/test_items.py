"""Tips, recommendations, reactions, questions and practice descriptions in layouts other than the founding ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import boilerplate, duplicates, items, text
from ingest.blocks import Block, RawPage, place

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


def listed(*contents, numbered=False):
    return [Block("list_item", c, 1, number=f"{i}." if numbered else "•") for i, c in enumerate(contents, 1)]


def numbers(found, kind="tip"):
    return [(i.number, i.number_source, i.title) for i in found.items if i.kind == kind]


def names(item):
    return [(s.name, s.role, s.organisation) for s in item.speakers]


# --- tips -----------------------------------------------------------------------------------------------------------


def test_tips_with_a_label_and_text_below():
    found = page("tips_label_punt.txt")
    assert [i.kind for i in found.items] == ["tip"] * 6
    assert numbers(found)[0] == (1, "explicit", "Begin met een echte casus")
    assert found.items[3].title == "Houd het klein: zes mensen is genoeg"
    assert found.items[5].text == "Vier wat lukt\n\nTaart helpt."
    assert names(found.items[1]) == [("Jan Modaal", "huisarts", "Gezondheidscentrum De Linde")]
    assert names(found.items[2]) == [
        ("Karin de Proef", None, "buurtteam West"),
        ("Bea ten Test", None, "buurtteam West"),
    ]


def test_tips_that_the_title_counts():
    found = page("tips_nummers_los.txt")
    assert [n for n, _, _ in numbers(found)] == [1, 2, 3, 4, 5]
    assert found.items[2].text.startswith("Laat de assistente meedoen\n\nZij ziet")
    assert names(found.items[2]) == [("Mieke van den Proef", "praktijkmanager", None)]


def test_tips_below_a_heading_on_another_kind_of_page():
    found = page("tips_bij_beleid.txt")
    assert numbers(found) == [
        (1, "inferred", "Bel eerst, schrijf daarna."),
        (2, "inferred", "Vraag de inwoner om toestemming en noteer die."),
        (3, "inferred", "Noem de naam van de wijkteammedewerker, zodat de drempel lager wordt."),
    ]


def test_tips_as_numbered_headings_end_at_the_next_heading():
    found = recognise(
        [
            heading("Zo werk je samen: drie tips", 1),
            paragraph("Een inleiding."),
            heading("1. Begin klein"),
            paragraph("Start met één wijk."),
            paragraph("En leer daarvan."),
            heading("2. Blijf bellen"),
            paragraph("Mail is niet genoeg."),
            heading("3. Vier successen"),
            paragraph("Doe dat samen."),
            heading("Tot slot"),
            paragraph("Veel succes."),
        ]
    )
    assert numbers(found) == [
        (1, "explicit", "Begin klein"),
        (2, "explicit", "Blijf bellen"),
        (3, "explicit", "Vier successen"),
    ]
    assert found.items[0].text == "Begin klein\n\nStart met één wijk.\n\nEn leer daarvan."


def test_tips_as_headings_that_the_title_counts():
    headings = [heading("Begin klein", 3), heading("Blijf bellen", 3), heading("Vier successen", 3)]
    blocks = [block for h in headings for block in (h, paragraph(f"Over {h.text.lower()} is veel te zeggen."))]
    found = recognise([heading("Samenwerken met scholen: drie tips", 1), *blocks])
    assert numbers(found) == [(i, "inferred", h.text) for i, h in enumerate(headings, 1)]
    assert recognise([heading("Samenwerken met scholen: vier tips", 1), *blocks]).items == ()


def test_tips_as_headings_below_a_heading():
    blocks = [
        heading("Tips"),
        heading("Begin klein", 3),
        paragraph("Ja."),
        heading("Blijf bellen", 3),
        paragraph("Ook."),
    ]
    found = recognise([heading("Samenwerken met de huisarts", 1), *blocks, heading("Contact"), paragraph("Bel ons.")])
    assert [i.text for i in found.items] == ["Begin klein\n\nJa.", "Blijf bellen\n\nOok."]


def test_a_tip_in_a_box_beside_a_list_of_tips():
    found = recognise(
        [heading("Drie tips", 1), paragraph("Tip: print dit."), *listed("Een.", "Twee.", "Drie.", numbered=True)]
    )
    assert numbers(found) == [
        (None, None, "print dit."),
        (1, "explicit", "Een."),
        (2, "explicit", "Twee."),
        (3, "explicit", "Drie."),
    ]


def test_an_unlabelled_item_that_fills_a_gap():
    found = recognise(
        [heading("Vier tips", 1), *listed("Tip 1: bel.", "Tip 2: schrijf.", "Loop langs.", "Tip 4: wacht.")]
    )
    assert numbers(found)[2] == (3, "inferred", "Loop langs.")


def test_the_last_tip_gets_no_more_text_than_the_others():
    found = recognise(
        [
            paragraph("Tip 1: bel."),
            paragraph("Altijd."),
            paragraph("Tip 2: mail."),
            paragraph("Soms."),
            paragraph("Einde."),
        ]
    )
    assert [i.text for i in found.items] == ["bel.\n\nAltijd.", "mail.\n\nSoms."]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Neem de tijd (Karin de Proef, huisarts)", [("Karin de Proef", "huisarts", None)]),
        (
            "Vraag door. – Jan Modaal, wijkverpleegkundige bij Thuiszorg Voorbeeld",
            [("Jan Modaal", "wijkverpleegkundige", "Thuiszorg Voorbeeld")],
        ),
        ("Vraag door. Deze tip is van Bea ten Test.", [("Bea ten Test", None, None)]),
        (
            "Vraag door. Deze tip werd aangedragen door wethouder Anna van der Voorbeeld van de gemeente Zwolle.",
            [("Anna van der Voorbeeld", "wethouder", "gemeente Zwolle")],
        ),
        ("Vraag door, adviseert POH-GGZ Kees van der Test.", [("Kees van der Test", "POH-GGZ", None)]),
        ("Gebruik het spinnenweb van Machteld Huber.", []),
        ("Lees ook wat de Raad voor het Openbaar Bestuur schrijft.", []),
        ("Vraag door. Deze tip kwam van een huisarts uit Utrecht.", []),
    ],
)
def test_who_gave_a_tip(content, expected):
    assert names(recognise([heading("Tips van collega’s", 1), *listed(content, "Iets anders.")]).items[0]) == expected


@pytest.mark.parametrize(
    "name",
    ["beleid_proza.txt", "nieuws_gewoon.txt", "verslag_congres.txt", "openingstijden.txt", "afgebroken_regels.txt"],
)
def test_pages_without_items(name):
    assert page(name).items == ()


def test_recommendations_under_headings_that_a_sentence_counts():
    found = recognise(
        [
            heading("Samenwerking stimuleren", 1),
            heading("Aan de slag"),
            paragraph("Uit de evaluatie komen de volgende twee aanbevelingen."),
            heading("Maak één plan"),
            paragraph("Met alle partijen."),
            heading("Kom bij elkaar"),
            paragraph("Elke maand."),
            heading("Over de evaluatie"),
            paragraph("Die duurde lang."),
        ]
    )
    assert [(i.kind, i.number, i.text) for i in found.items] == [
        ("aanbeveling", 1, "Maak één plan\n\nMet alle partijen."),
        ("aanbeveling", 2, "Kom bij elkaar\n\nElke maand."),
    ]


def test_a_mention_of_tips_makes_no_tips():
    found = recognise(
        [
            heading("Nieuwe handreiking", 1),
            paragraph("Met veel tips voor de praktijk."),
            *listed("Eerst dit", "Dan dat"),
        ]
    )
    assert found.items == ()


def test_recommendations():
    assert numbers(page("aanbevelingen.txt"), "aanbeveling") == [
        (1, "explicit", "Maak structurele financiering mogelijk."),
        (2, "explicit", "Wijs per wijk een verbinder aan."),
        (3, "explicit", "Deel de uitkomsten met bewoners."),
    ]
    labelled = recognise(
        [paragraph("Aanbeveling 1: zorg voor geld."), paragraph("Aanbeveling 2: zorg voor tijd."), paragraph("Slot.")]
    )
    assert [i.text for i in labelled.items] == ["zorg voor geld.", "zorg voor tijd."]


# --- reactions ------------------------------------------------------------------------------------------------------


def test_reactions_in_plain_text():
    found = page("tips_met_reacties.txt")
    tips = {i.number: i.id for i in found.items if i.kind == "tip"}
    reactions = [i for i in found.items if i.kind == "reactie"]
    assert [names(r)[0][0] for r in reactions] == ["Anna van der Voorbeeld", "Sjaak Specimen", "W. Voorbeeld"]
    assert [r.replies_to for r in reactions] == [tips[2], reactions[0].id, tips[4]]
    assert reactions[2].text.endswith("Wij hebben daarom een smoelenboek gemaakt.")
    assert reactions[0].fields["datum"] == "3 mei 2022 om 09:14"
    assert found.extra["comment_count"] == 3


def comment(content, identity, author, **more):
    return paragraph(content, comment=identity, author=author, **more)


def test_nested_reactions():
    found = recognise(
        [
            heading("Twee tips", 1),
            *listed("Bel eerst.", "Mail later.", numbered=True),
            comment("Jan Modaal", "c1", "Jan Modaal"),
            comment("Tip 2 werkt bij ons niet.", "c1", "Jan Modaal"),
            comment("Waarom niet?", "c2", "Bea ten Test", reply_to="c1"),
            comment("Over de eerste tip: eens!", "c3", "Karin de Proef", reply_to="c1"),
            comment("Mooi verhaal.", "c4", "Sjaak Specimen"),
        ]
    )
    first, second, *reactions = found.items
    assert [r.replies_to for r in reactions] == [second.id, reactions[0].id, first.id, None]
    assert reactions[0].text == "Tip 2 werkt bij ons niet."
    assert {found.statuses[order] for order in range(3, 8)} == {"reactie"}
    assert found.owners[3] == found.owners[4] == reactions[0].id
    assert found.extra["comment_count"] == 4


def test_a_reaction_may_answer_no_tip():
    found = recognise(
        [
            heading("Drie tips", 1),
            *listed("Een.", "Twee.", "Drie.", numbered=True),
            comment("Tip 9 mis ik hier.", "c1", "A"),
        ]
    )
    assert found.items[-1].kind == "reactie" and found.items[-1].replies_to is None


# --- questions ------------------------------------------------------------------------------------------------------


def test_questions_as_headings():
    found = page("vragen.txt")
    assert [(i.kind, i.title) for i in found.items] == [
        ("vraag-antwoord", "Wat doet een POH-jeugd?"),
        ("vraag-antwoord", "Wie betaalt de POH-jeugd?"),
        ("vraag-antwoord", "Heb ik een verwijzing nodig?"),
    ]
    assert found.items[1].text.endswith("De praktijk zorgt voor een werkplek.")


def test_questions_with_letters():
    found = page("vragen_va.txt")
    assert found.items[0].title == "Mag de huisarts zonder toestemming met het wijkteam overleggen?"
    assert found.items[1].text.endswith("Dat geldt ook voor kinderen vanaf 16 jaar.")


def test_a_title_between_two_questions_belongs_to_neither():
    lines = [
        "V: Mag dat? Het staat in de wet.",
        "A: Ja.",
        "Vraag het wel even.",
        "Privacy van kinderen",
        "V: En nu?",
        "A: Nee.",
    ]
    found = recognise([heading("Vraag en antwoord", 1), *map(paragraph, lines)])
    assert [(i.title, i.text.split("\n")[-1]) for i in found.items] == [
        ("Mag dat?", "Vraag het wel even."),
        ("En nu?", "A: Nee."),
    ]


def test_numbered_questions_with_their_continuation():
    found = recognise(
        [heading("Vragen en antwoorden", 1), *listed("Kost het geld?\nNee.", "Kan ik bellen?\nJa.", numbered=True)]
    )
    assert [(i.number, i.title, i.text) for i in found.items] == [
        (1, "Kost het geld?", "Kost het geld?\nNee."),
        (2, "Kan ik bellen?", "Kan ik bellen?\nJa."),
    ]


def test_questions_stay_within_their_part_of_the_page():
    found = recognise(
        [
            heading("Het wijkteam", 1),
            heading("Wat doet het team?"),
            paragraph("Van alles."),
            heading("Veelgestelde vragen"),
            heading("Kost het geld?", 3),
            paragraph("Nee."),
            heading("Contact"),
            heading("Waar zit het team?", 3),
            paragraph("Aan het plein."),
        ]
    )
    assert [i.title for i in found.items] == ["Kost het geld?"]


# --- practices ------------------------------------------------------------------------------------------------------


def test_practices_with_labelled_lines():
    found = page("praktijk_labels.txt")
    first, second = found.items
    assert [(i.kind, i.number, i.title) for i in found.items] == [
        ("praktijkvoorbeeld", 1, "Samen op huisbezoek"),
        ("praktijkvoorbeeld", 2, "Spreekuur in de bibliotheek"),
    ]
    assert first.fields["borging"] == "de uren staan in het jaarplan van beide organisaties"
    assert first.fields["kosten"].startswith("€ 12.000 per jaar")
    assert list(first.fields) == ["doel", "doelgroep", "aanpak", "betrokkenen", "resultaat", "borging", "kosten"]
    assert second.fields["resultaat"] == "minder doorverwijzingen en kortere lijnen"
    assert second.fields["doelgroep"] == "inwoners met vragen over geld en formulieren"


RECORD = {
    "Doel": "Zelfstandig wonen.",
    "Doelgroep": "Mensen met een beperking.",
    "Werkwijze": "Een coach helpt.",
    "Erkenning": "Goed onderbouwd",
}
FIELDS = {
    "doel": "Zelfstandig wonen.",
    "doelgroep": "Mensen met een beperking.",
    "aanpak": "Een coach helpt.",
    "erkenningsniveau": "Goed onderbouwd",
}


def as_headings():
    return [block for label, value in RECORD.items() for block in (heading(label), paragraph(value))]


def as_terms():
    pairs = ((Block("label", label), paragraph(value, label=label, value=value)) for label, value in RECORD.items())
    return [block for pair in pairs for block in pair]


def as_table():
    return [Block("table", "\n".join("\t".join(row) for row in RECORD.items()), cells=tuple(RECORD.items()))]


def as_bold():
    return [paragraph(f"{label} {value}", label=label, value=value) for label, value in RECORD.items()]


@pytest.mark.parametrize("form", [as_headings, as_terms, as_table, as_bold])
def test_a_record_of_a_database(form):
    (item,) = recognise([heading("Buurtcirkel", 1), paragraph("Een methode."), *form()]).items
    assert (item.kind, item.title, dict(item.fields)) == ("praktijkvoorbeeld", "Buurtcirkel", FIELDS)


def test_a_practice_is_named_by_its_page_when_its_heading_is_general():
    found = recognise([heading("Buurtcirkel", 1), paragraph("Een methode."), heading("In het kort"), *as_terms()])
    assert found.items[0].title == "Buurtcirkel" and found.items[0].text.startswith("Doel\n\nZelfstandig")


def test_a_title_that_stands_in_no_heading():
    whole, placed = place(tuple(as_headings()))
    (item,) = items.recognise("doc", whole, placed, (), title="Buurtcirkel").items
    assert item.title == "Buurtcirkel" and dict(item.fields) == FIELDS


def test_practices_without_a_number_are_told_by_their_headings():
    one, two = (
        [paragraph("Doel: rust"), paragraph("Aanpak: praten")],
        [paragraph("Doel: geld"), paragraph("Aanpak: rekenen")],
    )
    found = recognise([heading("Goede voorbeelden", 1), heading("De Linde"), *one, heading("De Eik"), *two])
    assert [(i.title, i.fields["aanpak"]) for i in found.items] == [("De Linde", "praten"), ("De Eik", "rekenen")]


def test_a_field_of_several_blocks():
    blocks = [
        heading("Doel"),
        paragraph("Rust."),
        heading("Voor wie?"),
        paragraph("Ouderen."),
        heading("Aanpak"),
        paragraph("Zo:"),
        *listed("eerst", "dan"),
        heading("Kosten"),
        paragraph("Geen."),
    ]
    (item,) = recognise([heading("Buurtcirkel", 1), *blocks]).items
    assert item.fields["aanpak"] == "Zo:\n\neerst\n\ndan"


@pytest.mark.parametrize(
    "blocks",
    [
        [
            heading("Doel"),
            paragraph("Weten."),
            heading("Aanpak"),
            paragraph("Vragen."),
            heading("Resultaten"),
            paragraph("Veel."),
        ],
        [
            paragraph("Doel: beter luisteren"),
            paragraph("Doelgroep: iedereen"),
            paragraph("Kosten: € 450"),
            paragraph("Locatie: Utrecht"),
        ],
        [heading("Uit de praktijk"), paragraph("Zo gaat het.")],
        [paragraph("De aanpak: iedereen doet mee en het doel: rust.")],
    ],
    ids=["research", "training", "heading", "prose"],
)
def test_what_is_no_practice(blocks):
    assert recognise([heading("Een pagina over de wijk", 1), *blocks]).items == ()


# --- everything -----------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        "Tip 2: bel eerst. Deze tip kwam van Jan Modaal.",
        "Drie tips voor de wijk",
        "Programma congres",
        "10.00 - 11.00 uur Opening door Bea ten Test",
        "Workshops ronde 1 (11.00 - 12.00 uur)",
        "Sessie A: Geld",
        "n.n.b.",
        "Feiten & cijfers",
        "25",
        "ca. 10-20.000",
        "inwoners",
        "Doel: rust",
        "Aanpak",
        "Veelgestelde vragen",
        "Hoe dan?",
        "2 reacties",
        "Jan Modaal zegt:",
        "@tip 2 eens",
        "Lees ook",
        "Een gewone zin die nergens over gaat, maar wel wat langer is.",
        "",
        "\u00a0\u2028\x00",
    ]
)
_KINDS = st.sampled_from(["heading", "paragraph", "list_item", "table", "caption", "quote", "label", "footnote"])
_ATTRS = st.sampled_from([{}, {"comment": "1", "author": "A"}, {"comment": "2", "reply_to": "1"}, {"label": "Doel"}])
_BLOCKS = st.builds(
    lambda kind, content, level, number, attrs: Block(
        kind, content, level, number=number, attrs=attrs, cells=((content, "x"),) if kind == "table" else ()
    ),
    _KINDS,
    _PIECES | st.text(max_size=20),
    st.integers(0, 3),
    st.sampled_from([None, "1.", "2.", "•"]),
    _ATTRS,
)


@given(st.lists(_BLOCKS, max_size=12))
def test_whatever_the_blocks_items_are_verbatim(blocks):
    found = recognise(blocks)
    ids = {i.id for i in found.items}
    assert len(ids) == len(found.items)
    assert set(found.owners.values()) <= ids
    assert {i.replies_to for i in found.items} | {i.same_session_as for i in found.items} <= ids | {None}


@given(st.lists(_PIECES, max_size=14))
def test_whatever_the_text_items_are_verbatim(lines):
    recognise(text.load(RawPage("x.txt", "\n\n".join(lines).encode(), "text/plain")).blocks)


def test_practices_below_headings_with_their_fields_as_lower_headings():
    def practice(title, *fields):
        return [heading(title), *(b for label, value in fields for b in (heading(label, 3), paragraph(value)))]

    first = practice("Samen eten", ("Doel", "Meedoen."), ("Aanpak", "Koken."), ("Kosten", "€ 5."), ("Contact", "Jan."))
    second = practice(
        "Fietsen", ("Doel", "Weg."), ("Aanpak", "Duo."), ("Resultaat", "Blij."), ("Doelgroep", "Wie wil.")
    )
    found = recognise([heading("Voorbeelden", 1), *first, *second]).items
    assert [(i.title, list(i.fields)) for i in found] == [
        ("Samen eten", ["doel", "aanpak", "kosten", "contact"]),
        ("Fietsen", ["doel", "aanpak", "resultaat", "doelgroep"]),
    ]
    assert recognise([heading("Beleidskader", 1), *first[1:]]).items == ()


def test_practice_with_a_field_on_each_line_of_one_paragraph():
    lines = "Doel: eerder zien\nVoor wie: patiënten\nAanpak: samen bellen\nen schrijven"
    (item,) = recognise([heading("Voorbeelden", 1), heading("Geldloket"), paragraph(lines)]).items
    assert dict(item.fields) == {
        "doel": "eerder zien",
        "doelgroep": "patiënten",
        "aanpak": "samen bellen\nen schrijven",
    }


def test_items_that_open_at_one_heading_are_one():
    lines = "Doel: zien\nAanpak: bellen"
    found = recognise([heading("Voorbeelden", 1), heading("A"), paragraph(lines), *map(paragraph, lines.split("\n"))])
    assert len({i.id for i in found.items}) == len(found.items) == 2


def test_numbered_headings_below_a_title_on_tips():
    blocks = [b for i in range(1, 4) for b in (heading(f"{i}. Doe dit {i}"), paragraph("Want het helpt."))]
    assert [i.number for i in recognise([heading("De huisarts: tips van collega’s", 1), *blocks]).items] == [1, 2, 3]
    assert recognise([heading("De huisarts en de wijk", 1), *blocks]).items == ()


def test_what_closes_a_page_of_questions_is_none():
    for closing in ("Staat uw vraag er niet bij?", "Heeft u nog een andere vraag?", "Nog vragen?"):
        found = recognise(
            [
                heading("Veelgestelde vragen", 1),
                heading("Kost het geld?"),
                paragraph("Nee."),
                heading(closing),
                paragraph("Bel ons."),
            ]
        )
        assert [i.title for i in found.items] == ["Kost het geld?"]
