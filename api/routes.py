"""The routes of /v1, by the Dutch API Design Rules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from api import begrippen
from api.deps import Conditional, Current, found_document, found_passage, search
from api.problems import Failure
from api.schemas import (
    MAX_LIMIT,
    MAX_QUERY,
    AnswerResponse,
    FacetValue,
    HitModel,
    PassageModel,
    PassageResponse,
    Problem,
    PublicationList,
    PublicationSummary,
    QuestionRequest,
    Searched,
    SearchRequest,
    SearchResponse,
    SimilarResponse,
)
from api.wording import passage_citation
from corpus import document as documents
from corpus.document import Document, from_json
from corpus.fragments import source_link
from index.answer import answer, to_dict
from index.search import Searcher

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Een parameter klopt niet; detail zegt welke en waarom."},
    503: {"model": Problem, "description": "Er is (nog) geen index; detail zegt wat te doen. Zie Retry-After."},
}
MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "Niet in deze momentopname van de collectie."}
}
TOO_LARGE: dict[int | str, dict[str, Any]] = {413: {"model": Problem, "description": "De inhoud is te groot."}}

Id = Annotated[str, Path(description="Een id uit een zoekresultaat.", examples=["714cff6efa74d78d"])]

router = APIRouter(responses=PROBLEMS)


@router.get("/zoekresultaten", summary="Zoek passages", operation_id="zoek", tags=["zoeken"])
def get_results(request: Request, current: Conditional, wanted: Annotated[SearchRequest, Query()]) -> SearchResponse:
    """Zoekt passages. Zet gevoelige tekst niet in een adres: gebruik daarvoor POST."""
    return _results(request, current, wanted)


@router.post(
    "/zoekresultaten", summary="Zoek passages", operation_id="zoekBesloten", tags=["zoeken"], responses=TOO_LARGE
)
def post_results(request: Request, current: Current, wanted: SearchRequest) -> SearchResponse:
    """Dezelfde zoekopdracht, met de tekst in de inhoud: die komt niet in logboeken en geschiedenis terecht."""
    return _results(request, current, wanted)


@router.post(
    "/antwoorden",
    summary="Beantwoord een vraag met citaten",
    operation_id="beantwoord",
    tags=["zoeken"],
    responses=TOO_LARGE,
)
def post_answer(current: Current, wanted: QuestionRequest) -> AnswerResponse:
    """Geeft letterlijke zinnen met bron, of zegt eerlijk dat er niets gevonden is."""
    return AnswerResponse.model_validate(to_dict(answer(current, wanted.question)))


@router.get("/publicaties", summary="Lijst van publicaties", operation_id="publicaties", tags=["publicaties"])
def get_publications(
    current: Conditional,
    limiet: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Aantal publicaties, 1–100.")] = 20,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Aantal om over te slaan.")] = 0,
) -> PublicationList:
    """Geeft de publicaties in de collectie, in vaste volgorde."""
    lines = current.snapshot.documents
    chosen = [from_json(lines[row]) for row in range(offset, min(offset + limiet, len(lines)))]
    return PublicationList(
        publications=[_summary(document) for document in chosen], total=len(lines), limiet=limiet, offset=offset
    )


@router.get(
    "/publicaties/{id}",
    summary="Een publicatie",
    operation_id="publicatie",
    tags=["publicaties"],
    response_model=Document,
    responses=MISSING,
)
def get_publication(current: Conditional, id: Id) -> JSONResponse:
    """Geeft de hele publicatie met onderdelen, items en passages."""
    return JSONResponse(documents.to_dict(found_document(current, id)))


@router.get("/passages/{id}", summary="Een passage", operation_id="passage", tags=["passages"], responses=MISSING)
def get_passage(current: Conditional, id: Id) -> PassageResponse:
    """Geeft een passage met haar bronvermelding."""
    passage, document = found_passage(current, id)
    return PassageResponse(
        passage=PassageModel.model_validate(passage),
        publication=_summary(document),
        citation=passage_citation(passage, document),
        permalink=f"/passage/{passage.id}",
        source_link=source_link(document.url, passage.page, passage.text_fragment),
    )


@router.get(
    "/passages/{id}/vergelijkbaar",
    summary="Passages die hierop lijken",
    operation_id="vergelijkbaar",
    tags=["passages"],
    responses=MISSING,
)
def get_similar(
    current: Conditional,
    id: Id,
    limiet: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Aantal passages, 1–100.")] = 10,
) -> SimilarResponse:
    """Geeft passages uit andere publicaties die in strekking op deze lijken."""
    found_passage(current, id)
    return SimilarResponse(hits=[HitModel.model_validate(hit) for hit in current.similar(id, limiet)])


@router.get("/begrippen", summary="Lijst van begrippen", operation_id="begrippen", tags=["begrippen"])
def get_terms(
    current: Conditional,
    q: Annotated[str, Query(max_length=MAX_QUERY, description="Deel van een naam van het begrip.")] = "",
) -> begrippen.BegripList:
    """Geeft de begrippen in alfabetische volgorde: alle, of die met deze tekst in een van hun namen."""
    found = [begrippen.model(begrip) for begrip in begrippen.matching(q)]
    return begrippen.BegripList(begrippen=found, total=len(found))


@router.get("/begrippen/{id}", summary="Een begrip", operation_id="begrip", tags=["begrippen"], responses=MISSING)
def get_term(
    current: Conditional, id: Annotated[str, Path(description="Id van een begrip.", examples=["welzijn-op-recept"])]
) -> begrippen.BegripModel:
    """Geeft een begrip met zijn andere namen, zijn uitleg en de begrippen eromheen."""
    begrip = begrippen.by_slug().get(id)
    if begrip is None:
        raise Failure(404, "Dit begrip staat niet in de lijst; zie /v1/begrippen voor wat er wel in staat.")
    return begrippen.model(begrip)


def _results(request: Request, current: Searcher, wanted: SearchRequest) -> SearchResponse:
    results = search(request, current, wanted.query())
    return SearchResponse(
        hits=[HitModel.model_validate(hit) for hit in results.hits],
        total=results.total,
        limiet=wanted.limiet,
        offset=wanted.offset,
        facets={f: [FacetValue(value=v, count=n) for v, n in values] for f, values in results.facets.items()},
        added=list(results.added),
        searched=Searched(passages=current.manifest.passages, snapshot=results.snapshot),
    )


def _summary(document: Document) -> PublicationSummary:
    return PublicationSummary.model_validate(document)
