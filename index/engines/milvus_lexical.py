"""Lexical scores with Milvus: added up by the server from sparse vectors, or by us for a server without these.

The sparse vector of a passage has the BM25 scores of `index.lexical`, one dimension for each column of the lexical
index; that of a query has the weights of its terms. Their inner product is the lexical score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.engine import Request, Rows, Scores
from index.engines.milvus_server import LIMIT, Server
from index.lexical import LexicalIndex
from index.terms import QueryTerm, term_hash

NO_ROWS: Rows = np.empty(0, np.int64)
NO_SCORES: Scores = np.empty(0, np.float32)


class Where(NamedTuple):
    """What rows have to satisfy: as Milvus puts it (empty: nothing), and as a mask (bool, n; None: all)."""

    text: str = ""
    mask: NDArray[np.bool_] | None = None

    def also(self, text: str) -> str:
        """Return `text` with this in front."""
        return f"{self.text} and {text}" if self.text else text


class Matching(NamedTuple):
    """The rows that match by their words, and whether that are all of them."""

    rows: Rows
    exact: bool


class Lexical(Protocol):
    """The lexical side of a search; rows in no order."""

    def matching(self, request: Request, where: Where) -> Matching:
        """Return the rows that have any of the request's words, or all parts of one of its names."""

    def best(self, request: Request) -> float:
        """Return the best score of all rows, filtered out or not."""

    def top(self, request: Request, where: Where) -> tuple[Rows, Scores]:
        """Return the `request.depth` best rows with their scores, those without any score left out."""

    def scores(self, request: Request, rows: Rows) -> Scores:
        """Return the scores (float32) of these rows."""


@dataclass(frozen=True)
class OnServer:
    """The server adds up. `columns` is a lexical index without its scores."""

    server: Server
    collection: str
    columns: LexicalIndex

    def matching(self, request: Request, where: Where) -> Matching:
        """See `Lexical`; not exact from the most rows on that Milvus gives for one question."""
        by_word, _ = self._search(request.words, where.text, LIMIT)
        named = self._named(request.names, where)
        rows = np.union1d(by_word, named)
        return Matching(rows, max(len(by_word), len(named)) < LIMIT)

    def _named(self, names: Iterable[frozenset[str]], where: Where) -> Rows:
        wanted = [self._columns([("p", part) for part in sorted(name)]) for name in names]
        conditions = [f"array_contains_all(parts, {columns})" for columns in wanted if min(columns) >= 0]
        if not conditions:
            return NO_ROWS
        found = self.server.query(self.collection, where.also(f"({' or '.join(conditions)})"), ["id"])
        return np.array([row["id"] for row in found], np.int64)

    def best(self, request: Request) -> float:
        """See `Lexical`."""
        return float(self._search((*request.words, *request.further), "", 1)[1].max(initial=0))

    def top(self, request: Request, where: Where) -> tuple[Rows, Scores]:
        """See `Lexical`."""
        return self._search((*request.words, *request.further), where.text, request.depth)

    def scores(self, request: Request, rows: Rows) -> Scores:
        """See `Lexical`."""
        found = self._search((*request.words, *request.further), f"id in {rows.tolist()}", len(rows))
        return placed(rows, *found)

    def _search(self, terms: Iterable[QueryTerm], where: str, limit: int) -> tuple[Rows, Scores]:
        weights = {column: weight for column, weight in self._weights(terms) if column >= 0}
        if not weights:
            return NO_ROWS, NO_SCORES
        return nearest(self.server, self.collection, "lexical", weights, where, limit)

    def _weights(self, terms: Iterable[QueryTerm]) -> Iterator[tuple[int, float]]:
        fields = self.columns.fields
        total: dict[tuple[str, str], float] = {}
        for term in terms:
            total[term[:2]] = total.get(term[:2], 0) + term.weight * getattr(fields, term.field).weight
        return zip(self._columns(list(total)), total.values(), strict=True)

    def _columns(self, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return the number of the column of each (field, term), -1 where there is none."""
        hashes, keys = self.columns.hashes, np.array([term_hash(*term) for term in terms], np.uint64)
        at = np.searchsorted(hashes, keys)
        return [int(n) if n < len(hashes) and hashes[n] == key else -1 for n, key in zip(at, keys, strict=True)]


@dataclass(frozen=True)
class InMemory:
    """We add up, from a whole lexical index: for servers from before sparse vectors."""

    index: LexicalIndex

    def matching(self, request: Request, where: Where) -> Matching:
        """See `Lexical`."""
        matched = self.index.having(request.words)
        for name in request.names:
            parts = np.concatenate([self.index.column("p", part)[0] for part in name])
            matched |= np.bincount(parts, minlength=len(self.index)) == len(name)
        return Matching(np.flatnonzero(_masked(matched, where)), exact=True)

    def best(self, request: Request) -> float:
        """See `Lexical`."""
        return float(self._all(request).max(initial=0))

    def top(self, request: Request, where: Where) -> tuple[Rows, Scores]:
        """See `Lexical`."""
        scores = _masked(self._all(request), where)
        rows = np.argsort(-scores, kind="stable")[: request.depth]
        rows = rows[scores[rows] > 0]
        return rows, scores[rows]

    def scores(self, request: Request, rows: Rows) -> Scores:
        """See `Lexical`."""
        return self._all(request)[rows]

    def _all(self, request: Request) -> Scores:
        return self.index.scores((*request.words, *request.further))


def nearest(server: Server, collection: str, field: str, vector: object, where: str, limit: int) -> tuple[Rows, Scores]:
    """Return the `limit` rows with the highest inner products, of those for which `where` is true."""
    limit = min(limit, LIMIT)
    # "ef", how far to look around, only means something for a graph of neighbours.
    how = {"metric_type": "IP", "params": {"ef": max(2 * limit, 512)}}
    options: dict[str, Any] = {"anns_field": field, "filter": where, "limit": limit, "search_params": how}
    found = server.call("search", collection, [vector], **options)[0]
    return np.array(found.ids, np.int64), np.array(found.distances, np.float32)


def placed(rows: Rows, found: Rows, scores: Scores) -> Scores:
    """Return the scores of `rows`, which are ascending, from those that were found; 0 for the others."""
    values = np.zeros(len(rows), np.float32)
    values[np.searchsorted(rows, found)] = scores
    return values


def _masked(values: NDArray[Any], where: Where) -> NDArray[Any]:
    return values if where.mask is None else values * where.mask
