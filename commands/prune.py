"""Making room: `prune`."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from commands.output import printable


def prune(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=0, help="Keep every answer that is younger than this.")] = 365,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
) -> None:
    """Drop old answers of websites from the archive (KB/warc) that newer ones supersede.

    The last content of every page stays, however old, what a document was read from, and all that --from-warc needs.

    Example: samenwijzer --kb kb prune --days 365 --dry-run
    """
    from corpus.store import Corpus, write_lock
    from ingest.prune import prune as run

    folder = context.obj / "warc"
    with nullcontext() if dry_run else write_lock(context.obj), Corpus(context.obj) as corpus:
        done = run(folder, datetime.now(UTC) - timedelta(days), corpus.read_from(), dry_run=dry_run)
    for name in done.left_alone:
        typer.echo(printable(f"{folder / name}: cannot be read whole, and is left as it is"), err=True)
    what = "would go" if dry_run else "are gone"
    told = f"{done.dropped} of {done.answers} answers {what}, {done.freed / 2**20:.1f} of {done.size / 2**20:.1f} MB"
    typer.echo(f"{folder}: {told}")
