"""The engines that the contract suite (`test_engine.py`) runs over, and how what publishes to them is killed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import milvus_servers

_TOUCHING = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"}


class Died(BaseException):
    """What was running is dead: it does not even clean up."""


@dataclass(frozen=True)
class Place:
    """An engine under test.

    `spec(name)` is what --engine is given for a place with that name, in which nothing has been published; places do
    not see each other. `tolerance` is how much a score (0–1) may differ from the exact one. Within `dying(step, kb)`
    what publishes is killed at its step-th step, and `Died` does not come out. There is time for so many `lives`
    in which again and again something is published; for none where publishing takes many seconds.
    """

    spec: Callable[[str], str | None]
    tolerance: float
    dying: Callable[[int, Path], AbstractContextManager[None]]
    lives: int = 8


class _Killer:
    """Lets this process touch `left` more files in `folder`, and then none any more."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.left = 0

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.folder and event in _TOUCHING and str(arguments[0]).startswith(self.folder):
            self.left -= 1
            if self.left < 0:
                raise Died


_killer: list[_Killer] = []


@contextmanager
def files_die(step: int, kb: Path) -> Iterator[None]:
    """Kill what touches files of a knowledge base at its step-th file: nothing after it gets to disk, no clean-up."""
    if not _killer:  # a hook cannot be taken away
        _killer.append(_Killer())
        sys.addaudithook(_killer[0])
    _killer[0].folder, _killer[0].left = str(kb), step
    try:
        with suppress(Died):
            yield
    finally:
        _killer[0].folder = None


@contextmanager
def embedded() -> Iterator[Place]:
    """The engine in the folder of the knowledge base: each test has a folder of its own."""
    yield Place(lambda name: None, 1e-6, files_die)


@contextmanager
def milvus_lite() -> Iterator[Place]:
    """Milvus Lite 2.5, over a real connection."""
    with milvus_servers.lite() as server:
        yield Place(lambda name: f"milvus://{server.address}/{name}", 1e-5, files_die, lives=3)


@contextmanager
def milvus() -> Iterator[Place]:
    """Milvus 2.3, over a real connection; to publish there takes many seconds."""
    server = milvus_servers.standalone()
    yield Place(lambda name: f"milvus://{server.address}/{name}", 1e-5, files_die, lives=0)


PLACES: dict[str, Callable[[], AbstractContextManager[Place]]] = {
    "embedded": embedded,
    "milvus-lite": milvus_lite,
    "milvus": milvus,
}
