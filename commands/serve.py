"""The server: `serve`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.options import ENGINE, RerankOption, engine, generator
from commands.output import printable
from corpus.errors import EngineError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOAD = "Load"
_LOGS = "Log and administration"


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
    rerank: RerankOption = None,
    generate: Annotated[
        str | None,
        typer.Option(
            envvar="SAMENWIJZER_GENERATE",
            help="Offer summaries by the model at this address (chat completions); key: SAMENWIJZER_GENERATE_KEY.",
        ),
    ] = None,
    generate_model: Annotated[
        str | None, typer.Option(envvar="SAMENWIJZER_GENERATE_MODEL", help="What that endpoint calls the model to ask.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None, typer.Option(help="Address of a proxy whose X-Forwarded-For and -Proto are believed.")
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests a minute for one client; 0 is no limit.", rich_help_panel=_LOAD)
    ] = 600,
    burst: Annotated[int, typer.Option(min=1, help="How many of them may come at once.", rich_help_panel=_LOAD)] = 100,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Server processes; about one per core.", rich_help_panel=_LOAD)
    ] = 1,
    at_once: Annotated[
        int, typer.Option(min=1, help="Requests that one process works on at a time.", rich_help_panel=_LOAD)
    ] = 4,
    queue: Annotated[
        int, typer.Option(min=0, help="Requests that may wait for that; more are told 503.", rich_help_panel=_LOAD)
    ] = 32,
    patience: Annotated[
        float,
        typer.Option(min=0, help="Seconds that one may wait; more with --rerank or --generate.", rich_help_panel=_LOAD),
    ] = 0.8,
    drain: Annotated[
        float,
        typer.Option(min=0, help="Seconds from no longer ready to no longer listening.", rich_help_panel=_LOAD),
    ] = 1.0,
    log_requests: Annotated[bool, typer.Option(help="Log a line for every request.", rich_help_panel=_LOGS)] = True,
    log_queries: Annotated[
        bool, typer.Option("--log-queries", help="Log what is asked in addresses too.", rich_help_panel=_LOGS)
    ] = False,
    admin: Annotated[
        bool, typer.Option("--admin", help="Offer /v1/beheer to who has a token.", rich_help_panel=_LOGS)
    ] = False,
) -> None:
    """Serve the web page and the HTTP API; a newly published index is picked up without a restart.

    Behind a proxy, name it with --trusted-proxy: only then are the client's address and https read from its headers.
    More in docs/serving.md.

    Example: samenwijzer --kb kb serve --port 8000
    """
    from api import serving
    from api.admission import Load
    from api.limits import Rate
    from index.live import Live

    options = {
        "contact_email": contact,
        "repository_url": repository,
        "rate": Rate(rate, burst) if rate else None,
        "load": Load(at_once, queue, patience),
        "log_queries": log_queries,
        "admin": admin,
        "engine": context.meta[ENGINE],
    }
    make_app = partial(application, context.obj, rerank, generate, generate_model, options)
    process = serving.Process(make_app, tuple(trusted_proxy or ()), drain, log_requests, log_queries)
    generator(generate, generate_model)
    try:
        Live(context.obj, engine=engine(context)).current()  # say now, not at the first request, that there is no index
    except EngineError as exc:
        typer.echo(printable(f"samenwijzer: {exc}; until it is there, every answer is 503"), err=True)
    try:
        listener = serving.listen(host, port)
    except OSError as exc:
        raise UsageError(f"{host}:{port}: cannot listen here ({exc.strerror}); choose another --port") from exc
    address = f"[{host}]" if ":" in host else host
    typer.echo(f"Samenwijzer: http://{address}:{listener.getsockname()[1]}  (Ctrl-C stops)", err=True)
    if workers == 1:
        serving.work(process, listener)
    else:
        serving.supervise(process, listener, workers)


def application(
    kb: Path, rerank: str | None, generate: str | None, generate_model: str | None, options: dict[str, Any]
) -> FastAPI:
    """Make the application in the process that serves it.

    Raises:
        UsageError: the models that were asked for cannot be had.
    """
    from api.app import CONTACT_EMAIL, create_app
    from index.reranker import make_reranker

    options = {**options, "contact_email": options["contact_email"] or CONTACT_EMAIL}
    return create_app(
        kb, reranker=make_reranker(rerank), generator=generator(generate, generate_model), aside=True, **options
    )
