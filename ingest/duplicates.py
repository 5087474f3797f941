"""Texts that repeat: exact repeats inside a document are folded, likeness between texts is measured and linked.

Only exact repeats are ever dropped. Near duplicates stay, and are linked at Jaccard >= 0.6 or containment >= 0.8 of
their word 3-grams (thresholds from a hand-checked set of Dutch pages).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from corpus.document import normalised
from ingest.blocks import Block
from ingest.quantities import only
from ingest.schedule import clock, round_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Likeness = Literal["exact", "near", "none"]

SIZE = 3
JACCARD = 0.6
CONTAINMENT = 0.8
# A shorter line is a name, a label or a title: it may stand in many places and mean something in each.
_WORDS = 6
_CERTAIN = 15
_WORD = re.compile(r"\w+")
# A 3-gram in more texts than this is a phrase of the trade; it says nothing about where a text comes from.
_COMMON = 50
# Less than the thresholds above, because common 3-grams are not counted; each pair is measured exactly afterwards.
_SHARED = 0.5


def fold(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks with exact repeats dropped, each with the number of the block that it repeats.

    A sentence that comes again is a repeat if it stands under the same headings, time and round (or under some that
    come again as well): two practices may have the same costs, and a session may be held twice. A short line is a
    repeat only as part of a longer one, right after itself, or as the label of a figure, shown above and below it.
    """
    keys = [_key(block) for block in blocks]
    origin = _long_repeats(blocks, keys) | _echoes(keys)
    _extend(keys, origin)
    for i in sorted(origin):
        # What was repeated may be a repeat itself.
        origin[i] = origin.get(origin[i], origin[i])
    return tuple(
        replace(block, dropped=f"duplicate of block {origin[i]}") if i in origin else block
        for i, block in enumerate(blocks)
    )


def _key(block: Block) -> str:
    return "" if block.dropped or block.attrs.get("comment") else normalised(block.text)


def _is_sentence(key: str) -> bool:
    words = len(key.split())
    return words >= _CERTAIN or (words >= _WORDS and key.rstrip("\"'’”)").endswith("."))


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
    return len(key) < 40 and only(key) is not None


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

    first: dict[str, str] = {}
    for key, text in texts.items():
        parent[key] = first.setdefault(normalised(text), key)
    for a, b in _candidates({key: texts[key] for key in first.values()}):
        if root(a) != root(b) and related(texts[a], texts[b]) != "none":
            parent[root(b)] = root(a)
    groups: dict[str, set[str]] = {}
    for key in texts:
        groups.setdefault(root(key), set()).add(key)
    return tuple(frozenset(group) for group in groups.values() if len(group) > 1)


def _candidates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs that share at least half of the shorter one's 3-grams, counting only those that few texts have.

    A sparse matrix (texts × 3-grams) times its transpose gives all pairs at once: 100,000 passages take seconds
    where signatures (MinHash) took minutes.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, triu

    keys = list(texts)
    words: dict[str, int] = {}
    rows = [_grams([words.setdefault(w, len(words)) for w in _WORD.findall(texts[key].casefold())]) for key in keys]
    if not rows:
        return
    sizes = np.array([len(row) for row in rows])
    _, columns, spread = np.unique(np.concatenate(rows), return_inverse=True, return_counts=True)
    telling = spread[columns] <= _COMMON
    ends = np.concatenate([[0], np.cumsum(telling)])[np.concatenate([[0], np.cumsum(sizes)])]
    shared = csr_matrix((np.ones(telling.sum(), np.int32), columns[telling], ends), shape=(len(keys), len(spread)))
    pairs = triu(shared @ shared.T, k=1).tocoo()
    close = pairs.data >= _SHARED * np.minimum(sizes[pairs.row], sizes[pairs.col])
    for a, b in zip(pairs.row[close], pairs.col[close], strict=True):
        yield keys[a], keys[b]


def _grams(words: list[int]) -> NDArray[np.uint64]:
    """Return the distinct 3-grams of a text of word numbers, as 64-bit numbers."""
    import numpy as np

    numbers = np.array(words, np.uint64)
    if len(numbers) < SIZE:
        return numbers[:1]
    step = np.uint64(0x9E3779B97F4A7C15)  # odd and without pattern: different 3-grams give different numbers
    return np.unique((numbers[:-2] * step + numbers[1:-1]) * step + numbers[2:])
