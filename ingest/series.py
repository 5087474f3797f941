"""Congresses of one series: which documents tell of them, and under which other spelling they know a speaker.

Both are guesses over more than one document: two meetings that share at least two of their people, of whom one may be
spelled slightly differently ("Henri de Boer", "Henry de Boer"). What a document says itself is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from corpus.document import Document, normalised

_MEETINGS = frozenset({"plenair", "sessie", "debat", "flitspresentatie", "tip"})
_TOGETHER = 2
_FIELDS = ("same_series_as", "aliases")


def linked(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield the documents whose links changed, with the links as they should be now.

    `extra["same_series_as"]` holds the ids of the other documents, `extra["aliases"]` the other spellings of the names
    that the document's items use; both are named in `inferred`.

    Args:
        documents: the whole collection, read once; each may carry links from an earlier look.
    """
    everyone = list(documents)
    people = {d.id: names for d in everyone if len(names := _people(d)) >= _TOGETHER and _is_meeting(d)}
    same: dict[str, set[str]] = {}
    aliases: dict[str, dict[str, set[str]]] = {}
    for a, b in _pairs(people):
        shared = _shared(people[a], people[b])
        if len(shared) < _TOGETHER or all(left != right for left, right in shared):
            continue
        for one, other, pairs in ((a, b, shared), (b, a, [(right, left) for left, right in shared])):
            same.setdefault(one, set()).add(other)
            for own, spelled in pairs:
                if own != spelled:
                    aliases.setdefault(one, {}).setdefault(own, set()).add(spelled)
    for document in everyone:
        named = {name: sorted(others) for name, others in sorted(aliases.get(document.id, {}).items())}
        new = _with_links(document, sorted(same.get(document.id, ())), named)
        if new != document:
            yield new


def _is_meeting(document: Document) -> bool:
    return document.event_date is not None or document.kind in ("aankondiging", "congresprogramma")


def _people(document: Document) -> frozenset[str]:
    """Return who speaks in the sessions or gave the tips of a document, by full name."""
    speakers = (s.name for item in document.items if item.kind in _MEETINGS for s in item.speakers)
    return frozenset(normalised(name) for name in speakers if " " in name.strip())


def _pairs(people: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of documents that have a name in common, not all pairs there are."""
    by_name: dict[str, list[str]] = {}
    for document_id, names in people.items():
        for name in names:
            by_name.setdefault(name, []).append(document_id)
    yield from sorted({pair for ids in by_name.values() for pair in combinations(sorted(ids), 2)})


def _shared(left: frozenset[str], right: frozenset[str]) -> list[tuple[str, str]]:
    """Return the people of both documents as each spells them."""
    exact = [(name, name) for name in sorted(left & right)]
    rest = [(a, b) for a in sorted(left - right) for b in sorted(right - left) if _alike(a, b)]
    return exact + rest


def _alike(a: str, b: str) -> bool:
    """Tell whether two names have the same surname, and given names that differ in one letter only."""
    given, surname = a.split(" ", 1)
    other, other_surname = b.split(" ", 1)
    if surname.casefold() != other_surname.casefold() or given[:2] != other[:2] or min(len(given), len(other)) < 4:
        return False
    if len(given) == len(other):
        return sum(x != y for x, y in zip(given, other, strict=True)) == 1
    short, long = sorted((given, other), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _with_links(document: Document, same: list[str], aliases: dict[str, list[str]]) -> Document:
    links = {name: value for name, value in zip(_FIELDS, (same, aliases), strict=True) if value}
    others = {name: value for name, value in document.extra.items() if name not in _FIELDS}
    inferred = (*(name for name in document.inferred if name not in _FIELDS), *links)
    return replace(document, extra={**others, **links}, inferred=inferred)
