"""Programmes in a table: one row per session ("Tijd | Zaal | Sessie | Spreker"), or one column per room or round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpus.document import Item, Speaker
from ingest import schedule
from ingest.blocks import Placed
from ingest.items.presenters import presenters
from ingest.items.programme_signs import MEETING
from ingest.items.scene import Scene, cut, is_short
from ingest.people import persons

_COLUMNS = {
    "time": r"tijd(?:stip|en)?|tijdslot|aanvang|wanneer|van|start",
    "end": r"tot|einde?|eindtijd",
    "room": r"zaal|locatie|ruimte|waar|plaats|lokaal",
    "round": r"ronde|blok",
    "label": r"nr\.?|nummer|code|#",
    "title": r"(?:sessie|workshop|deelsessie|lezing)(?:titel)?|onderwerp|titel|programma(?:onderdeel)?"
    r"|onderdeel|activiteit|wat|thema|inhoud|presentatie",
    "who": r"sprekers?|inleiders?|door|wie|presentator(?:en)?|workshopleiders?|begeleiding|gastsprekers?"
    r"|sprekers? ?/ ?organisatie",
    "organisation": r"organisatie|instelling",
    "about": r"omschrijving|beschrijving|toelichting",
}
_COLUMN = {key: re.compile(pattern, re.IGNORECASE) for key, pattern in _COLUMNS.items()}
_SESSION = re.compile(r"sessie|workshop|lezing|presentatie|programma", re.IGNORECASE)
# "A", "2b": which of the parallel sessions, where the others print a time.
_MARK = re.compile(r"\s*(?:[A-Z]\d?|\d{1,2}[a-z]?)[.)]?\s*")
_LED_BY = re.compile(r"(?:o\.?l\.?v\.?|onder leiding van|door|met|(?:gast)?sprekers?)\s*:?\s+", re.IGNORECASE)
_ROOM = re.compile(
    r"(?:zaal|ruimte|lokaal|track|stroom|parallel\w*)\s*[\w ]{1,20}|(?:workshop)?ronde \d", re.IGNORECASE
)


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the sessions that stand in tables, in order; the text of each is its row or its cell."""
    return tuple(item for placed in scene.blocks if placed.block.cells for item in _sessions(scene, placed))


def _sessions(scene: Scene, placed: Placed) -> Iterator[Item]:
    rows = placed.block.cells
    columns = _columns(rows)
    if "time" in columns and not any(_time(row, columns["time"]) for row in rows):
        # "Wie | Wat | Wanneer" may as well be a plan for the year.
        del columns["time"]
    if "time" not in columns and not ("title" in columns and ("who" in columns or "round" in columns)):
        return
    if "time" not in columns and not (_SESSION.search(rows[0][columns["title"]]) or MEETING.search(scene.title)):
        # "Wie | Wat" orders many a table.
        return
    if _matrix(rows[0], columns):
        yield from _cells(scene, placed, columns)
    elif "title" in columns:
        yield from _rows(scene, placed, columns)


