"""How a publication, item or passage is cited: from a document to a `Reference`, from that to a sentence.

`corpus.cite_formats` writes references for programs.

What is cited is the work that a reader can look up. Where the collection describes a source in its own words that is
the source itself, and the note says who described it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote as percent_encoded

from corpus.document import Document, Item, Passage
from corpus.errors import UsageError

SESSIONS = ("sessie", "plenair", "flitspresentatie", "debat")
# Items that are works of their own; a fact or a recommendation is cited as a place in its document.
WORKS = ("tip", "praktijkvoorbeeld", "reactie", *SESSIONS)
_REPORTS = ("rapport", "handreiking", "factsheet")
_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
_PARTICLES = frozenset("van de den der ten ter te het 't ’t in op la le du von el al bin ben aan d'".split())
_ENDS = frozenset(' {}<>"\\^`|')
_TITLES = re.compile(r"^(?:(?:prof|dr|drs|ir|mr|ing|em|mw|mevr|dhr|msc)\b\.?\s+)+", re.IGNORECASE)
_READ_PARTS = {"begin": "alleen het begin is gelezen", "deel": "een deel is gelezen"}


class Kind(NamedTuple):
    """The type of a reference in CSL, RIS and BibTeX."""

    csl: str
    ris: str
    bibtex: str


_PAGE, _REPORT = Kind("webpage", "ELEC", "misc"), Kind("report", "RPRT", "techreport")
_TALK, _POST = Kind("speech", "CPAPER", "inproceedings"), Kind("post", "BLOG", "incollection")
_CHAPTER, _PAGE_PART = Kind("chapter", "CHAP", "incollection"), Kind("webpage", "ELEC", "incollection")


@dataclass(frozen=True)
class Name:
    """A person (`given` is set) or an organisation, or a person of whom only one name is known."""

    family: str
    given: str = ""

    @property
    def inverted(self) -> str:
        """The family name first."""
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def initials(self) -> str:
        """The family name and the initials of the given names."""
        letters = " ".join(f"{part[0]}." for part in re.findall(r"[^\W\d_]+", self.given) if part not in _PARTICLES)
        return f"{self.family}, {letters}" if letters else self.family


@dataclass(frozen=True)
class Reference:
    """What is known of a cited work; None or empty where the source is silent.

    `id` is the passage, item or document that was asked for. `container` is the title of the publication that an
    item is part of. `date` and `event_date` are ISO 8601 as far as known ("2018", "2018-09", "2018-09-20"), `read` is
    the day that the source was read. `quote` is verbatim; `page` is where it stands in a PDF. `described_in` is the
    title of the record in which the collection describes the work, `read_part` how much of it was read. `permalink`
    is the address in the collection, None without a base address; `snapshot` is the snapshot that the text is from.
    """

    id: str
    kind: str
    type: Kind
    title: str | None
    container: str | None
    authors: tuple[Name, ...]
    publisher: str | None
    date: str | None
    event_date: str | None
    event_place: str | None
    url: str | None
    read: str | None
    language: str | None
    licence: str | None
    evidence: str | None
    keywords: tuple[str, ...]
    quote: str | None
    page: int | None
    described_in: str | None
    read_part: str | None
    permalink: str | None
    snapshot: str | None

    @property
    def year(self) -> int | None:
        """Year of publication or, for a session, of the meeting."""
        return int(self.date[:4]) if self.date else None

    @property
    def note(self) -> str:
        """What no format has a field for: the quotation, and where in the collection it is to be found."""
        quote = f"“{self.quote}”" if self.quote and not self.described_in else self.quote or ""
        place = f"(p. {self.page})" if quote and self.page else ""
        about = f"Beschreven door Samenwijzer in “{self.described_in}”" if self.described_in else "Samenwijzer"
        told = [about, self.id, f"momentopname {self.snapshot}" if self.snapshot else "", self.read_part or ""]
        where = ", ".join(part for part in (*told, self.permalink or "") if part)
        return " ".join(part for part in (quote, place, f"[{where}]") if part)


def reference(
    document: Document, id: str | None = None, *, base: str | None = None, snapshot: str | None = None
) -> Reference:
    """Return the reference to a document, or to one of its items or passages.

    Args:
        document: what is cited, or what the cited part stands in.
        id: of a passage (as in a hit), an item or the document itself; None is the document.
        base: address of a server with the collection ("https://example.nl"), for permalinks.
        snapshot: id of the snapshot that the text is from.

    Raises:
        UsageError: the document has no such part.
    """
    passage = next((p for p in document.passages if p.id == id), None)
    item = document.item(passage.item_id if passage else id)
    if id not in (None, document.id) and not passage and not item:
        raise UsageError(f"{id}: is no passage or item of document {document.id}; cite an id that a search gives")
    work = item if item and item.kind in WORKS and not document.described else None
    bron = _origin(document)
    title = work.title if work else str(bron.get("title") or document.title or "") or None
    whole = str(bron.get("title") or document.title or "") or None
    date = _published(document, work)
    quote = passage.text if passage else item.text if item else None
    return Reference(
        id=id or document.id,
        kind=item.kind if item else document.kind,
        type=_type(document, work),
        title=title,
        container=whole if work and whole != title else None,
        authors=_authors(document, work),
        publisher=document.publisher,
        date=date,
        event_date=_known(document.event_date),
        event_place=document.event_place,
        url=_address(document),
        read=str(bron.get("read") or document.fetched_at)[:10] or None,
        language=document.language,
        licence=document.licence,
        evidence=document.evidence,
        keywords=tuple(dict.fromkeys((*document.themas, *document.doelgroep))),
        quote=" ".join(quote.split()) if quote else None,
        page=passage.page if passage else _first_page(document, item),
        described_in=document.title if document.described else None,
        read_part=_READ_PARTS.get(str(bron.get("read_part"))),
        permalink=_permalink(document, passage, item, base),
        snapshot=snapshot,
    )


def _origin(document: Document) -> Mapping[str, object]:
    bron = document.extra.get("bron")
    return bron if isinstance(bron, Mapping) else {}


def _type(document: Document, work: Item | None) -> Kind:
    report = document.kind in _REPORTS
    if work is None:
        return _REPORT if report else _PAGE
    if work.kind in SESSIONS:
        return _TALK
    if work.kind == "reactie":
        return _POST
    return _CHAPTER if report else _PAGE_PART


def _authors(document: Document, work: Item | None) -> tuple[Name, ...]:
    speakers = tuple(speaker.name for speaker in work.speakers) if work else ()
    return tuple(map(name, speakers or document.authors))


def name(text: str) -> Name:
    """Return a name in parts; what does not look like a person's (one word, a lower-case word) is kept whole."""
    plain = " ".join(_TITLES.sub("", text.strip()).split())
    words = plain.split(" ")
    first = next((at for at, word in enumerate(words[1:-1], 1) if word.casefold() in _PARTICLES), len(words) - 1)
    rest = [word for word in words if word not in _PARTICLES]
    person = 1 < len(words) <= 6 and all(re.match(r"[^\W\d_]", word) and word[0].isupper() for word in rest)
    if not person or "," in plain or _ORGANISATION.search(plain):
        return Name(" ".join(text.split()))
    return Name(" ".join(words[first:]), " ".join(words[:first]))


