"""Writing a snapshot to Milvus: a collection of passages, and one of the files that readers fetch.

The manifest comes last, when everything else has been counted: what has no manifest was broken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

import numpy as np

from index.checksums import MANIFEST
from index.engines.milvus_reader import DOCUMENTS, FACETS, LATER, SCORES, WORDS, Place
from index.engines.milvus_server import WRITE_SECONDS, Fields, Server, long_body, pieces
from index.facets import FIELDS
from index.records import dump
from index.snapshot import Snapshot

FLAT_UP_TO = 100_000
"""So many vectors are all compared; for more there is a graph of neighbours (HNSW), which Milvus Lite has not."""
_LONGEST = 65_535  # bytes in a text field
_MOST_VALUES = 4096  # in an array
_TOGETHER = 256
_FLAT = {"nothing": "FLAT"}
_FILE_FIELDS: Fields = [
    ("id", "INT64", {"is_primary": True}),
    ("name", "VARCHAR", {"max_length": 100}),
    ("part", "INT64", {}),
    ("data", "VARCHAR", {"max_length": _LONGEST}),
    ("nothing", "FLOAT_VECTOR", {"dim": 2}),  # a collection has to have vectors
]


def write(server: Server, place: Place, snapshot: Snapshot) -> None:
    """Write a snapshot, load it and count it.

    Raises:
        EngineError: the server cannot be reached, or refuses it.
    """
    dimension, count = snapshot.manifest.dimension, len(snapshot)
    server.create(place.passages, _passage_fields(dimension, server.has_sparse))
    server.create(place.files, _FILE_FIELDS)
    _insert(server, place.passages, _passages(snapshot, server.has_sparse))
    files = _insert(server, place.files, _files(server, snapshot))
    server.call("flush", place.passages, timeout=WRITE_SECONDS)  # or a server would index the vectors later
    graph = count > FLAT_UP_TO and server.version is not None
    with ThreadPoolExecutor(2) as pool:  # a server takes its time to begin, with each
        kinds = {"meaning": "HNSW" if graph else "FLAT"} | _sparse(server.has_sparse)
        loading = [pool.submit(server.load, place.passages, kinds), pool.submit(server.load, place.files, _FLAT)]
        for one in loading:
            one.result()
    server.wait_for(place.passages, count)
    server.wait_for(place.files, files)
    manifest = pieces(MANIFEST, (snapshot.folder / MANIFEST).read_bytes())
    server.wait_for(place.files, files + _insert(server, place.files, _numbered(manifest, files)))


def _sparse(has_sparse: bool) -> dict[str, str]:
    return {"lexical": "SPARSE_INVERTED_INDEX"} if has_sparse else {}


def _passage_fields(dimension: int, has_sparse: bool) -> Fields:
    many = {"element_type": "INT64", "max_capacity": _MOST_VALUES}
    return [
        ("id", "INT64", {"is_primary": True}),
        ("passage_id", "VARCHAR", {"max_length": 32}),
        ("document", "INT64", {}),
        ("year", "INT64", {}),
        ("added", "INT64", {}),
        ("body", "VARCHAR", {"max_length": _LONGEST}),
        ("parts", "ARRAY", many),
        *((name, "ARRAY", many) for name in FIELDS),
        ("meaning", "FLOAT_VECTOR", {"dim": dimension}),
        *([("lexical", "SPARSE_FLOAT_VECTOR", {})] if has_sparse else []),
    ]


def _passages(snapshot: Snapshot, has_sparse: bool) -> Iterator[dict[str, Any]]:
    facets, matrix = snapshot.facets, _by_passage(snapshot)
    is_part = np.isin(snapshot.lexical.hashes, snapshot.lexical.forward.stems)
    for row in range(len(snapshot)):
        record = snapshot.record(row)
        place = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns, scores = matrix.indices[place], matrix.data[place]
        entity = {
            "id": row,
            "passage_id": record.passage_id,
            "document": record.document_row,
            "year": int(facets.years[row]),
            "added": int(facets.added[row]),
            "body": body if _fits(body := dump(record)) else "",
            "parts": columns[is_part[columns]][:_MOST_VALUES].tolist(),
            "meaning": snapshot.vectors.vectors[row].astype(np.float32),
        }
        for name in FIELDS:
            ends = facets.indptr[name]
            entity[name] = facets.codes[name][ends[row] : ends[row + 1]].tolist()
        if has_sparse:
            entity["lexical"] = dict(zip(columns.tolist(), scores.tolist(), strict=True))
        yield entity


def _by_passage(snapshot: Snapshot) -> Any:  # noqa: ANN401 - scipy has no types
    """Return the scores of the lexical index as a sparse matrix (CSR, passages x columns)."""
    from scipy.sparse import coo_matrix

    index = snapshot.lexical
    # Columns lie in `indices` and `data` in another order than that of their numbers.
    order = np.argsort(index.starts, kind="stable")
    columns = np.repeat(order, (index.ends - index.starts)[order])
    shape = (len(snapshot), len(index.hashes))
    return coo_matrix((index.data, (index.indices, columns)), shape=shape).tocsr()


def _files(server: Server, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    scores = () if server.has_sparse else SCORES
    facets = [name for name in snapshot.manifest.files if name.startswith(FACETS)]
    names = [*WORDS, *scores, *DOCUMENTS, *LATER, *facets]
    found = (piece for name in names for piece in pieces(name, (snapshot.folder / name).read_bytes()))
    return _numbered(chain(found, _long_bodies(snapshot)), 0)


def _long_bodies(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for row in range(len(snapshot)):
        if not _fits(body := dump(snapshot.record(row))):
            yield from pieces(long_body(row), body.encode())


def _fits(body: str) -> bool:
    return len(body) <= _LONGEST // 4 or len(body.encode()) <= _LONGEST


def _numbered(rows: Any, first: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    return (row | {"id": number, "nothing": [0.0, 1.0]} for number, row in enumerate(rows, first))


def _insert(server: Server, collection: str, rows: Iterator[dict[str, Any]]) -> int:
    """Insert all rows, and return how many there were."""
    count = 0
    while batch := list(islice(rows, _TOGETHER)):
        server.call("insert", collection, batch, timeout=WRITE_SECONDS)
        count += len(batch)
    return count
