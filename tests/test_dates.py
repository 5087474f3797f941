"""Dates in Dutch text: what is one, what is none, and that the offsets hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import find_dates

MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()


def values(text):
    return [found.value for found in find_dates(text)]


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("Programma kennisdag 20 september 2018", "2018-09-20", "day"),
        ("Gepubliceerd op 6 mei 2024.", "2024-05-06", "day"),
        ("Dat vond op 4 oktober plaats in Utrecht.", "--10-04", "month-day"),
        ("verschenen in september 2018", "2018-09", "month"),
        ("Augustus 2025", "2025-08", "month"),
        ("20-09-2018", "2018-09-20", "day"),
        ("1/10/2025", "2025-10-01", "day"),
        ("12.05.2019", "2019-05-12", "day"),
        ("2018-09-20", "2018-09-20", "day"),
        ("2025-09-08T10:00", "2025-09-08", "day"),
        ("di 3 maart '20", "2020-03-03", "day"),
        ("vrijdag 1 november 1996", "1996-11-01", "day"),
        ("Woensdag 12 juni 2019, 14.00 uur", "2019-06-12", "day"),
        ("28 aug. 2019", "2019-08-28", "day"),
        ("5 mrt 2021", "2021-03-05", "day"),
        ("1 sept. 2021", "2021-09-01", "day"),
        ("op 4 oktober 14.00 uur", "--10-04", "month-day"),
        ("29 februari", "--02-29", "month-day"),
        ("in het najaar 2019", "2019", "year"),
        ("zomer van 2021", "2021", "year"),
        ("eind 2024", "2024", "year"),
        ("In 2020 publiceerde InEen", "2020", "year"),
        ("'3 mei ’71", "1971-05-03", "day"),
    ],
)
def test_one_date(text, expected, precision):
    (found,) = find_dates(text)
    assert (found.value, found.precision) == (expected, precision)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 en 4 maart 2020", ["2020-03-03", "2020-03-04"]),
        ("van 3 tot 5 maart 2020", ["2020-03-03", "2020-03-05"]),
        ("3, 4 en 5 juni 2019", ["2019-06-03", "2019-06-04", "2019-06-05"]),
        ("10–12 mei", ["--05-10", "--05-12"]),
        ("30 september en 1 oktober 2020", ["2020-09-30", "2020-10-01"]),
        ("1 januari t/m 31 december 2021", ["2021-01-01", "2021-12-31"]),
        ("Op 4 oktober. In 2019 volgde meer.", ["--10-04", "2019"]),
        ("6 mei 2024 en september 2018", ["2024-05-06", "2018-09"]),
    ],
)
def test_ranges_and_enumerations(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bel 06-12345678 of 020-1234567.",
        "Stb. 2014, 442",
        "Kamerstuk 31 765, nr. 7",
        "de Wmo 2015",
        "artikel 3 mei niet worden vergeten",
        "p. 12 mei",
        "31 februari 2020",
        "30-02-2020",
        "2018-13-40",
        "3 decimalen, 4 maartse buien",
        "van 11:30 tot 12:30 uur",
        "een budget van 2020 euro",
        "in 2020,50 stuks",
        "versie 1.2.2018.4",
        "10-20.000 inwoners",
        "",
    ],
)
def test_no_date(text):
    assert values(text) == []


@given(
    st.dates(date(1970, 1, 1), date(2069, 12, 31)),
    st.sampled_from(["{d} {m} {y}", "{d}-{n}-{y}", "{d} {s}. {y}", "{d} {m} '{t:02}"]),
)
def test_every_day_is_read_back(day, form):
    month = MONTHS[day.month - 1]
    text = form.format(d=day.day, m=month, n=day.month, s=month[:3], y=day.year, t=day.year % 100)
    if form.startswith("{d} {s}") and month == "maart":
        text = text.replace("maa.", "mrt.")
    (found,) = find_dates(f"Bijeenkomst: {text}.")
    assert (found.value, found.precision) == (day.isoformat(), "day")


@given(st.text(alphabet="0123456789 -/.'’meijunaoktsp2018\n", max_size=80))
def test_offsets_are_in_order_and_never_overlap(text):
    found = find_dates(text)
    edges = [edge for f in found for edge in (f.char_start, f.char_end)]
    assert edges == sorted(edges)
    assert all(text[f.char_start : f.char_end].strip() for f in found)


def test_offsets_point_at_the_date():
    text = "Dat vond op 4 oktober plaats; het verslag kwam op di 6 mei 2024 uit."
    assert [text[f.char_start : f.char_end] for f in find_dates(text)] == ["4 oktober", "di 6 mei 2024"]
