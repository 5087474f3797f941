"""Sets to evaluate on: queries, judgements, and the corpus of a folder in BEIR layout."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from corpus.document import Document, Span, content_id
from corpus.errors import UsageError
from corpus.passages import with_passages

_BLANK_LINES = re.compile(r"\n[ \t]*\n")


class EvalQuery(NamedTuple):
    """A query to evaluate with; `type` and `split` are empty where the file does not say."""

    qid: str
    text: str
    type: str = ""
    split: str = ""


def read_queries(path: Path) -> list[EvalQuery]:
    """Read queries from JSON lines.

    Raises:
        UsageError: the file cannot be read, or a line has no id or no text.
    """
    found = []
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            qid, text = record.get("qid", record.get("_id")), record.get("query", record.get("text"))
        except (ValueError, AttributeError) as exc:
            raise UsageError(f"{path}: line {number} is not a JSON object ({exc})") from exc
        if qid is None or not isinstance(text, str):
            raise UsageError(f'{path}: line {number} needs "qid" (or "_id") and "query" (or "text")')
        found.append(EvalQuery(str(qid), text, str(record.get("type") or ""), str(record.get("split") or "")))
    return found


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read judgements: query, document and grade, tab-separated; a head line is passed over.

    Raises:
        UsageError: the file cannot be read, or a line is not of this form.
    """
    found: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        try:
            query, document, grade = line.split("\t")
            if number == 1 and not grade.strip().lstrip("-").isdigit():
                continue
            found.setdefault(query, {})[document] = int(grade)
        except ValueError as exc:
            raise UsageError(f"{path}: line {number} is not query, document and grade with tabs between") from exc
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path}: cannot be read ({exc}); give --queries and --qrels") from exc
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def beir_documents(path: Path) -> Iterator[Document]:
    """Yield the documents of a BEIR corpus with their passages; paragraphs are what blank lines divide.

    Raises:
        UsageError: a line has no id or no text.
    """
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            name, title, text = str(record["_id"]), record.get("title") or None, str(record["text"])
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise UsageError(f'{path}: line {number} is not {{"_id": …, "title": …, "text": …}} ({exc})') from exc
        digest = hashlib.sha256(text.encode()).hexdigest()
        document_id = content_id(str(path), name)
        yield with_passages(
            Document(
                id=document_id,
                key=name,
                kind="artikel",
                title=title,
                text=text,
                source=str(path),
                raw_sha256=digest,
                text_sha256=digest,
                fetched_at="",
                extractor_version="",
                source_id=name,
                spans=tuple(_paragraphs(text)),
            )
        )


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in (*_BLANK_LINES.finditer(text), None):
        piece = text[start : gap.start() if gap else len(text)]
        if piece.strip():
            at = start + len(piece) - len(piece.lstrip())
            yield Span(at, at + len(piece.strip()))
        start = gap.end() if gap else start
