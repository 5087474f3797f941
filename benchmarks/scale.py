"""One machine, far: memory and latency from a thousand passages to millions, and what search loses on the way.

What is prepared for a size stays in `--folder` and is used again as long as it can be opened. Each step runs in a
process of its own. Latencies come twice: by the clock, and in processor time, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import report, steps, texts
from benchmarks.scale_corpus import Mixed, made

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.results import Filters
    from index.search import Searcher

SIZES = (1_000, 10_000, 100_000)
QUERIES, WARM, SOME = 200, 20, 50
_BLOCK = 65_536
FIGURES = (
    ("build without encoding, s", "build", "without_encoding_s"),
    ("build: peak memory of its own, MiB", "build", "own_mib"),
    ("build: the same with the files that it reads, MiB", "build", "peak_mib"),
    ("build: load of the machine", "build", "load"),
    ("corpus on disk, MiB", "build", "corpus_mib"),
    ("snapshot on disk, MiB", "build", "snapshot_mib"),
    ("open, s", "search", "open_s"),
    ("first search, ms", "search", "first_ms"),
    ("search, vector given: p50 ms", "search", "vector_given", "p50_ms"),
    ("search, vector given: p95 ms", "search", "vector_given", "p95_ms"),
    ("search, vector given: p99 ms", "search", "vector_given", "p99_ms"),
    ("the same, processor time: p50 ms", "search", "processor", "p50_ms"),
    ("the same, processor time: p95 ms", "search", "processor", "p95_ms"),
    ("search with encoding: p50 ms", "search", "full", "p50_ms"),
    ("search with encoding: p95 ms", "search", "full", "p95_ms"),
    ("amid stop words, vector given: p95 ms", "search", "stop_words", "p95_ms"),
    ("a quarter left by a filter: p50 ms", "search", "filtered", "p50_ms"),
    ("search: memory of its own, MiB", "search", "own_mib"),
    ("search: the same with what it has read of files, MiB", "search", "resident_mib"),
    ("recall@10 of the vectors", "accuracy", "recall_at_10"),
    ("first ten hits as when all is exact", "accuracy", "same_hits"),
    ("totals off by, as a share", "accuracy", "totals_off"),
    ("search: load of the machine", "search", "load"),
)


def prepare(kb: Path) -> dict[str, Any]:
    """Make the corpus that the folder's name tells the size of."""
    from corpus.store import Corpus

    started = time.perf_counter()
    with Corpus(kb, create=True) as corpus:
        for document in made(int(kb.parent.name)):
            corpus.upsert(document, root="scale")
        corpus.commit()
    return {"seconds": round(time.perf_counter() - started, 1)}


def build(kb: Path) -> dict[str, Any]:
    """Build and publish a snapshot from nothing; the time that it takes to make up vectors is kept apart."""
    from index import building

    shutil.rmtree(kb / "snapshots", ignore_errors=True)
    embedder = Mixed(kb.parent.parent)
    embedder.encode_document(["een zin"])
    embedder.seconds = 0.0
    vars(building)["make_embedder"] = lambda spec: embedder
    started = time.process_time()
    own = [0.0]
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(done, own))
    watcher.start()
    figures = steps.build(kb, "default")
    done.set()
    watcher.join()
    return figures | {
        "own_mib": max(own),
        "without_encoding_s": round(figures["total_s"] - embedder.seconds, 1),
        "processor_s": round(time.process_time() - started, 1),
        "load": round(os.getloadavg()[0], 1),
    }


def search(kb: Path) -> dict[str, Any]:
    """Open the snapshot and search; each query is new to the process, and the first few are not timed."""
    from index.results import Filters

    load = os.getloadavg()[0]
    embedder = Mixed(kb.parent.parent)
    started = time.perf_counter()
    searcher = _open(kb, embedder)
    opened = time.perf_counter() - started
    asked = texts.queries(QUERIES + WARM)
    first = _timed(searcher, embedder, asked[:1])
    _timed(searcher, embedder, asked[1:WARM])
    figures = _timed(searcher, embedder, asked[WARM:])
    heavy = _timed(searcher, embedder, [texts.with_stop_words(text) for text in asked[WARM:][:SOME]])
    return {
        "open_s": round(opened, 3),
        "first_ms": first["vector_given"]["p50_ms"],
        **figures,
        "stop_words": heavy["vector_given"],
        "filtered": _timed(searcher, embedder, asked[-SOME:], Filters(kind=("rapport",)))["vector_given"],
        **_memory(),
        "load": round(load, 1),
    }


def _open(kb: Path, embedder: Mixed) -> Searcher:
    from index.search import Searcher

    return Searcher.open(kb, embedder)


def _timed(
    searcher: Searcher, embedder: Mixed, asked: Sequence[str], filters: Filters | None = None
) -> dict[str, dict[str, float | int]]:
    from index.results import Filters, Query

    clocks: dict[str, list[float]] = {"full": [], "vector_given": [], "processor": []}
    for text in asked:
        embedder.seconds = embedder.processor = 0.0
        started = time.perf_counter(), time.thread_time()
        searcher.search(Query(text, 10, filters or Filters()))
        taken = time.perf_counter() - started[0], time.thread_time() - started[1]
        clocks["full"].append(taken[0])
        clocks["vector_given"].append(taken[0] - embedder.seconds)
        clocks["processor"].append(taken[1] - embedder.processor)
    return {name: report.percentiles(times) for name, times in clocks.items()}


def _watch(done: threading.Event, own: list[float]) -> None:
    while not done.wait(0.25):
        own.append(_memory()["own_mib"])


