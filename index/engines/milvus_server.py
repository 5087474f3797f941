"""One Milvus server over the network: bounded calls in our own errors, what it can do, and files kept in pieces.

Tried with Milvus Lite 2.5 and Milvus 2.3; see docs/engines.md for what each of them can and cannot do.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from corpus.errors import EngineError

Fields = list[tuple[str, str, dict[str, Any]]]
"""Of a collection: the name, kind and options of each field."""

TOKEN = "SAMENWIJZER_MILVUS_TOKEN"
LIMIT = 16384
"""Milvus gives no more rows than this for one question."""
_READ_SECONDS = 1.0  # pymilvus tries again until this has passed, and may sleep 0.8 s before it gives up
_CONNECT_SECONDS = 0.5
WRITE_SECONDS = 30.0
_LOAD_SECONDS = 600.0  # a graph of many vectors is not made in less
_PAUSE_SECONDS = 1.0
PIECE = 49_149
"""So many bytes are 65,532 letters in base64: a text field holds 65,535."""
_TOGETHER = 16
_FIRST_WITH_SPARSE = (2, 4)
_UNREACHABLE = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
_CONNECT_FAILED = 2


class Refused(EngineError):
    """The server answered, and the answer was no; `code` is Milvus' own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Server:
    """A connection that is made at the first call, and anew after it was lost; may be shared between threads.

    After a call that found nobody there, the following second's calls fail at once: a server that is away should not
    hold up everybody for as long as a call may take.

    Args:
        address: HOST:PORT.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None
        self._lock = threading.Lock()
        self._away: tuple[float, str] = (0.0, "")

    def call(self, method: str, *args: Any, timeout: float = _READ_SECONDS, **options: Any) -> Any:  # noqa: ANN401
        """Call a method of pymilvus' client.

        Raises:
            EngineError: the server cannot be reached, does not answer in time, or refuses.
        """
        self._refuse_while_away()
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        try:
            return getattr(self._connected(), method)(*args, timeout=timeout, **options)
        except (MilvusException, RpcError, ValueError) as exc:  # a channel that was closed raises ValueError
            if _is_lost(exc):
                self._lost(str(exc))
                raise self._error(str(exc)) from exc
            code = getattr(exc, "code", 0)
            raise Refused(f"milvus://{self.address}: {_short(str(exc))}", code if isinstance(code, int) else 0) from exc

    def _refuse_while_away(self) -> None:
        until, reason = self._away
        if time.monotonic() < until:
            raise self._error(reason)

    def _connected(self) -> Any:  # noqa: ANN401 - pymilvus is imported only when it is used
        with self._lock:
            self._refuse_while_away()  # perhaps whoever had the lock has just found that nobody is there
            if self._client is None:
                from pymilvus import MilvusClient

                # It writes every error to the log itself, at length; ours tell what there is to tell.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                token = os.environ.get(TOKEN, "")
                self._client = MilvusClient(f"http://{self.address}", token=token, timeout=_CONNECT_SECONDS)
            return self._client

    def _lost(self, reason: str) -> None:
        self._away = time.monotonic() + _PAUSE_SECONDS, reason
        with self._lock:
            self._client = None

    def _error(self, reason: str) -> EngineError:
        return EngineError(f"milvus://{self.address}: gives no answer ({_short(reason)}); see whether it is up")

    @cached_property
    def version(self) -> tuple[int, int] | None:
        """Major and minor version; None for Milvus Lite, which does not tell.

        Raises:
            EngineError: the server cannot be reached.
        """
        try:
            found = re.search(r"(\d+)\.(\d+)", self.call("get_server_version"))
        except Refused as exc:
            if "UNIMPLEMENTED" in str(exc):
                return None
            raise
        return (int(found[1]), int(found[2])) if found else (0, 0)

    @property
    def has_aliases(self) -> bool:
        """Whether a collection can have a second name, that moves to another in one step."""
        return self.version is not None

    @property
    def has_sparse(self) -> bool:
        """Whether it can add up lexical scores itself."""
        return self.version is None or self.version >= _FIRST_WITH_SPARSE

    def query(
        self, collection: str, where: str, fields: list[str], timeout: float = _READ_SECONDS
    ) -> list[dict[str, Any]]:
        """Return the given fields of all rows, but at most `LIMIT`, for which `where` is true; in no order."""
        options: dict[str, Any] = {"limit": LIMIT} if where else {}
        found = self.call("query", collection, filter=where, output_fields=fields, timeout=timeout, **options)
        return list(found)

    def create(self, collection: str, fields: Fields) -> None:
        """Make a collection."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        for name, kind, options in fields:
            options = {key: DataType[value] if key == "element_type" else value for key, value in options.items()}
            schema.add_field(name, DataType[kind], **options)
        # "Bounded": what was written more than five seconds ago is seen by whoever asks, or they wait for it; so a
        # server that has just come back first reads what it had, and then answers.
        options = {"schema": schema, "consistency_level": "Bounded"}
        self.call("create_collection", collection, timeout=WRITE_SECONDS, **options)

    def load(self, collection: str, kinds: Mapping[str, str]) -> None:
        """Make the indexes (`kinds`, by field) and load the collection into memory."""
        from pymilvus import MilvusClient

        indexes = MilvusClient.prepare_index_params()
        for field, kind in kinds.items():
            parameters = {"M": 16, "efConstruction": 200} if kind == "HNSW" else {}
            indexes.add_index(field, index_type=kind, metric_type="IP", params=parameters)
        self.call("create_index", collection, indexes, timeout=WRITE_SECONDS, sync=False)
        self.call("load_collection", collection, timeout=_LOAD_SECONDS)

    def count(self, collection: str) -> int:
        """Return how many rows whoever asks sees in a collection."""
        return int(self.query(collection, "", ["count(*)"], timeout=WRITE_SECONDS)[0]["count(*)"])

    def wait_for(self, collection: str, expected: int) -> None:
        """Wait until whoever asks sees so many rows in a collection.

        Raises:
            EngineError: there are not so many.
        """
        end = time.monotonic() + WRITE_SECONDS
        while True:
            found = self.count(collection)
            if found == expected:
                return
            if found > expected or time.monotonic() > end:
                raise EngineError(
                    f"milvus://{self.address}: {collection} has {found} rows, not {expected}; publish again"
                )
            time.sleep(0.2)

    def read(self, collection: str, name: str, start: int = 0, end: int | None = None) -> bytes:
        """Return a file, or the bytes from `start` to `end` of it, from a collection of pieces; empty if not there."""
        first, skip = divmod(start, PIECE)
        last = None if end is None else -(-end // PIECE)
        data = b"".join(self._pieces(collection, name, first, last))
        return data[skip : None if end is None else end - first * PIECE]

    def _pieces(self, collection: str, name: str, first: int, last: int | None) -> Iterator[bytes]:
        while last is None or first < last:
            until = first + _TOGETHER if last is None else min(first + _TOGETHER, last)
            where = f'name == "{name}" and part >= {first} and part < {until}'
            found = self.query(collection, where, ["part", "data"])
            for row in sorted(found, key=lambda row: int(row["part"])):
                yield base64.b64decode(row["data"])
            if len(found) < until - first:
                return
            first = until


def pieces(name: str, data: bytes) -> list[dict[str, Any]]:
    """Cut a file into rows that `Server.read` puts together."""
    cuts = range(0, max(len(data), 1), PIECE)
    return [
        {"name": name, "part": part, "data": base64.b64encode(data[start : start + PIECE]).decode()}
        for part, start in enumerate(cuts)
    ]


def long_body(row: int) -> str:
    """Return the name of the file that has a passage that is too long for its field."""
    return f"body/{row}"


def _short(reason: str) -> str:
    return " ".join(reason.split())[:300]


def _is_lost(exc: Exception) -> bool:
    """Tell whether nobody answered; an answer that says no is another matter."""
    if isinstance(exc, ValueError) or getattr(exc, "code", None) == _CONNECT_FAILED:
        return True
    return any(name in str(exc) for name in _UNREACHABLE)
