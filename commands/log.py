"""What a log of searches is good for: `log methods` and `log repeat`."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import searchlog
from commands.options import EXIT_NONE, ReportOption, RerankOption, searcher
from commands.output import chosen, print_json, printable, write

if TYPE_CHECKING:
    from index.search import Searcher

LogArgument = Annotated[Path, typer.Argument(metavar="FILE", help="What `search --log` and `ask --log` wrote.")]


class Language(StrEnum):
    """The language of a methods section."""

    nl = "nl"
    en = "en"


def methods(
    file: LogArgument,
    language: Annotated[Language | None, typer.Option("--language", help="Default: both.", show_default=False)] = None,
) -> None:
    """Write the methods section of a report: what was searched, when and how, and what came out.

    Example: samenwijzer log methods searches.jsonl --language en
    """
    from commands.methods import LANGUAGES
    from commands.methods import methods as written

    entries = searchlog.read(file)
    write("\n".join(printable(written(entries, name)) for name in ([language] if language else LANGUAGES)))


def repeat(context: typer.Context, file: LogArgument, rerank: RerankOption = None, form: ReportOption = None) -> None:
    """Do the searches of a log again, and tell what is new among the first results and what left them.

    Nothing is added to the log.

    Example: samenwijzer log repeat searches.jsonl
    """
    entries = searchlog.read(file)
    opened = searcher(context, rerank)
    records = [_again(opened, entry) for entry in entries]
    for record in records if chosen(form) == "jsonl" else ():
        print_json(record, "jsonl")
    if chosen(form) == "json":
        print_json(records, "json")
    if chosen(form) == "table":
        from commands import screens

        screens.repeated(records)
    raise typer.Exit(0 if any(record["new"] for record in records) else EXIT_NONE)


def _again(searcher: Searcher, entry: searchlog.Entry) -> dict[str, Any]:
    """Return what a search gives now that it did not give then, by publication, and which ones it no longer gives."""
    from index.answer import answer

    query = searchlog.asked(entry)
    results = searcher.search(query)
    found = results.hits if entry.command == "search" else answer(searcher, entry.query, query.filters).sentences
    return {
        "query": entry.query,
        "filters": entry.filters,
        "then": {"at": entry.at, "snapshot": entry.snapshot, "total": entry.total, "exact": entry.exact},
        "now": {"snapshot": searcher.snapshot_id, "total": results.total, "exact": results.exact},
        "new": [asdict(one) for one in found if one.document_id not in entry.documents],
        "gone": [id for id in entry.documents if id not in {one.document_id for one in found}],
    }
