"""The thesaurus as readers see it: in alphabetical order, with a page for every concept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict
from functools import cache
from itertools import groupby
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from corpus.begrippen import Begrip, key, thesaurus

PATH = "/begrippen"
_EXAMPLE: JsonDict = {
    "id": "welzijn-op-recept",
    "term": "Welzijn op Recept",
    "uitleg": "De huisarts verwijst niet naar een behandeling maar naar een welzijnscoach.",
    "afkortingen": ["WoR"],
    "synoniemen": ["welzijnsrecept"],
    "voorgangers": [],
    "engels": ["social prescribing"],
    "leek": [],
    "breder": [],
    "smaller": [],
    "verwant": ["sociaal werker"],
    "niet_verwarren": [],
    "dubbelzinnig": ["WoR"],
    "bron": {
        "title": "Welzijn op Recept",
        "publisher": "Landelijk kennisnetwerk",
        "url": "https://welzijnoprecept.nl/",
    },
    "permalink": "/begrippen/welzijn-op-recept",
}


class Asked(NamedTuple):
    """A concept in a question: the name as the question has it, and what it means."""

    name: str
    begrip: Begrip

    @property
    def renamed(self) -> bool:
        """Whether the question has another name than the term that we prefer."""
        return key(self.name) != key(self.begrip.term)


def slug(term: str) -> str:
    """Return the id of a concept: its term in lower case without accents, words joined by hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", term.casefold()) if not unicodedata.combining(c))
    return "-".join(re.findall(r"[^\W_]+", plain))


def href(term: str) -> str:
    """Return the address of a concept."""
    return f"{PATH}/{slug(term)}"


@cache
def by_slug() -> dict[str, Begrip]:
    """Return all concepts by their id, in alphabetical order."""
    return {slug(term): begrip for term, begrip in sorted(thesaurus().begrippen.items(), key=lambda e: slug(e[0]))}


def matching(text: str) -> list[Begrip]:
    """Return the concepts that have a name with `text` in it; all of them for no text.

    Layman's words may be whole phrases, in which a few letters can be found anywhere: those do not count.
    """
    part = key(text)
    short = len(part) <= 3
    return [
        begrip
        for begrip in by_slug().values()
        if any(part in key(name) for name, kind in begrip.names() if not (short and kind == "leek"))
    ]


def by_letter(begrippen: list[Begrip]) -> list[tuple[str, list[Begrip]]]:
    """Return the concepts, which are in alphabetical order, per first letter."""
    return [(letter, list(group)) for letter, group in groupby(begrippen, key=lambda begrip: slug(begrip.term)[0])]


def asked(question: str) -> Asked | None:
    """Return the concept in a question that is most worth explaining, if any.

    That is an abbreviation, or else the name of most words. A single word is explained only to who asks for nothing
    else, and so is a name that may mean something else unless it is written as we write it; layman's words never are.
    """
    found: list[tuple[bool, int, Asked]] = []
    for mention in thesaurus().mentions(question):
        name = question[mention.char_start : mention.char_end]
        begrip = thesaurus().begrippen[mention.begrippen[0]]
        written, kind = next(entry for entry in begrip.names() if key(entry[0]) == key(name))
        words = len(re.findall(r"[^\W_]+", name))
        doubtful = key(name) in map(key, begrip.dubbelzinnig) and name != written
        told = kind != "leek" and len(mention.begrippen) == 1
        if told and (name == question.strip() or ((kind == "afkorting" or words > 1) and not doubtful)):
            found.append((kind == "afkorting", words, Asked(name, begrip)))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


class SourceModel(BaseModel):
    """Waar de betekenis van een begrip te lezen is."""

    title: str
    publisher: str
    url: str | None


class BegripModel(BaseModel):
    """Een begrip uit eerste lijn of sociaal domein, met alle namen die mensen eraan geven."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="De term in kleine letters, met streepjes.")
    term: str = Field(description="De naam die wij kiezen.")
    uitleg: str
    afkortingen: list[str]
    synoniemen: list[str] = Field(description="Namen die hetzelfde betekenen, ook plaatselijke.")
    voorgangers: list[str] = Field(description="Hoe het vroeger heette, of waar het uit voortkwam.")
    engels: list[str]
    leek: list[str] = Field(description="Woorden van wie de vakterm niet kent.")
    breder: list[str] = Field(description="Termen van ruimere begrippen.")
    smaller: list[str] = Field(description="Termen van engere begrippen.")
    verwant: list[str]
    niet_verwarren: list[str] = Field(description="Termen van begrippen waarvan de naam erop lijkt.")
    dubbelzinnig: list[str] = Field(description="Namen van dit begrip die ook iets anders kunnen betekenen.")
    bron: SourceModel
    permalink: str = Field(description="Adres van het begrip op deze server.")


class BegripList(BaseModel):
    """Begrippen in alfabetische volgorde."""

    begrippen: list[BegripModel]
    total: int


def model(begrip: Begrip) -> BegripModel:
    """Return the concept as the API gives it."""
    own = {"id": slug(begrip.term), "permalink": href(begrip.term)}
    return BegripModel.model_validate(asdict(begrip) | own)
