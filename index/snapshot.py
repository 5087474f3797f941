"""Snapshots: immutable folders that hold everything a search needs. How to find, open and check them.

    <kb>/snapshots/<id>/   manifest.json, passages, documents, lexical/, vectors/, facets/
    <kb>/CURRENT           the id of the one in use

`index.building` makes them, `index.publishing` takes them in use and removes old ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError
from index.arrays import place_of
from index.checksums import MANIFEST, ensure, verify
from index.dutch import ANALYSER_VERSION
from index.facets import Facets
from index.lexical import LexicalIndex
from index.records import Entry, Lines, PassageRecord, parse
from index.vectors import VectorIndex

FORMAT = 8
_ID = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True)
class Manifest:
    """What a snapshot was made from and what is in it; `files` maps each file to its SHA-256."""

    id: str
    format: int
    created_at: str
    corpus_hash: str
    analyser: str
    model_spec: str
    model: str
    model_revision: str
    dimension: int
    documents: int
    items: int
    passages: int
    files: dict[str, str]


def snapshots_folder(kb: Path) -> Path:
    """Return the folder of a knowledge base's snapshots."""
    return kb / "snapshots"


def current_id(kb: Path) -> str:
    """Return the id of the snapshot in use.

    Raises:
        SnapshotError: nothing has been published yet, or what says so is damaged.
    """
    try:
        found = (kb / "CURRENT").read_text("ascii", errors="replace").strip()
    except OSError as exc:
        if (kb / "corpus.sqlite").is_file():
            raise SnapshotError(f"{kb}: there is no index here; make one with `samenwijzer doctor --fix`") from exc
        raise SnapshotError(f"{kb}: there is no index here; make one with `samenwijzer ingest SOURCE`") from exc
    if not _ID.fullmatch(found):
        raise SnapshotError(f"{kb / 'CURRENT'}: is damaged; run `samenwijzer doctor --fix`")
    return found


def history(kb: Path) -> list[Manifest]:
    """Return the manifests of the snapshots that are kept and can be read, the newest first."""
    found = []
    for folder in snapshots_folder(kb).glob("[0-9a-f]*"):
        try:
            manifest = read_manifest(folder)
            found.append((manifest.created_at, folder.stat().st_mtime_ns, manifest))
        except (OSError, SnapshotError):
            continue
    return [manifest for _, _, manifest in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def last_model(kb: Path) -> str | None:
    """Return the model of the snapshot in use, or if it cannot be read, of the newest that can; None if none can."""
    try:
        return read_manifest(snapshots_folder(kb) / current_id(kb)).model_spec
    except SnapshotError:
        return next((manifest.model_spec for manifest in history(kb)), None)


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest.

    Raises:
        SnapshotError: missing, damaged, or of another format.
    """
    try:
        fields = json.loads((folder / MANIFEST).read_text("utf-8"))
        seal = fields.pop("seal", None)
        if fields.get("format") != FORMAT:
            raise SnapshotError(
                f"{folder}: index format {fields.get('format')} is not {FORMAT}; run `samenwijzer index`"
            )
        if seal != _seal(fields):
            raise ValueError("manifest.json is not what was written")
        return Manifest(**fields)
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise SnapshotError(f"{folder}: the index is damaged ({exc}); run `samenwijzer doctor --fix`") from exc


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a snapshot's manifest, with a seal over it.

    Raises:
        OSError: the disk is full.
    """
    fields = asdict(manifest)
    text = json.dumps(fields | {"seal": _seal(fields)}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def _seal(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


class Snapshot:
    """An open snapshot; it stays readable after a newer one is published.

    `document_rows` (int32) gives the row of each passage's document.

    Raises:
        SnapshotError: not there, damaged, or made by another version of the analyser.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        if self.manifest.analyser != ANALYSER_VERSION:
            raise SnapshotError(f"{folder}: made by another version of the Dutch analyser; run `samenwijzer index`")
        ensure(folder, self.manifest.files)
        try:
            self._open()
        except (OSError, ValueError, EOFError) as exc:
            raise SnapshotError(f"{folder}: cannot be read ({exc}); run `samenwijzer doctor --fix`") from exc

    def _open(self) -> None:
        folder = self.folder
        self.lexical = LexicalIndex.open(folder / "lexical")
        self.vectors = VectorIndex.open(folder / "vectors")
        self.facets = Facets.open(folder / "facets")
        self.documents = Lines(folder, "documents")
        self._passages = Lines(folder, "passages")
        self.document_rows: NDArray[np.int32] = np.load(folder / "document_rows.npy", allow_pickle=False)
        self._entries = Lines(folder, "entries")
        self._passage_ids: NDArray[np.bytes_] = np.load(folder / "passage_ids.npy", allow_pickle=False)
        self._passage_rows: NDArray[np.int32] = np.load(folder / "passage_rows.npy", allow_pickle=False)
        self._document_ids: NDArray[np.bytes_] = np.load(folder / "document_ids.npy", allow_pickle=False)

    def __len__(self) -> int:
        return len(self._passages)

    def record(self, row: int) -> PassageRecord:
        """Return the passage in this row."""
        return parse(self._passages[row])

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every record, in the order of its first passage."""
        return tuple(Entry(*json.loads(self._entries[row])) for row in range(len(self._entries)))

    @cached_property
    def related(self) -> dict[str, list[int]]:
        """The rows of the documents that belong with each document, by its id; see `index.related`."""
        found: dict[str, list[int]] = json.loads((self.folder / "related.json").read_bytes())
        return found

    def passage_row(self, passage_id: str) -> int | None:
        """Return the row of a passage, or None."""
        at = place_of(self._passage_ids, passage_id)
        return None if at is None else int(self._passage_rows[at])

    def document_row(self, document_id: str) -> int | None:
        """Return the row of a document, or None. Documents are in the order of their ids."""
        return place_of(self._document_ids, document_id)


def open_current(kb: Path) -> Snapshot:
    """Open the snapshot in use.

    Raises:
        SnapshotError: none has been published, or it may not be used.
    """
    return Snapshot(snapshots_folder(kb) / current_id(kb))


def check(kb: Path) -> None:
    """Read every file of the snapshot in use and compare it with its checksum.

    Opening a snapshot only does so when a file may have changed since the last time.

    Raises:
        SnapshotError: there is none, or a file is missing or damaged.
    """
    folder = snapshots_folder(kb) / current_id(kb)
    verify(folder, read_manifest(folder).files)
