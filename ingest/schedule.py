"""Clock times, rounds and set phrases of Dutch programmes: what one line says about the timetable."""

from __future__ import annotations

import re
from typing import NamedTuple

_HOUR = r"(\d{1,2})(?:[.:](\d{2}))?\s*(?:uur|u|h)?\b\.?"
_FULL = r"(\d{1,2})[.:](\d{2})"
_RANGE = re.compile(
    rf"\W*(?:van\s+)?{_FULL}\s*(?:uur|u|h)?\.?\s*(?:[-–—]|tot(?: en met)?|t/m)\s*{_FULL}\s*(?:uur\b"
    rf"|u\b|h\b)?\.?[\s:|,)–—-]*",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    rf"\W*(?:(?:om|vanaf|±|ca\.?)\s+)?{_FULL}(?:\s*(?:uur\b|u\b|h\b)\.?[\s:|,–—-]*|[\s:|,–—-]+|$)", re.IGNORECASE
)
_ANYWHERE = re.compile(rf"{_FULL}\s*(?:uur|u|h)?\.?\s*(?:[-–—]|tot)\s*{_FULL}", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"\b(?:ma|di|wo|do|vr|za|zo|maan|dins|woens|donder|vrij|zater|zon)(?:dag(?:en)?)?\b", re.IGNORECASE
)

