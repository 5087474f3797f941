"""Practice descriptions: sets of labelled fields (doel, doelgroep, aanpak, …), and texts headed "Praktijkvoorbeeld".

Fields come as "Label: value" lines, as headings, as the terms of a definition list or as the first column of a table.
Headings such as "Doel" also order policy papers; see `_enough` for what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpus.document import Item
from ingest import labels
from ingest.items.scene import Scene, level

_ANNOUNCED = re.compile(
    r"(?:praktijkvoorbeeld|goed voorbeeld|voorbeeld uit de praktijk|good practice|best practice"
    r"|inspirerend voorbeeld)\s*(?P<number>\d{1,2})?\s*[:.–—-]\s*(?P<title>\S.*)"
    r"|(?:praktijkvoorbeeld|good practice)\s+(?P<number2>\d{1,2})|(?P<title2>\S.{3,80}), een praktijkvoorbeeld",
    re.IGNORECASE,
)
# Headings that say what kind of text follows, not which practice it is about.
_GENERAL = re.compile(
    r"(?:uit de )?praktijk|in het kort|(?:korte )?(?:samenvatting|beschrijving)|kenmerken|factsheet|gegevens|algemeen"
    r"|over (?:de|deze) (?:aanpak|interventie|methode)|praktijkvoorbeeld",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"\w*beleid\w*|\w*nota\b|\w*notitie|\w*kader\b|\w*visie\b|(?:werk|beleids)agenda|(?:beleids|uitvoerings|actie|regio|jaar|meerjaren)plan|\w*akkoord|convenant"
    r"|begroting|jaarverslag|verordening|raadsvoorstel",
    re.IGNORECASE,
)
_NEAR = 1500  # characters
_MAX_WORDS = 4000  # a longer stretch is a report with such headings, not one description
_RECORD = frozenset(
    {"doelgroep", "aanpak", "betrokkenen", "borging", "erkenningsniveau", "contact", "kosten", "randvoorwaarden"}
)


class _Field(NamedTuple):
    """One labelled field: blocks from `first` to `last`, and the value's place in the text."""

    key: str
    first: int
    last: int
    start: int
    end: int
    inline: bool


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the practice descriptions of a document, in order."""
    announced = [i for i, p in enumerate(scene.blocks) if _is_announced(scene, i) and p.block.kind != "table"]
    if announced:
        bounds = [*announced, len(scene.blocks)]
        return tuple(_announced(scene, a, b) for a, b in zip(bounds, bounds[1:], strict=False))
    return tuple(_records(scene))


def _is_announced(scene: Scene, index: int) -> bool:
    block = scene.block(index)
    short = block.kind in ("heading", "label") or len(block.text.split()) <= 14
    return short and _ANNOUNCED.fullmatch(block.text.strip()) is not None


def _announced(scene: Scene, first: int, limit: int) -> Item:
    """Cut the practice under "Praktijkvoorbeeld 2: …": its fields, or its text up to the next heading."""
    opening = scene.block(first)
    end = first
    for j in range(first + 1, limit):
        block = scene.block(j)
        closes = block.kind == "heading" and level(block) <= level(opening) and labels.field_of(block.text) is None
        if closes or not scene.follows(j):
            break
        end = j
    match = _ANNOUNCED.fullmatch(opening.text.strip())
    title = match and (match["title"] or match["title2"])
    number = match and (match["number"] or match["number2"])
    return scene.item(
        "praktijkvoorbeeld",
        first,
        end,
        title=title or opening.text,
        number=int(number) if number else None,
        number_source="explicit" if number else None,
        fields=_values(scene, _fields(scene, first + 1, end + 1)),
    )


def _values(scene: Scene, fields: Sequence[_Field]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in fields:
        values.setdefault(field.key, scene.text[field.start : field.end])
    return values


def _records(scene: Scene) -> Iterator[Item]:
    """Yield a practice for each set of fields; a label that comes again opens the next one."""
    group: list[_Field] = []
    groups = [group]
    for field in _fields(scene, 0, len(scene.blocks)):
        if group and (
            _heading_between(scene, group[-1], field)
            or (field.inline and any(field.key == other.key for other in group))
        ):
            group = []
            groups.append(group)
        group.append(field)
    complete = [group for group in groups if _enough(scene, group)]
    done = -1
    for group in complete:
        first, title = _opening(scene, group, alone=len(complete) == 1)
        # A heading opens one practice only; what comes below the next repeated label starts there.
        first = first if first > done else group[0].first
        if first <= done:
            continue
        done = group[-1].last
        yield scene.item("praktijkvoorbeeld", first, group[-1].last, title=title, fields=_values(scene, group))


def _heading_between(scene: Scene, before: _Field, field: _Field) -> bool:
    """Tell whether a heading that is no field stands between two fields: another practice begins.

    Where the fields are headings themselves, it has to be a higher one.
    """
    depth = 99 if field.inline else level(scene.block(field.first))
    between = (scene.block(j) for j in range(before.first + 1, field.first))
    return any(b.kind == "heading" and level(b) < depth and not labels.field_of(b.text) for b in between)


def _enough(scene: Scene, group: Sequence[_Field]) -> bool:
    """Tell whether fields make up a practice description.

    Inline labels: two, of which one says how it works or what came of it. Headings: four, because "Doel", "Aanpak"
    and "Resultaten" order any policy paper; a record also says for whom, by whom, or what it takes, and its title is
    not that of a policy paper.
    """
    keys = {field.key for field in group}
    if not keys & labels.PRACTICE:
        return False
    if sum(field.inline for field in group) >= 2:
        return len(keys) >= 2
    if _POLICY.search(scene.title):
        return False
    words = sum(len(scene.text[field.start : field.end].split()) for field in group)
    return len(keys) >= 4 and len(keys & _RECORD) >= 2 and words <= _MAX_WORDS


def _opening(scene: Scene, group: Sequence[_Field], *, alone: bool) -> tuple[int, str]:
    """Return where the practice begins and its title: the heading above its first field, or the page's title.

    The heading is part of the practice if there are more on the page and it stands close to the first field.
    """
    first = group[0].first
    if alone and scene.title and not group[0].inline:
        return first, scene.title
    above = (j for j in range(first - 1, -1, -1) if scene.block(j).kind == "heading")
    heading = next((j for j in above if labels.field_of(scene.block(j).text) is None), None)
    if heading is None or _GENERAL.fullmatch(scene.block(heading).text.strip()):
        return first, scene.title or scene.block(first).text
    near = scene.blocks[first].char_start - scene.blocks[heading].char_end < _NEAR
    return heading if near and not alone else first, scene.block(heading).text


def _fields(scene: Scene, first: int, end: int) -> list[_Field]:
    """Return the labelled fields among the blocks, in order; a field runs up to the next label or heading."""
    found: list[_Field] = []
    for j in range(first, end):
        found += _fields_at(scene, j, end)
    return found


def _fields_at(scene: Scene, j: int, end: int) -> Iterator[_Field]:
    placed = scene.blocks[j]
    block = placed.block
    inline = labels.labelled(block.text)
    named = labels.field_of(block.attrs.get("label", ""))
    if block.kind == "table":
        yield from _rows(scene, j)
    elif sum(labels.labelled(line) is not None for line in block.text.split("\n")) >= 2:
        yield from _lines(scene, j)
    elif inline and block.kind != "heading" and inline[1] < len(block.text):
        last = _last(scene, j, end, block.kind)
        yield _Field(inline[0], j, last, placed.char_start + inline[1], scene.blocks[last].char_end, True)
    elif named:
        yield from _of_term(scene, j, named)
    elif block.kind in ("heading", "label") or block.text.endswith(":"):
        key = labels.field_of(block.text)
        last = _last(scene, j, end, "heading" if block.kind == "heading" else block.kind)
        if key and last > j:
            inline_form = block.kind != "heading"
            yield _Field(key, j, last, scene.blocks[j + 1].char_start, scene.blocks[last].char_end, inline_form)


def _lines(scene: Scene, j: int) -> Iterator[_Field]:
    """Read the fields of a paragraph that has one on each line; a line without a label belongs to the one above."""
    starts, position = [], scene.blocks[j].char_start
    for line in scene.block(j).text.split("\n"):
        found = labels.labelled(line)
        if found:
            starts.append((found[0], position, position + found[1]))
        position += len(line) + 1
    ends = [start - 1 for _, start, _ in starts[1:]] + [scene.blocks[j].char_end]
    yield from (_Field(key, j, j, value, end, True) for (key, _, value), end in zip(starts, ends, strict=True))


def _of_term(scene: Scene, j: int, key: str) -> Iterator[_Field]:
    """Read a field whose label the format itself gives; all blocks below one label are one value."""
    placed, label = scene.blocks[j], scene.block(j).attrs["label"]
    if j and scene.block(j - 1).attrs.get("label") == label:
        return
    last = j
    while last + 1 < len(scene.blocks) and scene.block(last + 1).attrs.get("label") == label:
        last += 1
    value = placed.block.attrs.get("value", "")
    skip = len(placed.block.text) - len(value) if value and placed.block.text.endswith(value) else 0
    first = j - 1 if j and scene.block(j - 1).text.rstrip(": ") == label else j
    yield _Field(key, first, last, placed.char_start + skip, scene.blocks[last].char_end, True)


def _last(scene: Scene, j: int, end: int, kind: str) -> int:
    """Return the last block of a field that opens at `j`: list items below a line, all text below a heading."""
    last = j
    for k in range(j + 1, end):
        block = scene.block(k)
        labelled = labels.labelled(block.text) or labels.field_of(block.text) or block.attrs.get("label")
        outside = block.kind == "heading" and (kind != "heading" or level(block) <= level(scene.block(j)))
        if labelled or outside or not scene.follows(k):
            break
        if kind == "paragraph" and not (block.kind == "list_item" or scene.block(k - 1).text.endswith(":")):
            break
        last = k
    return last


def _rows(scene: Scene, j: int) -> Iterator[_Field]:
    position = scene.blocks[j].char_start
    for row in scene.block(j).cells:
        line = "\t".join(row)
        key = labels.field_of(row[0]) if len(row) == 2 else None
        if key and row[1] and scene.text.startswith(line, position):
            yield _Field(key, j, j, position + len(row[0]) + 1, position + len(line), True)
        position += len(line) + 1
