"""Hours of mixed use, on the loopback: pages and searches by a few clients, and a new index every five minutes.

What counts is that memory stays flat, that nothing fails, and that the tail does not grow. One page that is asked for
is not there: 404.

    python -m benchmarks soak --minutes 60
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from benchmarks import report
from benchmarks.load import memory, server
from corpus.store import Corpus
from index.building import build
from index.testsets import read_queries
from ingest.fetch import starter_sources
from ingest.pipeline import ingest

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ROOT / "tests" / "data" / "domein" / "queries.jsonl"
CLIENTS, PAUSE = 3, 0.8
PUBLISH_SECONDS = 300
_OFTEN = ("/v1/zoekresultaten?q={}", "/zoek?q={}", "/zoek?q={}", "/suggesties?q={}")
_NOW_AND_THEN = (
    "/",
    "/over",
    "/status",
    "/thema",
    "/kaart",
    "/begrippen/huisarts",
    "/sitemap.xml",
    "/llms.txt",
    "/weg",
)


class Seen:
    """What the clients saw since the last look: how often each status came, and how long it took (seconds)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.statuses: Counter[int | str] = Counter()
        self._seconds: list[float] = []

    def add(self, status: int | str, seconds: float) -> None:
        """Count an answer."""
        with self._lock:
            self.statuses[status] += 1
            self._seconds.append(seconds)

    def times(self) -> dict[str, float]:
        """Return the percentiles since the last time."""
        with self._lock:
            seconds, self._seconds = self._seconds, []
        return report.percentiles(seconds)


def use(base: str, queries: list[str], seed: int, until: float, seen: Seen) -> None:
    """Ask for one thing after the other, with pauses, until it is time."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        path = chance.choice(_OFTEN if chance.random() < 0.8 else _NOW_AND_THEN).format(quote(chance.choice(queries)))
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(base + path, timeout=30) as answer:
                answer.read()
                status: int | str = answer.status
        except urllib.error.HTTPError as exc:
            status = exc.code
        except OSError as exc:
            status = type(exc).__name__
        seen.add(status, time.perf_counter() - started)
        time.sleep(chance.random() * PAUSE)


def publish(kb: Path, folder: Path, number: int) -> None:
    """Add a document and publish, as the command line does."""
    path = folder / f"proef-{number}.md"
    path.write_text(
        f"# Proef {number}\n\nHuisarts en wijkteam bellen elkaar in week {number} na elke verwijzing.\n", "utf-8"
    )
    code = "import sys; sys.argv[0] = 'samenwijzer'; import cli; cli.main()"
    command = [sys.executable, "-c", code, "--kb", str(kb), "ingest", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Run it, and print a line every minute."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=5)
    minutes = parser.parse_args().minutes
    queries = [query.text for query in read_queries(QUERIES)]
    folder = Path(tempfile.mkdtemp(prefix="samenwijzer-soak-"))
    try:
        kb, seen, until = folder / "kb", Seen(), time.monotonic() + 60 * minutes
        with Corpus(kb, create=True) as corpus:
            ingest([starter_sources()], corpus)
            build(corpus, "default")
        with server(kb) as (process, host, port):
            for seed in range(CLIENTS):
                threading.Thread(target=use, args=(f"http://{host}:{port}", queries, seed, until, seen)).start()
            for minute in range(1, minutes + 1):
                time.sleep(60)
                print(f"{minute} min, {memory(process) >> 20} MiB, {dict(seen.statuses)}, {seen.times()}", flush=True)
                if minute * 60 % PUBLISH_SECONDS == 0:
                    publish(kb, folder, minute)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
