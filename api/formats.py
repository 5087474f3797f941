"""In which form an answer is sent: content negotiation by RFC 9110, and the files that come out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.problems import Failure
from corpus import cite_formats
from corpus.cite import Reference
from corpus.cite_docx import docx
from corpus.cite_formats import BIBTEX, CSL, CSV, JSONL, MARKDOWN, RIS, Format

JSON = Format("json", "json", "application/json")
DOCX = Format("docx", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
TABLES = (JSON, JSONL, CSV)
ALL = (*TABLES, RIS, BIBTEX, CSL, MARKDOWN, DOCX)
TableName = Literal["json", "jsonl", "csv"]
AnyName = Literal["json", "jsonl", "csv", "ris", "bibtex", "csl", "md", "docx"]
# Other names that clients know these formats by.
_ALIASES = {
    JSONL: ("application/jsonl", "application/x-jsonlines", "application/jsonlines"),
    BIBTEX: ("text/x-bibtex",),
    RIS: ("text/x-research-info-systems",),
}
Record = BaseModel | dict[str, Any]
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")


class Table(NamedTuple):
    """What an answer holds apart from JSON: a record per line, the columns of a spreadsheet, and what to cite.

    Without rows the references are the rows.
    """

    name: str
    references: Callable[[], Iterable[Reference]] = tuple
    rows: Sequence[Record] | None = None
    columns: Sequence[str] = ()


def negotiate(request: Request, offered: Sequence[Format], asked: str | None) -> Format:
    """Return the format to answer in: the one asked for by name, or else the best by the Accept header.

    Raises:
        Failure: 406, the client accepts none of them.
    """
    if asked:
        return next(format for format in offered if format.name == asked)
    ranges = _ranges(request.headers.get("accept", ""))
    best = max(offered, key=lambda format: _quality(format, ranges))
    if not _quality(best, ranges):
        there = ", ".join(format.media_type for format in offered)
        raise Failure(406, f"Dit adres geeft {there}; vraag een daarvan met Accept of met formaat.")
    return best


def _ranges(header: str) -> dict[str, float]:
    """Return the quality (0–1) of every media range that a client names; without any, everything will do."""
    found: dict[str, float] = {}
    for entry in header.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        main, slash, sub = name.partition("/")
        if not (slash and _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)):
            continue
        told = [value.strip() for key, _, value in (p.partition("=") for p in parameters) if key.strip() == "q"]
        found[name] = float(told[0]) if told and _QUALITY.fullmatch(told[0]) else 1.0
    return found or {"*/*": 1.0}


def _quality(format: Format, ranges: dict[str, float]) -> float:
    """Return how welcome a format is; of the ranges that hold for it the most specific one decides."""
    names = (format.media_type, *_ALIASES.get(format, ()))
    for kind in (names, [f"{name.split('/')[0]}/*" for name in names], ["*/*"]):
        told = [ranges[name] for name in kind if name in ranges]
        if told:
            return max(told)
    return 0.0


def send(format: Format, record: Record, table: Table, snapshot: str, links: str | None = None) -> Response:
    """Return the answer in a format; all but JSON as a file with a name of its own."""
    headers = {"Link": links} if links else {}
    if format is JSON:
        return Response(_json(record), headers=headers, media_type=JSON.media_type)
    headers["Content-Disposition"] = f'attachment; filename="samenwijzer-{table.name}-{snapshot}.{format.suffix}"'
    charset = "" if format in (DOCX, CSL, JSONL) else "; charset=utf-8"
    return Response(_written(format, table), headers=headers, media_type=f"{format.media_type}{charset}")


def _written(format: Format, table: Table) -> str | bytes:
    if format is JSONL and table.rows is not None:
        return "".join(f"{_json(row)}\n" for row in table.rows)
    if format is CSV and table.rows is not None:
        return cite_formats.csv_rows(table.columns, map(_plain, table.rows))
    return docx(table.references()) if format is DOCX else cite_formats.write(table.references(), format)


def _plain(record: Record) -> Mapping[str, Any]:
    return record.model_dump(mode="json") if isinstance(record, BaseModel) else record


def _json(record: Record) -> str:
    return record.model_dump_json() if isinstance(record, BaseModel) else json.dumps(record, ensure_ascii=False)


def documented(offered: Sequence[Format]) -> dict[str, Any]:
    """Return the content of an OpenAPI response for all formats but JSON, which has a model."""
    schemas: dict[Format, dict[str, Any]] = {
        CSL: {"type": "array", "items": {"type": "object", "description": "Een item van CSL 1.0.2."}},
        DOCX: {"type": "string", "format": "binary"},
    }
    text = {"type": "string"}
    return {format.media_type: {"schema": schemas.get(format, text)} for format in offered if format is not JSON}
