"""What can be asked of /v1 and of the results page.

Descriptions are in Dutch: they become the API's documentation, which its users read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.formats import AnyName
from corpus.document import DOCUMENT_KINDS, ITEM_KINDS
from index.results import Filters, Query

MAX_QUERY = 500
MAX_LIMIT = 100
MAX_OFFSET = 10_000

# Control characters and the marks that reorder text on screen: never part of a question, sometimes of an attack.
_UNWANTED = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_SOMETHING = rf"[^\s{_UNWANTED}]"


def clean(text: str) -> str:
    """Return `text` with control characters as spaces, trimmed."""
    return re.sub(f"[{_UNWANTED}]", " ", text).strip()


def _number(value: object) -> object:
    """Keep `true` from passing for 1."""
    return str(value) if isinstance(value, bool) else value


def _day(value: object) -> object:
    """Take only a day written in full: pydantic takes numbers for moments too."""
    written = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return value if value is None or isinstance(value, date) or written else "?"


def _filled(values: list[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


Text = Annotated[str, Field(max_length=MAX_QUERY, pattern=_SOMETHING), AfterValidator(clean)]
Words = Annotated[
    list[Annotated[str, Field(max_length=200), AfterValidator(clean)]],
    Field(default_factory=list, max_length=50),
    AfterValidator(_filled),
]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_number)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET), BeforeValidator(_number)]
Year = Annotated[Annotated[int, Field(ge=1800, le=2200)] | None, BeforeValidator(_number)]
Day = Annotated[date | None, BeforeValidator(_day)]
CursorText = Annotated[str | None, Field(max_length=200, pattern="^[A-Za-z0-9_-]+$")]
CURSOR = "Waar de bladzijde begint: next_cursor van de vorige. Geldt binnen één momentopname en gaat voor offset."
FORMAT = "Formaat van het antwoord; gaat voor de Accept-header."


class SearchFields(BaseModel):
    """Een zoekvraag met filters. Binnen een filter volstaat één waarde, tussen filters gelden ze alle."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    q: Text = Field(description="De zoekvraag, 1–500 tekens.", examples=["POH-jeugd samenwerking wijkteam"])
    limiet: Limit = Field(10, description="Aantal resultaten, 1–100.")
    offset: Offset = Field(0, description="Aantal resultaten om over te slaan, 0–10.000.")
    soort: Words = Field(description=f"Soort publicatie of item: {', '.join((*DOCUMENT_KINDS, *ITEM_KINDS))}.")
    doelgroep: Words = Field(description="Doelgroep.", examples=[["jeugd"]])
    thema: Words = Field(description="Thema.")
    publisher: Words = Field(description="Uitgever van de publicatie.")
    gemeente: Words = Field(description="Gemeente waar de publicatie over gaat.")
    regio: Words = Field(description="Regio of provincie waar de publicatie over gaat.")
    beroep: Words = Field(description="Beroep voor wie of van wie de publicatie is.", examples=[["huisarts"]])
    jaar_vanaf: Year = Field(None, description="Eerste jaar van publicatie, inclusief.", examples=[2018])
    jaar_tot: Year = Field(None, description="Laatste jaar van publicatie, inclusief.", examples=[2024])
    nieuw_sinds: Day = Field(None, description="Alleen wat na deze dag in de collectie kwam.", examples=["2026-10-01"])
    sinds: Day = Field(
        None,
        description="Tel ook hoeveel resultaten na deze dag in de collectie kwamen, in added_since; filtert niet.",
        examples=["2026-10-01"],
    )
    zonder: Words = Field(description="Toegevoegde woorden (synoniemen) die niet mee moeten doen.")

    def filters(self) -> Filters:
        """Return the filters as the index knows them."""
        return Filters(
            kind=tuple(self.soort),
            doelgroep=tuple(self.doelgroep),
            thema=tuple(self.thema),
            publisher=tuple(self.publisher),
            gemeente=tuple(self.gemeente),
            regio=tuple(self.regio),
            beroep=tuple(self.beroep),
            since=self.nieuw_sinds,
            year=(self.jaar_vanaf, self.jaar_tot),
        )

    def query(self) -> Query:
        """Return the search as the index knows it."""
        return Query(self.q, self.limiet, self.filters(), tuple(self.zonder), self.offset)

    def new_since(self) -> Query | None:
        """Return the search for what came in after `sinds`, without hits; None where that was not asked."""
        if self.sinds is None:
            return None
        since = max(self.sinds, self.nieuw_sinds or self.sinds)
        return Query(self.q, 0, replace(self.filters(), since=since), tuple(self.zonder))

    def pairs(self) -> list[tuple[str, str]]:
        """Return what differs from the defaults as (key, value) pairs for a URL, in a fixed order."""
        pairs: list[tuple[str, str]] = []
        for key, value in self.model_dump(by_alias=True, exclude_defaults=True).items():
            values = value if isinstance(value, list) else [value]
            pairs += [(key, str(v)) for v in values]
        return pairs


class SearchRequest(SearchFields):
    """Een zoekvraag aan de API. Binnen een filter volstaat één waarde, tussen filters gelden ze alle."""

    cursor: CursorText = Field(None, description=CURSOR)
    formaat: AnyName | None = Field(None, description=FORMAT, examples=["json"])

    def question(self) -> str:
        """Return all that decides what the results are and in which order, whatever page of them is asked for."""
        where = {"limiet", "offset", "cursor", "sinds", "formaat"}
        return repr([pair for pair in self.pairs() if pair[0] not in where])


class PageRequest(SearchFields):
    """Wat de zoekpagina toont: zonder vraag alles wat door de filters komt."""

    q: Annotated[str, Field(max_length=MAX_QUERY), AfterValidator(clean)] = ""


class ListRequest(BaseModel):
    """Een bladzijde uit de lijst van publicaties."""

    model_config = ConfigDict(extra="forbid")

    limiet: Limit = Field(20, description="Aantal publicaties, 1–100.")
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(0, description="Aantal publicaties om over te slaan.")
    cursor: CursorText = Field(None, description=CURSOR)
    formaat: AnyName | None = Field(None, description=FORMAT, examples=["json"])


class CitationRequest(BaseModel):
    """Wat er aangehaald wordt."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=MAX_LIMIT)
    ] = Field(description="Id's van passages en publicaties, 1–100.", examples=[["c51e423cd2223c0d"]])
    formaat: AnyName | None = Field(None, description=FORMAT, examples=["ris"])


class QuestionRequest(BaseModel):
    """Een vraag om letterlijk geciteerde zinnen."""

    model_config = ConfigDict(extra="forbid")

    question: Text = Field(
        description="De vraag, 1–500 tekens. Geen gegevens van patiënten.",
        examples=["Wie is aanspreekpunt als een gezin bij drie organisaties loopt?"],
    )
    generate: bool = Field(
        False,
        strict=True,
        description="Vraag ook een samenvatting; kan alleen op een server die met een taalmodel is gestart. De vraag en"
        " de gevonden passages gaan dan naar dat taalmodel.",
    )
