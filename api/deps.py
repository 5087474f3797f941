"""What routes ask for: the open snapshot, and the search in a request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api import former
from api.middleware import Metrics
from api.problems import Failure
from corpus.cite import Reference, reference
from corpus.document import Document, Passage
from index.live import Live
from index.results import Query, Results
from index.search import Searcher

API_VERSION = "1.2.0"


def searcher(request: Request) -> Searcher:
    """Return the current snapshot, open.

    Raises:
        SnapshotError: there is none, or it may not be used.
    """
    live: Live = request.app.state.live
    return live.current()


def conditional(request: Request, current: Annotated[Searcher, Depends(searcher)]) -> Searcher:
    """Return the current snapshot and give the answer an ETag; stop with 304 when the client has that answer.

    Whatever a GET returns follows from the snapshot, the address, what the client accepts, this build of the pages
    and the year (which decides what is called old).
    """
    accept = request.headers.get("accept", "")
    basis = f"{current.snapshot_id} {request.app.state.build} {date.today().year} {request.url} {accept}"
    tag = f'W/"{hashlib.sha256(basis.encode()).hexdigest()[:24]}"'
    request.state.etag = tag
    known = (candidate.strip() for candidate in request.headers.get("if-none-match", "").split(","))
    if request.method == "GET" and any(candidate in (tag, "*") for candidate in known):
        raise HTTPException(304)
    return current


Current = Annotated[Searcher, Depends(searcher)]
Conditional = Annotated[Searcher, Depends(conditional)]


async def json_body(request: Request) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        Failure: 415.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Failure(415, "Stuur de inhoud als JSON, met Content-Type: application/json.")


def search(request: Request, current: Searcher, query: Query) -> Results:
    """Search and count the time that it took."""
    results = current.search(query)
    metrics: Metrics = request.app.state.metrics
    metrics.searches.observe(results.took_ms / 1000)
    return results


def origin(request: Request) -> str:
    """Return the address of this server as the client knows it, without a slash at the end."""
    return f"{request.url.scheme}://{request.url.netloc}"


def cited(request: Request, current: Searcher, places: Iterable[tuple[str, str | None]]) -> Iterator[Reference]:
    """Yield the references of (document id, passage or item id) pairs, with permalinks on this server.

    Places that are not in this snapshot are left out.
    """
    documents: dict[str, Document | None] = {}
    for document_id, part in places:
        if document_id not in documents:
            documents[document_id] = current.document(document_id)
        document = documents[document_id]
        if document is not None:
            yield reference(document, part, base=origin(request), snapshot=current.snapshot_id)


def document_of(current: Searcher, id: str) -> str | None:
    """Return the id of the document that `id` is, or is a passage of; None if this snapshot has no such thing."""
    if current.document(id):
        return id
    passage = current.passage(id)
    return passage.document_id if passage else None


def found_document(request: Request, current: Searcher, document_id: str) -> Document:
    """Return the document.

    Raises:
        Failure: 404 when it is not in this snapshot, 410 when it was taken away.
    """
    document = current.document(document_id)
    if document is None:
        former.refuse_gone(request, document_id)
        raise Failure(404, "Deze publicatie is niet in de collectie; misschien is zij verwijderd. Zoek opnieuw.")
    return document


def found_passage(request: Request, current: Searcher, passage_id: str) -> tuple[Passage, Document]:
    """Return the passage and its document.

    Raises:
        Failure: 404 when it is not in this snapshot, 410 when its source was taken away.
    """
    passage = current.passage(passage_id)
    if passage is None:
        former.changed(request, current, passage_id)
        raise Failure(404, "Deze passage is niet in de collectie; misschien is de tekst gewijzigd. Zoek opnieuw.")
    return passage, found_document(request, current, passage.document_id)