_ORGANISATION = re.compile(
    r"\b(?:minister|gemeente|provincie|stichting|vereniging|universit|hogeschool|raad\b|instituut|centrum|netwerk|"
    r"cooperatie|coöperatie|federatie|bureau|dienst|fonds|bank\b|platform|kennis|zorg|welzijn|team|inspectie|"
    r"planbureau|rijks|ggz|ggd|vng|nederland|redactie)",
    re.IGNORECASE,
)


def _known(value: str | None) -> str | None:
    """Return a date as far as it is one, if its year is known."""
    found = re.match(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?!\d)", value or "")
    return found[0] if found else None


def _published(document: Document, work: Item | None) -> str | None:
    held = _known(document.event_date)
    if work and work.kind in SESSIONS and held:
        return held
    return _known(document.date) or held


def _first_page(document: Document, item: Item | None) -> int | None:
    if item is None:
        return None
    return next((p.page for p in document.passages if p.char_start <= item.char_start < p.char_end), None)


def _permalink(document: Document, passage: Passage | None, item: Item | None, base: str | None) -> str | None:
    if base is None:
        return None
    part = passage or next((p for p in document.passages if item and p.item_id == item.id), None)
    path = f"passage/{part.id}" if part else f"publicatie/{document.id}"
    return f"{base.rstrip('/')}/{path}"


def _address(document: Document) -> str | None:
    """Return the address of the source: a web address, with what would end a field in some format encoded."""
    url = document.url or document.canonical_url
    if not url or not url.lower().startswith(("http://", "https://")):
        return None
    return "".join(map(_spelled, url.strip()))


def _spelled(c: str) -> str:
    return c if c.isprintable() and c not in _ENDS else percent_encoded(c, errors="replace")


def dutch_date(value: str) -> str:
    """Return an ISO date ("2018", "2018-09", "2018-09-20") as people write it."""
    year, *rest = value.split("-")
    month = _MONTHS[int(rest[0]) - 1] if rest else ""
    return " ".join(part for part in (str(int(rest[1])) if len(rest) > 1 else "", month, year) if part)


def plain(ref: Reference) -> str:
    """Return the reference as one Dutch sentence in the manner of APA 7: who, when, what, where, when read."""
    who = _listed([author.initials for author in ref.authors]) or ref.publisher or "Uitgever onbekend"
    day = f"{ref.date[:4]}, {dutch_date(ref.date).rsplit(' ', 1)[0]}" if ref.date and len(ref.date) > 4 else ref.date
    parts = [f"{who[:1].upper()}{who[1:].rstrip('.')}. ({day or 'z.d.'}).", _stopped(ref.title or "Zonder titel")]
    if ref.container:
        parts.append(_stopped(f"In {ref.container}"))
    if ref.publisher and ref.authors:
        parts.append(_stopped(ref.publisher))
    if ref.url:
        read = f"Geraadpleegd op {dutch_date(ref.read)}, van " if ref.read else ""
        parts.append(f"{read}{ref.url}")
    return " ".join(parts)


def quoted(ref: Reference) -> str:
    """Return the quotation with its page and place in the collection, and the reference to its source."""
    return f"{ref.note} Bron: {plain(ref)}"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} & {names[-1]}" if len(names) > 1 else "".join(names)


def _stopped(text: str) -> str:
    """Return the text with a full stop, unless it ends in a mark of its own."""
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."
