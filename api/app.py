"""The web application: pages at /, the API at /v1, and what an operator watches."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import beheer, discovery, feeds, pages, problems, programme, routes
from api.admission import Admission, Door, Load, admitted
from api.deps import API_VERSION, searcher
from api.description import ADMIN_TAG, DESCRIPTION, TAGS, openapi_json
from api.lifecycle import Phase, lifespan
from api.limits import Limiter, Rate, limited
from api.middleware import Answers, BodyLimit, Head, Metrics
from corpus.begrippen import thesaurus
from corpus.errors import SamenwijzerError
from index.engine import make_engine
from index.live import Live
from index.search import Settings

if TYPE_CHECKING:
    from index.embedder import Embedder
    from index.generate import Generator
    from index.reranker import Reranker

MAX_BODY_BYTES = 64 * 1024
CONTACT_EMAIL = "beheer@samenwijzer.example"
GUARDS = (Depends(limited), Depends(admitted, scope="function"))


def create_app(
    kb: Path,
    *,
    embedder: Embedder | None = None,
    reranker: Reranker | None = None,
    generator: Generator | None = None,
    contact_email: str = CONTACT_EMAIL,
    repository_url: str | None = None,
    rate: Rate | None = None,
    load: Load | None = None,
    log_queries: bool = False,
    aside: bool = False,
    admin: bool = False,
    engine: str | None = None,
) -> FastAPI:
    """Return the application over one knowledge base.

    Args:
        kb: folder of the knowledge base. It need not hold an index yet: until it does, answers are 503 with the
            remedy, and a new snapshot is picked up without a restart. A `huisstijl.css` in it, read at the start,
            is the last style sheet of every page.
        embedder: the model to search with; by default the one that the index was built with.
        reranker: reads the first hits of every search again, if given.
        generator: the language model that sums up an answer for who asks for that; without it nobody can.
        contact_email: where questions and corrections go; whoever hosts must set it, the default reaches nobody.
        repository_url: address of the collection's repository on a forge, without a slash at the end. "Klopt dit
            niet?" then leads to the record's file or to a new issue; without it, to an e-mail.
        rate: how often one client may ask; without it there is no limit.
        load: how much is done at once.
        log_queries: write what is asked in addresses to the log.
        admin: offer /v1/beheer to who has a token.
        aside: open a new snapshot while the former one goes on answering, instead of at the next request.
        engine: what `index.engine.make_engine` takes: where snapshots are published.

    Raises:
        StoreError: the thesaurus is wrong.
        UsageError: there is no such engine.
    """
    settings, metrics = Settings(reranker=reranker), Metrics()
    live = Live(kb, embedder, settings, aside=aside, engine=make_engine(engine, kb))
    admission = Admission(load or Load(), metrics)
    sums_up = generator.model if generator else None
    own = kb / pages.HOUSE_STYLE
    house_style = own.read_text("utf-8") if own.is_file() else None
    build = _build(contact_email, repository_url, reranker.name if reranker else None, sums_up, house_style)
    limiter = Limiter(rate) if rate else None
    templates = pages.templates(build, contact_email, repository_url, sums_up, house_style)
    app = FastAPI(title="Samenwijzer", openapi_url=None, lifespan=lifespan)
    v1 = _api(contact_email, admin)
    for part in (app, v1):
        part.state.live, part.state.metrics, part.state.build = live, metrics, build
        part.state.templates, part.state.limiter, part.state.generator = templates, limiter, generator
        part.state.admission, part.state.engine = admission, engine
    app.state.phase = Phase.SERVING
    app.state.contact = contact_email if contact_email != CONTACT_EMAIL else None
    for kind in pages.ERRORS:
        app.add_exception_handler(kind, pages.error_page)
    for router in (pages.router, feeds.router, programme.router, discovery.router):
        app.include_router(router, dependencies=GUARDS)
    app.add_api_route("/healthz", _healthz)
    app.add_api_route("/readyz", _readyz)
    app.add_api_route("/metrics", _metrics)
    app.mount("/v1", v1)
    app.mount("/static", StaticFiles(directory=pages.FOLDER / "static"))
    # Starlette's own, outside everything, would answer an unforeseen error without our headers.
    app.add_middleware(ServerErrorMiddleware, handler=pages.error_page)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Door, admission=admission)
    app.add_middleware(Answers, metrics=metrics, api_version=API_VERSION, log_queries=log_queries)
    app.add_middleware(Head)
    return app


def _api(contact_email: str, admin: bool) -> FastAPI:
    v1 = FastAPI(
        title="Samenwijzer",
        summary="Wat al werkt tussen eerste lijn en sociaal domein, met bron.",
        description=DESCRIPTION,
        version=API_VERSION,
        contact={"name": "Beheer Samenwijzer", "email": contact_email},
        license_info={"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        servers=[{"url": "/v1", "description": "Deze server"}],
        openapi_tags=[*TAGS, *([ADMIN_TAG] if admin else [])],
        openapi_url=None,
        root_path_in_servers=False,
    )
    for router in (routes.router, *([beheer.router] if admin else [])):
        v1.include_router(router, dependencies=GUARDS)
    problems.install(v1)
    v1.add_middleware(BodyLimit, limit=MAX_BODY_BYTES)
    v1.add_api_route("/openapi.json", openapi_json, include_in_schema=False)
    return v1


async def _healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def _readyz(request: Request) -> Response:
    """There is an index to search, and the server is neither starting nor stopping; 503 otherwise."""
    phase: Phase = request.app.state.phase
    try:
        if phase is not Phase.SERVING:
            return JSONResponse({"status": "not ready", "detail": phase.value}, 503, {"Retry-After": "1"})
        return JSONResponse({"status": "ready", "snapshot": searcher(request).snapshot_id})
    except SamenwijzerError as exc:
        return JSONResponse({"status": "not ready", "detail": str(exc)}, 503, problems.RETRY)


def _metrics(request: Request) -> Response:
    """Counters in the text format of Prometheus."""
    metrics: Metrics = request.app.state.metrics
    with suppress(SamenwijzerError):
        metrics.behind.set(request.app.state.live.is_behind())
    return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _build(*settings: str | None) -> str:
    """Return a hash over all that pages are made of: a new release or setting is never shown as the old one was."""
    digest = hashlib.sha256(repr((settings, thesaurus())).encode())
    for pattern in ("*.py", "templates/*", "static/*"):
        for path in sorted(pages.FOLDER.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
