"""What came in last, for who follows a question: an Atom feed (RFC 4287) of any search."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import NamedTuple
from xml.etree import ElementTree

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api import selection
from api.deps import Conditional, origin, search
from api.problems import Failure, invalid
from api.schemas import PageRequest
from api.wording import excerpt, kind_label, safe_url
from corpus.cite_formats import one_line
from index.results import Hit
from index.search import Searcher

PATH = "/atom"
MEDIA_TYPE = "application/atom+xml"
ENTRIES = 50
_NAMESPACE = uuid.UUID("7f7c3f0e-6d5b-4a53-9a55-3c1d3e0b9f52")

router = APIRouter(include_in_schema=False)


class Entry(NamedTuple):
    """A record in a feed, its lasting id, and when (RFC 3339) it came in and was last read anew."""

    hit: Hit
    id: str
    published: str
    updated: str


def lasting_id(*parts: str) -> uuid.UUID:
    """Return an id that follows from the parts alone: the same on every server and after every ingest."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts))


def address(request: Request) -> str:
    """Return the feed of the search that a page shows; on other pages the feed of all that is new."""
    try:
        return selection.url(_pairs(_wanted(request)) if request.url.path == "/zoek" else [], PATH)
    except Failure:  # this page says that the search is wrong
        return PATH


@router.get(PATH)
def atom(request: Request, current: Conditional) -> Response:
    """The records that come near the best one for a question, the last to come in first."""
    wanted = _wanted(request)
    asked = replace(wanted.query(), k=ENTRIES, offset=0, newest=True)
    found = list(_entries(current, search(request, current, asked).hits))
    feed = _feed(wanted, origin(request), found, current.manifest.created_at)
    xml = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return Response(xml, media_type=f"{MEDIA_TYPE}; charset=utf-8")


def _wanted(request: Request) -> PageRequest:
    pairs = [(key, value) for key, value in request.query_params.multi_items() if value.strip()]
    try:
        return selection.from_pairs(pairs)
    except ValidationError as exc:
        raise invalid(exc.errors(include_url=False)) from exc


def _pairs(wanted: PageRequest) -> selection.Pairs:
    return [pair for pair in wanted.pairs() if pair[0] not in ("offset", "limiet", "sinds")]


def _entries(current: Searcher, hits: Iterable[Hit]) -> Iterator[Entry]:
    used: set[str] = set()
    hits = list(hits)
    days = current.added([hit.passage_id for hit in hits])
    for hit in hits:
        # The title, not the id of the item, which follows from its text: a text that is mended is no new entry.
        parts = (hit.document_id, hit.kind, hit.item_title or "")
        entry_id = lasting_id(*parts).urn
        if entry_id in used:
            entry_id = lasting_id(*parts, hit.item_id or "").urn
        used.add(entry_id)
        document = current.document(hit.document_id)
        if document is not None:
            published = datetime.combine(days[hit.passage_id], time(), UTC).isoformat()
            yield Entry(hit, entry_id, published, max(published, document.fetched_at))


def _feed(wanted: PageRequest, base: str, found: list[Entry], made: str) -> ElementTree.Element:
    pairs = _pairs(wanted)
    filters = " · ".join(chip.label for chip in selection.chips(wanted))
    about = " · ".join(filter(None, (f"“{wanted.q}”" if wanted.q else "", filters)))
    feed = ElementTree.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "nl"})
    add(feed, "id", lasting_id("feed", *(f"{key}={value}" for key, value in pairs)).urn)
    add(feed, "title", f"Nieuw in Samenwijzer: {about or 'alles'}")
    add(feed, "subtitle", "Wat het laatst in de collectie kwam. Niet hier gevonden is niet: werkt niet.")
    add(feed, "updated", max((entry.updated for entry in found), default=made))
    add(add(feed, "author"), "name", "Samenwijzer")
    add(feed, "link", rel="self", type=MEDIA_TYPE, href=f"{base}{selection.url(pairs, PATH)}")
    add(feed, "link", rel="alternate", type="text/html", href=f"{base}{selection.url(pairs)}")
    add(feed, "icon", f"{base}/static/icoon.svg")
    for entry in found:
        _add_entry(feed, entry, base)
    return feed


def _add_entry(feed: ElementTree.Element, entry: Entry, base: str) -> None:
    hit = entry.hit
    place = f"{base}/publicatie/{hit.document_id}" + (f"#{hit.item_id}" if hit.item_id else "")
    source = safe_url(hit.source_link) or safe_url(hit.url)
    element = add(feed, "entry")
    add(element, "id", entry.id)
    add(element, "title", hit.item_title or hit.title or "Zonder titel")
    add(element, "published", entry.published)
    add(element, "updated", entry.updated)
    author = "Redactie van Samenwijzer" if hit.described else hit.publisher or "Uitgever onbekend"
    add(add(element, "author"), "name", author)
    add(element, "link", rel="alternate", type="text/html", href=place)
    if source:
        add(element, "link", rel="via", href=source)
    add(element, "category", term=hit.kind, label=kind_label(hit.kind))
    add(element, "summary", "".join(piece.text for piece in excerpt(hit.text, hit.highlights)), type="text")


def add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    """Add an element to an XML document; characters that XML cannot hold become spaces."""
    clean = {key: one_line(value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, name, clean)
    element.text = one_line(text) or None
    return element
