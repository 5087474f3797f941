"""Options that more than one command has, and what shells complete them with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.inputs import clean
from corpus.errors import UsageError

if TYPE_CHECKING:
    from index.engine import Engine
    from index.generate import Generator
    from index.results import Filters
    from index.search import Searcher

_FILTERS = "Filters (repeat one for several values)"
ENGINE = "samenwijzer.engine"
"""Where in a context the name of the engine is kept: it belongs to all commands, as the knowledge base does."""
# Exit codes beside 0, "there are hits"; errors carry their own (`corpus.errors`).
EXIT_NONE, EXIT_UNUSABLE, EXIT_NETWORK, EXIT_PARTIAL = 1, 3, 4, 5


class Report(StrEnum):
    """How a report is printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


class Format(StrEnum):
    """How results are printed: for people, as data (json, jsonl, csv), or as references (ris, bibtex, csl, md)."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    ris = "ris"
    bibtex = "bibtex"
    csl = "csl"
    md = "md"


def _format(names: type[StrEnum]) -> Any:  # noqa: ANN401 - typer's own class for options is private
    listed = ", ".join(names)
    told = f"{listed}. Default: table on a terminal, jsonl in a pipe."
    return typer.Option("--format", metavar="FORMAT", help=told, show_default=False)


ReportOption = Annotated[Report | None, _format(Report)]
FormatOption = Annotated[Format | None, _format(Format)]
ModelOption = Annotated[
    str | None, typer.Option("--model", envvar="SAMENWIJZER_MODEL", help='"default" or "transformers:NAME_OR_PATH".')
]
RerankOption = Annotated[
    str | None,
    typer.Option("--rerank", envvar="SAMENWIJZER_RERANK", help="Name or folder of a cross-encoder; default: none."),
]
GenerateOption = Annotated[
    str | None,
    typer.Option("--generate", help="Address of an endpoint for chat completions; key: SAMENWIJZER_GENERATE_KEY."),
]
GenerateModelOption = Annotated[
    str | None, typer.Option("--generate-model", help="What that endpoint calls the model to ask.")
]
CountOption = Annotated[int, typer.Option("-k", min=1, max=1000, help="Number of results.")]
BatchOption = Annotated[
    Path | None, typer.Option("--queries", help='A file with a query or {"qid", "query"} a line; - is standard input.')
]
LogOption = Annotated[
    Path | None, typer.Option("--log", help="Add what was searched, in what and with which result to this file.")
]
IdsArgument = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Ids of documents, passages or items, or source ids; - reads them from stdin."),
]


def _completed(field: str) -> Callable[[typer.Context, str], list[str]]:
    """Return a function that completes a filter with the values that the knowledge base has."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from commands.config import configured_kb

        group = context.parent.params if context.parent else {}
        try:
            kb = Path(group.get("kb") or configured_kb())
            folder = kb / "snapshots" / (kb / "CURRENT").read_text("ascii").strip()
            values = json.loads((folder / "facets" / "labels.json").read_text("utf-8"))[field]
        except (OSError, ValueError, UsageError):
            return []
        return sorted(value for value in values if value.startswith(incomplete))

    return complete


def _filter(field: str, meaning: str) -> Any:  # noqa: ANN401 - typer's own class for options is private
    complete = _completed(field)
    return typer.Option(f"--{field}", help=meaning, autocompletion=complete, rich_help_panel=_FILTERS)


KindOption = Annotated[list[str] | None, _filter("kind", "tip, sessie, praktijkvoorbeeld, rapport, …")]
DoelgroepOption = Annotated[list[str] | None, _filter("doelgroep", "jeugd, ouderen, …")]
ThemaOption = Annotated[list[str] | None, _filter("thema", "eenzaamheid, schulden, wijkteams, …")]
GemeenteOption = Annotated[list[str] | None, _filter("gemeente", "Utrecht, Assen, …")]
RegioOption = Annotated[list[str] | None, _filter("regio", "Twente, …")]
PublisherOption = Annotated[list[str] | None, _filter("publisher", "Who published the source.")]
BeroepOption = Annotated[list[str] | None, _filter("beroep", "huisarts, POH-jeugd, …")]
YearOption = Annotated[
    str | None, typer.Option("--year", help="2024, 2018..2024, 2018.. or ..2024.", rich_help_panel=_FILTERS)
]
SinceOption = Annotated[
    str | None, typer.Option("--since", help="Came in after this day: 2026-01-31.", rich_help_panel=_FILTERS)
]


def generator(url: str | None, model: str | None) -> Generator | None:
    """Return the language model that the options ask for, None if they do not.

    Raises:
        UsageError: one of the two is missing, or the address or the key will not do.
    """
    from index.generate import KEY_VARIABLE, make_generator

    return make_generator(url, model, os.environ.get(KEY_VARIABLE))


def engine(context: typer.Context) -> Engine:
    """Return the engine that the settings name; see `commands.config.settle`.

    Raises:
        UsageError: there is no such engine.
    """
    from index.engine import make_engine

    return make_engine(context.meta[ENGINE], context.obj)


def searcher(context: typer.Context, rerank: str | None = None) -> Searcher:
    """Open what is published, to search with or without a cross-encoder.

    Raises:
        UsageError: there is no such engine or cross-encoder.
        SnapshotError: there is no index that may be used.
    """
    from index.reranker import make_reranker
    from index.search import Searcher, Settings

    return Searcher.open(context.obj, settings=Settings(reranker=make_reranker(rerank)), engine=engine(context))


def filters(
    kind: list[str] | None,
    doelgroep: list[str] | None,
    thema: list[str] | None,
    gemeente: list[str] | None,
    regio: list[str] | None,
    publisher: list[str] | None,
    beroep: list[str] | None,
    year: str | None,
    since: str | None,
) -> Filters:
    """Return what the filter options ask for.

    Raises:
        UsageError: the years or the day cannot be read.
    """
    from index.results import Filters

    named = {"kind": kind, "doelgroep": doelgroep, "thema": thema, "gemeente": gemeente, "regio": regio}
    named |= {"publisher": publisher, "beroep": beroep}
    values = {field: tuple(map(clean, asked or ())) for field, asked in named.items()}
    return Filters(**values, year=_years(year), since=_day(since))


def _years(text: str | None) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    first, dots, last = text.partition("..")
    try:
        start, end = int(first) if first else None, int(last) if last else None
    except ValueError:
        raise UsageError(f"--year {text}: give a year or a range, as in 2024, 2018..2024, 2018.. or ..2024") from None
    return (start, end) if dots else (start, start)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--since {text}: give a day, as in 2026-01-31") from None
