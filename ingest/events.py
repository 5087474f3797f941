"""The meeting that a document announces or reports: when, where, and its name where the text quotes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from corpus.gemeenten import mentions
from corpus.sentences import sentences
from ingest.blocks import Block
from ingest.dates import FoundDate, find_dates
from ingest.kind import EVENT
from ingest.schedule import has_weekday

_NOUN = re.compile(rf"\b{EVENT}\b", re.IGNORECASE)
_HAPPENS = re.compile(
    r"\b(?:vond(?:en)?|vind(?:t|en))\b.*\bplaats\b"
    rf"|{EVENT}[^.]{{0,60}}\((?:\w+dag\s+)?\d{{1,2}}\s"
    rf"|\bop\s+(?:\w+dag\s+)?\d{{1,2}}\s.*\bnaar (?:de|het|ons|onze)\b.*{EVENT}"
    rf"|\b(?:organise(?:ert|ren|erde|erden)|houd(?:t|en)|hield(?:en)?)\b.*{EVENT}"
    rf"|{EVENT}.*\b(?:op|van)\s+(?:\w+dag\s+)?\d{{1,2}}\s"
    rf"|\bop\s+(?:\w+dag\s+)?\d{{1,2}}\s.*\b(?:is|was|komen|kwamen)\b.*{EVENT}",
    re.IGNORECASE | re.DOTALL,
)
# What tells of the meeting that the title names.
_GATHERS = re.compile(
    r"\bop\s+(?:\w+dag\s+)?\d{1,2}\s.*\b(?:kwam(?:en)?|kom(?:t|en)|bijeen|troffen|verzamelden|bezochten)\b",
    re.IGNORECASE | re.DOTALL,
)
_NEXT_TIME = re.compile(r"\bvolgend(?:e)? (?:jaar|keer|editie)\b", re.IGNORECASE)
_COMING = re.compile(r"programma|uitnodiging|aankondiging|save the date|workshops|sessies", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:vond(?:en)?|organiseerden?|hield(?:en)?|was|waren|werd(?:en)?|kwam(?:en)?|ging(?:en)?|trok(?:ken)?"
    r"|spr(?:ak|aken)|bezochten?)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(r"(?:(?P<meets>wanneer)|datum)(?: en tijd)?\s*:", re.IGNORECASE)
_WHERE = re.compile(r"(?:locatie|plaats|waar)\s*:\s*(?P<place>[^\n]{2,80})", re.IGNORECASE)
_CLOCK = r"\d{1,2}[.:]\d{2}(?:\s*(?:uur|u)\b)?"
_TIMES = re.compile(rf"(?:van\s+)?{_CLOCK}(?:\s*(?:-|–|tot)\s*{_CLOCK})?")
_QUOTED = re.compile(r"[‘“']([A-Z][^’”',]{5,80})")
# In a longer text a meeting is one of many things that are mentioned.
_LONGEST = 3000


@dataclass(frozen=True)
class Event:
    """A meeting. `date` is ISO as far as known; `year_guessed` says that its year follows from the publication."""

    date: str
    place: str | None = None
    name: str | None = None
    year_guessed: bool = False


def find_event(title: str | None, blocks: Sequence[Block], published: str | None) -> Event | None:
    """Return the one meeting that a document is about, or None where it names none, or several.

    Args:
        title: of the document, if it has one.
        blocks: the kept blocks, without readers' comments.
        published: ISO date of publication; a day and month without a year take the year that fits it.
    """
    dates = find_dates(title or "") if _NOUN.search(title or "") else ()
    lines = [line for block in blocks for line in block.text.split("\n")]
    place = next((m["place"].strip() for line in lines if (m := _WHERE.match(line))), None)
    if dates:
        return Event(dates[0].value, place)
    titled = _NOUN.search(title or "") is not None
    below = [event for b in blocks[:5] if (event := _day_line(b.text, title or ""))] if titled else []
    if below:
        return replace(below[0], place=place or below[0].place)
    for line in lines:
        when = _WHEN.match(line)
        dated = find_dates(line) if when else ()
        # "Datum: 6 mei 2024" above a letter is the day that it was written.
        if dated and (when["meets"] or has_weekday(line) or titled):  # type: ignore[index]
            return _dated(Event(dated[0].value, place), line, published)
    if sum(len(block.text.split()) for block in blocks) > _LONGEST:
        return None
    found = [event for block in blocks for event in _told(block.text, published, titled=titled)]
    return found[0] if len({event.date for event in found}) == 1 else None


def _day_line(text: str, title: str) -> Event | None:
    """Return the meeting of a line such as "Donderdag 9 november 2023, 13.00 – 17.00 uur | De Schouw, Nijkerk".

    A bare date is that of the meeting only below the title of its programme; else it is that of the page.
    """
    dates = find_dates(text)
    if not dates or dates[0].char_start > 0 or dates[0].precision != "day":
        return None
    line = re.split(r"\.\s|\n", text[dates[0].char_end :])[0]
    place = _TIMES.sub("", line).strip(" \t\xa0,|·•–-.")
    known = place if len(place) <= 80 and mentions(place) else None
    if not (known or _TIMES.search(line) or has_weekday(text[: dates[0].char_end]) or _COMING.search(title)):
        return None
    return Event(dates[0].value, known)


def _told(text: str, published: str | None, *, titled: bool) -> list[Event]:
    """Return the meetings that the sentences of `text` tell the day of."""
    found = []
    for start, end in sentences(text):
        sentence = text[start:end]
        days: list[FoundDate] = [d for d in find_dates(sentence) if d.precision in ("day", "month-day")]
        if (
            days
            and not _NEXT_TIME.search(sentence)
            and (_HAPPENS.search(sentence) or (titled and _GATHERS.search(sentence)))
        ):
            places = [m.spelling for m in mentions(sentence)]
            quoted = _QUOTED.search(sentence) if _NOUN.search(sentence) else None
            event = Event(days[0].value, places[0] if places else None, quoted[1].strip() if quoted else None)
            found.append(_dated(event, sentence, published))
    return found


def _dated(event: Event, sentence: str, published: str | None) -> Event:
    """Give an event without a year the year of the last, or in the present tense the next, such day."""
    if not event.date.startswith("--") or not published or len(published) < 10:
        return event
    past = _PAST.search(sentence) is not None
    year = int(published[:4])
    same = f"{year}{event.date[1:]}"
    if (same > published) if past else (same < published):
        year += -1 if past else 1
    try:
        date(year, int(event.date[2:4]), int(event.date[5:]))
    except ValueError:
        return event
    return replace(event, date=f"{year}{event.date[1:]}", year_guessed=True)
