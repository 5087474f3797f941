"""Hits, answers and documents as people read them on a terminal, in Dutch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from api.wording import age_warning, count, excerpt, kind_label
from commands.output import console, print_table, printable, write

if TYPE_CHECKING:
    from corpus.document import Document
    from index.results import Answer, Hit, Results, Sentence

_INDENT = 4
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
    facts = (kind_label(hit.kind), part_of, hit.publisher, hit.year, f"p. {hit.page}" if hit.page else None)
    _put(screen, Text(_told(facts), _BESIDE), _INDENT)
    text = Text()
    for piece in excerpt(hit.text, hit.highlights):
        text.append(" ".join(printable(piece.text).split("\n")), _FOUND if piece.marked else "")
    _put(screen, text, _INDENT)
    _foot(screen, hit.passage_id, hit.url)
    screen.print()


def _searched(results: Results) -> str:
    added = results.added[:_MOST_WORDS]
    more = f" en {len(results.added) - len(added)} andere" if len(results.added) > len(added) else ""
    words = f" Meegezocht: {', '.join(added)}{more}." if added else ""
    shown = f"{len(results.hits)} van " if len(results.hits) < results.total else ""
    found = count(results.total, "vindplaats", "vindplaatsen")
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
        for number, sentence in enumerate(found.sentences, 1):
            _sentence(screen, number, sentence)
    write(captured.get())


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


def document(shown: Document, sources: Sequence[str]) -> None:
    """Show what is known of a document, its items and its text."""
    fields = ("id", "kind", "title", "subtitle", "date", "event_date", "event_place", "publisher", "url", "language")
    rows = [(name, str(getattr(shown, name))) for name in fields if getattr(shown, name)]
    print_table(("", ""), [*rows, *(("read from", source) for source in sources)])
    if shown.items:
        print_table(("item", "kind", "", "title"), [
            (item.id, item.kind, "" if item.number is None else str(item.number), item.title) for item in shown.items
        ])  # fmt: skip
    write(printable(shown.text) + "\n")


def _told(facts: Sequence[object]) -> str:
    return " · ".join(printable(str(fact)) for fact in facts if fact)


def _foot(screen: Console, passage_id: str, url: str | None) -> None:
    # Not folded: an address over two lines cannot be copied.
    screen.print(
        " " * _INDENT + "  ".join(filter(None, (passage_id, printable(url or "")))), style=_BESIDE, soft_wrap=True
    )


def _put(screen: Console, text: Text, indent: int, first: Text | None = None) -> None:
    """Print text within the width, every line indented; `first` stands in the indent of the first line."""
    for line in text.wrap(screen, max(screen.width - indent, 20)):
        line.rstrip()
        screen.print((first or Text(" " * indent)) + line, soft_wrap=True)
        first = None
