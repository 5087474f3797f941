"""What shows that a page is a programme, and what its lines are: rounds, structure, housekeeping."""

from __future__ import annotations

import re

from ingest import schedule
from ingest.items.scene import Scene, is_short

_EVENT = (
    r"kennisdag|congres|symposium|conferentie|bijeenkomst|studiedag|themadag|netwerkdag|regiodag"
    r"|werkconferentie|webinar|festival|seminar|kennis(?:middag|ochtend)|middag|\w*dag\b"
)
_PROGRAMME = re.compile(
    rf"(?:het\s+|plenair\s+|volledige?\s+|concept)?(?:dag|ochtend|middag|avond"
    rf"|congres)?programma(?:overzicht| overzicht)?(?:\s+(?:van (?:de"
    rf"|het)\s+)?(?:\w+\s+){{0,3}}(?:{_EVENT}|plenair|\d{{1,2}} \w+).*)?\W*"
    r"|(?:dag|tijd)schema\W*|agenda van de dag\W*|draaiboek\W*",
    re.IGNORECASE,
)
STRUCTURE = re.compile(
    r"(?:plenair(?:e)?(?:\s+(?:deel|programma|opening|ochtend|middag)?)?|(?:ochtend|middag"
    r"|avond)(?:programma|deel)?|sessies|(?:deel|parallel|inspiratie)sessies|workshops|sprekers"
    r"|flitspresentaties|dag \d|(?:maan|dins|woens|donder|vrij)dag\b.{0,30})\W*",
    re.IGNORECASE,
)
STOP = re.compile(
    r"(?:praktische (?:informatie|zaken)|aanmeld(?:en|ing).*|inschrijv(?:en|ing).*|locatie.*|route.*"
    r"|bereikbaarheid.*|kosten.*|accreditatie.*|contact.*|voor wie.*|doelgroep.*|organisatie.*"
    r"|over .{3,60}|meer (?:weten|informatie).*|parkeren.*|datum.*|partners.*)\W*",
    re.IGNORECASE,
)
HOUSEKEEPING = re.compile(
    r"\b(?:aanmelden|inschrijven|deelname (?:is|kost)|parkeren|accreditatie|nodigen (?:u|je|wij)"
    r"|van harte (?:welkom|uitgenodigd)|hieronder (?:vind|staat|leest)|programma (?:ziet|vindt"
    r"|bestaat)|organiseren wij|organiseert)\b",
    re.IGNORECASE,
)
RUNS_ON = re.compile(
    r"(?:in het (?:eerste|tweede|derde|laatste) (?:deel|gedeelte)|vervolgens|daarna|daarnaast"
    r"|aansluitend|hierna|tot slot|ook (?:is|zijn|komt|wordt)|aan het eind|na (?:deze"
    r"|de) (?:inleiding|presentatie))\b",
    re.IGNORECASE,
)
# Words of a title or heading without which "Workshop 1" may as well be a meeting of a course.
MEETING = re.compile(
    r"\b(?:congres|symposium|\w*conferentie|festival|(?:kennis|studie|thema|netwerk|regio|inspiratie|werk)(?:dag|ochtend|middag|avond)|programma"
    r"|workshops|(?:deel|parallel|inspiratie)?sessies|workshopronden?s?|masterclasses)\b",
    re.IGNORECASE,
)
# "Ronde 2", "Workshops ronde 2", "Tweede workshopronde"; not "Zie ronde 2."
_ALONE = re.compile(r"(?!(?:zie|na|voor|in|tijdens|uit)\b)[^.]*$", re.IGNORECASE)
MIN_TIMES = 3


def is_programme(scene: Scene) -> bool:
    """Tell whether a document is the programme of a day: by its times, its labelled sessions or its rounds."""
    timed = [i for i in range(len(scene.blocks)) if is_timed(scene, i)]
    weekdays = sum(schedule.has_weekday(scene.block(i).text) for i in timed)
    if len(timed) >= MIN_TIMES and weekdays < len(timed):
        return True
    headings = [p.block.text for p in scene.blocks if p.block.kind == "heading"]
    if len(_labels(scene)) >= 2 and not timed and any(map(MEETING.search, headings)):
        return True
    announced = any(map(is_programme_heading, headings))
    return announced and any(is_round(scene, i) for i in range(len(scene.blocks)))


def is_programme_heading(text: str) -> bool:
    """Tell whether a heading or title announces a programme: "Programma", "Programma kennisdag 20 september"."""
    return _PROGRAMME.fullmatch(text.strip()) is not None


def is_timed(scene: Scene, index: int) -> bool:
    """Tell whether a block opens with a clock time."""
    block = scene.block(index)
    return block.kind != "table" and schedule.clock(block.text) is not None


def is_round(scene: Scene, index: int) -> bool:
    """Tell whether a block is the heading of a round."""
    block = scene.block(index)
    if block.kind in ("table", "list_item") or not names_round(block.text):
        return False
    alone = len(block.text.split()) <= 5 and _ALONE.match(block.text) is not None
    return block.kind == "heading" or schedule.times_in(block.text) is not None or alone


def names_round(text: str) -> bool:
    """Tell whether a line names a round by its number."""
    return is_short(text, 16) and schedule.round_of(text) is not None


def _labels(scene: Scene) -> frozenset[str]:
    """Return the distinct marks of labelled sessions ("workshop 1", "sessie A")."""
    found = (schedule.LABEL.match(p.block.text) for p in scene.blocks if p.block.kind != "table")
    return frozenset(f"{m['noun']} {m['mark']}".lower() for m in found if m and m["noun"])
