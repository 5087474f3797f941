"""The command line: data on stdout, progress and messages on stderr, exit codes as documented in `--help`.

What each command does stands in `commands/`. Nothing heavy is imported before a command needs it, so that `--help`
and completion stay instant.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands import collect, config, editors, find, log, measure, operate, records
from commands.output import printable
from corpus.errors import SamenwijzerError

app = typer.Typer(
    name="samenwijzer",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Vind wat al werkt in de samenwerking tussen eerstelijn en sociaal domein."
    " Exit codes: 0 hits, 1 none, 2 usage, 3 index missing or unusable, 4 network, 5 partial ingest.",
)
app.command()(find.search)
app.command()(find.ask)
app.command()(find.similar)
app.command()(records.show)
app.command()(records.cite)
app.command()(records.export)
app.command()(collect.ingest)
app.command()(collect.index)
app.command("eval")(measure.evaluate)
app.command()(operate.status)
app.command()(operate.doctor)
app.command()(operate.serve)

logs = typer.Typer(no_args_is_help=True, help="For a report: what searches were done, and do them again.")
app.add_typer(logs, name="log")
logs.command()(log.methods)
logs.command()(log.repeat)

settings = typer.Typer(no_args_is_help=True, help="Settings, and where each comes from.")
app.add_typer(settings, name="config")
settings.command()(config.show)

collection = typer.Typer(no_args_is_help=True, help="For editors: check the collection that ships, and add to it.")
app.add_typer(collection, name="corpus")
collection.command()(editors.check)
collection.command()(editors.new)


@app.callback()
def _settings(
    context: typer.Context,
    kb: Annotated[
        Path | None, typer.Option("--kb", envvar="SAMENWIJZER_KB", help="Folder of the knowledge base.")
    ] = None,
) -> None:
    """Find the knowledge base: --kb, else SAMENWIJZER_KB, else the config file, else the user data folder."""
    context.obj = config.settle(context, kb)


def main() -> None:
    """Run the command line; every error of ours becomes one line on stderr and its exit code."""
    try:
        app()
    except SamenwijzerError as exc:
        typer.echo(f"samenwijzer: {printable(str(exc))}", err=True)
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
