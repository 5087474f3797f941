"""What a document or an item is about and whom it is for, by the taxonomy and the register of municipalities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.gemeenten import find_gemeenten, find_regions
from corpus.taxonomy import Entry, taxonomy


@dataclass(frozen=True)
class Tags:
    """Labels of the taxonomy and names of municipalities; the clearest first."""

    doelgroep: tuple[str, ...] = ()
    themas: tuple[str, ...] = ()
    beroepen: tuple[str, ...] = ()
    gemeenten: tuple[str, ...] = ()
    regio: tuple[str, ...] = ()
    wetten: tuple[str, ...] = ()


def tags(text: str, *, prominent: str = "", minimum: int = 1) -> Tags:
    """Return the tags of `text`.

    Args:
        text: an item, or a whole document.
        prominent: title and headings; for a term that stands there a quarter of `minimum` is enough.
        minimum: how often a target group, theme or profession must be named. Places and laws count from the first.
    """
    known = taxonomy()
    regions = _labels(known.regios, text, "", 1)
    return Tags(
        doelgroep=_labels(known.doelgroepen, text, prominent, minimum),
        themas=_labels(known.themas, text, prominent, minimum),
        beroepen=_labels(known.beroepen, text, prominent, minimum),
        gemeenten=find_gemeenten(text),
        regio=tuple(dict.fromkeys((*regions, *find_regions(text)))),
        wetten=_labels(known.wetten, text, "", 1),
    )


def _labels(entries: Iterable[Entry], text: str, prominent: str, minimum: int) -> tuple[str, ...]:
    scores = [(entry.count(text), entry.count(prominent), entry.label) for entry in entries]
    kept = [score for score in scores if score[0] >= minimum or (score[1] and score[0] * 4 >= minimum)]
    return tuple(label for _, _, label in sorted(kept, key=lambda s: (-bool(s[1]), -s[0])))
