"""Tips and recommendations that a heading, a title or a sentence announces: in a list, numbered, or as headings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from corpus.document import Item
from corpus.sentences import sentences
from ingest.items.enumerated import Start, items_of
from ingest.items.scene import Scene, level
from ingest.numerals import NUMBER, number_of

_PLURAL = r"tips|gouden regels|aanbevelingen|adviezen"
COUNTED = re.compile(rf"\b(?P<count>{NUMBER})\s+(?:[\w-]+\s+){{0,2}}?(?P<noun>{_PLURAL})\b", re.IGNORECASE)
_HEADING = re.compile(
    rf"(?:\d[\d.]*\s+)?(?:(?:onze|de|alle|praktische|handige|concrete|belangrijkste|algemene|enkele"
    rf"|extra|meer)\s+){{0,2}}"
    rf"(?P<noun>{_PLURAL})(?:\s+(?:voor|aan|om|bij|uit|van|over|waarmee|per|op een rij)\b.{{0,80}})?\W*",
    re.IGNORECASE,
)
_POINTS_DOWN = re.compile(r"\b(?:volgende|onderstaande|hieronder)\b", re.IGNORECASE)
_ENUMERATED = re.compile(r"(?P<number>\d{1,2})[.):]\s+(?=\S)")


class _Zone(NamedTuple):
    """A stretch of blocks that is announced as tips; `promised` is how many.

    Where it is `strict` the announcement is far off (the title of the page): the count has to fit.
    """

    first: int
    end: int
    kind: str
    promised: int | None
    strict: bool


def find(scene: Scene) -> Iterator[Item]:
    """Yield the tips and recommendations of the announced lists, in order."""
    done = 0
    for zone in _zones(scene):
        starts = _starts(scene, zone) if zone.first >= done else []
        if starts:
            done = starts[-1].at + 1
            yield from items_of(scene, starts)


def _zones(scene: Scene) -> Iterator[_Zone]:
    """Yield the zones, narrow ones first: below a heading, below a sentence, the whole document."""
    for i, placed in enumerate(scene.blocks):
        block = placed.block
        if block.text == scene.title or block.kind in ("table", "list_item"):
            continue
        counted = COUNTED.search(block.text)
        promised = number_of(counted["count"]) if counted else None
        if _HEADING.fullmatch(block.text.strip()) or (promised and block.kind == "heading"):
            yield _Zone(i + 1, _zone_end(scene, i), _kind(block.text), promised, False)
        elif block.kind != "heading" and _announces(block.text):
            yield _Zone(i + 1, _zone_end(scene, i), _kind(block.text), None, False)
        elif promised and block.kind == "paragraph" and _POINTS_DOWN.search(block.text):
            yield _Zone(i + 1, len(scene.blocks), _kind(block.text), promised, True)
    # "Negen adviezen? Begin met deze drie tips": the last is what follows.
    counted = next(reversed(list(COUNTED.finditer(scene.title))), None)
    if counted or _HEADING.fullmatch(scene.title.strip()) or _numbers_its_tips(scene):
        first = next((i + 1 for i, p in enumerate(scene.blocks) if p.block.text == scene.title), 0)
        promised = number_of(counted["count"]) if counted else None
        yield _Zone(first, len(scene.blocks), _kind(scene.title), promised, True)


def _numbers_its_tips(scene: Scene) -> bool:
    """Tell whether the title speaks of tips and three headings or more carry numbers: those are the tips."""
    headings = (p.block.text for p in scene.blocks if p.block.kind == "heading")
    return "tips" in scene.title.casefold().split() and sum(map(bool, map(_ENUMERATED.match, headings))) >= 3


def _announces(text: str) -> bool:
    """Tell whether a paragraph ends by announcing a list of tips: "Nog een paar tips:"."""
    last = sentences(text)[-1:] if text.rstrip().endswith(":") else ()
    return any(re.search(rf"\b(?:{_PLURAL})\b", text[start:end], re.IGNORECASE) for start, end in last)


def _kind(text: str) -> str:
    return "tip" if re.search(r"\btips\b|\bgouden regels\b", text, re.IGNORECASE) else "aanbeveling"


def _zone_end(scene: Scene, start: int) -> int:
    opening = scene.block(start)
    depth = level(opening) if opening.kind == "heading" else 99
    for j in range(start + 1, len(scene.blocks)):
        if scene.block(j).kind == "heading" and level(scene.block(j)) <= depth:
            # Headings that carry numbers themselves may be the tips, on the level of the heading that announces them.
            if not _ENUMERATED.match(scene.block(j).text):
                return j
    return len(scene.blocks)


def _starts(scene: Scene, zone: _Zone) -> list[Start]:
    """Return where the tips of a zone begin: numbered items or headings, else its first list, else its headings."""
    numbered = _numbered(scene, zone)
    if len(numbered) >= 2 and (not zone.strict or zone.promised in (None, len(numbered))):
        return numbered
    items = _first_list(scene, zone)
    headings = [j for j in range(zone.first, zone.end) if scene.block(j).kind == "heading"]
    if len(items) >= 2 and (not zone.strict or zone.promised == len(items) or not (zone.promised or headings)):
        return items
    same = _headings_of_one_level(scene, headings)
    directly = headings[:1] == [zone.first]
    counted = zone.promised and (len(same) == zone.promised or (directly and len(same) > zone.promised))
    if counted or (not zone.strict and len(same) >= 2):
        return [Start(j, 0, None, zone.kind) for j in same[: zone.promised]]
    return []


def _headings_of_one_level(scene: Scene, headings: list[int]) -> list[int]:
    """Return the headings of the highest level among `headings`, up to one that is higher than the first."""
    first = level(scene.block(headings[0])) if headings else 0
    below = itertools.takewhile(lambda j: level(scene.block(j)) >= first, headings)
    return [j for j in below if level(scene.block(j)) == first]


def _numbered(scene: Scene, zone: _Zone) -> list[Start]:
    """Return the blocks that count 1, 2, 3, … without a gap, by list marker or by a number in the text."""
    starts: list[Start] = []
    for j in range(zone.first, zone.end):
        block = scene.block(j)
        match = _ENUMERATED.match(block.text) if block.kind in ("heading", "paragraph", "label") else None
        marker = re.fullmatch(r"(\d{1,2})[.):]?", block.number or "")
        number = int(match["number"]) if match else int(marker[1]) if marker else None
        if number == len(starts) + 1:
            starts.append(Start(j, match.end() if match else 0, number, zone.kind))
        elif number == 1:
            break
        elif block.kind == "heading" and not match and starts and scene.block(starts[0].at).kind != "heading":
            break
    return starts


def _first_list(scene: Scene, zone: _Zone) -> list[Start]:
    starts: list[Start] = []
    for j in range(zone.first, zone.end):
        block = scene.block(j)
        if block.kind == "list_item":
            if not starts or block.level <= scene.block(starts[0].at).level:
                starts.append(Start(j, 0, None, zone.kind))
        elif starts or block.kind == "heading":
            break
    return starts
