"""How commands write: data on stdout; progress and messages on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from corpus.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from corpus.cite import Reference

Progress = Callable[[str, int, int], None]


def chosen(output: StrEnum | None) -> str:
    """Return the format that was asked for: by default a table on a terminal, JSON lines in a pipe."""
    return str(output or ("table" if sys.stdout.isatty() else "jsonl"))


def write(text: str) -> None:
    """Write to stdout; when its reader (head, less) has seen enough that is the end, and no error.

    Raises:
        typer.Exit: the reader is gone.
        UsageError: the disk is full.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as exc:
        # What is still in the buffer must not be tried again, and complained about, at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(exc, BrokenPipeError):
            raise typer.Exit(0) from None
        raise UsageError(f"the output cannot be written ({exc.strerror}); it is not complete") from exc


def print_json(record: Any, output: str) -> None:  # noqa: ANN401
    """Print a record on one line, or indented where the format is json."""
    write(escaped(json.dumps(record, ensure_ascii=False, indent=2 if output == "json" else None)) + "\n")


def print_csv(columns: Sequence[str], records: Iterable[Mapping[str, Any]]) -> None:
    """Print records as CSV in which no cell is taken for a formula."""
    from corpus.cite_formats import csv_rows

    write(csv_rows(columns, records))


def print_references(references: Iterable[Reference], output: str) -> None:
    """Print references in a format of `corpus.cite_formats`."""
    from corpus import cite_formats

    text = cite_formats.write(references, cite_formats.FORMATS[output])
    write(escaped(text) if output in ("csl", "jsonl") else text)


def console(*, stderr: bool = False) -> Console:
    """Return a screen of the terminal's width (80 columns in a pipe), in colour unless NO_COLOR is set."""
    from rich.console import Console

    plain = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, **plain)  # type: ignore[arg-type]


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns; on a terminal wide ones but the first are folded, in a pipe each row is one line."""
    from rich.table import Table
    from rich.text import Text

    screen = console()
    if not screen.is_terminal:
        screen.width = 100_000
    table = Table(box=None, pad_edge=False, show_header=any(header), header_style="bold")
    for number, name in enumerate(header):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    with screen.capture() as captured:
        screen.print(table)
    write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def printable(text: str) -> str:
    """Return `text` without control characters: what a source says must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def escaped(text: str) -> str:
    """Return JSON in which every character that is not seen is written as its number: the same to every reader of JSON.

    JSON itself does so below U+0020 only; a terminal also obeys U+009B, and shows text after U+202E backwards.
    """
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a function that shows (stage, done, total) as bars with the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, None) or bars.add_task(stage, total=None)
            tasks[stage] = task
            bars.update(task, completed=done, total=total)

        yield advance
