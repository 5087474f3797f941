"""The pages about the collection: themes, its state in charts, what this is and how accessible it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api import charts, themes
from api.deps import Conditional
from api.problems import Failure
from api.rendering import render
from corpus.taxonomy import Entry, taxonomy
from index.atlas import atlas
from index.overview import overview
from index.results import Query
from index.search import Searcher

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/thema")
def theme_list(request: Request, current: Conditional) -> Response:
    """All themes, with what they are about and how much there is."""
    return render(request, "themes.html", themes=themes.listed(current), json_twin="/thema/gegevens")


@router.get("/thema/gegevens")
def theme_list_data(current: Conditional) -> JSONResponse:
    """The themes as JSON."""
    return JSONResponse({"themas": [theme._asdict() for theme in themes.listed(current)]})


@router.get("/thema/{slug}")
def theme(request: Request, current: Conditional, slug: str) -> Response:
    """The page of one theme: the best supported first, who it is for, and what is missing."""
    entry = _theme(slug)
    return render(
        request,
        "theme.html",
        theme=entry,
        found=themes.contents(current, entry),
        snapshot=current.snapshot_id,
        json_twin=f"/thema/{slug}/gegevens",
    )


@router.get("/thema/{slug}/gegevens")
def theme_data(current: Conditional, slug: str) -> JSONResponse:
    """One theme as JSON."""
    return JSONResponse(themes.as_json(themes.contents(current, _theme(slug)), _theme(slug)))


def _theme(slug: str) -> Entry:
    entry = next((entry for entry in taxonomy().themas if entry.slug == slug), None)
    if entry is None:
        raise Failure(404, "Dit thema is er niet; op /thema staan ze allemaal.")
    return entry


@router.get("/status")
def status(request: Request, current: Conditional) -> Response:
    """The state of the collection: what there is for whom, from when and from whom."""
    kinds = current.search(Query("", 0)).facets["kind"]
    return render(
        request,
        "status.html",
        charts=_charts(current),
        kinds=kinds,
        manifest=current.manifest,
        snapshot=current.snapshot_id,
        json_twin="/status/gegevens",
    )


@router.get("/status/gegevens")
def status_data(current: Conditional) -> JSONResponse:
    """The charts of the collection as numbers."""
    drawn = [*_charts(current), charts.map_chart(atlas(current.snapshot))]
    return JSONResponse({"snapshot": current.snapshot_id, "grafieken": [_numbers(chart) for chart in drawn]})


@router.get("/kaart")
def chart_map(request: Request, current: Conditional) -> Response:
    """The map of the collection."""
    chart = charts.map_chart(atlas(current.snapshot))
    total = current.manifest.documents
    return render(
        request, "map.html", chart=chart, total=total, snapshot=current.snapshot_id, json_twin="/status/gegevens"
    )


def _charts(current: Searcher) -> list[charts.Chart]:
    seen = overview(current.snapshot)
    return [
        charts.coverage_chart(seen.coverage),
        charts.years_chart(seen),
        charts.freshness_chart(seen, date.today().year),
    ]


def _numbers(chart: charts.Chart) -> dict[str, Any]:
    return {
        "naam": chart.name,
        "titel": chart.title,
        "samenvatting": chart.summary,
        "kolommen": chart.columns,
        "rijen": chart.rows,
    }


@router.get("/over")
def about(request: Request, current: Conditional) -> Response:
    """What this is, how it works and what it does not do."""
    return render(
        request, "about.html", manifest=current.manifest, snapshot=current.snapshot_id, json_twin="/v1/openapi.json"
    )


@router.get("/toegankelijkheid")
def accessibility(request: Request, current: Conditional) -> Response:
    """The accessibility statement, for a host to complete."""
    return render(request, "accessibility.html", json_twin="/v1/openapi.json")
