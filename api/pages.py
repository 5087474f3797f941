"""The pages to search on: home, results, suggestions and begrippen. All pages are Dutch, rendered on the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import AfterValidator, ValidationError

from api import begrippen, collection, reading, selection, themes, wording
from api.deps import Conditional, Current, search
from api.problems import Failure, invalid
from api.rendering import ERRORS, FOLDER, HOUSE_STYLE, error_page, render, templates
from api.schemas import MAX_QUERY, PageRequest, clean
from corpus.taxonomy import taxonomy
from index.answer import answer
from index.generate import answer_with
from index.live import Live
from index.results import Query, Results
from index.search import Searcher
from index.suggest import beside, corrected, suggestions, wider

__all__ = ["ERRORS", "FOLDER", "HOUSE_STYLE", "error_page", "router", "templates"]

# Questions that somebody in this role could ask, and that the collection which ships can answer.
EXAMPLES = {
    "Huisarts": (
        "Hoe helpt de huisartsenpraktijk patiënten met schulden?",
        "Wat vraagt het verkennend gesprek van de huisarts en de POH-GGZ?",
        "Wat spreken huisarts en wijkverpleging af over kwetsbare ouderen?",
        "Hoe herkent de huisarts patiënten met een licht verstandelijke beperking?",
        "Hoe werkt een PaTz-groep?",
        "Hoe bespreekt de huisarts alcohol met ouderen?",
    ),
    "POH-jeugd": (
        "Hoe werkt een POH-jeugd samen met school en wijkteam?",
        "Wat doet een POH-jeugd in een gesprek?",
        "Hoe pakken jeugdarts en school ziekteverzuim van leerlingen aan?",
        "Welke hulp is er voor kinderen met overgewicht?",
        "Hoe werken huisarts en jeugdteam samen in Zaanstad?",
        "Wat doet de huisarts bij vermoedens van kindermishandeling?",
    ),
    "Wijkteam": (
        "Hoe verdelen wijkteam en Welzijn op Recept het werk?",
        "Hoe verwijst de huisarts via ZorgDomein naar het wijkteam?",
        "Hoe werken wijkteam en wijkverpleegkundige samen?",
        "Wat doet een meldpunt voor onbegrepen gedrag?",
        "Wat werkt in multiprobleemgezinnen?",
        "Waar leren mensen die laaggeletterd zijn beter lezen?",
    ),
    "Beleidsmedewerker": (
        "Hoe spreken gemeente en zorgverzekeraar samen hun inkoop af?",
        "Welke stappen kent de ketenaanpak valpreventie?",
        "Welke pijlers heeft een lokale aanpak van eenzaamheid?",
        "Wie betaalt een leefstijlloket?",
        "Wat staat er in een regioplan?",
        "Wat kan een regio doen aan het tekort aan huisartsen?",
    ),
}
SHOWN, NEAR, TOPICS = 3, 4, 7
Asked = Annotated[str, Parameter(max_length=MAX_QUERY), AfterValidator(clean)]

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
router.include_router(reading.router)
router.include_router(collection.router)


def addresses() -> list[str]:
    """Return the pages of this server that may be listed; records come on top of them."""
    fixed = ["/", "/thema", "/begrippen", "/status", "/kaart", "/over", "/toegankelijkheid"]
    themed = [themes.href(entry.label) for entry in taxonomy().themas]
    return [*fixed, *themed, *(begrippen.href(begrip.term) for begrip in begrippen.by_slug().values())]


@router.get("/")
def home(request: Request, current: Conditional) -> Response:
    """The question box, examples and what the collection holds."""
    return render(request, "home.html", examples=EXAMPLES, manifest=current.manifest, json_twin="/v1/publicaties")


@router.get("/zoek")
def results(request: Request, current: Conditional) -> Response:
    """The results page; all of its state is in the address."""
    wanted = _wanted(request)
    query = wanted.query()
    found = search(request, current, query)
    words_out, words_back = selection.toggled_words(wanted, found.added)
    previous, following = selection.turned(wanted, found.total)
    asked = bool(wanted.q) and not wanted.offset
    said = answer(current, wanted.q, wanted.filters()) if asked else None
    newer = wanted.new_since()
    return render(
        request,
        "search.html",
        q=wanted.q,
        filters=selection.filter_pairs(wanted),
        wanted=wanted,
        results=found,
        answer=said,
        better=selection.asked_as(wanted, corrected(current, wanted.q)),
        explained=begrippen.asked(wanted.q) if asked else None,
        groups=selection.groups(wanted, found.facets, beside(current, query, found.facets)),
        chips=selection.chips(wanted),
        words_out=words_out,
        words_back=words_back,
        topics=_topics(current, wanted, found) if asked and said and said.status == "none" else (),
        fewer=_fewer(current, wanted, found),
        newer=search(request, current, newer).total if newer else None,
        sources=wording.numbered_sources((*(said.sentences if said else ()), *found.hits)),
        manifest=current.manifest,
        previous=previous,
        following=following,
        json_twin=selection.json_twin(wanted),
    )


def _wanted(request: Request) -> PageRequest:
    """Read the search in the address.

    Raises:
        Failure: 400, a value is not what it should be.
    """
    try:
        return selection.from_pairs(request.query_params.multi_items())
    except ValidationError as exc:
        raise invalid(exc.errors(include_url=False)) from exc


@router.get("/samenvatting")
def summary(request: Request, current: Current) -> Response:
    """The answer to a question, summed up by the language model that this server was started with."""
    wanted = _wanted(request)
    if request.app.state.generator is None or not wanted.q:
        raise Failure(404, "Deze server vat niets samen. Zoek, en lees wat de bronnen zelf zeggen.")
    found = answer_with(request.app.state.generator, current, wanted.q, wanted.filters())
    return render(
        request,
        "summary.html",
        q=wanted.q,
        filters=selection.filter_pairs(wanted),
        answer=found,
        sources=wording.numbered_sources(found.sentences),
        snapshot=current.snapshot_id,
        back=selection.url(wanted.pairs()),
    )


def _topics(current: Searcher, wanted: PageRequest, found: Results) -> list[selection.Choice]:
    """Return subjects to go on with: themes of the results, wider ones than the question's, and the largest."""
    totals = dict(current.search(Query("", 0)).facets["thema"])
    near = [theme for theme, _ in found.facets["thema"]][:NEAR]
    themed = [selection.Choice(theme, totals[theme], selection.url([("thema", theme)])) for theme in (*near, *totals)]
    broader = [selection.Choice(w.label, w.total, selection.of_query(w.query)) for w in wider(current, wanted.query())]
    chosen: dict[str, selection.Choice] = {}
    for choice in (*themed[: len(near)], *broader, *themed[len(near) :]):
        chosen.setdefault(choice.label, choice)
    return list(chosen.values())[:TOPICS]


