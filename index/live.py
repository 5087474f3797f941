"""The searcher of a running server: it follows the knowledge base to each newly published snapshot."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from corpus.errors import EngineError, SnapshotError
from index.embedder import Embedder
from index.engine import Engine
from index.engines.embedded import Embedded
from index.results import Query
from index.search import Searcher, Settings

RETRY_SECONDS = 30.0
_FIRST_QUESTION = Query("wijkteam", k=1)


class Live:
    """Holds the open searcher. Requests that hold an older one finish on it: nothing is ever closed under them.

    Args:
        kb: folder of the knowledge base.
        embedder: the model to search with; by default the one that the index was built with.
        settings: how to search.
        aside: open a new snapshot in a thread of its own and go on with the one in use until it has answered a first
            question, so that nobody waits for it; one that may not be used is then logged, and tried again later.
        engine: where snapshots are published; by default the knowledge base itself.
    """

    def __init__(
        self,
        kb: Path,
        embedder: Embedder | None = None,
        settings: Settings | None = None,
        *,
        aside: bool = False,
        engine: Engine | None = None,
    ) -> None:
        self.kb = kb
        self._engine = engine or Embedded(kb)
        self._embedder = embedder
        self._settings = settings
        self._aside = aside
        self._searcher: Searcher | None = None
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._failed = float("-inf")

    def current(self) -> Searcher:
        """Return the searcher of the current snapshot, opening it if it is new.

        Raises:
            SnapshotError: nothing has been published, or the first one may not be used.
            EngineError: the engine cannot be reached; it is tried again the next time.
        """
        asked = time.monotonic()
        searcher = self._searcher
        if searcher is not None and not self.is_behind():
            return searcher
        if searcher is not None and self._aside:
            self._follow()
            return searcher
        with self._lock:
            if self._failed > asked:  # whoever waited for the one that tried does not wait for that again
                raise EngineError("the engine could not be reached a moment ago; it is tried again at the next request")
            if self._searcher is None or self.is_behind():
                self._searcher = self._open()
            return self._searcher

    def is_behind(self) -> bool:
        """Tell whether another snapshot than the one in use has been published.

        Raises:
            SnapshotError: nothing is published any more; not while one is in use and new ones are opened aside.
            EngineError: the engine cannot be reached.
        """
        try:
            return self._searcher is None or self._searcher.snapshot_id != self._engine.current_id()
        except EngineError:
            raise
        except SnapshotError:
            if self._aside:
                return True
            raise

    def _open(self) -> Searcher:
        try:
            searcher = Searcher.open(self.kb, self._embedder, self._settings, self._engine)
        except EngineError:
            self._failed = time.monotonic()
            raise
        if self._aside:
            searcher.search(_FIRST_QUESTION)  # what is made at the first question is not made for a visitor
        return searcher

    def _follow(self) -> None:
        """Open the new snapshot in a thread, unless one is at it or the last one went wrong a moment ago."""
        if time.monotonic() >= self._not_before and self._lock.acquire(blocking=False):
            threading.Thread(target=self._swap, name="snapshot", daemon=True).start()

    def _swap(self) -> None:
        try:
            if self.is_behind():
                self._searcher = self._open()
                _log().info("snapshot in use", extra={"snapshot": self._searcher.snapshot_id})
        except Exception as exc:  # whatever it is, the former one still answers
            self._not_before = time.monotonic() + RETRY_SECONDS
            _log().error("snapshot refused, the former one stays in use", extra={"reason": str(exc)})
        finally:
            self._lock.release()


def _log() -> logging.Logger:
    return logging.getLogger("samenwijzer")
