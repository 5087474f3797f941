"""Charts: from counts to SVG with a title, a summary in words and a data table. Pure functions.

Colours are the custom properties of `static/grafiek.css`, light and dark; `standalone` puts them into the file. Every
text is escaped in `api.svg`, so that a page may take an SVG as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from markupsafe import Markup

from api.svg import Drawing, bar, circle, joined, line, path, picture, shortened, text
from api.wording import OLD_AFTER_YEARS, count, dutch_date, kind_label, number, strength
from corpus.coverage import Coverage
from index.atlas import Point
from index.overview import Overview, Source
from index.results import Hit, Why

Row = tuple[str | int, ...]

_LEVELS = ((1, "1–2"), (3, "3–5"), (6, "6–10"), (11, "meer dan 10"))
_SHAPES = {
    "praktijk": ("Praktijkvoorbeelden", ("praktijkvoorbeeld", "databank-interventie")),
    "tip": ("Tips en reacties", ("tip", "tiplijst", "reactie", "aanbeveling", "vraag-antwoord")),
    "congres": ("Congressen", ("sessie", "plenair", "debat", "flitspresentatie", "congresprogramma", "aankondiging")),
    "overig": ("Rapporten, nieuws en overig", ()),
}
_OUTLINES = {
    "praktijk": "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "tip": "m0-6l6 6l-6 6l-6-6z",
    "congres": "m0-6l6 10h-12z",
    "overig": "m-4-4h8v8h-8z",
}
_MOST_YEARS, _MOST_SOURCES, _MOST_LABELS, _FEWEST_LABELLED = 22, 12, 26, 3
_OTHERS, _UNKNOWN = "overige uitgevers", "uitgever onbekend"
_LEFT = 214  # pixels for names of publishers


@dataclass(frozen=True)
class Chart:
    """An SVG and the same in words and numbers.

    `name` is for ids and file names. `rows` follow `columns`; `links`, if any, has an address for the first cell of
    each row.
    """

    name: str
    title: str
    summary: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    links: tuple[str, ...] = ()


def coverage_chart(coverage: Coverage) -> Chart:
    """Return the matrix of themes and professions; a cell without records has a dot, so that gaps can be seen."""
    title = "Vindplaatsen per thema en beroep"
    total, filled = len(coverage.themas) * len(coverage.beroepen), len(coverage.counts)
    empty = Counter(thema for thema, _ in coverage.empty)
    thinnest = [thema for thema, _ in empty.most_common(3)]
    summary = (
        f"Van de {number(total)} combinaties van thema en beroep hebben er {number(filled)} een of meer vindplaatsen"
        f" en {number(total - filled)} geen. De meeste lege vakjes hebben {_listed(thinnest)}."
    )
    rows: tuple[Row, ...] = tuple(
        (thema, *(coverage.counts.get((thema, beroep), 0) for beroep in coverage.beroepen)) for thema in coverage.themas
    )
    svg = picture("dekking", title, summary, _matrix(coverage))
    return Chart("dekking", title, summary, svg, ("Thema", *coverage.beroepen), rows)


def _matrix(coverage: Coverage) -> Drawing:
    left, top, cell = 178, 176, 17
    shapes: dict[int, list[str]] = {}
    for row, thema in enumerate(coverage.themas):
        for column, beroep in enumerate(coverage.beroepen):
            level = _level(coverage.counts.get((thema, beroep), 0))
            shapes.setdefault(level, []).append(_cell(left + column * cell, top + row * cell, level))
    parts = [path("".join(cells), f"level-{level}") for level, cells in sorted(shapes.items())]
    parts += [text(left - 8, top + row * cell + 12, t, anchor="end") for row, t in enumerate(coverage.themas)]
    parts += [text(left + at * cell + 12, top - 8, name, turn=-60) for at, name in enumerate(coverage.beroepen)]
    bottom = top + cell * len(coverage.themas) + 16
    x = float(left)
    for level, label in enumerate(("geen", *(label for _, label in _LEVELS))):
        parts += [path(_cell(int(x), bottom, level), f"level-{level}"), text(x + 21, bottom + 12, label)]
        x += 45 + 6.2 * len(label)
    # A slanted name stands out to the right of its column.
    return Drawing(parts, max(left + cell * len(coverage.beroepen) + 70, x), bottom + 24)


def _level(records: int) -> int:
    return sum(records >= least for least, _ in _LEVELS)


def _cell(x: int, y: int, level: int) -> str:
    return f"M{x} {y}h15v15h-15z" if level else f"M{x + 6} {y + 6}h3v3h-3z"


def years_chart(overview: Overview) -> Chart:
    """Return how many publications each of the largest publishers has per year, as circles with that area."""
    title, years = "Publicaties per jaar en uitgever", overview.years
    undated = sum(source.publications for source in overview.sources) - sum(years.values())
    told = f"Van {count(undated, 'publicatie', 'publicaties')} is het jaar onbekend."
    if years:
        peak = max(years, key=lambda year: years[year])
        range_ = f"De publicaties met een jaar zijn van {min(years)} tot en met {max(years)}"
        told = f"{range_}; de meeste ({years[peak]}) van {peak}. {told}"
    spans = _spans(years)
    rows: tuple[Row, ...] = tuple(
        (name, *(sum(found.get(year, 0) for year in span) for span in spans.values()))
        for name, found in {"alle uitgevers": years, **_largest(overview.sources)}.items()
    )
    svg = picture("jaren", title, told, _bubbles(list(spans), rows))
    return Chart("jaren", title, told, svg, ("Uitgever", *spans), rows)


def _spans(years: Mapping[int, int]) -> dict[str, range]:
    """Return the columns: every year, what is older than the last so many together."""
    if not years:
        return {}
    first, last = min(years), max(years)
    start = max(first, last - _MOST_YEARS + 1)
    older = {f"t/m {start - 1}": range(first, start)} if first < start else {}
    return older | {str(year): range(year, year + 1) for year in range(start, last + 1)}


def _largest(sources: Iterable[Source]) -> dict[str, Mapping[int, int]]:
    dated = [source for source in sources if source.years]
    rest: Counter[int] = Counter()
    for source in dated[_MOST_SOURCES:]:
        rest.update(source.years)
    named = {source.name or _UNKNOWN: source.years for source in dated[:_MOST_SOURCES]}
    return named | ({_OTHERS: rest} if rest else {})


def _bubbles(columns: Sequence[str], rows: Sequence[Row]) -> Drawing:
    top, step, height = 52, 40, 30
    width = _LEFT + step * len(columns) + 30
    largest = max((int(value) for row in rows for value in row[1:]), default=1) or 1
    parts = [text(_LEFT + step * (at + 0.5), top - 14, label, "small", turn=-45) for at, label in enumerate(columns)]
    for place, (name, *values) in enumerate(rows):
        y = top + height * (place + 0.5)
        parts += [
            line(_LEFT - 4, y, width - 26, y, "grid"),
            text(_LEFT - 12, y + 4, shortened(str(name)), anchor="end"),
        ]
        for at, value in enumerate(map(int, values)):
            x, radius = _LEFT + step * (at + 0.5), 2 + 12 * (value / largest) ** 0.5
            if value:
                parts += [circle(x, y, radius, "mark"), _beside(x, y, radius, str(value))]
    return Drawing(parts, width, top + height * len(rows) + 6)


def _beside(x: float, y: float, radius: float, value: str) -> Markup:
    """Return a number inside its circle, or beside a circle that is too small for it."""
    if radius >= 4.5 + 2 * len(value):
        return text(x, y + 4, value, "on", anchor="middle")
    return text(x + radius + 2, y + 4, value, "small")


def freshness_chart(overview: Overview, year: int) -> Chart:
    """Return from when to when the publications of the largest publishers are, beside the limit of five years."""
    title = "Hoe vers de bronnen zijn"
    dated = [source for source in overview.sources if source.years]
    old = sum(_old(source, year) for source in dated)
    latest = max((source.last_added for source in overview.sources), default=None)
    summary = (
        f"Van de {count(sum(overview.years.values()), 'publicatie', 'publicaties')} met een jaar zijn er {number(old)}"
        f" ouder dan vijf jaar. Het laatst kwam er iets bij op {dutch_date(str(latest)) if latest else '– (leeg)'}."
    )
    columns = ("Uitgever", "Publicaties", "Oudste", "Nieuwste", "Ouder dan vijf jaar", "Jaar onbekend", "Laatst erbij")
    rows = tuple(_age(source, year) for source in overview.sources[: 4 * _MOST_SOURCES])
    svg = picture("versheid", title, summary, _ranges(dated[: _MOST_SOURCES + 4], year))
    return Chart("versheid", title, summary, svg, columns, rows)


def _old(source: Source, year: int) -> int:
    return sum(total for published, total in source.years.items() if year - published > OLD_AFTER_YEARS)


def _age(source: Source, year: int) -> Row:
    unknown = source.publications - sum(source.years.values())
    ends: tuple[int | str, int | str] = (min(source.years), max(source.years)) if source.years else ("–", "–")
    name = source.name or _UNKNOWN
    return (name, source.publications, *ends, _old(source, year), unknown, str(source.last_added))


def _ranges(sources: Sequence[Source], year: int) -> Drawing:
    top, height, width = 34, 26, 820
    first = min((min(source.years) for source in sources), default=year - 10)
    scale = (width - _LEFT - 64) / max(year - first, 1)

    def at(published: float) -> float:
        return _LEFT + 12 + (published - first) * scale

    bottom = top + height * len(sources)
    limit = max(at(year - OLD_AFTER_YEARS - 0.5), _LEFT)
    parts = [bar(_LEFT, top - 6, limit - _LEFT, bottom - top + 8, "past")]
    parts.append(
        text(limit - 6, top - 12, f"ouder dan vijf jaar: vóór {year - OLD_AFTER_YEARS}", "small", anchor="end")
    )
    for place, source in enumerate(sources):
        y, low, high = top + height * (place + 0.5), min(source.years), max(source.years)
        parts.append(text(_LEFT - 12, y + 4, shortened(source.name or _UNKNOWN), anchor="end"))
        parts.append(line(at(low), y, at(high), y, "range"))
        parts += [circle(at(published), y, 3, "dim") for published in source.years if published != high]
        parts += [circle(at(high), y, 6, "mark"), text(at(high) + 11, y + 4, str(high), "small")]
    return Drawing(parts, width, bottom + 8)


def map_chart(points: Sequence[Point]) -> Chart:
    """Return the map of the collection; a point leads to its publication, the table has the same links."""
    title, themes = "Kaart van de collectie", _by_theme(points)
    summary = (
        f"{count(len(points), 'publicatie', 'publicaties')}; wat op elkaar lijkt, ligt bij elkaar."
        f" De grootste groepen zijn {_listed(list(themes)[:3])}. De assen hebben geen betekenis."
    )
    ordered = sorted(points, key=lambda point: (point.themes[:1], point.title))
    rows = tuple((_title(point), kind_label(point.kind), ", ".join(point.themes[:3])) for point in ordered)
    # What has links in it is no picture to a screen reader but a group of them.
    svg = picture("kaart", title, summary, _scatter(points, themes), role="group")
    links = tuple(f"/publicatie/{point.document_id}" for point in ordered)
    return Chart("kaart", title, summary, svg, ("Publicatie", "Soort", "Thema’s"), rows, links)


def _by_theme(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Return the points of each theme, only the first two of a point, the largest theme first."""
    themes: dict[str, list[Point]] = {}
    for point in points:
        for theme in point.themes[:2]:
            themes.setdefault(theme, []).append(point)
    return dict(sorted(themes.items(), key=lambda entry: -len(entry[1])))


