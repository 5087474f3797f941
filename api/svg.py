"""The few shapes that charts are made of, as escaped SVG. Colours come from the class names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup

LONGEST = 30


class Drawing(NamedTuple):
    """Shapes, and the size of what they are drawn on, in pixels."""

    parts: list[Markup]
    width: float
    height: float


def text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start", turn: int = 0) -> Markup:
    """Return words at a place; `anchor` is start, middle or end, `turn` is in degrees."""
    turned = Markup(' transform="rotate({} {} {})"').format(turn, _short(x), _short(y)) if turn else ""
    named = Markup(' class="{}"').format(kind) if kind else ""
    placed = Markup(' text-anchor="{}"').format(anchor) if anchor != "start" else ""
    shape = Markup('<text x="{}" y="{}"{}{}{}>{}</text>')
    return shape.format(_short(x), _short(y), named, placed, turned, words)


def path(shape: str, kind: str) -> Markup:
    """Return a path."""
    return Markup('<path class="{}" d="{}"/>').format(kind, shape)


def line(x: float, y: float, to_x: float, to_y: float, kind: str) -> Markup:
    """Return a straight line."""
    return path(f"M{_short(x)} {_short(y)}L{_short(to_x)} {_short(to_y)}", kind)


def circle(x: float, y: float, radius: float, kind: str) -> Markup:
    """Return a circle."""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(kind, *map(_short, (x, y, radius)))


def bar(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """Return a rectangle."""
    sizes = map(_short, (x, y, width, height))
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(kind, *sizes)


def picture(name: str, title: str, summary: str, drawing: Drawing, role: str = "img") -> Markup:
    """Return the SVG with its title and its description for who does not see it."""
    return Markup(
        '<svg class="chart" role="{role}" aria-labelledby="{name}-titel {name}-tekst"'
        ' viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        '<title id="{name}-titel">{title}</title><desc id="{name}-tekst">{summary}</desc>{body}</svg>'
    ).format(
        role=role,
        name=name,
        title=title,
        summary=summary,
        width=_short(drawing.width),
        height=_short(drawing.height),
        body=joined(drawing.parts),
    )


def joined(parts: Iterable[Markup]) -> Markup:
    """Return the shapes after each other."""
    return Markup("").join(parts)


def shortened(words: str, longest: int = LONGEST) -> str:
    """Return the words, cut with an ellipsis where there are too many letters."""
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
