"""The register of municipalities is complete, and a text names only those that it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import StoreError
from corpus.gemeenten import find_gemeenten, find_regions, mentions, parse, register

# Municipalities on 1 January by Statistics Netherlands (CBS). In 2010 (Rozenburg) and 2022 (Weesp) one more went
# during the year, and the register holds years only.
COUNTS = {
    1990: 672, 1991: 647, 1992: 647, 1993: 646, 1994: 636, 1995: 633, 1996: 625, 1997: 572, 1998: 548, 1999: 538,
    2000: 537, 2001: 504, 2002: 496, 2003: 489, 2004: 483, 2005: 467, 2006: 458, 2007: 443, 2008: 443, 2009: 441,
    2010: 431 - 1, 2011: 418, 2012: 415, 2013: 408, 2014: 403, 2015: 393, 2016: 390, 2017: 388, 2018: 380, 2019: 355,
    2020: 355, 2021: 352, 2022: 345 - 1, 2023: 342, 2024: 342, 2025: 342, 2026: 342,
}  # fmt: skip
PROVINCES = {
    "Groningen": 10, "Fryslân": 18, "Drenthe": 12, "Overijssel": 25, "Gelderland": 51, "Flevoland": 6, "Utrecht": 26,
    "Noord-Holland": 44, "Zuid-Holland": 50, "Zeeland": 13, "Noord-Brabant": 56, "Limburg": 31,
}  # fmt: skip
HEAD = "code,naam,ook,provincie,ggd_regio,sinds,tot,opvolger,cue"


def test_register_has_the_number_of_municipalities_of_every_year():
    rows = [row for row in register().rows if row.code]
    counted = {year: sum((r.sinds or 0) <= year < (r.tot or 9999) for r in rows) for year in COUNTS}
    assert counted == COUNTS


def test_register_has_the_number_of_municipalities_of_every_province():
    counted = {name: sum(row.provincie == name for row in register().present) for name in PROVINCES}
    assert counted == PROVINCES
    assert len({row.ggd_regio for row in register().present}) == 25
    assert all(row.code and row.ggd_regio for row in register().present)


def test_every_former_municipality_leads_to_one_that_existed_then_and_to_a_present_one():
    known = register()
    for row in known.rows:
        assert known.current(row) in known.present
        if row.opvolger and row.tot:
            next_row = known.by_code[row.opvolger]
            assert (next_row.sinds or 0) <= row.tot <= (next_row.tot or 9999), row.naam


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("GM0001,Oud,,,,,1990,GM0002,", "successor GM0002"),
        ("GM0001,Nieuw,,,,,,,", "needs code, naam and provincie"),
        ("GM0001,Nieuw,,Drenthe,Drenthe,ooit,,,", "invalid literal"),
        ("GM0001,Nieuw,,Drenthe", "not enough values"),
        ("GM0001,Nieuw,,Drenthe,Drenthe,,,,soms", "cue"),
    ],
)
def test_damaged_register_is_refused_with_the_line(line, reason):
    with pytest.raises(StoreError, match=rf"line 7.*{reason}"):
        parse([(6, HEAD + "\n"), (7, line + "\n")])


def test_register_without_its_columns_is_refused():
    with pytest.raises(StoreError, match="columns must be"):
        parse([(1, "naam,code\n")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("De gemeentes Den Haag en Amsterdam merken dat", ["Den Haag", "Amsterdam"]),
        ("’s-Gravenhage, ’s-Hertogenbosch en Den Bosch", ["Den Haag", "'s-Hertogenbosch"]),
        ("de service-apotheek in Nieuwegein Zuid", ["Nieuwegein"]),
        ("Amsterdam-Noord en Rotterdam-Zuid", ["Amsterdam", "Rotterdam"]),
        ("de Amsterdamse huisartsen", ["Amsterdam"]),
        ("de Utrechtse Heuvelrug", ["Utrechtse Heuvelrug"]),
        ("Berg en Dal, Bergen op Zoom", ["Berg en Dal", "Bergen op Zoom"]),
        ("Alphen a/d Rijn", ["Alphen aan den Rijn"]),
        ("Wijk bij Duurstede", ["Wijk bij Duurstede"]),
        ("Utrecht, 20 wijkteams rijk", ["Utrecht"]),
        ("gemeente Súdwest-Fryslân", ["Súdwest-Fryslân"]),
        ("voorbeelden uit Utrecht en Oss over samenwerking", ["Utrecht", "Oss"]),
        ("de gemeente\nMaastricht doet mee", ["Maastricht"]),
        ("Staphorst, Urk en Elburg", ["Staphorst", "Urk", "Elburg"]),
    ],
)
def test_names(text, expected):
    assert list(find_gemeenten(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Best veel tips komen uit de gemeente Best.", ["Best"]),
        ("Best Practices, in Best Practices", []),
        ("beste huisarts, best een goed idee", []),
        ("Oirschot, Best en Veldhoven werken samen.", ["Oirschot", "Best", "Veldhoven"]),
        ("Buren helpen elkaar. Ook in Buren.", ["Buren"]),
        ("Goes en Hulst", []),
        ("de wijkteams in Goes en Hulst", ["Goes", "Hulst"]),
        ("in heel Nederland, in Heel Holland Bakt", []),
        ("de gemeentes Ede en Epe", ["Ede", "Epe"]),
        ("Houten banken staan er. Wat doet Houten?", ["Houten"]),
        ("Leiden leidt. Zoals in Leiden.", ["Leiden"]),
        ("Huizen van de Wijk, in Huizen van de Wijk, gemeente Huizen", ["Huizen"]),
        ("Stein, Beek en Sittard-Geleen", ["Stein", "Beek", "Sittard-Geleen"]),
        ("een leek, een Leek, te Leek", ["Westerkwartier", "Leek"]),
        ("de wijk, de Wijk", []),
        ("Made in Holland", []),
    ],
)
def test_ordinary_words_need_a_cue(text, expected):
    assert list(find_gemeenten(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Pieter van Houten is huisarts.",
        "met J. van Deventer",
        "wethouder mevrouw van Utrecht",
        "mevrouw Van Utrecht",
        "Conny van den Berg",
        "Hogeschool Leiden en Universiteit Utrecht",
        "Universiteit van Amsterdam",
        "Hogeschool van Arnhem en Nijmegen",
        "UMC Utrecht, Radboud UMC Nijmegen",
        "Maastricht University, Maastricht UMC",
        "het Verdrag van Maastricht",
        "provincie Utrecht, provincie Groningen",
        "Postbus 20350, 2500 EJ Den Haag",
        "Den Haag, 8 september 2025",
        "’s-Gravenhage 4 september 2007",
        "politiek Den Haag",
        "Zaanstreek-Waterland, Amsterdam-Amstelland, Utrecht-West",
        "Nieuw-Amsterdam",
        "Utrechtseweg 12",
        "in Zeeland en in Sint Maarten",
        "Ouderkerk aan de Amstel",
    ],
)
def test_other_meanings_are_left_alone(text):
    assert find_gemeenten(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("de lokale proeftuin Maarssen", ["Stichtse Vecht", "Maarssen"]),
        ("gemeente Sint Anthonis", ["Land van Cuijk", "Sint Anthonis"]),
        ("Hengelo (Gld)", ["Bronckhorst", "Hengelo (Gld)"]),
        ("Ouderkerk aan den IJssel", ["Krimpenerwaard", "Ouderkerk"]),
        # Beerta, Reiderland, Oldambt: the line is followed to its end.
        ("het dorp Beerta", ["Oldambt", "Beerta"]),
        ("in Zaandam en Hoofddorp", ["Zaanstad", "Zaandam", "Haarlemmermeer", "Hoofddorp"]),
    ],
)
def test_former_names_and_places_give_the_present_one_and_stay(text, expected):
    assert list(find_gemeenten(text)) == expected


def test_bergen_is_told_apart_by_what_stands_with_it():
    assert find_gemeenten("in Bergen en Alkmaar") == ("Bergen (NH)", "Alkmaar")
    assert find_gemeenten("Gennep, in Limburg, en in Bergen") == ("Gennep", "Bergen (L)")
    assert find_gemeenten("de gemeente Bergen") == ()
    assert find_gemeenten("de gemeente Bergen (NH)") == ("Bergen (NH)",)


def test_region_is_not_the_municipality():
    assert find_gemeenten("GGD regio Utrecht en de regio Amersfoort") == ()
    assert find_regions("GGD regio Utrecht en de regio Amersfoort") == ("Utrecht", "Amersfoort")


@given(
    st.lists(
        st.sampled_from(
            ["Utrecht", "in", "Best", "van", "Den Haag", ", ", " en ", "Jan", "-Noord", "\n", "’s-", "Bergen"]
        ),
        max_size=14,
    )
)
def test_mentions_point_at_the_name(parts):
    text = " ".join(parts)
    found = mentions(text)
    for mention in found:
        assert text[mention.char_start : mention.char_end].replace("’", "'") == mention.spelling
        assert mention.gemeente.opvolger is None
    assert [m.char_start for m in found] == sorted({m.char_start for m in found})
