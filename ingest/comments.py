"""Readers' comments in a text extraction: who says what, in answer to whom.

HTML marks a comment in its tags and the loader passes that on in `Block.attrs`. In plain text only the layout is
left: a line that counts the reactions, then names, dates and indented text. This module puts the same attributes on
those blocks, so that the rest need not know the difference:

    comment    id of the comment on this page
    author     name as printed
    datetime   date line as printed
    reply_to   id of the comment that it is nested under
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest import boilerplate_rules as rules
from ingest.blocks import Block
from ingest.people import is_name

_HEADING = re.compile(rf"(?:{rules.COMMENT_HEADING}|reacties)\W*", re.IGNORECASE)
_END = re.compile(rf"(?:{rules.COMMENT_FORM}|{rules.TEASERS})\W*", re.IGNORECASE)
_REPLY = re.compile(r"(?:be)?antwoord(?:en)?|reageer|reageren|reply", re.IGNORECASE)
_SAYS = re.compile(
    r"(?P<name>[^\n,:()]{2,50}?)\s+(?:zegt|schreef|schrijft|reageerde|says)\b(?P<when>(?:[^:]|(?<=\d):(?=\d)){0,60}):?"
    r"|(?P<name2>[^\n,:()]{2,50}?)"
    r"(?:,| \(| –| -| op)\s*(?P<when2>(?:\w+dag )?\d{1,2}[ -]\w+[ -]\d{4}[^:]{0,20}?)\)?:?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:op |\w+dag )?\d{1,2}[ -]\w+[ -]\d{4}.{0,25}", re.IGNORECASE)


@dataclass(frozen=True)
class _Author:
    name: str
    when: str | None = None


def annotate(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks with comment attributes where plain text has a section of comments; others unchanged."""
    start = next((i for i, b in enumerate(blocks) if b.line and b.dropped is None and _is_heading(b)), None)
    if start is None:
        return blocks
    counted = blocks[start].text.strip().casefold() != "reacties"
    return (*blocks[: start + 1], *_section(blocks[start + 1 :], counted))


def _is_heading(block: Block) -> bool:
    return len(block.text) < 200 and _HEADING.fullmatch(block.text.strip()) is not None


def _section(blocks: tuple[Block, ...], counted: bool) -> Iterator[Block]:
    """Yield the blocks after the heading, those of comments with their attributes, up to the comment form."""
    above: list[tuple[int, str]] = []  # (indentation, id) of the comments that the present one is nested under
    attrs: dict[str, str] = {}
    count = 0
    for i, block in enumerate(blocks):
        if _END.fullmatch(block.text.strip()):
            yield from blocks[i:]
            return
        author = _author(block, blocks[i + 1 : i + 2], counted)
        if author:
            count += 1
            above = [entry for entry in above if entry[0] < _indent(block)]
            attrs = _attrs(count, author, above[-1][1] if above else None)
            above.append((_indent(block), attrs["comment"]))
        elif attrs and _DATE.fullmatch(block.text):
            attrs["datetime"] = block.text
        yield replace(block, attrs={**block.attrs, **attrs}) if attrs else block


def _attrs(number: int, author: _Author, parent: str | None) -> dict[str, str]:
    found = {"comment": str(number), "author": author.name, "datetime": author.when, "reply_to": parent}
    return {key: value for key, value in found.items() if value}


def _author(block: Block, following: tuple[Block, ...], counted: bool) -> _Author | None:
    """Return who speaks from this block on: before "zegt:", above a date or, below a count of reactions, in a list."""
    text = block.text.strip()
    match = _SAYS.fullmatch(text)
    if match and len((match["name"] or match["name2"]).split()) <= 5:
        return _Author(match["name"] or match["name2"], (match["when"] or match["when2"] or "").strip(" ,") or None)
    if len(text.split()) > 5 or text.endswith((".", "!", "?")) or _REPLY.fullmatch(text) or not following:
        return None
    dated = _DATE.fullmatch(following[0].text) is not None
    numbered = block.number is not None and block.number[:1].isdigit()
    return _Author(text) if dated or (counted and (numbered or is_name(text))) else None


def _indent(block: Block) -> int:
    return int(block.attrs.get("indent", 0))
