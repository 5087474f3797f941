"""A log of searches: what was asked, of what, and what came out, as a line of JSON each.

It holds what a methods section needs and what it takes to search again: PRISMA-S (Rethlefsen et al. 2021,
https://doi.org/10.1186/s13643-020-01542-z) asks for the source, the whole query, limits, the date and the number found.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from corpus.errors import UsageError

if TYPE_CHECKING:
    from index.results import Answer, Query, Results
    from index.search import Searcher


@dataclass(frozen=True)
class Entry:
    """One search. `at` is UTC, ISO 8601 with seconds; `filters` has only those that were on.

    `added` are the words that search added and `without` those that were refused. `total` counts the records that
    match (at least so many, if not `exact`); of the first `k`, `passages` and `documents` are the ids, best first.
    `status` is that of an answer.
    `collection` says what `snapshot` holds and when it was made. `reranker` and `generator` name the models that
    ordered the first results anew and that summed up an answer, if any.
    """

    at: str
    command: Literal["search", "ask"]
    query: str
    filters: dict[str, Any]
    without: tuple[str, ...]
    added: tuple[str, ...]
    k: int
    total: int
    status: str | None
    passages: tuple[str, ...]
    documents: tuple[str, ...]
    snapshot: str
    collection: dict[str, Any]
    model: str
    analyser: str
    version: str
    reranker: str | None = None
    generator: str | None = None
    exact: bool = True


def of_search(searcher: Searcher, results: Results) -> Entry:
    """Return the entry of a search."""
    ids = [(hit.passage_id, hit.document_id) for hit in results.hits]
    return _entry("search", searcher, results, None, ids)


def of_answer(searcher: Searcher, answer: Answer, query: Query) -> Entry:
    """Return the entry of a question; `query` says how it was searched for."""
    ids = [(sentence.passage_id, sentence.document_id) for sentence in answer.sentences]
    entry = _entry("ask", searcher, searcher.search(query), answer.status, ids)
    return replace(entry, generator=answer.generated.model if answer.generated else None)


def _entry(
    command: Literal["search", "ask"],
    searcher: Searcher,
    results: Results,
    status: str | None,
    ids: Sequence[tuple[str, str]],
) -> Entry:
    manifest, query = searcher.manifest, results.query
    return Entry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        query=query.text,
        filters=_told(query),
        without=query.without,
        added=results.added,
        k=query.k,
        total=results.total,
        status=status,
        passages=tuple(passage for passage, _ in ids),
        documents=tuple(dict.fromkeys(document for _, document in ids)),
        snapshot=manifest.id,
        collection={
            "documents": manifest.documents,
            "items": manifest.items,
            "passages": manifest.passages,
            "made": manifest.created_at,
        },
        model=f"{manifest.model} {manifest.model_revision}",
        analyser=manifest.analyser,
        version=program_version(),
        reranker=searcher.settings.reranker.name if searcher.settings.reranker else None,
        exact=results.exact,
    )


def _told(query: Query) -> dict[str, Any]:
    told = {name: value for name, value in asdict(query.filters).items() if value}
    told["year"] = [*query.filters.year] if query.filters.year != (None, None) else None
    told["since"] = str(query.filters.since) if query.filters.since else None
    return {name: value for name, value in told.items() if value}


def program_version() -> str:
    """Return the version of Samenwijzer that runs, "unknown" if it was not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("samenwijzer")
    except PackageNotFoundError:
        return "unknown"


def asked(entry: Entry) -> Query:
    """Return the search of an entry, to do it again."""
    from index.results import Filters, Query

    told = entry.filters
    first, last = told.get("year", (None, None))
    since = date.fromisoformat(told["since"]) if "since" in told else None
    lists: dict[str, Any] = {name: tuple(told[name]) for name in told if name not in ("year", "since")}
    filters = Filters(**lists, year=(first, last), since=since)
    return Query(entry.query, entry.k, filters, tuple(entry.without))


def add(path: Path, entry: Entry) -> None:
    """Add an entry to a log; several programs may do so at once.

    Raises:
        UsageError: the file cannot be written.
    """
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    try:
        with path.open("ab", buffering=0) as file:
            file.write(line.encode())
    except OSError as exc:
        raise UsageError(f"{path}: the log cannot be written ({exc.strerror}); choose another file") from exc


def read(path: Path) -> list[Entry]:
    """Return the entries of a log, oldest first.

    Raises:
        UsageError: there is no such file, it is no log, or it has no entries.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path}: cannot be read ({exc}); make a log with `samenwijzer search --log FILE`") from exc
    found = [_read(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise UsageError(f"{path}: no search is logged here; make a log with `samenwijzer search --log FILE`")
    return found


def _read(path: Path, number: int, line: str) -> Entry:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError) as exc:
        raise UsageError(f"{path}: line {number} is no entry of a search log ({exc})") from exc
