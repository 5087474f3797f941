"""The routes of /v1, by the Dutch API Design Rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api import begrippen, cursor, examples, former
from api.answers import (
    HIT_COLUMNS,
    PASSAGE_COLUMNS,
    SUMMARY_COLUMNS,
    AnswerResponse,
    CitationList,
    CitationModel,
    FacetValue,
    FormerModel,
    HitModel,
    PassageModel,
    PassageResponse,
    PublicationList,
    PublicationSummary,
    Searched,
    SearchResponse,
    SimilarResponse,
    full_day,
)
from api.deps import Conditional, Current, cited, document_of, found_document, found_passage, json_body, origin, search
from api.description import BODY, GONE, MISSING, PROBLEMS, REMOVED, in_formats
from api.formats import ALL, TABLES, AnyName, Table, TableName, negotiate, send
from api.problems import Failure
from api.publication import Publication
from api.schemas import (
    FORMAT,
    MAX_LIMIT,
    MAX_OFFSET,
    MAX_QUERY,
    CitationRequest,
    ListRequest,
    QuestionRequest,
    SearchRequest,
)
from api.selection import url
from corpus import document as documents
from corpus.cite import Reference, plain, quoted
from corpus.cite_formats import CSV, Format, csl_items
from corpus.fragments import source_link
from corpus.history import Cited, reference_as_cited
from index.answer import to_dict
from index.generate import answer_with
from index.search import Searcher

Id = Annotated[
    str, Path(max_length=64, description="Id van een passage uit een zoekresultaat.", examples=[examples.PASSAGE_ID])
]
DocumentId = Annotated[
    str,
    Path(max_length=64, description="Id van een publicatie uit een zoekresultaat.", examples=[examples.DOCUMENT_ID]),
]
AnyFormat = Annotated[AnyName | None, Query(alias="formaat", description=FORMAT, examples=["json"])]
TableFormat = Annotated[TableName | None, Query(alias="formaat", description=FORMAT, examples=["json"])]

router = APIRouter(responses=PROBLEMS)


@router.get(
    "/zoekresultaten",
    summary="Zoek passages",
    operation_id="zoek",
    tags=["zoeken"],
    response_model=SearchResponse,
    responses=in_formats(ALL) | GONE,
)
def get_results(request: Request, current: Conditional, wanted: Annotated[SearchRequest, Query()]) -> Response:
    """Zoekt passages. Zet gevoelige tekst niet in een adres: gebruik daarvoor POST."""
    return _results(request, current, wanted)


@router.post(
    "/zoekresultaten",
    summary="Zoek passages zonder de vraag in het adres",
    operation_id="zoekBesloten",
    tags=["zoeken"],
    response_model=SearchResponse,
    responses=in_formats(ALL) | GONE | BODY,
    dependencies=[Depends(json_body)],
)
def post_results(request: Request, current: Current, wanted: SearchRequest) -> Response:
    """Dezelfde zoekopdracht, met de tekst in de inhoud: die komt niet in logboeken en geschiedenis terecht."""
    return _results(request, current, wanted)


@router.post(
    "/antwoorden",
    summary="Beantwoord een vraag met citaten",
    operation_id="beantwoord",
    tags=["zoeken"],
    responses=BODY,
    dependencies=[Depends(json_body)],
)
def post_answer(request: Request, current: Current, wanted: QuestionRequest) -> AnswerResponse:
    """Geeft letterlijke zinnen met bron, of zegt eerlijk dat er niets gevonden is."""
    if wanted.generate and request.app.state.generator is None:
        raise Failure(400, "Deze server is zonder taalmodel gestart: laat generate weg.")
    generator = request.app.state.generator if wanted.generate else None
    return AnswerResponse.model_validate(to_dict(answer_with(generator, current, wanted.question)))


@router.get(
    "/publicaties",
    summary="Lijst van publicaties",
    operation_id="publicaties",
    tags=["publicaties"],
    response_model=PublicationList,
    responses=in_formats(ALL) | GONE,
)
def get_publications(request: Request, current: Conditional, wanted: Annotated[ListRequest, Query()]) -> Response:
    """Geeft de publicaties in de collectie, in vaste volgorde."""
    format = negotiate(request, ALL, wanted.formaat)
    total = current.manifest.documents
    start = _start(wanted, current, "publicaties", 2**31 - 1)
    chosen = current.documents(wanted.limiet, start)
    page = PublicationList(
        publications=[PublicationSummary.model_validate(document) for document in chosen],
        total=total,
        limiet=wanted.limiet,
        offset=start,
        next_cursor=_following(current, "publicaties", start + wanted.limiet, total - 1),
    )
    places = [(document.id, None) for document in chosen]
    table = Table("publicaties", lambda: cited(request, current, places), page.publications, SUMMARY_COLUMNS)
    pairs = [(key, str(value)) for key, value in wanted.model_dump(exclude_defaults=True).items()]
    return send(format, page, table, current.snapshot_id, _links("/v1/publicaties", pairs, page.next_cursor))


@router.get(
    "/publicaties/{id}",
    summary="Een publicatie",
    operation_id="publicatie",
    tags=["publicaties"],
    response_model=Publication,
    responses=in_formats(ALL) | MISSING | REMOVED,
)
def get_publication(request: Request, current: Conditional, id: DocumentId, asked: AnyFormat = None) -> Response:
    """Geeft de hele publicatie met onderdelen, items en passages; als CSV een regel per passage."""
    format = negotiate(request, ALL, asked)
    document = found_document(request, current, id)
    day = full_day(document.date)
    record = documents.to_dict(document) | {"published_on": day.isoformat() if day else None}
    rows = record["passages"] if format is CSV else [record]
    table = Table("publicatie", lambda: cited(request, current, [(id, None)]), rows, PASSAGE_COLUMNS)
    return send(format, record, table, current.snapshot_id)


@router.get(
    "/passages/{id}",
    summary="Een passage",
    operation_id="passage",
    tags=["passages"],
    response_model=PassageResponse,
    responses=in_formats(ALL) | MISSING | REMOVED,
)
def get_passage(request: Request, current: Conditional, id: Id, asked: AnyFormat = None) -> Response:
    """Geeft een passage met haar bronvermelding.

    Luidt de bron intussen anders, dan is state "changed": de tekst is die van toen, met wanneer zij veranderde en welke
    passage er nu staat. Is de bron weggehaald, dan is het antwoord 410.
    """
    format = negotiate(request, ALL, asked)
    was = former.changed(request, current, id) if current.passage(id) is None else None
    if was is not None:
        return _former_passage(request, current, was, format)
    passage, document = found_passage(request, current, id)
    (reference,) = cited(request, current, [(document.id, id)])
    model = PassageModel.model_validate(passage)
    found = PassageResponse(
        state="current",
        passage=model,
        changed_at=None,
        successor=None,
        publication=PublicationSummary.model_validate(document),
        citation=quoted(reference),
        permalink=f"/passage/{passage.id}",
        source_link=source_link(document.url, passage.page, passage.text_fragment),
    )
    return send(format, found, Table("passage", lambda: [reference], [model], PASSAGE_COLUMNS), current.snapshot_id)


def _former_passage(request: Request, current: Searcher, was: Cited, format: Format) -> Response:
    """Return a passage as somebody kept it, with what stands there now."""
    request.state.etag = None  # it does not follow from the snapshot alone
    reference = reference_as_cited(was, base=origin(request))
    found = former.answer(was, reference)
    links = f'</v1/passages/{found.successor.id}>; rel="successor-version"' if found.successor else None
    table = Table("passage", lambda: [reference], [found.passage], PASSAGE_COLUMNS)
    return send(format, found, table, current.snapshot_id, links)


@router.get(
    "/passages/{id}/vergelijkbaar",
    summary="Passages die hierop lijken",
    operation_id="vergelijkbaar",
    tags=["passages"],
    response_model=SimilarResponse,
    responses=in_formats(ALL) | MISSING | REMOVED,
)
def get_similar(
    request: Request,
    current: Conditional,
    id: Id,
    limiet: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Aantal passages, 1–100.")] = 10,
    asked: AnyFormat = None,
) -> Response:
    """Geeft passages uit andere publicaties die in strekking op deze lijken."""
    format = negotiate(request, ALL, asked)
    found_passage(request, current, id)
    hits = [HitModel.model_validate(hit) for hit in current.similar(id, limiet)]
    return send(format, SimilarResponse(hits=hits), _hit_table(request, current, hits), current.snapshot_id)


@router.get(
    "/bronvermeldingen",
    summary="Bronvermeldingen",
    operation_id="bronvermeldingen",
    tags=["bronvermeldingen"],
    response_model=CitationList,
    responses=in_formats(ALL) | MISSING,
)
def get_citations(request: Request, current: Conditional, wanted: Annotated[CitationRequest, Query()]) -> Response:
    """Geeft bij id's van passages en publicaties hoe ze aangehaald worden, ook als bestand voor literatuurprogramma's.

    Wat niet meer in de collectie is staat in missing, en in former wat ervan geworden is; is er niets van over, dan is
    het antwoord 404.
    """
    format = negotiate(request, ALL, wanted.formaat)
    places = {id: document_of(current, id) for id in wanted.id}
    known = [(document_id, id) for id, document_id in places.items() if document_id]
    if not known:
        raise Failure(404, "Geen van deze id's is in de collectie; misschien zijn de teksten gewijzigd. Zoek opnieuw.")
    references = list(cited(request, current, known))
    missing = [id for id, document_id in places.items() if not document_id]
    became = [was for id in missing if (was := former.became(request, current, id))]
    found = CitationList(
        citations=[_citation(reference) for reference in references],
        missing=missing,
        former=[FormerModel.model_validate(was) for was in became],
    )
    return send(format, found, Table("bronnen", lambda: references), current.snapshot_id)


@router.get(
    "/begrippen",
    summary="Lijst van begrippen",
    operation_id="begrippen",
    tags=["begrippen"],
    response_model=begrippen.BegripList,
    responses=in_formats(TABLES),
)
def get_terms(
    request: Request,
    current: Conditional,
    q: Annotated[str, Query(max_length=MAX_QUERY, description="Deel van een naam van het begrip.")] = "",
    asked: TableFormat = None,
) -> Response:
    """Geeft de begrippen in alfabetische volgorde: alle, of die met deze tekst in een van hun namen."""
    format = negotiate(request, TABLES, asked)
    found = [begrippen.model(begrip) for begrip in begrippen.matching(q)]
    table = Table("begrippen", rows=found, columns=tuple(begrippen.BegripModel.model_fields))
    return send(format, begrippen.BegripList(begrippen=found, total=len(found)), table, current.snapshot_id)


@router.get("/begrippen/{id}", summary="Een begrip", operation_id="begrip", tags=["begrippen"], responses=MISSING)
def get_term(
    current: Conditional,
    id: Annotated[str, Path(max_length=200, description="Id van een begrip.", examples=["welzijn-op-recept"])],
) -> begrippen.BegripModel:
    """Geeft een begrip met zijn andere namen, zijn uitleg en de begrippen eromheen."""
    begrip = begrippen.by_slug().get(id)
    if begrip is None:
        raise Failure(404, "Dit begrip staat niet in de lijst; zie /v1/begrippen voor wat er wel in staat.")
    return begrippen.model(begrip)


def _results(request: Request, current: Searcher, wanted: SearchRequest) -> Response:
    format = negotiate(request, ALL, wanted.formaat)
    start = _start(wanted, current, wanted.question(), MAX_OFFSET)
    results = search(request, current, wanted.model_copy(update={"offset": start}).query())
    counted = wanted.new_since()
    full, last = len(results.hits) == wanted.limiet, min(results.total - 1, MAX_OFFSET)
    page = SearchResponse(
        hits=[HitModel.model_validate(hit) for hit in results.hits],
        total=results.total,
        exact=results.exact,
        limiet=wanted.limiet,
        offset=start,
        next_cursor=_following(current, wanted.question(), start + wanted.limiet, last) if full else None,
        facets={f: [FacetValue(value=v, count=n) for v, n in values] for f, values in results.facets.items()},
        added=list(results.added),
        added_since=current.search(counted).total if counted else None,
        searched=Searched(passages=current.manifest.passages, snapshot=results.snapshot),
    )
    links = _links("/v1/zoekresultaten", wanted.pairs(), page.next_cursor) if request.method == "GET" else None
    return send(format, page, _hit_table(request, current, page.hits), current.snapshot_id, links)


def _hit_table(request: Request, current: Searcher, hits: Sequence[HitModel]) -> Table:
    places = [(hit.document_id, hit.passage_id) for hit in hits]
    return Table("resultaten", lambda: cited(request, current, places), hits, HIT_COLUMNS)


def _start(wanted: SearchRequest | ListRequest, current: Searcher, question: str, most: int) -> int:
    return cursor.read(wanted.cursor, current.snapshot_id, question, most) if wanted.cursor else wanted.offset


def _following(current: Searcher, question: str, start: int, last: int) -> str | None:
    """Return the cursor of the page at `start`, None beyond the last place where a page may start."""
    return cursor.make(current.snapshot_id, question, start) if start <= last else None


def _links(path: str, pairs: list[tuple[str, str]], following: str | None) -> str:
    """Return the pages around this one for the Link header (RFC 8288)."""
    kept = [(key, value) for key, value in pairs if key not in ("cursor", "offset")]
    links = [f'<{url(kept, path)}>; rel="first"']
    if following:
        links.append(f'<{url([*kept, ("cursor", following)], path)}>; rel="next"')
    return ", ".join(links)


def _citation(reference: Reference) -> CitationModel:
    (item,) = csl_items([reference])
    return CitationModel(id=reference.id, citation=plain(reference), quotation=quoted(reference), csl=item)
