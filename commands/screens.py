"""Hits, answers and documents as people read them on a terminal, in Dutch."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from api.wording import age_warning, count, described_from, excerpt, kind_label, subjects, total_of
from api.wording import facts as known_facts
from commands.output import console, printable, write
from corpus.cite import plain

if TYPE_CHECKING:
    from corpus.cite import Reference
    from corpus.document import Document, Item, Passage
    from index.results import Answer, Generated, Hit, Results, Sentence

_INDENT = 4
_LABEL = 18  # wide enough for an id
_MOST_WORDS = 8
_FOUND = "bold red"  # as grep does, and readable on a light and on a dark terminal
_BESIDE = "dim"


def hits(found: Sequence[Hit], results: Results | None = None) -> None:
    """Show hits, best first, and what was searched."""
    screen = console()
    with screen.capture() as captured:
        for hit in found:
            _hit(screen, hit)
        if results:
            _put(screen, Text(_searched(results), _BESIDE), 0)
    write(captured.get())


def _hit(screen: Console, hit: Hit) -> None:
    title = hit.item_title or hit.title or "Zonder titel"
    number = Text(f"{hit.rank}.".rjust(_INDENT - 1) + " ", _BESIDE)
    _put(screen, Text(printable(title), "bold"), _INDENT, first=number)
    part_of = hit.title if hit.item_title and hit.title != hit.item_title else None
    evidence = hit.evidence if hit.evidence != hit.kind else None
    page = f"p. {hit.page}" if hit.page else None
    described = "beschreven naar de bron" if hit.described else None
    facts = (kind_label(hit.kind), evidence, part_of, hit.publisher, hit.year, page, described)
    _put(screen, Text(_told(facts), _BESIDE), _INDENT)
    text = Text()
    for piece in excerpt(hit.text, hit.highlights):
        text.append(re.sub(r"\s+", " ", printable(piece.text)), _FOUND if piece.marked else "")
    _put(screen, text, _INDENT)
    _foot(screen, hit.passage_id, hit.url)
    screen.print()


def _searched(results: Results) -> str:
    added = results.added[:_MOST_WORDS]
    more = f" en {len(results.added) - len(added)} andere" if len(results.added) > len(added) else ""
    words = f" Meegezocht: {', '.join(added)}{more}." if added else ""
    shown = f"{len(results.hits)} van " if len(results.hits) < results.total else ""
    found = total_of(results, "vindplaats", "vindplaatsen")
    return printable(f"{shown}{found} in momentopname {results.snapshot}.{words}")


def answer(found: Answer) -> None:
    """Show the sentences with their sources, or that there is no good answer and what came closest."""
    screen = console()
    with screen.capture() as captured:
        if found.status == "none":
            passages = count(found.passages_searched, "passage", "passages")
            _put(screen, Text(f"Geen goed antwoord gevonden in {passages} (momentopname {found.snapshot})."), 0)
            _put(screen, Text("Niet hier gevonden is niet: werkt niet. Het dichtst in de buurt:"), 0)
            for hit in found.nearest:
                _put(screen, Text(printable(f"{hit.item_title or hit.title or hit.text[:80]} [{hit.passage_id}]")), 2)
        elif found.status == "weak":
            _put(screen, Text("Geen duidelijk antwoord. Dit raakt uw vraag misschien; lees het na in de bron:"), 0)
        if found.generated:
            _generated(screen, found.generated)
        for number, sentence in enumerate(found.sentences, 1):
            _sentence(screen, number, sentence)
    write(captured.get())


def _generated(screen: Console, made: Generated) -> None:
    """Show what a language model wrote and which sentences carry it, then the head of the verbatim answer."""
    if made.sentences:
        head = f"Samengevat door taalmodel {made.model}; elke zin is gecontroleerd bij de zinnen eronder:"
        _put(screen, Text(printable(head), "bold"), 0)
    for sentence in made.sentences:
        marks = "".join(f"[{number}]" for number in sentence.citations)
        _put(screen, Text(printable(f"{sentence.text} {marks}")), 3)
    for number, source in enumerate(made.sources, 1):
        told = f"{' '.join(source.text.split())} ({source.title or 'Zonder titel'})"
        _put(screen, Text(printable(told), _BESIDE), 7, first=Text(f"   [{number}] ", _BESIDE))
    if made.note:
        _put(screen, Text(printable(made.note)), 0)
    _put(screen, Text("Letterlijk uit de bronnen:", "bold"), 0)


def _sentence(screen: Console, number: int, sentence: Sentence) -> None:
    # Quotation marks are for the source's own words; an editor's description of it has none.
    text = " ".join(printable(sentence.text).split())
    _put(screen, Text(text if sentence.described else f"“{text}”"), 3, first=Text(f"{number}. ", _BESIDE))
    source = ", ".join(str(part) for part in (sentence.title, sentence.publisher, sentence.year) if part)
    told = f"beschreven naar: {source}" if sentence.described else source
    _put(screen, Text(printable(f"{told} [{sentence.passage_id}]"), _BESIDE), 3)
    warning = age_warning(sentence.year)
    if warning:
        _put(screen, Text(warning, _BESIDE), 3)


def document(shown: Document, id: str, sources: Sequence[str]) -> None:
    """Show what is known of a document, its items and its text; or the passage or item with this id."""
    parts: tuple[Passage | Item, ...] = (*shown.passages, *shown.items)
    part = next((part for part in parts if part.id == id), None)
    screen = console()
    with screen.capture() as captured:
        _put(screen, Text(printable(shown.title or "Zonder titel"), "bold"), 0)
        _put(screen, Text(_told((kind_label(shown.kind), shown.publisher, shown.year)), _BESIDE), 0)
        for label, text in _facts(shown, sources):
            _put(screen, Text(printable(text)), _LABEL, first=Text(label.ljust(_LABEL), _BESIDE))
        for item in () if part else shown.items:
            number = f"{item.number}. " if item.number is not None else ""
            told = f"{kind_label(item.kind)}: {number}{' '.join(item.title.split())}"
            _put(screen, Text(printable(told)), _LABEL, first=Text(item.id.ljust(_LABEL), _BESIDE))
        screen.print()
        for line in (part or shown).text.split("\n"):
            _put(screen, Text(printable(line)), 0)
    write(captured.get())


def _facts(shown: Document, sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "Id", f"{shown.id}  {shown.source_id or ''}".rstrip()
    if shown.subtitle:
        yield "Ondertitel", shown.subtitle
    yield from (pair for pair in known_facts(shown) if pair[0] != "Uitgever")
    yield from ((label, ", ".join(values)) for label, _, values in subjects(shown))
    described = described_from(shown)
    if described:
        yield "Beschreven naar", described
    if shown.url:
        yield "Adres", shown.url
    yield from (("Gelezen uit", source) for source in sources)


def references(found: Sequence[Reference]) -> None:
    """Show each reference as a sentence, with the quotation below it."""
    screen = console()
    with screen.capture() as captured:
        for ref in found:
            _put(screen, Text(printable(plain(ref))), 0)
            _put(screen, Text(printable(ref.note), _BESIDE), _INDENT)
            screen.print()
    write(captured.get())


def repeated(records: Sequence[Mapping[str, Any]]) -> None:
    """Show for each search that was done again what is new and how much is gone."""
    screen = console()
    with screen.capture() as captured:
        for record in records:
            then, now = record["then"], record["now"]
            _put(screen, Text(printable(record["query"]) or "(alles)", "bold"), 0)
            told = f"{then['at'][:10]}: {_total(then)}; nu: {_total(now)}. Nieuw: {len(record['new'])}."
            _put(screen, Text(f"{told} Niet meer bij de eerste: {len(record['gone'])}.", _BESIDE), 0)
            for hit in record["new"]:
                source = _told((hit["title"] or "Zonder titel", hit["publisher"], hit["year"]))
                _put(screen, Text(f"{source} [{hit['passage_id']}]"), 2)
    write(captured.get())


def _total(counted: Mapping[str, Any]) -> str:
    return f"{'' if counted['exact'] else 'minstens '}{counted['total']}"


def _told(facts: Sequence[object]) -> str:
    return " · ".join(printable(str(fact)) for fact in facts if fact)


def _foot(screen: Console, passage_id: str, url: str | None) -> None:
    # Not folded: an address over two lines cannot be copied.
    screen.print(
        " " * _INDENT + "  ".join(filter(None, (passage_id, printable(url or "")))), style=_BESIDE, soft_wrap=True
    )


def _put(screen: Console, text: Text, indent: int, first: Text | None = None) -> None:
    """Print text within the width, every line indented; `first` stands in the indent of the first line.

    A word that is too long is left whole: an address over two lines cannot be copied.
    """
    width, start = max(screen.width - indent, 20), 0
    for line in textwrap.wrap(text.plain, width, break_long_words=False, break_on_hyphens=False) or [""]:
        start = text.plain.index(line, start)
        screen.print(Text.assemble(first or " " * indent, text[start : start + len(line)]), soft_wrap=True)
        first = None