def _fewer(current: Searcher, wanted: PageRequest, found: Results) -> list[tuple[selection.Chip, int]]:
    """Return, for a search without results, the filters whose removal gives some, with how many."""
    if found.hits:
        return []
    chips = selection.chips(wanted)[:8]
    tried = ((chip, current.search(replace(chip.without.query(), k=0)).total) for chip in chips)
    return sorted(((chip, total) for chip, total in tried if total), key=lambda pair: -pair[1])


@router.get(f"/{HOUSE_STYLE}")
def house_style(request: Request) -> Response:
    """The style of who serves this, from the folder of the knowledge base."""
    live: Live = request.app.state.live
    path = live.kb / HOUSE_STYLE
    if not path.is_file():
        raise Failure(404, "Deze server heeft geen eigen stijl.")
    return FileResponse(path, media_type="text/css")


@router.get("/suggesties")
def suggested(request: Request, current: Conditional, q: Asked = "") -> Response:
    """The suggestions for what is typed so far, for the script of the question box."""
    return render(request, "suggestions.html", suggestions=suggestions(current, q))


@router.get(begrippen.PATH)
def terms(request: Request, current: Conditional, q: Asked = "") -> Response:
    """The words of the field, all of them or those that have a name with `q` in it."""
    found = begrippen.matching(q)
    return render(
        request,
        "terms.html",
        wanted=q,
        total=len(found),
        letters=begrippen.by_letter(found),
        json_twin=selection.url([("q", q)] if q else [], "/v1/begrippen"),
    )


@router.get(f"{begrippen.PATH}/{{slug}}")
def term(request: Request, current: Conditional, slug: str) -> Response:
    """One word of the field: what it means, what else it is called, and how much there is about it."""
    begrip = begrippen.by_slug().get(slug)
    if begrip is None:
        raise Failure(404, "Dit begrip staat niet in de lijst; op /begrippen staat wat er wel in staat.")
    return render(
        request,
        "term.html",
        term=begrip,
        found=current.search(Query(begrip.term, SHOWN)),
        json_twin=f"/v1/begrippen/{slug}",
    )
