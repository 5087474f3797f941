"""Texts that repeat: exact repeats inside a document are folded, likeness between texts is measured and linked.

Only exact repeats are ever dropped. Near duplicates stay, and are linked at Jaccard >= 0.6 or containment >= 0.8 of
their word 3-grams (thresholds from a hand-checked set of Dutch pages).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from corpus.document import normalised
from ingest.blocks import Block
from ingest.schedule import clock, round_of

Likeness = Literal["exact", "near", "none"]

SIZE = 3
JACCARD = 0.6
CONTAINMENT = 0.8
# A shorter line is a name, a label or a title: it may stand in many places and mean something in each.
_WORDS = 6
_CERTAIN = 15
_WORD = re.compile(r"\w+")
_PERMUTATIONS = 256
_PARTS = 16


def fold(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks with exact repeats dropped, each with the number of the block that it repeats.

    A sentence that comes again is a repeat if it stands under the same headings, time and round (or under some that
    come again as well): two practices may have the same costs, and a session may be held twice. A short line is a
    repeat only as part of a longer one, right after itself, or as the label of a figure, shown above and below it.
    """
    keys = [_key(block) for block in blocks]
    origin = _long_repeats(blocks, keys) | _echoes(keys)
    _extend(keys, origin)
    return tuple(
        replace(block, dropped=f"duplicate of block {origin[i]}") if i in origin else block
        for i, block in enumerate(blocks)
    )


def _key(block: Block) -> str:
    return "" if block.dropped or block.attrs.get("comment") else normalised(block.text)


def _is_sentence(key: str) -> bool:
    words = len(key.split())
    return words >= _CERTAIN or (words >= _WORDS and key.rstrip("\"'’”)").endswith((".", "!", "?", "…")))


def _long_repeats(blocks: tuple[Block, ...], keys: list[str]) -> dict[int, int]:
    first: dict[tuple[object, ...], int] = {}
    origin: dict[int, int] = {}
    path: tuple[tuple[int, str], ...] = ()
    slot = ""
    for i, key in enumerate(keys):
        if key and blocks[i].kind == "heading":
            path = (*(above for above in path if above[0] < blocks[i].level), (blocks[i].level, key))
        if key and _opens_slot(key):
            slot = key
        if _is_sentence(key):
            earlier = first.setdefault((path, slot, key), i)
            if earlier != i:
                origin[i] = earlier
    return origin


def _opens_slot(key: str) -> bool:
    return len(key.split()) <= 15 and (clock(key) is not None or round_of(key) is not None)


def _echoes(keys: list[str]) -> dict[int, int]:
    """Return labels that are repeated at once, or right after the one number that they belong to."""
    origin: dict[int, int] = {}
    kept = [i for i, key in enumerate(keys) if key]
    for position, i in enumerate(kept):
        for back in (1, 2):
            earlier = kept[position - back] if position >= back else i
            between = keys[kept[position - 1]] if back == 2 else "1"
            if earlier != i and keys[earlier] == keys[i] and _is_number(between) and not _is_number(keys[i]):
                origin[i] = origin.get(earlier, earlier)
    return origin


def _is_number(key: str) -> bool:
    return any(c.isdigit() for c in key) and len(key.split()) <= 4


def _extend(keys: list[str], origin: dict[int, int]) -> None:
    """Add short lines that stand beside a repeat just as they stand beside what it repeats."""
    kept = [i for i, key in enumerate(keys) if key]
    place = {i: position for position, i in enumerate(kept)}
    for step in (1, -1):
        for i in sorted(origin, reverse=step < 0):
            here, there = place[i] + step, place[origin[i]] + step
            while 0 <= there < here < len(kept) and kept[here] not in origin and keys[kept[here]] == keys[kept[there]]:
                origin[kept[here]] = kept[there]
                here, there = here + step, there + step


def shingles(text: str) -> frozenset[str]:
    """Return the word 3-grams of a text, lower case, without punctuation; a shorter text is one shingle."""
    words = _WORD.findall(normalised(text).casefold())
    count = max(len(words) - SIZE + 1, 1 if words else 0)
    return frozenset(" ".join(words[i : i + SIZE]) for i in range(count))


def related(a: str, b: str) -> Likeness:
    """Tell how alike two texts are; containment is the share of the shorter one that is in the other."""
    if normalised(a) == normalised(b):
        return "exact"
    left, right = shingles(a), shingles(b)
    common = len(left & right)
    if not common:
        return "none"
    jaccard = common / (len(left) + len(right) - common)
    containment = common / min(len(left), len(right))
    return "near" if jaccard >= JACCARD or containment >= CONTAINMENT else "none"


def families(texts: Mapping[str, str]) -> tuple[frozenset[str], ...]:
    """Group texts that are alike, by id; a group has two or more members, and likeness is passed on.

    The order of the groups is that of their first member in `texts`.
    """
    parent = {key: key for key in texts}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    for a, b in _candidates(texts):
        if root(a) != root(b) and related(texts[a], texts[b]) != "none":
            parent[root(b)] = root(a)
    groups: dict[str, set[str]] = {}
    for key in texts:
        groups.setdefault(root(key), set()).add(key)
    return tuple(frozenset(group) for group in groups.values() if len(group) > 1)


def _candidates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of which one may be contained in the other, by MinHash over the 3-grams.

    Jaccard 0.6 implies a containment of at least 0.6, so one index serves both thresholds (LSH Ensemble: Zhu et al.,
    VLDB 2016). It is set lower because signatures only estimate; each pair is measured exactly afterwards.
    """
    from datasketch import MinHash, MinHashLSHEnsemble  # type: ignore[import-untyped]

    entries = []
    for key, text in texts.items():
        grams = shingles(text)
        if grams:
            signature = MinHash(num_perm=_PERMUTATIONS)
            signature.update_batch([gram.encode() for gram in sorted(grams)])
            entries.append((key, signature, len(grams)))
    if len(entries) < 2:
        return
    index = MinHashLSHEnsemble(threshold=JACCARD - 0.1, num_perm=_PERMUTATIONS, num_part=min(_PARTS, len(entries)))
    index.index(entries)
    for key, signature, size in entries:
        yield from ((key, other) for other in index.query(signature, size) if other != key)
