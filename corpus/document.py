"""The records that flow through Samenwijzer. All are frozen; all text is verbatim.

A `Document` owns one string, `text`: the kept blocks of the source, in reading order, joined by blank lines.
Everything else points into it: `document.text[x.char_start:x.char_end] == x.text` holds for every item and
passage. Nothing in `text` is ever corrected; what a normaliser needs is folded at search time.

A field that the source does not give is None or empty. A field that was inferred rather than read is named in
`inferred`.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

Status = Literal["main", "reactie", "caption", "related", "placeholder", "boilerplate"]
DatePrecision = Literal["year", "month", "day", "month-day"]

DOCUMENT_KINDS = (
    "rapport",
    "nieuwsbericht",
    "aankondiging",
    "congresprogramma",
    "tiplijst",
    "beleidspagina",
    "handreiking",
    "artikel",
    "factsheet",
    "databank-interventie",
)
ITEM_KINDS = (
    "tip",
    "reactie",
    "sessie",
    "plenair",
    "flitspresentatie",
    "debat",
    "praktijkvoorbeeld",
    "feit",
    "spreker",
    "aanbeveling",
    "vraag-antwoord",
)


@dataclass(frozen=True)
class Section:
    """A heading and the stretch of text below it, up to the next heading of the same or a higher level.

    `path` holds the headings from the top down to and including this one; `level` is 1 for the highest.
    """

    path: tuple[str, ...]
    level: int
    heading: str
    char_start: int
    char_end: int


@dataclass(frozen=True)
class Speaker:
    """A person as the source names them; `role` and `organisation` are None where the source is silent."""

    name: str
    role: str | None = None
    organisation: str | None = None


@dataclass(frozen=True)
class Item:
    """A citable part of a document: a tip, a session, a reaction, a fact, a practice description.

    `number` is the item's number in its list and `number_source` says whether the source prints it. `start` and
    `end` are clock times ("11:30") of a session. `value`, `min` and `max` are numbers in `unit`; `approx` is true
    for "circa". `replies_to` and `same_session_as` are item ids. `fields` holds labelled fields of a practice
    description (doel, doelgroep, aanpak, …) and anything that only one kind of item has.
    """

    id: str
    kind: str
    title: str
    text: str
    char_start: int
    char_end: int
    number: int | None = None
    number_source: Literal["explicit", "inferred"] | None = None
    context: str | None = None
    speakers: tuple[Speaker, ...] = ()
    doelgroep: tuple[str, ...] = ()
    themas: tuple[str, ...] = ()
    gemeenten: tuple[str, ...] = ()
    regio: tuple[str, ...] = ()
    round: int | None = None
    start: str | None = None
    end: str | None = None
    value: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    approx: bool = False
    cancelled: bool = False
    tba: bool = False
    replies_to: str | None = None
    same_session_as: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """Where one kept block of the source stands in `Document.text`, and what it is.

    `kind` is the block's kind (heading, paragraph, list_item, table, caption, quote). `page` counts from 1 and is
    None where the source has no pages. `item_id` is the smallest item that the block belongs to.
    """

    char_start: int
    char_end: int
    kind: str = "paragraph"
    page: int | None = None
    section: tuple[str, ...] = ()
    item_id: str | None = None
    status: Status = "main"


@dataclass(frozen=True)
class Dropped:
    """A line that did not make it into the text, and why; `order` is its place among the source's blocks."""

    text: str
    reason: str
    order: int


@dataclass(frozen=True)
class Passage:
    """A stretch of text of a size that can be found, read and cited.

    `text` is verbatim. `order` counts from 0 inside the document. `section` is the heading path.
    """

    id: str
    document_id: str
    text: str
    order: int
    char_start: int
    char_end: int
    item_id: str | None = None
    page: int | None = None
    section: tuple[str, ...] = ()
    text_fragment: str | None = None
    status: Status = "main"

    @property
    def text_norm(self) -> str:
        """`text` under NFKC with every kind of space as a plain one: for comparing, never for showing."""
        return normalised(self.text)


@dataclass(frozen=True)
class Document:
    """One publication. `source` is the path or URL that it was read from; `key` identifies it across ingests.

    `date` is ISO 8601 as far as `date_precision` goes: "2018", "2018-09", "2018-09-20", or "--10-04" where the
    year is unknown. The same holds for `event_date`. `raw_sha256` is the hash of the bytes, `text_sha256` that of
    `text`. `fetched_at` is UTC, ISO 8601 with seconds.
    """

    id: str
    key: str
    kind: str
    title: str | None
    text: str
    source: str
    raw_sha256: str
    text_sha256: str
    fetched_at: str
    extractor_version: str
    source_id: str | None = None
    subtitle: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    date: str | None = None
    date_precision: DatePrecision | None = None
    event_date: str | None = None
    event_place: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    licence: str | None = None
    evidence: str | None = None
    doelgroep: tuple[str, ...] = ()
    themas: tuple[str, ...] = ()
    beroepen: tuple[str, ...] = ()
    gemeenten: tuple[str, ...] = ()
    regio: tuple[str, ...] = ()
    wetten: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    items: tuple[Item, ...] = ()
    spans: tuple[Span, ...] = ()
    passages: tuple[Passage, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def year(self) -> int | None:
        """Year of publication, or of the event where there is no publication date; None if neither is known."""
        for value in (self.date, self.event_date):
            if value and not value.startswith("-"):
                return int(value[:4])
        return None

    @property
    def host(self) -> str | None:
        """Host of the page; None without an address, and for a record that came with an id of its own."""
        address = self.url or self.canonical_url
        return urlsplit(address).hostname if address and self.source_id is None else None

    @property
    def described(self) -> bool:
        """Whether an editor of the collection tells in their own words what the source (`extra["bron"]`) says."""
        return "bron" in self.extra

    def item(self, item_id: str | None) -> Item | None:
        """Return the item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)


def content_id(*parts: str) -> str:
    """Return a 16-digit hexadecimal id (64 bits of SHA-256) of `parts`; equal parts give equal ids."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def normalised(text: str) -> str:
    """Return `text` under NFKC with runs of white space as single spaces. Lengths change: not for offsets."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


@cache
def _adapter() -> Any:  # noqa: ANN401 - pydantic's generic adapter, imported late to keep start-up fast
    from pydantic import TypeAdapter

    return TypeAdapter(Document)


def to_json(document: Document) -> str:
    """Return the document as one line of JSON, every field included."""
    return str(_adapter().dump_json(document), "utf-8")


def to_dict(document: Document) -> dict[str, Any]:
    """Return the document as plain JSON types, with `year` and each passage's `text_norm` added for readers."""
    record: dict[str, Any] = _adapter().dump_python(document, mode="json")
    record["year"] = document.year
    for entry, passage in zip(record["passages"], document.passages, strict=True):
        entry["text_norm"] = passage.text_norm
    return record


def from_json(line: str | bytes) -> Document:
    """Read what `to_json` wrote.

    Raises:
        pydantic.ValidationError: the line is not a document of this version.
    """
    document: Document = _adapter().validate_json(line)
    return document


def content_hash(document: Document) -> str:
    """Return the SHA-256 of everything that readers see, so that a re-ingest can tell "changed" from "unchanged".

    Where and when a document was read, and by which version of the extractor, does not count.
    """
    ignored = {"source", "fetched_at", "raw_sha256", "extractor_version"}
    record = to_dict(document)
    kept = {f.name: record[f.name] for f in fields(Document) if f.name not in ignored}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
