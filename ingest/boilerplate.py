"""Mark what a page says about itself rather than about its subject: menus, share buttons, forms, teasers.

`mark` judges one page by the tables in `boilerplate_rules`; `mark_repeated` judges lines by how many pages and hosts
they are on. Nothing is deleted: a dropped block stays in the list with its reason.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from corpus.sentences import sentences
from ingest import boilerplate_rules as rules
from ingest import comments, labels
from ingest.blocks import Block

_LINES = [(reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in rules.LINES]
_TEASERS = re.compile(rules.TEASERS, re.IGNORECASE)
_EMPTY = re.compile(rules.EMPTY, re.IGNORECASE)
_DEAD_LINK = re.compile(rules.DEAD_LINK, re.IGNORECASE)
_CLOSING = " .:!…»›>"
_LONG = 60  # words; no rule is about a longer block
_SHORT = 20  # words; a teaser without a heading level of its own is a title or a line


def mark(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks with boilerplate marked as dropped.

    A paragraph that ends in a sentence which only works as a link is split in two, the sentence dropped. Comments in
    plain text get the attributes that HTML comments have (see `ingest.comments`).
    """
    marked = [_by_line(block) for block in comments.annotate(blocks)]
    marked = [part for block in marked for part in _without_dead_link(block)]
    _mark_teasers(marked)
    _mark_empty_headings(marked)
    return tuple(marked)


def reason_of(text: str) -> str | None:
    """Return why this line by itself is boilerplate, or None."""
    line = _folded(text)
    if not line or len(line.split()) > _LONG:
        return None
    return next((reason for reason, pattern in _LINES if pattern.fullmatch(line)), None)


def is_bare_heading(text: str) -> bool:
    """Tell whether a line says nothing by itself: "Nieuws", "Meer informatie"."""
    return _EMPTY.fullmatch(_folded(text)) is not None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).rstrip(_CLOSING)


def _by_line(block: Block) -> Block:
    return (
        block if block.dropped or block.kind in ("table", "footnote") else replace(block, dropped=reason_of(block.text))
    )


def _without_dead_link(block: Block) -> tuple[Block, ...]:
    """Return the block, or what is left of it and the dropped sentences at its end."""
    if block.dropped or block.kind not in ("paragraph", "list_item") or "comment" in block.attrs:
        return (block,)
    cut = len(block.text)
    for start, end in reversed(sentences(block.text)):
        if not _is_dead_link(block.text[start:end]):
            break
        cut = start
    if cut == 0:
        return (replace(block, dropped="dead link"),)
    if cut == len(block.text):
        return (block,)
    kept = block.text[:cut].rstrip()
    return replace(block, text=kept), replace(block, text=block.text[cut:], number=None, dropped="dead link")


def _is_dead_link(sentence: str) -> bool:
    return len(sentence.split()) <= 14 and _DEAD_LINK.fullmatch(_folded(sentence)) is not None


def _mark_teasers(blocks: list[Block]) -> None:
    """Drop the headings of lists of other pages and what stands below them."""
    for i, block in enumerate(blocks):
        if block.dropped is None and _TEASERS.fullmatch(_folded(block.text)):
            for j in range(i, _teasers_end(blocks, i)):
                if blocks[j].dropped is None:
                    blocks[j] = replace(blocks[j], dropped="teaser")


def _teasers_end(blocks: list[Block], start: int) -> int:
    """Return the index after the last teaser below the heading at `start`.

    A heading level tells where the list ends. Without one (plain text, a bold line) everything is a teaser when the
    list closes the page, and else only lines too short for the page's own text.
    """
    end = next((j for j in range(start + 1, len(blocks)) if "comment" in blocks[j].attrs), len(blocks))
    heading = blocks[start]
    if heading.kind == "heading" and heading.line is None:
        same = (j for j in range(start + 1, end) if blocks[j].kind == "heading" and blocks[j].level <= heading.level)
        return next(same, end)
    if _words(blocks[start:end]) <= 0.4 * _words(blocks):
        return end
    long = (j for j in range(start + 1, end) if blocks[j].kind == "heading" or _words(blocks[j : j + 1]) > _SHORT)
    return next(long, end)


def _words(blocks: list[Block]) -> int:
    return sum(len(block.text.split()) for block in blocks if block.dropped is None)


def _mark_empty_headings(blocks: list[Block]) -> None:
    """Drop headings such as "Nieuws" that no text of their own follows."""
    following: Block | None = None
    for i in reversed(range(len(blocks))):
        block = blocks[i]
        if block.dropped:
            continue
        deeper = following is not None and block.kind == "heading" and following.level > block.level
        hollow = following is None or (following.kind == "heading" and not deeper) or "comment" in following.attrs
        title_like = block.kind in ("heading", "label") or (block.kind == "paragraph" and not block.text.endswith("."))
        if hollow and title_like and is_bare_heading(block.text):
            blocks[i] = replace(block, dropped="heading without text")
        else:
            following = block


@dataclass(frozen=True)
class LineCounts:
    """How often lines recur; keys are `line_hash` values.

    `pages` is the number of pages of this host that were counted, `on_pages` on how many of those a line is, and
    `on_hosts` on how many hosts it is at all.
    """

    pages: int
    on_pages: Mapping[str, int]
    on_hosts: Mapping[str, int]


# A line on three pages in five of a host, or on this many hosts, is part of the furniture.
_MIN_PAGES = 5
_SHARE = 0.6
_MIN_HOSTS = 4


def line_hash(text: str) -> str:
    """Return the key of a line in `LineCounts`, 16 hexadecimal digits; case and spaces make no difference."""
    return hashlib.sha256(_folded(text).casefold().encode()).hexdigest()[:16]


def line_hashes(blocks: tuple[Block, ...]) -> frozenset[str]:
    """Return the keys of the lines of one page, to be counted once each."""
    return frozenset(line_hash(block.text) for block in blocks if _counts(block))


def mark_repeated(blocks: tuple[Block, ...], counts: LineCounts) -> tuple[Block, ...]:
    """Return the blocks with lines dropped that recur on most pages of the host or on many hosts.

    A heading or a field label recurs on every record of a database; it is kept as long as text of the page's own
    follows it.
    """
    reasons = [_repeated(block, counts) for block in blocks]
    own = False
    result: list[Block] = []
    for block, reason in zip(reversed(blocks), reversed(reasons), strict=True):
        structure = block.kind in ("heading", "label") or labels.field_of(block.text) is not None
        if reason and not (structure and own):
            block = replace(block, dropped=reason)
        if block.dropped is None:
            own = not structure
        result.append(block)
    return tuple(reversed(result))


def _counts(block: Block) -> bool:
    return block.kind != "table" and "comment" not in block.attrs and len(_folded(block.text)) > 2


def _repeated(block: Block, counts: LineCounts) -> str | None:
    if block.dropped or not _counts(block):
        return None
    key = line_hash(block.text)
    pages, hosts = counts.on_pages.get(key, 0), counts.on_hosts.get(key, 0)
    if counts.pages >= _MIN_PAGES and pages >= _SHARE * counts.pages:
        return f"on {pages} of {counts.pages} pages of this host"
    return f"on {hosts} hosts" if hosts >= _MIN_HOSTS else None


def count_lines(pages: Iterable[frozenset[str]]) -> LineCounts:
    """Return the counts of one host from the keys of its pages; nothing is known of other hosts then."""
    on_pages: Counter[str] = Counter()
    total = 0
    for keys in pages:
        total += 1
        on_pages.update(keys)
    return LineCounts(total, on_pages, {})
