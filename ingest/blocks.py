"""The common shape that every loader returns: a list of blocks in reading order.

Item recognition, boilerplate and metadata are written once, over blocks, and so work alike for HTML, PDF, DOCX and
plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "list_item", "table", "caption", "quote", "label", "footnote"]


@dataclass(frozen=True)
class Block:
    """One visible block of a source.

    `text` is verbatim apart from white space that the format itself collapses (HTML). `level` is the heading level
    or the depth of a list item, from 1. `page` counts from 1. `number` is the marker of a list item as printed
    ("3.", "•"). `line` is the 1-based line in a plain-text source. `cells` holds the rows of a table; its `text`
    is then the rows joined by new lines and the cells by tabs. `attrs` keeps what a recogniser may need from the
    format: HTML "id", "class", "tag", "datetime", "comment" (the block stands in a reader's comment) and so on.
    `dropped` is None for a block that is kept, else the reason why it is left out.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    line: int | None = None
    number: str | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    attrs: Mapping[str, str] = field(default_factory=dict)
    dropped: str | None = None


@dataclass(frozen=True)
class RawPage:
    """Bytes as they came in, before any parsing.

    `url` is None for a local file; `source` is always the path or URL that a person can open. `fetched_at` is UTC,
    ISO 8601. `media_type` comes from the headers or the file name's extension.
    """

    source: str
    content: bytes
    media_type: str
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: str = ""


@dataclass(frozen=True)
class Loaded:
    """What a loader makes of a `RawPage`: blocks, and the metadata that the format states outright.

    `meta` uses the field names of `corpus.document.Document` (title, date, publisher, authors, language, licence,
    canonical_url, …); a loader only puts in what the format says (an `<h1>`, a `<meta>` tag, DOCX core properties).
    `inferred` names the fields of `meta` that are a guess. `warnings` are for the maintainer ("page 3 has no text:
    needs OCR"). `dropped` blocks stay in the list with their reason.
    """

    blocks: tuple[Block, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    inferred: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placed:
    """A kept block and where it stands in the document's text; `order` is its index among all blocks."""

    block: Block
    order: int
    char_start: int
    char_end: int


def place(blocks: tuple[Block, ...]) -> tuple[str, tuple[Placed, ...]]:
    """Join the kept blocks by blank lines into the document's text; `text[p.char_start:p.char_end]` is the block."""
    placed: list[Placed] = []
    position = 0
    for order, block in enumerate(blocks):
        if block.dropped is None and block.text:
            placed.append(Placed(block, order, position, position + len(block.text)))
            position += len(block.text) + 2
    return "\n\n".join(p.block.text for p in placed), tuple(placed)
