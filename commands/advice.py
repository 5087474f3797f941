"""Where to go from a search that found nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from api.wording import count

if TYPE_CHECKING:
    from index.results import Filters, Query
    from index.search import Searcher


def unknown_values(searcher: Searcher, filters: Filters) -> Iterator[str]:
    """Yield a message for every filter value that the collection does not have, with those that look like it."""
    for field, known in searcher.labels.items():
        labels = {label.casefold(): label for label in known}
        for value in getattr(filters, field):
            if value.casefold() not in labels:
                near = difflib.get_close_matches(value.casefold(), labels, 3)
                like = f"; there is {', '.join(labels[name] for name in near)}" if near else ""
                yield f"--{field} {value}: the collection has no such {field}{like}"


def nothing(searcher: Searcher, query: Query) -> Iterator[str]:
    """Yield what to tell and to try: another spelling, a filter less, a wider subject."""
    from index.suggest import corrected, wider

    passages = count(searcher.manifest.passages, "passage", "passages")
    yield f"Niets gevonden in {passages} (momentopname {searcher.snapshot_id})."
    better = corrected(searcher, query.text)
    if better:
        yield f"Bedoelde u: {better}"
    for option, loose in _loosened(query):
        total = searcher.search(replace(loose, k=0)).total
        if total:
            yield f"Zonder {option}: {count(total, 'vindplaats', 'vindplaatsen')}"
    for subject in wider(searcher, query):
        yield f"Ruimer: {subject.label}, {count(subject.total, 'vindplaats', 'vindplaatsen')}"


def _loosened(query: Query) -> Iterator[tuple[str, Query]]:
    """Yield each filter that is on as an option, and the query without it."""
    for field in fields(query.filters):
        value = getattr(query.filters, field.name)
        if value != field.default:
            off: dict[str, Any] = {field.name: field.default}
            yield f"--{field.name}", replace(query, filters=replace(query.filters, **off))
