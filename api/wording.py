"""How results are told to people: Dutch labels and sentences, marks and excerpts. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from corpus.document import Document, Item
from index.results import Hit, Results, Sentence, Why

KINDS = {
    "rapport": "Rapport",
    "nieuwsbericht": "Nieuwsbericht",
    "aankondiging": "Aankondiging",
    "congresprogramma": "Congresprogramma",
    "tiplijst": "Lijst met tips",
    "beleidspagina": "Beleidspagina",
    "handreiking": "Handreiking",
    "artikel": "Artikel",
    "factsheet": "Factsheet",
    "databank-interventie": "Interventie uit een databank",
    "tip": "Tip",
    "reactie": "Reactie van een lezer",
    "sessie": "Congressessie",
    "plenair": "Lezing",
    "flitspresentatie": "Flitspresentatie",
    "debat": "Debat",
    "praktijkvoorbeeld": "Praktijkvoorbeeld",
    "feit": "Feit",
    "spreker": "Spreker",
    "aanbeveling": "Aanbeveling",
    "vraag-antwoord": "Vraag en antwoord",
}
# From somebody's opinion to a practice that was looked at by others.
EVIDENCE = ("tip", "praktijkvoorbeeld", "geëvalueerd", "erkend")
EVIDENCE_MEANING = {
    "tip": "een advies of mening, niet onderzocht",
    "praktijkvoorbeeld": "ergens zo gedaan en beschreven, niet onderzocht",
    "geëvalueerd": "onderzocht of het werkt",
    "erkend": "beoordeeld en erkend door een onafhankelijke commissie",
}
MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
PEOPLE = {"tip": "Gegeven door", "reactie": "Van", "spreker": "Spreker", "feit": "Genoemd door"}
READ_PARTS = {"begin": " (alleen het begin)", "deel": " (een deel)"}
DOWNLOADS = {
    "docx": "Word",
    "ris": "RIS",
    "bibtex": "BibTeX",
    "csl": "CSL-JSON",
    "csv": "CSV",
    "md": "Markdown",
}
OLD_AFTER_YEARS = 5
EXCERPT = 420


class Piece(NamedTuple):
    """A stretch of text to show; `marked` where it is a found word."""

    text: str
    marked: bool


def kind_label(kind: str | None) -> str:
    """Return what readers call this kind."""
    return KINDS.get(kind or "", (kind or "publicatie").capitalize())


def evidence_level(evidence: str | None) -> int:
    """Return the step of the evidence ladder, 1–4, or 0 where the source does not tell."""
    return EVIDENCE.index(evidence) + 1 if evidence in EVIDENCE else 0


def age_warning(year: int | None, today: date | None = None) -> str | None:
    """Return a warning for what is more than five years old, else None."""
    if year is None or (today or date.today()).year - year <= OLD_AFTER_YEARS:
        return None
    return f"Ouder dan vijf jaar ({year}). Ga na of wetten en afspraken sindsdien zijn veranderd."


def strength(value: float) -> str:
    """Return a score of 0–1 in words: readers take a percentage for a chance of being right."""
    return "sterk" if value >= 0.75 else "enigszins" if value >= 0.45 else "weinig" if value > 0 else "niet"


def likeness(semantic: float) -> str:
    """Return in words how much a text is like the question.

    The similarity is relative to the best of this search, and is told as such.
    """
    return f"Vergeleken met de andere resultaten lijkt deze tekst als geheel {strength(semantic)} op uw vraag."


def reasons(why: Why) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return why a hit was found as (sentence, words) pairs."""
    told: list[tuple[str, tuple[str, ...]]] = []
    if why.terms:
        told.append(("Woorden uit uw vraag die hier staan:", why.terms))
    if why.added:
        told.append(("Woorden die Samenwijzer meezocht en die hier staan:", why.added))
    if not told:
        told.append(("Geen van uw woorden staat hier letterlijk; gevonden op gelijkenis.", ()))
    return (*told, (likeness(why.semantic), ()))


