"""What commands read: a question, files of queries, and ids that another command printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from corpus.errors import UsageError

STDIN = "-"


def clean(argument: str) -> str:
    """Return the text with a question mark for what is no character: a stray byte, or half of a pair in JSON."""
    return argument.encode("utf-8", "replace").decode()


def text(argument: str | None) -> str:
    """Return a question on one line; `-` reads it from stdin, which keeps it out of the shell's history."""
    return " ".join(clean(sys.stdin.read() if argument == STDIN else argument or "").split())


def queries(path: Path) -> Iterator[tuple[Any, str]]:
    """Yield (qid, query) for each line of a file: a JSON object with both, or the query itself.

    Raises:
        UsageError: the file cannot be read, or an object lacks one of the two.
    """
    for number, line in enumerate(_lines(path), 1):
        if not line.startswith("{"):
            yield number, line
            continue
        try:
            record = json.loads(line)
            yield record["qid"], clean(str(record["query"]))
        except (ValueError, KeyError) as exc:
            raise UsageError(f'{path}: line {number} is not {{"qid": …, "query": …}} ({exc})') from exc


def arguments(given: Iterable[str]) -> list[str]:
    """Return the arguments with the lines of stdin in place of `-`."""
    return [name for argument in given for name in (_lines(Path(STDIN)) if argument == STDIN else [argument])]


def ids(given: Iterable[str]) -> list[str]:
    """Return ids, each once; `-` reads them from stdin, a line each or as JSON of hits, answers or references."""
    return list(dict.fromkeys(clean(id) for argument in arguments(given) for id in _ids(argument)))


def _ids(argument: str) -> Iterator[str]:
    if not argument.startswith("{"):
        yield argument
        return
    try:
        record = json.loads(argument)
    except ValueError as exc:
        raise UsageError(f"{argument[:40]}: is neither an id nor a line of JSON ({exc})") from exc
    for part in (record, *record.get("hits", ()), *record.get("sentences", ()), *record.get("new", ())):
        id = part.get("passage_id") or part.get("id")
        if id:
            yield str(id)


def _lines(path: Path) -> list[str]:
    """Return the lines of a file or stdin that hold something, without the space around them."""
    try:
        content = sys.stdin.read() if str(path) == STDIN else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path}: cannot be read ({exc})") from exc
    return [line.strip() for line in content.split("\n") if line.strip()]