def _title(point: Point) -> str:
    return point.title or "Zonder titel"


def _scatter(points: Sequence[Point], themes: Mapping[str, list[Point]]) -> Drawing:
    width, height, edge = 1000, 760, 26

    def place(x: float, y: float) -> tuple[float, float]:
        return edge + x * (width - 2 * edge), edge + y * (height - 2 * edge - 40)

    parts = [_link(*place(point.x, point.y), point) for point in points]
    taken: list[tuple[float, float, float]] = []
    for theme, found in themes.items():
        x, y = place(median(point.x for point in found), median(point.y for point in found))
        half = 4 * len(theme) + 6
        x = min(max(x, half), width - half)
        apart = all(abs(x - other_x) > half + other or abs(y - other_y) > 19 for other_x, other_y, other in taken)
        if apart and len(found) >= _FEWEST_LABELLED and len(taken) < _MOST_LABELS:
            taken.append((x, y, half))
            parts.append(text(x, y, theme, "label", anchor="middle"))
    x = float(edge)
    for name, (label, _) in _SHAPES.items():
        parts += [_marker(x, height - 16, name), text(x + 14, height - 12, label)]
        x += 50 + 7 * len(label)
    return Drawing(parts, width, height)


def _link(x: float, y: float, point: Point) -> Markup:
    name = next((name for name, (_, kinds) in _SHAPES.items() if point.kind in kinds), "overig")
    # Hundreds of stops would keep the keyboard from the table, which has the same links.
    link = Markup('<a href="/publicatie/{}" tabindex="-1"><title>{}</title>{}</a>')
    return link.format(point.document_id, _title(point), _marker(x, y, name))


