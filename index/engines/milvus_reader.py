"""A published snapshot in Milvus, open.

Passages with their vectors and scores stay on the server. Of the rest this process holds what every search needs: the
words of the collection with how many passages have each, and the facets.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.document import Document, from_json
from corpus.errors import EngineError, SnapshotError
from index import forward
from index.arrays import place_of
from index.checksums import MANIFEST
from index.dutch import ANALYSER_VERSION
from index.engine import SAMPLE, Ranking, Request, Rows, Scores, Stored
from index.engines.milvus_lexical import InMemory, Lexical, OnServer, Where, nearest, placed
from index.engines.milvus_server import Server, long_body
from index.facets import FIELDS, Facets
from index.forward import NOTHING, Forward, reread
from index.fusion import Fused, by_arrival, fuse
from index.lexical import LexicalIndex
from index.records import Entry, parse
from index.snapshot import Manifest, read_manifest

WORDS = tuple(f"lexical/{name}.npy" for name in ("hashes", "starts", "ends", "words", "counts", "lengths"))
SCORES = tuple(f"lexical/{name}.npy" for name in ("indices", "data"))
FACETS = "facets/"
DOCUMENTS = ("documents.offsets.npy", "document_ids.npy", "document_rows.npy")
LATER = ("documents.jsonl", "entries.jsonl", "related.json")
_TOGETHER = 256
_ID = re.compile("[0-9a-f]{1,16}")
_T = TypeVar("_T")


class Place(NamedTuple):
    """Where a snapshot is: its collection of passages, and that of its files."""

    passages: str
    files: str


def manifest_of(server: Server, files: str) -> Manifest | None:
    """Return the manifest in a collection of files, None if there is none.

    Raises:
        SnapshotError: damaged, or of another format.
    """
    data = server.read(files, MANIFEST)
    if not data:
        return None
    with TemporaryDirectory(prefix="samenwijzer-") as folder:
        (Path(folder) / MANIFEST).write_bytes(data)
        return read_manifest(Path(folder))


class MilvusReader:
    """The `Reader` of a snapshot.

    Raises:
        SnapshotError: it is not there in full, damaged, or made by another version of the analyser.
        EngineError: the server cannot be reached.
    """

    def __init__(self, server: Server, place: Place) -> None:
        self._server, self._place = server, place
        found = manifest_of(server, place.files)
        if found is None:
            raise SnapshotError(f"milvus://{server.address}: {place.files} is not complete; publish it again")
        if found.analyser != ANALYSER_VERSION:
            raise SnapshotError(
                f"milvus://{server.address}: {place.passages} was made by another version of the Dutch analyser;"
                " run `samenwijzer index` and publish it"
            )
        self._manifest = found
        self._facets = self._open_facets()
        self._offsets, self._document_ids, self._document_rows = map(self._array, DOCUMENTS)
        self._words = self._open_words()
        self._lexical: Lexical = InMemory(self._words)
        if server.has_sparse:
            self._lexical = OnServer(server, place.passages, self._words)
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="milvus")

    def _open_facets(self) -> Facets:
        with TemporaryDirectory(prefix="samenwijzer-") as folder:
            for name in self._manifest.files:
                if name.startswith(FACETS):
                    (Path(folder) / name.removeprefix(FACETS)).write_bytes(self._file(name))
            return Facets.open(Path(folder))

    def _open_words(self) -> LexicalIndex:
        """Return the lexical index, without its scores where the server has these."""
        names = WORDS if self._server.has_sparse else (*WORDS, *SCORES)
        arrays = {Path(name).stem: self._array(name) for name in names}
        no_scores = {"indices": np.empty(0, np.int32), "data": np.empty(0, np.float32)}
        no_places = Forward(**{name: np.empty(0, np.int64) for name in forward.ARRAYS})
        return LexicalIndex(**no_scores | arrays, forward=no_places)

    def _array(self, name: str) -> NDArray[Any]:
        return np.load(io.BytesIO(self._file(name)), allow_pickle=False)  # type: ignore[no-any-return]

    def _file(self, name: str) -> bytes:
        data = self._server.read(self._place.files, name)
        if hashlib.sha256(data).hexdigest() != self._manifest.files[name]:
            raise SnapshotError(f"milvus://{self._server.address}: {name} in {self._place.files} is damaged (checksum)")
        return data

    @property
    def manifest(self) -> Manifest:
        """The one that was published with it."""
        return self._manifest

    @cached_property
    def sample(self) -> Scores:
        """Fetched once."""
        count = self._manifest.passages
        return self.vectors(range(0, count, max(1, count // SAMPLE)))

    def search(self, request: Request) -> Ranking:
        """Ask for both lists of candidates at once, and then for the scores that one of them has and the other lacks.

        All that passes filters is found and counted here, from the facets.
        """
        where = self._where(request)
        exact = True
        if where.mask is not None and not where.mask.any():
            found, rows = _NOTHING, _NOTHING.rows
        elif request.vector is None:
            found, rows = self._browse(where)
        else:
            found, rows, exact = self._rank(request, request.vector, where)
        if request.newest:
            found = by_arrival(found, self._facets.added[found.rows])
            rows = found.rows
        matching = self._facets.matching(rows)
        total = int(np.count_nonzero(matching))
        records = self._facets.records[found.rows]
        return Ranking(found.rows, records, *found[1:], total, self._facets.counts(matching), exact)

    def _rank(self, request: Request, vector: Scores, where: Where) -> tuple[Fused, Rows, bool]:
        matching, best, (by_word, word_scores), (near, similarities) = self._together(
            lambda: self._lexical.matching(request, where),
            lambda: self._lexical.best(request) if request.alike else 0.0,
            lambda: self._lexical.top(request, where),
            lambda: self._nearest(vector, where.text, request.depth),
        )
        rows = np.union1d(by_word, near)
        words, meaning = placed(rows, by_word, word_scores), placed(rows, near, similarities)
        only_near, only_word = np.setdiff1d(near, by_word), np.setdiff1d(by_word, near)
        more_words, more_meaning = self._together(
            lambda: self._lexical.scores(request, only_near) if len(only_near) else _NOTHING.fused,
            lambda: self._similarities(vector, only_word) if len(only_word) else _NOTHING.fused,
        )
        words[np.searchsorted(rows, only_near)] = more_words
        meaning[np.searchsorted(rows, only_word)] = more_meaning
        meaning = np.maximum(meaning, 0)
        matches = np.isin(rows, matching.rows) | (meaning >= request.near)
        matches |= (words >= request.alike * best) & (words > 0)
        found = fuse(rows[matches], words[matches], meaning[matches], request.weight)
        return found, np.union1d(matching.rows, found.rows), matching.exact

    def _together(self, *calls: Callable[[], Any]) -> list[Any]:
        return [future.result() for future in [self._pool.submit(call) for call in calls]]

    def _nearest(self, vector: Scores, where: str, limit: int) -> tuple[Rows, Scores]:
        return nearest(self._server, self._place.passages, "meaning", vector, where, limit)

    def _similarities(self, vector: Scores, rows: Rows) -> Scores:
        near, similarities = self._nearest(vector, f"id in {rows.tolist()}", len(rows))
        values = placed(rows, near, similarities)
        missed = np.flatnonzero(~np.isin(rows, near))  # a graph of neighbours does not find all
        if len(missed):
            values[missed] = self.vectors(rows[missed]) @ vector
        return values

    def _browse(self, where: Where) -> tuple[Fused, Rows]:
        rows = np.arange(self._manifest.passages) if where.mask is None else np.flatnonzero(where.mask)
        newest = rows[np.lexsort((rows, -self._facets.years[rows].astype(np.int32)))]
        zeros: Scores = np.zeros(len(rows), np.float32)
        return Fused(newest, zeros, zeros, zeros), rows

    def _where(self, request: Request) -> Where:
        filters, conditions = request.filters, []
        for name in FIELDS:
            wanted = {value.casefold() for value in getattr(filters, name)}
            if wanted:
                codes = [code for code, label in enumerate(self._facets.labels[name]) if label.casefold() in wanted]
                conditions.append(f"array_contains_any({name}, {codes})")
        first, last = filters.year
        if first is not None or last is not None:
            conditions.append(f"year >= {max(first or 1, 1)} and year <= {last or 9999}")
        if filters.since is not None:
            conditions.append(f"added > {filters.since.toordinal()}")
        mask = self._facets.allowed(filters)
        left_out = None if request.without is None else self._document_row(request.without)
        if left_out is not None:
            conditions.append(f"document != {left_out}")
            others = self._document_rows != left_out
            mask = others if mask is None else mask & others
        return Where(" and ".join(conditions), mask)

    def rows(self, passage_ids: Sequence[str]) -> dict[str, int]:
        """Ask for the rows with these ids."""
        wanted = [id for id in dict.fromkeys(passage_ids) if _ID.fullmatch(id)]
        found: dict[str, int] = {}
        for some in _batches(wanted):
            answer = self._query(f"passage_id in {json.dumps(some)}", ["id", "passage_id"])
            found |= {row["passage_id"]: int(row["id"]) for row in answer}
        return found

    def passages(self, rows: Sequence[int] | Rows, stems: Set[str] = frozenset()) -> list[Stored]:
        """Fetch the records, and read their texts again for the tokens."""
        found = []
        for row, body in zip(rows, self._fetch(rows, "body"), strict=True):
            record = parse(body.encode() or self._server.read(self._place.files, long_body(int(row))))
            tokens = reread(record.text, record.context, stems) if stems else NOTHING
            found.append(Stored(record, date.fromordinal(int(self._facets.added[row])), tokens))
        return found

    def vectors(self, rows: Sequence[int] | Rows) -> Scores:
        """Fetch the vectors."""
        found = self._fetch(rows, "meaning")
        return np.array(found, np.float32).reshape(len(found), self._manifest.dimension)

    def _fetch(self, rows: Iterable[int] | Rows, field: str) -> list[Any]:
        wanted = [int(row) for row in rows]
        found: dict[int, Any] = {}
        for some in _batches(list(dict.fromkeys(wanted))):
            found |= {int(row["id"]): row[field] for row in self._query(f"id in {some}", ["id", field])}
        if len(found) < len(set(wanted)):
            raise EngineError(
                f"milvus://{self._server.address}: {self._place.passages} lacks passages; publish it again"
            )
        return [found[row] for row in wanted]

    def _query(self, where: str, fields: list[str]) -> list[dict[str, Any]]:
        return self._server.query(self._place.passages, where, fields)

    def frequencies(self, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Look in the words that are held here."""
        return self._words.frequencies(terms)

    def entries(self) -> Sequence[Entry]:
        """Fetched once."""
        return self._entries

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        return tuple(Entry(*json.loads(line)) for line in io.BytesIO(self._file("entries.jsonl")))

    @cached_property
    def _related(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = json.loads(self._file("related.json"))
        return found

    def document(self, document_id: str) -> Document | None:
        """Fetch the pieces that it is in."""
        row = self._document_row(document_id)
        return None if row is None else self._documents(row, row + 1)[0]

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Fetch the pieces that they are in."""
        return self._documents(offset, min(offset + limit, self._manifest.documents))

    def related(self, document_id: str) -> list[Document]:
        """Fetch the documents in the rows that were published with it."""
        return [self._documents(row, row + 1)[0] for row in self._related.get(document_id, ())]

    def _documents(self, first: int, end: int) -> list[Document]:
        if first >= end:
            return []
        edges = self._offsets[first : end + 1]
        data = self._server.read(self._place.files, "documents.jsonl", int(edges[0]), int(edges[-1]))
        return [from_json(data[a - edges[0] : b - edges[0]]) for a, b in zip(edges[:-1], edges[1:], strict=True)]

    def _document_row(self, document_id: str) -> int | None:
        return place_of(self._document_ids, document_id)


_NOTHING = Fused(np.empty(0, np.int64), *(np.empty(0, np.float32) for _ in range(3)))


def _batches(values: list[_T]) -> Iterable[list[_T]]:
    return (values[start : start + _TOGETHER] for start in range(0, len(values), _TOGETHER))
