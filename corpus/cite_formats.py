"""References as files: RIS, BibTeX, CSL-JSON, CSV, Markdown and JSON lines. Pure functions, one string each.

Whatever a source holds stays inside its field: line breaks, braces, formulas and markup of a source are data.
"""

from __future__ import annotations

import csv as csv_files
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from corpus.cite import Reference, plain

DATABASE = "Samenwijzer"
COLUMNS = (
    "id", "soort", "titel", "in", "auteurs", "uitgever", "datum", "jaar", "bijeenkomst", "plaats", "url", "gelezen",
    "taal", "licentie", "bewijs", "trefwoorden", "citaat", "bladzijde", "beschreven_in", "permalink", "momentopname",
)  # fmt: skip
# What steers a terminal, and what makes text be read in another order than it stands in.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_LATEX = {"\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}", "~": r"{\textasciitilde}"}
_LATEX |= {"^": r"{\textasciicircum}", **{sign: f"\\{sign}" for sign in "$&#%_"}}
# A spreadsheet takes a cell that begins so for a formula; one that splits at semicolons sees more beginnings.
_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@＝＋－＠])")


class Format(NamedTuple):
    """A way to write references: what people and file names call it, and its media type."""

    name: str
    suffix: str
    media_type: str


RIS = Format("ris", "ris", "application/x-research-info-systems")
BIBTEX = Format("bibtex", "bib", "application/x-bibtex")
CSL = Format("csl", "json", "application/vnd.citationstyles.csl+json")
CSV = Format("csv", "csv", "text/csv")
MARKDOWN = Format("md", "md", "text/markdown")
JSONL = Format("jsonl", "jsonl", "application/x-ndjson")
FORMATS = {format.name: format for format in (RIS, BIBTEX, CSL, CSV, MARKDOWN, JSONL)}


def write(references: Iterable[Reference], format: Format) -> str:
    """Return the references in a format of `FORMATS`."""
    writers = {RIS: ris, BIBTEX: bibtex, CSL: csl, CSV: csv, MARKDOWN: markdown, JSONL: jsonl}
    return writers[format](references)


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def ris(references: Iterable[Reference]) -> str:
    """Return RIS: a tag and one value a line, lines ended by CR LF."""
    return "".join("".join(f"{tag}  - {value}".rstrip(" ") + "\r\n" for tag, value in _ris(ref)) for ref in references)


def _ris(ref: Reference) -> Iterator[tuple[str, str]]:
    year, month, day = (*(ref.date or "").split("-"), "", "", "")[:3]
    read = (ref.read or "").replace("-", "/")
    fields: list[tuple[str, str | None]] = [
        *(("AU", author.inverted) for author in ref.authors),
        ("TI", ref.title or "Zonder titel"),
        ("T2", ref.container),
        ("PB", ref.publisher),
        ("PY", year),
        ("DA", f"{year}/{month}/{day}/" if month else None),
        ("CY", ref.event_place if ref.event_date else None),
        ("UR", ref.url or ref.permalink),
        ("Y2", f"{read}/" if read else None),
        ("LA", ref.language),
        *(("KW", word) for word in ref.keywords),
        ("N1", ref.note),
        ("DB", DATABASE),
        ("AN", ref.id),
    ]
    yield "TY", ref.type.ris
    yield from ((tag, line) for tag, value in fields if value and (line := one_line(value)))
    yield "ER", ""


def bibtex(references: Iterable[Reference]) -> str:
    """Return BibTeX in UTF-8, with the entry types that the classic styles know."""
    return "\n".join(map(_entry, references))


def _entry(ref: Reference) -> str:
    kind = "misc" if ref.type.bibtex == "incollection" and not ref.container else ref.type.bibtex
    publisher = "institution" if kind == "techreport" else "publisher"
    address = ref.url or ref.permalink
    fields: dict[str, str | None] = {
        "author": " and ".join(_bibtex_name(author.family, author.given) for author in ref.authors),
        # A second pair of braces keeps the capitals of a Dutch title as they are.
        "title": f"{{{_latex(ref.title or 'Zonder titel')}}}",
        "booktitle": f"{{{_latex(ref.container)}}}" if ref.container else None,
        publisher: f"{{{_latex(ref.publisher)}}}" if ref.publisher else None,
        "year": ref.date[:4] if ref.date else None,
        "month": str(int(ref.date[5:7])) if ref.date and len(ref.date) > 4 else None,
        "url": one_line(address).replace("{", "%7B").replace("}", "%7D") if address else None,
        "urldate": ref.read,
        "language": _latex(ref.language or ""),
        "keywords": _latex(", ".join(ref.keywords)),
        "note": _latex(ref.note),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{samenwijzer-{re.sub('[^0-9A-Za-z-]', '', ref.id)},\n" + ",\n".join(lines) + "\n}\n"


def _bibtex_name(family: str, given: str) -> str:
    # Braces keep BibTeX from taking an organisation apart at its spaces, commas and "and".
    return f"{_latex(family)}, {_latex(given)}" if given else f"{{{_latex(family)}}}"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in one_line(text))


