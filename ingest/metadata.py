"""What is known of a document: what its source states, and what can be read from the text.

What the loader found goes first. What is guessed is named in `inferred`; what is not known stays None or empty.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from corpus.document import DatePrecision
from corpus.gemeenten import find_gemeenten
from ingest import labels, publisher
from ingest.addresses import usable
from ingest.blocks import Block, Loaded, RawPage
from ingest.dates import find_dates
from ingest.events import find_event
from ingest.kind import infer_kind
from ingest.schedule import has_weekday
from ingest.tags import tags

_LISTS = ("authors", "doelgroep", "themas", "beroepen", "gemeenten", "regio", "wetten")
_LANGUAGES = ("nl", "en", "de", "fr")
# Kinds in which an organisation speaks about itself.
_SPOKEN = ("nieuwsbericht", "beleidspagina", "aankondiging", "artikel")
# A national agreement touches on everything; what it says most about is what it is about.
_MOST_THEMES = 10
# Words up to which all that a text names is what it is about.
_SHORT = 150


@dataclass(frozen=True)
class Metadata:
    """The fields of `corpus.document.Document` that describe it; `extra` holds what the source says beyond them."""

    kind: str
    source_id: str | None = None
    title: str | None = None
    subtitle: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    date: str | None = None
    date_precision: DatePrecision | None = None
    event_date: str | None = None
    event_place: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    licence: str | None = None
    evidence: str | None = None
    doelgroep: tuple[str, ...] = ()
    themas: tuple[str, ...] = ()
    beroepen: tuple[str, ...] = ()
    gemeenten: tuple[str, ...] = ()
    regio: tuple[str, ...] = ()
    wetten: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


_DATES = ("date", "year", "event_date", "date_precision")
_PLAIN = frozenset(f.name for f in fields(Metadata)) - {*_LISTS, *_DATES, "inferred", "extra"}


def describe(loaded: Loaded, page: RawPage, text: str) -> Metadata:
    """Return the metadata of a document.

    Args:
        loaded: its blocks, and what its format states (`Loaded.meta`; `year` stands for a date of that precision).
        page: where it comes from.
        text: the kept blocks joined, as `ingest.blocks.place` gives it.
    """
    blocks = [b for b in loaded.blocks if b.dropped is None and b.text and "comment" not in b.attrs]
    stated, extra = _stated(loaded, page)
    inferred = set(loaded.inferred)
    line = _date_line(blocks, stated.get("date"))
    _prefer_print(stated, inferred, _heading(blocks), line)
    values = {**_read(stated.get("title"), blocks, line), **stated}
    event = find_event(values.get("title"), blocks, values.get("date"))
    if event and event.date == values.get("date") and ("date" in inferred or _is_event_line(blocks, line)):
        # The only date that the page has is that of the meeting.
        del values["date"]
    if event and "event_date" not in stated:
        values = {"event_place": event.place, **values, "event_date": event.date}
        inferred |= {"event_date"} if event.year_guessed else set()
        extra |= {"event": event.name} if event.name else {}
    dated = line is not None or _is_dated(loaded.blocks, values.get("date"))
    guesses = {name: value for name, value in _guess(values, blocks, text, dated).items() if not values.get(name)}
    inferred |= guesses.keys()
    values |= guesses
    named = tuple(f.name for f in fields(Metadata) if f.name in inferred and values.get(f.name))
    return Metadata(**values, date_precision=_precision(values.get("date")), inferred=named, extra=extra)


def _prefer_print(
    stated: dict[str, Any], inferred: set[str], heading: str | None, line: tuple[int, str] | None
) -> None:
    """Let a printed title or date go before one that the loader only found likely, and clean the title."""
    if heading and ("title" not in stated or "title" in inferred):
        stated["title"] = heading
        inferred.discard("title")
    if line and "date" in inferred:
        del stated["date"]
        inferred.discard("date")
    if "title" in stated:
        stated["title"] = _without_site(stated["title"], stated["url"], stated.get("publisher"))


def _stated(loaded: Loaded, page: RawPage) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the loader gives: the fields of `Metadata`, and the rest for `extra`."""
    stated: dict[str, Any] = {"url": usable(page.url)}
    given = loaded.meta.get("extra")
    extra = dict(given) if isinstance(given, Mapping) else {}
    for name, value in loaded.meta.items():
        if value in (None, "", (), []) or name == "extra" or name in _DATES:
            continue
        if name in _LISTS:
            stated[name] = tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)
        elif name in ("url", "canonical_url"):
            stated[name] = usable(str(value).strip()) or stated.get(name)
        elif name in _PLAIN:
            stated[name] = str(value).strip()
        else:
            extra[name] = value
    for name, names in (("date", ("date", "year")), ("event_date", ("event_date",))):
        written = [loaded.meta[key] for key in names if loaded.meta.get(key)]
        readable = [iso for iso in map(_iso, written) if iso]
        if readable:
            stated[name] = readable[0]
        elif written:
            # No date that can be read: kept for people, not used.
            extra[name] = written[0]
    owner = publisher.by_host(stated.get("canonical_url") or page.url)
    if owner and stated.get("publisher", owner) != owner and "source_id" not in stated:
        # A page may name the office that runs the site; a site has one name here, so that it is one value to filter by.
        extra["publisher_as_stated"], stated["publisher"] = stated["publisher"], owner
    code = re.match(r"[a-z]{2}\b", stated.pop("language", ""))
    return stated | ({"language": code.group()} if code else {}), extra


