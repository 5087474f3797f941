"""Pictures of what `peers` measured, drawn from benchmarks/results by the chart code of the page.

`python -m benchmarks.plots [NAME]` draws them again. Each goes to docs/images, in Dutch, for docs/benchmarks.md.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from api.charts import Chart, standalone
from api.svg import Drawing, circle, line, picture, text
from api.wording import number
from benchmarks import report

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
PANELS = (
    ("processortijd per vraag, ms", "load_cpu_ms", "minder is beter"),
    ("doorvoer, vragen per seconde (twee vragers)", "per_s", "meer is beter"),
    ("langzaamste van honderd vragen (p99), ms", "p99_ms", "minder is beter"),
    ("geheugen, MiB", "memory_mib", "minder is beter"),
    ("schijf, MiB", "disk_mib", "minder is beter"),
    ("bouwen van de index, s", "build_s", "minder is beter"),
)
_NAMES, _WIDTH, _ROW, _GAP = 92, 300, 24, 44


def draw(name: str = "peers", folder: Path = report.RESULTS, images: Path = IMAGES) -> list[Path]:
    """Draw a picture of speed for each size, and one of quality; return where they are."""
    cases = json.loads((folder / f"{name}.json").read_text("utf-8"))["cases"]
    drawn = []
    for case, found in cases.items():
        if any("ms" in figures for figures in found["systems"].values()):
            title = f"Snelheid bij {number(found['passages'])} passages"
            drawn.append(_write(images / f"{name}-{case}.svg", title, speed(found["systems"])))
    judged = {case: found["systems"] for case, found in cases.items() if found["judged"]}
    if judged:
        drawn.append(_write(images / f"{name}-kwaliteit.svg", "Kwaliteit: nDCG@10", quality(judged)))
    return drawn


def _write(path: Path, title: str, drawing: Drawing) -> Path:
    summary = "De cijfers staan in de tabellen op deze pagina."
    svg = picture(path.stem, title, summary, drawing)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(standalone(Chart(path.stem, title, summary, svg, (), ())), "utf-8")
    return path


def speed(systems: Mapping[str, Mapping[str, Any]]) -> Drawing:
    """Return a panel per figure, two beside each other, with a point per system on a logarithmic axis."""
    parts: list[Markup] = []
    panel_height = _GAP + _ROW * len(systems) + 26
    for place, (label, key, better) in enumerate(PANELS):
        left, top = (_NAMES + _WIDTH + 74) * (place % 2), panel_height * (place // 2)
        values = {system: figures.get(key) for system, figures in systems.items()}
        parts += _panel(left, top, f"{label}; {better}", values, *_powers([v for v in values.values() if v]))
    return Drawing(parts, 2 * (_NAMES + _WIDTH + 74) - 20, panel_height * math.ceil(len(PANELS) / 2))


def quality(judged: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Drawing:
    """Return a panel per set, with a point per system between 0 and 100."""
    parts: list[Markup] = []
    systems = next(iter(judged.values()))
    panel_height = _GAP + _ROW * len(systems) + 26
    for place, (case, found) in enumerate(judged.items()):
        left, top = (_NAMES + _WIDTH + 74) * (place % 2), panel_height * (place // 2)
        values = {system: figures.get("ndcg") for system, figures in found.items()}
        parts += _panel(left, top, case, values, (0, 25, 50, 75, 100), lambda value: value / 100)
    return Drawing(parts, 2 * (_NAMES + _WIDTH + 74) - 20, panel_height * math.ceil(len(judged) / 2))


def _powers(values: Sequence[float]) -> tuple[Sequence[float], Any]:
    """Return the powers of ten around the values, and where a value stands between the first and the last of them."""
    low = math.floor(math.log10(min(values, default=1)))
    high = max(math.ceil(math.log10(max(values, default=10))), low + 1)
    return [10.0**power for power in range(low, high + 1)], lambda value: (math.log10(value) - low) / (high - low)


def _panel(
    left: float,
    top: float,
    label: str,
    values: Mapping[str, float | None],
    ticks: Sequence[float],
    at: Any,  # noqa: ANN401
) -> list[Markup]:
    start, bottom = left + _NAMES, top + _GAP + _ROW * len(values)
    parts = [text(left, top + 22, label)]
    for tick in ticks:
        x = start + _WIDTH * at(tick)
        parts += [line(x, top + 34, x, bottom, "grid"), text(x, bottom + 14, _tick(tick), "small", anchor="middle")]
    for place, (system, value) in enumerate(values.items()):
        y = top + _GAP + _ROW * (place + 0.4)
        parts.append(text(start - 10, y + 4, system, anchor="end"))
        if value:
            x = start + _WIDTH * at(value)
            ours = system == report.OURS
            parts += [circle(x, y, 6, "mark" if ours else "shape-tip"), text(x + 10, y + 4, _told(value), "small")]
        else:
            parts.append(text(start + 6, y + 4, "–", "small"))
    return parts


def _told(value: float) -> str:
    return number(round(value)) if value >= 100 else f"{value:.{1 if value >= 1 else 2}f}".replace(".", ",")


def _tick(value: float) -> str:
    return number(int(value)) if value >= 1 or not value else f"{value:g}".replace(".", ",")


if __name__ == "__main__":
    print(*draw(sys.argv[1] if sys.argv[1:] else "peers"), sep="\n")
