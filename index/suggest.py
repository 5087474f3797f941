"""What a searcher may mean: names and titles while they type, the right spelling, wider subjects, the same list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from corpus.begrippen import Begrip, thesaurus
from corpus.document import Document
from corpus.taxonomy import taxonomy
from index.dutch import analyse, fold, word_terms
from index.records import Entry
from index.results import Filters, Hit, Query
from index.search import Searcher

FEWEST_LETTERS, FEWEST_FOR_TITLES = 2, 4
TERMS, TITLES = 5, 3
_LONGEST_TITLE = 120  # characters; what is longer is the text of an item that has no title
_LONGEST_NAME = 4  # words
Counts = tuple[tuple[str, int], ...]
_WORD = re.compile(r"\S+")


class Suggestion(NamedTuple):
    """A way to go on: a question (`entry` is None) or a record. `note` says what else the suggested name is called."""

    kind: Literal["begrip", "titel"]
    text: str
    note: str | None = None
    entry: Entry | None = None


class Wider(NamedTuple):
    """A wider subject: its name, the search for it, and how many results that has."""

    label: str
    query: Query
    total: int


def suggestions(searcher: Searcher, text: str) -> tuple[Suggestion, ...]:
    """Return names from the thesaurus that the typed words begin, then titles that have them all.

    Every suggestion leads somewhere: a name of which the collection lacks a word is left out.
    """
    if len(text.strip()) < FEWEST_LETTERS:
        return ()
    titled = _titled(searcher, text) if len(text.strip()) >= FEWEST_FOR_TITLES else iter(())
    titles = _first((Suggestion("titel", entry.title, None, entry) for entry in titled), TITLES)
    return (*_terms(searcher, text)[:TERMS], *titles)


def corrected(searcher: Searcher, text: str) -> str | None:
    """Return the question with words that the collection lacks in their nearest spelling, or None."""
    repaired = searcher.terms(Query(text)).repaired
    better = text
    for token in reversed(list(analyse(text))):
        other = repaired.get(fold(token.text))
        if other:
            better = better[: token.start] + other + better[token.end :]
    return better if better != text else None


def wider(searcher: Searcher, query: Query) -> tuple[Wider, ...]:
    """Return wider subjects than the query's that do have results, most first.

    They are the themes whose words the question uses, the broader concepts of those that it names, and the themes
    that go along most with a theme that is filtered on.
    """
    asked: dict[str, Query] = {}
    for mention in thesaurus().mentions(query.text):
        for term in mention.begrippen:
            asked |= {broader: Query(broader, 0) for broader in thesaurus().begrippen[term].breder}
    for theme in taxonomy().themas:
        if theme.count(query.text) and theme.label not in query.filters.thema:
            asked[theme.label] = Query("", 0, Filters(thema=(theme.label,)))
    for label in query.filters.thema:
        beside = searcher.search(Query("", 0, Filters(thema=(label,)))).facets["thema"]
        asked |= {other: Query("", 0, Filters(thema=(other,))) for other, _ in beside[1:3]}
    found = (Wider(label, wanted, searcher.search(wanted).total) for label, wanted in asked.items())
    return tuple(sorted((one for one in found if one.total), key=lambda one: -one.total))[:4]


def same_list(searcher: Searcher, document: Document) -> tuple[Hit, ...]:
    """Return the tips that come from the same source as a tip, itself included, in the order of their titles."""
    if document.kind != "tip" or not document.url:
        return ()
    there = Filters(kind=("tip",), publisher=(document.publisher,) if document.publisher else ())
    hits = searcher.search(Query("", 200, there)).hits
    return tuple(sorted((hit for hit in hits if hit.url == document.url), key=lambda hit: hit.source_id or hit.title))


def beside(searcher: Searcher, query: Query, facets: Mapping[str, Counts]) -> dict[str, Counts]:
    """Return, per field that is filtered on, the other values and how many results each would add, most first.

    Args:
        searcher: where to count.
        query: the search with its filters.
        facets: those of its results.
    """
    found: dict[str, Counts] = {}
    for field, known in facets.items():
        if field == "year" or not getattr(query.filters, field):
            continue
        off: dict[str, Any] = {field: ()}
        without = replace(query, k=0, offset=0, filters=replace(query.filters, **off))
        have = dict(known)
        more = ((value, count - have.get(value, 0)) for value, count in searcher.search(without).facets[field])
        found[field] = tuple(sorted((pair for pair in more if pair[1] > 0), key=lambda pair: -pair[1]))
    return found


def _first(found: Iterator[Suggestion], count: int) -> list[Suggestion]:
    """Return the first `count` that are not the same to a reader."""
    chosen: dict[str, Suggestion] = {}
    for suggestion in found:
        chosen.setdefault(fold(suggestion.text), suggestion)
        if len(chosen) == count:
            break
    return list(chosen.values())


class _Name(NamedTuple):
    """A name of a concept, folded and as written; English ones begin too many Dutch words to be told by two letters."""

    folded: str
    written: str
    begrip: Begrip
    fewest: int


def _terms(searcher: Searcher, text: str) -> list[Suggestion]:
    """Complete the last words of the text, as many as begin a name; the names that most passages have come first."""
    for word in list(_WORD.finditer(text))[-_LONGEST_NAME:]:
        head, typed = text[: word.start()], fold(text[word.start() :]).strip()
        if len(typed) < FEWEST_LETTERS:
            continue
        meant: dict[str, list[_Name]] = {}
        for name in _names():
            if name.folded.startswith(typed) and len(typed) >= name.fewest:
                meant.setdefault(name.begrip.term, []).append(name)
        found = [_completed(searcher, head, names) for names in meant.values()]
        if found:
            return [suggestion for number, suggestion in sorted(found, key=lambda pair: -pair[0]) if number]
    return []


def _completed(searcher: Searcher, head: str, names: list[_Name]) -> tuple[int, Suggestion]:
    """Return the suggestion for one concept and how many passages have it.

    It is the first name that the collection has, or else the term, which search adds to the others.
    """
    term = names[0].begrip.term
    written = next((name.written for name in names if _passages(searcher, name.written)), None)
    chosen, other = (written, term) if written else (term, names[0].written)
    note = other if other != chosen else next(iter(names[0].begrip.afkortingen), None)
    return _passages(searcher, chosen), Suggestion("begrip", f"{head}{chosen}", note)


@lru_cache(maxsize=1)
def _names() -> tuple[_Name, ...]:
    """Return all names of concepts but layman's words: terms first, then short ones."""
    found = [
        (kind != "term", len(name), _Name(fold(name), name, begrip, 4 if kind == "engels" else FEWEST_LETTERS))
        for begrip in thesaurus().begrippen.values()
        for name, kind in begrip.names()
        if kind != "leek"
    ]
    return tuple(name for _, _, name in sorted(found, key=lambda entry: entry[:2]))


def _passages(searcher: Searcher, name: str) -> int:
    """Return about how many passages have a name: as many as its rarest part."""
    words = [word_terms(word) for token in analyse(name) for word in token.words]
    return min(searcher.reader.frequencies([("p", part) for terms in words for part in terms.parts]), default=0)


def _titled(searcher: Searcher, text: str) -> Iterator[Entry]:
    """Yield the records with all typed words in their title, each at the start of a word; short titles first."""
    typed = fold(text).split()
    patterns = [re.compile(rf"(?<!\w){re.escape(word)}") for word in typed]
    for folded, entry in _titles(searcher):
        if all(word in folded for word in typed) and all(pattern.search(folded) for pattern in patterns):
            yield entry


@lru_cache(maxsize=1)
def _titles(searcher: Searcher) -> tuple[tuple[str, Entry], ...]:
    titled = [
        (fold(entry.title), entry) for entry in searcher.reader.entries() if 0 < len(entry.title) <= _LONGEST_TITLE
    ]
    return tuple(sorted(titled, key=lambda pair: (len(pair[0]), pair[0])))
