"""Getting publications in: `ingest` and `index`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import inputs
from commands.options import EXIT_NETWORK, EXIT_PARTIAL, ModelOption, ReportOption, engine
from commands.output import Progress, chosen, print_json, print_table, printable, progress_bars
from corpus.errors import UsageError
from ingest.policy import Policy

if TYPE_CHECKING:
    from corpus.store import Corpus
    from index.engine import Engine
    from ingest.pipeline import FileReport, IngestReport

_SITES = "Websites"
_NO_CONTACT = (
    "no contact address: the owners of the sites that are read cannot see who reads them, and may shut you out; give"
    " --contact, SAMENWIJZER_CONTACT, or contact in the config file"
)
# How a dry run shows what would happen.
_SIGNS = {"added": "+", "changed": "~", "gone": "-"}


def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, URLs, sitemaps, feeds, sources.toml.")
    ] = None,
    starter: Annotated[bool, typer.Option("--starter", help="Add the collection that comes with Samenwijzer.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be new (+), changed (~) or gone (-).")
    ] = False,
    from_warc: Annotated[
        Path | None, typer.Option("--from-warc", help="Read web pages from WARC files (KB/warc), not from the network.")
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(
            envvar="SAMENWIJZER_CONTACT", help="Address that websites can reach you at.", rich_help_panel=_SITES
        ),
    ] = None,
    crawl_delay: Annotated[
        float,
        typer.Option(min=0.5, help="Seconds between requests; more where robots.txt asks so.", rich_help_panel=_SITES),
    ] = Policy.delay,
    crawl_patience: Annotated[
        float,
        typer.Option(min=0, help="Longest wait that a site may ask for; then it is left.", rich_help_panel=_SITES),
    ] = Policy.patience,
    crawl_requests: Annotated[
        int, typer.Option(min=1, help="Most requests to one site in one run.", rich_help_panel=_SITES)
    ] = Policy.host_requests,
    crawl_mb: Annotated[
        int, typer.Option(min=1, help="Most megabytes from one site in one run.", rich_help_panel=_SITES)
    ] = Policy.host_bytes >> 20,
    file_mb: Annotated[
        int, typer.Option(min=1, help="Largest page or file that is read, in megabytes.", rich_help_panel=_SITES)
    ] = Policy.max_bytes >> 20,
    allow_loopback: Annotated[
        bool,
        typer.Option(
            "--allow-loopback", help="Also read websites on this machine itself, for tests.", rich_help_panel=_SITES
        ),
    ] = False,
    model: ModelOption = None,
    form: ReportOption = None,
) -> None:
    """Read publications into the knowledge base and publish a new index.

    Example: samenwijzer --kb kb ingest reports/ tips.html
    """
    from corpus.store import Corpus, write_lock
    from ingest.fetch import starter_sources
    from ingest.pipeline import ingest as run

    policy = Policy(
        contact=contact,
        delay=crawl_delay,
        patience=crawl_patience,
        host_requests=crawl_requests,
        host_bytes=crawl_mb * 2**20,
        max_bytes=file_mb * 2**20,
        allow_loopback=allow_loopback,
    )
    named = inputs.arguments(sources or [])
    arguments: list[Any] = [*named, *([starter_sources()] if starter else [])]
    if not arguments:
        raise UsageError("name at least one SOURCE, or --starter for the collection that comes with Samenwijzer")
    on_the_web = any(name.startswith(("http://", "https://")) or name.endswith(".toml") for name in named)
    if on_the_web and not (contact or from_warc):
        typer.echo(_NO_CONTACT, err=True)
    target = engine(context)
    with write_lock(context.obj), Corpus(context.obj, create=True) as corpus, progress_bars() as progress:
        report = run(
            arguments,
            corpus,
            policy=policy,
            archive=from_warc,
            dry_run=dry_run,
            progress=lambda done, total, name: progress("reading", done, total),
        )
        snapshot = None if dry_run else publish(corpus, target, model, progress)
    _print_report(report, snapshot, chosen(form), _SIGNS if dry_run else {})
    raise typer.Exit(_ingest_exit(report))


def publish(corpus: Corpus, engine: Engine, model: str | None, progress: Progress) -> str | None:
    """Build a snapshot, with the model of the one in use unless another is asked for, and publish it."""
    from index.building import build
    from index.snapshot import last_model, open_current

    used = last_model(corpus.kb)
    if used is None and not corpus.counts()["documents"]:
        return None
    snapshot_id = build(corpus, model or used or "default", progress=progress)
    engine.publish(open_current(corpus.kb))
    return snapshot_id


def _ingest_exit(report: IngestReport) -> int:
    failed = [entry for entry in report.files if entry.outcome == "failed"]
    if not failed:
        return 0
    only_network = all(entry.source.startswith(("http://", "https://")) for entry in failed)
    return EXIT_NETWORK if only_network and len(failed) == len(report.files) else EXIT_PARTIAL


def _print_report(report: IngestReport, snapshot: str | None, output: str, signs: Mapping[str, str]) -> None:
    record = report.to_dict(snapshot)
    if output != "table":
        print_json(record, output)
        return
    rows = [_row(entry, signs) for entry in report.files if entry.outcome != "unchanged"]
    if rows:
        print_table(("", "kind", "items", "passages", "dropped", "source"), rows)
    counts = ", ".join(f"{record[name]} {name}" for name in ("added", "changed", "unchanged", "gone"))
    typer.echo(f"{counts}, {len(record['failed'])} failed; snapshot {snapshot or 'none'}")
    for entry in report.files:
        for warning in entry.warnings:
            typer.echo(printable(f"{entry.source}: {warning}"), err=True)


def _row(entry: FileReport, signs: Mapping[str, str]) -> tuple[str, ...]:
    numbers = (entry.items, entry.passages, entry.dropped) if entry.passages else ("", "", "")
    source = f"{entry.source}: {entry.reason}" if entry.reason else entry.source
    return (signs.get(entry.outcome, entry.outcome), entry.kind or "", *map(str, numbers), source)


def index(context: typer.Context, model: ModelOption = None) -> None:
    """Build the index anew from the corpus, for instance with another model.

    Example: samenwijzer --kb kb index --model default
    """
    from corpus.store import Corpus, write_lock

    target = engine(context)
    with Corpus(context.obj) as corpus, write_lock(context.obj), progress_bars() as progress:
        typer.echo(publish(corpus, target, model, progress))
