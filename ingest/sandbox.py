"""Loaders in a child process that can be killed: a hostile or broken file costs one document, never the program.

The child is a fresh interpreter (not a fork: the parent may have threads), started on the first file and kept for
the next ones. What crosses is JSON and raw bytes in both directions, never a pickle: a file that takes the child
over still cannot run anything in the parent. Limits: wall-clock time by the parent, memory by the kernel
(RLIMIT_DATA, which Linux counts over all private writable memory), no file may be written.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from corpus.errors import FetchError, SourceError, UnsupportedFormat
from ingest.blocks import Loaded, RawPage

Loader = Callable[[RawPage], Loaded]

SECONDS = 9.0
MEMORY_BYTES = 400 * 2**20  # of data; with the libraries' own code a child then stays below 512 MB
_FILES_PER_CHILD = 500  # then a fresh one, in case a library leaks
_MOST_BYTES = 256 * 2**20  # of one answer
_ERRORS: dict[str, type[SourceError]] = {cls.__name__: cls for cls in (SourceError, FetchError, UnsupportedFormat)}
# The child gets none of the parent's variables (they may hold secrets) but those that libraries need to load. One
# thread each: with many cores the thread pools of numerical libraries alone would exceed the limit.
_INHERITED = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "TZ")
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
}


def run_limited(
    function: Loader, argument: RawPage, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES
) -> Loaded:
    """Run a loader once in a child of its own; see `LoaderWorker.load`."""
    with LoaderWorker(seconds=seconds, memory_bytes=memory_bytes) as worker:
        return worker.load(function, argument)


class LoaderWorker:
    """A child process that runs loaders one after the other, and is replaced when one of them goes wrong.

    Use it as a context manager, or call `close`; an abandoned one is stopped at the latest when the program ends.
    May be used from several threads; they take turns.

    Args:
        seconds: wall-clock time for one file, the start of the child included.
        memory_bytes: how much data memory the child may have.
    """

    def __init__(self, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self.seconds = seconds
        self.memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def __enter__(self) -> LoaderWorker:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the child. The next `load` starts a new one."""
        with self._lock:
            self._stop()

    def load(self, function: Loader, page: RawPage) -> Loaded:
        """Return `function(page)`, computed in the child. `function` must stand at the top level of a module.

        Raises:
            SourceError: as raised by the loader, with its own class and words; or because the file took too much
                time or memory, or made the reader crash.
        """
        with self._lock:
            child = self._ready()
            watch = threading.Timer(self.seconds, child.kill)
            watch.daemon = True
            watch.start()
            try:
                status, answer = child.ask(function, page, self.seconds)
            except (EOFError, OSError) as exc:
                self._stop()
                raise SourceError(page.source, self._why(child)) from exc
            except BaseException:
                child.kill()  # a conversation that was broken off cannot be taken up again
                raise
            finally:
                watch.cancel()
                watch.join()
        if status == b"loaded":
            return _loaded(answer, page)
        raise self._error(answer, page)

    def _ready(self) -> _Child:
        child = self._child
        if child is None or child.killed or child.served >= _FILES_PER_CHILD or child.process.poll() is not None:
            self._stop()
            child = self._child = _Child(self.memory_bytes)
        return child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _why(self, child: _Child) -> str:
        if child.killed:
            return f"reading it took more than {self.seconds:g} seconds; check the file, or split it and try again"
        return (
            f"reading it made the reader crash ({_ending(child.process.returncode)}); the file is probably damaged, or "
            f"needs more than {self.memory_bytes // 2**20} MB of memory: open it and save it anew, or split it"
        )

    def _error(self, answer: bytes, page: RawPage) -> SourceError:
        name, source, reason = map(str, json.loads(answer))
        if name == "MemoryError":
            self.close()  # what the child still holds is unknown
            reason = f"reading it took more than {self.memory_bytes // 2**20} MB of memory; split it and try again"
        return _ERRORS.get(name, SourceError)(source or page.source, reason)


class _Child:
    """The process and the pipe to it."""

    def __init__(self, memory_bytes: int) -> None:
        self.pipe, theirs = Pipe()
        # The same modules as here, but none from the working folder ("" and, by -P, the child's own addition).
        search_path = os.pathsep.join([path for path in sys.path if path] + [str(Path(__file__).parents[1])])
        variables = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingest.sandbox", str(theirs.fileno()), str(memory_bytes)],
                env=_ENVIRONMENT | variables | {"PYTHONPATH": search_path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # an interrupt from the keyboard is the parent's to handle
            )
        self.killed = False
        self.served = 0
        self.close = weakref.finalize(self, _end, self.process, self.pipe)

    def kill(self) -> None:
        self.killed = True
        self.process.kill()

    def ask(self, function: Loader, page: RawPage, seconds: float) -> tuple[bytes, bytes]:
        """Return (b"loaded" or b"error", JSON)."""
        request = asdict(replace(page, content=b"", headers=dict(page.headers)))
        del request["content"]  # goes by itself, as it is
        call = {"module": function.__module__, "name": function.__qualname__, "page": request, "seconds": seconds}
        self.pipe.send_bytes(json.dumps(call).encode())
        self.pipe.send_bytes(page.content)
        self.served += 1
        return self.pipe.recv_bytes(_MOST_BYTES), self.pipe.recv_bytes(_MOST_BYTES)


def _end(process: subprocess.Popen[bytes], pipe: Connection) -> None:
    """Hang up, which ends an idle child by itself, and see to it that it is gone."""
    pipe.close()
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ending(returncode: int | None) -> str:
    return f"signal {-returncode}" if returncode and returncode < 0 else f"exit status {returncode}"


def _loaded(answer: bytes, page: RawPage) -> Loaded:
    """Check and rebuild what the child sent; JSON has no tuples, so lists in `meta` become tuples again."""
    from pydantic import ValidationError

    try:
        loaded: Loaded = _adapter().validate_json(answer)
    except ValidationError as exc:
        raise SourceError(page.source, "the reader gave a wrong answer; please report this file") from exc
    meta = {key: tuple(value) if isinstance(value, list) else value for key, value in loaded.meta.items()}
    return replace(loaded, meta=meta)


@cache
def _adapter() -> Any:  # noqa: ANN401 - pydantic's generic adapter, imported late to keep start-up fast
    from pydantic import TypeAdapter

    return TypeAdapter(Loaded)


def main(descriptor: int, memory_bytes: int) -> None:
    """Serve the parent on an inherited pipe until it closes: the child's side of `LoaderWorker`."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(descriptor) as pipe, contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            call = json.loads(pipe.recv_bytes())
            page = RawPage(**call["page"] | {"content": pipe.recv_bytes()})
            # Should the parent die, nobody is left to stop the clock.
            spent = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(spent.ru_utime + spent.ru_stime + call["seconds"]) + 2
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            status, answer = _answer(call, page)
            pipe.send_bytes(status)
            pipe.send_bytes(answer)


def _answer(call: dict[str, Any], page: RawPage) -> tuple[bytes, bytes]:
    from pydantic_core import to_json

    try:
        function: Any = importlib.import_module(call["module"])
        for name in call["name"].split("."):
            function = getattr(function, name)
        return b"loaded", to_json(function(page))
    except SourceError as exc:
        error = [type(exc).__name__, exc.source, exc.reason]
    except MemoryError:
        return b"error", b'["MemoryError", "", ""]'
    except Exception as exc:  # whatever a hostile file provokes is an error of that file
        error = ["SourceError", "", f"it could not be read ({type(exc).__name__}: {exc}); is the file damaged?"]
    return b"error", json.dumps(error).encode()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