def _columns(rows: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """Return which column holds what, by the header row, else by where the times stand."""
    named: dict[str, int] = {}
    for index, cell in enumerate(rows[0]):
        key = next((k for k, pattern in _COLUMN.items() if pattern.fullmatch(cell.strip(" :"))), None)
        if key and key not in named:
            named[key] = index
    if "title" in named or ("time" in named and len(named) > 1):
        return named
    if _matrix(rows[0], named):
        first = sum(bool(_time(row, 0)) for row in rows[1:]) >= max(1, len(rows) // 2)
        return {"time": 0, **named} if first else named
    timed = [i for i in range(len(rows[0])) if sum(bool(_time(r, i)) for r in rows) >= max(2, 0.6 * len(rows))]
    weekdays = sum(schedule.has_weekday(" ".join(row)) for row in rows)
    if not timed or weekdays > 1 or timed[0] + 1 >= len(rows[0]):
        return {}
    return {"time": timed[0], "title": timed[0] + 1} | ({"who": timed[0] + 2} if len(rows[0]) > timed[0] + 2 else {})


def _time(row: Sequence[str], index: int) -> schedule.Slot | None:
    return schedule.clock(row[index]) if index < len(row) else None


def _matrix(header: Sequence[str], columns: Mapping[str, int]) -> bool:
    return "title" not in columns and sum(bool(_ROOM.fullmatch(cell.strip())) for cell in header) >= 2


def _offsets(placed: Placed) -> Iterator[tuple[int, tuple[str, ...], list[int]]]:
    """Yield (row number, row, offset of each cell in the document) for the rows whose text is where it should be."""
    position = placed.char_start
    for number, row in enumerate(placed.block.cells):
        cells = []
        for cell in row:
            cells.append(position)
            position += len(cell) + 1
        if placed.block.text.startswith("\t".join(row), cells[0] - placed.char_start if cells else 0):
            yield number, row, cells


def _rows(scene: Scene, placed: Placed, columns: Mapping[str, int]) -> Iterator[Item]:
    above: dict[str, str] = {}
    for number, row, offsets in _offsets(placed):
        cell = {key: row[index].strip() for key, index in columns.items() if index < len(row)}
        filled = [index for index, content in enumerate(row) if content.strip()]
        if len(filled) == 1 and schedule.round_of(row[filled[0]]) and is_short(row[filled[0]]):
            # A row across the table announces a round, with its time.
            times = schedule.times_in(row[filled[0]])
            above = {"round": row[filled[0]], "time": " - ".join(times) if times else ""}
            continue
        if _MARK.fullmatch(cell.get("time", "")):
            cell["label"] = cell.pop("time").strip(" .")
        # A time or round that spans several rows is printed in the first of them.
        if cell.get("time") and above.get("time"):
            above["round"] = ""
        for key in ("time", "round"):
            cell[key] = cell.get(key) or above.get(key, "")
            above[key] = cell[key]
        title = cell.get("title", "")
        header = number == 0 and any(p.fullmatch(title.strip(" :")) for p in _COLUMN.values())
        if header or not title or schedule.is_break(title) or schedule.is_parallel(title):
            continue
        start, end = offsets[filled[0]], offsets[filled[-1]] + len(row[filled[-1]])
        yield cut("sessie", scene.text, start, end, **_values(cell, scene.text[start:end]))


def _values(cell: Mapping[str, str], text: str) -> dict[str, Any]:
    slot = schedule.clock(cell.get("time", ""))
    until = schedule.clock(cell.get("end", ""))
    label = schedule.LABEL.match(cell["title"])
    digits = re.search(r"\d", cell.get("round", ""))
    rounds = (schedule.round_of(cell.get(key, "")) for key in ("round", "time"))
    fields = {name: cell[key] for name, key in (("zaal", "room"), ("sessie", "label")) if cell.get(key)}
    if label:
        fields["sessie"] = label["mark"] or label["short"]
    title = cell["title"][label.end() :] if label and label.end() < len(cell["title"]) else cell["title"]
    return {
        "title": schedule.without_cancel_mark(title.split("\n")[0]),
        "start": slot.start if slot else None,
        "end": (slot.end if slot else None) or (until.start if until else None),
        "round": next(filter(None, rounds), int(digits.group()) if digits else None),
        "speakers": _speakers(cell),
        "cancelled": schedule.is_cancelled(text),
        "tba": schedule.is_tba(text),
        "fields": fields,
    }


def _speakers(cell: Mapping[str, str]) -> tuple[Speaker, ...]:
    people = persons(_LED_BY.sub("", cell.get("who", ""), count=1))[0] or presenters(cell["title"])
    organisation = cell.get("organisation") or None
    return tuple(Speaker(p.name, p.role, p.organisation or organisation) for p in people)


def _cells(scene: Scene, placed: Placed, columns: Mapping[str, int]) -> Iterator[Item]:
    """One session per cell; the header names the room or the round of its column."""
    header = placed.block.cells[0]
    for number, row, offsets in _offsets(placed):
        time = row[columns.get("time", 0)] if columns.get("time", 0) < len(row) else ""
        for index, text in enumerate(row):
            if (
                number == 0
                or index == columns.get("time", 0)
                or index >= len(header)
                or not text.strip()
                or schedule.is_break(text)
            ):
                continue
            round_number = schedule.round_of(header[index])
            cell = {
                "title": text,
                "who": "",
                "time": time,
                "room": "" if round_number else header[index],
                "round": header[index] if round_number else "",
            }
            yield cut("sessie", scene.text, offsets[index], offsets[index] + len(text), **_values(cell, text))
