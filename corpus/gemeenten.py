"""The register of Dutch municipalities, and where a text names them.

The register is `gemeenten.csv` beside this file; its head names the sources. Finding is strict: a name that is also
an ordinary word or a surname counts only with a cue ("gemeente Best", "in Best", "Oirschot, Best en Veldhoven").
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from corpus.errors import StoreError

_FILE = Path(__file__).with_name("gemeenten.csv")
_COLUMNS = ["code", "naam", "ook", "provincie", "ggd_regio", "sinds", "tot", "opvolger", "cue"]
_CUES = ("", "begin", "altijd", "nooit")


@dataclass(frozen=True)
class Gemeente:
    """One row of the register: a municipality, a former one, or a place (`code` empty).

    `sinds` and `tot` are years, None where before 1990 or still there. `opvolger` is the code of the next one, None
    for a present municipality. `cue` says when the bare name is not enough: "", "begin", "altijd" or "nooit".
    """

    code: str
    naam: str
    ook: tuple[str, ...]
    provincie: str
    ggd_regio: str
    sinds: int | None
    tot: int | None
    opvolger: str | None
    cue: str


class Mention(NamedTuple):
    """A name in a text: the spelling found there, the present municipality, and the stretch of text.

    `original` is the former municipality or place that was named, None if the present one was. `region` is true for
    "regio Amersfoort": the surroundings, not the municipality.
    """

    spelling: str
    gemeente: Gemeente
    original: str | None
    char_start: int
    char_end: int
    region: bool


@dataclass(frozen=True)
class Register:
    """All rows, and the two ways in: `by_code`, and `spellings` (every name and other spelling → its rows)."""

    rows: tuple[Gemeente, ...]
    by_code: Mapping[str, Gemeente]
    spellings: Mapping[str, tuple[Gemeente, ...]]

    @property
    def present(self) -> tuple[Gemeente, ...]:
        """The municipalities of today."""
        return tuple(row for row in self.rows if row.opvolger is None)

    def current(self, row: Gemeente) -> Gemeente:
        """Return the present municipality that `row` ended up in; a present one is its own."""
        while row.opvolger is not None:
            row = self.by_code[row.opvolger]
        return row


@cache
def register() -> Register:
    """Read and check the register, once.

    Raises:
        StoreError: the file is missing or damaged; the message names the line.
    """
    try:
        with _FILE.open(encoding="utf-8", newline="") as lines:
            numbered = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    except OSError as exc:
        raise StoreError(f"{_FILE}: cannot be read ({exc}); reinstall samenwijzer") from exc
    return parse(numbered)


def parse(numbered: list[tuple[int, str]]) -> Register:
    """Return the register from (line number, line) pairs, the header first.

    Raises:
        StoreError: a column is missing, a value is wrong, or a successor is not in the list.
    """
    numbers, lines = [number for number, _ in numbered], [line for _, line in numbered]
    table = list(csv.reader(lines))
    if not table or table[0] != _COLUMNS:
        raise StoreError(f"{_FILE}: the columns must be {','.join(_COLUMNS)}")
    rows = tuple(_row(number, cells) for number, cells in zip(numbers[1:], table[1:], strict=True))
    by_code = {row.code: row for row in rows if row.code}
    spellings: dict[str, tuple[Gemeente, ...]] = {}
    for number, row in zip(numbers[1:], rows, strict=True):
        if row.opvolger is not None and row.opvolger not in by_code:
            raise StoreError(f"{_FILE}, line {number}: the successor {row.opvolger} of {row.naam} is not in the list")
        for name in (row.naam, *row.ook):
            spellings[name] = (*spellings.get(name, ()), row)
    return Register(rows, by_code, spellings)


def _row(number: int, cells: list[str]) -> Gemeente:
    try:
        code, naam, ook, provincie, ggd_regio, sinds, tot, opvolger, cue = cells
        years = [int(year) if year else None for year in (sinds, tot)]
    except ValueError as exc:
        raise StoreError(f"{_FILE}, line {number}: {exc}") from exc
    if cue not in _CUES or not naam or not (opvolger or (code and provincie)):
        raise StoreError(f"{_FILE}, line {number}: a present municipality needs code, naam and provincie; cue: {_CUES}")
    other = tuple(name for name in ook.split(";") if name)
    return Gemeente(code, naam, other, provincie, ggd_regio, years[0], years[1], opvolger or None, cue)


def find_gemeenten(text: str) -> tuple[str, ...]:
    """Return the municipalities that `text` names, in order, by their present name.

    A former municipality or a place comes as the present name followed by the name in the text:
    "Maarssen" gives "Stichtse Vecht", "Maarssen".
    """
    found: dict[str, None] = {}
    for mention in mentions(text):
        if not mention.region:
            found.setdefault(mention.gemeente.naam)
            if mention.original:
                found.setdefault(mention.original)
    return tuple(found)


def find_regions(text: str) -> tuple[str, ...]:
    """Return the names in "regio <municipality>", in order."""
    return tuple(dict.fromkeys(mention.spelling for mention in mentions(text) if mention.region))


# What stands before or after a name decides whether it is the municipality.
_REGION = re.compile(r"\b[Rr]egio['’]?s? $")
_SEAT = re.compile(
    # The town where an institution sits or an agreement was signed says nothing of where the work is done.
    r"(?:\b(?:[Hh]oge?school|\w*[Uu]niversiteit|[Uu]niversitair +[Mm]edisch +[Cc]entrum|\w*UMC|[Rr]echtbank"
    r"|[Gg]erechtshof|[Vv]erdrag|[Pp]rovincie|[Pp]olitiek|[Pp]ostbus \d+)(?: van)?(?: [A-Z]\w+ en)?"
    r"|\b\d{4} ?[A-Z]{2}) +$"
)
_SURNAME = re.compile(
    r"(?:\b(?:Van|Von|Vander)(?: (?:de[nr]?|het))? |"
    r"(?:\b[A-Z]\.|\b(?:heer|mevrouw|meneer|dhr\.?|mw\.?|mevr\.?|dr\.?|prof\.?|drs\.?)|"
    r"\b(?!(?:Gemeenten?|Stad|Regio|Inwoners|Huisartsen|Wijkteams?|Sociaal|College|Raad|[A-Z]{2,}) )[A-Z][a-zà-ÿ]+)"
    r" (?:van|von|ter|ten|de)(?: (?:de[nr]?|het))? )$"
)
_CUE = re.compile(
    r"(?:\b(?:gemeente[ns]?|gemeenteraad van|stad|steden|dorp|plaats|in|te|uit|nabij|rond|rondom|wijkteams?|GGD|tussen)"
    r"|\b(?:In|Uit|Te|Gemeenten?|Rond)) $"
)
_START = re.compile(r"(?:^|[.!?:;•\n\"“‘'(]|^ *[-–*])\s*$")
_DATELINE = re.compile(r"[,:]? +\d{1,2} +(?:jan|feb|maart|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec)")
_TAIL = re.compile(
    r"(?!\w|-\w|'\w{2}| +UMC| +Universi)|-(?=(?:Noord|Oost|Zuid|West|Centrum|(?:Zuid|Noord)(?:oost|west))\b)"
)
_NAME_AFTER = re.compile(r" (?:[A-Z][a-z]|van d)")
_LIST = re.compile(r"(?:,|,? en|,? of| ?/|;|,? &) ?|\) (?:en|of) ")
_NOT_LISTED = "Utrecht-West"
_PLAIN = str.maketrans("’‘\xa0", "'' ")


def mentions(text: str) -> tuple[Mention, ...]:
    """Return every place where `text` names a municipality, a former one or a known place, left to right."""
    # Character for character, so that offsets hold; a single new line is a wrapped line.
    plain = re.sub(r"(?<!\n)\n(?!\n)", " ", text.translate(_PLAIN))
    candidates = list(_candidates(plain))
    sure = [yes for _, yes in candidates]
    pairs = list(pairwise(range(len(candidates))))
    for one, other in (*pairs, *((j, i) for i, j in reversed(pairs))):
        first, second = candidates[min(one, other)][0], candidates[max(one, other)][0]
        # A neighbour in a list vouches for a doubtful name.
        if sure[one] and _LIST.fullmatch(plain[first.char_end : second.char_start]):
            sure[other] = True
    return _resolved(plain, [mention for (mention, _), yes in zip(candidates, sure, strict=True) if yes])


def _candidates(text: str) -> Iterator[tuple[Mention, bool]]:
    """Yield every name that may be a municipality, and whether it surely is; if not, a neighbour has to say so."""
    known = register()
    table = _by_prefix()
    end = 0
    for match in re.finditer(r"(?<![\w-])['\w]", text):
        start = match.start()
        if start < end:
            continue
        for name in table.get(text[start : start + 3], ()):
            if text.startswith(name, start) and _TAIL.match(text, start + len(name)):
                row = known.spellings[name][0]
                end = start + len(name)
                before = text[max(0, start - 60) : start]
                region = bool(_REGION.search(before))
                sure = True if region else _sure(text, before, start, end, row.cue if _bare(name, row) else "")
                if sure is not None and not text.startswith(_NOT_LISTED, start):
                    original = None if row.opvolger is None else row.naam
                    yield Mention(name, known.current(row), original, start, end, region), sure
                break


def _bare(name: str, row: Gemeente) -> bool:
    # "Bergen (NH)" and "Ouderkerk aan den IJssel" need no cue, "Bergen" and "Ouderkerk" do.
    return len(name) <= len(row.naam) and "(" not in name


def _sure(text: str, before: str, start: int, end: int, cue: str) -> bool | None:
    """Return True for a municipality, False if only a list can tell, None for something else."""
    if cue == "nooit" or _SEAT.search(before) or _SURNAME.search(before):
        return None
    at_start = bool(_START.search(before)) or start == 0
    if at_start and _DATELINE.match(text, end):
        return None
    if cue == "altijd":
        return bool(_CUE.search(before)) and not _NAME_AFTER.match(text, end)
    return not (cue == "begin" and at_start)


@cache
def _by_prefix() -> Mapping[str, tuple[str, ...]]:
    """Return the spellings by their first three characters, the longest first."""
    table: dict[str, list[str]] = {}
    for name in sorted(register().spellings, key=len, reverse=True):
        table.setdefault(name[:3], []).append(name)
    return {prefix: tuple(names) for prefix, names in table.items()}


def _resolved(text: str, found: list[Mention]) -> tuple[Mention, ...]:
    """Choose between municipalities of one name by the province or the region of the others; drop what stays open."""
    known = register()
    regions = {m.gemeente.ggd_regio for m in found if len(known.spellings[m.spelling]) == 1}
    result = []
    for mention in found:
        rows = known.spellings[mention.spelling]
        if len(rows) > 1:
            rows = tuple(row for row in rows if row.ggd_regio in regions or row.provincie in text)
        if len(rows) == 1:
            result.append(mention._replace(gemeente=known.current(rows[0])))
    return tuple(result)
