"""The rules for a record of the collection, and what the collection as a whole lacks.

The rules are those of `docs/collectie.md`; messages are in Dutch, for the editor. An error keeps a record out of a
release, a warning asks for a second look.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from corpus.coverage import Coverage, coverage
from corpus.document import DOCUMENT_KINDS, ITEM_KINDS
from corpus.errors import UsageError
from corpus.gemeenten import register
from corpus.overlap import words
from corpus.readability import flesch_douma
from corpus.taxonomy import taxonomy

KINDS = (*DOCUMENT_KINDS, *ITEM_KINDS)
HEADINGS = ("Wat", "Voor wie", "Wie doet wat", "Randvoorwaarden", "Resultaat", "Borging", "Contact")
EVIDENCE = ("tip", "praktijkvoorbeeld", "geëvalueerd", "erkend")
LISTS = ("doelgroep", "themas", "beroepen", "gemeenten", "regio", "wetten", "related")
STRINGS = ("id", "kind", "title", "evidence", "evidence_register")
BRON = ("title", "publisher", "url", "year", "read", "read_part")
FEWEST_WORDS, MOST_WORDS = 50, 250
HARD_TO_READ, MEDIAN_AT_LEAST = 40.0, 55.0
# The thresholds by which near duplicates among passages are linked, too.
JACCARD, CONTAINMENT, SHINGLE = 0.6, 0.8, 3

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_MARKER = re.compile(r"^ *(?:[-*]|\d+[.)]) +", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Unfinished text, and a path on somebody's own machine.
_FORBIDDEN = re.compile(r"\b(?:todo|fixme|lorem ipsum|xxx)\b|(?<![^\s\"'(])(?:\.\.?/|/\w+/)\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a record and what to do about it; `record` is empty for the collection as a whole."""

    severity: Literal["error", "warning"]
    record: str
    message: str


class Record(NamedTuple):
    """A record as it was read: the whole file, the front matter as TOML gives it, and the text below it."""

    name: str
    source: str
    front: Mapping[str, Any]
    body: str


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check: problems (errors first, by record), coverage, and reading level by record (0–100)."""

    records: tuple[str, ...]
    problems: tuple[Problem, ...]
    coverage: Coverage
    levels: Mapping[str, float]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that have to be solved."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def median_level(self) -> float | None:
        """The collection's median reading level, None for an empty collection."""
        return median(self.levels.values()) if self.levels else None


def check(folder: Path) -> CheckReport:
    """Check every record (`*.md`) of the collection in `folder`.

    Raises:
        UsageError: there is no such folder, or no record in it.
    """
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise UsageError(f"{folder}: geen records (*.md) gevonden; geef de map van de collectie")
    problems: list[Problem] = []
    records: list[Record] = []
    for path in paths:
        try:
            records.append(read(path))
        except ValueError as exc:
            problems.append(Problem("error", path.stem, str(exc)))
    names = {path.stem for path in paths}
    for record in records:
        problems += record_problems(record, names)
    levels = {record.name: flesch_douma(_prose(record.body)) for record in records if words(_prose(record.body))}
    problems += [*_title_problems(records), *_likeness_problems(records), *_level_problems(levels)]
    problems.sort(key=lambda problem: (problem.severity, problem.record))
    return CheckReport(tuple(sorted(names)), tuple(problems), coverage(record.front for record in records), levels)


def read(path: Path) -> Record:
    """Read one record.

    Raises:
        ValueError: it is not UTF-8, or has no front matter in TOML between two lines `+++`; the message says so.
    """
    try:
        source = path.read_text("utf-8")
        empty, front, body = source.split("+++\n", 2)
        if empty:
            raise ValueError("er staat tekst boven de eerste regel +++")
        return Record(path.stem, source, tomllib.loads(front), body.strip())
    except ValueError as exc:
        raise ValueError(
            f"het blok tussen twee regels +++ ontbreekt of is geen geldige TOML ({exc});"
            " vergelijk met docs/collectie.md en sla het bestand op als UTF-8"
        ) from exc


