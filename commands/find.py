"""Asking the collection: `search`, `ask` and `similar`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from commands.options import BatchOption, CountOption, Exit, Report, ReportOption
from commands.output import chosen, print_json, printable
from corpus.errors import UsageError

if TYPE_CHECKING:
    from index.results import Answer, Hit, Results
    from index.search import Searcher


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
    output: ReportOption = None,
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
    _print_hits(results.hits, chosen(output), results)
    raise typer.Exit(0 if results.hits else Exit.NONE)


def _years(text: str | None) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    first, dots, last = text.partition("..")
    try:
        start, end = int(first) if first else None, int(last) if last else None
    except ValueError:
        raise UsageError(f"--year {text}: give a year or a range, as in 2024, 2018..2024, 2018.. or ..2024") from None
    return (start, end) if dots else (start, start)


def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="A question in plain words.")] = None,
    queries: BatchOption = None,
    output: ReportOption = None,
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
    if chosen(output) is Report.table:
        _print_answer(found)
    else:
        print_json(to_dict(found), chosen(output))
    raise typer.Exit(Exit.NONE if found.status == "none" else 0)


def _batch(kb: Path, path: Path, run: Callable[[Searcher, str], dict[str, Any]]) -> NoReturn:
    """Print one JSON line per query of a file; everything is loaded once."""
    from index.search import Searcher

    searcher = Searcher.open(kb)
    for qid, text in _read_queries(path):
        print_json({"qid": qid, **run(searcher, text)}, Report.jsonl)
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


def similar(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Id of a passage, item or document.")],
    count: CountOption = 10,
    output: ReportOption = None,
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
    _print_hits(hits, chosen(output))
    raise typer.Exit(0 if hits else Exit.NONE)


def _print_hits(hits: tuple[Hit, ...], output: Report, results: Results | None = None) -> None:
    if output is Report.json and results is not None:
        print_json({**asdict(results)}, output)
    elif output is Report.json:
        print_json([asdict(hit) for hit in hits], output)
    elif output is Report.jsonl:
        for hit in hits:
            print_json(asdict(hit), output)
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
    typer.echo(printable("\n".join((head, text, foot))) + "\n")


def _print_answer(found: Answer) -> None:
    if found.status == "none":
        typer.echo(f"Geen goed antwoord gevonden in {found.passages_searched} passages (snapshot {found.snapshot}).")
        typer.echo("Niet hier gevonden is niet: werkt niet. Het dichtst in de buurt:")
        for hit in found.nearest:
            typer.echo(printable(f"  {hit.title or hit.text[:80]} [{hit.passage_id}]"))
    elif found.status == "weak":
        typer.echo("Mogelijk antwoord (zwakke overeenkomst):")
    for number, sentence in enumerate(found.sentences, 1):
        source = ", ".join(str(part) for part in (sentence.title, sentence.publisher, sentence.year) if part)
        # Quotation marks are for the source's own words; an editor's description of it has none.
        text = f"{sentence.text}\n   beschreven naar:" if sentence.described else f"“{sentence.text}”\n  "
        typer.echo(printable(f"{number}. {text} {source} [{sentence.passage_id}]"))
