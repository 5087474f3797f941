"""The pages to read on: a publication, an item of it, a passage, and what a reader kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api import former, record, selection
from api.deps import Conditional, cited, document_of, found_document, found_passage, origin
from api.problems import Failure
from api.rendering import render
from api.schemas import MAX_LIMIT
from corpus.cite import Reference, plain, quoted
from corpus.document import Document
from corpus.fragments import source_link
from corpus.history import Cited, reference_as_cited
from index.results import Hit
from index.search import Searcher
from index.suggest import same_list

MOST_COMPARED = 4
SIMILAR = 4

router = APIRouter(default_response_class=HTMLResponse)


class Kept(NamedTuple):
    """A passage or publication that a reader kept, with the reference to its source."""

    id: str
    document: Document
    reference: Reference
    citation: str
    without: str


@router.get("/publicatie/{id}")
def publication(request: Request, current: Conditional, id: str) -> Response:
    """The record page of a publication."""
    document = found_document(request, current, id)
    related = current.related(document)
    (reference,) = cited(request, current, [(id, None)])
    return render(
        request,
        "record.html",
        document=document,
        parts=record.parts(document),
        reactions=[other for other in related if other.kind == "reactie"],
        related=[other for other in related if other.kind != "reactie"],
        listed=same_list(current, document),
        similar=_similar(current, document.passages[0].id, {other.id for other in related})
        if document.passages
        else (),
        citation=plain(reference),
        snapshot=current.snapshot_id,
        json_twin=f"/v1/publicaties/{document.id}",
    )


@router.get("/publicatie/{id}/onderdeel/{part}")
def item(request: Request, current: Conditional, id: str, part: str) -> Response:
    """The page of an item: a tip, a session, a reaction, in the list or programme that it is part of."""
    document = found_document(request, current, id)
    wanted = document.item(part)
    if wanted is None:
        raise Failure(404, "Dit onderdeel is niet in de publicatie; misschien is de tekst gewijzigd. Zoek opnieuw.")
    block = record.item_block(document, wanted)
    own = next((p for p in document.passages if p.item_id == part), None)
    (reference,) = cited(request, current, [(id, own.id if own else part)])
    siblings = [other for other in document.items if other.kind == wanted.kind]
    place = siblings.index(wanted)
    return render(
        request,
        "item.html",
        document=document,
        item=wanted,
        block=block,
        own=own,
        link=source_link(document.url, own.page, own.text_fragment) if own else document.url,
        answered=document.item(wanted.replies_to),
        siblings=siblings,
        place=place,
        similar=_similar(current, own.id) if own else (),
        citation=quoted(reference),
        snapshot=current.snapshot_id,
        json_twin=f"/v1/publicaties/{document.id}",
    )


@router.get("/passage/{id}")
def passage(request: Request, current: Conditional, id: str) -> Response:
    """The permalink of a passage: what it says, what stands around it, and how to cite it.

    One that reads otherwise now is shown as it was, beside what stands there now.
    """
    was = former.changed(request, current, id) if current.passage(id) is None else None
    if was is not None:
        return _former(request, current, was)
    wanted, document = found_passage(request, current, id)
    (reference,) = cited(request, current, [(document.id, id)])
    return render(
        request,
        "passage.html",
        document=document,
        passage=wanted,
        around=[p for p in document.passages if abs(p.order - wanted.order) <= 1],
        item=document.item(wanted.item_id),
        similar=_similar(current, wanted.id),
        citation=quoted(reference),
        link=source_link(document.url, wanted.page, wanted.text_fragment),
        snapshot=current.snapshot_id,
        json_twin=f"/v1/passages/{wanted.id}",
    )


def _former(request: Request, current: Searcher, was: Cited) -> Response:
    request.state.etag = None  # it does not follow from the snapshot alone
    return render(
        request,
        "former.html",
        was=was,
        source=was.document,
        citation=quoted(reference_as_cited(was, base=origin(request))),
        snapshot=current.snapshot_id,
        json_twin=f"/v1/passages/{was.passage_id}",
    )


def _similar(current: Searcher, passage_id: str, shown: Collection[str] = ()) -> list[Hit]:
    hits = current.similar(passage_id, SIMILAR + len(shown))
    return [hit for hit in hits if hit.document_id not in shown][:SIMILAR]


@router.get("/bewaard")
def kept(
    request: Request,
    current: Conditional,
    id: Annotated[list[Annotated[str, Query(max_length=64)]], Query(max_length=MAX_LIMIT)] = [],  # noqa: B006
    vergelijk: str = "",
) -> Response:
    """What a reader kept, by the ids in the address: the browser remembers them, the server does not."""
    ids = list(dict.fromkeys(id))
    places = {one: document_of(current, one) for one in ids}
    found = []
    for one, document_id in places.items():
        if document_id:
            (reference,) = cited(request, current, [(document_id, one)])
            without = _kept_url(other for other in ids if other != one)
            found.append(Kept(one, found_document(request, current, document_id), reference, plain(reference), without))
    missing = [one for one, document_id in places.items() if not document_id]
    became = [
        (was, _kept_url(other for other in ids if other != was.passage_id))
        for one in missing
        if (was := former.became(request, current, one))
    ]
    compared = list({one.document.id: one.document for one in found}.values())
    return render(
        request,
        "kept.html",
        kept=found,
        former=became,
        missing=len(missing) - len(became),
        compared=compared if 2 <= len(compared) <= MOST_COMPARED else [],
        side_by_side=vergelijk == "ja" and 2 <= len(compared) <= MOST_COMPARED,
        here=_kept_url(ids),
        snapshot=current.snapshot_id,
        json_twin=selection.url([("id", one.id) for one in found], "/v1/bronvermeldingen") if found else None,
    )


def _kept_url(ids: Iterable[str]) -> str:
    return selection.url([("id", one) for one in ids], "/bewaard")
