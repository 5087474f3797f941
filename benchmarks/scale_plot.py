"""The curves of `scale`, drawn from benchmarks/results/scale.json by the chart code of the page, and its table.

`python -m benchmarks.scale_plot` draws docs/images/scale.svg and writes the table in docs/scale.md again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from api.charts import Chart, standalone
from api.svg import Drawing, circle, line, picture, text
from benchmarks import report
from benchmarks.scale import FIGURES

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURE, PAGE = DOCS / "images" / "scale.svg", DOCS / "scale.md"
_TABLE = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
# Above each panel; then for each curve its name, the kind of its dots, and where the figures stand.
PANELS: tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]], ...] = (
    (
        "search, vector given, ms",
        (
            ("p95", "shape-tip", ("search", "vector_given", "p95_ms")),
            ("p50", "mark", ("search", "vector_given", "p50_ms")),
        ),
    ),
    (
        "memory of a server, MiB",
        (
            ("with files read", "shape-tip", ("search", "resident_mib")),
            ("its own", "mark", ("search", "own_mib")),
        ),
    ),
)
_LEFT, _TOP, _WIDTH, _HEIGHT, _STEP = 48, 44, 250, 190, 420


def draw(folder: Path = report.RESULTS, target: Path = PICTURE) -> Path:
    """Draw the curves, and return where they are."""
    sizes = json.loads((folder / "scale.json").read_text("utf-8"))["sizes"]
    title, summary = "From a thousand passages to a million", "The figures are in the table on this page."
    parts = [shape for place, panel in enumerate(PANELS) for shape in _panel(_LEFT + _STEP * place, *panel, sizes)]
    svg = picture("scale", title, summary, Drawing(parts, _STEP * len(PANELS), _TOP + _HEIGHT + 44))
    target.write_text(standalone(Chart("scale", title, summary, svg, (), ())), "utf-8")
    return target


def _panel(
    left: float, label: str, curves: Sequence[tuple[str, str, tuple[str, ...]]], sizes: Mapping[str, Any]
) -> list[Markup]:
    found = [(name, kind, [(float(size), _at(sizes[size], where)) for size in sizes]) for name, kind, where in curves]
    across = _powers([x for _, _, points in found for x, _ in points])
    up = _powers([y for _, _, points in found for _, y in points])
    bottom = _TOP + _HEIGHT
    parts = [text(left, 22, label), text(left + _WIDTH / 2, bottom + 36, "passages", "small", anchor="middle")]
    for power in range(across[0], across[1] + 1):
        x = left + _place(10.0**power, across) * _WIDTH
        parts += [line(x, _TOP, x, bottom, "grid"), text(x, bottom + 16, _told(10**power), "small", anchor="middle")]
    for power in range(up[0], up[1] + 1):
        y = bottom - _place(10.0**power, up) * _HEIGHT
        parts += [
            line(left, y, left + _WIDTH, y, "grid"),
            text(left - 6, y + 4, f"{10.0**power:g}", "small", anchor="end"),
        ]
    for name, kind, points in found:
        placed = [(left + _place(x, across) * _WIDTH, bottom - _place(y, up) * _HEIGHT) for x, y in points]
        parts += [line(*one, *two, "range") for one, two in pairwise(placed)]
        parts += [circle(x, y, 4, kind) for x, y in placed]
        parts.append(text(placed[-1][0] + 10, placed[-1][1] + 4, name, "small"))
    return parts


def _at(figures: Any, where: Sequence[str]) -> float:  # noqa: ANN401
    for name in where:
        figures = figures[name]
    return float(figures)


def _powers(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)))
    return low, max(math.ceil(math.log10(max(values))), low + 1)


def _place(value: float, powers: tuple[int, int]) -> float:
    """Return where a value stands between two powers of ten, 0 to 1."""
    return (math.log10(value) - powers[0]) / (powers[1] - powers[0])


def _told(size: int) -> str:
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1000}k" if size >= 1000 else str(size)


def table(sizes: Mapping[str, Any]) -> str:
    """Return every figure as a Markdown table, one column per size."""
    lines = ["| passages | " + " | ".join(f"{int(size):,}" for size in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
    for label, *where in FIGURES:
        lines.append(f"| {label} | " + " | ".join(_shown(_at(sizes[size], where)) for size in sizes) + " |")
    return "\n".join(lines) + "\n"


def _shown(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value > 1 else f"{value:.3g}"


def write(folder: Path = report.RESULTS, page: Path = PAGE) -> Path:
    """Put the table on the page, and return where that is."""
    sizes = json.loads((folder / "scale.json").read_text("utf-8"))["sizes"]
    page.write_text(_TABLE.sub(lambda _: table(sizes), page.read_text("utf-8")), "utf-8")
    return page


if __name__ == "__main__":
    print(draw(), write())
