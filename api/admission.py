"""How much is done at once: a few requests at a time, a short queue, and at once a "too busy" for who does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.middleware import Metrics
from api.problems import Failure

_BUSY = "De server heeft het nu te druk; probeer het over een ogenblik opnieuw."


@dataclass(frozen=True)
class Load:
    """What one process takes on.

    Args:
        at_once: requests that are worked on at the same time; the others wait.
        queue: requests that may wait.
        patience: seconds that one may wait.
    """

    at_once: int = 8
    queue: int = 32
    patience: float = 0.5


class Admission:
    """Lets in as much as `load` says and counts what it does. Only used from the event loop."""

    def __init__(self, load: Load, metrics: Metrics) -> None:
        self._load = load
        self._metrics = metrics
        self._free = asyncio.Semaphore(load.at_once)
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        Raises:
            Failure: 503 with Retry-After, because the queue is full or the wait was too long.
        """
        if self._free.locked() and self._waiting >= self._load.queue:
            raise self._refusal("queue")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._load.patience):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal("patience") from None
        finally:
            self._waiting -= 1
        try:
            with self._metrics.working.track_inprogress():
                yield
        finally:
            self._free.release()

    def _refusal(self, reason: str) -> Failure:
        self._metrics.refused.labels(reason).inc()
        return Failure(503, _BUSY, headers={"Retry-After": "1"})


async def admitted(request: Request) -> AsyncIterator[None]:
    """Hold a place while the request is worked on: not while its body comes in, nor while its answer is sent.

    Slow clients so take no place from others. Give it the scope "function".

    Raises:
        Failure: 503 with Retry-After.
    """
    admission: Admission = request.app.state.admission
    async with admission.place():
        yield
