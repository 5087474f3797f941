"""What every answer gets: HEAD, security and cache headers, an id, an entry in metrics and log. Plain ASGI."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.lifecycle import Phase
from api.logs import request_id
from api.problems import Failure

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    # The address of a results page holds the question: other sites need not know it.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Whoever makes up a method of its own makes no new counter.
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_YEAR_SECONDS = 31_536_000
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """The counters of one app, in a registry of their own so that two apps in one process do not clash.

    Workers over one knowledge base share a folder, PROMETHEUS_MULTIPROC_DIR: what one of them tells is of them all.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "samenwijzer_http_requests",
            "HTTP requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "samenwijzer_http_request_seconds",
            "Time until an answer began, in seconds, waiting included.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.searches = Histogram(
            "samenwijzer_search_seconds",
            "Time that a search took, in seconds.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "samenwijzer_refused_requests",
            "Requests refused: over a client's rate, or too busy (queue full, waited too long).",
            ("reason",),
            registry=self.registry,
        )
        self.working = Gauge(
            "samenwijzer_working_requests",
            "Requests being worked on.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.behind = Gauge(
            "samenwijzer_snapshot_behind",
            "1 while a newer snapshot is published than the one in use: being opened, or refused (see the log).",
            multiprocess_mode="livemax",
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Return all of it in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        return generate_latest(every)


class Head:
    """Answer HEAD as GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)


class BodyLimit:
    """Stop reading a request's body beyond `limit` bytes, before anything of it where its Content-Length tells."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        announced = dict(scope.get("headers", ())).get(b"content-length", b"")
        left = -1 if announced.isdigit() and int(announced) > self.limit else self.limit

        async def limited() -> Message:
            nonlocal left
            if left >= 0:
                message = await receive()
                left -= len(message.get("body", b""))
            if left < 0:
                raise Failure(413, f"De inhoud van een verzoek is hoogstens {self.limit} bytes.")
            return message

        await self.app(scope, limited, send)


class Answers:
    """Put the headers on every answer, count it and log it.

    Args:
        app: what answers.
        metrics: what counts.
        api_version: for the header API-Version.
        log_queries: log what was asked in the address too; what was asked in a body is never logged.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, api_version: str, log_queries: bool = False) -> None:
        self.app = app
        self.metrics = metrics
        self.api_version = api_version
        self.log_queries = log_queries
        self._log = logging.getLogger("samenwijzer.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        site, start, status = scope["app"].state, time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id(dict(scope["headers"]).get(b"x-request-id"))

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._finish(scope, message, site.phase is Phase.STOPPING)
                self._note(scope, status, time.perf_counter() - start)
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        except Exception:
            # An error page was sent: only the log has to know. Otherwise the server below breaks the connection off.
            self._log.exception("error in a request", extra=self._told(scope, status))
            if status < 500:
                raise

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.requests.labels(method, _route(scope), str(status)).inc()
        self.metrics.seconds.labels(_route(scope)).observe(seconds)
        self._log.info("request", extra=self._told(scope, status) | {"ms": round(seconds * 1000, 1)})

    def _told(self, scope: Scope, status: int) -> dict[str, Any]:
        asked = f"{scope['path']}?{scope['query_string'].decode('latin-1')}" if self.log_queries else None
        told = {"request_id": scope["state"]["request_id"], "method": scope["method"], "route": _route(scope)}
        return told | {"status": status, "query": asked}

    def _finish(self, scope: Scope, message: Message, last: bool) -> None:
        status = message["status"]
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("API-Version", self.api_version)
        headers["X-Request-ID"] = scope["state"]["request_id"]
        if last:
            headers["Connection"] = "close"
        etag = scope["state"].get("etag")
        if etag and status in (200, 304):
            headers.setdefault("ETag", etag)
        headers.setdefault("Cache-Control", _cache(scope, status))
        if scope["path"].startswith("/v1/"):
            headers.add_vary_header("Accept")


def _cache(scope: Scope, status: int) -> str:
    if not scope["path"].startswith("/static/"):
        # What was asked by POST was kept out of the address to be kept nowhere.
        return "no-cache" if scope["method"] == "GET" else "no-store"
    if status not in (200, 304):
        return "no-store"
    versioned = scope["query_string"].startswith(b"v=")
    return f"public, max-age={_YEAR_SECONDS}, immutable" if versioned else "public, max-age=3600"


def _route(scope: Scope) -> str:
    """Return the route's pattern, never the address itself: that holds what people asked."""
    if scope["path"].startswith("/static/"):
        return "/static"
    route = scope.get("route")
    return f"{scope.get('root_path', '')}{route.path}" if route else "none"
