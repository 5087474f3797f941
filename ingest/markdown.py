"""Markdown to blocks. Front matter is TOML between `+++` lines, as in our collection, or YAML between `---`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from corpus.errors import SourceError
from ingest.blocks import Block, Loaded, RawPage
from ingest.encoding import decode, whole

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A(\+\+\+|---)[ \t]*\r?\n(.*?)^\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def load(page: RawPage) -> Loaded:
    """Return the blocks of a Markdown page; `meta` is its front matter, or a title from its only level 1 heading.

    Raises:
        SourceError: the front matter is not valid TOML or YAML.
    """
    text = decode(page.content, None)
    match = _FRONT_MATTER.match(text)
    meta = _front_matter(page.source, match.group(1), match.group(2)) if match else {}
    blocks = tuple(_blocks(text[match.end() :] if match else text))
    titles = [block.text for block in blocks if block.kind == "heading" and block.level == 1]
    if len(titles) == 1:
        meta = {"title": titles[0], **meta}
    return Loaded(blocks, _with_source(meta))


def _with_source(meta: dict[str, Any]) -> dict[str, Any]:
    """Give a record of the collection the address and publisher of what it tells about: its table `bron`."""
    bron = meta.get("bron")
    if "id" in meta:
        meta = {**meta, "source_id": str(meta["id"])}
        del meta["id"]
    if not isinstance(bron, dict):
        return meta
    return {**{name: bron[name] for name in ("url", "publisher", "year") if bron.get(name)}, **meta}


def _front_matter(source: str, fence: str, text: str) -> dict[str, Any]:
    try:
        fields = tomllib.loads(text) if fence == "+++" else _yaml(text)
    except ValueError as exc:
        raise SourceError(source, f"the front matter between {fence} lines cannot be read ({exc})") from exc
    if not isinstance(fields, dict):
        raise SourceError(source, f"the front matter between {fence} lines has no names with values")
    return whole({str(name): str(value) if isinstance(value, date) else value for name, value in fields.items()})  # type: ignore[no-any-return]


def _yaml(text: str) -> Any:  # noqa: ANN401 - whatever the file says
    """Read plain YAML. Aliases are refused: nine lines of them can expand to gigabytes.

    Raises:
        ValueError: not YAML, or with an alias.
    """
    import yaml

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ValueError("aliases (*name) are not supported")
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise ValueError(str(exc)) from exc


def _blocks(text: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    markers: list[str] = []
    quotes = 0
    position = 0
    while position < len(tokens):
        token = tokens[position]
        line = token.map[0] + 1 if token.map else None
        if token.type == "list_item_open":
            markers.append(f"{token.info}{token.markup}" if token.info else token.markup)
        elif token.type == "list_item_close":
            markers.pop()
        elif token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "heading_open":
            yield Block("heading", _plain(tokens[position + 1]), level=int(token.tag[1]), line=line)
        elif token.type == "paragraph_open" and (words := _plain(tokens[position + 1])):
            if markers:
                yield Block("list_item", words, level=len(markers), number=markers[-1], line=line)
            else:
                yield Block("quote" if quotes else "paragraph", words, line=line)
        elif token.type in ("fence", "code_block") and token.content.strip():
            yield Block("paragraph", token.content.strip(), line=line)
        elif token.type == "table_open":
            rows, position = _table(tokens, position)
            yield Block("table", "\n".join("\t".join(row) for row in rows), cells=rows, line=line)
        position += 1


def _table(tokens: list[Token], position: int) -> tuple[tuple[tuple[str, ...], ...], int]:
    """Return the cells of the table that opens at `position`, and where it closes."""
    rows: list[list[str]] = []
    while tokens[position].type != "table_close":
        if tokens[position].type == "tr_open":
            rows.append([])
        elif tokens[position].type == "inline":
            rows[-1].append(_plain(tokens[position]))
        position += 1
    return tuple(map(tuple, rows)), position


def _plain(inline: Token) -> str:
    """Return the words of an inline token without markup; a picture counts by its alternative text."""
    pieces = []
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            pieces.append("\n" if child.type == "hardbreak" else " ")
        elif child.type in ("text", "code_inline", "image"):
            pieces.append(child.content)
    return "".join(pieces).strip()
