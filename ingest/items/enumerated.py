"""Lists of tips and the like, cut into items: where each begins, where it ends, which number it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpus.document import Item
from ingest.items.scene import Scene, level


class Start(NamedTuple):
    """Where a tip begins: block, characters of label to leave out, number as printed."""

    at: int
    skip: int
    number: int | None
    kind: str


def items_of(scene: Scene, starts: Sequence[Start]) -> Iterator[Item]:
    """Yield an item for each start, in order; a number that is not printed is counted on from the one before."""
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


def _tip(scene: Scene, start: Start, end: int, number: int | None) -> Item:
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
