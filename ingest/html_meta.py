"""Metadata that a page states: `<meta>` tags, JSON-LD, Dublin Core, and the few elements that mean something."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.document import DOCUMENT_KINDS, normalised
from ingest.people import is_name

Element = Any  # lxml.html.HtmlElement
Json = dict[str, Any]

_DUBLIN_CORE = re.compile(r"^dc(?:terms)?[.:](?=[a-z])")
_ISO_DATE = re.compile(r"\s*((?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)(?![\d-])")
_SEPARATOR = re.compile(r"\s+[|»·–—-]\s+|\s+::\s+")
_BY = re.compile(r"^(?:door|by|auteurs?|tekst|geschreven door)\b[\s:]*", re.IGNORECASE)
_WRITTEN = re.compile(
    r"(?:tekst|door|auteurs?|geschreven door)(?: (?:en|&) (?:foto['’]?s?|fotografie|beeld))?\b\s*:?\s*", re.IGNORECASE
)
_PARTS = re.compile(
    r"\s*[|·•/;]\s*|(?<!\ben)(?<!&)\s+(?=(?:foto['’]?s?|fotografie|beeld|illustraties?)\s*:)", re.IGNORECASE
)
_MAX_BYLINE = 200
_NOBODY = frozenset({"admin", "administrator", "webmaster", "beheerder", "redacteur", "root", "user", "wordpress"})
_DATES = (
    "article:published_time",
    "dcterms.issued",
    "dcterms.date.issued",
    "datepublished",
    "dcterms.created",
    "dcterms.date",
)
_MAX_JSON_DEPTH = 20


def stated(tree: Element, url: str | None) -> dict[str, Any]:
    """Return what the head of the page and its structured data say, under the field names of `Document`.

    The title of the page's own heading is not among it. Has to be called before scripts are taken out of the tree.
    """
    tags, things = _meta_tags(tree), _things(tree)
    article = next((t for t in things if "headline" in t or "datePublished" in t), {})
    events = [thing for thing in things if any(str(kind).endswith("Event") for kind in _list(thing.get("@type")))]
    event = events[0] if len(events) == 1 and not article else {}  # else it is the agenda beside an article
    first = _First(tags)
    publisher = (
        first("og:site_name") or _name(article.get("publisher")) or first("dcterms.publisher", "dcterms.creator")
    )
    kind = (first("dcterms.type") or "").lower()
    found = {
        "title": _title(tree, first, article, publisher, url),
        "subtitle": _text(article.get("alternativeHeadline")),
        "canonical_url": _canonical(tree, first, url),
        "publisher": publisher,
        "authors": _authors(tree, tags, article, publisher),
        "date": _date(tree, first, article),
        "language": _language(tree, first, article),
        "licence": _licence(tree, first, article, url),
        "description": first("description", "og:description", "dcterms.description"),
        "keywords": _keywords(tags, article),
        "kind": kind if kind in DOCUMENT_KINDS else None,
        "event_date": iso_date(event.get("startDate")),
        "event_place": _place(event.get("location")),
    }
    return {key: value for key, value in found.items() if value}


class _First:
    """The first value of the first of some `<meta>` names that has one."""

    def __init__(self, tags: dict[str, list[str]]) -> None:
        self.tags = tags

    def __call__(self, *names: str) -> str | None:
        return next((self.tags[name][0] for name in names if name in self.tags), None)


def _meta_tags(tree: Element) -> dict[str, list[str]]:
    """Return the contents of all `<meta>` tags by name; names in lower case, Dublin Core as "dcterms."."""
    tags: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv") or ""
        content = normalised(tag.get("content") or "")
        if name and content:
            tags.setdefault(_DUBLIN_CORE.sub("dcterms.", name.strip().lower()), []).append(content)
    return tags


# --- JSON-LD ----------------------------------------------------------------------------------------------------


def _things(tree: Element) -> list[Json]:
    """Return all objects of the page's JSON-LD, with references by "@id" filled in."""
    things: list[Json] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            try:
                things.extend(_objects(json.loads(script.text, strict=False), 0))
            except (ValueError, RecursionError):
                continue  # broken structured data is no reason to lose the page
    by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str) and len(thing) > 1}
    return [{key: _resolved(value, by_id) for key, value in thing.items()} for thing in things]


def _objects(value: object, depth: int) -> Iterator[Json]:
    if depth > _MAX_JSON_DEPTH:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _objects(entry, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(key), depth + 1)


def _resolved(value: object, by_id: dict[str, Json]) -> object:
    if isinstance(value, list):
        return [_resolved(entry, by_id) for entry in value]
    if isinstance(value, dict) and set(value) == {"@id"} and isinstance(value["@id"], str):
        return by_id.get(value["@id"], value)
    return value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: object) -> str | None:
    """Return a JSON-LD value as text: the string itself, or its "@value"."""
    for entry in _list(value):
        entry = entry.get("@value") if isinstance(entry, dict) else entry
        if isinstance(entry, str) and entry.strip():
            return normalised(unescape(entry))
    return None


def _name(value: object) -> str | None:
    for entry in _list(value):
        name = _text(entry.get("name")) if isinstance(entry, dict) else _text(entry)
        if name:
            return name
    return None


