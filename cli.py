"""The command line: data on stdout, progress and messages on stderr, exit codes as documented in `--help`.

Nothing heavy is imported before a command needs it, so that `--help` and completion stay instant.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from corpus.errors import SamenwijzerError, UsageError

if TYPE_CHECKING:
    from corpus.document import Document
    from index.results import Answer, Hit, Results
    from index.search import Searcher
    from ingest.pipeline import FileReport, IngestReport

app = typer.Typer(
    name="samenwijzer",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Vind wat al werkt in de samenwerking tussen eerstelijn en sociaal domein."
    " Exit codes: 0 hits, 1 none, 2 usage, 3 index missing or unusable, 4 network, 5 partial ingest.",
)
EXIT_NONE, EXIT_UNUSABLE, EXIT_NETWORK, EXIT_PARTIAL = 1, 3, 4, 5


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


FormatOption = Annotated[Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl in a pipe.")]
ModelOption = Annotated[str | None, typer.Option("--model", help='"default" or "transformers:NAME_OR_PATH".')]
CountOption = Annotated[int, typer.Option("-k", min=1, max=1000, help="Number of results.")]
BatchOption = Annotated[
    Path | None, typer.Option("--queries", help='A file of {"qid", "query"} lines; - reads standard input.')
]


@app.callback()
def _settings(
    context: typer.Context,
    kb: Annotated[
        Path | None, typer.Option("--kb", envvar="SAMENWIJZER_KB", help="Folder of the knowledge base.")
    ] = None,
) -> None:
    """Find the knowledge base: --kb, else SAMENWIJZER_KB, else the config file, else the user data folder."""
    context.obj = kb or _configured_kb()


def _configured_kb() -> Path:
    import tomllib

    from platformdirs import user_config_path, user_data_path

    path = user_config_path("samenwijzer") / "config.toml"
    try:
        configured = tomllib.loads(path.read_text("utf-8")).get("kb")
    except FileNotFoundError:
        configured = None
    except (OSError, ValueError) as exc:
        raise UsageError(f"{path}: is not a readable TOML file ({exc}); mend or remove it") from exc
    return Path(configured).expanduser() if configured else user_data_path("samenwijzer")


@app.command()
def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, URLs, sitemaps, feeds, sources.toml.")
    ] = None,
    starter: Annotated[bool, typer.Option("--starter", help="Add the collection that comes with Samenwijzer.")] = False,
    model: ModelOption = None,
    output: FormatOption = None,
) -> None:
    """Read publications into the knowledge base and publish a new index.

    Example: samenwijzer --kb kb ingest reports/ https://example.org/tips.html
    """
    from corpus.store import Corpus, write_lock
    from ingest.fetch import starter_sources
    from ingest.pipeline import ingest as run

    arguments: list[Any] = [*(sources or []), *([starter_sources()] if starter else [])]
    if not arguments:
        raise UsageError("name at least one SOURCE, or --starter for the collection that comes with Samenwijzer")
    with write_lock(context.obj), Corpus(context.obj, create=True) as corpus, _progress() as progress:
        report = run(arguments, corpus, progress=lambda done, total, name: progress("reading", done, total))
        snapshot = _build(corpus, model, progress)
    _print_report(report, snapshot, _chosen(output))
    raise typer.Exit(_ingest_exit(report))


def _build(corpus: Any, model: str | None, progress: Callable[[str, int, int], None]) -> str | None:  # noqa: ANN401
    """Publish a snapshot, with the model of the one in use unless another is asked for."""
    from corpus.errors import SnapshotError
    from index.snapshot import build, current_id, read_manifest, snapshots_folder

    try:
        used = read_manifest(snapshots_folder(corpus.kb) / current_id(corpus.kb)).model_spec
    except SnapshotError:
        used = None
        if not corpus.counts()["documents"]:
            return None
    return build(corpus, model or used or "default", progress=progress)


def _ingest_exit(report: IngestReport) -> int:
    failed = [entry for entry in report.files if entry.outcome == "failed"]
    if not failed:
        return 0
    only_network = all(entry.source.startswith(("http://", "https://")) for entry in failed)
    return EXIT_NETWORK if only_network and len(failed) == len(report.files) else EXIT_PARTIAL


def _print_report(report: IngestReport, snapshot: str | None, output: Format) -> None:
    record = report.to_dict(snapshot)
    if output is not Format.table:
        _print_json(record, output)
        return
    rows = [_report_row(entry) for entry in report.files if entry.outcome != "unchanged"]
    if rows:
        _print_table(("", "kind", "items", "passages", "dropped", "source"), rows)
    counts = ", ".join(f"{record[name]} {name}" for name in ("added", "changed", "unchanged", "gone"))
    typer.echo(f"{counts}, {len(record['failed'])} failed; snapshot {snapshot or 'none'}")
    for entry in report.files:
        for warning in entry.warnings:
            typer.echo(_printable(f"{entry.source}: {warning}"), err=True)


def _report_row(entry: FileReport) -> tuple[str, ...]:
    numbers = (entry.items, entry.passages, entry.dropped) if entry.passages else ("", "", "")
    source = f"{entry.source}: {entry.reason}" if entry.reason else entry.source
    return (entry.outcome, entry.kind or "", *map(str, numbers), source)


@app.command()
def index(context: typer.Context, model: ModelOption = None) -> None:
    """Build the index anew from the corpus, for instance with another model.

    Example: samenwijzer --kb kb index --model transformers:./my-model
    """
    from corpus.store import Corpus, write_lock

    with Corpus(context.obj) as corpus, write_lock(context.obj), _progress() as progress:
        typer.echo(_build(corpus, model, progress))


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="Words, in any spelling that people use.")] = None,
    count: CountOption = 10,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="tip, sessie, praktijkvoorbeeld, rapport, …")] = None,
    doelgroep: Annotated[list[str] | None, typer.Option("--doelgroep", help="jeugd, ouderen, …")] = None,
    thema: Annotated[list[str] | None, typer.Option("--thema")] = None,
    publisher: Annotated[list[str] | None, typer.Option("--publisher")] = None,
    gemeente: Annotated[list[str] | None, typer.Option("--gemeente")] = None,
    regio: Annotated[list[str] | None, typer.Option("--regio")] = None,
    beroep: Annotated[list[str] | None, typer.Option("--beroep")] = None,
    year: Annotated[str | None, typer.Option("--year", help="2024, 2018..2024, 2018.. or ..2024.")] = None,
    queries: BatchOption = None,
    output: FormatOption = None,
) -> None:
    """Search the knowledge base.

    Example: samenwijzer search "POH-jeugd samenwerking wijkteam" --year 2015..2024 -k 5
    """
    from index.results import Filters, Query
    from index.search import Searcher

    filters = Filters(
        kind=tuple(kind or ()),
        doelgroep=tuple(doelgroep or ()),
        thema=tuple(thema or ()),
        publisher=tuple(publisher or ()),
        gemeente=tuple(gemeente or ()),
        regio=tuple(regio or ()),
        beroep=tuple(beroep or ()),
        year=_years(year),
    )

    def run(searcher: Searcher, text: str) -> Results:
        return searcher.search(Query(text, count, filters))

    if queries is not None:
        _batch(context.obj, queries, lambda searcher, text: {"hits": [asdict(hit) for hit in run(searcher, text).hits]})
    if not (query or "").strip():
        raise UsageError("give a QUERY, or --queries FILE")
    results = run(Searcher.open(context.obj), query or "")
    _print_hits(results.hits, _chosen(output), results)
    raise typer.Exit(0 if results.hits else EXIT_NONE)


def _years(text: str | None) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    first, dots, last = text.partition("..")
    try:
        start, end = int(first) if first else None, int(last) if last else None
    except ValueError:
        raise UsageError(f"--year {text}: give a year or a range, as in 2024, 2018..2024, 2018.. or ..2024") from None
    return (start, end) if dots else (start, start)


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="A question in plain words.")] = None,
    queries: BatchOption = None,
    output: FormatOption = None,
) -> None:
    """Answer a question with verbatim, cited sentences, or say honestly that nothing was found.

    Example: samenwijzer ask "Wie is het aanspreekpunt van het wijkteam bij de huisarts?"
    """
    from index.answer import answer, to_dict
    from index.search import Searcher

    if queries is not None:
        _batch(context.obj, queries, lambda searcher, text: to_dict(answer(searcher, text)))
    if not (question or "").strip():
        raise UsageError("give a QUESTION, or --queries FILE")
    found = answer(Searcher.open(context.obj), question or "")
    if _chosen(output) is Format.table:
        _print_answer(found)
    else:
        _print_json(to_dict(found), _chosen(output))
    raise typer.Exit(EXIT_NONE if found.status == "none" else 0)


def _batch(kb: Path, path: Path, run: Callable[[Searcher, str], dict[str, Any]]) -> NoReturn:
    """Print one JSON line per query of a file; everything is loaded once."""
    from index.search import Searcher

    searcher = Searcher.open(kb)
    for qid, text in _read_queries(path):
        _print_json({"qid": qid, **run(searcher, text)}, Format.jsonl)
    raise typer.Exit(0)


def _read_queries(path: Path) -> Iterator[tuple[Any, str]]:
    try:
        lines = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path}: cannot be read ({exc})") from exc
    for number, line in enumerate(lines.split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
                yield record["qid"], str(record["query"])
            except (ValueError, KeyError, TypeError) as exc:
                raise UsageError(f'{path}: line {number} is not {{"qid": …, "query": …}} ({exc})') from exc


@app.command("eval")
def evaluate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="A folder with corpus.jsonl, queries.jsonl, qrels.tsv.")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help="Queries for the knowledge base itself.")] = None,
    qrels: Annotated[Path | None, typer.Option("--qrels", help="Judgements for these queries, by source id.")] = None,
    split: Annotated[str | None, typer.Option("--split", help='Only queries with this "split": tune or test.')] = None,
    model: ModelOption = None,
    output: FormatOption = None,
) -> None:
    """Measure search and answers: nDCG@10, recall, MRR, false answers, per query type, with 95 % intervals.

    Example: samenwijzer --kb kb eval --queries queries.jsonl --qrels qrels.tsv --split test
    """
    from index.evaluate import evaluate as run

    report = run(folder or context.obj, queries, qrels, model=model or "default", split=split)
    if _chosen(output) is Format.table:
        header, *rows = report.rows()
        _print_table(tuple(header), [tuple(row) for row in rows])
    else:
        _print_json(report.to_dict(), _chosen(output))


@app.command()
def show(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Id of a document, passage or item, or a source id.")],
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Show what was left out of the document, and why.")
    ] = False,
    output: FormatOption = None,
) -> None:
    """Show a document with its items, or what was left out of it.

    Example: samenwijzer show 1f0c2a7be1d3a911 --dropped
    """
    from corpus.document import to_dict
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        document = corpus.get(reference)
        sources = corpus.sources(document.id)
    if _chosen(output) is not Format.table:
        record = to_dict(document)
        _print_json(record["dropped"] if dropped else record | {"sources": sources}, _chosen(output))
    elif dropped:
        _print_table(("block", "reason", "text"), [(str(d.order), d.reason, d.text) for d in document.dropped])
    else:
        _print_document(document, sources)


@app.command()
def similar(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Id of a passage, item or document.")],
    count: CountOption = 10,
    output: FormatOption = None,
) -> None:
    """Show what is most like a passage, item or document.

    Example: samenwijzer similar 1f0c2a7be1d3a911 -k 5
    """
    from corpus.store import Corpus
    from index.search import Searcher

    with Corpus(context.obj) as corpus:
        document = corpus.get(reference)
    searcher = Searcher.open(context.obj)
    wanted = [p.id for p in document.passages if reference in (p.id, p.item_id)] or [p.id for p in document.passages]
    hits = searcher.similar(wanted[0], count) if wanted else ()
    _print_hits(hits, _chosen(output))
    raise typer.Exit(0 if hits else EXIT_NONE)


@app.command()
def export(context: typer.Context, output: FormatOption = None) -> None:
    """Print every document with its items and passages, one JSON line each.

    Example: samenwijzer --kb kb export --format jsonl > collection.jsonl
    """
    from corpus.document import to_dict
    from corpus.store import Corpus

    with Corpus(context.obj) as corpus:
        if output is Format.json:
            _print_json([to_dict(document) for document in corpus.documents()], Format.json)
            return
        for document in corpus.documents():
            _print_json(to_dict(document), Format.jsonl)


@app.command()
def status(context: typer.Context, output: FormatOption = None) -> None:
    """Show what is in the knowledge base and which index is in use.

    Example: samenwijzer --kb kb status
    """
    from corpus.store import Corpus
    from index.snapshot import current_id, read_manifest, snapshots_folder

    with Corpus(context.obj) as corpus:
        counts = corpus.counts()
        up_to_date_with = corpus.corpus_hash()
    manifest = asdict(read_manifest(snapshots_folder(context.obj) / current_id(context.obj)))
    del manifest["files"]
    record = {"kb": str(context.obj), "corpus": counts, "snapshot": manifest}
    record["up_to_date"] = manifest["corpus_hash"] == up_to_date_with
    if _chosen(output) is not Format.table:
        _print_json(record, _chosen(output))
        return
    rows = [("knowledge base", str(context.obj)), *((name, str(value)) for name, value in counts.items())]
    rows += [(f"snapshot {name}", str(value)) for name, value in manifest.items()]
    _print_table(("", ""), [*rows, ("up to date", "yes" if record["up_to_date"] else "no; run `samenwijzer index`")])


@app.command()
def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Build the index anew if it is missing or damaged.")] = False,
) -> None:
    """Check the corpus and the index, and say what to do about what is wrong.

    Example: samenwijzer --kb kb doctor
    """
    from corpus.store import Corpus, write_lock
    from index.search import Searcher

    with Corpus(context.obj) as corpus:
        problems = corpus.problems()
        try:
            searcher = Searcher.open(context.obj)
            stale = searcher.manifest.corpus_hash != corpus.corpus_hash()
            broken = "the index is older than the corpus; run `samenwijzer index`" if stale else None
        except SamenwijzerError as exc:
            broken = str(exc)
        if broken and fix and not problems:
            with write_lock(context.obj), _progress() as progress:
                typer.echo(f"index built anew: {_build(corpus, None, progress)}")
            broken = None
    for line in [*problems, *([broken] if broken else [])]:
        typer.echo(line, err=True)
    if problems or broken:
        raise typer.Exit(EXIT_UNUSABLE)
    typer.echo("corpus and index are sound")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    contact: Annotated[
        str | None, typer.Option(envvar="SAMENWIJZER_CONTACT", help="E-mail address for corrections and questions.")
    ] = None,
    repository: Annotated[
        str | None, typer.Option(envvar="SAMENWIJZER_REPOSITORY", help="Address of the repository, for corrections.")
    ] = None,
) -> None:
    """Serve the web page and the HTTP API; a newly published index is picked up without a restart.

    Example: samenwijzer --kb kb serve --port 8000
    """
    import socket

    import uvicorn

    from api.app import CONTACT_EMAIL, create_app
    from index.live import Live

    Live(context.obj).current()  # say now, not at the first request, that there is no usable index
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as exc:
        raise UsageError(f"{host}:{port}: cannot listen here ({exc.strerror}); choose another --port") from exc
    address = f"[{host}]" if ":" in host else host
    typer.echo(f"Samenwijzer: http://{address}:{listener.getsockname()[1]}  (Ctrl-C stops)", err=True)
    application = create_app(context.obj, repository_url=repository, contact_email=contact or CONTACT_EMAIL)
    config = uvicorn.Config(application, log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


collection = typer.Typer(no_args_is_help=True, help="For editors: check the collection that ships, and add to it.")
app.add_typer(collection, name="corpus")
FolderOption = Annotated[Path | None, typer.Option("--folder", help="Folder of records; default: the one that ships.")]


@collection.command()
def check(
    folder: FolderOption = None,
    output: FormatOption = None,
) -> None:
    """Check every record, the catalogue of sources and the thesaurus, and show which themes lack which roles.

    Exit 1 if something is not in order.

    Example: samenwijzer corpus check
    """
    from corpus.begrippen import thesaurus
    from corpus.catalogue import problems as faults
    from corpus.check import check as run
    from ingest.fetch import starter_folder

    report = run(folder or starter_folder())
    problems = [asdict(problem) for problem in report.problems]
    if folder is None:
        thesaurus()
        catalogue = starter_folder().parent / "sources.toml"
        problems += [{"severity": "error", "record": catalogue.name, "message": m} for m in faults(catalogue)]
    errors = sum(problem["severity"] == "error" for problem in problems)
    if _chosen(output) is Format.table:
        typer.echo(report.coverage.table())
        _print_table(("", "record", "message"), [tuple(problem.values()) for problem in problems])
        typer.echo(f"{len(report.records)} records, {errors} errors, {len(problems) - errors} warnings")
        typer.echo(f"median reading level {report.median_level or 0:.0f} (Flesch-Douma; higher is easier)")
    else:
        record = {"records": len(report.records), "problems": problems, "median_reading_level": report.median_level}
        _print_json(record | {"empty_cells": report.coverage.empty}, _chosen(output))
    raise typer.Exit(EXIT_NONE if errors else 0)


@collection.command()
def new(
    slug: Annotated[str, typer.Argument(help="Name of the record and its file: lower case, words joined by hyphens.")],
    kind: Annotated[
        str, typer.Option("--kind", help="tip, praktijkvoorbeeld, feit, handreiking, …")
    ] = "praktijkvoorbeeld",
    folder: FolderOption = None,
) -> None:
    """Write an empty record with the questions that it answers.

    Example: samenwijzer corpus new buurtspreekuur-schulden --kind praktijkvoorbeeld
    """
    from corpus.template import template
    from ingest.fetch import starter_folder

    path = (folder or starter_folder()) / f"{slug}.md"
    text = template(slug, kind)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as exc:
        raise UsageError(f"{path}: cannot be made ({exc.strerror}); choose another name or --folder") from exc
    typer.echo(str(path))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows (stage, done, total) as bars with the time left, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, None) or bars.add_task(stage, total=None)
            tasks[stage] = task
            bars.update(task, completed=done, total=total)

        yield advance


def _chosen(output: Format | None) -> Format:
    return output or (Format.table if sys.stdout.isatty() else Format.jsonl)


def _print_json(record: Any, output: Format) -> None:  # noqa: ANN401
    indent = 2 if output is Format.json else None
    sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=indent) + "\n")


def _print_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print aligned columns; the last one is as long as it is, so that nothing is ever cut off."""
    lines = [tuple(_printable(cell) for cell in row) for row in ([header] if any(header) else []) + list(rows)]
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(len(header) - 1)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        typer.echo("  ".join([*cells, line[-1]]).rstrip())


