"""What is in the collection: `show`, `cite` and `export`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import inputs
from commands.options import (
    EXIT_NONE,
    BeroepOption,
    DoelgroepOption,
    FormatOption,
    GemeenteOption,
    IdsArgument,
    KindOption,
    PublisherOption,
    RegioOption,
    SinceOption,
    ThemaOption,
    YearOption,
    filters,
)
from commands.output import chosen, print_csv, print_json, print_references, print_table, printable
from corpus.errors import UsageError

if TYPE_CHECKING:
    from corpus.cite import Reference
    from corpus.document import Document
    from corpus.history import Cited
    from corpus.store import Corpus
    from index.results import Filters

_PASSAGE = ("id", "document_id", "item_id", "order", "page", "section", "text", "char_start", "char_end", "status")
_DROPPED = ("order", "reason", "text")
_DOCUMENT = (
    "id", "source_id", "kind", "title", "subtitle", "publisher", "authors", "year", "date", "event_date", "event_place",
    "url", "language", "licence", "evidence", "doelgroep", "themas", "beroepen", "gemeenten", "regio", "wetten",
    "items", "passages",
)  # fmt: skip


def show(
    context: typer.Context,
    ids: IdsArgument,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Show what was left out of the document, and why.")
    ] = False,
    output: FormatOption = None,
) -> None:
    """Show a document with its items, a passage or item of it, or what was left out of it.

    A passage that you kept and that has changed since, or whose source is gone, is said to be so.

    As csv it is a line per passage.

    Example: samenwijzer show poh-jeugd-assen
    """
    from commands import screens
    from corpus.document import to_dict
    from corpus.store import Corpus

    form = chosen(output)
    with Corpus(context.obj) as corpus:
        found = [(id, corpus.get(id)) for id in inputs.ids(ids)]
        became = [_became(corpus, id, document) for id, document in found]
        records = [
            to_dict(document) | {"sources": corpus.sources(document.id)} | _told(was)
            for (_, document), was in zip(found, became, strict=True)
        ]
        references = [
            _reference(document, id, _snapshot(corpus), was) for (id, document), was in zip(found, became, strict=True)
        ]
    parts = [part for record in records for part in record["dropped" if dropped else "passages"]]
    if form == "table" and dropped:
        print_table(_DROPPED, [[str(part[name]) for name in _DROPPED] for part in parts])
    elif form == "table":
        for (id, document), record in zip(found, records, strict=True):
            screens.document(document, id, record["sources"])
    elif form == "csv":
        print_csv(_DROPPED if dropped else _PASSAGE, parts)
    elif form == "json":
        print_json(parts if dropped else records if len(records) > 1 else records[0], form)
    elif form == "jsonl":
        for part in parts if dropped else records:
            print_json(part, form)
    else:
        print_references(references, form)


def cite(context: typer.Context, ids: IdsArgument, output: FormatOption = None) -> None:
    """Cite documents, passages or items: a reference with the quotation, or a file for a reference manager.

    Example: samenwijzer cite poh-jeugd-assen --format table
    Example: samenwijzer search "eenzaamheid ouderen" | samenwijzer cite - --format ris > zotero.ris
    """
    from commands import screens
    from corpus.cite_formats import row
    from corpus.store import Corpus

    form = chosen(output)
    with Corpus(context.obj) as corpus:
        references = list(_references(corpus, inputs.ids(ids)))
    if form == "table":
        screens.references(references)
    elif form == "json":
        print_json([row(reference) for reference in references], form)
    else:
        print_references(references, form)
    raise typer.Exit(0 if references else EXIT_NONE)


def _references(corpus: Corpus, ids: Iterable[str]) -> Iterator[Reference]:
    """Yield the references of what is there, and say of each other id that it is not."""
    snapshot = _snapshot(corpus)
    for id in ids:
        try:
            document = corpus.get(id)
            yield _reference(document, id, snapshot, _became(corpus, id, document))
        except UsageError as exc:
            typer.echo(printable(f"samenwijzer: {exc}"), err=True)


def _became(corpus: Corpus, id: str, document: Document) -> Cited | None:
    """Return what became of a passage that is not current, after saying so; say it of a document that is gone too."""
    from corpus.history import look_up

    was = look_up(corpus, id)
    if was is not None and was.state == "changed":
        now = f"passage {was.successor.id} stands there now" if was.successor else "nothing in it resembles it now"
        typer.echo(printable(f"{id}: the source has changed since this version ({was.until}); {now}"), err=True)
        return was
    if since := corpus.gone_at(document.id):
        typer.echo(printable(f"{id}: the source was taken away ({since})"), err=True)
    return was if was is not None and was.state == "gone" else None


def _told(was: Cited | None) -> dict[str, Any]:
    """Return what a record says of a passage that is not current."""
    if was is None:
        return {}
    successor = was.successor.id if was.successor else None
    told = {"id": was.passage_id, "state": was.state, "until": was.until, "text": was.text, "successor": successor}
    return {"cited": told | {"text_sha256": was.text_sha256}}


def _reference(document: Document, id: str, snapshot: str | None, was: Cited | None = None) -> Reference:
    from corpus.cite import reference
    from corpus.history import reference_as_cited

    if was is not None:
        return reference_as_cited(was)
    ids = {passage.id for passage in document.passages} | {item.id for item in document.items}
    return reference(document, id if id in ids else None, snapshot=snapshot)


def _snapshot(corpus: Corpus) -> str | None:
    """Return the id of the index in use if it was made from what the corpus holds now."""
    from corpus.errors import SnapshotError
    from index.snapshot import current_id, read_manifest, snapshots_folder

    try:
        manifest = read_manifest(snapshots_folder(corpus.kb) / current_id(corpus.kb))
    except SnapshotError:
        return None
    return manifest.id if manifest.corpus_hash == corpus.corpus_hash() else None


def export(
    context: typer.Context,
    kind: KindOption = None,
    doelgroep: DoelgroepOption = None,
    thema: ThemaOption = None,
    gemeente: GemeenteOption = None,
    regio: RegioOption = None,
    publisher: PublisherOption = None,
    beroep: BeroepOption = None,
    year: YearOption = None,
    since: SinceOption = None,
    output: FormatOption = None,
) -> None:
    """Print the collection, or the documents that are or hold what the filters ask for.

    As json and jsonl a document comes with its items and passages, as csv it is one line.

    As ris, bibtex, csl and md each document, tip, session and practice that passes the filters is a reference.

    Example: samenwijzer export --kind praktijkvoorbeeld --thema eenzaamheid --format csv > praktijken.csv
    """
    from corpus.document import to_dict
    from corpus.store import Corpus

    form = chosen(output)
    narrowed = filters(kind, doelgroep, thema, gemeente, regio, publisher, beroep, year, since)
    count = 0
    with Corpus(context.obj) as corpus:
        selected = _selected(corpus, narrowed)
        if form == "jsonl":  # the one that may be larger than memory
            for document, _ in selected:
                print_json(to_dict(document), form)
                count += 1
        else:
            found = list(selected)
            count = len(found)
            _print_selected(found, form, _snapshot(corpus))
    raise typer.Exit(0 if count else EXIT_NONE)


def _print_selected(found: Sequence[tuple[Document, list[str]]], form: str, snapshot: str | None) -> None:
    from corpus.document import to_dict

    if form == "json":
        print_json([to_dict(document) for document, _ in found], form)
    elif form == "csv":
        print_csv(_DOCUMENT, (_flat(document) for document, _ in found))
    elif form == "table":
        header = ("id", "kind", "year", "publisher", "title")
        print_table(header, [[str(_flat(document)[name] or "") for name in header] for document, _ in found])
    else:
        print_references((_reference(document, id, snapshot) for document, ids in found for id in ids), form)


def _selected(corpus: Corpus, narrowed: Filters) -> Iterator[tuple[Document, list[str]]]:
    """Yield the documents that are or hold what the filters ask for, with the ids of what is a work of its own."""
    from corpus.cite import WORKS
    from index.facets import accepts

    seen = corpus.first_seen()
    for document in corpus.documents():
        parts = [item for item in (None, *document.items) if accepts(narrowed, document, item, seen[document.id])]
        works = [part for part in parts if part is None or (part.kind in WORKS and not document.described)]
        if parts:
            yield document, [part.id if part else document.id for part in works]


def _flat(document: Document) -> dict[str, Any]:
    record = {name: getattr(document, name) for name in _DOCUMENT}
    return record | {"items": len(document.items), "passages": len(document.passages)}
