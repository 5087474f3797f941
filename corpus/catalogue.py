"""Check the catalogue of sources: the `[[source]]` tables that the pipeline reads as addresses with hints."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

from corpus.document import DOCUMENT_KINDS, ITEM_KINDS
from corpus.gemeenten import register
from corpus.taxonomy import taxonomy

_REQUIRED = ("url", "title", "publisher")
_LISTS = ("doelgroep", "themas", "gemeenten", "regio")
_KNOWN = {*_REQUIRED, *_LISTS, "year", "kind", "licence", "mirror", "robots"}
_FIRST_YEAR = 1950


def problems(path: Path) -> list[str]:
    """Return what is wrong in the catalogue at `path`, in its order; the empty list means that all is well.

    Each message names the entry by its title, address or number, and says what to change.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("source", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        return [f"{path}: is not a readable catalogue: {exc}"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return [f"{path}: `source` must be a list; write each publication below its own [[source]]"]
    if not entries:
        return [f"{path}: has no [[source]] entries; each needs a url, a title and a publisher"]
    allowed = _vocabulary()
    found = [
        f"{_name(number, entry)}: {fault}"
        for number, entry in enumerate(entries, 1)
        for fault in (*_required(entry), *_values(entry), *_words(entry, allowed))
    ]
    return found + _duplicates(entries)


def _vocabulary() -> dict[str, set[str]]:
    known = taxonomy()
    lists = {"doelgroep": known.doelgroepen, "themas": known.themas, "regio": known.regios}
    labels = {key: {entry.label for entry in entries} for key, entries in lists.items()}
    return labels | {"gemeenten": {row.naam for row in register().present}}


def _name(number: int, entry: Mapping[str, Any]) -> str:
    return str(entry.get("title") or entry.get("url") or f"[[source]] number {number}")


def _required(entry: Mapping[str, Any]) -> Iterator[str]:
    for key in _REQUIRED:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            yield f'has no {key}; add {key} = "…"'


def _values(entry: Mapping[str, Any]) -> Iterator[str]:
    url = entry.get("url")
    if isinstance(url, str) and url.strip() and not _is_web_address(url):
        yield f"url {url!r} is no http(s) address; write it as it stands in the browser"
    kind = entry.get("kind")
    if kind is not None and kind not in {*DOCUMENT_KINDS, *ITEM_KINDS}:
        yield f"kind {kind!r} is unknown; take one from corpus/document.py"
    year, last = entry.get("year"), datetime.datetime.now(datetime.UTC).year + 1
    if year is not None and not (type(year) is int and _FIRST_YEAR <= year <= last):
        yield f"year {year!r} is not a number from {_FIRST_YEAR} to {last}; leave it out where it is not known"
    if not isinstance(entry.get("mirror", False), bool):
        yield "mirror is true or false, without quotes"
    for key in sorted(entry.keys() - _KNOWN):
        yield f"field {key!r} is unknown; the fields are {', '.join(sorted(_KNOWN))}"


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(char.isspace() for char in url)


def _words(entry: Mapping[str, Any], allowed: Mapping[str, set[str]]) -> Iterator[str]:
    for key in _LISTS:
        values = entry.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            yield f'{key} must be a list of words, such as {key} = ["…"]'
            continue
        where = "corpus/gemeenten.csv" if key == "gemeenten" else "corpus/taxonomy.toml"
        for value in values:
            if value not in allowed[key]:
                yield f"{key} has {value!r}, which is not in {where}"


def _duplicates(entries: list[dict[str, Any]]) -> list[str]:
    """Return the entries whose address stands above already; the pipeline reads no further than the "#"."""
    seen: dict[str, str] = {}
    found = []
    for number, entry in enumerate(entries, 1):
        url = urldefrag(str(entry.get("url") or "")).url
        if url in seen:
            found.append(f"{_name(number, entry)}: url {url} is also that of {seen[url]!r}; keep one of the two")
        elif url:
            seen[url] = _name(number, entry)
    return found
