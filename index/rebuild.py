"""Building a new snapshot beside a running server: a process of its own, at low priority, that records how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from corpus import audit
from corpus.errors import SamenwijzerError
from corpus.store import Corpus, write_lock
from index.building import build
from index.engine import make_engine
from index.snapshot import last_model, open_current

ACTION = "rebuild"
_LOWER_PRIORITY = 10


def start(kb: Path, by: str, engine: str | None = None) -> None:
    """Start a build and return at once; the audit log says that it started and how it ended.

    Args:
        kb: folder of the knowledge base.
        by: who asked for it.
        engine: what `index.engine.make_engine` takes: where it is published.

    Raises:
        StoreError: an ingest or build is running, or the knowledge base cannot be written.
    """
    with write_lock(kb):  # the build takes it again; this is to say now what it would otherwise say in the log
        audit.record(kb, by, ACTION, "started")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-P", "-m", "index.rebuild", str(kb), by, engine or ""]
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    threading.Thread(target=child.wait, daemon=True).start()


def run(kb: Path, by: str, engine: str | None = None) -> None:
    """Build, publish, and record the outcome, whatever it is."""
    outcome = "failed: broken off"
    try:
        with write_lock(kb), Corpus(kb) as corpus:
            snapshot_id = build(corpus, last_model(kb) or "default")
            make_engine(engine, kb).publish(open_current(kb))
            outcome = f"done: {snapshot_id}"
    except SamenwijzerError as exc:
        outcome = f"failed: {exc}"
    finally:
        audit.record(kb, by, ACTION, outcome)


if __name__ == "__main__":
    os.nice(_LOWER_PRIORITY)
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
