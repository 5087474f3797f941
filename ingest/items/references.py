"""What a document refers to: named publications, things that the extraction lost, abbreviations and their long form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.items.scene import Scene
from ingest.numerals import NUMBERS, number_of

_KINDS = (
    r"rapport|handreiking|leidraad|handboek|notitie|factsheet|richtlijn|brochure|whitepaper"
    r"|adviesrapport|position paper|publicatie|boek"
)
_TITLE = (
    r"(?:[‘“\"'](?P<quoted>[^’”\"']{4,150})[’”\"']"
    r"|(?P<plain>[A-Z][\w-]*(?:\s+[\w&-]+){0,9}?(?:\s[–-]\s[A-Z][\w ]{2,60})?))"
)
_YEAR = r"(?:19|20)\d{2}"
_REFERENCE = re.compile(
    rf"\b(?P<kind>{_KINDS})\s+{_TITLE}(?=\s*\((?P<year>{_YEAR})\)|,\s|\.\s|\.$|\s+(?:van|door|uit"
    rf"|vervangt|is|wordt|staat|laat|blijkt)\b)"
)
_NAMED = re.compile(
    rf"(?:In (?P<year>{_YEAR}) )?(?:publiceerden?|verscheen|brachten?|presenteerden?"
    rf"|maakten?)\b(?P<by>[^.]{{2,90}}?)\s(?:de|het"
    rf"|een)\s(?P<title>(?P<kind>(?i:{_KINDS}))\s[^.,;()]{{5,120}})"
)
_AUTHORS = re.compile(
    r",?\s*(?:doen|beschrijven|schrijven|concluderen)\s+(?P<by>[A-Z][^.,]{3,80}?)\s+(?:verslag|dat"
    r"|hoe)\b"
)
_LOST = (
    (r"\bbijga(?:and|ande)\s+\w+", None),
    (r"\beerder\s+(?:al\s+)?een\s+(?:bericht|artikel|blog|stuk|column)", None),
    (r"\b(?:bovenstaand|onderstaand|nevenstaand)e?\s+(?:schema|figuur|afbeelding|foto|grafiek)", "caption"),
    (r"\b(?:bovenstaande|onderstaande|nevenstaande)\s+tabel", "table"),
)
_ACRONYM = re.compile(r"\((?P<acronym>[A-Z][A-Za-z&+]{0,8}[A-Z]|[A-Z]{2,10})\)")
_COUNTS = re.compile(
    rf"\b(?P<count>{'|'.join(NUMBERS)}|\d{{1,6}}(?:\.\d{{3}})?)\s+(?P<what>deelnemers|bezoekers|rondes|series"
    rf"|(?<=de \d\d )tips|sprekers|workshops)\b",
    re.IGNORECASE,
)
_PER_SPEAKER = re.compile(rf"\b(?P<count>{'|'.join(NUMBERS)}|\d{{1,2}})\s+(?:tips\s+)?per\s+spreker\b", re.IGNORECASE)
_SERIES = re.compile(r"\bseries\b[^.]*:\s*$", re.IGNORECASE)


def find(scene: Scene, *, event: bool) -> dict[str, Any]:
    """Return what is known besides the items: `references`, `lost_references`, `acronyms`, `counts`, `series`.

    `counts` and `series` are only read where the document is about an event. Empty parts are left out.
    """
    found: dict[str, Any] = {
        "references": tuple(_references(scene.text)),
        "lost_references": tuple(_lost(scene)),
        "acronyms": dict(_acronyms(scene.text)),
    }
    if event:
        found |= {"counts": _counts(scene.text), "series": tuple(_series(scene))}
    return {key: value for key, value in found.items() if value}


def _references(text: str) -> Iterator[dict[str, Any]]:
    seen = set()
    for match in (*_REFERENCE.finditer(text), *_NAMED.finditer(text)):
        named = match.groupdict()
        title = " ".join((named.get("quoted") or named.get("plain") or named.get("title") or "").split())
        if title.casefold() in seen:
            continue
        seen.add(title.casefold())
        authors = _AUTHORS.match(text, match.end())
        by = _by(named.get("by") or (authors["by"] if authors else ""))
        year = named.get("year")
        yield {"kind": match["kind"].lower(), "title": title, "year": int(year) if year else None, "by": by}


def _by(words: str) -> tuple[str, ...]:
    parts = re.split(r",|\ben\b|\bsamen met\b|\bmet\b|\bde\b|\bhet\b", words)
    return tuple(" ".join(part.split()) for part in parts if re.search(r"[A-Z]", part))


def _lost(scene: Scene) -> Iterator[str]:
    """Yield references to what is not in the blocks: an attached figure, an earlier post without its link."""
    kinds = {placed.block.kind for placed in scene.all}
    for pattern, kind in _LOST:
        if kind not in kinds:
            yield from (match.group() for match in re.finditer(pattern, scene.text, re.IGNORECASE))


def _acronyms(text: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for match in _ACRONYM.finditer(text):
        acronym = match["acronym"]
        long = None if acronym in seen else _long_form(acronym, text[max(0, match.start() - 120) : match.start()])
        if long:
            seen.add(acronym)
            yield acronym, long


def _long_form(acronym: str, before: str) -> str | None:
    """Return the words before the brackets whose letters spell the abbreviation, read backwards from its last letter.

    The first letter has to begin a word; further letters may stand inside one (eerstelijnsZorg).
    """
    before = re.split(r"[.;:()]", before)[-1].rstrip()
    position = len(before)
    for i, letter in enumerate(reversed(acronym.lower())):
        first = i == len(acronym) - 1
        position -= 1
        while position >= 0 and not (before[position].lower() == letter and (not first or _begins(before, position))):
            position -= 1
        if position < 0:
            return None
    words = before[position:].split()
    return " ".join(words) if len(acronym) <= 3 * len(words) and len(words) <= 2 * len(acronym) + 2 else None


def _begins(text: str, position: int) -> bool:
    return position == 0 or not text[position - 1].isalnum()


def _counts(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for match in _COUNTS.finditer(text):
        number = number_of(match["count"].replace(".", "").lower())
        if number:
            counts[match["what"].lower()] = max(number, counts.get(match["what"].lower(), 0))
    per_speaker = _PER_SPEAKER.search(text)
    number = number_of(per_speaker["count"].lower()) if per_speaker else None
    return counts | ({"tips per spreker": number} if number else {})


def _series(scene: Scene) -> Iterator[str]:
    """Yield the list items below a sentence that announces series of workshops."""
    for before, placed in zip(scene.all, scene.all[1:], strict=False):
        if _SERIES.search(before.block.text) and placed.block.kind == "list_item":
            start = scene.all.index(placed)
            for item in scene.all[start:]:
                if item.block.kind != "list_item":
                    return
                yield item.block.text
