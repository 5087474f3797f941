"""What is in the collection: `show` and `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import ReportOption
from commands.output import chosen, print_json, print_table, printable

if TYPE_CHECKING:
    from corpus.document import Document


def show(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Id of a document, passage or item, or a source id.")],
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Show what was left out of the document, and why.")
    ] = False,
    output: ReportOption = None,
) -> None:
    """Show a document with its items, or what was left out of it.

    Example: samenwijzer show 1f0c2a7be1d3a911 --dropped
    """
    from corpus.document import to_dict
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        document = corpus.get(reference)
        sources = corpus.sources(document.id)
    if chosen(output) != "table":
        record = to_dict(document)
        print_json(record["dropped"] if dropped else record | {"sources": sources}, chosen(output))
    elif dropped:
        print_table(("block", "reason", "text"), [(str(d.order), d.reason, d.text) for d in document.dropped])
    else:
        _print_document(document, sources)


def export(context: typer.Context, output: ReportOption = None) -> None:
    """Print every document with its items and passages, one JSON line each.

    Example: samenwijzer --kb kb export --format jsonl > collection.jsonl
    """
    from corpus.document import to_dict
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        if output == "json":
            print_json([to_dict(document) for document in corpus.documents()], "json")
            return
        for document in corpus.documents():
            print_json(to_dict(document), "jsonl")


def _print_document(document: Document, sources: list[str]) -> None:
    fields = ("id", "kind", "title", "subtitle", "date", "event_date", "event_place", "publisher", "url", "language")
    rows = [(name, str(getattr(document, name))) for name in fields if getattr(document, name)]
    print_table(("", ""), [*rows, *(("read from", source) for source in sources)])
    if document.items:
        print_table(("item", "kind", "", "title"), [
            (item.id, item.kind, "" if item.number is None else str(item.number), item.title) for item in document.items
        ])  # fmt: skip
    typer.echo(printable(document.text))