def _memory() -> dict[str, float]:
    """Return what is this process's alone, and that with the parts of files that it has in memory, in MiB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith("Rss")}
    own = sizes["RssAnon:"]
    return {"own_mib": round(own, 1), "resident_mib": round(own + sizes["RssFile:"], 1)}


def accuracy(kb: Path) -> dict[str, Any]:
    """Compare with a search that compares every vector and adds up every column."""
    from index.lexical import LexicalIndex
    from index.results import Query

    embedder = Mixed(kb.parent.parent)
    searcher = _open(kb, embedder)
    snapshot, asked = searcher.snapshot, texts.queries(QUERIES + WARM)[WARM:]
    vectors = embedder.encode_query([searcher.terms(Query(text)).meant(text) for text in asked])
    exact = _Exact(snapshot.vectors.vectors, vectors)
    found = [snapshot.vectors.search(vector, 10)[0] for vector in vectors]
    nearest = [exact.search(vector, 10)[0] for vector in vectors]
    ours = [searcher.search(Query(text, 10)) for text in asked]
    snapshot.vectors = exact  # type: ignore[assignment]
    object.__setattr__(snapshot.lexical, "scoring", partial(LexicalIndex.scoring, snapshot.lexical, at_once=2**62))
    theirs = [searcher.search(Query(text, 10)) for text in asked]
    pairs = list(zip(ours, theirs, strict=True))
    ids = [[{hit.passage_id for hit in results.hits} for results in pair] for pair in pairs]
    return {
        "recall_at_10": _mean(len(set(a) & set(b)) / len(b) for a, b in zip(found, nearest, strict=True)),
        "same_hits": _mean(len(a & b) / max(len(b), 1) for a, b in ids),
        "totals_off": _mean(abs(a.total - b.total) / max(b.total, 1) for a, b in pairs),
    }


def _mean(shares: Any) -> float:  # noqa: ANN401
    found = [float(share) for share in shares]
    return round(sum(found) / len(found), 4)


class _Exact:
    """Stands in for a `VectorIndex`: knows the nearest rows of some queries by having compared them with all."""

    def __init__(self, vectors: NDArray[np.float16], queries: NDArray[np.float32], deepest: int = 400) -> None:
        import numpy as np

        self.vectors = vectors
        rows = np.zeros((len(queries), 0), np.int64)
        scores = np.zeros((len(queries), 0), np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = queries @ vectors[start : start + _BLOCK].astype(np.float32).T
            scores = np.hstack([scores, block])
            rows = np.hstack([rows, np.broadcast_to(np.arange(start, start + block.shape[1]), block.shape)])
            kept = np.argpartition(-scores, min(deepest, scores.shape[1] - 1), axis=1)[:, :deepest]
            scores, rows = np.take_along_axis(scores, kept, 1), np.take_along_axis(rows, kept, 1)
        order = np.lexsort((rows, -scores))
        scores, rows = np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)
        self._known = {
            query.tobytes(): found for query, found in zip(queries, zip(rows, scores, strict=True), strict=True)
        }

    def __len__(self) -> int:
        return len(self.vectors)

    def search(self, query: NDArray[np.float32], k: int, allowed: None = None) -> Any:  # noqa: ANN401
        """Return what `VectorIndex.search` does."""
        rows, scores = self._known[query.tobytes()]
        return rows[:k], scores[:k]


STEPS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "prepare": prepare,
    "build": build,
    "search": search,
    "accuracy": accuracy,
}


def measure(folder: Path) -> dict[str, Any]:
    """Measure the size that the folder is named after; its corpus and snapshot are made where they are missing."""
    kb, kept = folder / "kb", folder / "build.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not (kb / "corpus.sqlite").is_file():
        _run("prepare", kb)
    if not (kept.is_file() and _opens(kb)):
        kept.write_text(json.dumps(_run("build", kb)), "ascii")
    return {
        "build": json.loads(kept.read_text("ascii")),
        "search": _run("search", kb),
        "accuracy": _run("accuracy", kb),
    }


def _opens(kb: Path) -> bool:
    from corpus.errors import SnapshotError
    from index.snapshot import open_current

    try:
        open_current(kb)
    except SnapshotError:
        return False
    return True


def _run(step: str, kb: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", "--step", step, "--kb", str(kb)]
    done = subprocess.run(command, cwd=steps.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def print_curve(measured: dict[str, dict[str, Any]]) -> None:
    """Print every figure, one column per size."""
    rows = []
    for label, part, *path in FIGURES:
        values = [figures[part] for figures in measured.values()]
        for name in path:
            values = [value[name] for value in values]
        rows.append([label, *values])
    report.print_table(["passages", *(f"{int(size):,}" for size in measured)], rows)


def main() -> None:
    """Measure, print and save; sizes that were measured before and are not asked for stay in the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of passages")
    parser.add_argument("--folder", type=Path, default=Path("build/scale"), help="where what is prepared is kept")
    parser.add_argument("--note", default="", help="circumstances, kept with the results")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--kb", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(STEPS[options.step](options.kb)))
        return
    facts = report.machine()
    report.print_machine(facts, options.note)
    kept = report.RESULTS / "scale.json"
    measured: dict[str, Any] = json.loads(kept.read_text("utf-8"))["sizes"] if kept.is_file() else {}
    for size in options.sizes.split(","):
        print(f"{int(size):,} passages …", file=sys.stderr, flush=True)
        measured[size] = measure(options.folder.resolve() / size) | {"machine": facts, "note": options.note}
        measured = dict(sorted(measured.items(), key=lambda entry: int(entry[0])))
        report.save("scale", {"sizes": measured})
    print_curve(measured)


if __name__ == "__main__":
    main()
