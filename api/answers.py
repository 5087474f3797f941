"""What /v1 answers, with the field names of the public contract.

Descriptions are in Dutch: they become the API's documentation, which its users read. Every position in a text counts
Unicode characters (code points) from 0, as Python does; JavaScript counts otherwise.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, ConfigDict, Field, computed_field

Span = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]
PARTIAL_DATE = "ISO 8601 zo ver als bekend: jaar, jaar-maand of dag; --10-04 als alleen het jaar ontbreekt."
EVIDENCE = "Hoe stevig: tip, praktijkvoorbeeld, geëvalueerd of erkend; null als de bron het niet zegt."
DESCRIBED = "De redactie beschrijft in eigen woorden wat de bron zegt; text is dan geen citaat uit de bron."
YEAR = "Jaar van publicatie, of van de bijeenkomst; null als de bron geen van beide geeft."


class WhyModel(BaseModel):
    """Waarom een resultaat gevonden is."""

    model_config = ConfigDict(from_attributes=True)

    terms: list[str] = Field(description="Woorden uit de vraag die in de tekst staan.")
    added: list[str] = Field(description="Toegevoegde woorden (synoniemen) die in de tekst staan.")
    lexical: float = Field(ge=0, le=1, description="Overeenkomst in woorden, 0–1; 1 is het beste van deze vraag.")
    semantic: float = Field(ge=0, le=1, description="Overeenkomst in betekenis, 0–1; 1 is het beste van deze vraag.")


class HitModel(BaseModel):
    """Een gevonden passage, letterlijk, met waar zij staat."""

    model_config = ConfigDict(from_attributes=True)

    rank: int = Field(ge=1, description="Plaats in de lijst, vanaf 1.")
    score: float = Field(description="Score binnen deze zoekvraag; niet te vergelijken tussen vragen.")
    passage_id: str = Field(description="Id van de passage, voor /v1/passages/{id}.")
    document_id: str = Field(description="Id van de publicatie, voor /v1/publicaties/{id}.")
    source_id: str | None = Field(description="Het id dat de bron zelf meegaf.")
    item_id: str | None = Field(description="De tip, sessie of reactie waar de passage bij hoort.")
    kind: str = Field(description="Soort item of publicatie.")
    title: str = Field(description="Titel van de publicatie; leeg als zij er geen heeft.")
    url: str | None = Field(description="Adres van de bron.")
    publisher: str | None = Field(description="Uitgever van de bron.")
    year: int | None = Field(description=YEAR)
    text: str = Field(description="De passage, letterlijk.")
    highlights: list[Span] = Field(description="[begin, eind) van gevonden woorden, in tekens van text vanaf 0.")
    why: WhyModel
    permalink: str = Field(description="Blijvend adres van de passage op deze server.")
    also_in: list[str] = Field(description="Id's van andere publicaties met bijna dezelfde tekst.")
    section: list[str] = Field(description="De koppen boven de passage, van boven naar beneden.")
    page: int | None = Field(description="Bladzijde in een PDF, vanaf 1.")
    item_title: str | None = Field(description="Titel van de tip, sessie of reactie.")
    evidence: str | None = Field(description=EVIDENCE)
    described: bool = Field(description=DESCRIBED)
    source_link: str | None = Field(description="Opent de bron bij de passage.")


HIT_COLUMNS = (
    "rank", "score", "passage_id", "document_id", "source_id", "item_id", "kind", "title", "item_title", "section",
    "publisher", "year", "page", "evidence", "described", "text", "url", "source_link", "permalink", "also_in",
)  # fmt: skip


class Searched(BaseModel):
    """Waarin gezocht is."""

    passages: int = Field(ge=0, description="Aantal doorzochte passages.")
    snapshot: str = Field(description="Id van de momentopname van de collectie.")


class FacetValue(BaseModel):
    """Een filterwaarde en hoeveel resultaten van deze vraag haar hebben."""

    value: str
    count: int = Field(ge=1, description="Aantal resultaten, over alle bladzijden heen.")


class SearchResponse(BaseModel):
    """De resultaten van een zoekvraag."""

    hits: list[HitModel] = Field(description="Hoogstens limiet resultaten, het beste eerst.")
    total: int = Field(ge=0, description="Aantal resultaten in totaal, over alle bladzijden heen.")
    exact: bool = Field(description="Of total en facets precies geteld zijn; bij false zijn het er minstens zoveel.")
    limiet: int = Field(description="Grootste aantal resultaten op een bladzijde.")
    offset: int = Field(ge=0, description="Aantal resultaten voor deze bladzijde.")
    next_cursor: str | None = Field(description="Cursor van de volgende bladzijde; null op de laatste.")
    facets: dict[str, list[FacetValue]] = Field(description="Filterwaarden met aantallen, per veld, meeste eerst.")
    added: list[str] = Field(description="Woorden die aan de vraag zijn toegevoegd; uit te zetten met zonder.")
    added_since: int | None = Field(
        description="Aantal resultaten dat na de dag in sinds in de collectie kwam; null zonder sinds."
    )
    searched: Searched


class SentenceModel(BaseModel):
    """Een letterlijke zin: text is gelijk aan tekens start tot end van de passage."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    passage_id: str
    document_id: str
    source_id: str | None = Field(description="Het id dat de bron zelf meegaf.")
    start: int = Field(ge=0, description="Eerste teken in de tekst van de passage, vanaf 0.")
    end: int = Field(description="Eerste teken na de zin.")
    url: str | None
    publisher: str | None
    year: int | None = Field(description=YEAR)
    title: str | None
    kind: str | None
    permalink: str | None
    described: bool = Field(description=DESCRIBED)
    source_link: str | None = Field(description="Opent de bron bij de zin.")


