"""Asking the collection: `search`, `ask` and `similar`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from commands import inputs
from commands.options import (
    EXIT_NONE,
    BatchOption,
    BeroepOption,
    CountOption,
    DoelgroepOption,
    Format,
    FormatOption,
    GemeenteOption,
    GenerateModelOption,
    GenerateOption,
    KindOption,
    LogOption,
    PublisherOption,
    RegioOption,
    RerankOption,
    SinceOption,
    ThemaOption,
    YearOption,
    filters,
    generator,
    searcher,
)
from commands.output import chosen, print_csv, print_json, print_references, printable
from corpus.errors import UsageError

if TYPE_CHECKING:
    from index.results import Answer, Filters, Hit, Results
    from index.search import Searcher

WithoutOption = Annotated[
    list[str] | None, typer.Option("--without", help="A word that search adds and that you do not want.")
]


def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="Words, in any spelling that people use; - reads stdin.")] = None,
    count: CountOption = 10,
    kind: KindOption = None,
    doelgroep: DoelgroepOption = None,
    thema: ThemaOption = None,
    gemeente: GemeenteOption = None,
    regio: RegioOption = None,
    publisher: PublisherOption = None,
    beroep: BeroepOption = None,
    year: YearOption = None,
    since: SinceOption = None,
    without: WithoutOption = None,
    rerank: RerankOption = None,
    queries: BatchOption = None,
    log: LogOption = None,
    output: FormatOption = None,
) -> None:
    """Search the knowledge base.

    Example: samenwijzer search "eenzaamheid ouderen" --kind praktijkvoorbeeld --year 2015.. --format ris
    """
    from commands import searchlog
    from index.results import Query

    narrowed = filters(kind, doelgroep, thema, gemeente, regio, publisher, beroep, year, since)

    def run(searcher: Searcher, text: str) -> Results:
        found = searcher.search(Query(text, count, narrowed, tuple(without or ())))
        if log:
            searchlog.add(log, searchlog.of_search(searcher, found))
        return found

    if queries is not None:
        found_by = searcher(context, rerank)
        _batch(found_by, queries, output, lambda *asked: {"hits": [asdict(hit) for hit in run(*asked).hits]})
    text = inputs.text(query)
    if not text and not narrowed:
        raise UsageError("give a QUERY, a filter or --queries FILE")
    opened = searcher(context, rerank)
    found = run(opened, text)
    _tell_unknown(opened, narrowed)
    _print_hits(opened, found.hits, chosen(output), found)
    raise typer.Exit(0 if found.hits else EXIT_NONE)


def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="A question in plain words; - reads stdin.")] = None,
    kind: KindOption = None,
    doelgroep: DoelgroepOption = None,
    thema: ThemaOption = None,
    gemeente: GemeenteOption = None,
    regio: RegioOption = None,
    publisher: PublisherOption = None,
    beroep: BeroepOption = None,
    year: YearOption = None,
    since: SinceOption = None,
    rerank: RerankOption = None,
    generate: GenerateOption = None,
    generate_model: GenerateModelOption = None,
    queries: BatchOption = None,
    log: LogOption = None,
    output: FormatOption = None,
) -> None:
    """Answer a question with verbatim, cited sentences, or say honestly that nothing was found.

    With --generate, a language model of your choice sums them up; what cannot be verified against them is left out.

    Example: samenwijzer ask "Wie is het aanspreekpunt van het wijkteam bij de huisarts?"
    """
    from commands import searchlog
    from index.answer import to_dict
    from index.generate import answer_with
    from index.results import Query

    narrowed = filters(kind, doelgroep, thema, gemeente, regio, publisher, beroep, year, since)
    summing_up = generator(generate, generate_model)

    def run(searcher: Searcher, text: str) -> Answer:
        found = answer_with(summing_up, searcher, text, narrowed)
        if log:
            searchlog.add(log, searchlog.of_answer(searcher, found, Query(text, filters=narrowed)))
        return found

    if queries is not None:
        _batch(searcher(context, rerank), queries, output, lambda *asked: to_dict(run(*asked)))
    text = inputs.text(question)
    if not text:
        raise UsageError("give a QUESTION, or --queries FILE")
    opened = searcher(context, rerank)
    found = run(opened, text)
    _tell_unknown(opened, narrowed)
    _print_answer(opened, found, chosen(output))
    raise typer.Exit(EXIT_NONE if found.status == "none" else 0)


def similar(
    context: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a passage, item or document, or a source id; - reads stdin.")
    ],
    count: CountOption = 10,
    output: FormatOption = None,
) -> None:
    """Show what is most like a passage, item or document.

    Example: samenwijzer similar poh-jeugd-assen -k 5
    """
    from corpus.store import Corpus

    named = inputs.ids([reference])
    if len(named) != 1:
        raise UsageError(f"similar takes one id, not {len(named)}")
    with Corpus(context.obj) as corpus:
        document = corpus.get(named[0])
    opened = searcher(context)
    own = [p.id for p in document.passages if named[0] in (p.id, p.item_id)] or [p.id for p in document.passages]
    hits = opened.similar(own[0], count) if own else ()
    _print_hits(opened, hits, chosen(output))
    raise typer.Exit(0 if hits else EXIT_NONE)


def _batch(
    searcher: Searcher, path: Path, output: Format | None, run: Callable[[Searcher, str], dict[str, Any]]
) -> NoReturn:
    """Print one JSON line per query of a file; everything is loaded once."""
    if output not in (None, Format.jsonl):
        raise UsageError(f"--queries prints a JSON line per query: --format {output} cannot be had")
    for qid, text in inputs.queries(path):
        print_json({"qid": qid, **run(searcher, text)}, "jsonl")
    raise typer.Exit(0)


def _tell_unknown(searcher: Searcher, narrowed: Filters) -> None:
    from commands.advice import unknown_values

    for message in unknown_values(searcher, narrowed):
        typer.echo(printable(f"samenwijzer: {message}"), err=True)


def _print_hits(searcher: Searcher, hits: Sequence[Hit], output: str, results: Results | None = None) -> None:
    from commands import advice, references, screens
    from index.results import Hit

    if output == "table":
        if hits:
            screens.hits(hits, results)
        for line in advice.nothing(searcher, results.query) if results and not hits else ():
            typer.echo(printable(line), err=True)
    elif output == "json":
        print_json(asdict(results) if results else [asdict(hit) for hit in hits], output)
    elif output == "jsonl":
        for hit in hits:
            print_json(asdict(hit), output)
    elif output == "csv":
        print_csv([f.name for f in fields(Hit) if f.name not in ("highlights", "why")], map(asdict, hits))
    else:
        print_references(references.of_hits(searcher, hits), output)


def _print_answer(searcher: Searcher, found: Answer, output: str) -> None:
    from commands import references, screens
    from index.answer import to_dict
    from index.results import Sentence

    if output == "table":
        screens.answer(found)
    elif output in ("json", "jsonl"):
        print_json(to_dict(found), output)
    elif output == "csv":
        print_csv([f.name for f in fields(Sentence)], map(asdict, found.sentences))
    else:
        print_references(references.of_sentences(searcher, found.sentences), output)
