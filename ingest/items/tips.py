"""Tips and recommendations: labelled ("Tip 3: …"), in a list or under headings that a title announces.

Nothing is a tip only because a page says "tips": there has to be a label, or a heading or an announcing sentence
with the list right below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corpus.document import Item
from corpus.sentences import sentences
from ingest.items import tip_lists
from ingest.items.enumerated import Start, items_of
from ingest.items.givers import givers, origins
from ingest.items.scene import Scene, cut
from ingest.items.tip_lists import COUNTED
from ingest.numerals import NUMBER, number_of

_NOUNS = {"tip": "tip", "gouden regel": "tip", "aanbeveling": "aanbeveling", "advies": "aanbeveling"}
_LABEL = re.compile(
    rf"(?P<noun>{'|'.join(_NOUNS)})\s*(?:(?:nr\.?|nummer|#)\s*)?"
    rf"(?:(?P<number>{NUMBER})\s*(?:[:.)–—-]\s*|$|\s(?=[A-Z‘“\"']))|:\s*(?=\S))",
    re.IGNORECASE,
)
_SELF_REFERENCE = re.compile(r"\b(?:dit|dat|deze|bovenstaande|die)\b(?:\s+\w+){0,5}?\s+tips?\b", re.IGNORECASE)
_OBJECTION = re.compile(
    r"\btip\b.{0,200}?\b(?:weerstand|bezwa(?:ar|ren)|kritiek|kanttekening|tegenwerping|tegenspraak"
    r"|protest)\b",
    re.IGNORECASE,
)


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the tips and recommendations of a document, in order."""
    starts = _labelled(scene)
    found = list(items_of(scene, _with_unlabelled(scene, starts)))
    if any(start.number for start in starts):
        found = [*_missing_first(scene, starts), *found]
    else:
        # A single "Tip: …" in a box says nothing of the lists on the page.
        found += tip_lists.find(scene.without(found))
    return tuple(_described(item) for item in found)


def _described(item: Item) -> Item:
    """Add who gave the tip, where they come from and which objection it met."""
    if item.kind != "tip":
        return item
    body = item.text if item.context is None else f"{item.text} {item.context}"
    speakers = givers(body)
    origin = origins(body) if speakers else None
    fields = {"herkomst": origin} if origin else {}
    return replace(item, speakers=speakers, fields=fields, context=item.context or _objection(item.text))


def _objection(text: str) -> str | None:
    """Return the text from the sentence on that reports an objection to the tip, or None."""
    for start, end in sentences(text):
        if _OBJECTION.search(text[start:end]):
            return text[start:]
    return None


def _labelled(scene: Scene) -> list[Start]:
    starts = []
    for i, placed in enumerate(scene.blocks):
        match = _LABEL.match(placed.block.text)
        if match and placed.block.kind != "table":
            number = match["number"]
            starts.append(Start(i, match.end(), number_of(number) if number else None, _NOUNS[match["noun"].lower()]))
    return starts


def _with_unlabelled(scene: Scene, starts: Sequence[Start]) -> list[Start]:
    """Add list items without a label where they fill a gap in the numbering exactly."""
    result = list(starts[:1])
    for before, after in zip(starts, starts[1:], strict=False):
        items = [j for j in range(before.at + 1, after.at) if _like(scene, j, before.at)]
        if before.number and after.number and len(items) == after.number - before.number - 1:
            result += [Start(j, 0, None, before.kind) for j in items]
        result.append(after)
    return result


def _like(scene: Scene, j: int, i: int) -> bool:
    a, b = scene.block(i), scene.block(j)
    return b.kind == a.kind == "list_item" and b.level == a.level


def _missing_first(scene: Scene, starts: Sequence[Start]) -> Iterator[Item]:
    """Yield tip 1 where the numbering starts at 2 and a paragraph above the list calls itself a tip.

    The tip is what stands before the sentence that refers back to it ("Dit is een van de tips …"); the sentences that
    report an objection are its context.
    """
    numbers = [start.number for start in starts if start.number]
    promised = COUNTED.search(scene.title)
    if min(numbers, default=0) != 2 or (promised and number_of(promised["count"]) != max(numbers)):
        return
    for placed in scene.blocks[: starts[0].at]:
        length = _before_self_reference(placed.block.text) if placed.block.kind != "heading" else 0
        if length:
            inferred: dict[str, Any] = {"number": 1, "number_source": "inferred", "inferred": ("number",)}
            context = _objection(placed.block.text[length:])
            first = placed.char_start
            yield cut(starts[0].kind, scene.text, first, first + length, context=context, **inferred)
            return


def _before_self_reference(text: str) -> int:
    """Return the length of the sentences before the first that calls them a tip; 0 if none does."""
    end = 0
    for first, last in sentences(text):
        if end and _SELF_REFERENCE.search(text, first, last):
            return end
        end = last
    return 0
