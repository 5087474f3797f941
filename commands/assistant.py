"""A server for AI assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.options import engine
from corpus.errors import UsageError


def mcp(
    context: typer.Context,
    site: Annotated[
        str | None, typer.Option(envvar="SAMENWIJZER_SITE", help="Address of a public server, for permalinks.")
    ] = None,
    http: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of 127.0.0.1 to serve on, instead of standard input.")
    ] = None,
) -> None:
    """Let an AI assistant search, read and cite, over the Model Context Protocol.

    An assistant starts this command itself and talks to it over standard input and output; see docs/mcp.md.

    Example: samenwijzer --kb kb mcp --site https://samenwijzer.example.nl
    """
    from index.live import Live

    live = Live(context.obj, engine=engine(context))
    live.current()  # say now, not at the first question, that there is no usable index
    try:
        from api.mcp import create_server
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] != "mcp":
            raise
        raise UsageError('mcp needs a package more: pip install "samenwijzer[mcp]"') from exc
    server = create_server(live, site)
    if http is None:
        server.run()
    else:
        server.run("streamable-http", port=http, stateless_http=True, json_response=True)
