"""One or more server processes over one knowledge base, on one listening socket."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import uvicorn
from fastapi import FastAPI
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.protocols.http.h11_impl import H11Protocol

from api import logs

# Connections are looked at this often; the first time there has to be a request, and one is done with in so many.
LOOK_SECONDS = 10.0
_WORKING_LOOKS = 6
KEEP_ALIVE_SECONDS = 5
STOP_SECONDS = 20
MOST_CONNECTIONS = 1000
# So many may wait to be accepted, and a process takes one at a time: else the first to wake up takes them all.
_WAITING, _AT_A_TIME = 2048, 1
_RESTART_SECONDS = 1.0


@dataclass(frozen=True)
class Process:
    """What every server process is started with.

    Args:
        make_app: makes the application; a function of a module (or a partial of one), for it goes to other processes.
        proxies: addresses whose X-Forwarded-For and -Proto are believed.
        drain: seconds between being no longer ready and no longer listening.
        log_requests: log every request.
        log_queries: log what was asked in addresses too.
    """

    make_app: Callable[[], FastAPI]
    proxies: tuple[str, ...] = ()
    drain: float = 1.0
    log_requests: bool = True
    log_queries: bool = False


class Connection(H11Protocol):
    """A connection that is broken off when nothing comes of it: half a request, or an answer that nobody takes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the watch."""
        super().connection_made(transport)
        self._seen: object = None
        self._looks = 0
        self._watch = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the watch."""
        self._watch.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        self._looks = self._looks + 1 if self.cycle is self._seen else 1
        self._seen = self.cycle
        if self.cycle is None or self._looks > (1 if self.cycle.response_complete else _WORKING_LOOKS):
            self.transport.abort()
        else:
            self._watch = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)


class Server(uvicorn.Server):
    """A server that leaves connections to the processes beside it."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; asyncio has one number for how many may wait and how many are accepted at a time."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_WAITING)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: the address cannot be had.
    """
    # asyncio only sends without delay on sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def work(process: Process, listener: socket.socket) -> None:
    """Serve in this process until SIGTERM or SIGINT; what is being answered then is answered."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    logs.install(process.log_queries, process.log_requests)
    # A search holds the interpreter: whoever only has to pass something on should not wait 5 ms for each of them.
    sys.setswitchinterval(0.001)
    app = process.make_app()
    app.state.drain = process.drain
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(process.proxies),
        forwarded_allow_ips=list(process.proxies),
        limit_concurrency=MOST_CONNECTIONS,
        backlog=_AT_A_TIME,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    Server(config).run([listener])


def supervise(process: Process, listener: socket.socket, count: int) -> None:
    """Keep `count` processes serving on one socket until SIGTERM or SIGINT; one that ends is replaced."""
    workers: list[SpawnProcess] = []
    stopped = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        for worker in workers:
            worker.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    logs.install(process.log_queries, process.log_requests)
    with _shared_metrics():
        while not stopped:
            workers += [_start(process, listener) for _ in range(count - len(workers))]
            wait([worker.sentinel for worker in workers])
            for worker in [worker for worker in workers if worker.exitcode is not None]:
                mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
                workers.remove(worker)
                if not stopped:
                    logging.getLogger("samenwijzer").error("a worker ended, another starts", extra={"pid": worker.pid})
                    time.sleep(_RESTART_SECONDS)
        stop(signal.SIGTERM, None)  # one that was being started did not hear the signal
        for worker in workers:
            worker.join(process.drain + STOP_SECONDS + 5)
            worker.kill()


def _start(process: Process, listener: socket.socket) -> SpawnProcess:
    worker = multiprocessing.get_context("spawn").Process(target=_work_below, args=(process, listener))
    worker.start()
    return worker


def _work_below(process: Process, listener: socket.socket) -> None:
    """Serve, but not longer than the process that started this one lives."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    work(process, listener)


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """Let the processes count in one folder of files, so that any of them can tell the sums."""
    with tempfile.TemporaryDirectory(prefix="samenwijzer-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
