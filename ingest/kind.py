"""What kind of document a page is, by simple rules over its address, its title and the shape of its blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from ingest import labels, schedule
from ingest.blocks import Block
from ingest.numerals import NUMBER

EVENT = (
    r"(?:\w*congres|(?:kennis|studie|thema|inspiratie|netwerk|werk|regio|ontmoetings|scholings|informatie)(?:dag|ochtend|middag|avond)"
    r"|\w*symposium|\w*conferentie|\w*bijeenkomst|webinar|masterclass|werkatelier)"
)


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


_DATABANK = _pattern(
    r"loketgezondleven\.nl/interventies|interventies\.loketgezondleven|/databank\w*/|effectieve-.*interventies"
)
_RECORD = _pattern(
    r"erkenning|effectiviteit|onderbouwing|materiaal|ontwikkelaar|uitvoerende organisatie|aanpak|doel(?:groep)?\b"
)
_TIP = re.compile(r"(?:tip|advies)\s*(?:nr\.?\s*)?\d+\b", re.IGNORECASE)
_TIPS = re.compile(
    rf"\btips\b(?! (?:van|voor je))|\b(?:{NUMBER})\s+(?:\w+\s)?tips\b|\b\d+ (?:gouden )?regels\b", re.IGNORECASE
)
_PROGRAMME = re.compile(
    rf"\b(?:dag|congres)?programma\b.*(?:{EVENT}|\d{{4}})|{EVENT}.*\bprogramma\b"
    rf"|^(?:workshops|(?:deel)?sessies)\b.*{EVENT}",
    re.IGNORECASE,
)
_ROUND = re.compile(r"\bronde\s+\d|\d{1,2}[.:]\d{2}\s*(?:uur)?\s*(?:-|–|tot)\s*\d{1,2}[.:]\d{2}", re.IGNORECASE)
_ANNOUNCES = _pattern(r"aankondiging|uitnodiging|save the date|meld je aan|schrijf (?:je|u) in|aanmelden voor")
_PART = _pattern(
    r"workshops?$|flitspresentaties|sprekers$|programma$|aanmelden|inschrijven|kosten$|accreditatie|locatie$|voor wie\b"
)
_LOOKS_BACK = _pattern(r"verslag|terugblik|impressie")

_BY_TITLE = (
    (
        "beleidspagina",
        _pattern(r"kamerbrief|wetsvoorstel|raadsbrief|begroting|schriftelijk overleg|bestuursrapportage"),
    ),
    ("factsheet", _pattern(r"fact ?sheet|infographic|infosheet|feiten (?:en|&) cijfers|in cijfers|cijfers over")),
    (
        "handreiking",
        _pattern(
            r"handreiking|leidraad|\w*richtlijn|\w*handleiding|stappenplan|toolkit|toolbox|werkwijzer|werkmap|werkboek"
            r"|handboek|draaiboek|checklist|praktijkkaart|praatpapier|LESA\b|\w*samenwerkingsafspra|zorgstandaard"
            r"|modelafspra|protocol|NHG-Standpunt|meldcode|routekaart|wegwijzer|infokaart|gids\b"
        ),
    ),
    (
        "rapport",
        _pattern(
            r"\w*rapport(?:age)?\b|verkenning|\w*evaluatie|onderzoek\b|\w*monitor\b|advies\b(?!-)|jaarverslag|\w*akkoord"
            r"|studie\b|proefschrift|scriptie|inventarisatie|peiling|quickscan|kennissynthese|werkagenda|eindverslag"
        ),
    ),
    (
        "beleidspagina",
        _pattern(r"\w*beleid\w*|regioplan|regiobeeld|programma|actieplan|standpunt"),
    ),
)
_BY_SECTION = (
    ("rapport", _pattern(r"/rapporten/")),
    ("beleidspagina", _pattern(r"/kamerstukken/|officielebekendmakingen\.nl|tweedekamer\.nl")),
    (
        "nieuwsbericht",
        _pattern(r"/nieuws(?:bericht(?:en)?|brief)?/|/news/|/actueel/|/blogs?/|/persberichten?/|/partnernieuws/"),
    ),
)
_BY_PATH = (
    ("rapport", _pattern(r"/onderzoek/|/publicaties/item")),
    ("beleidspagina", _pattern(r"/beleid/|/themas?/|/onderwerpen/|/programmas?/|/dossiers?/|/standpunt")),
    ("artikel", _pattern(r"/artikel(?:en)?/|/interview/|/journal|/magazine")),
)


def infer_kind(url: str | None, title: str | None, blocks: Sequence[Block], *, dated: bool) -> str:
    """Return the most likely of `corpus.document.DOCUMENT_KINDS`; "artikel" where nothing points elsewhere.

    Args:
        url: address of the page, if it has one.
        title: its title, if it has one.
        blocks: the kept blocks, without readers' comments.
        dated: whether a date line stands at the top, as over a news item.
    """
    path, title = _address(url), title or ""
    by_shape = _by_shape(path, title, blocks)
    if by_shape:
        return by_shape
    for rules, subject in ((_BY_SECTION, path), (_BY_TITLE, title), (_BY_PATH, path)):
        for kind, pattern in rules:
            if pattern.search(subject):
                return kind
    if blocks and (blocks[-1].page or 0) > 12:
        return "rapport"
    if dated:
        return "nieuwsbericht"
    headings = [b.text for b in blocks if b.kind == "heading"]
    return "beleidspagina" if any(re.search(r"\bbeleid\b", h, re.IGNORECASE) for h in headings) else "artikel"


def _address(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.hostname or ''}{parts.path}/"


def _by_shape(path: str, title: str, blocks: Sequence[Block]) -> str | None:
    """Return the kind of a page whose form gives it away."""
    headings = [b.text for b in blocks if b.kind in ("heading", "label")]
    # Terms of a definition list make a record of any page; headings such as "Doel" also order a policy paper.
    terms = {labels.field_of(b.text) for b in blocks if b.kind == "label"} - {None}
    if len(terms) >= 4 and terms & labels.PRACTICE:
        return "databank-interventie"
    if _DATABANK.search(path) or len({m[0].lower() for h in headings if (m := _RECORD.match(h))}) >= 4:
        return "databank-interventie"
    if sum(bool(_TIP.match(b.text)) for b in blocks) >= 3 or _TIPS.search(title):
        return "tiplijst"
    if _PROGRAMME.search(title) or sum(bool(_ROUND.search(h)) for h in headings) >= 2 or _is_timetable(title, blocks):
        return "congresprogramma"
    parts = sum(bool(_PART.search(h)) for h in headings)
    events = sum(len(re.findall(EVENT, b.text, re.IGNORECASE)) for b in blocks) if parts >= 2 else 0
    if _ANNOUNCES.search(title) or (events >= 3 and not _LOOKS_BACK.search(title)):
        return "aankondiging"
    return None


def _is_timetable(title: str, blocks: Sequence[Block]) -> bool:
    """Tell whether a page gives the hours of one day, and does not look back on it."""
    lines = [line for b in blocks for line in (map(" ".join, b.cells) if b.cells else (b.text,))]
    timed = [line for line in lines if schedule.clock(line)]
    days = sum(schedule.has_weekday(line) for line in timed)
    return len(timed) >= 3 and days < len(timed) and not _LOOKS_BACK.search(title)
