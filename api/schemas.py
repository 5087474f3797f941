"""The shapes of /v1: requests and answers, with the field names of the public contract.

Descriptions are in Dutch: they become the API's documentation, which its users read.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

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
    """Take an empty form field for none, and keep `true` from passing for 1."""
    if isinstance(value, bool):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


def _day(value: object) -> object:
    """Take an empty form field for none, and only a day written in full: pydantic takes numbers for moments too."""
    written = value if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "?"
    return None if value is None or value == "" else value if isinstance(value, date) else written


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


class SearchRequest(BaseModel):
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

    def pairs(self) -> list[tuple[str, str]]:
        """Return what differs from the defaults as (key, value) pairs for a URL, in a fixed order."""
        pairs: list[tuple[str, str]] = []
        for key, value in self.model_dump(by_alias=True, exclude_defaults=True).items():
            values = value if isinstance(value, list) else [value]
            pairs += [(key, str(v)) for v in values]
        return pairs


class PageRequest(SearchRequest):
    """Wat de zoekpagina toont: zonder vraag alles wat door de filters komt."""

    q: Annotated[str, Field(max_length=MAX_QUERY), AfterValidator(clean)] = ""


class QuestionRequest(BaseModel):
    """Een vraag om letterlijk geciteerde zinnen."""

    model_config = ConfigDict(extra="forbid")

    question: Text = Field(
        description="De vraag, 1–500 tekens. Geen gegevens van patiënten.",
        examples=["Wie is aanspreekpunt als een gezin bij drie organisaties loopt?"],
    )


class _Record(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class WhyModel(_Record):
    """Waarom een resultaat gevonden is."""

    terms: list[str] = Field(description="Woorden uit de vraag die in de tekst staan.")
    added: list[str] = Field(description="Toegevoegde woorden (synoniemen) die in de tekst staan.")
    lexical: float = Field(description="Overeenkomst in woorden, 0–1.")
    semantic: float = Field(description="Overeenkomst in betekenis, 0–1.")


class HitModel(_Record):
    """Een gevonden passage, letterlijk, met waar zij staat."""

    rank: int = Field(description="Plaats in de lijst, vanaf 1.")
    score: float = Field(description="Score binnen deze zoekvraag; niet te vergelijken tussen vragen.")
    passage_id: str
    document_id: str
    source_id: str | None = Field(description="Het id dat de bron zelf meegaf.")
    item_id: str | None = Field(description="De tip, sessie of reactie waar de passage bij hoort.")
    kind: str = Field(description="Soort item of publicatie.", examples=["tip"])
    title: str
    url: str | None
    publisher: str | None
    year: int | None = Field(description="Jaar van publicatie; null als de bron het niet geeft.")
    text: str = Field(description="De passage, letterlijk.")
    highlights: list[Annotated[list[int], Field(min_length=2, max_length=2)]] = Field(
        description="[begin, eind) van gevonden woorden, in tekens van text."
    )
    why: WhyModel
    permalink: str = Field(description="Blijvend adres van de passage op deze server.")
    also_in: list[str] = Field(description="Id's van andere publicaties met dezelfde tekst.")
    section: list[str] = Field(description="De koppen boven de passage, van boven naar beneden.")
    page: int | None = Field(description="Bladzijde in een PDF, vanaf 1.")
    item_title: str | None
    evidence: str | None = Field(description="Hoe stevig: tip, praktijkvoorbeeld, geëvalueerd of erkend.")
    described: bool = Field(description="De redactie beschrijft in eigen woorden wat de bron zegt.")
    source_link: str | None = Field(description="Opent de bron bij de passage.")


class Searched(BaseModel):
    """Waarin gezocht is."""

    passages: int = Field(description="Aantal doorzochte passages.")
    snapshot: str = Field(description="Id van de momentopname van de collectie.")


class FacetValue(BaseModel):
    """Een filterwaarde en hoeveel resultaten van deze vraag haar hebben."""

    value: str
    count: int


class SearchResponse(BaseModel):
    """De resultaten van een zoekvraag."""

    hits: list[HitModel]
    total: int = Field(description="Aantal resultaten in totaal, over alle bladzijden heen.")
    limiet: int
    offset: int
    facets: dict[str, list[FacetValue]] = Field(description="Filterwaarden met aantallen, per veld.")
    added: list[str] = Field(description="Woorden die aan de vraag zijn toegevoegd; uit te zetten met zonder.")
    searched: Searched


class SentenceModel(_Record):
    """Een letterlijke zin: text is gelijk aan tekens start tot end van de passage."""

    text: str
    passage_id: str
    document_id: str
    source_id: str | None
    start: int = Field(description="Eerste teken in de tekst van de passage, vanaf 0.")
    end: int = Field(description="Eerste teken na de zin.")
    url: str | None
    publisher: str | None
    year: int | None
    title: str | None
    kind: str | None
    permalink: str | None
    described: bool = Field(description="De redactie beschrijft in eigen woorden wat de bron zegt.")
    source_link: str | None


class AnswerResponse(BaseModel):
    """Letterlijke zinnen met bron, of eerlijk niets: bij status none zijn er geen zinnen."""

    question: str
    status: str = Field(description="answered, weak (raakt de vraag misschien) of none.", examples=["answered"])
    sentences: list[SentenceModel]
    searched: Searched
    nearest: list[HitModel] = Field(description="Wat er het dichtst bij komt, als er geen antwoord is.")


class PublicationSummary(_Record):
    """Een publicatie in een lijst."""

    id: str
    kind: str
    title: str | None
    publisher: str | None
    year: int | None
    url: str | None
    date: str | None = Field(description="ISO 8601, zo ver als bekend: jaar, jaar-maand of dag.")


class PublicationList(BaseModel):
    """Een bladzijde uit de lijst van publicaties."""

    publications: list[PublicationSummary]
    total: int
    limiet: int
    offset: int


class PassageModel(_Record):
    """Een passage met haar plaats in de publicatie."""

    id: str
    document_id: str
    text: str = Field(description="Letterlijk.")
    text_norm: str = Field(description="Genormaliseerd (NFKC, gewone spaties), om te vergelijken.")
    order: int = Field(description="Volgorde in de publicatie, vanaf 0.")
    char_start: int = Field(description="Eerste teken in de tekst van de publicatie.")
    char_end: int
    item_id: str | None
    page: int | None
    section: list[str]
    text_fragment: str | None = Field(description="Het deel van een link dat de bron bij deze tekst opent.")
    status: str


class PassageResponse(BaseModel):
    """Een passage, de publicatie waar zij uit komt, en hoe je haar aanhaalt."""

    passage: PassageModel
    publication: PublicationSummary
    citation: str = Field(description="Bronvermelding om over te nemen.")
    permalink: str
    source_link: str | None


class SimilarResponse(BaseModel):
    """Passages die op een andere lijken."""

    hits: list[HitModel]


class ProblemParameter(BaseModel):
    """Een parameter die niet klopt."""

    parameter: str
    reason: str


class Problem(BaseModel):
    """Wat er mis ging en wat eraan te doen is (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemParameter] | None = None
