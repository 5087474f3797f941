"""For editors of the collection that ships: `corpus check` and `corpus new`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commands.options import EXIT_NONE, ReportOption
from commands.output import chosen, print_json, print_table
from corpus.errors import UsageError

FolderOption = Annotated[Path | None, typer.Option("--folder", help="Folder of records; default: the one that ships.")]


def check(
    folder: FolderOption = None,
    form: ReportOption = None,
) -> None:
    """Check every record, the catalogue of sources and the thesaurus, and show which themes lack which roles.

    Exit 1 if something is not in order.

    Example: samenwijzer corpus check
    """
    from corpus.begrippen import thesaurus
    from corpus.catalogue import problems as faults
    from corpus.check import check as run
    from ingest.fetch import starter_folder

    report = run(folder or starter_folder())
    problems = [asdict(problem) for problem in report.problems]
    if folder is None:
        thesaurus()
        catalogue = starter_folder().parent / "sources.toml"
        problems += [{"severity": "error", "record": catalogue.name, "message": m} for m in faults(catalogue)]
    errors = sum(problem["severity"] == "error" for problem in problems)
    if chosen(form) == "table":
        typer.echo(report.coverage.table())
        print_table(("", "record", "message"), [tuple(problem.values()) for problem in problems])
        typer.echo(f"{len(report.records)} records, {errors} errors, {len(problems) - errors} warnings")
        typer.echo(f"median reading level {report.median_level or 0:.0f} (Flesch-Douma; higher is easier)")
    else:
        record = {"records": len(report.records), "problems": problems, "median_reading_level": report.median_level}
        print_json(record | {"empty_cells": report.coverage.empty}, chosen(form))
    raise typer.Exit(EXIT_NONE if errors else 0)


def new(
    slug: Annotated[str, typer.Argument(help="Name of the record and its file: lower case, words joined by hyphens.")],
    kind: Annotated[
        str, typer.Option("--kind", help="tip, praktijkvoorbeeld, feit, handreiking, …")
    ] = "praktijkvoorbeeld",
    folder: FolderOption = None,
) -> None:
    """Write an empty record with the questions that it answers.

    Example: samenwijzer corpus new buurtspreekuur-schulden --folder records
    """
    from corpus.template import template
    from ingest.fetch import starter_folder

    path = (folder or starter_folder()) / f"{slug}.md"
    text = template(slug, kind)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as exc:
        raise UsageError(f"{path}: cannot be made ({exc.strerror}); choose another name or --folder") from exc
    typer.echo(str(path))
