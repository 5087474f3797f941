"""Dates as Dutch publications write them. Nothing here knows what day it is: a missing year stays missing.

A date is ISO 8601 as far as the text goes: "2018-09-20", "2018-09", "2018", or "--10-04" without a year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from corpus.document import DatePrecision

_MONTHS = (
    "jan(?:uari)?|feb(?:ruari|r)?|maart|mrt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?|sept?(?:ember)?|okt(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_NUMBERS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "maa mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"), 1
    )
    for name in names.split()
}
_WEEKDAY = (
    r"(?:(?:ma(?:andag)?|di(?:nsdag)?|wo(?:ensdag)?|do(?:nderdag)?|vr(?:ijdag)?|za(?:terdag)?|zo(?:ndag)?)"
    r"\.?,?\s+)?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:e|ste|de)?"
_YEAR = r"(?:(?:19|20)\d{2}(?!\d|[.:]\d)|['’‘]\d{2})(?!\w)"
# What may stand between two days of one month, or between two dates that share a year.
_AND = r"\s*(?:,|-|–|/|,?\s(?:en|of|t/m|tot(?:\sen\smet)?)\s)\s*"

_SPELLED = re.compile(
    rf"(?<![\w.,/-])(?P<days>{_WEEKDAY}{_DAY}(?:{_AND}{_DAY})*)\s+(?P<month>{_MONTHS})\b\.?(?:,?\s*(?P<year>{_YEAR}))?",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<![\w./-])(?P<year>(?:19|20)\d{2})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])")
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<day>\d{1,2})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<year>(?:19|20)\d{2})(?![\w/-]|\.\d)"
)
_MONTH_YEAR = re.compile(
    rf"(?<![\w-])(?<!\d\s)(?P<month>{_MONTHS})\b\.?\s+(?P<year>(?:19|20)\d{{2}})(?!\w|[.:]\d)", re.IGNORECASE
)
_YEAR_ONLY = re.compile(
    r"(?<!\w)(?:(?:voor|na)jaar|lente|zomer|herfst|winter|kwartaal|begin|medio|eind|halverwege|in|sinds|vanaf|tot|jaar)"
    r"(?:\s+(?:van|in))?\s+(?P<year>(?:19|20)\d{2})(?!\w|[.:,]\d|\s?[%€])",
    re.IGNORECASE,
)


_NUMBERED = re.compile(
    r"\b(?:art(?:ikel|\.)|lid|p(?:agina|ag)?\.?|nr\.?|nummer|tabel|figuur|hoofdstuk)\s$", re.IGNORECASE
)


@dataclass(frozen=True)
class FoundDate:
    """A date in a text: its ISO value, how precise it is, and the stretch of text that it was read from."""

    value: str
    precision: DatePrecision
    char_start: int
    char_end: int


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """Return the dates in `text`, left to right; of a range both ends, of an enumeration every day.

    Numbers of telephones, laws, pages and amounts are no dates, and neither is 31 februari.
    """
    found: list[FoundDate] = []
    taken = bytearray(len(text))
    for reader in (_spelled, _iso, _month_year, _year_only):
        for date_ in reader(text):
            if not any(taken[date_.char_start : date_.char_end]):
                taken[date_.char_start : date_.char_end] = b"x" * (date_.char_end - date_.char_start)
                found.append(date_)
    return tuple(sorted(found, key=lambda f: f.char_start))


def _spelled(text: str) -> Iterator[FoundDate]:
    matches = [m for m in _SPELLED.finditer(text) if not _NUMBERED.search(text[max(0, m.start() - 12) : m.start()])]
    years = [_year(match["year"]) for match in matches]
    for i in range(len(matches) - 2, -1, -1):
        # "30 september en 1 oktober 2020": the year is said once, at the end.
        if years[i] is None and re.fullmatch(_AND, text[matches[i].end() : matches[i + 1].start()]):
            years[i] = years[i + 1]
    for match, year in zip(matches, years, strict=True):
        days = list(re.finditer(_DAY, match["days"], re.IGNORECASE))
        month = _NUMBERS[match["month"][:3].lower()]
        for day in days:
            start = match.start() if day is days[0] else match.start("days") + day.start()
            end = match.end() if day is days[-1] else match.start("days") + day.end()
            yield from _day(year, month, int(re.sub(r"\D", "", day[0])), start, end)


def _iso(text: str) -> Iterator[FoundDate]:
    for pattern in (_ISO, _NUMERIC):
        for match in pattern.finditer(text):
            yield from _day(int(match["year"]), int(match["month"]), int(match["day"]), match.start(), match.end())


def _month_year(text: str) -> Iterator[FoundDate]:
    for match in _MONTH_YEAR.finditer(text):
        month = _NUMBERS[match["month"][:3].lower()]
        yield FoundDate(f"{match['year']}-{month:02}", "month", match.start(), match.end())


def _year_only(text: str) -> Iterator[FoundDate]:
    for match in _YEAR_ONLY.finditer(text):
        yield FoundDate(match["year"], "year", match.start(), match.end())


def _day(year: int | None, month: int, day: int, start: int, end: int) -> Iterator[FoundDate]:
    try:
        # A leap year stands in for an unknown one: 29 februari exists.
        date(year or 2000, month, day)
    except ValueError:
        return
    if year is None:
        yield FoundDate(f"--{month:02}-{day:02}", "month-day", start, end)
    else:
        yield FoundDate(f"{year}-{month:02}-{day:02}", "day", start, end)


def _year(written: str | None) -> int | None:
    """Return "2018" and "'18" as 2018; two digits from 70 up are of the last century."""
    if written is None:
        return None
    digits = int(re.sub(r"\D", "", written))
    return digits if digits > 99 else digits + (1900 if digits >= 70 else 2000)