def number(value: int) -> str:
    """Return "1.234"."""
    return f"{value:,}".replace(",", ".")


def count(total: int, one: str, many: str) -> str:
    """Return "1 tip", "1.234 tips"."""
    return f"{number(total)} {one if total == 1 else many}"


def total_of(results: Results, one: str = "resultaat", many: str = "resultaten") -> str:
    """Return how many results there are, "minstens" so many if they were not all counted."""
    return ("" if results.exact else "minstens ") + count(results.total, one, many)


def dutch_date(value: str | None) -> str | None:
    """Return a date of a record ("2018", "2018-09", "2018-09-20", "--10-04") as people write it."""
    found = re.fullmatch(r"(\d{4}|-)(?:-(\d{2}))?(?:-(\d{2}))?", value or "")
    if not found:
        return value
    year, month, day = found.groups()
    words = [str(int(day)) if day else "", MONTHS[int(month) - 1] if month else "", "" if year == "-" else year]
    return " ".join(word for word in words if word) + (" (jaar onbekend)" if year == "-" else "")


def facts(document: Document) -> list[tuple[str, str]]:
    """Return what is known about a publication as (label, text) pairs."""
    told = (
        ("Gegeven door", giver(document)),
        ("Uitgever", document.publisher),
        ("Auteur", ", ".join(document.authors) if document.kind != "tip" else None),
        ("Datum", dutch_date(document.date)),
        ("Bijeenkomst", ", ".join(filter(None, (dutch_date(document.event_date), document.event_place)))),
        ("Wetten", ", ".join(document.wetten)),
        ("Erkend door", document.extra.get("evidence_register")),
        ("Licentie", document.licence),
    )
    return [(label, text) for label, text in told if text]


def item_facts(item: Item, document: Document) -> list[tuple[str, str]]:
    """Return what is known about an item as (label, text) pairs: the giver of a tip, the time of a session."""
    people = "; ".join(
        ", ".join(filter(None, (speaker.name, speaker.role, speaker.organisation))) for speaker in item.speakers
    )
    unknown = "niet genoemd" if item.kind == "tip" else None
    time = f"{item.start}–{item.end}" if item.start and item.end else item.start
    told = (
        (PEOPLE.get(item.kind, "Spreker" if len(item.speakers) < 2 else "Sprekers"), people or unknown),
        ("Ronde", str(item.round) if item.round else None),
        ("Tijd", f"{time} uur" if time else None),
        ("Wanneer", dutch_date(document.event_date)),
        ("Waar", document.event_place),
        ("Let op", "gaat niet door" if item.cancelled else "nog onder voorbehoud" if item.tba else None),
        ("Uitgever", document.publisher),
        ("Jaar", str(document.year) if document.year else None),
    )
    return [(label, text) for label, text in told if text]


def giver(document: Document) -> str | None:
    """Return who gave a tip that is a record of its own, as far as the source says; None for other records."""
    if document.kind != "tip":
        return None
    return ", ".join(document.authors) or "niet genoemd"


