"""What a snapshot keeps of every passage: enough to show and cite a hit without opening its document.

Records are JSON lines in one file with an array of offsets beside it: memory-mapped, immutable, and read by any
number of threads without a lock.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.document import Document, Item, Passage
from corpus.errors import SnapshotError


@dataclass(frozen=True)
class PassageRecord:
    """A passage with what a hit needs of its document and item; `document_row` numbers the documents of a snapshot."""

    passage_id: str
    document_id: str
    document_row: int
    source_id: str | None
    item_id: str | None
    kind: str
    title: str
    item_title: str | None
    url: str | None
    publisher: str | None
    year: int | None
    text: str
    section: tuple[str, ...]
    page: int | None
    text_fragment: str | None
    status: str
    evidence: str | None = None
    family: str | None = None
    described: bool = False

    @property
    def context(self) -> str:
        """Titles and headings above the passage: indexed beside it, because a tip alone may not name its subject."""
        return "\n".join(dict.fromkeys(part for part in (self.title, *self.section, self.item_title or "") if part))


def passage_record(
    document: Document, row: int, passage: Passage, item: Item | None, family: str | None = None
) -> PassageRecord:
    """Join a passage with its document, its item and the family of passages that say nearly the same."""
    return PassageRecord(
        passage_id=passage.id,
        document_id=document.id,
        document_row=row,
        source_id=document.source_id,
        item_id=passage.item_id,
        kind=item.kind if item else document.kind,
        title=document.title or "",
        item_title=item.title if item else None,
        url=document.url or document.canonical_url,
        publisher=document.publisher,
        year=document.year,
        text=passage.text,
        section=passage.section,
        page=passage.page,
        text_fragment=passage.text_fragment,
        status=passage.status,
        evidence=document.evidence,
        family=family,
        described=document.described,
    )


class Entry(NamedTuple):
    """A record: an item, or a document outside its items. `title` is its own, `document_row` that of its document."""

    document_id: str
    item_id: str | None
    document_row: int
    title: str
    kind: str
    publisher: str | None
    year: int | None


def entries_of(records: Iterable[PassageRecord]) -> list[Entry]:
    """Return the records that the passages of a document belong to, in the order of their first passage."""
    found: dict[tuple[str, str | None], Entry] = {}
    for r in records:
        title = r.item_title or r.title
        entry = Entry(r.document_id, r.item_id, r.document_row, title, r.kind, r.publisher, r.year)
        found.setdefault((r.document_id, r.item_id), entry)
    return list(found.values())


class Lines:
    """An immutable file of lines that is read by line number."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            self._offsets: NDArray[np.int64] = np.load(folder / f"{name}.offsets.npy", allow_pickle=False)
            empty = len(self._offsets) < 2
            self._bytes: NDArray[np.uint8] | None = (
                # Slices of a memmap are slow to make; a plain view of it reads the same file.
                None if empty else np.asarray(np.memmap(folder / f"{name}.jsonl", np.uint8, "r"))
            )
        except (OSError, ValueError) as exc:
            raise SnapshotError(f"{folder}: {name} cannot be read ({exc}); run `samenwijzer index` again") from exc

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, row: int) -> bytes:
        if self._bytes is None or not 0 <= row < len(self):
            raise IndexError(row)
        return self._bytes[self._offsets[row] : self._offsets[row + 1]].tobytes()


class LineWriter:
    """Writes lines (none may hold a line break) for `Lines`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.offsets.npy"
        self._file = (folder / f"{name}.jsonl").open("wb")
        self._offsets = array("q", [0])

    def __enter__(self) -> LineWriter:
        return self

    def extend(self, lines: Iterable[str]) -> None:
        """Write lines after those that are there."""
        for line in lines:
            self._offsets.append(self._offsets[-1] + self._file.write(line.encode() + b"\n"))

    def __exit__(self, *_: object) -> None:
        self._file.close()
        np.save(self._path, np.asarray(self._offsets), allow_pickle=False)


def dump(record: PassageRecord) -> str:
    """Return the record as one line of JSON."""
    return json.dumps(vars(record), ensure_ascii=False)


def parse(line: bytes) -> PassageRecord:
    """Read what `dump` wrote."""
    fields: dict[str, Any] = json.loads(line)
    return PassageRecord(**fields | {"section": tuple(fields["section"])})
