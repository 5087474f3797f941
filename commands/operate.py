"""How it stands: `status`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from commands.options import ReportOption, engine
from commands.output import chosen, print_json, print_table


def status(context: typer.Context, form: ReportOption = None) -> None:
    """Show what is in the knowledge base and which index is in use.

    Example: samenwijzer --kb kb status
    """
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        counts = corpus.counts()
        up_to_date_with = corpus.corpus_hash()
    manifest = asdict(engine(context).manifest())
    del manifest["files"]
    record = {"kb": str(context.obj), "corpus": counts, "snapshot": manifest}
    record["up_to_date"] = manifest["corpus_hash"] == up_to_date_with
    if chosen(form) != "table":
        print_json(record, chosen(form))
        return
    rows = [("knowledge base", str(context.obj)), *((name, str(value)) for name, value in counts.items())]
    rows += [(f"snapshot {name}", str(value)) for name, value in manifest.items()]
    print_table(("", ""), [*rows, ("up to date", "yes" if record["up_to_date"] else "no; run `samenwijzer index`")])
