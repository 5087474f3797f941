"""What the collection has for whom: a matrix of themes and professions, with the empty cells in sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.taxonomy import taxonomy


@dataclass(frozen=True)
class Coverage:
    """How many records there are for each theme and profession, by label; what is not in `counts` is an empty cell."""

    themas: tuple[str, ...]
    beroepen: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]

    @property
    def empty(self) -> tuple[tuple[str, str], ...]:
        """The pairs of a theme and a profession for which there is no record."""
        return tuple((t, b) for t in self.themas for b in self.beroepen if (t, b) not in self.counts)

    def table(self) -> str:
        """Return the matrix as text: a row per theme, a numbered column per profession, "·" for an empty cell."""
        width = max((len(name) for name in self.themas), default=0)
        columns = range(1, len(self.beroepen) + 1)
        legend = [f"{number:>3}  {name}" for number, name in zip(columns, self.beroepen, strict=True)]
        header = " " * width + "".join(f"{number:>4}" for number in columns)
        rows = [
            thema.ljust(width) + "".join(f"{self.counts.get((thema, beroep), '·'):>4}" for beroep in self.beroepen)
            for thema in self.themas
        ]
        filled = len(self.themas) * len(self.beroepen) - len(self.empty)
        summary = f"{filled} van {len(self.themas) * len(self.beroepen)} vakjes gevuld"
        return "\n".join((*legend, "", header, *rows, "", summary))


def coverage(fronts: Iterable[Mapping[str, Any]]) -> Coverage:
    """Count the records with these front matters in the themes and professions of the taxonomy."""
    known = taxonomy()
    themas, beroepen = (tuple(entry.label for entry in entries) for entries in (known.themas, known.beroepen))
    counts = Counter(
        (thema, beroep)
        for front in fronts
        for thema in _known(front.get("themas"), themas)
        for beroep in _known(front.get("beroepen"), beroepen)
    )
    return Coverage(themas, beroepen, counts)


def _known(values: object, labels: tuple[str, ...]) -> set[str]:
    return set(labels).intersection(map(str, values)) if isinstance(values, list) else set()