class GeneratedSentenceModel(BaseModel):
    """Een zin van een taalmodel, woord voor woord gecontroleerd bij de zinnen die hem dragen."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    citations: list[int] = Field(description="Nummers van de zinnen in sources die dit dragen, vanaf 1.")


class GeneratedModel(BaseModel):
    """Wat een taalmodel van de passages maakte, voor zover elke zin te controleren was."""

    model_config = ConfigDict(from_attributes=True)

    model: str = Field(description="Naam van het taalmodel.")
    sentences: list[GeneratedSentenceModel]
    sources: list[SentenceModel] = Field(description="De letterlijke zinnen die het dragen.")
    withheld: int = Field(ge=0, description="Aantal zinnen dat is weggelaten: niet te controleren.")
    note: str = Field(description="Wat is weggelaten, of waarom er geen samenvatting is; leeg als alles er staat.")


class AnswerResponse(BaseModel):
    """Letterlijke zinnen met bron, of eerlijk niets: bij status none zijn er geen zinnen."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    status: Literal["answered", "weak", "none"] = Field(
        description="answered: dit beantwoordt de vraag; weak: dit raakt de vraag misschien; none: niets gevonden."
    )
    sentences: list[SentenceModel]
    searched: Searched
    nearest: list[HitModel] = Field(description="Wat er het dichtst bij komt, als er geen antwoord is.")
    generated: GeneratedModel | None = Field(
        description="De samenvatting, als daarom is gevraagd en er een antwoord is."
    )


def full_day(value: str | None) -> datetime.date | None:
    """Return a date of a record that is known to the day, else None."""
    try:
        return datetime.date.fromisoformat(value or "")
    except ValueError:
        return None


class PublicationSummary(BaseModel):
    """Een publicatie in een lijst."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str = Field(description="Soort publicatie.")
    title: str | None
    publisher: str | None
    year: int | None = Field(description=YEAR)
    url: str | None = Field(description="Adres van de bron.")
    date: str | None = Field(description=PARTIAL_DATE, json_schema_extra={"format": "partial-date"})

    @computed_field(description="Datum van publicatie, als die op de dag bekend is.")  # type: ignore[prop-decorator]
    @property
    def published_on(self) -> datetime.date | None:
        """The date of publication where the day is known."""
        return full_day(self.date)


SUMMARY_COLUMNS = ("id", "kind", "title", "publisher", "year", "date", "published_on", "url")


class PublicationList(BaseModel):
    """Een bladzijde uit de lijst van publicaties, in vaste volgorde."""

    publications: list[PublicationSummary]
    total: int = Field(ge=0, description="Aantal publicaties in de collectie.")
    limiet: int
    offset: int = Field(ge=0, description="Aantal publicaties voor deze bladzijde.")
    next_cursor: str | None = Field(description="Cursor van de volgende bladzijde; null op de laatste.")


class PassageModel(BaseModel):
    """Een passage met haar plaats in de publicatie."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    document_id: str
    text: str = Field(description="Letterlijk.")
    text_norm: str = Field(description="Genormaliseerd (NFKC, gewone spaties), om te vergelijken.")
    order: int = Field(ge=0, description="Volgorde in de publicatie, vanaf 0.")
    char_start: int = Field(ge=0, description="Eerste teken in de tekst van de publicatie, vanaf 0.")
    char_end: int = Field(description="Eerste teken na de passage.")
    item_id: str | None = Field(description="De tip, sessie of reactie waar de passage bij hoort.")
    page: int | None = Field(description="Bladzijde in een PDF, vanaf 1.")
    section: list[str] = Field(description="De koppen boven de passage, van boven naar beneden.")
    text_fragment: str | None = Field(description="Het deel van een link dat de bron bij deze tekst opent.")
    status: str = Field(description="main, of reactie voor wat een lezer schreef.")


