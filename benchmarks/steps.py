"""One step of the real line each, in a process of its own so that its time and peak memory are its own.

`run` starts `python -m benchmarks.steps STEP KB ARGUMENT…`, which prints one JSON object on its last line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import peak_mib, percentiles
from benchmarks.texts import with_stop_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embedder import Embedder

ROOT = Path(__file__).resolve().parents[1]
STOP_WORD_QUERIES = 50


def run(step: str, kb: Path, *arguments: object) -> dict[str, Any]:
    """Run one step in a fresh process and return its figures."""
    command = [sys.executable, "-m", "benchmarks.steps", step, str(kb), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records as JSON lines, for `ingest`."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def ingest(kb: Path, source: str) -> dict[str, Any]:
    """Read a source into a new corpus."""
    from corpus.store import Corpus
    from ingest.pipeline import ingest as read

    with Corpus(kb, create=True) as corpus:
        started = time.perf_counter()
        report = read([source], corpus)
        seconds = time.perf_counter() - started
    found = sum(entry.passages for entry in report.files)
    added = report.count("added")
    return {
        "documents": added,
        "passages": found,
        "failed": report.count("failed"),
        "seconds": round(seconds, 2),
        "documents_per_s": round(added / seconds, 1),
        "passages_per_s": round(found / seconds, 1),
        "peak_mib": peak_mib(),
    }


def build(kb: Path, model: str) -> dict[str, Any]:
    """Build and publish a snapshot; the stages are told apart by its own progress reports."""
    from corpus.store import Corpus
    from index.building import build as publish

    first: dict[str, float] = {}
    last: dict[str, float] = {}

    def progress(stage: str, done: int, total: int) -> None:
        last[stage] = time.perf_counter()
        first.setdefault(stage, last[stage])

    with Corpus(kb) as corpus:
        started = time.perf_counter()
        snapshot = publish(corpus, model, progress=progress)
        ended = time.perf_counter()
    stages = {
        "read_s": first["index"] - started,
        "lexical_s": first["embed"] - first["index"],
        "embed_s": last["embed"] - first["embed"],
        "vectors_s": ended - last["embed"],
        "total_s": ended - started,
    }
    folder = kb / "snapshots" / snapshot
    return {
        **{name: round(value, 2) for name, value in stages.items()},
        "corpus_mib": _size_mib(kb.glob("corpus.sqlite*")),
        "snapshot_mib": _size_mib(folder.rglob("*")),
        "peak_mib": peak_mib(),
    }


def _size_mib(paths: Iterable[Path]) -> float:
    return round(sum(path.stat().st_size for path in paths if path.is_file()) / 2**20, 1)


class _Timed:
    """The snapshot's own embedder, with the time that it takes kept apart."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.revision, self.dimension = embedder.name, embedder.revision, embedder.dimension
        self.seconds = 0.0

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        started = time.perf_counter()
        vectors = self._embedder.encode_query(texts)
        self.seconds = time.perf_counter() - started
        return vectors

    def encode_document(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.encode_document(texts)


def search(kb: Path, queries: str, warm: str, k: str) -> dict[str, Any]:
    """Open the snapshot and search; each query is new to the process, and the first `warm` are not timed.

    `ranking` holds per query the source ids of the documents found, best first, each once.
    """
    from index.embedder import make_embedder
    from index.results import Query
    from index.search import Searcher
    from index.snapshot import current_id, read_manifest, snapshots_folder

    embedder = _Timed(make_embedder(read_manifest(snapshots_folder(kb) / current_id(kb)).model_spec))
    started = time.perf_counter()
    searcher = Searcher.open(kb, embedder)
    opened = time.perf_counter() - started
    whole, encode, ranking = [], [], []
    texts = json.loads(Path(queries).read_text("utf-8"))
    for text in texts:
        embedder.seconds, started = 0.0, time.perf_counter()
        results = searcher.search(Query(text, int(k)))
        whole.append(time.perf_counter() - started)
        encode.append(embedder.seconds)
        ranking.append(_documents(searcher, results.hits))
    heavy = []
    for text in texts[int(warm) :][:STOP_WORD_QUERIES]:
        started = time.perf_counter()
        searcher.search(Query(with_stop_words(text), int(k)))
        heavy.append(time.perf_counter() - started)
    timed = list(zip(whole, encode, strict=True))[int(warm) :]
    return {
        "open_s": round(opened, 3),
        "full": percentiles([total for total, _ in timed]),
        "encode": percentiles([part for _, part in timed]),
        "vector_given": percentiles([total - part for total, part in timed]),
        "stop_words": percentiles(heavy),
        "peak_mib": peak_mib(),
        "ranking": ranking,
    }


def _documents(searcher: Any, hits: Any) -> list[str]:  # noqa: ANN401
    """Return the source ids behind the hits; a text that stands in several documents counts for each."""
    ids = [document_id for hit in hits for document_id in (hit.document_id, *hit.also_in)]
    return list(dict.fromkeys(searcher.document(document_id).source_id for document_id in ids))


def export(kb: Path, queries: str, folder: str) -> dict[str, Any]:
    """Write what a peer is given: the same passages as texts, and the same vectors of passages and queries."""
    import numpy as np

    from index.contents import embedding_input
    from index.search import Searcher

    searcher = Searcher.open(kb)
    target = Path(folder)
    target.mkdir(exist_ok=True)
    with (target / "passages.jsonl").open("w", encoding="utf-8") as file:
        for row in range(len(searcher.snapshot)):
            record = searcher.snapshot.record(row)
            line = {"passage": record.passage_id, "document": record.source_id, "text": embedding_input(record)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    np.save(target / "vectors.npy", np.asarray(searcher.snapshot.vectors.vectors, np.float32))
    texts = json.loads(Path(queries).read_text("utf-8"))
    np.save(target / "query_vectors.npy", searcher.embedder.encode_query(texts))
    (target / "queries.json").write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
    return {"passages": len(searcher.snapshot)}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {"ingest": ingest, "build": build, "search": search, "export": export}


if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:]), ensure_ascii=False))
