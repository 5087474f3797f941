"""How much is done at once: a few requests at a time, a short queue, and a cheap "too busy" for who does not fit.

Searching takes the processor, so more at a time only makes all of them later; and refusing takes some of it too, so a
refusal is made before anything is read or routed, and held back a moment: who asks again at once then costs little.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.middleware import Metrics
from api.problems import Failure, problem_details

_BUSY = "De server heeft het nu te druk; probeer het over een ogenblik opnieuw."
_PAGE = f'<!doctype html><html lang="nl"><title>Te druk</title><h1>Te druk</h1><p>{_BUSY}</p></html>'
_ALWAYS = ("/healthz", "/readyz", "/metrics", "/static/", "/v1/openapi.json")


@dataclass(frozen=True)
class Load:
    """What one process takes on.

    Args:
        at_once: requests that are worked on at the same time; the others wait.
        queue: requests that may wait.
        patience: seconds that one may wait.
        pause: seconds before a refusal because of a full queue is sent.
    """

    at_once: int = 4
    queue: int = 32
    patience: float = 0.8
    pause: float = 0.5


class Admission:
    """Lets in as much as `load` says and counts what it does. Only used from the event loop."""

    def __init__(self, load: Load, metrics: Metrics) -> None:
        self.load = load
        self._metrics = metrics
        self._free = asyncio.Semaphore(load.at_once)
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        Raises:
            Failure: 503 with Retry-After, because the queue is full or the wait was too long.
        """
        if self.is_full():
            raise self.refusal("queue")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.load.patience):
                await self._free.acquire()
        except TimeoutError:
            raise self.refusal("patience") from None
        finally:
            self._waiting -= 1
        try:
            with self._metrics.working.track_inprogress():
                yield
        finally:
            self._free.release()

    def is_full(self) -> bool:
        """Tell whether a request would be refused now."""
        return self._free.locked() and self._waiting >= self.load.queue

    def refusal(self, reason: str) -> Failure:
        """Return what a client is told, and count it."""
        self._metrics.refused.labels(reason).inc()
        return Failure(503, _BUSY, headers={"Retry-After": "1"})


class Door:
    """Turn requests away while the queue is full; what an operator watches, files and the description get through."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self.app = app
        self.admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not self.admission.is_full() or scope["path"].startswith(_ALWAYS):
            return await self.app(scope, receive, send)
        await asyncio.sleep(self.admission.load.pause)
        refusal = self.admission.refusal("queue")
        if scope["path"].startswith("/v1/"):
            answer: Response = problem_details(scope["path"], refusal)
        else:
            answer = Response(_PAGE, refusal.status_code, refusal.headers, "text/html; charset=utf-8")
        await answer(scope, receive, send)


async def admitted(request: Request) -> AsyncIterator[None]:
    """Hold a place while the request is worked on: not while its body comes in, nor while its answer is sent.

    Slow clients so take no place from others. Give it the scope "function".

    Raises:
        Failure: 503 with Retry-After.
    """
    admission: Admission = request.app.state.admission
    async with admission.place():
        yield
