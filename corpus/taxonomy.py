"""The taxonomy: target groups, themes, professions, laws and regions, and the words by which a text shows them.

The data is `taxonomy.toml` beside this file; its head explains how terms are written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import StoreError

_FILE = Path(__file__).with_name("taxonomy.toml")
_TABLES = ("doelgroep", "thema", "beroep", "wet", "regio")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ENDING = r"(?:en|e|n|['’]?s)?"


@dataclass(frozen=True)
class Entry:
    """One target group, theme, profession, law or region.

    `label` is what stands in documents, `slug` what stands in addresses; only a theme has a `description`.
    """

    slug: str
    label: str
    terms: tuple[str, ...]
    description: str = ""

    def count(self, text: str) -> int:
        """Return how often `text` uses one of the terms; where terms overlap they count once."""
        spans = sorted(span for term in self._terms for span in term.spans(text))
        count = end = 0
        for start, stop in spans:
            count += start >= end
            end = max(end, stop)
        return count

    @cached_property
    def _terms(self) -> tuple[_Term, ...]:
        return tuple(_Term.of(term) for term in self.terms)


class _Term(NamedTuple):
    """A term made ready: most terms do not occur at all, and `core in text` sees that fastest."""

    core: str
    pattern: re.Pattern[str]
    exact: bool
    inside: bool

    @classmethod
    def of(cls, term: str) -> _Term:
        exact = term != term.lower()
        parts = {"*": r"[\w-]*", " ": r"[\s-]+", "-": r"[-–\s]", "'": "['’]"}
        body = "".join(parts.get(character) or re.escape(character) for character in term.lstrip("*"))
        ending = "" if exact or term.endswith("*") else _ENDING
        pattern = re.compile(body + ending + (r"(?![\w-])" if exact else r"(?!\w)"))
        return cls(max(re.split(r"[* '-]", term), key=len), pattern, exact, term.startswith("*"))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        source = text if self.exact else _lowered(text)
        if self.core in source:
            for match in self.pattern.finditer(source):
                before = source[match.start() - 1] if match.start() else " "
                if self.inside or not (before.isalnum() or before == "_" or (self.exact and before == "-")):
                    yield match.span()


@lru_cache(maxsize=2)
def _lowered(text: str) -> str:
    # Two: a document and its headings, which every entry is counted in.
    return text.lower()


@dataclass(frozen=True)
class Taxonomy:
    """All entries, in the order of the file."""

    doelgroepen: tuple[Entry, ...]
    themas: tuple[Entry, ...]
    beroepen: tuple[Entry, ...]
    wetten: tuple[Entry, ...]
    regios: tuple[Entry, ...]

    def thema(self, name: str) -> Entry | None:
        """Return the theme with this slug or label, or None."""
        return next((entry for entry in self.themas if name in (entry.slug, entry.label)), None)


@cache
def taxonomy() -> Taxonomy:
    """Read and check the taxonomy, once.

    Raises:
        StoreError: the file is missing or wrong; the message names the entry and what to do.
    """
    try:
        return parse(_FILE.read_text("utf-8"))
    except OSError as exc:
        raise StoreError(f"{_FILE}: cannot be read ({exc}); reinstall samenwijzer") from exc


def parse(source: str) -> Taxonomy:
    """Return the taxonomy written in `source` (TOML).

    Raises:
        StoreError: it is no TOML, a field is missing, wrong or unknown, or a slug or label comes twice.
    """
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as exc:
        raise StoreError(f"{_FILE}: this is not valid TOML: {exc}") from exc
    unknown = set(tables) - set(_TABLES)
    if unknown:
        raise StoreError(f"{_FILE}: unknown table {sorted(unknown)[0]!r}; known are {', '.join(_TABLES)}")
    return Taxonomy(*(_entries(name, tables.get(name, [])) for name in _TABLES))


def _entries(table: str, rows: list[dict[str, Any]]) -> tuple[Entry, ...]:
    entries = tuple(_entry(table, number, row) for number, row in enumerate(rows, 1))
    for attribute in ("slug", "label"):
        values = [getattr(entry, attribute) for entry in entries]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise StoreError(f"{_FILE}: {attribute} {twice!r} comes twice under [[{table}]]; keep one")
    return entries


def _entry(table: str, number: int, row: Mapping[str, Any]) -> Entry:
    where = f"{_FILE}: [[{table}]] number {number} ({row.get('label') or row.get('slug') or 'no label'})"
    wanted = {"slug", "label", "terms"} | ({"description"} if table == "thema" else set())
    if set(row) != wanted:
        raise StoreError(f"{where}: it must have exactly {', '.join(sorted(wanted))}")
    if not isinstance(row["slug"], str) or not _SLUG.fullmatch(row["slug"]):
        raise StoreError(f"{where}: the slug may hold small letters, digits and single hyphens only")
    texts = [row["label"], row.get("description", "-"), *(row["terms"] if isinstance(row["terms"], list) else [None])]
    if len(texts) < 3 or not all(isinstance(text, str) and text.strip("* ") for text in texts):
        raise StoreError(f"{where}: label, description and each of at least one term must be text")
    return Entry(row["slug"], row["label"], tuple(row["terms"]), row.get("description", ""))
