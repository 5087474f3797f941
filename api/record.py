"""A document arranged for reading: blocks and items in order, reactions under what they react to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from corpus.document import Document, Item, Span

# The order in which practices are told, whatever the order in the source; see design of the record page.
LEAD = "In het kort"
_BEGINNING = 600
PARTS = {
    "Wat": ("wat", "doel", "aanpak", "beschrijving", "inhoud", "samenvatting", "interventie"),
    "Voor wie": ("voor wie", "doelgroep"),
    "Wie doet wat": ("wie doet wat", "rolverdeling", "taakverdeling", "uitvoering", "betrokkenen"),
    "Randvoorwaarden": ("randvoorwaarden", "voorwaarden", "kosten", "financiering", "bekostiging"),
    "Resultaat": ("resultaat", "resultaten", "opbrengst", "opbrengsten", "effect", "effecten", "evaluatie"),
    "Borging": ("borging", "geborgd", "voorbereiding", "implementatie", "volhouden"),
    "Contact": ("contact", "contactgegevens", "meer weten", "meer informatie"),
}
_ORDER = {word: place for place, words in enumerate(PARTS.values()) for word in words}


@dataclass(frozen=True)
class Block:
    """Something to show. `kind` is heading, paragraph, list, table, caption, quote or item.

    A list has its entries in `entries`, a table its rows of cells in `rows`, an item its own blocks in `blocks` and
    the reactions to it in `reactions`. `level` is that of the HTML heading.
    """

    kind: str
    text: str = ""
    level: int = 0
    page: int | None = None
    entries: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    item: Item | None = None
    blocks: tuple[Block, ...] = ()
    reactions: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Part:
    """A top-level section: its heading (None for the lead, and where it only repeats the title) and its blocks."""

    heading: str | None
    blocks: tuple[Block, ...]


def parts(document: Document) -> tuple[Part, ...]:
    """Return the document's sections: those of a practice description in the fixed order, others as they come."""
    reactions = _reactions(document)
    replies = {block.item.id for found in reactions.values() for block in found if block.item}
    found = [
        Part(None if heading == document.title else heading, tuple(_blocks(document, spans, reactions)))
        for heading, group in groupby(document.spans, key=lambda span: span.section[0] if span.section else None)
        if (spans := [s for s in group if s.item_id not in replies and not _repeats(document, s)])
    ]
    return tuple(sorted(found, key=_place)) if _is_description(found) else tuple(found)


def by_part(document: Document) -> dict[str, tuple[Block, ...]]:
    """Return the blocks of a practice description under the names of `PARTS`, the lead under `LEAD`.

    What stands under a heading of another name is left out; of what is no practice description only the beginning is
    given.
    """
    found: dict[str, tuple[Block, ...]] = {}
    arranged = parts(document)
    if not _is_description(arranged):
        return {LEAD: _beginning(arranged[0].blocks)} if arranged else {}
    for part in arranged:
        place = _place(part)
        if place <= len(PARTS):
            name = [LEAD, *PARTS][place]
            found[name] = (*found.get(name, ()), *part.blocks)
    return found


def _beginning(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the first paragraphs, up to about `_BEGINNING` characters."""
    chosen: list[Block] = []
    for block in (block for block in blocks if block.kind == "paragraph"):
        if sum(len(one.text) for one in chosen) + len(block.text) > _BEGINNING and chosen:
            break
        chosen.append(block)
    return tuple(chosen)


def item_block(document: Document, item: Item) -> Block:
    """Return an item for a page of its own: its blocks, with headings from level 2 on, and the reactions to it."""
    blocks = tuple(_plain(document, [span for span in document.spans if span.item_id == item.id]))
    levels = sorted({block.level for block in blocks if block.kind == "heading"})
    blocks = tuple(replace(b, level=2 + levels.index(b.level)) if b.level in levels else b for b in blocks)
    return Block("item", item=item, blocks=blocks, reactions=_reactions(document).get(item.id, ()))


def ordered_fields(item: Item) -> list[tuple[str, str]]:
    """Return the labelled fields of a practice description in the fixed order, others after them."""
    return sorted(item.fields.items(), key=lambda pair: _ORDER.get(pair[0].casefold(), len(PARTS)))


def _repeats(document: Document, span: Span) -> bool:
    """A heading that only repeats the title or the section's own heading, which the page shows already."""
    text = document.text[span.char_start : span.char_end].strip()
    return span.kind == "heading" and text in (document.title, *span.section[:1])


def _is_description(found: Sequence[Part]) -> bool:
    """Whether most headings are those of a practice description; a report that has one of them is none."""
    places = [_place(part) for part in found if part.heading]
    known = sum(place <= len(PARTS) for place in places)
    return known >= 2 and known * 2 >= len(places)


def _place(part: Part) -> int:
    """0 for the lead, then the parts in order, then whatever else there is."""
    if part.heading is None:
        return 0
    return 1 + _ORDER.get(part.heading.casefold().strip(" :?"), len(PARTS))


def _reactions(document: Document) -> dict[str, tuple[Block, ...]]:
    """Return the reactions per item that they react to; one that replies to nothing known stays where it is."""
    known = {item.id for item in document.items}
    found: dict[str, tuple[Block, ...]] = {}
    for item in document.items:
        if item.replies_to in known and item.replies_to:
            spans = [span for span in document.spans if span.item_id == item.id]
            block = Block("item", item=item, blocks=tuple(_plain(document, spans)))
            found[item.replies_to] = (*found.get(item.replies_to, ()), block)
    return found


def _blocks(document: Document, spans: list[Span], reactions: dict[str, tuple[Block, ...]]) -> Iterator[Block]:
    for item_id, group in groupby(spans, key=lambda span: span.item_id):
        item = document.item(item_id)
        blocks = tuple(_plain(document, group))
        # A practice that the whole document tells of is no card in it.
        if item is None or item.title == document.title:
            yield from blocks
        else:
            yield Block("item", item=item, blocks=blocks, reactions=reactions.get(item.id, ()))


def _plain(document: Document, spans: Iterable[Span]) -> Iterator[Block]:
    for kind, group in groupby(spans, key=lambda span: span.kind):
        texts = [(document.text[span.char_start : span.char_end], span) for span in group]
        if kind == "list_item":
            yield Block("list", entries=tuple(text for text, _ in texts), page=texts[0][1].page)
            continue
        for text, span in texts:
            rows = tuple(tuple(row.split("\t")) for row in text.split("\n")) if kind == "table" else ()
            yield Block(kind, text, min(max(len(span.section), 1) + 1, 6), span.page, rows=rows)