def record_problems(record: Record, names: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with one record; `names` are those of all records, for its links."""
    for message in (
        *_front(record),
        *_evidence(record.front),
        *_labels(record.front),
        *_source(record.front.get("bron")),
        *_body(record),
        *_related(record, set(names)),
    ):
        yield Problem("error", record.name, message)


def _front(record: Record) -> Iterator[str]:
    front = record.front
    if front.get("id") != record.name or not _SLUG.fullmatch(record.name):
        yield f"id is {front.get('id')!r}; het moet de bestandsnaam zijn: kleine letters, cijfers en streepjes"
    if front.get("kind") not in KINDS:
        yield f"kind is {front.get('kind')!r}; kies uit {', '.join(KINDS)}"
    for name in (name for name in ("title", "themas") if not front.get(name)):
        yield f"{name} ontbreekt; vul het in"
    if "doelgroep" not in front:
        yield "doelgroep ontbreekt; schrijf [] als het over iedereen gaat"
    for name in sorted(set(front) - {*LISTS, *STRINGS, "year", "bron"}):
        yield f"{name!r} is geen veld van een record; haal het weg of verbeter de naam"
    for name in (name for name in STRINGS if not isinstance(front.get(name, ""), str)):
        yield f"{name} moet tekst zijn, tussen aanhalingstekens"
    if not isinstance(front.get("year", 0), int):
        yield "year moet een jaartal zijn, zonder aanhalingstekens"


def _evidence(front: Mapping[str, Any]) -> Iterator[str]:
    if front.get("evidence", EVIDENCE[0]) not in EVIDENCE:
        yield f"evidence is {front['evidence']!r}; kies uit {', '.join(EVIDENCE)}, of laat het weg"
    if "evidence_register" in front and front.get("evidence") != "erkend":
        yield 'evidence_register hoort alleen bij evidence = "erkend"; haal het weg'


def _labels(front: Mapping[str, Any]) -> Iterator[str]:
    for name in (name for name in LISTS if name in front):
        values = front[name]
        if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
            yield f'{name} moet een lijst van teksten zijn, zoals ["een", "twee"]'
        elif unknown := sorted(set(values) - _vocabulary().get(name, set(values))):
            file = "corpus/gemeenten.csv" if name == "gemeenten" else "corpus/taxonomy.toml"
            yield f"{name}: {', '.join(unknown)} staat niet in {file}; kies een naam van daar"


def _source(bron: object) -> Iterator[str]:
    if not isinstance(bron, dict):
        yield "de bron ontbreekt; voeg [bron] toe met title en read"
        return
    for name in sorted({"title", "read"} - {name for name, value in bron.items() if value}):
        yield f"bron: {name} ontbreekt; zonder bron en leesdatum kan een lezer het niet nagaan"
    for name in sorted(set(bron) - set(BRON)):
        yield f"bron: {name!r} is geen veld; de velden zijn {', '.join(BRON)}"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(bron.get("read") or "2000-01-01")):
        yield "bron: read moet een datum zijn als 2026-01-31"
    if not re.match(r"https?://[^\s/]+/?", str(bron.get("url", "https://x"))):
        yield f"bron: url {bron['url']!r} is geen webadres; laat het weg als u het niet weet"
    if bron.get("read_part", "begin") not in ("begin", "deel"):
        yield "bron: read_part is begin of deel; laat het weg als alles gelezen is"


def _body(record: Record) -> Iterator[str]:
    count = len(words(_COMMENT.sub("", record.body)))
    if not FEWEST_WORDS <= count <= MOST_WORDS:
        yield f"de tekst telt {count} woorden; maak er {FEWEST_WORDS} tot {MOST_WORDS} van"
    if record.body.startswith("#"):
        yield "de tekst begint met een kopje; zeg eerst in één zin wat het is, wie het deed en waar"
    for heading in sorted({*_HEADING.findall(record.body)} - {*HEADINGS}):
        yield f"kopje {heading!r} mag niet; gebruik {', '.join(HEADINGS)}"
    if "<!--" in record.body:
        yield "er staan nog vragen van het sjabloon in; beantwoord ze en haal de regels <!-- … --> weg"
    if found := _FORBIDDEN.search(record.source):
        yield f"{found.group()!r} hoort niet in een record; haal het weg"


def _related(record: Record, names: set[str]) -> Iterator[str]:
    related = record.front.get("related", [])
    for name in related if isinstance(related, list) else ():
        if name == record.name:
            yield "related verwijst naar het record zelf; haal die verwijzing weg"
        elif name not in names:
            yield f"related verwijst naar {name!r}, dat niet bestaat; verbeter de naam of haal die weg"


@cache
def _vocabulary() -> Mapping[str, set[str]]:
    """Return field of the front matter → the names that may stand there."""
    known = taxonomy()
    lists = {
        "doelgroep": known.doelgroepen,
        "themas": known.themas,
        "beroepen": known.beroepen,
        "wetten": known.wetten,
        "regio": known.regios,
    }
    labels = {name: {entry.label for entry in entries} for name, entries in lists.items()}
    return labels | {"gemeenten": {row.naam for row in register().present}}


def _title_problems(records: list[Record]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for record in records:
        title = str(record.front.get("title", record.name)).casefold()
        other = first.setdefault(title, record.name)
        if other != record.name:
            yield Problem("error", record.name, f"heeft dezelfde titel als {other}; geef elk record een eigen titel")


def _likeness_problems(records: list[Record]) -> Iterator[Problem]:
    """Yield records that repeat another one: an error if word for word, a warning if nearly."""
    shingles = {record.name: _shingles(record.body) for record in records}
    having: dict[tuple[str, ...], list[str]] = {}
    for name, grams in shingles.items():
        for gram in grams:
            having.setdefault(gram, []).append(name)
    shared = Counter(pair for names in having.values() for pair in combinations(names, 2))
    for (one, other), common in shared.items():
        a, b = len(shingles[one]), len(shingles[other])
        if common == a == b:
            yield Problem("error", other, f"heeft dezelfde tekst als {one}; houd er één")
        elif common >= JACCARD * (a + b - common) or common >= CONTAINMENT * min(a, b):
            yield Problem("warning", other, f"lijkt sterk op {one}; voeg ze samen of maak het verschil duidelijk")


def _shingles(body: str) -> set[tuple[str, ...]]:
    found = words(_prose(body))
    return {tuple(found[i : i + SHINGLE]) for i in range(len(found) - SHINGLE + 1)}


def _level_problems(levels: Mapping[str, float]) -> Iterator[Problem]:
    for name, level in levels.items():
        if level < HARD_TO_READ:
            yield Problem(
                "warning", name, f"leest moeilijk ({level:.0f}, graag 60 of meer); maak zinnen en woorden korter"
            )
    if levels and median(levels.values()) < MEDIAN_AT_LEAST:
        middle = median(levels.values())
        yield Problem(
            "error", "", f"de middelste leesbaarheid is {middle:.0f}; zij moet minstens {MEDIAN_AT_LEAST:.0f} zijn"
        )


def _prose(body: str) -> str:
    """Return the text that is read as sentences: no headings and no marks of a list."""
    return _MARKER.sub("", _HEADING.sub("", _COMMENT.sub("", body)))
