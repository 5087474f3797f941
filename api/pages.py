"""The pages that people read, in Dutch, rendered on the server."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from pydantic import AfterValidator, ValidationError
from starlette.exceptions import HTTPException
from starlette.templating import Jinja2Templates

from api import begrippen, feeds, linked, programme, record, selection, wording
from api.deps import API_VERSION, Conditional, Current, found_document, found_passage, search
from api.problems import Failure, failure, invalid
from api.schemas import MAX_QUERY, PageRequest, clean
from corpus.errors import SamenwijzerError
from corpus.fragments import source_link
from index.answer import answer
from index.generate import answer_with
from index.results import Hit, Query, Results
from index.search import Searcher

FOLDER = Path(__file__).parent


class Example(NamedTuple):
    """A question that somebody in this role could ask."""

    role: str
    question: str


EXAMPLES = (
    Example("Huisarts", "Hoe helpt de huisartsenpraktijk patiënten met schulden?"),
    Example("POH-jeugd", "Hoe werkt een POH-jeugd samen met school en wijkteam?"),
    Example("POH-GGZ", "Wat vraagt het verkennend gesprek van de huisarts en de POH-GGZ?"),
    Example("Wijkteammedewerker", "Hoe verdelen wijkteam en Welzijn op Recept het werk?"),
    Example("Beleidsmedewerker", "Hoe spreken gemeente en zorgverzekeraar samen hun inkoop af?"),
    Example("Wijkverpleegkundige", "Wat spreken huisarts en wijkverpleging af over kwetsbare ouderen?"),
)

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


def templates(
    build: str, contact_email: str, repository_url: str | None, sums_up: str | None = None
) -> Jinja2Templates:
    """Return the templates, with escaping on for all of them and a version in the address of static files.

    `sums_up` is the name of the language model that readers may ask to sum up an answer.
    """
    from jinja2 import FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        wording=wording,
        selection=selection,
        begrippen=begrippen,
        build=build,
        api_version=API_VERSION,
        contact_email=contact_email,
        repository_url=repository_url,
        sums_up=sums_up,
        feed_address=feeds.address,
        day_of=programme.day_of,
        linked_data=linked.about,
    )
    return Jinja2Templates(env=environment)


def _render(request: Request, name: str, status: int = 200, **context: object) -> Response:
    pages: Jinja2Templates = request.app.state.templates
    return pages.TemplateResponse(request, name, {"q": "", "json_twin": None, **context}, status)


@router.get("/")
def home(request: Request, current: Conditional) -> Response:
    """The question box, examples and what the collection holds."""
    return _render(request, "home.html", examples=EXAMPLES, manifest=current.manifest, json_twin="/v1/publicaties")


@router.get("/zoek")
def results(request: Request, current: Conditional) -> Response:
    """The results page; all of its state is in the address."""
    wanted = _wanted(request)
    found = search(request, current, wanted.query())
    words_out, words_back = selection.toggled_words(wanted, found.added)
    previous, following = selection.turned(wanted, found.total)
    asked = bool(wanted.q) and not wanted.offset
    return _render(
        request,
        "search.html",
        q=wanted.q,
        filters=selection.filter_pairs(wanted),
        results=found,
        topics=_topics(current, found),
        explained=begrippen.asked(wanted.q) if asked else None,
        answer=answer(current, wanted.q, wanted.filters()) if asked else None,
        manifest=current.manifest,
        groups=selection.groups(wanted, found.facets),
        chips=selection.chips(wanted),
        words_out=words_out,
        words_back=words_back,
        previous=previous,
        following=following,
        wider=_wider(request, current, wanted, found),
        json_twin=selection.json_twin(wanted),
    )


def _wanted(request: Request) -> PageRequest:
    pairs = [(key, value) for key, value in request.query_params.multi_items() if value.strip()]
    try:
        return selection.from_pairs(pairs)
    except ValidationError as exc:
        raise invalid(exc.errors(include_url=False)) from exc


@router.get("/samenvatting")
def summary(request: Request, current: Current) -> Response:
    """The answer to a question, summed up by the language model that this server was started with."""
    wanted = _wanted(request)
    if request.app.state.generator is None or not wanted.q:
        raise Failure(404, "Deze server vat niets samen. Zoek, en lees wat de bronnen zelf zeggen.")
    return _render(
        request,
        "summary.html",
        q=wanted.q,
        filters=selection.filter_pairs(wanted),
        answer=answer_with(request.app.state.generator, current, wanted.q, wanted.filters()),
        back=selection.url(wanted.pairs()),
    )


def _topics(current: Searcher, found: Results) -> list[selection.Choice]:
    """Return themes to go on with: those of the results, or the largest ones where there are none."""
    themes = found.facets.get("thema") or current.search(Query("", 1)).facets["thema"]
    return [selection.Choice(theme, n, selection.url([("thema", theme)])) for theme, n in themes[:6]]


def _wider(
    request: Request, current: Searcher, wanted: PageRequest, found: Results
) -> list[tuple[selection.Chip, int]]:
    """Return, for a search without results, the filters whose removal gives some, with how many."""
    if found.hits:
        return []
    tried = ((c, search(request, current, c.without.query()).total) for c in selection.chips(wanted)[:8])
    return sorted(((chip, total) for chip, total in tried if total), key=lambda pair: -pair[1])


@router.get("/publicatie/{id}")
def publication(request: Request, current: Conditional, id: str) -> Response:
    """The record page of a publication."""
    document = found_document(current, id)
    related = current.related(document)
    return _render(
        request,
        "record.html",
        document=document,
        parts=record.parts(document),
        ordered_fields=record.ordered_fields,
        related=related,
        similar=_similar(current, document.passages[0].id, {other.id for other in related})
        if document.passages
        else (),
        citation=wording.citation(document.publisher, document.year, document.title, document.url),
        manifest=current.manifest,
        snapshot=current.snapshot_id,
        json_twin=f"/v1/publicaties/{document.id}",
    )


@router.get("/passage/{id}")
def passage(request: Request, current: Conditional, id: str) -> Response:
    """The permalink of a passage: what it says, what stands around it, and how to cite it."""
    wanted, document = found_passage(current, id)
    around = [p for p in document.passages if abs(p.order - wanted.order) <= 1]
    return _render(
        request,
        "passage.html",
        document=document,
        passage=wanted,
        around=around,
        item=document.item(wanted.item_id),
        similar=_similar(current, wanted.id),
        citation=wording.passage_citation(wanted, document),
        link=source_link(document.url, wanted.page, wanted.text_fragment),
        snapshot=current.snapshot_id,
        json_twin=f"/v1/passages/{wanted.id}",
    )


def _similar(current: Searcher, passage_id: str, shown: Collection[str] = ()) -> list[Hit]:
    return [hit for hit in current.similar(passage_id, 4 + len(shown)) if hit.document_id not in shown][:4]


@router.get(begrippen.PATH)
def terms(
    request: Request,
    current: Conditional,
    q: Annotated[str, Parameter(max_length=MAX_QUERY), AfterValidator(clean)] = "",
) -> Response:
    """The words of the field, all of them or those that have a name with `q` in it."""
    found = begrippen.matching(q)
    return _render(
        request,
        "terms.html",
        wanted=q,
        total=len(found),
        letters=begrippen.by_letter(found),
        json_twin=selection.url([("q", q)] if q else [], "/v1/begrippen"),
    )


@router.get("/over")
def about(request: Request, current: Conditional) -> Response:
    """What this is, how it works and what it does not do."""
    return _render(
        request, "about.html", manifest=current.manifest, snapshot=current.snapshot_id, json_twin="/v1/openapi.json"
    )


async def error_page(request: Request, exc: Exception) -> Response:
    """Return a page that says what went wrong and what to do."""
    told = failure(exc)
    if told.status_code == 304:
        return Response(status_code=304)
    page = _render(request, "error.html", told.status_code, failure=told)
    page.headers.update(told.headers or {})
    return page


ERRORS = (RequestValidationError, HTTPException, SamenwijzerError, Exception)
