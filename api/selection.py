"""The state of the results page as URLs: facets to choose, chips to take off, pages to turn, links to share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from api.schemas import PageRequest
from api.wording import dutch_date, kind_label
from index.results import Query

FACETS = {
    "kind": ("soort", "Soort"),
    "doelgroep": ("doelgroep", "Doelgroep"),
    "thema": ("thema", "Thema"),
    "beroep": ("beroep", "Beroep"),
    "gemeente": ("gemeente", "Gemeente"),
    "regio": ("regio", "Regio"),
    "publisher": ("publisher", "Uitgever"),
}
_YEARS = ("jaarVanaf", "jaarTot")
_LISTS = tuple(key for key, _ in FACETS.values())
_FILTER_KEYS = (*_LISTS, *_YEARS, "nieuwSinds")
_SINGLE = ("q", "offset", "nieuwSinds", "sinds", *_YEARS)
_NAMES = dict(FACETS.values())
SHOWN, MOST_SHOWN = 5, 40

Pairs = list[tuple[str, str]]
Counts = tuple[tuple[str, int], ...]


class Choice(NamedTuple):
    """Something to add: its label, a number of results, where the link leads; with `more` that many come on top."""

    label: str
    total: int
    href: str
    more: bool = False


class Group(NamedTuple):
    """The values of one facet that can still be chosen, at most `MOST_SHOWN`; `rest` counts those left out."""

    name: str
    choices: tuple[Choice, ...]
    rest: int = 0


class Chip(NamedTuple):
    """A filter that is on: what it says, the link without it, and that search as a request."""

    label: str
    href: str
    without: PageRequest


def url(pairs: Pairs, path: str = "/zoek") -> str:
    """Return the address of a search."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def of_query(query: Query) -> str:
    """Return the address of a search for words or for themes."""
    return url([*([("q", query.text)] if query.text else []), *(("thema", theme) for theme in query.filters.thema)])


def groups(request: PageRequest, facets: Mapping[str, Counts], beside: Mapping[str, Counts]) -> tuple[Group, ...]:
    """Return the facets of a result, without the values that are on.

    Args:
        request: what was asked.
        facets: values of the results, which narrow them down.
        beside: for the fields that are filtered on, what other values would add instead.
    """
    found = []
    for field, (key, name) in FACETS.items():
        values = beside[field] if field in beside else facets.get(field, ())
        choices = tuple(
            Choice(_label(key, value), count, url(_with(request, key, value)), field in beside)
            for value, count in values[:MOST_SHOWN]
        )
        if choices:
            found.append(Group(name, choices, max(0, len(values) - MOST_SHOWN)))
    return tuple(found)


def years(request: PageRequest, counts: Counts) -> tuple[Choice, ...]:
    """Return the years of a result, newest first, each as a link to that year alone; none when one year is on."""
    if request.jaar_vanaf and request.jaar_vanaf == request.jaar_tot:
        return ()
    rest = [pair for pair in _first_page(request) if pair[0] not in _YEARS]
    return tuple(Choice(year, n, url([*rest, *((key, year) for key in _YEARS)])) for year, n in counts)


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


def asked_as(request: PageRequest, question: str | None) -> Choice | None:
    """Return the same search with another question, or None where there is none."""
    rest = [pair for pair in _first_page(request) if pair[0] not in ("q", "zonder")]
    return Choice(question, 0, url([("q", question), *rest])) if question else None


def kept_pairs(request: PageRequest, *, but: tuple[str, ...]) -> Pairs:
    """Return what a form that asks for `but` keeps of the search, as hidden fields; it starts at the first page."""
    return [pair for pair in _first_page(request) if pair[0] not in but]


def filter_pairs(request: PageRequest) -> Pairs:
    """Return the filters that are on, which a new question in the box keeps."""
    return [pair for pair in request.pairs() if pair[0] in _FILTER_KEYS]


def shared(request: PageRequest, day: str) -> str:
    """Return the address of this search to send to somebody: opened later, it tells what came in since `day`."""
    return url([*(pair for pair in _first_page(request) if pair[0] != "sinds"), ("sinds", day)])


def only_new(request: PageRequest) -> str:
    """Return the address of what came in since the search was shared."""
    return url(
        [*(p for p in _first_page(request) if p[0] not in ("sinds", "nieuwSinds")), ("nieuwSinds", str(request.sinds))]
    )


def json_twin(request: PageRequest) -> str:
    """Return where the API gives the same: the results, or the list of publications where nothing was asked."""
    return url(request.pairs(), "/v1/zoekresultaten") if request.q else "/v1/publicaties"


def download(request: PageRequest, format: str) -> str:
    """Return where the first hundred results can be fetched as a file."""
    return url([*_first_page(request), ("limiet", "100"), ("formaat", format)], "/v1/zoekresultaten")


def citations(ids: Iterable[str], format: str) -> str:
    """Return where the references of passages and publications can be fetched as a file."""
    return url([*(("id", id) for id in ids), ("formaat", format)], "/v1/bronvermeldingen")


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
    return [*_first_page(request), (key, value)]


def _chip(request: PageRequest, key: str, value: str) -> Chip:
    if key in _YEARS:
        left = [p for p in _first_page(request) if p[0] not in _YEARS]
        label = f"Jaar: {_range(request.jaar_vanaf, request.jaar_tot)}"
    elif key == "nieuwSinds":
        left = [p for p in _first_page(request) if p[0] != key]
        label = f"Nieuw sinds {dutch_date(value)}"
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
        elif key in (*_LISTS, "zonder"):
            fields[key] = [*fields.get(key, ()), value]
    return PageRequest.model_validate(fields)
