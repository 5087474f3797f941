"""Measuring search and answers: `eval`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from commands.options import ENGINE, ModelOption, ReportOption, RerankOption
from commands.output import chosen, print_json, print_table


def evaluate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="A folder with corpus.jsonl, queries.jsonl, qrels.tsv.")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help="Queries for the knowledge base itself.")] = None,
    qrels: Annotated[Path | None, typer.Option("--qrels", help="Judgements for these queries, by source id.")] = None,
    split: Annotated[str | None, typer.Option("--split", help='Only queries with this "split": tune or test.')] = None,
    model: ModelOption = None,
    rerank: RerankOption = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", help="Again with model=SPEC, rerank=NAME, semantic-weight=0.2, expand=no or engine=URL."
        ),
    ] = None,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Measure answers too.")] = True,
    form: ReportOption = None,
) -> None:
    """Measure search and answers: nDCG@10, recall, MRR, false answers, per query type, with 95 % intervals.

    With --compare, measure twice and tell per metric how much better or worse the second is, and how sure that is.

    Example: samenwijzer --kb kb eval --queries queries.jsonl --qrels qrels.tsv --split test --compare expand=no
    """
    from index.compare import Compared
    from index.configuration import Configuration
    from index.evaluate import evaluate as run

    first = Configuration(model=model, rerank=rerank, engine=None if folder else context.meta[ENGINE])
    second = first.changed(compare) if compare else None
    path = folder or context.obj
    report = run(path, queries, qrels, configuration=first, split=split, ask=ask)
    if second is None:
        tables, record = [report.rows()], report.to_dict()
    else:
        compared = Compared(report, run(path, queries, qrels, configuration=second, split=split, ask=ask))
        tables, record = [compared.rows(), compared.examples()], compared.to_dict()
    if chosen(form) != "table":
        print_json(record, chosen(form))
        return
    for number, table in enumerate(tables):
        if number:
            typer.echo()
        _print(table)


def _print(table: Iterable[tuple[str, ...]]) -> None:
    header, *rows = table
    print_table(header, rows)
