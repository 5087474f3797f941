"""Options that more than one command has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Exit:
    """Exit codes beside 0, "there are hits", and the one that each error carries (`corpus.errors`)."""

    NONE, UNUSABLE, NETWORK, PARTIAL = 1, 3, 4, 5


class Report(StrEnum):
    """How a report is printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


ReportOption = Annotated[
    Report | None, typer.Option("--format", help="Default: table on a terminal, jsonl in a pipe.", show_default=False)
]
ModelOption = Annotated[str | None, typer.Option("--model", help='"default" or "transformers:NAME_OR_PATH".')]
CountOption = Annotated[int, typer.Option("-k", min=1, max=1000, help="Number of results.")]
BatchOption = Annotated[
    Path | None, typer.Option("--queries", help='A file of {"qid", "query"} lines; - reads standard input.')
]