def _place(value: object) -> str | None:
    """Return the town of an event, or else the name of the place."""
    for place in _list(value):
        address = place.get("address") if isinstance(place, dict) else None
        town = _text(address.get("addressLocality")) if isinstance(address, dict) else None
        if found := town or _name(place):
            return found
    return None


# --- single fields ----------------------------------------------------------------------------------------------


def iso_date(value: object) -> str | None:
    """Return the day, month or year at the start of an ISO 8601 value, or None for anything else."""
    match = _ISO_DATE.match(_text(value) or "")
    return match.group(1) if match else None


def _date(tree: Element, first: _First, article: Json) -> str | None:
    marked = tree.xpath("//time[@itemprop='datePublished' or @pubdate]/@datetime")
    values = (article.get("datePublished"), *(first(name) for name in _DATES), *marked)
    return next(filter(None, map(iso_date, values)), None)


def _title(tree: Element, first: _First, article: Json, publisher: str | None, url: str | None) -> str | None:
    """Return the title without the name of the site behind it."""
    title = first("og:title") or _text(article.get("headline")) or first("dcterms.title")
    title = title or normalised(tree.findtext(".//head/title") or "")
    parts = list(_SEPARATOR.finditer(title))
    if not parts:
        return title or None
    site = re.sub(r"\W", "", title[parts[-1].end() :]).lower()
    host = re.sub(r"\W", "", urlsplit(url or "").hostname or "")
    named = bool(site) and (site in host or site == re.sub(r"\W", "", publisher or "").lower())
    return title[: parts[-1].start()] if named or parts[-1].group().strip() in "|»" else title


def _canonical(tree: Element, first: _First, url: str | None) -> str | None:
    links = (link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical")
    for href in (*links, first("og:url")):
        if href and (whole := _absolute(href, url)):
            return whole
    return None


def _absolute(href: str, url: str | None) -> str | None:
    try:
        whole = urljoin(url or "", href.strip())
        return whole if urlsplit(whole).scheme in ("http", "https") else None
    except ValueError:
        return None


def _authors(tree: Element, tags: dict[str, list[str]], article: Json, publisher: str | None) -> tuple[str, ...]:
    names = [_name(entry) for entry in _list(article.get("author"))]
    if not any(names):
        names = (
            [*tags.get("author", ()), *tags.get("citation_author", ())]
            or list(_bylines(tree))
            or list(_writers(tree))
            or list(tags.get("dcterms.creator", ()))
        )
    clean = (_BY.sub("", name).strip(" .,") for name in names if name)
    return tuple(
        dict.fromkeys(
            n for n in clean if 1 < len(n) <= 100 and n.lower() not in _NOBODY and n != publisher and "://" not in n
        )
    )


def _bylines(tree: Element) -> Iterator[str]:
    """Yield the names that elements mark as the page's author, outside comments."""
    for element in tree.xpath("//a[@rel='author'] | //*[@itemprop='author' and not(self::meta)]"):
        if not any(
            "comment" in (a.get("class") or "") or "Comment" in (a.get("itemtype") or "")
            for a in element.iterancestors()
        ):
            named = element.xpath(".//*[@itemprop='name']")
            yield normalised((named[0] if named else element).text_content())


def _writers(tree: Element) -> Iterator[str]:
    """Yield the names behind "Tekst:" or "Door:" in the first line that a class calls a byline."""
    for element in tree.xpath("//*[contains(@class, 'byline') or contains(@class, 'auteur')]"):
        text = normalised(" ".join(element.itertext()))
        for part in _PARTS.split(text if len(text) <= _MAX_BYLINE else ""):
            if match := _WRITTEN.match(part):
                names = [name.strip(" .,:") for name in re.split(r",| en | & ", part[match.end() :])]
                yield from filter(is_name, names)
                return


def _language(tree: Element, first: _First, article: Json) -> str | None:
    """Return the two or three letters of the language that the page states."""
    values = (
        tree.get("lang"),
        tree.get("xml:lang"),
        first("dcterms.language", "content-language", "og:locale"),
        _text(article.get("inLanguage")),
    )
    for value in values:
        if match := re.match(r"\s*([a-zA-Z]{2,3})(?![a-zA-Z])", value or ""):
            return match.group(1).lower()
    return None


def _licence(tree: Element, first: _First, article: Json, url: str | None) -> str | None:
    for link in tree.iter("link", "a"):
        if "license" in (link.get("rel") or "").lower().split() and (whole := _absolute(link.get("href") or "", url)):
            return whole
    stated_licence = article.get("license")
    thing = (
        stated_licence.get("url") or stated_licence.get("name") if isinstance(stated_licence, dict) else stated_licence
    )
    return _text(thing) or first("dcterms.license", "dcterms.rights")


def _keywords(tags: dict[str, list[str]], article: Json) -> tuple[str, ...]:
    found: list[str] = [*tags.get("dcterms.subject", ()), *tags.get("article:tag", ())]
    for value in (*tags.get("keywords", ()), *_strings(article.get("keywords"))):
        found.extend(re.split(r"\s*[,;]\s*", value))
    return tuple(dict.fromkeys(thema.strip() for thema in found if thema.strip()))


def _strings(value: object) -> Iterable[str]:
    return (entry for entry in _list(value) if isinstance(entry, str))