def _iso(value: object) -> str | None:
    """Return a date as the formats give it ("2024", "2024-05-06T10:00Z", "6 mei 2024") as ISO, or None."""
    written = re.sub(r"[T ]\d{2}:\d{2}.*$", "", str(value or "").strip())
    if re.fullmatch(r"(?:1[5-9]|20)\d{2}(?:-(?:0[1-9]|1[0-2]))?|--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", written):
        return written
    found = find_dates(written)
    return found[0].value if found else None


def _precision(iso: str | None) -> DatePrecision | None:
    if not iso or iso.startswith("--"):
        return "month-day" if iso else None
    by_length: dict[int, DatePrecision] = {4: "year", 7: "month", 10: "day"}
    return by_length[len(iso)]


def _read(title: str | None, blocks: Sequence[Block], line: tuple[int, str] | None) -> dict[str, Any]:
    """Return what stands on the page for all to see: the subtitle, the date line and the byline."""
    found = {"date": line and line[1], "subtitle": _subtitle(title, blocks, line), "authors": _byline(blocks)}
    return {name: value for name, value in found.items() if value}


def _guess(values: Mapping[str, Any], blocks: Sequence[Block], text: str, dated: bool) -> dict[str, Any]:
    """Return what can only be inferred: the kind, the publisher, the language and the tags."""
    url = values.get("canonical_url") or values.get("url")
    kind = values.get("kind") or infer_kind(url, values.get("title"), blocks, dated=dated)
    named = publisher.by_host(url) or (publisher.by_text(text) if kind in _SPOKEN else None)
    headings = [values.get("title") or "", *(b.text for b in blocks if b.kind == "heading" or _is_topic(b))]
    words = len(text.split())
    minimum = max(1 if words < _SHORT else 2, words // 1000)
    found = tags(text, prominent="\n".join(headings), minimum=minimum)
    # Behind the comma of an address even "Ede" is a place.
    where = find_gemeenten(f"in {str(values.get('event_place') or '').rpartition(',')[2].strip()}")
    found = replace(found, gemeenten=tuple(dict.fromkeys((*found.gemeenten, *where))))
    return {
        "kind": kind,
        "publisher": named,
        "language": _language(text),
        **asdict(replace(found, themas=found.themas[:_MOST_THEMES])),
    }


def _is_topic(block: Block) -> bool:
    """Tell what names a subject as a heading does: a short entry of a list, or a record's field for whom it is."""
    if labels.field_of(block.attrs.get("label", "")) in ("doel", "doelgroep"):
        return True
    return block.kind == "list_item" and len(block.text.split()) <= 6 and not block.text.endswith(".")


def _heading(blocks: Sequence[Block]) -> str | None:
    """Return the page's own title: the only heading of the highest level, at the top and more than a word or two."""
    headings = [b for b in blocks if b.kind == "heading"]
    highest = [b for b in headings if b.level == min(h.level for h in headings)]
    if len(highest) == 1 and highest[0] in blocks[:5] and len(highest[0].text.split()) >= 3:
        return " ".join(highest[0].text.split())
    return None


_PAGE_TYPE = r"rapport|kamerstuk|publicatie|nieuwsbericht|nieuws|brochure|artikel|beleidsnota|home|vraag en antwoord"


def _without_site(title: str, url: str | None, by: str | None) -> str:
    """Return a title without the site's name behind it ("… | Rapport | Rijksoverheid.nl")."""
    host = (urlsplit(url or "").hostname or "").removeprefix("www.").rsplit(".", 1)[0]
    while match := re.fullmatch(r"(?P<title>.+\S)\s+(?P<sign>[|»·–—-])\s+(?P<last>\S.{0,40})", title):
        last = match["last"].casefold()
        is_site = (
            match["sign"] in "|»"
            or re.fullmatch(rf"{_PAGE_TYPE}|\S+\.(?:nl|org|nu|com|be|eu)", last)
            or last == (by or "").casefold()
            or (host and re.sub(r"\W", "", last) == re.sub(r"\W", "", host))
        )
        if not is_site:
            break
        title = match["title"]
    return title


_AROUND_DATE = re.compile(
    r"(?:(?:gepubliceerd|geplaatst|publicatiedatum|datum|(?:laatst )?(?:gewijzigd|bijgewerkt)|nieuws(?:bericht)?"
    r"|blog|artikel|(?:eind)?rapport|versie|kamerbrief|door [\w .’'-]{3,40}|op|om"
    r"|leestijd:? \d+ min\w*|\d{1,2}[:.]\d{2}( uur)?"
    r"|(?:den |'s-|’s-)?[a-z]+(?=, *$))\b|[\s:|,·•()-])*",
    re.IGNORECASE,
)


_PLACE = re.compile(r"(?:[A-ZÀ-Ý’'][\w’' -]{1,30}[,/] )?")
_DASH = re.compile(r"\s*[-–—]\s+")


def _date_line(blocks: Sequence[Block], stated: str | None) -> tuple[int, str] | None:
    """Return the index of the block near the top that is a date and nothing else, and that date with its year.

    A list may hold other dates than that of the page: an item of one has to agree with what is `stated`.
    """
    for index, block in enumerate(blocks[:12]):
        dates = find_dates(block.text) if len(block.text) <= 100 else ()
        if len(dates) == 1 and dates[0].precision in ("day", "month"):
            before, after = block.text[: dates[0].char_start], block.text[dates[0].char_end :]
            if _AROUND_DATE.fullmatch(before) and _AROUND_DATE.fullmatch(after):
                if block.kind != "list_item" or dates[0].value == stated:
                    return index, dates[0].value
    return _dateline(blocks)


def _dateline(blocks: Sequence[Block]) -> tuple[int, str] | None:
    """Return the block that opens with where and when it was written, and that date: "Ede, 22 juni 2021 - In de …"."""
    for index, block in enumerate(blocks[:5]):
        dates = find_dates(block.text[:60]) if len(block.text.split()) > 15 else ()
        if dates and dates[0].precision == "day" and _PLACE.fullmatch(block.text, 0, dates[0].char_start):
            if _DASH.match(block.text, dates[0].char_end):
                return index, dates[0].value
    return None


def _is_event_line(blocks: Sequence[Block], line: tuple[int, str] | None) -> bool:
    """Tell whether the date line says when a meeting is: "Datum: dinsdag 3 oktober 2017"."""
    return (
        line is not None
        and has_weekday(blocks[line[0]].text)
        and re.match(r"datum", blocks[line[0]].text, re.IGNORECASE) is not None
    )


def _is_dated(blocks: Sequence[Block], date: str | None) -> bool:
    """Tell whether the date of the page stands where its text begins, as over a news item, in a line set apart."""
    kept = itertools.accumulate(block.dropped is None for block in blocks)
    above = [b.text for b, count in zip(blocks, kept, strict=True) if b.dropped and count <= 2 and len(b.text) <= 100]
    return date is not None and any(found.value == date for text in above for found in find_dates(text))


def _subtitle(title: str | None, blocks: Sequence[Block], line: tuple[int, str] | None) -> str | None:
    """Return the short line between the title and the date line, if the page has both."""
    if title is None or line is None or line[0] < 2:
        return None
    above, block = blocks[line[0] - 2], blocks[line[0] - 1]
    words = len(block.text.split())
    follows = " ".join(above.text.split()) == title
    return block.text if follows and 3 <= words <= 30 and block.text[-1] not in ".,;:" else None


_TITLES = r"(?:(?:[Pp]rof|[Dd]r|[Dd]rs|[Ii]r|[Mm]r|[Ii]ng)\.? )*"
_NAME = rf"{_TITLES}[A-ZÀ-Ý][\w.’'-]+(?: (?:van|de|der|den|ten|ter|op|het|’t|'t|in|la|von))*(?: [A-ZÀ-Ý][\w.’'-]+)+"
_BYLINE = re.compile(
    rf"(?:door|auteurs?|tekst|geschreven door|interview)\s*:?\s+(?P<names>{_NAME}(?:(?:,| en| &|, en) {_NAME})*)\.?"
    r"(?:\s*[|•·(].*|,? op \d.*)?",
)


def _byline(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the authors whom a line of its own names, at the top or at the end; nobody who is only mentioned."""
    for block in [*blocks[:8], *blocks[8:][-3:]]:
        match = _BYLINE.fullmatch(block.text[:1].lower() + block.text[1:])
        if match:
            return tuple(re.sub(rf"^{_TITLES}", "", name) for name in re.split(r", en |, | en | & ", match["names"]))
    return ()


def _language(text: str) -> str | None:
    """Return the language (nl, en, de or fr), or None for a text too short to tell."""
    sample = text[:5000]
    return str(_identifier().classify(sample)[0]) if len(sample.split()) >= 20 else None


@cache
def _identifier() -> Any:  # noqa: ANN401 - py3langid has no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
