"""Lines that are drawn on a PDF page: what sets the cells of a table apart."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_THIN = 3.0  # points; a filled rectangle thinner than this is a line


class Rule(NamedTuple):
    """A drawn line or the edge of a drawn rectangle, horizontal or vertical; points, y down from the top."""

    x0: float
    y0: float
    x1: float
    y1: float


def read_rules(
    pdfium: Any,  # noqa: ANN401 - pypdfium2 ships no types
    page: Any,  # noqa: ANN401
    place: Callable[[float, float], tuple[float, float]],
) -> Iterator[Rule]:
    """Yield the straight lines that are drawn on a page, and the edges of its outlined rectangles.

    Areas that are only filled say nothing: word processors shade every line of a cell by itself.

    Args:
        pdfium: the module `pypdfium2.raw`.
        page: PDFium's handle of the page.
        place: from PDF space to (x, y) as seen, y down from the top.
    """
    get, kind, path = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_PATH
    bounds = [ctypes.c_float() for _ in range(4)]
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        shape = get(page, index)
        if kind(shape) != path:
            continue
        pdfium.FPDFPageObj_GetBounds(shape, *bounds)
        left, bottom, right, top = (value.value for value in bounds)
        (xa, ya), (xb, yb) = place(left, top), place(right, bottom)
        x0, x1, y0, y1 = min(xa, xb), max(xa, xb), min(ya, yb), max(ya, yb)
        if min(x1 - x0, y1 - y0) <= _THIN:
            yield _straight(x0, y0, x1, y1)
        elif _outlined(pdfium, shape):
            for edge in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
                yield Rule(*edge)


def _outlined(pdfium: Any, shape: Any) -> bool:  # noqa: ANN401
    """Tell whether a path is a rectangle with a drawn outline."""
    fill, drawn = ctypes.c_int(), pdfium.FPDF_BOOL()
    pdfium.FPDFPath_GetDrawMode(shape, fill, drawn)
    return bool(drawn) and pdfium.FPDFPath_CountSegments(shape) <= 5


def _straight(x0: float, y0: float, x1: float, y1: float) -> Rule:
    """Return a thin rectangle as the line through its middle."""
    if x1 - x0 > y1 - y0:
        return Rule(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
    return Rule((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)
