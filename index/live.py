"""The searcher of a running server: it follows the knowledge base to each newly published snapshot."""

from __future__ import annotations

import threading
from pathlib import Path

from index.embedder import Embedder
from index.search import Searcher, Settings
from index.snapshot import current_id


class Live:
    """Holds the open searcher. Requests that hold an older one finish on it: nothing is ever closed under them."""

    def __init__(self, kb: Path, embedder: Embedder | None = None, settings: Settings | None = None) -> None:
        self.kb = kb
        self._embedder = embedder
        self._settings = settings
        self._searcher: Searcher | None = None
        self._lock = threading.Lock()

    def current(self) -> Searcher:
        """Return the searcher of the current snapshot, opening it if it is new.

        Raises:
            SnapshotError: nothing has been published, or the first one may not be used.
        """
        searcher = self._searcher
        if searcher is not None and searcher.snapshot_id == current_id(self.kb):
            return searcher
        with self._lock:
            if self._searcher is None or self._searcher.snapshot_id != current_id(self.kb):
                self._searcher = Searcher.open(self.kb, self._embedder, self._settings)
            return self._searcher
