"""Facet values of every passage, as arrays: one structure serves the filters and the exact facet counts."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.document import Document, Item
from corpus.errors import SnapshotError
from index.results import Filters

_MANY = 128
"""A value that more than one in so many records has is counted by bits."""
FIELDS = ("kind", "doelgroep", "thema", "publisher", "gemeente", "regio", "beroep")


def facet_values(document: Document, item: Item | None) -> dict[str, tuple[str, ...]]:
    """Return the values of a passage per field; what an item does not say itself it takes from its document."""

    def either(name: str) -> tuple[str, ...]:
        own: tuple[str, ...] = getattr(item, name) if item else ()
        return own or getattr(document, name)

    return {
        "kind": (item.kind, document.kind) if item else (document.kind,),
        "doelgroep": either("doelgroep"),
        "thema": either("themas"),
        "publisher": (document.publisher,) if document.publisher else (),
        "gemeente": either("gemeenten"),
        "regio": either("regio"),
        "beroep": document.beroepen,
    }


def accepts(filters: Filters, document: Document, item: Item | None, added: date) -> bool:
    """Tell whether a document, or an item of it, satisfies the filters, as `Facets.allowed` does for passages.

    `added` is the day on which the document came into the collection.
    """
    values = facet_values(document, item)
    for name in FIELDS:
        wanted = {value.casefold() for value in getattr(filters, name)}
        if wanted and wanted.isdisjoint(value.casefold() for value in values[name]):
            return False
    first, last = filters.year
    if (first, last) != (None, None) and not (document.year and (first or 0) <= document.year <= (last or 9999)):
        return False
    return filters.since is None or added > filters.since


class FacetRow(NamedTuple):
    """A passage: its year, the day its document came into the collection, the record it belongs to, and its values."""

    year: int | None
    added: date
    record: str
    values: Mapping[str, tuple[str, ...]]


class _Owners:
    """The records that have each value of a field; every value has one or more.

    Of values that many records have there is a bit for each record besides, to count them many at a time.
    """

    def __init__(self, owners: NDArray[np.int64], codes: NDArray[Any], records: int) -> None:
        sizes = np.bincount(codes)
        self._owners = owners[np.argsort(codes, kind="stable")].astype(np.int32)
        self._ends = np.concatenate([[0], np.cumsum(sizes)])
        many = sizes > records // _MANY
        self._many, self._few = np.flatnonzero(many), np.flatnonzero(~many)
        self._bits = np.zeros((len(self._many), len(_packed(np.zeros(records, np.bool_)))), np.uint64)
        for row, code in enumerate(self._many.tolist()):
            has = np.zeros(records, np.bool_)
            has[self.of(code)] = True
            self._bits[row] = _packed(has)
        self._rest = self._owners[np.repeat(~many, sizes)]
        self._starts = np.cumsum(sizes[self._few]) - sizes[self._few]

    def of(self, code: int) -> NDArray[np.int32]:
        """Return the records that have this value."""
        return self._owners[self._ends[code] : self._ends[code + 1]]

    def counts(self, matching: NDArray[np.bool_], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return how many of the records in `matching` (bool), of which `bits` are the bits, have each value."""
        found = np.zeros(len(self._ends) - 1, np.int64)
        found[self._many] = np.bitwise_count(self._bits & bits).sum(axis=1)
        if len(self._few):
            found[self._few] = np.add.reduceat(matching.view(np.int8)[self._rest], self._starts, dtype=np.int64)
        return found


