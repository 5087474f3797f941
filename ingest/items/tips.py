"""Tips and recommendations: labelled ("Tip 3: …"), in a list or under headings that a title announces.

Nothing is a tip only because a page says "tips": there has to be a label, or a heading or an announcing sentence
with the list right below it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from corpus.document import Item
from corpus.sentences import sentences
from ingest.items.givers import givers, origins
from ingest.items.scene import Scene, cut, level

NUMBERS = {
    word: number
    for number, word in enumerate(
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien".split(), 1
    )
} | {"één": 1, "twintig": 20}
_NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"
_NOUNS = {"tip": "tip", "gouden regel": "tip", "aanbeveling": "aanbeveling", "advies": "aanbeveling"}
_LABEL = re.compile(
    rf"(?P<noun>{'|'.join(_NOUNS)})\s*(?:(?:nr\.?|nummer|#)\s*)?"
    rf"(?:(?P<number>{_NUMBER})\s*(?:[:.)–—-]\s*|$|\s(?=[A-Z‘“\"']))|:\s*(?=\S))",
    re.IGNORECASE,
)
_PLURAL = r"tips|gouden regels|aanbevelingen|adviezen"
_COUNTED = re.compile(rf"\b(?P<count>{_NUMBER})\s+(?:[\w-]+\s+){{0,2}}?(?P<noun>{_PLURAL})\b", re.IGNORECASE)
_HEADING = re.compile(
    rf"(?:\d[\d.]*\s+)?(?:(?:onze|de|alle|praktische|handige|concrete|belangrijkste|algemene|enkele"
    rf"|extra|meer)\s+){{0,2}}"
    rf"(?P<noun>{_PLURAL})(?:\s+(?:voor|aan|om|bij|uit|van|over|waarmee|per|op een rij)\b.*)?\W*",
    re.IGNORECASE,
)
_ENUMERATED = re.compile(r"(?P<number>\d{1,2})[.):]\s+(?=\S)")
_SELF_REFERENCE = re.compile(r"\b(?:dit|dat|deze|bovenstaande|die)\b(?:\s+\w+){0,5}?\s+tips?\b", re.IGNORECASE)
_OBJECTION = re.compile(
    r"\btip\b.{0,200}?\b(?:weerstand|bezwa(?:ar|ren)|kritiek|kanttekening|tegenwerping|tegenspraak"
    r"|protest)\b",
    re.IGNORECASE,
)


class _Start(NamedTuple):
    """Where a tip begins: block, characters of label to leave out, number as printed."""

    at: int
    skip: int
    number: int | None
    kind: str


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the tips and recommendations of a document, in order."""
    starts = _labelled(scene)
    if starts:
        found = [*_missing_first(scene, starts), *_items(scene, _with_unlabelled(scene, starts))]
    else:
        found = list(_listed(scene))
    return tuple(_described(scene, item) for item in found)


def _described(scene: Scene, item: Item) -> Item:
    """Add who gave the tip, where they come from and which objection it met."""
    if item.kind != "tip":
        return item
    body = item.text if item.context is None else f"{item.text} {item.context}"
    origin = origins(body) if givers(body) else None
    fields = {"herkomst": origin} if origin else {}
    return replace(item, speakers=givers(body), fields=fields, context=item.context or _objection(item.text))


def _objection(text: str) -> str | None:
    for start, end in sentences(text):
        if _OBJECTION.search(text[start:end]):
            return text[start:]
    return None


# --- labelled -----------------------------------------------------------------------------------------------------


def _labelled(scene: Scene) -> list[_Start]:
    starts = []
    for i, placed in enumerate(scene.blocks):
        match = _LABEL.match(placed.block.text)
        if match and placed.block.kind != "table":
            number = match["number"]
            starts.append(_Start(i, match.end(), number_of(number) if number else None, _NOUNS[match["noun"].lower()]))
    return starts


