"""Items: the tips, sessions, reactions, facts and practice descriptions in a document, recognised over its blocks.

Every item is a stretch of the document's text, verbatim. What the source does not say stays empty; what was inferred
is named in `Item.inferred`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corpus.document import Item, Status, content_id
from ingest import schedule
from ingest.blocks import Block, Placed
from ingest.items import facts, practices, programme, questions, reactions, references, sessions, tips
from ingest.items.scene import Scene, touched
from ingest.tags import tags

_REACTIONS = re.compile(
    r"(?P<count>\d+|[eé][eé]n|geen)\s+(?:reacties?|comments?|gedachten?)\b|(?:reacties?"
    r"|comments?)\s*\(?(?P<count2>\d+)\)?",
    re.IGNORECASE,
)
_EVENT_KINDS = frozenset({"sessie", "plenair", "debat", "flitspresentatie"})


@dataclass(frozen=True)
class Recognised:
    """What was found: items in reading order, and per block what it belongs to and what it is.

    Keys of `owners` (the id of the smallest item that a block is part of) and of `statuses` (only those that are not
    "main") are block orders as in `Placed.order`. `extra` goes into `Document.extra`.
    """

    items: tuple[Item, ...] = ()
    owners: Mapping[int, str] = field(default_factory=dict)
    statuses: Mapping[int, Status] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def recognise(
    document_id: str, text: str, placed: tuple[Placed, ...], dropped: tuple[Block, ...], *, title: str | None = None
) -> Recognised:
    """Return the items of a document.

    Args:
        document_id: part of every item's id.
        text: the document's text; `text[p.char_start:p.char_end]` is the text of each placed block.
        placed: the kept blocks in reading order.
        dropped: what was left out; a dropped line may still say how many reactions there are.
        title: the document's title where it stands in no heading.
    """
    own = tuple(p for p in placed if "comment" not in p.block.attrs)
    scene = Scene(text, own, own, title or "")
    found = list(_found(scene))
    answers, comment_owners = reactions.find(text, placed, found)
    items, ids = _named(document_id, [_tagged(item) for item in (*found, *answers)])
    owners = _owners(items, placed) | {order: ids[item_id] for order, item_id in comment_owners.items()}
    event = (
        any(item.kind in _EVENT_KINDS for item in items)
        or re.search(r"\b(?:congres|symposium|conferentie)\b", text) is not None
    )
    extra = references.find(scene, event=event) | _comment_count(dropped, answers)
    return Recognised(items, owners, _statuses(placed), extra)


def _found(scene: Scene) -> Sequence[Item]:
    """Run the recognisers; each sees only the blocks that those before it left."""
    items: list[Item] = []
    for find in (tips.find, practices.find, sessions.find, questions.find, facts.find):
        items += find(scene.without(items))
    has_programme = bool(programme.entries(scene))
    return [*items, *sessions.biographies(scene.without(items), programme_page=has_programme)]


def _tagged(item: Item) -> Item:
    """Add whom and what an item is about, and where."""
    text = f"{item.text} {item.context or ''}"
    about = tags(text, prominent=item.title)
    guessed = tuple(name for name in ("doelgroep", "themas") if getattr(about, name))
    return replace(
        item,
        doelgroep=about.doelgroep,
        themas=about.themas,
        gemeenten=about.gemeenten,
        regio=about.regio,
        inferred=(*item.inferred, *guessed),
    )


def _named(document_id: str, items: Sequence[Item]) -> tuple[tuple[Item, ...], Mapping[str, str]]:
    """Put the items in reading order and give them their ids, also where they refer to each other."""
    ordered = sorted(items, key=lambda item: (item.char_start, -item.char_end))
    seen: Counter[tuple[str, str]] = Counter()
    ids: dict[str, str] = {}
    for item in ordered:
        ids[item.id] = content_id(document_id, item.kind, item.text, str(seen[item.kind, item.text]))
        seen[item.kind, item.text] += 1
    named = (
        replace(
            item,
            id=ids[item.id],
            replies_to=ids.get(item.replies_to or ""),
            same_session_as=ids.get(item.same_session_as or ""),
        )
        for item in ordered
    )
    return tuple(named), ids


def _owners(items: Sequence[Item], placed: Sequence[Placed]) -> dict[int, str]:
    """Return for each block the smallest item that covers most of it (not its label), or the only one inside it."""
    owners: dict[int, str] = {}
    of_block: dict[int, list[Item]] = {}
    for item in items:
        for index in touched(placed, item):
            of_block.setdefault(index, []).append(item)
    for index, touching in of_block.items():
        p = placed[index]
        around = [i for i in touching if 2 * _overlap(i, p) >= p.char_end - p.char_start]
        if around:
            owners[p.order] = min(around, key=lambda item: item.char_end - item.char_start).id
        elif len(touching) == 1:
            owners[p.order] = touching[0].id
    return owners


def _overlap(item: Item, placed: Placed) -> int:
    return min(item.char_end, placed.char_end) - max(item.char_start, placed.char_start)


def _statuses(placed: Sequence[Placed]) -> dict[int, Status]:
    statuses: dict[int, Status] = {}
    for p in placed:
        if "comment" in p.block.attrs:
            statuses[p.order] = "reactie"
        elif p.block.kind == "caption":
            statuses[p.order] = "caption"
        elif schedule.is_placeholder(p.block.text):
            statuses[p.order] = "placeholder"
    return statuses


def _comment_count(dropped: Sequence[Block], answers: Sequence[Item]) -> dict[str, int]:
    """Return how many reactions the page says it has, else how many there are; nothing for none."""
    for block in dropped:
        match = _REACTIONS.match(block.text) if (block.dropped or "").startswith("comment") else None
        if match:
            word = (match["count"] or match["count2"]).lower()
            return {"comment_count": int(word) if word.isdigit() else 0 if word == "geen" else 1}
    return {"comment_count": len(answers)} if answers else {}