def _printable(text: str) -> str:
    """Return `text` without control characters: what a source says must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _print_hits(hits: tuple[Hit, ...], output: Format, results: Results | None = None) -> None:
    if output is Format.json and results is not None:
        _print_json({**asdict(results)}, output)
    elif output is Format.json:
        _print_json([asdict(hit) for hit in hits], output)
    elif output is Format.jsonl:
        for hit in hits:
            _print_json(asdict(hit), output)
    elif hits:
        for hit in hits:
            _print_hit(hit)
    else:
        typer.echo("Niets gevonden.", err=True)


def _print_hit(hit: Hit) -> None:
    import textwrap

    source = ", ".join(str(part) for part in (hit.publisher, hit.year) if part)
    head = f"{hit.rank}. {hit.title or hit.item_title or hit.document_id} [{hit.kind}] {source}"
    text = textwrap.fill(" ".join(hit.text.split()), width=96, initial_indent="   ", subsequent_indent="   ")
    foot = "   " + "  ".join(filter(None, (hit.passage_id, hit.source_link)))
    typer.echo(_printable("\n".join((head, text, foot))) + "\n")


def _print_answer(found: Answer) -> None:
    if found.status == "none":
        typer.echo(f"Geen goed antwoord gevonden in {found.passages_searched} passages (snapshot {found.snapshot}).")
        typer.echo("Niet hier gevonden is niet: werkt niet. Het dichtst in de buurt:")
        for hit in found.nearest:
            typer.echo(_printable(f"  {hit.title or hit.text[:80]} [{hit.passage_id}]"))
    elif found.status == "weak":
        typer.echo("Mogelijk antwoord (zwakke overeenkomst):")
    for number, sentence in enumerate(found.sentences, 1):
        source = ", ".join(str(part) for part in (sentence.title, sentence.publisher, sentence.year) if part)
        # Quotation marks are for the source's own words; an editor's description of it has none.
        text = f"{sentence.text}\n   beschreven naar:" if sentence.described else f"“{sentence.text}”\n  "
        typer.echo(_printable(f"{number}. {text} {source} [{sentence.passage_id}]"))


def _print_document(document: Document, sources: list[str]) -> None:
    fields = ("id", "kind", "title", "subtitle", "date", "event_date", "event_place", "publisher", "url", "language")
    rows = [(name, str(getattr(document, name))) for name in fields if getattr(document, name)]
    _print_table(("", ""), [*rows, *(("read from", source) for source in sources)])
    if document.items:
        _print_table(("item", "kind", "", "title"), [
            (item.id, item.kind, "" if item.number is None else str(item.number), item.title) for item in document.items
        ])  # fmt: skip
    typer.echo(_printable(document.text))


def main() -> None:
    """Run the command line; every error of ours becomes one line on stderr and its exit code."""
    try:
        app()
    except SamenwijzerError as exc:
        typer.echo(f"samenwijzer: {_printable(str(exc))}", err=True)
        sys.exit(exc.exit_code)
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough; Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