def _packed(mask: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return a mask as bits, padded with zeros."""
    found = np.zeros(-(-len(mask) // 64), np.uint64)
    found.view(np.uint8)[: -(-len(mask) // 8)] = np.packbits(mask)
    return found


@dataclass(frozen=True)
class Facets:
    """Per passage the year (int16, 0 where unknown), the record it belongs to, and its facet values.

    `added` (int32) is the day on which the document came into the collection, as `date.toordinal` counts. `records`
    (int32) gives passages of the same item, or of the same document outside items, the same number: a hit is a record.
    For every field, `labels[field]` are the distinct values and passage i has
    `codes[field][indptr[field][i]:indptr[field][i + 1]]`.
    """

    years: NDArray[np.int16]
    added: NDArray[np.int32]
    records: NDArray[np.int32]
    labels: Mapping[str, Sequence[str]]
    codes: Mapping[str, NDArray[np.int32]]
    indptr: Mapping[str, NDArray[np.int64]]

    @classmethod
    def build(cls, rows: Iterable[FacetRow]) -> Facets:
        """Make the arrays from the rows of all passages in order."""
        years, added, records, numbers = array("h"), array("i"), array("i"), dict[str, int]()
        labels: dict[str, dict[str, int]] = {name: {} for name in FIELDS}
        codes = {name: array("i") for name in FIELDS}
        ends = {name: array("q", [0]) for name in FIELDS}
        for row in rows:
            years.append(row.year or 0)
            added.append(row.added.toordinal())
            records.append(numbers.setdefault(row.record, len(numbers)))
            for name in FIELDS:
                known = labels[name]
                codes[name].extend(known.setdefault(v, len(known)) for v in dict.fromkeys(row.values[name]))
                ends[name].append(len(codes[name]))
        return cls(
            np.asarray(years),
            np.asarray(added),
            np.asarray(records),
            {name: list(known) for name, known in labels.items()},
            {name: np.asarray(values) for name, values in codes.items()},
            {name: np.asarray(values) for name, values in ends.items()},
        )

    def allowed(self, filters: Filters) -> NDArray[np.bool_] | None:
        """Return which passages satisfy the filters (bool, n), or None where there is nothing to filter."""
        if not filters:
            return None
        mask = np.ones(len(self.years), np.bool_)
        for name in FIELDS:
            wanted = {value.casefold() for value in getattr(filters, name)}
            if wanted:
                mask &= self._with_any(name, wanted)[self.records]
        first, last = filters.year
        if first is not None or last is not None:
            mask &= (self.years > 0) & (self.years >= (first or 0)) & (self.years <= (last or 9999))
        if filters.since is not None:
            mask &= self.added > filters.since.toordinal()
        return mask

    def _with_any(self, name: str, wanted: set[str]) -> NDArray[np.bool_]:
        """Return which records have any of the values, in whatever case."""
        mask = np.zeros(len(self._first), np.bool_)
        for code, label in enumerate(self.labels[name]):
            if label.casefold() in wanted:
                mask[self._owners[name].of(code)] = True
        return mask

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """The first passage of every record."""
        first = np.zeros(int(self.records.max(initial=-1)) + 1, np.int64)
        first[self.records[::-1]] = np.arange(len(self.records))[::-1]
        return first

    @cached_property
    def _owners(self) -> dict[str, _Owners]:
        """Per field the records that have each value. All passages of a record have the same values."""
        found = {}
        for name in FIELDS:
            starts, sizes = self.indptr[name][self._first], np.diff(self.indptr[name])[self._first]
            owners = np.repeat(np.arange(len(self._first)), sizes)
            within = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            codes = self.codes[name][np.repeat(starts, sizes) + within]
            found[name] = _Owners(owners, codes, len(self._first))
        return found

    @cached_property
    def _years(self) -> tuple[list[int], _Owners]:
        """The years (0 where unknown), and the records of each."""
        years, codes = np.unique(self.years[self._first], return_inverse=True)
        return years.tolist(), _Owners(np.arange(len(codes)), codes, len(codes))

    def matching(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which records (bool) the passages `rows` belong to."""
        seen = np.zeros(len(self._first), np.bool_)
        seen[self.records[rows].astype(np.intp)] = True
        return seen

    def counts(self, matching: NDArray[np.bool_]) -> dict[str, tuple[tuple[str, int], ...]]:
        """Return per field how many of the records in `matching` (bool) have each value, highest first."""
        bits = _packed(matching)
        found: dict[str, tuple[tuple[str, int], ...]] = {}
        for name in FIELDS:
            numbers = self._owners[name].counts(matching, bits)
            values = [(self.labels[name][code], int(numbers[code])) for code in np.flatnonzero(numbers).tolist()]
            found[name] = tuple(sorted(values, key=lambda v: (-v[1], v[0])))
        years, owners = self._years
        per_year = zip(years, owners.counts(matching, bits).tolist(), strict=True)
        found["year"] = tuple((str(year), number) for year, number in sorted(per_year, reverse=True) if year and number)
        return found

    def save(self, folder: Path) -> None:
        """Write the arrays as .npy files and the labels as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[Any]] = {"years": self.years, "added": self.added, "records": self.records}
        arrays |= {f"{name}.codes": self.codes[name] for name in FIELDS}
        arrays |= {f"{name}.indptr": self.indptr[name] for name in FIELDS}
        for name, values in arrays.items():
            np.save(folder / f"{name}.npy", values, allow_pickle=False)
        (folder / "labels.json").write_text(json.dumps(self.labels, ensure_ascii=False), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Facets:
        """Read what `save` wrote.

        Raises:
            SnapshotError: a file is missing or damaged.
        """

        def read(name: str) -> NDArray[np.int64]:
            return np.load(folder / f"{name}.npy", allow_pickle=False)  # type: ignore[no-any-return]

        try:
            return cls(
                read("years").astype(np.int16),
                read("added").astype(np.int32),
                read("records").astype(np.int32),
                json.loads((folder / "labels.json").read_text("utf-8")),
                {name: read(f"{name}.codes").astype(np.int32) for name in FIELDS},
                {name: read(f"{name}.indptr") for name in FIELDS},
            )
        except (OSError, ValueError) as exc:
            raise SnapshotError(f"{folder}: the facets cannot be read ({exc}); run `samenwijzer index` again") from exc
