"""The state of the results page as URLs: facets to choose, chips to take off, pages to turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from api.schemas import PageRequest
from api.wording import kind_label

FACETS = {
    "kind": ("soort", "Soort"),
    "doelgroep": ("doelgroep", "Doelgroep"),
    "thema": ("thema", "Thema"),
    "year": ("jaar", "Jaar"),
    "publisher": ("publisher", "Uitgever"),
    "gemeente": ("gemeente", "Gemeente"),
}
_YEARS = ("jaarVanaf", "jaarTot")
_FILTER_KEYS = ("soort", "doelgroep", "thema", "publisher", "gemeente", *_YEARS)
_SINGLE = ("q", "offset", *_YEARS)
_LISTS = (*_FILTER_KEYS[:5], "zonder")
_NAMES = dict(FACETS.values())

Pairs = list[tuple[str, str]]


class Choice(NamedTuple):
    """A facet value to add: its label, the number of results with it, and where the link leads."""

    label: str
    total: int
    href: str


class Group(NamedTuple):
    """The values of one facet that can still be chosen."""

    name: str
    choices: tuple[Choice, ...]


class Chip(NamedTuple):
    """A filter that is on: what it says, the link without it, and that search as a request."""

    label: str
    href: str
    without: PageRequest


def url(pairs: Pairs, path: str = "/zoek") -> str:
    """Return the address of a search."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def groups(request: PageRequest, facets: Mapping[str, tuple[tuple[str, int], ...]]) -> tuple[Group, ...]:
    """Return the facets of a result, without the values that are on."""
    found = []
    for field, (key, name) in FACETS.items():
        on = {value for k, value in request.pairs() if k == key}
        choices = tuple(
            Choice(_label(key, value), count, url(_with(request, key, value)))
            for value, count in facets.get(field, ())
            if value not in on and count
        )
        if choices and not (key == "jaar" and request.jaar_vanaf and request.jaar_vanaf == request.jaar_tot):
            found.append(Group(name, choices))
    return tuple(found)


def chips(request: PageRequest) -> tuple[Chip, ...]:
    """Return the filters that are on; a range of years is one."""
    return tuple(
        _chip(request, key, value)
        for key, value in request.pairs()
        if key in _FILTER_KEYS and not (key == "jaarTot" and request.jaar_vanaf)
    )


def toggled_words(request: PageRequest, added: tuple[str, ...]) -> tuple[list[Choice], list[Choice]]:
    """Return links that take an added word out, and links that put one back that was taken out."""
    out = [Choice(word, 0, url([*_first_page(request), ("zonder", word)])) for word in added]
    back = [Choice(word, 0, url([p for p in _first_page(request) if p != ("zonder", word)])) for word in request.zonder]
    return out, back


def filter_pairs(request: PageRequest) -> Pairs:
    """Return the filters that are on, which a new question in the box keeps."""
    return [pair for pair in request.pairs() if pair[0] in _FILTER_KEYS]


def json_twin(request: PageRequest) -> str:
    """Return where the API gives the same: the results, or the list of publications where nothing was asked."""
    return url(request.pairs(), "/v1/zoekresultaten") if request.q else "/v1/publicaties"


def turned(request: PageRequest, total: int) -> tuple[str | None, str | None]:
    """Return the addresses of the previous and the next page, None where there is none."""
    back, on = request.offset - request.limiet, request.offset + request.limiet
    previous = url(_at(request, max(back, 0))) if request.offset else None
    return previous, url(_at(request, on)) if on < total else None


def _at(request: PageRequest, offset: int) -> Pairs:
    return [*_first_page(request), *([("offset", str(offset))] if offset else [])]


def _first_page(request: PageRequest) -> Pairs:
    return [pair for pair in request.pairs() if pair[0] != "offset"]


def _with(request: PageRequest, key: str, value: str) -> Pairs:
    if key != "jaar":
        return [*_first_page(request), (key, value)]
    return [*(p for p in _first_page(request) if p[0] not in _YEARS), *((k, value) for k in _YEARS)]


def _chip(request: PageRequest, key: str, value: str) -> Chip:
    if key in _YEARS:
        left = [p for p in _first_page(request) if p[0] not in _YEARS]
        label = f"Jaar: {_range(request.jaar_vanaf, request.jaar_tot)}"
    else:
        left = [p for p in _first_page(request) if p != (key, value)]
        label = f"{_NAMES[key]}: {_label(key, value)}"
    return Chip(label, url(left), from_pairs(left))


def _range(first: int | None, last: int | None) -> str:
    if first == last:
        return str(first)
    return f"{first}–{last}" if first and last else f"vanaf {first}" if first else f"tot en met {last}"


def _label(key: str, value: str) -> str:
    return kind_label(value) if key == "soort" else value


def from_pairs(pairs: Pairs) -> PageRequest:
    """Read a search from the (key, value) pairs of a URL; keys that are not ours and empty fields are ignored.

    Raises:
        pydantic.ValidationError: a value is not what it should be.
    """
    fields: dict[str, str | list[str]] = {}
    for key, value in pairs:
        if not value.strip():
            continue
        if key in _SINGLE:
            fields[key] = value
        elif key in _LISTS:
            fields[key] = [*fields.get(key, ()), value]
    return PageRequest.model_validate(fields)
