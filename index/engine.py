"""The port to what holds and searches published snapshots: the embedded engine, or a server for many machines.

    Engine    where snapshots are published: which one is in use, open it, publish another
    Reader    one published snapshot, open: search it, fetch from it; it never changes

What is Dutch stays on this side: a `Request` holds analysed terms and a vector, and the BM25 scores that an engine
adds up are those of `index.lexical`. So an engine only stores, filters, adds up and counts. An engine is one module in
`index/engines/` with a function `connect(address, kb) -> Engine`, and its name in `ENGINES`; `tests/engines.py` runs
one contract suite over all.

Passages go by their row in the snapshot (0 to n - 1), records (items, or documents outside their items) by a number
that all passages of a record share; both mean something within one snapshot only.

Every call raises EngineError within some two seconds when the engine cannot be reached or gives up, and works again
once the engine is back: an engine connects anew by itself. All calls may come from several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.document import Document
from corpus.errors import UsageError
from index.forward import Found
from index.records import Entry, PassageRecord
from index.results import Filters
from index.terms import QueryTerm

if TYPE_CHECKING:
    from index.snapshot import Manifest, Snapshot

ENGINES = ("embedded", "milvus")
SAMPLE = 512
"""Of so many passages, or more, the vectors tell what a collection at large is about; see `Reader.sample`."""

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Request:
    """An analysed search.

    The lexical score of a passage is the sum over `words` and `further` of the term's weight x the weight of its
    field x the BM25 score of the term in the passage. A passage matches when it passes the filters and

    - has any of `words`, or all parts (terms in field "p") of one of `names`, or
    - is a candidate with a similarity to `vector` of `near` or more, or
    - is a candidate with `alike` times the best lexical score or more; best of all passages, filtered out or not.

    Candidates are the `depth` passages with the highest lexical score and the `depth` nearest to `vector`, of those
    that pass the filters; in a large collection an engine may look for the first without the query's most common terms,
    which then still count in the score. Without `vector` everything that passes the filters matches, and is ranked by
    year, the newest first, then by row.

    `vector` is float32 (d), unit length; `weight` is how much similarity counts beside the lexical score. No passage of
    the document `without` passes the filters. With `newest`, only what scores at least half as well as the best
    matches, and what came into the collection last is ranked first.
    """

    words: tuple[QueryTerm, ...] = ()
    further: tuple[QueryTerm, ...] = ()
    names: tuple[frozenset[str], ...] = ()
    vector: Scores | None = None
    near: float = 1.0
    alike: float = 0.0
    weight: float = 1.0
    filters: Filters = field(default_factory=Filters)
    depth: int = 200
    without: str | None = None
    newest: bool = False


@dataclass(frozen=True)
class Ranking:
    """What matches a request.

    `rows` (int64, n) are the candidates that match, best first, `records` (int32, n) their records, and `fused`,
    `lexical` and `semantic` (float32, n) their scores. Lexical scores and similarities (none below 0) are divided by
    the best one among these candidates; `fused` is (lexical + weight x semantic) / (1 + weight). Of equal scores the
    lower row comes first. Without a vector all scores are 0.

    `total` counts the records that match, `facets` maps each filter field and "year" to (value, count) pairs over
    these records: the highest count first, equal ones by value; years from new to old. If not `exact`, the engine
    stopped counting at a limit and they are lower bounds. Of the whole collection, unfiltered, they are always exact.
    """

    rows: Rows
    records: NDArray[np.int32]
    fused: Scores
    lexical: Scores
    semantic: Scores
    total: int
    facets: Mapping[str, Counts]
    exact: bool = True


class Stored(NamedTuple):
    """A passage, the day on which its document came into the collection, and what it has of the stems asked for."""

    record: PassageRecord
    added: date
    found: Found


class Reader(Protocol):
    """One published snapshot, open. It goes on showing the same after others are published.

    An engine that removes old snapshots keeps at least `index.publishing.KEPT_SNAPSHOTS`.
    """

    @property
    def manifest(self) -> Manifest:
        """What the snapshot was made from and how much is in it."""

    @property
    def sample(self) -> Scores:
        """The vectors (float32, at most 1023 x d) of every nth passage: what the collection at large is about.

        The step is max(1, passages // SAMPLE).
        """

    def search(self, request: Request) -> Ranking:
        """Rank and count what matches; see `Request` for when a passage does."""

    def rows(self, passage_ids: Sequence[str]) -> dict[str, int]:
        """Return the row of each passage, those that are not there left out."""

    def passages(self, rows: Sequence[int], stems: Set[str] = frozenset()) -> list[Stored]:
        """Return the passages in these rows, in the same order, with the tokens that have any of `stems`.

        An engine that keeps no words with their places reads the texts again: `index.forward.reread`.
        """

    def vectors(self, rows: Sequence[int]) -> Scores:
        """Return the vectors (float32, n x d) of the passages in these rows, in the same order."""

    def frequencies(self, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return how many passages have each (field, term).

        The field is that of a `QueryTerm`, or "word" for a folded word in exactly this form.
        """

    def entries(self) -> Sequence[Entry]:
        """Return every record, in the order of its first passage."""

    def document(self, document_id: str) -> Document | None:
        """Return a document, or None."""

    def documents(self, limit: int, offset: int = 0) -> list[Document]:
        """Return at most `limit` documents from `offset` on, in the order of their ids."""

    def related(self, document_id: str) -> list[Document]:
        """Return the documents that this one names as related, then those that name it; see `index.related`."""


class Engine(Protocol):
    """Where snapshots are published, one of them in use."""

    def current_id(self) -> str:
        """Return the id of the snapshot in use.

        A server asks before every request: an engine for which that is slow remembers it for a second.

        Raises:
            SnapshotError: nothing has been published.
            EngineError: the engine cannot be reached.
        """

    def manifest(self) -> Manifest:
        """Return the manifest of the snapshot in use, without opening it.

        Raises:
            SnapshotError: nothing has been published, or what is may not be used.
            EngineError: the engine cannot be reached.
        """

    def open(self) -> Reader:
        """Open the snapshot in use.

        Raises:
            SnapshotError: nothing has been published, or what is may not be used: it is damaged, or was made by
                another version of the analyser.
            EngineError: the engine cannot be reached.
        """

    def publish(self, snapshot: Snapshot) -> None:
        """Take a snapshot in use: from one moment on, whoever opens gets all of it, and before nothing of it.

        Nothing happens when it is the one in use. Whatever breaks it off, the one in use stays so, and publishing
        again works.

        Args:
            snapshot: built on this machine, and open; the write lock of its knowledge base is held by the caller.

        Raises:
            SnapshotError: it may not be used.
            EngineError: the engine cannot be reached, or refuses it.
            StoreError: the disk is full.
        """


def make_engine(spec: str | None, kb: Path) -> Engine:
    """Return the engine that `spec` names: None for the embedded one, else NAME://ADDRESS. Nothing is connected yet.

    Raises:
        UsageError: there is no such engine, or it needs a package that is not installed.
    """
    name, _, address = (spec or "embedded://").partition("://")
    if name not in ENGINES:
        raise UsageError(f"{spec}: is no engine; leave it out for the embedded one, or give milvus://HOST:PORT")
    engine: Engine = import_module(f"index.engines.{name}").connect(address, kb)
    return engine