def subjects(document: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what a publication is about as (label, filter, values): each leads to everything that shares it."""
    told = (
        ("Doelgroep", "doelgroep", document.doelgroep),
        ("Beroep", "beroep", document.beroepen),
        ("Gemeente", "gemeente", document.gemeenten),
        ("Regio", "regio", document.regio),
    )
    return [entry for entry in told if entry[2]]


def marked(text: str, highlights: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut `text` at its highlights; the pieces joined are `text` again."""
    pieces: list[Piece] = []
    position = 0
    for start, end in highlights:
        pieces += [Piece(text[position:start], False), Piece(text[start:end], True)]
        position = end
    pieces.append(Piece(text[position:], False))
    return tuple(piece for piece in pieces if piece.text)


def excerpt(text: str, highlights: Sequence[tuple[int, int]], size: int = EXCERPT) -> tuple[Piece, ...]:
    """Return about `size` characters of `text` around where most highlights are, whole words, marked.

    An ellipsis stands where something was left out; all the rest is verbatim.
    """
    if len(text) <= size * 1.25:
        return marked(text, highlights)
    starts = [0, *(max(0, start - size // 6) for start, _ in highlights)]
    best = max(starts, key=lambda s: (sum(s <= a < s + size for a, _ in highlights), -s))
    start, end = _word_start(text, min(best, len(text) - size)), _word_end(text, best + size)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in highlights if a < end and b > start]
    before = (Piece("… ", False),) if start else ()
    after = (Piece(" …", False),) if end < len(text) else ()
    return (*before, *marked(text[start:end], inside), *after)


def _word_start(text: str, position: int) -> int:
    while position and not text[position - 1].isspace():
        position -= 1
    return position


def _word_end(text: str, position: int) -> int:
    while position < len(text) and not text[position].isspace():
        position += 1
    return position


class Sources(NamedTuple):
    """The sources of a page, numbered from 1 for who prints it: document id → number, and a reference for each."""

    numbers: Mapping[str, int]
    references: tuple[str, ...]


def numbered_sources(found: Iterable[Sentence | Hit]) -> Sources:
    """Return the documents that sentences and hits are from, each once, in order of appearance."""
    first = {one.document_id: one for one in reversed([*found])}
    documents = dict(reversed(first.items()))
    return Sources({id: n for n, id in enumerate(documents, 1)}, tuple(map(citation, documents.values())))


def citation(found: Sentence | Hit) -> str:
    """Return a reference to the source in the order publisher (year). Title. Address; what is unknown is said."""
    who, when = found.publisher or "Uitgever onbekend", found.year or "z.d."
    title = (found.title or "Zonder titel").rstrip(".")
    return " ".join(filter(None, (f"{who} ({when}).", f"{title}.", safe_url(found.url))))


def sentence_citation(found: Sentence | Hit) -> str:
    """Return a sentence or hit with its place in the collection and the reference to its source.

    Quotation marks are for the source's own words: some of the collection describes a source in the editors' words.
    """
    text = " ".join(found.text.split())
    page = f" (p. {found.page})" if isinstance(found, Hit) and found.page else ""
    quoted = text if found.described else f"“{text}”"
    return f"{quoted}{page} [Samenwijzer, {found.passage_id}] Bron: {citation(found)}"


def described_from(document: Document) -> str | None:
    """Return what a text in the editors' own words was written from and when, None for the source's own text."""
    source = document.extra.get("bron")
    if not isinstance(source, Mapping):
        return None
    told = ", ".join(str(source[key]) for key in ("title", "publisher") if source.get(key))
    read = f", gelezen op {dutch_date(str(source['read']))}" if source.get("read") else ""
    return f"{told}{read}{READ_PARTS.get(str(source.get('read_part')), '')}" if told else None


def correction(document: Document, passage_id: str | None, contact_email: str, repository_url: str | None) -> str:
    """Return where a reader can say what is wrong: the record's file, a new issue, or an e-mail that names the text."""
    if repository_url and document.key.startswith("starter/"):
        return f"{repository_url}/blob/main/corpus/{quote(document.key)}"
    return _message(document.title, document.id, passage_id, contact_email, repository_url)


def hit_correction(hit: Hit, contact_email: str, repository_url: str | None) -> str:
    """Return where a reader can say what is wrong with a result: a new issue, or an e-mail that names the text."""
    return _message(hit.title, hit.document_id, hit.passage_id, contact_email, repository_url)


def _message(title: str | None, id: str, passage_id: str | None, contact_email: str, repository_url: str | None) -> str:
    where = f"publicatie {id}" + (f", passage {passage_id}" if passage_id else "")
    subject = quote(f"Klopt dit niet? {title or 'Zonder titel'} ({where})", safe="")
    if repository_url:
        return f"{repository_url}/issues/new?title={subject}"
    return f"mailto:{quote(contact_email, safe='@+')}?subject={subject}"


def safe_url(url: str | None) -> str | None:
    """Return `url` if a reader may be sent there: a source may hold `javascript:` and worse."""
    return url if url and url.lower().startswith(("http://", "https://")) else None