_WORDS = {
    "een": 1,
    "één": 1,
    "eerste": 1,
    "twee": 2,
    "tweede": 2,
    "drie": 3,
    "derde": 3,
    "vier": 4,
    "vierde": 4,
    "vijf": 5,
    "vijfde": 5,
}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_ROUND = re.compile(
    r"\b\w*ronde[:\s]+(?P<after>\d{1,2}|i{1,3}|iv|een|één|twee|drie|vier|vijf)\b"
    r"|\b(?P<before>\d{1,2}\s?(?:e|de|ste)|eerste|tweede|derde|vierde|vijfde)\s+(?:\w+\s?)?\w*ronde\b",
    re.IGNORECASE,
)
_PARALLEL = re.compile(
    r"(?:parallel\w*|keuze|deel|inspiratie|praktijk|verdiepings|break-?out|thema|flits)?[\s-]?(?:sessies|presentaties"
    r"|workshops|masterclasses|ronde ?tafels|tafelgesprekken|werksessies|deelsessies)"
    r"(?:\s+(?:\w+\s)?ronde\w*.{0,20})?|parallelprogramma|keuzeprogramma",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?:(?:(?:koffie|thee|lunch|middag|ochtend|eet|korte |wissel)?pauze|lunch(?:buffet|pauze)?|inloop|ontvangst"
    r"|registratie|aankomst|(?:netwerk)?borrel|drankje|hapje|diner|(?:informele? )?netwerk(?:en|borrel|moment|lunch)?"
    r"|napraten|wissel(?:en|tijd)?|koffie|thee|informatiemarkt)\b"
    r"(?:\s*(?:\(.*\)|[-,&/+].{0,60}|(?:en|met|op|in|aan|bij|voor|door|tijdens|om)\b.{0,80}))?"
    r"|(?:einde?|sluiting|vertrek|zaal open)(?: (?:van )?(?:het |de )?(?:programma|congres|bijeenkomst|dag|middag))?)",
    re.IGNORECASE,
)
_TBA = (
    r"(?:n\.?\s?n\.?\s?[bt]\.?|t\.?b\.?[ac]\.?|nader te bepalen|nader bekend(?: te maken)?"
    r"|nog niet bekend|nog onbekend"
    r"|word(?:t|en) (?:nog|later|nader|binnenkort|in \w+) bekend ?gemaakt|(?:spreker|naam|titel|inhoud"
    r"|beschrijving|(?:meer )?informatie|nadere informatie|toelichting|details) volgt?(?: (?:nog"
    r"|later|binnenkort|spoedig))?|volgt (?:nog|later|binnenkort))"
)
_PLACEHOLDER = re.compile(rf"(?:{_TBA}|(?:meer )?(?:informatie|details) volgen?(?: \w+)?|volgt)\W*", re.IGNORECASE)
_HAS_TBA = re.compile(rf"(?<!\w){_TBA}(?!\w)", re.IGNORECASE)
_CANCELLED = re.compile(
    r"\b(?:vervallen|vervalt|geannuleerd|afgelast|gecanceld|cancelled)\b|\bgaat (?:helaas "
    r"|door .{0,30} )?niet door\b",
    re.IGNORECASE,
)
_CANCEL_MARK = re.compile(
    r"[\[(]?\s*(?:vervallen|vervalt|geannuleerd|afgelast|gecanceld|cancelled)\s*[\])]?\s*[:!–—-]*\s*", re.IGNORECASE
)
LABEL = re.compile(
    r"(?P<noun>(?:(?:parallel|deel|keuze|inspiratie|praktijk|werk|verdiepings|thema|break-?out"
    r"|flits)[\s-]?)?(?:sessie|workshop|werksessie|deelsessie|masterclass|lezing|ronde ?tafel|tafel"
    r"|atelier|flitspresentatie|pitch))"
    r"(?:\s*(?=\d)|\s+(?=(?-i:[A-Z])))(?P<mark>\d{1,2}(?:[.-]?[a-z0-9])?"
    r"|[a-z]\d?)\b\s*(?:[:.)|–—-]\s*|\s(?=[A-Z‘“\"'])|$)"
    r"|(?P<short>(?-i:[A-Z]\d|\d[a-zA-Z]|[A-H]))(?:[.:)]|\s[–—-])\s+(?=\S)",
    re.IGNORECASE,
)


class Slot(NamedTuple):
    """A time at the start of a line: "11:30" and so on, and where the rest of the line begins."""

    start: str
    end: str | None
    rest: int


def clock(text: str) -> Slot | None:
    """Return the time or time range that a line opens with; None for none, and for opening hours.

    A single time has to be written as one: "9.30 uur", "09.30 Opening", but not "2.10 Financiering" (a section) or
    "1.250" (a number).
    """
    match = _RANGE.match(text)
    if match:
        start, end = _time(match[1], match[2]), _time(match[3], match[4])
        return Slot(start, end, match.end()) if start and end else None
    match = _SINGLE.match(text)
    if match is None:
        return None
    start = _time(match[1], match[2])
    plausible = len(match[1]) == 2 or any(sign in match.group().lower() for sign in "u:\t")
    return (
        Slot(start, None, match.end())
        if start and plausible and int(match[1]) >= 6 and int(match[2]) % 5 == 0
        else None
    )


def times_in(text: str) -> tuple[str, str] | None:
    """Return the first time range anywhere in a line, or None."""
    match = _ANYWHERE.search(text)
    if match is None:
        return None
    start, end = _time(match[1], match[2]), _time(match[3], match[4])
    return (start, end) if start and end else None


def _time(hour: str, minute: str) -> str | None:
    return f"{int(hour):02d}:{minute}" if int(hour) < 24 and int(minute) < 60 else None


def has_weekday(text: str) -> bool:
    """Tell whether a line names a day of the week, as opening hours do."""
    return _WEEKDAY.search(text) is not None


def round_of(text: str) -> int | None:
    """Return the round that a line announces: "Workshops ronde 2", "1ste ronde praktijksessies"; None for none."""
    match = _ROUND.search(text)
    if match is None:
        return None
    word = (match["after"] or match["before"]).lower()
    digits = re.match(r"\d+", word)
    return int(digits.group()) if digits else _WORDS.get(word) or _ROMAN.get(word)


def is_parallel(text: str) -> bool:
    """Tell whether a line only says that parallel sessions follow."""
    return _PARALLEL.fullmatch(text.strip(" :.–-")) is not None


def is_break(text: str) -> bool:
    """Tell whether an entry is no part of the content: reception, lunch, drinks."""
    return _BREAK.fullmatch(text.strip(" :.–-!")) is not None


def is_placeholder(text: str) -> bool:
    """Tell whether a line only says that something is still to be announced."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def is_tba(text: str) -> bool:
    """Tell whether something in a session is still to be announced."""
    return _HAS_TBA.search(text) is not None


def is_cancelled(text: str) -> bool:
    """Tell whether a session is announced as cancelled."""
    return _CANCELLED.search(text) is not None


def without_cancel_mark(title: str) -> str:
    """Return a title without the word that says the session is cancelled."""
    return _CANCEL_MARK.sub("", title).strip(" \xa0:–—-") or title
