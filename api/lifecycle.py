"""The life of one server process: ready when the index is open, and no longer ready some time before it stops."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from types import FrameType

from fastapi import FastAPI

_LOOK_SECONDS = 1.0


class Phase(Enum):
    """Whether requests should be sent here."""

    STARTING = "starting"
    SERVING = "serving"
    STOPPING = "stopping"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the index before the process calls itself ready, and on SIGTERM say so before it stops listening.

    `app.state.drain` is the number of seconds between the two; without it the process stops at once.
    """
    app.state.phase = Phase.STARTING
    _announce_stop(app, getattr(app.state, "drain", 0.0))
    following = asyncio.create_task(_follow(app))
    yield
    following.cancel()


async def _follow(app: FastAPI) -> None:
    """Open the index, and from then on look for a newer one: whoever comes first finds it open."""
    log = logging.getLogger("samenwijzer")
    try:
        await asyncio.to_thread(app.state.live.current)
        log.info("ready", extra={"pid": os.getpid()})
    except Exception as exc:
        log.error("no usable index", extra={"reason": str(exc)})
    if app.state.phase is Phase.STARTING:
        app.state.phase = Phase.SERVING
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        with suppress(Exception):  # whoever asks is told
            await asyncio.to_thread(app.state.live.current)


def _announce_stop(app: FastAPI, drain: float) -> None:
    """Put ourselves before the server's own handler of SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return

    def stopping(signum: int, frame: FrameType | None) -> None:
        def after_draining() -> None:
            app.state.phase = Phase.STOPPING
            logging.getLogger("samenwijzer").info("stopping", extra={"pid": os.getpid()})
            loop.call_later(drain, stop, signum, None)

        loop.call_soon_threadsafe(after_draining)

    signal.signal(signal.SIGTERM, stopping)
