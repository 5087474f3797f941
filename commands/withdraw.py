"""Taking a document out of the collection: `withdraw`."""

from __future__ import annotations

from typing import Annotated

import typer


def withdraw(
    context: typer.Context,
    document: Annotated[str, typer.Argument(metavar="ID", help="Id of a document, or its first digits.")],
    undo: Annotated[bool, typer.Option("--undo", help="Put it back.")] = False,
) -> None:
    """Take a document out of the collection, whatever the next ingest finds; its record is kept.

    It is not found any more from the next index on: `samenwijzer index`.

    Example: samenwijzer withdraw tip-07-een-communicatiemiddel
    """
    from corpus import withdrawal
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        document_id = corpus.get(document).id
    change = withdrawal.readmit if undo else withdrawal.withdraw
    change(context.obj, document_id, "command line")
    typer.echo(f"{document_id}: {'put back' if undo else 'withdrawn'}; publish with `samenwijzer index`", err=True)