def _marker(x: float, y: float, name: str) -> Markup:
    return path(f"M{x:.1f} {y:.1f}{_OUTLINES[name]}", f"shape-{name}")


def why_chart(hits: Sequence[Hit]) -> Chart:
    """Return for each hit how much it shares with the question: its words, and the likeness of the whole text."""
    title, left, height = "Waarom deze resultaten", 330, 38
    summary = (
        "Per resultaat: hoe sterk de woorden van de vraag erin staan, en hoe sterk de hele tekst erop lijkt,"
        " vergeleken met het beste resultaat."
    )
    rows: tuple[Row, ...] = tuple(
        (f"{hit.rank}. {hit.item_title or hit.title or 'Zonder titel'}", *map(strength, _scores(hit.why)))
        for hit in hits
    )
    parts: list[Markup] = []
    for place, (hit, row) in enumerate(zip(hits, rows, strict=True)):
        parts.append(text(left - 12, 25 + place * height, shortened(str(row[0]), 48), anchor="end"))
        parts += _bars(left, 8 + place * height, hit.why)
    svg = picture("waarom", title, summary, Drawing(parts, left + 300, 16 + height * len(hits)))
    return Chart("waarom", title, summary, svg, ("Resultaat", "Woorden", "Gelijkenis"), rows)


