"""The thesaurus: the concepts of the field, and every name that people give them.

The data is `begrippen.toml` beside this file; `docs/begrippen.md` explains its fields. Search uses it to find
"gebiedsteam" for whoever asks for "wijkteam"; the page uses it to explain a word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from corpus.errors import StoreError

_FILE = Path(__file__).with_name("begrippen.toml")

Relation = Literal["synoniem", "afkorting", "voorganger", "engels", "leek", "smaller"]

_NAMES: Mapping[str, Relation] = {
    "synoniemen": "synoniem",
    "afkortingen": "afkorting",
    "voorgangers": "voorganger",
    "engels": "engels",
    "leek": "leek",
}
_REFERENCES = ("breder", "verwant", "niet_verwarren")
_FIELDS = {"term", "uitleg", "bron", "dubbelzinnig", *_NAMES, *_REFERENCES}
# How sure we are that who used this kind of name means the concept, and how much it helps to look for it.
_FROM = {"term": 1.0, "synoniem": 1.0, "afkorting": 1.0, "voorganger": 0.8, "engels": 0.9, "leek": 0.6}
_TO = {"term": 0.9, "synoniem": 0.8, "afkorting": 0.8, "voorganger": 0.5, "engels": 0.3, "leek": 0.3}
_SMALLER = 0.4
_DOUBTFUL = 0.5
# A concept with more narrower ones than this is an area ("sociaal domein"): naming them all would drown the query.
_MOST_SMALLER = 6
_WORD = re.compile(r"[^\W_]+")
_ABBREVIATIONS = re.compile(r"\b([A-Z]{2,})['’]?s\b")
"""More than one of what an abbreviation stands for: "GPs", "POH's"; not "GPS"."""


@dataclass(frozen=True)
class Bron:
    """Where the meaning of a concept can be read; `url` is None where no lasting address is known."""

    title: str
    publisher: str
    url: str | None = None


@dataclass(frozen=True)
class Begrip:
    """One concept. `term` is the name that we prefer; `uitleg` says in our own Dutch what it is.

    `synoniemen` mean the same, local names included; `voorgangers` are what it was called or came out of; `leek` are
    words that people use who do not know the term. `breder`, `smaller` and `verwant` are terms of other concepts.
    `niet_verwarren` are terms of concepts with a name that looks like this one. `dubbelzinnig` are the names of this
    concept that may also mean something else.
    """

    term: str
    uitleg: str
    bron: Bron
    afkortingen: tuple[str, ...] = ()
    synoniemen: tuple[str, ...] = ()
    voorgangers: tuple[str, ...] = ()
    engels: tuple[str, ...] = ()
    leek: tuple[str, ...] = ()
    breder: tuple[str, ...] = ()
    smaller: tuple[str, ...] = ()
    verwant: tuple[str, ...] = ()
    niet_verwarren: tuple[str, ...] = ()
    dubbelzinnig: tuple[str, ...] = ()

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield every name of the concept with its kind: "term" or a `Relation`."""
        yield self.term, "term"
        for field, kind in _NAMES.items():
            for name in getattr(self, field):
                yield name, kind


class Link(NamedTuple):
    """Another name to look for: as it is written, how it relates, how much it counts (0–1], and for which concept."""

    term: str
    relation: Relation
    weight: float
    begrip: str