def csl(references: Iterable[Reference]) -> str:
    """Return CSL-JSON: an array of items."""
    return json.dumps(csl_items(references), ensure_ascii=False, indent=1) + "\n"


def csl_items(references: Iterable[Reference]) -> list[dict[str, Any]]:
    """Return the references as items of CSL 1.0.2."""
    return [{name: value for name, value in _csl(ref).items() if value} for ref in references]


def _csl(ref: Reference) -> Mapping[str, Any]:
    talk = ref.type.csl == "speech"
    return {
        "id": ref.id,
        "type": ref.type.csl,
        "title": one_line(ref.title or "Zonder titel"),
        "container-title": one_line(ref.container or ""),
        "author": [
            {"family": one_line(a.family), "given": one_line(a.given)} if a.given else {"literal": one_line(a.family)}
            for a in ref.authors
        ],
        "publisher": one_line(ref.publisher or ""),
        "issued": _date_parts(ref.date),
        "accessed": _date_parts(ref.read),
        "event-title": one_line(ref.container or "") if talk else None,
        "event-date": _date_parts(ref.event_date) if talk else None,
        "event-place": one_line(ref.event_place or "") if talk else None,
        "URL": ref.url or ref.permalink,
        "language": ref.language,
        "keyword": ", ".join(map(one_line, ref.keywords)),
        "note": one_line(ref.note),
        "source": DATABASE,
    }


def _date_parts(date: str | None) -> dict[str, list[list[int]]] | None:
    return {"date-parts": [[int(part) for part in date.split("-")]]} if date else None


def row(ref: Reference) -> dict[str, Any]:
    """Return the reference as one flat record, under the names in `COLUMNS`."""
    values = (
        ref.id, ref.kind, ref.title, ref.container, [author.inverted for author in ref.authors], ref.publisher,
        ref.date, ref.year, ref.event_date, ref.event_place, ref.url, ref.read, ref.language, ref.licence, ref.evidence,
        list(ref.keywords), ref.quote, ref.page, ref.described_in, ref.permalink, ref.snapshot,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def jsonl(references: Iterable[Reference]) -> str:
    """Return one JSON object a line."""
    return "".join(json.dumps(row(ref), ensure_ascii=False) + "\n" for ref in references)


def csv(references: Iterable[Reference]) -> str:
    """Return CSV by RFC 4180 with a header."""
    return csv_rows(COLUMNS, map(row, references))


def csv_rows(columns: Sequence[str], records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as CSV by RFC 4180, every cell quoted, lists joined by "; ".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front: all text here is somebody else's.
    """
    text = io.StringIO()
    writer = csv_files.writer(text, quoting=csv_files.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(record.get(column)) for column in columns] for record in records)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    elif isinstance(value, bool):
        value = str(value).lower()
    return "" if value is None else _FORMULA.sub(r"\1'\2", _CONTROL.sub(" ", str(value).replace("\r", "\n")))


def markdown(references: Iterable[Reference]) -> str:
    """Return a numbered list in Markdown: each reference, and the quotation below it as a block quote."""
    return "\n".join(_entry_markdown(number, ref) for number, ref in enumerate(references, 1))


def _entry_markdown(number: int, ref: Reference) -> str:
    indent = " " * len(f"{number}. ")
    told, address = (plain(ref).removesuffix(ref.url), f" <{ref.url}>") if ref.url else (plain(ref), "")
    text = f"{_escaped(told)}{address}"
    note = _escaped(one_line(ref.note))
    return f"{number}. {text}\n\n{indent}> {note}\n"


def _escaped(text: str) -> str:
    marked = re.sub(r"([\\`*_\[\]<>~$&])", r"\\\1", one_line(text))
    # Where a text begins, these would open a list or a heading in it.
    return re.sub(r"^(\d{0,9})([.)#+=-])", r"\1\\\2", marked)
