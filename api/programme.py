"""The programme of a congress as iCalendar (RFC 5545), so that a session can stand in an agenda."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import Conditional, found_document, origin
from api.feeds import lasting_id
from api.problems import Failure
from corpus.cite import SESSIONS
from corpus.cite_formats import one_line
from corpus.document import Document, Item

if TYPE_CHECKING:
    from icalendar import Event

MEETINGS = ("congresprogramma", "aankondiging")
_LONGEST_SUMMARY = 120

router = APIRouter(include_in_schema=False)


class Session(NamedTuple):
    """A session with the moments that it starts and ends, None where the programme does not tell."""

    item: Item
    start: datetime | None
    end: datetime | None


def day_of(document: Document) -> date | None:
    """Return the day of the meeting that a document is about, None where it is not known to the day."""
    try:
        return date.fromisoformat(document.event_date or "") if document.kind in MEETINGS else None
    except ValueError:
        return None


def sessions(document: Document) -> tuple[Session, ...]:
    """Return the sessions of a programme in the order of the text, with moments in Dutch time."""
    day = day_of(document)
    return tuple(_session(item, day) for item in document.items if item.kind in SESSIONS)


def _session(item: Item, day: date | None) -> Session:
    start, end = _moment(day, item.start), _moment(day, item.end)
    return Session(item, start, end if start and end and end > start else None)


def _moment(day: date | None, clock: str | None) -> datetime | None:
    try:
        return datetime.combine(day, time.fromisoformat(clock), ZoneInfo("Europe/Amsterdam")) if day and clock else None
    except ValueError:
        return None


@router.get("/publicatie/{id}/agenda")
def agenda(request: Request, current: Conditional, id: str) -> Response:
    """The sessions with a time, or the whole day where there are none, as a file for any agenda."""
    document = found_document(request, current, id)
    day = day_of(document)
    if day is None:
        raise Failure(404, "Van deze publicatie is geen dag van een bijeenkomst bekend, dus er is geen agenda.")
    headers = {"Content-Disposition": f'attachment; filename="samenwijzer-{document.id}.ics"'}
    text = calendar(document, day, f"{origin(request)}/publicatie/{document.id}")
    return Response(text, headers=headers, media_type="text/calendar; charset=utf-8")


def calendar(document: Document, day: date, address: str) -> bytes:
    """Return the calendar: UTF-8, lines folded at 75 octets, the time zone spelled out.

    Args:
        document: a programme.
        day: when the meeting is.
        address: where readers find the document.
    """
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Samenwijzer//Congresprogramma//NL")
    made.add("version", "2.0")
    made.add("x-wr-calname", one_line(document.title or "Bijeenkomst"))
    timed = [session for session in sessions(document) if session.start]
    for event in _timed(document, timed, address) if timed else [_whole_day(document, day, address)]:
        made.add_component(event)
    if timed:
        made.add_missing_timezones(first_date=date(day.year, 1, 1), last_date=date(day.year, 12, 31))
    return bytes(made.to_ical())


def _timed(document: Document, timed: list[Session], address: str) -> Iterator[Event]:
    used: Counter[str] = Counter()
    for session in timed:
        item = session.item
        # By title, not by the item's id, which follows from its text: a session that is moved or retold stays the same.
        used[item.title] += 1
        key = (document.id, item.title, str(used[item.title]))
        speakers = [", ".join(filter(None, (s.name, s.role, s.organisation))) for s in item.speakers]
        told = "\n".join([*speakers, *([item.text] if item.text != item.title else [])])
        event = _event(document, key, item.title, told, f"{address}#{item.id}")
        event.add("dtstart", session.start)
        if session.end:
            event.add("dtend", session.end)
        event.add("status", "CANCELLED" if item.cancelled else "TENTATIVE" if item.tba else "CONFIRMED")
        yield event


def _whole_day(document: Document, day: date, address: str) -> Event:
    programme = "\n".join(session.item.title for session in sessions(document))
    event = _event(document, (document.id,), document.title or "Bijeenkomst", programme, address)
    event.add("dtstart", day)
    return event


def _event(document: Document, key: tuple[str, ...], title: str, told: str, address: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", str(lasting_id("agenda", *key)))
    event.add("dtstamp", datetime.fromisoformat(document.fetched_at).astimezone(UTC))
    event.add("summary", textwrap.shorten(one_line(title), _LONGEST_SUMMARY, placeholder=" …"))
    event.add("description", "\n\n".join(filter(None, (_clean(told), address))))
    event.add("url", address)
    if document.event_place:
        event.add("location", one_line(document.event_place))
    return event


def _clean(text: str) -> str:
    """Return the text without control characters, its lines kept."""
    return "\n".join(map(one_line, text.splitlines()))
