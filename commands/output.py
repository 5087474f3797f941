"""How commands write: data on stdout, as a table or as JSON; progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from commands.options import Report

Progress = Callable[[str, int, int], None]


def chosen(output: Report | None) -> Report:
    """Return the format that was asked for: by default a table on a terminal, JSON lines in a pipe."""
    return output or (Report.table if sys.stdout.isatty() else Report.jsonl)


def print_json(record: Any, output: Report) -> None:  # noqa: ANN401
    """Print a record on one line, or indented as `json`."""
    indent = 2 if output is Report.json else None
    sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=indent) + "\n")


def print_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print aligned columns; the last one is as long as it is, so that nothing is ever cut off."""
    lines = [tuple(printable(cell) for cell in row) for row in ([header] if any(header) else []) + list(rows)]
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(len(header) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        typer.echo("  ".join([*cells, line[-1]]).rstrip())


def printable(text: str) -> str:
    """Return `text` without control characters: what a source says must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a function that shows (stage, done, total) as bars with the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, None) or bars.add_task(stage, total=None)
            tasks[stage] = task
            bars.update(task, completed=done, total=total)

        yield advance
