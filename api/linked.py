"""What a page is about in the words of schema.org, as JSON-LD in an element for its head."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.deps import origin
from api.programme import Session, day_of, sessions
from api.wording import safe_url
from corpus.cite import SESSIONS, WORKS, Name, Reference, name, reference
from corpus.document import Document, Item, Passage
from index.snapshot import Manifest

Data = dict[str, Any]
DESCRIPTION = "Wat al werkt tussen eerste lijn en sociaal domein: letterlijke citaten, met bron."
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_TYPES = {
    "rapport": "Report",
    "factsheet": "Report",
    "nieuwsbericht": "NewsArticle",
    "artikel": "Article",
    "beleidspagina": "Article",
    "reactie": "Comment",
}
_DESCRIPTION = 300  # characters


def script(data: Data) -> Markup:
    """Return the data as an element for the head of a page: nothing in it can end the element or be run."""
    text = json.dumps(_told(data), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')


@pass_context
def about(context: Context) -> Markup | str:
    """Return the element for the page that is being rendered; nothing where a page is about no one thing."""
    base = origin(context["request"])
    if "passage" in context:
        return script(passage(context["passage"], context["document"], base))
    if "document" in context:
        return script(record(context["document"], base))
    home = context["request"].url.path == "/" and "manifest" in context  # it is not where an error is told
    return script(site(context["manifest"], base)) if home else ""


def _told(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out what is not known."""
    if isinstance(value, Mapping):
        return {key: told for key, entry in value.items() if (told := _told(entry)) not in (None, "", [], {})}
    return [_told(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def site(manifest: Manifest, base: str) -> Data:
    """Return the site, how to search it, and the collection as a data set."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "@id": f"{base}/",
        "url": f"{base}/",
        "name": "Samenwijzer",
        "description": DESCRIPTION,
        "inLanguage": "nl",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}/zoek?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
        "mainEntity": {
            "@type": "Dataset",
            "@id": f"{base}/#collectie",
            "name": "Collectie van Samenwijzer",
            "description": DESCRIPTION,
            "dateModified": manifest.created_at,
            "version": manifest.id,
            "isAccessibleForFree": True,
            "distribution": {
                "@type": "DataDownload",
                "contentUrl": f"{base}/v1/publicaties",
                "encodingFormat": "application/json",
            },
        },
    }


def record(document: Document, base: str) -> Data:
    """Return a publication: an editor's description with the work that it is based on, or the work itself."""
    address = f"{base}/publicatie/{document.id}"
    told = reference(document)
    own: Data = {"@context": "https://schema.org", "@type": _type(document), "@id": address, "url": address}
    own |= {"name": document.title or "Zonder titel", "inLanguage": document.language or "nl"}
    own |= {"description": document.subtitle or textwrap.shorten(document.text, _DESCRIPTION, placeholder=" …")}
    own |= {"keywords": list(told.keywords), "isPartOf": {"@type": "WebSite", "@id": f"{base}/"}}
    own |= {"audience": [{"@type": "Audience", "audienceType": who} for who in document.beroepen]}
    own |= {"spatialCoverage": [{"@type": "Place", "name": p} for p in (*document.gemeenten, *document.regio)]}
    if document.described:
        return own | {
            "license": safe_url(document.licence) or CC0,
            "publisher": _organisation("Samenwijzer"),
            "isBasedOn": _work(told),
        }
    own |= {key: value for key, value in _work(told).items() if key not in ("@type", "name", "url")}
    own |= {"isBasedOn": safe_url(told.url), "license": safe_url(document.licence)}
    return own | (_meeting(document, address) if own["@type"] == "Event" else {"hasPart": _parts(document, address)})


def passage(found: Passage, document: Document, base: str) -> Data:
    """Return a passage as a quotation from its publication; an editor's words are no quotation."""
    address = f"{base}/passage/{found.id}"
    return {
        "@context": "https://schema.org",
        "@type": "CreativeWork" if document.described else "Quotation",
        "@id": address,
        "url": address,
        "text": found.text,
        "inLanguage": document.language or "nl",
        "isPartOf": {
            "@type": _type(document),
            "@id": f"{base}/publicatie/{document.id}",
            "name": document.title or "Zonder titel",
        },
    }


def _type(document: Document) -> str:
    if day_of(document) and not document.described:
        return "Event"
    return _TYPES.get(document.kind, "CreativeWork")


def _work(ref: Reference) -> Data:
    return {
        "@type": "Report" if ref.type.csl == "report" else "CreativeWork",
        "name": ref.title,
        "url": ref.url,
        "datePublished": ref.date,
        "author": [_author(one) for one in ref.authors],
        "publisher": _organisation(ref.publisher) if ref.publisher else None,
    }


def _author(one: Name) -> Data:
    if not one.given:
        return _organisation(one.family)
    return {"@type": "Person", "name": f"{one.given} {one.family}", "givenName": one.given, "familyName": one.family}


def _organisation(called: str) -> Data:
    return {"@type": "Organization", "name": called}


def _meeting(document: Document, address: str) -> Data:
    place = {"@type": "Place", "name": document.event_place} if document.event_place else None
    return {
        "startDate": document.event_date,
        "location": place,
        "subEvent": [_session(session, address) for session in sessions(document)],
    }


def _session(session: Session, address: str) -> Data:
    item = session.item
    return {
        "@type": "Event",
        "@id": f"{address}#{item.id}",
        "name": item.title,
        "startDate": session.start.isoformat() if session.start else None,
        "endDate": session.end.isoformat() if session.end else None,
        "eventStatus": "https://schema.org/EventCancelled" if item.cancelled else None,
        "performer": [_author(name(speaker.name)) for speaker in item.speakers],
    }


def _parts(document: Document, address: str) -> list[Data]:
    works: list[Item] = [item for item in document.items if item.kind in WORKS and item.kind not in SESSIONS]
    return [
        {
            "@type": _TYPES.get(item.kind, "CreativeWork"),
            "@id": f"{address}#{item.id}",
            "name": item.title,
            "position": item.number,
        }
        for item in works
    ]
