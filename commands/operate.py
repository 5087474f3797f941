"""Keeping it running: `status` and `serve`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from commands.options import ReportOption, RerankOption, generator
from commands.output import chosen, print_json, print_table
from corpus.errors import UsageError


def status(context: typer.Context, form: ReportOption = None) -> None:
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
    if chosen(form) != "table":
        print_json(record, chosen(form))
        return
    rows = [("knowledge base", str(context.obj)), *((name, str(value)) for name, value in counts.items())]
    rows += [(f"snapshot {name}", str(value)) for name, value in manifest.items()]
    print_table(("", ""), [*rows, ("up to date", "yes" if record["up_to_date"] else "no; run `samenwijzer index`")])


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
    rate: Annotated[int, typer.Option(min=0, help="Requests a minute for one client; 0 is no limit.")] = 600,
    burst: Annotated[int, typer.Option(min=1, help="How many of them may come at once.")] = 100,
    trusted_proxy: Annotated[
        list[str] | None, typer.Option(help="Address of a proxy whose X-Forwarded-For and -Proto are believed.")
    ] = None,
) -> None:
    """Serve the web page and the HTTP API; a newly published index is picked up without a restart.

    Behind a proxy, name it with --trusted-proxy: only then are the client's address and https read from its headers.

    Example: samenwijzer --kb kb serve --port 8000
    """
    import socket

    import uvicorn

    from api.app import CONTACT_EMAIL, create_app
    from api.limits import Rate
    from index.live import Live
    from index.reranker import make_reranker

    reranker, summing_up = make_reranker(rerank), generator(generate, generate_model)
    Live(context.obj).current()  # say now, not at the first request, that there is no usable index
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as exc:
        raise UsageError(f"{host}:{port}: cannot listen here ({exc.strerror}); choose another --port") from exc
    address = f"[{host}]" if ":" in host else host
    typer.echo(f"Samenwijzer: http://{address}:{listener.getsockname()[1]}  (Ctrl-C stops)", err=True)
    application = create_app(
        context.obj,
        reranker=reranker,
        generator=summing_up,
        repository_url=repository,
        contact_email=contact or CONTACT_EMAIL,
        rate=Rate(rate, burst) if rate else None,
    )
    config = uvicorn.Config(
        application,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(trusted_proxy),
        forwarded_allow_ips=trusted_proxy or [],
    )
    uvicorn.Server(config).run(sockets=[listener])
