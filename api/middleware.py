"""What every answer gets: HEAD, security and cache headers, an entry in the metrics. Plain ASGI."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Failure

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    # The address of a results page holds the question: other sites need not know it.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_YEAR_SECONDS = 31_536_000


class Metrics:
    """The counters of one app, in a registry of their own so that two apps in one process do not clash."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "samenwijzer_http_requests",
            "HTTP requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.searches = Histogram(
            "samenwijzer_search_seconds",
            "Time that a search took, in seconds.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=self.registry,
        )


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
    """Put the headers on every answer and count it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, api_version: str) -> None:
        self.app = app
        self.metrics = metrics
        self.api_version = api_version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._finish(scope, message)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _finish(self, scope: Scope, message: Message) -> None:
        status = message["status"]
        self.metrics.requests.labels(scope["method"], _route(scope), str(status)).inc()
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("API-Version", self.api_version)
        etag = scope.get("state", {}).get("etag")
        if etag and status in (200, 304):
            headers.setdefault("ETag", etag)
        headers.setdefault("Cache-Control", _cache(scope, status))
        if scope["path"].startswith("/v1/"):
            headers.add_vary_header("Accept")


def _cache(scope: Scope, status: int) -> str:
    if not scope["path"].startswith("/static/"):
        # What was asked by POST was kept out of the address to be kept nowhere.
        return "no-store" if scope["method"] == "POST" else "no-cache"
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
