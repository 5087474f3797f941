"""The command line: data on stdout, progress and messages on stderr, exit codes as documented in `--help`.

What each command does stands in `commands/`. Nothing heavy is imported before a command needs it, so that `--help`
and completion stay instant.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from commands import (
    assistant,
    care,
    collect,
    config,
    editors,
    find,
    log,
    measure,
    operate,
    plot,
    prune,
    records,
    serve,
    token,
    withdraw,
)
from commands.output import printable
from commands.searchlog import program_version
from corpus.errors import SamenwijzerError

app = typer.Typer(
    name="samenwijzer",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Find what already works between primary care and the social domain in the Netherlands.\n\n"
    "Data goes to stdout, messages to stderr. Exit codes: 0 hits, 1 none, 2 usage, 3 index missing or unusable,"
    " 4 network, 5 partial ingest.",
)
FIND, KEEP = "Find and use", "Keep a knowledge base"
app.command(rich_help_panel=FIND)(find.search)
app.command(rich_help_panel=FIND)(find.ask)
app.command(rich_help_panel=FIND)(find.similar)
app.command(rich_help_panel=FIND)(records.show)
app.command(rich_help_panel=FIND)(records.cite)
app.command(rich_help_panel=FIND)(records.export)
app.command(rich_help_panel=FIND)(plot.plot)
app.command(rich_help_panel=KEEP)(collect.ingest)
app.command(rich_help_panel=KEEP)(collect.index)
app.command(rich_help_panel=KEEP)(operate.status)
app.command(rich_help_panel=KEEP)(care.doctor)
app.command(rich_help_panel=KEEP)(care.backup)
app.command(rich_help_panel=KEEP)(care.restore)
app.command(rich_help_panel=KEEP)(care.rollback)
app.command(rich_help_panel=KEEP)(prune.prune)
app.command(rich_help_panel=KEEP)(serve.serve)
app.command(rich_help_panel=KEEP)(withdraw.withdraw)
app.command(rich_help_panel=KEEP)(assistant.mcp)
app.command("eval", rich_help_panel=KEEP)(measure.evaluate)

logs = typer.Typer(no_args_is_help=True, help="Use a log of searches: write a methods section, search again.")
app.add_typer(logs, name="log", rich_help_panel=FIND)
logs.command()(log.methods)
logs.command()(log.repeat)

settings = typer.Typer(no_args_is_help=True, help="Show the settings, and where each comes from.")
app.add_typer(settings, name="config", rich_help_panel=KEEP)
settings.command()(config.show)

tokens = typer.Typer(no_args_is_help=True, help="Tokens for who may change the collection over HTTP (serve --admin).")
app.add_typer(tokens, name="token", rich_help_panel=KEEP)
tokens.command()(token.new)
tokens.command("list")(token.listed)
tokens.command()(token.revoke)

collection = typer.Typer(no_args_is_help=True, help="For editors: check the collection that ships, and add to it.")
app.add_typer(collection, name="corpus", rich_help_panel=KEEP)
collection.command()(editors.check)
collection.command()(editors.new)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"samenwijzer {program_version()}")
        raise typer.Exit


@app.callback()
def _settings(
    context: typer.Context,
    kb: Annotated[
        Path | None, typer.Option("--kb", envvar="SAMENWIJZER_KB", help="Folder of the knowledge base.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", envvar="SAMENWIJZER_ENGINE", metavar="URL", help="Search and publish there: milvus://HOST:PORT."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find the knowledge base: --kb, else SAMENWIJZER_KB, else the config file, else the user data folder."""
    context.obj = config.settle(context, kb, engine)


def main() -> None:
    """Run the command line; every error of ours becomes one line on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that a terminal cannot show is no reason to stop
    try:
        app(prog_name="samenwijzer")
    except SamenwijzerError as exc:
        typer.echo(f"samenwijzer: {printable(str(exc))}", err=True)
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
