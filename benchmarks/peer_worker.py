"""A peer at work, in the peers' own virtual environment: it knows nothing of Samenwijzer.

`python peer_worker.py PEER FOLDER WARM K SECONDS` reads from FOLDER passages.jsonl, vectors.npy, queries.json and
query_vectors.npy, indexes, searches for at most SECONDS, and writes FOLDER/PEER.json.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

os.environ |= {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

Search = Callable[[str, Any, int], list[int]]


def txtai(texts: list[str], vectors: Any) -> tuple[Search, float]:  # noqa: ANN401
    """Hybrid search as txtai's documentation has it: BM25 and vectors, half and half, vectors made elsewhere.

    txtai asks for vectors by text. It returns ids only, where the others also return the passage.
    """
    from txtai import Embeddings

    known = {text: vectors[row] for row, text in enumerate(texts)}

    def transform(asked: list[str]) -> Any:  # noqa: ANN401
        return np.stack([known[text] for text in asked])

    embeddings = Embeddings(method="external", transform=transform, hybrid=True)
    started = time.perf_counter()
    embeddings.index((row, text, None) for row, text in enumerate(texts))
    seconds = time.perf_counter() - started

    def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        known[text] = vector
        return [int(row) for row, _ in embeddings.search(text, k)]

    return search, seconds


def haystack(texts: list[str], vectors: Any) -> tuple[Search, float]:  # noqa: ANN401
    """Haystack's hybrid pipeline over its in-memory store: BM25 and vectors, joined by reciprocal rank.

    Each retriever gives ten times what is asked for, as txtai's do.
    """
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    started = time.perf_counter()
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(
        [Document(id=str(row), content=text, embedding=vectors[row].tolist()) for row, text in enumerate(texts)]
    )
    pipeline = Pipeline()
    pipeline.add_component("words", InMemoryBM25Retriever(store))
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("words", "joiner")
    pipeline.connect("vectors", "joiner")
    seconds = time.perf_counter() - started

    def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        found = pipeline.run(
            {
                "words": {"query": text, "top_k": 10 * k},
                "vectors": {"query_embedding": vector.tolist(), "top_k": 10 * k},
                "joiner": {"top_k": k},
            }
        )
        return [int(document.id) for document in found["joiner"]["documents"]]

    return search, seconds


def peak_mib() -> float | None:
    """Return this process's peak resident memory in MiB, or None where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return round(int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024, 1)


def main(peer: str, folder: Path, warm: int, k: int, seconds: float) -> None:
    """Index, search and write; what is known after indexing is written at once, lest the search be cut off."""
    texts = [json.loads(line)["text"] for line in (folder / "passages.jsonl").open(encoding="utf-8")]
    queries = json.loads((folder / "queries.json").read_text("utf-8"))
    query_vectors = np.load(folder / "query_vectors.npy")
    make, package = {"txtai": (txtai, "txtai"), "Haystack": (haystack, "haystack-ai")}[peer]
    search, index_s = make(texts, np.load(folder / "vectors.npy"))
    figures: dict[str, Any] = {"version": version(package), "index_s": round(index_s, 2), "index_mib": peak_mib()}
    _write(folder / f"{peer}.json", figures)
    times, rows = [], []
    deadline = time.perf_counter() + seconds
    for text, vector in zip(queries, query_vectors, strict=True):
        started = time.perf_counter()
        rows.append(search(text, vector, k))
        times.append(time.perf_counter() - started)
        if time.perf_counter() > deadline:
            figures["stopped"] = "over budget"
            break
    timed = times[warm:]
    if timed:
        p50, p95, p99 = (round(float(value) * 1000, 2) for value in np.percentile(timed, (50, 95, 99)))
        figures["search"] = {"queries": len(timed), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
    _write(folder / f"{peer}.json", {**figures, "peak_mib": peak_mib(), "rows": rows})


def _write(path: Path, figures: dict[str, Any]) -> None:
    path.write_text(json.dumps(figures), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