def number_of(word: str) -> int | None:
    """Return the number that a word or digits stand for."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower())


def _with_unlabelled(scene: Scene, starts: Sequence[_Start]) -> list[_Start]:
    """Add list items without a label where they fill a gap in the numbering exactly."""
    result = [starts[0]]
    for before, after in zip(starts, starts[1:], strict=False):
        items = [j for j in range(before.at + 1, after.at) if _like(scene, j, before.at)]
        if before.number and after.number and len(items) == after.number - before.number - 1:
            result += [_Start(j, 0, None, before.kind) for j in items]
        result.append(after)
    return result


def _like(scene: Scene, j: int, i: int) -> bool:
    a, b = scene.block(i), scene.block(j)
    return b.kind == a.kind == "list_item" and b.level == a.level


def _items(scene: Scene, starts: Sequence[_Start]) -> Iterator[Item]:
    longest = 0
    previous: int | None = None
    for position, start in enumerate(starts):
        following = starts[position + 1].at if position + 1 < len(starts) else None
        end = _end(scene, start.at, following, longest)
        longest = max(longest, end - start.at)
        number = start.number
        if number is None and len(starts) > 1 and (start.skip == 0 or previous):
            number = (previous or 0) + 1
        yield _tip(scene, start, end, number)
        previous = number


def _tip(scene: Scene, start: _Start, end: int, number: int | None) -> Item:
    # A label with a line to itself: the tip starts in the next block.
    first, skip = start.at, start.skip
    if skip >= len(scene.block(first).text) and end > first:
        first, skip = first + 1, 0
    explicit = start.number is not None
    heading = scene.block(first)
    title = heading.text[skip:] if heading.kind == "heading" and len(heading.text) > skip else None
    return scene.item(
        start.kind,
        first,
        end,
        skip=min(skip, len(scene.block(first).text)),
        number=number,
        number_source=("explicit" if explicit else "inferred") if number else None,
        inferred=() if explicit or not number else ("number",),
        **({"title": title} if title else {}),
    )


def _end(scene: Scene, start: int, following: int | None, longest: int) -> int:
    """Return the last block of a tip: up to the next one, a heading that is not below it, or what others have taken.

    Nothing shows where the last tip of a list ends; it gets no more blocks than the longest one before it.
    """
    opening = scene.block(start)
    limit = len(scene.blocks) if following is None else following
    end = start
    for j in range(start + 1, limit):
        block = scene.block(j)
        outside = block.kind == "heading" and (opening.kind != "heading" or level(block) <= level(opening))
        if outside or not scene.follows(j):
            break
        if following is None and opening.kind != "heading" and j - start > longest:
            break
        end = j
    return end


def _missing_first(scene: Scene, starts: Sequence[_Start]) -> Iterator[Item]:
    """Yield tip 1 where the numbering starts at 2 and the text above the list calls itself a tip.

    The tip is what stands before the sentence that refers back to it ("Dit is een van de tips …"); from the sentence
    that reports an objection on it is context.
    """
    numbers = [start.number for start in starts if start.number]
    promised = _COUNTED.search(scene.title)
    if min(numbers, default=0) != 2 or (promised and number_of(promised["count"]) != max(numbers)):
        return
    for i in range(starts[0].at):
        placed = scene.blocks[i]
        if placed.block.kind == "heading":
            continue
        spans = sentences(placed.block.text)
        for position, (start, _) in enumerate(spans):
            if position and _SELF_REFERENCE.search(placed.block.text, start, spans[position][1]):
                end = placed.char_start + spans[position - 1][1]
                yield cut(
                    starts[0].kind,
                    scene.text,
                    placed.char_start,
                    end,
                    number=1,
                    number_source="inferred",
                    context=_context(placed.block.text, start),
                    inferred=("number",),
                )
                return


def _context(text: str, start: int) -> str | None:
    """Return the objection, or else the last sentence on that refers to the tip as "bovenstaande tip"."""
    objection = _objection(text[start:])
    return objection or text[start:]


# --- announced by a heading or a sentence --------------------------------------------------------------------------


class _Zone(NamedTuple):
    """A stretch of blocks that a heading announces as tips; `promised` is how many."""

    first: int
    end: int
    kind: str
    promised: int | None
    strict: bool


def _listed(scene: Scene) -> Iterator[Item]:
    done = 0
    for zone in _zones(scene):
        starts = _starts(scene, zone) if zone.first >= done else []
        if starts:
            done = starts[-1].at + 1
            yield from _items(scene, starts)


def _zones(scene: Scene) -> Iterator[_Zone]:
    """Yield the zones, narrow ones first: below a heading, below a sentence, the whole document."""
    for i, placed in enumerate(scene.blocks):
        block = placed.block
        heading = _HEADING.fullmatch(block.text.strip()) if block.kind in ("heading", "label", "paragraph") else None
        counted = _COUNTED.search(block.text)
        is_title = block.text == scene.title
        if heading and not is_title and len(block.text.split()) <= 12:
            yield _Zone(i + 1, _zone_end(scene, i), _kind(heading["noun"]), None, False)
        elif counted and block.kind == "heading" and not is_title:
            yield _Zone(i + 1, _zone_end(scene, i), _kind(block.text), number_of(counted["count"]), False)
        elif block.kind != "heading" and _announces(block.text):
            yield _Zone(i + 1, _zone_end(scene, i), _kind(block.text), None, False)
        elif (
            counted
            and block.kind == "paragraph"
            and re.search(r"\bvolgende\b|\bonderstaande\b|\bhieronder\b", block.text)
        ):
            yield _Zone(i + 1, len(scene.blocks), _kind(block.text), number_of(counted["count"]), True)
    counted = _COUNTED.search(scene.title)
    if counted or _HEADING.fullmatch(scene.title.strip()):
        count = number_of(counted["count"]) if counted else None
        first = next((i + 1 for i, p in enumerate(scene.blocks) if p.block.text == scene.title), 0)
        yield _Zone(first, len(scene.blocks), _kind(scene.title), count, True)


def _announces(text: str) -> bool:
    """Tell whether a paragraph ends by announcing a list of tips: "Nog een paar tips:"."""
    last = sentences(text)[-1:] if text.rstrip().endswith(":") else ()
    return any(re.search(rf"\b(?:{_PLURAL})\b", text[start:end], re.IGNORECASE) for start, end in last)


def _kind(text: str) -> str:
    return "aanbeveling" if not re.search(r"tips|regels", text, re.IGNORECASE) else "tip"


def _zone_end(scene: Scene, start: int) -> int:
    opening = scene.block(start)
    depth = level(opening) if opening.kind == "heading" else 99
    for j in range(start + 1, len(scene.blocks)):
        if scene.block(j).kind == "heading" and level(scene.block(j)) <= depth:
            # Headings that carry numbers themselves may be the tips, on the level of the heading that announces them.
            if not _ENUMERATED.match(scene.block(j).text):
                return j
    return len(scene.blocks)


def _starts(scene: Scene, zone: _Zone) -> list[_Start]:
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
    if zone.promised and (len(same) == zone.promised or (directly and len(same) > zone.promised)):
        return [_Start(j, 0, None, zone.kind) for j in same[: zone.promised]]
    return []


def _headings_of_one_level(scene: Scene, headings: list[int]) -> list[int]:
    """Return the headings of the highest level among `headings`, up to one that is higher than the first."""
    first = level(scene.block(headings[0])) if headings else 0
    below = itertools.takewhile(lambda j: level(scene.block(j)) >= first, headings)
    return [j for j in below if level(scene.block(j)) == first]


def _numbered(scene: Scene, zone: _Zone) -> list[_Start]:
    """Return the blocks that count 1, 2, 3, … without a gap, by list marker or by a number in the text."""
    starts: list[_Start] = []
    for j in range(zone.first, zone.end):
        block = scene.block(j)
        match = _ENUMERATED.match(block.text) if block.kind in ("heading", "paragraph", "label") else None
        marker = re.fullmatch(r"(\d{1,2})[.):]?", block.number or "")
        number = int(match["number"]) if match else int(marker[1]) if marker else None
        if number == len(starts) + 1:
            starts.append(_Start(j, match.end() if match else 0, number, zone.kind))
        elif number == 1:
            break
        elif block.kind == "heading" and not match and starts and scene.block(starts[0].at).kind != "heading":
            break
    return starts


def _first_list(scene: Scene, zone: _Zone) -> list[_Start]:
    starts: list[_Start] = []
    for j in range(zone.first, zone.end):
        block = scene.block(j)
        if block.kind == "list_item":
            if not starts or block.level <= scene.block(starts[0].at).level:
                starts.append(_Start(j, 0, None, zone.kind))
        elif starts or block.kind == "heading":
            break
    return starts
