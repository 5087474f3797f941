"""Snapshots: immutable folders that hold everything a search needs, published by one atomic rename.

    <kb>/snapshots/<id>/   manifest.json, passages, documents, lexical/, vectors/, facets/
    <kb>/CURRENT           the id of the one in use

A snapshot is built in a hidden folder beside the others, synced to disk, renamed, and only then named in `CURRENT`.
A build that is killed leaves a hidden folder that the next build sweeps away. The id follows from the content, the
model and the analyser: the same corpus gives the same id on every machine.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.document import content_id
from corpus.errors import SnapshotError, StoreError
from corpus.folder import sync
from corpus.store import Corpus
from index.checksums import MANIFEST, State, checksums, ensure, settled, stamp, verify
from index.contents import Known, Progress, write
from index.dutch import ANALYSER_VERSION
from index.embedder import Embedder, make_embedder
from index.facets import Facets
from index.lexical import LexicalIndex
from index.records import Entry, Lines, PassageRecord, parse
from index.vectors import VectorIndex

FORMAT = 8
KEPT_SNAPSHOTS = 3
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


def publish(kb: Path, snapshot_id: str) -> None:
    """Take this snapshot in use, after it has been opened in full.

    Args:
        kb: its write lock is held by the caller.
        snapshot_id: one that is kept.

    Raises:
        SnapshotError: it is not there, damaged, or made by another version.
        StoreError: the folder cannot be written.
    """
    Snapshot(snapshots_folder(kb) / snapshot_id)
    try:
        _publish(kb, snapshot_id)
    except OSError as exc:
        raise StoreError(f"{kb}: cannot be written ({exc}); free space or check permissions") from exc


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
        at = _place(self._passage_ids, passage_id)
        return None if at is None else int(self._passage_rows[at])

    def document_row(self, document_id: str) -> int | None:
        """Return the row of a document, or None. Documents are in the order of their ids."""
        return _place(self._document_ids, document_id)


def _place(ids: NDArray[np.bytes_], wanted: str) -> int | None:
    """Return where an id is among sorted ones, or None."""
    key = np.bytes_(wanted.encode("ascii", "replace"))
    at = int(np.searchsorted(ids, key))
    return at if at < len(ids) and ids[at] == key else None


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


def build(corpus: Corpus, model_spec: str = "default", *, progress: Progress = lambda stage, done, total: None) -> str:
    """Make a snapshot of the corpus, publish it and return its id; a no-op if it is the one in use.

    Vectors and words are reused from the snapshot in use wherever the text is the same.

    Args:
        corpus: its write lock is held by the caller.
        model_spec: what `index.embedder.make_embedder` takes.
        progress: called with (stage, passages done, passages to do).

    Raises:
        EmbedderError: the model cannot be loaded.
        StoreError: the corpus is damaged, the folder cannot be written or the disk is full; the snapshot in use is
            untouched.
    """
    corpus.refuse_damage()
    embedder = make_embedder(model_spec)
    corpus_hash = corpus.corpus_hash()
    model = (embedder.name, embedder.revision, str(embedder.dimension))
    snapshot_id = content_id(corpus_hash, *model, ANALYSER_VERSION, str(FORMAT))[:12]
    folder = snapshots_folder(corpus.kb)
    try:
        if _is_sound(folder / snapshot_id):
            _publish(corpus.kb, snapshot_id)
            return snapshot_id
        folder.mkdir(exist_ok=True)
        sweep(corpus.kb)
        draft = folder / f".building-{snapshot_id}"
        draft.mkdir()
        counts = write(corpus, embedder, draft, _known(corpus.kb, embedder), progress)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        head = (snapshot_id, FORMAT, created, corpus_hash, ANALYSER_VERSION, model_spec, *model[:2], embedder.dimension)
        names = sorted(str(path.relative_to(draft)) for path in draft.rglob("*") if path.is_file())
        states = settled(draft, names)
        _finish(draft, Manifest(*head, *counts, files=checksums(draft, names)), states)
        _try_out(draft)
        _drop(folder / snapshot_id)
        draft.rename(folder / snapshot_id)
        sync(folder)
        _publish(corpus.kb, snapshot_id)
        _prune(corpus.kb, snapshot_id)
    except OSError as exc:
        raise StoreError(f"{folder}: the index cannot be written ({exc}); free space or check permissions") from exc
    finally:
        sweep(corpus.kb)  # a draft that failed must not take the space that the next one needs
    return snapshot_id


def _try_out(draft: Path) -> None:
    """Open a draft as a reader would: what cannot be opened is never published."""
    try:
        Snapshot(draft)
    except SnapshotError as exc:
        raise StoreError(f"{draft}: the index was not written in full; free space and try again ({exc})") from exc


def _is_sound(folder: Path) -> bool:
    try:
        ensure(folder, read_manifest(folder).files)
    except SnapshotError:
        return False
    return True


def _known(kb: Path, embedder: Embedder) -> Known:
    """Return what can be reused of the snapshot in use."""
    try:
        folder = snapshots_folder(kb) / current_id(kb)
        return Known.of(folder, read_manifest(folder), embedder)
    except SnapshotError:
        return Known()


def _seal(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _finish(draft: Path, manifest: Manifest, states: State) -> None:
    """Write manifest and stamp, and force all to disk: after the rename a power cut may not leave half a file."""
    fields = asdict(manifest)
    text = json.dumps(fields | {"seal": _seal(fields)}, indent=1, ensure_ascii=False)
    (draft / MANIFEST).write_text(text + "\n", "utf-8")
    stamp(draft, states)
    for path in [*draft.rglob("*"), draft]:
        sync(path)


def _publish(kb: Path, snapshot_id: str) -> None:
    draft = kb / ".CURRENT"
    draft.write_text(snapshot_id + "\n", "ascii")
    sync(draft)
    draft.replace(kb / "CURRENT")
    sync(kb)


def sweep(kb: Path) -> list[str]:
    """Remove what a build that was broken off has left behind, and return the names of it.

    Args:
        kb: its write lock is held by the caller.
    """
    leftovers = sorted(snapshots_folder(kb).glob(".*-*"))
    for leftover in leftovers:
        shutil.rmtree(leftover, ignore_errors=True)
    return [leftover.name for leftover in leftovers]


def _drop(folder: Path) -> None:
    # Renamed first: a kill half-way must not leave half a snapshot under a name that counts.
    if folder.exists():
        dropped = folder.with_name(f".dropped-{folder.name}")
        folder.rename(dropped)
        shutil.rmtree(dropped, ignore_errors=True)


def _prune(kb: Path, current: str) -> None:
    """Keep the snapshot in use and the newest others, to go back to and for readers that still hold one."""
    kept = [manifest.id for manifest in history(kb) if manifest.id != current][: KEPT_SNAPSHOTS - 1]
    for folder in snapshots_folder(kb).iterdir():
        if folder.name not in (current, *kept):
            _drop(folder)
