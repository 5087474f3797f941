"""What every recogniser works on: the placed blocks of one document, and how an item is cut out of them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corpus.document import Item
from corpus.sentences import sentences
from ingest.blocks import Block, Placed

_TITLE_WORDS = 40


@dataclass(frozen=True)
class Scene:
    """The text of a document and its kept blocks in reading order.

    `blocks` leaves out readers' comments and what earlier recognisers took; `all` leaves out the comments only.
    Indexes in the recognisers are indexes in `blocks`. `stated_title` is the title where it stands in no heading.
    """

    text: str
    blocks: tuple[Placed, ...]
    all: tuple[Placed, ...] = ()
    stated_title: str = ""

    def without(self, items: Iterable[Item]) -> Scene:
        """Return the scene without the blocks that `items` touch."""
        taken = {index for item in items for index in touched(self.blocks, item)}
        return replace(self, blocks=tuple(p for i, p in enumerate(self.blocks) if i not in taken))

    def block(self, index: int) -> Block:
        """Return the block at an index."""
        return self.blocks[index].block

    def follows(self, index: int) -> bool:
        """Tell whether a block stands directly after the one before it, with nothing taken out in between."""
        return index > 0 and self.blocks[index].char_start == self.blocks[index - 1].char_end + 2

    @property
    def title(self) -> str:
        """The heading that opens the document, or the title that stands in no heading; may be empty."""
        heading = next((p.block for p in self.all[:3] if p.block.kind == "heading"), None)
        if heading is None or (self.stated_title and level(heading) > 1):
            return self.stated_title
        return heading.text

    def item(self, kind: str, first: int, last: int, *, skip: int = 0, **values: Any) -> Item:  # noqa: ANN401 - fields of Item
        """Cut an item out of blocks `first` to `last`, without the first `skip` characters (a label).

        The title is the first sentence, unless `values` has one. The id is provisional: kind and position.
        """
        start = self.blocks[first].char_start + skip
        return cut(kind, self.text, start, self.blocks[last].char_end, **values)


def touched(blocks: Sequence[Placed], item: Item) -> range:
    """Return the indexes of the blocks, which are in reading order, that an item has text in."""
    first = bisect_right(blocks, item.char_start, key=lambda placed: placed.char_end)
    return range(first, bisect_left(blocks, item.char_end, key=lambda placed: placed.char_start))


def cut(kind: str, text: str, first: int, last: int, /, **values: Any) -> Item:  # noqa: ANN401 - fields of Item
    """Return the item `text[first:last]` with a provisional id; the first sentence is its title by default."""
    values.setdefault("title", first_sentence(text[first:last]))
    return Item(id=f"{kind}@{first}", kind=kind, text=text[first:last], char_start=first, char_end=last, **values)


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, or the first words of a very long one."""
    spans = sentences(text)
    sentence = text[spans[0][0] : spans[0][1]] if spans else text.strip()
    words = sentence.split()
    return sentence if len(words) <= _TITLE_WORDS else re.split(r"(?<=[:;])\s", sentence)[0]


def is_short(text: str, words: int = 14) -> bool:
    """Tell whether a text is a line rather than a paragraph."""
    return len(text.split()) <= words and "\n" not in text


def level(block: Block) -> int:
    """Return the level of a heading, 1 for the highest."""
    return max(block.level, 1)
