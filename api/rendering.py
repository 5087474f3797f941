"""From a template to a page, and from an error to a page that says what to do."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.templating import Jinja2Templates

from api import begrippen, charts, feeds, linked, programme, record, selection, themes, wording
from api.deps import API_VERSION
from api.problems import failure, problem_details
from corpus.errors import SamenwijzerError

FOLDER = Path(__file__).parent
HOUSE_STYLE = "huisstijl.css"
ERRORS = (RequestValidationError, HTTPException, SamenwijzerError, Exception)


def templates(
    build: str,
    contact_email: str,
    repository_url: str | None,
    sums_up: str | None = None,
    house_style: str | None = None,
) -> Jinja2Templates:
    """Return the templates, with escaping on for all of them and a version in the address of static files.

    `sums_up` is the name of the language model that readers may ask to sum up an answer. With a `house_style` (CSS) the
    pages ask for that too; it overrides the custom properties of `static/stijl.css`.
    """
    from jinja2 import FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        auto_reload=False,  # an upgrade under a running server is for the next start
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        wording=wording,
        selection=selection,
        begrippen=begrippen,
        record=record,
        charts=charts,
        themes=themes,
        build=build,
        api_version=API_VERSION,
        contact_email=contact_email,
        repository_url=repository_url,
        sums_up=sums_up,
        house_style=house_style,
        feed_address=feeds.address,
        day_of=programme.day_of,
        linked_data=linked.about,
    )
    return Jinja2Templates(env=environment)


def render(request: Request, name: str, status: int = 200, **context: object) -> Response:
    """Return the page; `json_twin` in the context is where the same is to be had as JSON."""
    pages: Jinja2Templates = request.app.state.templates
    return pages.TemplateResponse(request, name, {"q": "", "json_twin": None, **context}, status)


async def error_page(request: Request, exc: Exception) -> Response:
    """Return a page that says what went wrong and what to do."""
    told = failure(exc)
    if told.status_code == 304:
        return Response(status_code=304)
    if request.scope["path"].startswith("/v1/"):  # an address so odd that it never got to the API
        return problem_details(request.scope["path"], told)
    page = render(request, "error.html", told.status_code, failure=told)
    page.headers.update(told.headers or {})
    return page