def why_bars(why: Why) -> Markup:
    """Return the two bars of one hit, for beside the sentences that say the same."""
    picture_ = Markup('<svg class="chart" viewBox="0 0 290 30" width="290" height="30" aria-hidden="true">{}</svg>')
    return picture_.format(joined(_bars(0, 0, why)))


def _scores(why: Why) -> tuple[float, float]:
    return why.lexical, why.semantic


def _bars(x: float, y: float, why: Why) -> list[Markup]:
    parts = []
    for place, (label, score) in enumerate(zip(("woorden", "gelijkenis"), _scores(why), strict=True)):
        at = y + 16 * place
        parts += [text(x + 62, at + 10, label, "small", anchor="end"), bar(x + 70, at + 2, 120, 9, "track")]
        parts += [bar(x + 70, at + 2, 120 * min(max(score, 0), 1), 9, "mark")]
        parts.append(text(x + 198, at + 10, strength(score), "small"))
    return parts


def standalone(chart: Chart) -> str:
    """Return the chart as an SVG file of its own, with its colours in it."""
    style = (Path(__file__).parent / "static" / "grafiek.css").read_text("utf-8")
    # A colour of the page, or this one: away from the page it is this one.
    style = re.sub(r"var\(--[\w-]+, ([^()]+)\)", r"\1", style)
    head, rest = chart.svg.split(">", 1)
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{style}</style>{rest}\n'


def _listed(names: Sequence[str]) -> str:
    *first, last = names or ["(geen)"]
    return f"{', '.join(first)} en {last}" if first else last
