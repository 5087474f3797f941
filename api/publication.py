"""A whole publication as /v1 gives it: the record model of `corpus.document`, described for who reads it in Dutch."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.answers import EVIDENCE, PARTIAL_DATE, YEAR, PassageModel

START = "Eerste teken in text van de publicatie, vanaf 0."
END = "Eerste teken na dit deel."


class SectionModel(BaseModel):
    """Een kop en de tekst eronder."""

    path: list[str] = Field(description="De koppen van boven naar beneden, deze als laatste.")
    level: int = Field(description="1 voor de hoogste.")
    heading: str
    char_start: int = Field(description=START)
    char_end: int = Field(description=END)


class SpeakerModel(BaseModel):
    """Een persoon zoals de bron haar noemt."""

    name: str
    role: str | None
    organisation: str | None


class ItemModel(BaseModel):
    """Een deel dat op zichzelf aan te halen is: een tip, sessie, reactie, feit of praktijkvoorbeeld."""

    id: str
    kind: str = Field(description="Soort item.")
    title: str
    text: str = Field(description="Letterlijk.")
    char_start: int = Field(description=START)
    char_end: int = Field(description=END)
    number: int | None = Field(description="Nummer in de lijst.")
    number_source: Literal["explicit", "inferred"] | None = Field(description="Of de bron het nummer zelf geeft.")
    context: str | None
    speakers: list[SpeakerModel]
    doelgroep: list[str]
    themas: list[str]
    gemeenten: list[str]
    regio: list[str]
    round: int | None = Field(description="Ronde van een sessie.")
    start: str | None = Field(description="Begin van een sessie als kloktijd, bijvoorbeeld 11:30.")
    end: str | None = Field(description="Einde van een sessie als kloktijd.")
    value: float | None = Field(description="Getal van een feit, in unit.")
    min: float | None = Field(description="Ondergrens van een feit, in unit.")
    max: float | None = Field(description="Bovengrens van een feit, in unit.")
    unit: str | None = Field(description="Eenheid van value, min en max, bijvoorbeeld %, euro of huisartsen.")
    approx: bool = Field(description="De bron zegt circa.")
    cancelled: bool = Field(description="De sessie gaat niet door.")
    tba: bool = Field(description="De inhoud volgt nog.")
    replies_to: str | None = Field(description="Id van het item waar dit een reactie op is.")
    same_session_as: str | None = Field(description="Id van dezelfde sessie in een andere ronde.")
    fields: dict[str, str] = Field(description="Benoemde velden van een praktijkbeschrijving.")
    inferred: list[str] = Field(description="Velden die afgeleid zijn in plaats van gelezen.")


class SpanModel(BaseModel):
    """Een blok van de bron en wat het is."""

    char_start: int = Field(description=START)
    char_end: int = Field(description=END)
    kind: str = Field(description="heading, paragraph, list_item, table, caption of quote.")
    page: int | None = Field(description="Bladzijde in een PDF, vanaf 1.")
    section: list[str]
    item_id: str | None
    status: str


class DroppedModel(BaseModel):
    """Een regel die niet in de tekst kwam, en waarom."""

    text: str
    reason: str
    order: int = Field(description="Plaats tussen de blokken van de bron, vanaf 0.")


class Publication(BaseModel):
    """Een hele publicatie. Alle tekst is letterlijk; wat de bron niet geeft is null of leeg."""

    id: str
    key: str = Field(description="Waaraan de publicatie herkend wordt als zij opnieuw gelezen wordt.")
    kind: str = Field(description="Soort publicatie.")
    title: str | None
    text: str = Field(description="De tekst: blokken in leesvolgorde, gescheiden door witregels.")
    source: str = Field(description="Waaruit de publicatie gelezen is.")
    raw_sha256: str = Field(description="SHA-256 van de gelezen bytes.")
    text_sha256: str = Field(description="SHA-256 van text in UTF-8.")
    fetched_at: str = Field(description="Wanneer de bron gelezen is, UTC.", json_schema_extra={"format": "date-time"})
    extractor_version: str
    source_id: str | None = Field(description="Het id dat de bron zelf meegaf.")
    subtitle: str | None
    url: str | None = Field(description="Adres van de bron.")
    canonical_url: str | None
    publisher: str | None
    date: str | None = Field(description=PARTIAL_DATE, json_schema_extra={"format": "partial-date"})
    date_precision: Literal["year", "month", "day", "month-day"] | None
    event_date: str | None = Field(
        description=f"Datum van de bijeenkomst. {PARTIAL_DATE}", json_schema_extra={"format": "partial-date"}
    )
    event_place: str | None
    authors: list[str]
    language: str | None = Field(description="Taalcode (ISO 639-1).")
    licence: str | None
    evidence: str | None = Field(description=EVIDENCE)
    doelgroep: list[str]
    themas: list[str]
    beroepen: list[str]
    gemeenten: list[str]
    regio: list[str]
    wetten: list[str]
    sections: list[SectionModel]
    items: list[ItemModel]
    spans: list[SpanModel]
    passages: list[PassageModel]
    dropped: list[DroppedModel]
    warnings: list[str]
    inferred: list[str] = Field(description="Velden die afgeleid zijn in plaats van gelezen.")
    extra: dict[str, Any] = Field(description="Wat de bron verder meegaf; bij een beschreven bron de tabel bron.")
    year: int | None = Field(description=YEAR)
    published_on: datetime.date | None = Field(description="Datum van publicatie, als die op de dag bekend is.")
