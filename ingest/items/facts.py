"""Facts: figures with their label, from cards (number above or below the label), lists, tables and definition lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from corpus.document import Item
from ingest import quantities
from ingest.items.scene import Scene, cut, is_short
from ingest.quantities import Quantity

_HEADING = re.compile(
    r"(?:de\s+|enkele\s+|belangrijkste\s+|kern)?(?:feiten|cijfers)\b(?:\s*(?:en|&)\s*(?:feiten"
    r"|cijfers))?(?:\s+(?:over|op een rij|van|in het kort|uit)\b.*)?"
    r"|(?:kern|jaar)cijfers\b.*|.{0,60}\bin (?:cijfers|getallen)\b.{0,40}"
    r"|.{0,60}[:;–-] (?:de )?(?:feiten (?:en|&) )?cijfers",
    re.IGNORECASE,
)
_MIN_PAIRS = 3  # cards that no heading announces


class _Pair(NamedTuple):
    label: int
    value: int
    quantity: Quantity


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the facts of a document, in order."""
    found: dict[int, Item] = {}
    for start, end in _zones(scene):
        for item in (*_cards(scene, start, end, 1), *_sentences(scene, start, end), *_rows(scene, start, end)):
            found.setdefault(item.char_start, item)
    rest = scene.without(found.values())
    for item in _cards(rest, 0, len(rest.blocks), _MIN_PAIRS):
        found.setdefault(item.char_start, item)
    facts = [found[start] for start in sorted(found)]
    return tuple(fact for fact in facts if not any(_within(fact, other) for other in facts))


def _within(fact: Item, other: Item) -> bool:
    """Tell whether a figure is already the number of another fact: the card that it stands on."""
    return other.char_start <= fact.char_start and fact.char_end <= other.char_end and fact != other


def _zones(scene: Scene) -> Iterator[tuple[int, int]]:
    for i, placed in enumerate(scene.blocks):
        if placed.block.kind in ("heading", "label") and _HEADING.fullmatch(placed.block.text.strip(" :")):
            whole = placed.block.text == scene.title
            yield i + 1, len(scene.blocks) if whole else _zone_end(scene, i + 1)


def _zone_end(scene: Scene, start: int) -> int:
    """Return where the section ends: at a heading that is neither the number nor the label of a card."""
    for j in range(start, len(scene.blocks)):
        if scene.block(j).kind == "heading":
            beside = (_quantity(scene, k) for k in (j - 1, j, j + 1) if start <= k < len(scene.blocks))
            if not any(beside):
                return j
    return len(scene.blocks)


def _quantity(scene: Scene, index: int) -> Quantity | None:
    """Return the quantity that a block consists of, or None."""
    block = scene.block(index)
    return quantities.only(block.text) if block.kind != "table" and len(block.text) < 40 else None


def _cards(scene: Scene, start: int, end: int, minimum: int) -> Iterator[Item]:
    """Pair numbers with the short texts beside them, all in the same order, in runs without anything else."""
    run: list[int] = []
    for j in range(start, end + 1):
        if j < end and (_quantity(scene, j) or is_short(scene.block(j).text)) and scene.block(j).kind != "table":
            run.append(j)
            continue
        pairs = _pairs(scene, run)
        # Without a heading plain small numbers may as well be the pages of a table of contents.
        telling = sum(bool(p.quantity.unit or p.quantity.approx or (p.quantity.value or 0) >= 1000) for p in pairs)
        if len(pairs) >= minimum and (minimum == 1 or 2 * telling >= len(pairs)):
            yield from (_fact(scene, pair) for pair in pairs)
        run = []


def _pairs(scene: Scene, run: list[int]) -> list[_Pair]:
    number_first, label_first = list(_paired(scene, run, 1)), list(_paired(scene, run, -1))
    if len(number_first) == len(label_first) and number_first:
        # As many either way: the lines open with a number, or with a sentence that belongs to no card.
        introduced = scene.block(run[0]).text.endswith((".", ":"))
        return number_first if _quantity(scene, run[0]) or introduced else label_first
    return max(number_first, label_first, key=len)


def _paired(scene: Scene, run: list[int], step: int) -> Iterator[_Pair]:
    for j in run:
        quantity, label = _quantity(scene, j), j + step
        if quantity and label in run and not _opens_with_quantity(scene.block(label).text):
            yield _Pair(label, j, quantity)


def _opens_with_quantity(text: str) -> bool:
    quantity = quantities.first(text)
    return quantity is not None and quantity.start == 0


def _fact(scene: Scene, pair: _Pair) -> Item:
    label = scene.block(pair.label).text
    return _item(
        cut("feit", scene.text, *_hull(scene, pair.label, pair.value), title=label, fields={"label": label}),
        pair.quantity,
        pair.quantity.unit or quantities.unit_of(label),
    )


def _hull(scene: Scene, a: int, b: int) -> tuple[int, int]:
    return scene.blocks[min(a, b)].char_start, scene.blocks[max(a, b)].char_end


def _item(item: Item, quantity: Quantity, unit: str | None) -> Item:
    return replace(item, value=quantity.value, min=quantity.min, max=quantity.max, unit=unit, approx=quantity.approx)


def _sentences(scene: Scene, start: int, end: int) -> Iterator[Item]:
    """List items of the section that state one figure, and lines that open with one."""
    for j in range(start, end):
        block = scene.block(j)
        quantity = _quantity(scene, j) or quantities.first(block.text)
        bare = (
            quantity
            and quantity.end - quantity.start >= len(block.text)
            and quantity.unit in (None, "%", "€", "aandeel")
        )
        if block.kind not in ("list_item", "paragraph", "label") or bare:
            continue
        near = quantity and (block.kind == "list_item" or quantity.start == 0)
        if quantity and near and is_short(block.text, 40):
            yield _item(scene.item("feit", j, j), quantity, quantity.unit)


def _rows(scene: Scene, start: int, end: int) -> Iterator[Item]:
    """Rows of two cells of which one is a figure."""
    for j in range(start, end):
        placed, position = scene.blocks[j], scene.blocks[j].char_start
        for row in placed.block.cells:
            line = "\t".join(row)
            found = [(cell, quantities.only(cell)) for cell in row]
            labels = [cell for cell, quantity in found if not quantity]
            numbers = [quantity for _, quantity in found if quantity]
            if len(row) == 2 and len(labels) == len(numbers) == 1 and scene.text.startswith(line, position):
                item = cut(
                    "feit", scene.text, position, position + len(line), title=labels[0], fields={"label": labels[0]}
                )
                yield _item(item, numbers[0], numbers[0].unit or quantities.unit_of(labels[0]))
            position += len(line) + 1
