"""What a theme page tells: the best supported records first, for whom they are, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from api.selection import url
from api.wording import evidence_level
from corpus.begrippen import Begrip, thesaurus
from corpus.taxonomy import Entry, taxonomy
from index.results import Filters, Hit, Query
from index.search import Searcher

SHOWN, NEIGHBOURS = 5, 6
STEPS = {
    "Praktijkvoorbeelden": ("praktijkvoorbeeld", "databank-interventie"),
    "Tips en reacties": ("tip", "reactie", "aanbeveling", "vraag-antwoord"),
    "Handreikingen en cijfers": ("handreiking", "feit", "factsheet", "rapport"),
    "Beleid, nieuws en congressen": ("beleidspagina", "nieuwsbericht", "artikel", "sessie", "plenair", "debat"),
}
# So many of each are looked at to show the best supported ones first.
_LOOKED_AT = 40


class Theme(NamedTuple):
    """A theme in the list of themes."""

    slug: str
    label: str
    description: str
    total: int


class Step(NamedTuple):
    """Records of some kinds, the best supported first: the first few, how many there are, and where they all are."""

    name: str
    hits: tuple[Hit, ...]
    total: int
    href: str


@dataclass(frozen=True)
class Contents:
    """What there is on a theme. `missing` are the professions for which there is nothing."""

    total: int
    steps: tuple[Step, ...]
    professions: tuple[tuple[str, int], ...]
    neighbours: tuple[tuple[Entry, int], ...]
    begrippen: tuple[Begrip, ...]
    missing: tuple[str, ...]


def href(label: str) -> str:
    """Return the page of a theme, or the search for one that the taxonomy does not have."""
    entry = taxonomy().thema(label)
    return f"/thema/{entry.slug}" if entry else url([("thema", label)])


def listed(searcher: Searcher) -> list[Theme]:
    """Return all themes of the taxonomy with the number of records on each."""
    counts = dict(searcher.search(Query("", 0)).facets["thema"])
    return [Theme(e.slug, e.label, e.description, counts.get(e.label, 0)) for e in taxonomy().themas]


def contents(searcher: Searcher, theme: Entry) -> Contents:
    """Return what the collection has on a theme."""
    found = searcher.search(Query("", 0, Filters(thema=(theme.label,))))
    facets = {name: dict(values) for name, values in found.facets.items()}
    others = ((entry, facets["thema"].get(entry.label, 0)) for entry in taxonomy().themas if entry != theme)
    professions = tuple(entry.label for entry in taxonomy().beroepen)
    named = {term for mention in thesaurus().mentions(theme.label) for term in mention.begrippen}
    return Contents(
        total=found.total,
        steps=tuple(step for name in STEPS if (step := _step(searcher, theme, name)).hits),
        professions=found.facets["beroep"],
        neighbours=tuple(sorted((other for other in others if other[1]), key=lambda other: -other[1])[:NEIGHBOURS]),
        begrippen=tuple(thesaurus().begrippen[term] for term in sorted(named)),
        missing=tuple(label for label in professions if label not in facets["beroep"]),
    )


def _step(searcher: Searcher, theme: Entry, name: str) -> Step:
    filters = Filters(kind=STEPS[name], thema=(theme.label,))
    found = searcher.search(Query("", _LOOKED_AT, filters))
    chosen: dict[str, Hit] = {}
    for hit in sorted(found.hits, key=lambda hit: -evidence_level(hit.evidence)):
        # A publication and the item that is all of it have one title.
        chosen.setdefault(hit.item_title or hit.title, hit)
    all_of_it = url([("thema", theme.label), *(("soort", kind) for kind in STEPS[name])])
    return Step(name, tuple(chosen.values())[:SHOWN], found.total, all_of_it)


def as_json(found: Contents, theme: Entry) -> dict[str, Any]:
    """Return the page in plain JSON types."""
    return {
        "slug": theme.slug,
        "label": theme.label,
        "omschrijving": theme.description,
        "aantal": found.total,
        "groepen": [
            {"naam": step.name, "aantal": step.total, "publicaties": [_as_json(hit) for hit in step.hits]}
            for step in found.steps
        ],
        "beroepen": [{"beroep": name, "aantal": total} for name, total in found.professions],
        "niets_voor": list(found.missing),
        "verwant": [{"slug": entry.slug, "label": entry.label, "aantal": n} for entry, n in found.neighbours],
    }


def _as_json(hit: Hit) -> dict[str, Any]:
    title = hit.item_title or hit.title
    return {"id": hit.document_id, "item_id": hit.item_id, "titel": title, "soort": hit.kind, "jaar": hit.year}
