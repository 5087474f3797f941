"""What somebody kept and is not in the collection any more: changed since, or taken away with its source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import Request

from api.answers import FormerPassageModel, PassageResponse, PublicationSummary, SuccessorModel
from api.problems import Failure
from api.wording import dutch_date
from corpus.cite import Reference, quoted
from corpus.errors import StoreError
from corpus.fragments import source_link
from corpus.history import Cited, cited, gone_since
from index.search import Searcher


def became(request: Request, current: Searcher, passage_id: str) -> Cited | None:
    """Return what became of a passage that this snapshot does not have: "changed" or "gone".

    None where nothing is known of it, or where only the next index will show it. A successor is one that can be read
    here and now.
    """
    try:
        found = cited(_kb(request), passage_id)
    except StoreError:  # what is in the index is served without the corpus too
        return None
    if found is None or found.state == "current":
        return None
    if found.state == "changed" and current.document(found.document.id) is None:
        return None
    there = found.successor is not None and current.passage(found.successor.id) is not None
    return found if there else replace(found, successor=None)


def changed(request: Request, current: Searcher, passage_id: str) -> Cited | None:
    """Return what became of a passage that reads otherwise now; None where nothing is known of it.

    Raises:
        Failure: 410, its source was taken away.
    """
    found = became(request, current, passage_id)
    if found is not None and found.state == "gone":
        raise _gone(found.until)
    return found


def refuse_gone(request: Request, document_id: str) -> None:
    """Say of a publication that was taken away that it was.

    Raises:
        Failure: 410.
    """
    try:
        since = gone_since(_kb(request), document_id)
    except StoreError:
        return
    if since:
        raise _gone(since)


def answer(found: Cited, reference: Reference) -> PassageResponse:
    """Return what the API answers about a passage that reads otherwise now.

    Args:
        found: a passage that has changed.
        reference: to the passage as it was.
    """
    return PassageResponse.model_validate(
        {
            "state": "changed",
            "passage": FormerPassageModel.model_validate(found),
            "changed_at": found.until,
            "successor": SuccessorModel.model_validate(found.successor) if found.successor else None,
            "publication": PublicationSummary.model_validate(found.document),
            "citation": quoted(reference),
            "permalink": f"/passage/{found.passage_id}",
            "source_link": source_link(found.document.url, None, None),
        }
    )


def _kb(request: Request) -> Path:
    kb: Path = request.app.state.live.kb
    return kb


def _gone(since: str | None) -> Failure:
    when = f" op {dutch_date(since[:10])}" if since else ""
    detail = f"Deze bron is{when} uit de collectie weggehaald. Wat er stond, tonen wij niet meer. Zoek opnieuw."
    return Failure(410, detail, title="Weggehaald")
