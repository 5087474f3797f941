"""Charts as files: `plot`."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import inputs
from commands.options import EXIT_NONE, CountOption, searcher
from commands.output import printable
from corpus.errors import UsageError

if TYPE_CHECKING:
    from api.charts import Chart
    from index.search import Searcher

_VARIABLE = re.compile(r"(--[\w-]+): *([^;]+);")
_FONTS = 'Arial, "Liberation Sans", "DejaVu Sans Condensed", "DejaVu Sans", sans-serif'  # narrow enough
_ZOOM = 2  # a PNG in print needs more than the 96 dots an inch of a screen


class Name(StrEnum):
    """What there is to draw."""

    coverage = "coverage"
    years = "years"
    freshness = "freshness"
    map = "map"
    why = "why"


def plot(
    context: typer.Context,
    name: Annotated[
        Name,
        typer.Argument(
            metavar="CHART",
            help="coverage: records per theme and profession. years: publications per year and publisher. freshness:"
            " how old the sources are. map: what is alike lies together. why: what the hits for QUERY share with it.",
        ),
    ],
    query: Annotated[str | None, typer.Argument(help="For why; - reads stdin.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file .svg or .png; default: CHART.svg.", show_default=False)
    ] = None,
    count: CountOption = 10,
) -> None:
    """Draw a chart of the collection, with its numbers in a CSV file beside it.

    Example: samenwijzer plot coverage --out coverage.svg
    """
    path = out or Path(f"{name}.svg")
    if path.suffix not in (".svg", ".png"):
        raise UsageError(f"{path}: a chart is a file .svg or .png")
    if (name is Name.why) != bool(query):
        raise UsageError("plot why takes a QUERY, other charts take none")
    chart = _chart(searcher(context), name, inputs.text(query), count)
    if not chart.rows:
        raise typer.Exit(EXIT_NONE)
    _write(path, chart)
    typer.echo(f"{path}\n{path.with_suffix('.csv')}")
    typer.echo(printable(f"{chart.title}. {chart.summary}"), err=True)


def _chart(searcher: Searcher, name: Name, text: str, count: int) -> Chart:
    from api import charts
    from index.atlas import atlas
    from index.overview import overview
    from index.results import Query

    if name is Name.why:
        return charts.why_chart(searcher.search(Query(text, count)).hits)
    snapshot = searcher.snapshot
    if name is Name.coverage:
        return charts.coverage_chart(overview(snapshot).coverage)
    if name is Name.years:
        return charts.years_chart(overview(snapshot))
    if name is Name.freshness:
        return charts.freshness_chart(overview(snapshot), date.today().year)
    return charts.map_chart(atlas(snapshot))


def _write(path: Path, chart: Chart) -> None:
    from api.charts import standalone
    from corpus.cite_formats import csv_rows

    svg = standalone(chart)
    table = csv_rows(chart.columns, (dict(zip(chart.columns, row, strict=True)) for row in chart.rows))
    try:
        path.write_bytes(_png(svg) if path.suffix == ".png" else svg.encode())
        path.with_suffix(".csv").write_text(table, "utf-8", newline="")
    except OSError as exc:
        raise UsageError(f"{path}: cannot be written ({exc.strerror}); choose another --out") from exc


def _png(svg: str) -> bytes:
    """Return the SVG as a PNG on white, in the colours of its light theme."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError as exc:
        raise UsageError('a .png needs a package more: pip install "samenwijzer[png]"; a .svg does not') from exc
    # The renderer knows no variables and no shorthand for fonts; of a variable's values the first is the light one.
    colours = dict(reversed(_VARIABLE.findall(svg)))
    plain = re.sub(r"var\((--[\w-]+)\)", lambda found: colours[found[1]], _VARIABLE.sub("", svg))
    plain = re.sub(r"font: (\S+) [^;]+;", rf"font-size: \1; font-family: {_FONTS};", plain)
    return svg_to_bytes(svg_string=plain, background="white", zoom=_ZOOM)
