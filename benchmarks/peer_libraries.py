"""What is compared and lives in the process that searches: our own engine, txtai and Haystack.

A system has `build` (seconds that it took), `open`, `client` (a search for one thread), `near` (vectors only), `close`,
the `package` that tells its version, and the processes of its `servers`. Each is set up as its documentation has it for
hybrid search; what was chosen beyond that stands at its class.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import given_vectors
import numpy as np
from given_vectors import passages

Search = Callable[[str, Any, int], list[int]]


class Samenwijzer:
    """Our own: a snapshot built from the corpus, with the vectors given; a search returns all that a user sees."""

    package = "samenwijzer"
    servers: tuple[int, ...] = ()

    def build(self, given: Path, folder: Path) -> float:
        """Build a snapshot from nothing."""
        from corpus.store import Corpus
        from index import building

        shutil.copyfile(given.parent / "kb" / "corpus.sqlite", folder / "corpus.sqlite")
        vectors = dict(zip(passages(given), np.load(given / "vectors.npy"), strict=True))
        building.make_embedder = lambda spec: _Given(vectors)
        with Corpus(folder) as corpus:
            started = time.perf_counter()
            building.build(corpus)
            return time.perf_counter() - started

    def open(self, given: Path, folder: Path) -> None:
        """Open the snapshot."""
        from index.results import Query
        from index.search import Searcher
        from index.snapshot import current_id, snapshots_folder
        from index.vectors import VectorIndex

        self._query = Query
        self._searcher = Searcher.open(folder, _Given(given_vectors.known()))
        self._vectors = VectorIndex.open(snapshots_folder(folder) / current_id(folder) / "vectors")
        ids = [json.loads(line)["passage"] for line in (given / "passages.jsonl").open(encoding="utf-8")]
        self._rows = {passage: row for row, passage in enumerate(ids)}

    def client(self) -> Search:
        """Return the search of one client."""

        def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
            return [self._rows[hit.passage_id] for hit in self._searcher.search(self._query(text, k)).hits]

        return search

    def near(self, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        """Return the nearest passages."""
        return [int(row) for row in self._vectors.search(vector, k)[0]]

    def close(self) -> None:
        """Nothing is left open."""


class _Given:
    """The shipped model as far as its name goes, with the vectors that were given."""

    def __init__(self, vectors: dict[str, Any]) -> None:
        from index.embedder import make_embedder

        model = make_embedder()
        self.name, self.revision, self.dimension = model.name, model.revision, model.dimension
        self._vectors, self._model = vectors, model

    def encode_query(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        # A query with a slip of the pen is searched as it was meant.
        return np.stack(
            [v if (v := self._vectors.get(t)) is not None else self._model.encode_query([t])[0] for t in texts]
        )

    def encode_document(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        return np.stack([self._vectors[text] for text in texts])


class Txtai:
    """BM25 and vectors, half and half. It returns ids without texts, which is faster than with them."""

    package = "txtai"
    servers: tuple[int, ...] = ()

    def build(self, given: Path, folder: Path) -> float:
        """Index and save."""
        from txtai import Embeddings

        texts = passages(given)
        given_vectors.known().update(zip(texts, np.load(given / "vectors.npy"), strict=True))
        embeddings = Embeddings(method="external", transform="given_vectors.transform", hybrid=True)
        started = time.perf_counter()
        embeddings.index((row, text, None) for row, text in enumerate(texts))
        embeddings.save(str(folder / "index"))
        return time.perf_counter() - started

    def open(self, given: Path, folder: Path) -> None:
        """Load what was saved."""
        from txtai import Embeddings

        self._embeddings = Embeddings()
        self._embeddings.load(str(folder / "index"))

    def client(self) -> Search:
        """Return the search of one client."""
        return lambda text, vector, k: [int(row) for row, _ in self._embeddings.search(text, k)]

    def near(self, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        """Return the nearest passages."""
        return [int(row) for row, _ in self._embeddings.ann.search(vector[None], k)[0]]

    def close(self) -> None:
        """Nothing is left open."""


class Haystack:
    """Its in-memory store: BM25 and vectors, joined by reciprocal rank. Nothing is kept on disk: it opens by building.

    Each retriever gives ten times what is asked for, as txtai's do.
    """

    package = "haystack-ai"
    servers: tuple[int, ...] = ()

    def build(self, given: Path, folder: Path) -> float:
        """Fill the store."""
        from haystack import Document
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        texts, vectors = passages(given), np.load(given / "vectors.npy")
        started = time.perf_counter()
        self._store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        self._store.write_documents(
            [Document(id=str(row), content=text, embedding=vectors[row].tolist()) for row, text in enumerate(texts)]
        )
        return time.perf_counter() - started

    def open(self, given: Path, folder: Path) -> None:
        """Fill the store and put the pipeline together."""
        from haystack import Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever

        self.build(given, folder)
        self._pipeline = Pipeline()
        self._pipeline.add_component("words", InMemoryBM25Retriever(self._store))
        self._pipeline.add_component("vectors", InMemoryEmbeddingRetriever(self._store))
        self._pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        self._pipeline.connect("words", "joiner")
        self._pipeline.connect("vectors", "joiner")

    def client(self) -> Search:
        """Return the search of one client."""

        def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
            found = self._pipeline.run(
                {
                    "words": {"query": text, "top_k": 10 * k},
                    "vectors": {"query_embedding": vector.tolist(), "top_k": 10 * k},
                    "joiner": {"top_k": k},
                }
            )
            return [int(document.id) for document in found["joiner"]["documents"]]

        return search

    def near(self, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        """Return the nearest passages."""
        return [int(found.id) for found in self._store.embedding_retrieval(vector.tolist(), top_k=k)]

    def close(self) -> None:
        """Nothing is left open."""
