"""The engine over a Milvus server: snapshots for any number of machines that answer questions.

    <name>_<snapshot id>          passages: text, filters, vectors and lexical scores
    <name>_<snapshot id>_files    what a reader fetches when it opens, and the texts of documents
    <name>                        an alias of the passages in use; with Milvus Lite, which has none, a list

A snapshot is written in full before the alias moves to it, in one step. Two machines must not publish under one name
at the same time.
"""

from __future__ import annotations

import re
import time
from importlib.util import find_spec
from pathlib import Path

from corpus.errors import EngineError, SnapshotError, UsageError
from index.engines.milvus_reader import MilvusReader, Place, manifest_of
from index.engines.milvus_server import WRITE_SECONDS, Fields, Refused, Server
from index.engines.milvus_writer import write
from index.publishing import KEPT_SNAPSHOTS
from index.snapshot import Manifest, Snapshot

_ADDRESS = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})(?:/([a-z][a-z0-9_]{0,62}))?")
_DEFAULT_NAME = "samenwijzer"
_REMEMBERED_SECONDS = 1.0
_NOT_FOUND = (100, 1600)  # a collection, an alias
_LIST: Fields = [
    ("id", "INT64", {"is_primary": True}),
    ("snapshot", "VARCHAR", {"max_length": 32}),
    ("nothing", "FLOAT_VECTOR", {"dim": 2}),
]


def connect(address: str, kb: Path) -> Milvus:
    """Return the engine at HOST:PORT or HOST:PORT/NAME; several collections can be on one server by their names.

    Raises:
        UsageError: that is no address, or pymilvus is not installed.
    """
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise UsageError(f"milvus://{address}: is no address; give milvus://HOST:PORT or milvus://HOST:PORT/NAME")
    if not find_spec("pymilvus"):
        raise UsageError("Milvus needs the package pymilvus: install samenwijzer[milvus]")
    return Milvus(Server(f"{found[1]}:{found[2]}"), found[3] or _DEFAULT_NAME)


class Milvus:
    """The `Engine` on a server."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name
        self._known: tuple[float, str] = (0.0, "")

    def current_id(self) -> str:
        """Ask where the alias points, at most once a second."""
        until, known = self._known
        if time.monotonic() < until:
            return known
        found = self._current()
        if found is None:
            raise SnapshotError(
                f"{self}: nothing has been published here; publish with `samenwijzer --engine {self} index`"
            )
        self._known = time.monotonic() + _REMEMBERED_SECONDS, found
        return found

    def manifest(self) -> Manifest:
        """Fetch the manifest of the snapshot in use."""
        current = self.current_id()
        found = manifest_of(self._server, self._place(current).files)
        if found is None:
            raise SnapshotError(f"{self}: snapshot {current} is not complete; publish it again")
        return found

    def open(self) -> MilvusReader:
        """Open the snapshot in use."""
        return MilvusReader(self._server, self._place(self.current_id()))

    def publish(self, snapshot: Snapshot) -> None:
        """Write what is not there yet, then move the alias; remove what was broken off, and the oldest."""
        wanted, current = snapshot.manifest.id, self._current()
        sound = self._is_sound(wanted)
        if sound and wanted == current:
            return
        complete = self._sweep(current)
        if not sound:
            self._drop(wanted)
            write(self._server, self._place(wanted), snapshot)
        self._switch(wanted)
        self._known = (0.0, "")
        others = sorted((made, id) for id, made in complete.items() if id != wanted)
        for _, id in others[: max(0, len(others) - KEPT_SNAPSHOTS + 1)]:
            self._drop(id)

    def _place(self, snapshot_id: str) -> Place:
        passages = f"{self._name}_{snapshot_id}"
        return Place(passages, f"{passages}_files")

    def _sweep(self, kept: str | None) -> dict[str, str]:
        """Remove what was broken off, but for `kept`; return when the other snapshots were made, by their ids."""
        found = {}
        for id in self._ids():
            made = self._made(id)
            if made is not None or id == kept:
                found[id] = made or ""
            else:
                self._drop(id)
        return found

    def _ids(self) -> set[str]:
        names = self._server.call("list_collections", timeout=WRITE_SECONDS)
        pattern = re.compile(rf"{self._name}_([0-9a-f]{{12}})(?:_files)?")
        return {found[1] for name in names if (found := pattern.fullmatch(name))}

    def _made(self, snapshot_id: str) -> str | None:
        """Return when a snapshot was made, None if it is not there in full."""
        place = self._place(snapshot_id)
        try:
            for collection in place:
                self._server.call("load_collection", collection, timeout=WRITE_SECONDS)
            manifest = manifest_of(self._server, place.files)
        except SnapshotError as exc:
            _raise_if_lost(exc)
            return None
        return manifest.created_at if manifest else None

    def _is_sound(self, snapshot_id: str) -> bool:
        """Tell whether a snapshot can be opened and has all passages."""
        place = self._place(snapshot_id)
        try:
            expected = MilvusReader(self._server, place).manifest.passages
            return self._server.count(place.passages) == expected
        except SnapshotError as exc:
            _raise_if_lost(exc)
            return False

    def _drop(self, snapshot_id: str) -> None:
        for collection in self._place(snapshot_id):
            self._server.call("drop_collection", collection, timeout=WRITE_SECONDS)

    def _current(self) -> str | None:
        """Return the id of the snapshot in use, None if nothing has been published."""
        try:
            if self._server.has_aliases:
                return str(self._server.call("describe_alias", self._name)["collection_name"]).rpartition("_")[2]
            listed = self._server.query(self._name, "id >= 0", ["id", "snapshot"])
        except Refused as exc:
            if exc.code in _NOT_FOUND:
                return None
            raise
        return max(listed, key=lambda row: int(row["id"]))["snapshot"] if listed else None

    def _switch(self, wanted: str) -> None:
        if not self._server.has_aliases:
            self._append(wanted)
            return
        arguments = (self._place(wanted).passages, self._name)
        try:
            self._server.call("alter_alias", *arguments, timeout=WRITE_SECONDS)
        except Refused as exc:
            if exc.code not in _NOT_FOUND:
                raise
            self._server.call("create_alias", *arguments, timeout=WRITE_SECONDS)

    def _append(self, wanted: str) -> None:
        """Add a row to the list; before it is there the former one counts, and after it this one."""
        if not self._server.call("has_collection", self._name):
            self._server.create(self._name, _LIST)
            self._server.load(self._name, {"nothing": "FLAT"})
        number = max((int(row["id"]) for row in self._server.query(self._name, "id >= 0", ["id"])), default=0) + 1
        row = {"id": number, "snapshot": wanted, "nothing": [0.0, 1.0]}
        self._server.call("insert", self._name, [row], timeout=WRITE_SECONDS)
        self._server.call("delete", self._name, filter=f"id < {number}", timeout=WRITE_SECONDS)

    def __str__(self) -> str:
        return f"milvus://{self._server.address}/{self._name}"


def _raise_if_lost(exc: SnapshotError) -> None:
    """Raise it again if nobody was there: that tells nothing about what is."""
    if isinstance(exc, EngineError) and not isinstance(exc, Refused):
        raise exc
