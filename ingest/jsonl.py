"""Documents as JSON lines: `{"id", "url", "title", "publisher", "year", "kind", "text", …}`, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from corpus.document import Document
from corpus.errors import SourceError
from ingest import text
from ingest.blocks import Loaded, RawPage
from ingest.encoding import whole

MEDIA_TYPE = "application/json"
_FIELDS = frozenset(f.name for f in fields(Document)) | {"year"}


def records(page: RawPage) -> Iterator[RawPage | SourceError]:
    """Yield one page per line, named `<file>#<id>`; a bad line comes back as an error with its line number."""
    for number, line in enumerate(page.content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            record = _parse(line)
        except (ValueError, RecursionError) as exc:
            yield SourceError(page.source, f"line {number} is passed over: {exc}")
            continue
        name = record.get("id", f"line-{number}")
        yield replace(page, source=f"{page.source}#{name}", content=line, media_type=MEDIA_TYPE, url=record.get("url"))


def _parse(line: bytes) -> dict[str, Any]:
    """Return the record of one line.

    Raises:
        ValueError: with the reason; JSON and encoding errors are ValueErrors too.
    """
    record = whole(json.loads(line))
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")
    if not isinstance(record.get("text"), str) or not record["text"].strip():
        raise ValueError('it has no "text"')
    if not isinstance(record.get("id", ""), str | int):
        raise ValueError('its "id" is neither text nor a number')
    if not isinstance(record.get("url") or "", str):
        raise ValueError('its "url" is not text')
    if not isinstance(record.get("extra") or {}, dict):
        raise ValueError('its "extra" is not a JSON object')
    return record


def load(page: RawPage) -> Loaded:
    """Return the blocks of one record's text, its known fields as metadata and the others under `extra`."""
    record = _parse(page.content)
    body = text.load(replace(page, content=record["text"].encode("utf-8", "replace"), media_type="text/plain"))
    known = {name: value for name, value in record.items() if name in _FIELDS - {"id", "text", "extra"}}
    unknown = {name: value for name, value in record.items() if name not in _FIELDS}
    if "id" in record:
        known["source_id"] = str(record["id"])
    known["extra"] = unknown | dict(record.get("extra") or {})
    return replace(body, meta={**body.meta, **known})