PASSAGE_COLUMNS = (
    "id", "document_id", "item_id", "order", "page", "section", "text", "char_start", "char_end", "status",
)  # fmt: skip


class FormerPassageModel(BaseModel):
    """Een passage zoals zij in de collectie stond, van een bron die nu anders luidt."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(validation_alias="passage_id")
    document_id: str = Field(validation_alias=AliasPath("document", "id"))
    text: str | None = Field(description="Letterlijk, zoals het er stond; null als dat niet bewaard is.")
    text_sha256: str | None = Field(description="SHA-256 van text in UTF-8.")
    first_seen: datetime.datetime | None = Field(description="Wanneer de passage in de collectie kwam.")


class SuccessorModel(BaseModel):
    """De passage die er nu staat."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    text: str = Field(description="Letterlijk, zoals het er nu staat.")

    @computed_field(description="Blijvend adres op deze server.")  # type: ignore[prop-decorator]
    @property
    def permalink(self) -> str:
        """The page of the passage."""
        return f"/passage/{self.id}"


class PassageResponse(BaseModel):
    """Een passage, de publicatie waar zij uit komt, en hoe je haar aanhaalt."""

    state: Literal["current", "changed"] = Field(
        description="current: de bron luidt nog zo; changed: de bron luidt nu anders, passage is hoe het er stond."
    )
    passage: PassageModel | FormerPassageModel
    changed_at: datetime.datetime | None = Field(description="Sinds wanneer de bron anders luidt.")
    successor: SuccessorModel | None = Field(
        description="Wat er nu staat; null als niets in de publicatie er genoeg op lijkt."
    )
    publication: PublicationSummary
    citation: str = Field(description="Bronvermelding om over te nemen.")
    permalink: str = Field(description="Blijvend adres van de passage op deze server.")
    source_link: str | None = Field(description="Opent de bron bij de passage.")


class SimilarResponse(BaseModel):
    """Passages die op een andere lijken."""

    hits: list[HitModel] = Field(description="Hoogstens limiet passages, de meest gelijkende eerst.")


class CitationModel(BaseModel):
    """Hoe een publicatie of passage aangehaald wordt."""

    id: str = Field(description="Het gevraagde id.")
    citation: str = Field(description="Bronvermelding in de trant van APA 7.")
    quotation: str = Field(description="De tekst, waar zij in de collectie staat, en de bronvermelding.")
    csl: dict[str, Any] = Field(description="Hetzelfde als item van CSL-JSON 1.0.2.")


class FormerModel(BaseModel):
    """Wat er geworden is van een passage die niet meer in de collectie is."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(validation_alias="passage_id")
    state: Literal["changed", "gone"] = Field(description="changed: de bron luidt nu anders; gone: zij is weggehaald.")
    since: datetime.datetime | None = Field(validation_alias="until", description="Sinds wanneer.")
    successor: SuccessorModel | None = Field(description="Wat er nu staat, als dat er genoeg op lijkt.")


class CitationList(BaseModel):
    """Bronvermeldingen in de gevraagde volgorde."""

    citations: list[CitationModel]
    missing: list[str] = Field(description="Gevraagde id's die niet (meer) in de collectie zijn.")
    former: list[FormerModel] = Field(description="Van de passages in missing die er ooit waren: wat ervan werd.")


class ProblemParameter(BaseModel):
    """Een parameter die niet klopt."""

    parameter: str
    reason: str


class Problem(BaseModel):
    """Wat er mis ging en wat eraan te doen is (RFC 9457)."""

    type: str = Field(description="Soort probleem; about:blank: status zegt het.", json_schema_extra={"format": "uri"})
    title: str = Field(description="Naam van het probleem.")
    status: int = Field(ge=400, le=599, description="De HTTP-status.")
    detail: str = Field(description="Wat er mis is en wat eraan te doen is.")
    instance: str = Field(
        description="Het gevraagde adres, zonder vraag.", json_schema_extra={"format": "uri-reference"}
    )
    errors: list[ProblemParameter] = Field([], description="De parameters die niet kloppen, als het daaraan ligt.")