class Mention(NamedTuple):
    """A name of a concept in a text, the terms of the concepts that it may mean, and the other names to look for."""

    char_start: int
    char_end: int
    begrippen: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Thesaurus:
    """All concepts by their term, in the order of the file, and `phrases`: the key of every name → its meanings.

    A meaning is a term and the kind of name that it is ("term" or a `Relation`).
    """

    begrippen: Mapping[str, Begrip]
    phrases: Mapping[str, tuple[tuple[str, str], ...]]
    longest: int

    def lookup(self, phrase: str) -> tuple[Link, ...]:
        """Return the other names of what `phrase` as a whole means, the surest first; () if it is not known."""
        found: dict[str, Link] = {}
        own = key(phrase)
        for term, kind in self.phrases.get(own, ()):
            for link in self._links(self.begrippen[term], own, kind):
                known = found.get(key(link.term))
                if known is None or known.weight < link.weight:
                    found[key(link.term)] = link
        return tuple(sorted(found.values(), key=lambda link: -link.weight))

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the concepts named in `text`, left to right; of names that overlap the longest counts.

        That is what keeps false friends apart: "FACT-wijkteam" is a name of its own, so the "wijkteam" in it is none.
        """
        return tuple(self._matches(text))

    def _matches(self, text: str) -> Iterator[Mention]:
        words = list(_WORD.finditer(text))
        first = 0
        while first < len(words):
            size = self._longest_name(text, words[first : first + self.longest])
            if size:
                start, end = words[first].start(), words[first + size - 1].end()
                meanings = self.phrases[key(text[start:end])]
                yield Mention(
                    start, end, tuple(dict.fromkeys(term for term, _ in meanings)), self.lookup(text[start:end])
                )
            first += size or 1

    def _longest_name(self, text: str, words: list[re.Match[str]]) -> int:
        """Return how many of `words` make up a name, from the first one on; 0 if they begin none."""
        sizes = range(len(words), 0, -1)
        return next((n for n in sizes if key(text[words[0].start() : words[n - 1].end()]) in self.phrases), 0)

    def _links(self, begrip: Begrip, own: str, kind: str) -> Iterator[Link]:
        sure = _FROM[kind] * (_DOUBTFUL if own in map(key, begrip.dubbelzinnig) else 1)
        for name, other in begrip.names():
            if key(name) != own:
                relation = min((other, kind), key=_TO.__getitem__)
                yield Link(name, relation, round(sure * _TO[other], 3), begrip.term)  # type: ignore[arg-type]
        if kind != "leek" and len(begrip.smaller) <= _MOST_SMALLER:
            for name in begrip.smaller:
                yield Link(name, "smaller", round(sure * _SMALLER, 3), begrip.term)


@lru_cache(maxsize=1 << 14)
def key(name: str) -> str:
    """Return what two spellings of a name have in common: no case, accents, spaces, hyphens or inflection.

    "sociale wijkteams" and "Sociaal Wijkteam" give one key, as do "POH-jeugd", "POHjeugd" and "poh jeugd", and "GPs"
    and "GP".
    """
    plain = _ABBREVIATIONS.sub(r"\1", name).casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return "".join(map(_uninflected, _WORD.findall(plain)))


def _uninflected(word: str) -> str:
    """Return one form for singular and plural and for an adjective with and without -e; short words stay."""
    if len(word) < 5:
        return word
    if word[-1] == "s" and word[-2] not in "aiouys":
        word = word[:-1]
    if word.endswith(("ere", "eren")):
        return word.removesuffix("n")  # ouderen are not ouders
    word = word.removesuffix("en") if word.endswith("en") else word.removesuffix("e")
    last = word[-1]
    if last not in "aeiou":  # what is doubled before an ending differs: school, scholen; gesprek, gesprekken
        if word[-2] == last:
            word = word[:-1]
        elif word[-2] in "aeou" and word[-3:-2] == word[-2]:
            word = word[:-2] + last
    return word[:-1] + {"z": "s", "v": "f"}.get(last, last)


@cache
def thesaurus() -> Thesaurus:
    """Read and check the thesaurus, once.

    Raises:
        StoreError: the file is missing or wrong; the message names the entry and what to do.
    """
    try:
        return parse(_FILE.read_text("utf-8"))
    except OSError as exc:
        raise StoreError(f"{_FILE}: cannot be read ({exc}); reinstall samenwijzer") from exc


def parse(source: str) -> Thesaurus:
    """Return the thesaurus written in `source` (TOML).

    Raises:
        StoreError: it is no TOML, or breaks one of the rules in `docs/begrippen.md`.
    """
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as exc:
        raise StoreError(f"{_FILE}: this is not valid TOML: {exc}") from exc
    kinds = {name: type(table) for name, table in tables.items()}
    if kinds != {"bronnen": dict, "begrip": list}:
        raise StoreError(f"{_FILE}: it must have the tables [bronnen.…] and [[begrip]], and no others")
    sources = {name: _source(name, row) for name, row in tables["bronnen"].items()}
    entries = [_entry(number, row, sources) for number, row in enumerate(tables["begrip"], 1)]
    unused = sources.keys() - {row["bron"] for row in tables["begrip"]}
    if unused:
        raise StoreError(f"{_FILE}: [bronnen.{min(unused)}] is not used; remove it")
    begrippen = {entry.term: entry for entry in entries}
    phrases = _phrases(entries)
    _check_references(begrippen)
    for entry in entries:
        for broader in entry.breder:
            above = begrippen[broader]
            begrippen[broader] = replace(above, smaller=(*above.smaller, entry.term))
    longest = max((len(_WORD.findall(name)) for entry in entries for name, _ in entry.names()), default=0)
    return Thesaurus(begrippen, phrases, longest)


def _source(name: str, row: Any) -> Bron:  # noqa: ANN401 - whatever the file says
    fields = set(row) if isinstance(row, dict) and all(map(_is_text, row.values())) else set()
    if not {"title", "publisher"} <= fields <= {"title", "publisher", "url"}:
        raise StoreError(f"{_FILE}: [bronnen.{name}] must have title and publisher, may have url, all text")
    if not row.get("url", "https://").startswith(("http://", "https://")):
        raise StoreError(f"{_FILE}: [bronnen.{name}]: {row['url']!r} is not a web address")
    return Bron(row["title"], row["publisher"], row.get("url"))


def _entry(number: int, row: Mapping[str, Any], sources: Mapping[str, Bron]) -> Begrip:
    where = f"{_FILE}: [[begrip]] number {number} ({row.get('term') or 'no term'})"
    missing, unknown = {"term", "uitleg", "bron"} - set(row), set(row) - _FIELDS
    if missing or unknown:
        what = f"{min(missing)!r} is missing" if missing else f"{min(unknown)!r} is not a field"
        raise StoreError(f"{where}: {what}; the fields are {', '.join(sorted(_FIELDS))}")
    lists = {field: row[field] for field in (*_NAMES, *_REFERENCES, "dubbelzinnig") if field in row}
    for field, values in lists.items():
        if not (isinstance(values, list) and values and all(map(_is_text, values))):
            raise StoreError(f"{where}: {field} must be a list of at least one text; leave it out if there is none")
    if not all(_is_text(row[field]) for field in ("term", "uitleg", "bron")) or row["bron"] not in sources:
        raise StoreError(f"{where}: term and uitleg must be text, and bron the name of a table under [bronnen]")
    entry = Begrip(row["term"], row["uitleg"], sources[row["bron"]], **{k: tuple(v) for k, v in lists.items()})
    seen: set[str] = set()
    for name, _ in entry.names():
        if key(name) in seen:
            raise StoreError(f"{where}: {name!r} is there twice; case, hyphens and plurals do not count, keep one")
        seen.add(key(name))
    stray = [name for name in entry.dubbelzinnig if key(name) not in seen]
    if stray:
        raise StoreError(f"{where}: {stray[0]!r} under dubbelzinnig is not one of its names")
    return entry


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(key(value)) and value == value.strip()


def _phrases(entries: list[Begrip]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the meanings of every key; a name of two concepts must be flagged in both, layman's words excepted."""
    meanings: dict[str, list[tuple[Begrip, str, str]]] = {}
    for entry in entries:
        for name, kind in entry.names():
            meanings.setdefault(key(name), []).append((entry, name, kind))
    for own, uses in meanings.items():
        firm = [(entry, name) for entry, name, kind in uses if kind != "leek"]
        if len(firm) > 1 and not all(own in map(key, entry.dubbelzinnig) for entry, _ in firm):
            terms = " and ".join(repr(entry.term) for entry, _ in firm)
            raise StoreError(
                f"{_FILE}: {firm[0][1]!r} is a name of {terms}; keep it in one, or add it to dubbelzinnig in each"
            )
    return {own: tuple((entry.term, kind) for entry, _, kind in uses) for own, uses in meanings.items()}


def _check_references(begrippen: Mapping[str, Begrip]) -> None:
    for entry in begrippen.values():
        where = f"{_FILE}: [[begrip]] {entry.term!r}"
        for field in _REFERENCES:
            for term in getattr(entry, field):
                if term not in begrippen or term == entry.term:
                    raise StoreError(f"{where}: {field} names {term!r}, which is not the term of another begrip")
        for term in entry.niet_verwarren:
            own, other = ({key(name) for name, _ in one.names()} for one in (entry, begrippen[term]))
            shared = own & other
            if shared - set(map(key, entry.dubbelzinnig)):
                raise StoreError(f"{where}: it shares the name {min(shared)!r} with {term!r} under niet_verwarren")
        if entry.term in _above(begrippen, entry):
            raise StoreError(f"{where}: following breder leads back to itself; break the circle")


def _above(begrippen: Mapping[str, Begrip], entry: Begrip) -> set[str]:
    above: set[str] = set()
    waiting = list(entry.breder)
    while waiting:
        term = waiting.pop()
        if term not in above and term in begrippen:
            above.add(term)
            waiting.extend(begrippen[term].breder)
    return above
