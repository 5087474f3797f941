"""Measuring search and answers: `eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.options import ModelOption, ReportOption
from commands.output import chosen, print_json, print_table


def evaluate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="A folder with corpus.jsonl, queries.jsonl, qrels.tsv.")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help="Queries for the knowledge base itself.")] = None,
    qrels: Annotated[Path | None, typer.Option("--qrels", help="Judgements for these queries, by source id.")] = None,
    split: Annotated[str | None, typer.Option("--split", help='Only queries with this "split": tune or test.')] = None,
    model: ModelOption = None,
    output: ReportOption = None,
) -> None:
    """Measure search and answers: nDCG@10, recall, MRR, false answers, per query type, with 95 % intervals.

    Example: samenwijzer --kb kb eval --queries queries.jsonl --qrels qrels.tsv --split test
    """
    from index.evaluate import evaluate as run

    report = run(folder or context.obj, queries, qrels, model=model or "default", split=split)
    if chosen(output) == "table":
        header, *rows = report.rows()
        print_table(tuple(header), [tuple(row) for row in rows])
    else:
        print_json(report.to_dict(), chosen(output))
