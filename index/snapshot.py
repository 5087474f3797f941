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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.document import content_id, to_json
from corpus.errors import SnapshotError, StoreError
from corpus.folder import sync
from corpus.store import Corpus
from index import lexical
from index.dutch import ANALYSER_VERSION
from index.embedder import Embedder, make_embedder
from index.facets import FacetRow, Facets, facet_values
from index.records import Entry, Lines, PassageRecord, dump, entries, parse, passage_record, write_lines
from index.vectors import VectorIndex

FORMAT = 4
KEPT_SNAPSHOTS = 3
_BATCH = 256
_ID = re.compile("[0-9a-f]{12}")

Progress = Callable[[str, int, int], None]


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
        fields = json.loads((folder / "manifest.json").read_text("utf-8"))
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


def verify(folder: Path, manifest: Manifest) -> None:
    """Check every file of a snapshot against the manifest.

    Raises:
        SnapshotError: a file is missing or is not what was written; FAISS itself would read it without a word.
    """
    for name, expected in manifest.files.items():
        try:
            actual = _sha256(folder / name)
        except OSError as exc:
            raise SnapshotError(f"{folder / name}: is missing; run `samenwijzer doctor --fix`") from exc
        if actual != expected:
            raise SnapshotError(f"{folder / name}: is damaged (checksum); run `samenwijzer doctor --fix`")


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
        verify(folder, self.manifest)
        try:
            self._open()
        except (OSError, ValueError, EOFError) as exc:
            raise SnapshotError(f"{folder}: cannot be read ({exc}); run `samenwijzer doctor --fix`") from exc

    def _open(self) -> None:
        folder = self.folder
        self.lexical = lexical.LexicalIndex.open(folder / "lexical")
        self.vectors = VectorIndex.open(folder / "vectors")
        self.facets = Facets.open(folder / "facets")
        self.documents = Lines(folder, "documents")
        self._passages = Lines(folder, "passages")
        self.document_rows: NDArray[np.int32] = np.load(folder / "document_rows.npy", allow_pickle=False)
        self._entries = Lines(folder, "entries")
        self._passage_ids: NDArray[np.bytes_] = np.load(folder / "passage_ids.npy", allow_pickle=False)
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

    def passage_row(self, passage_id: str) -> int | None:
        """Return the row of a passage, or None."""
        found = np.flatnonzero(self._passage_ids == passage_id.encode("ascii", "replace"))
        return int(found[0]) if len(found) else None

    def document_row(self, document_id: str) -> int | None:
        """Return the row of a document, or None. Documents are in the order of their ids."""
        key = np.bytes_(document_id.encode("ascii", "replace"))
        at = int(np.searchsorted(self._document_ids, key))
        return at if at < len(self._document_ids) and self._document_ids[at] == key else None


def open_current(kb: Path) -> Snapshot:
    """Open the snapshot in use.

    Raises:
        SnapshotError: none has been published, or it may not be used.
    """
    return Snapshot(snapshots_folder(kb) / current_id(kb))


def build(corpus: Corpus, model_spec: str = "default", *, progress: Progress = lambda stage, done, total: None) -> str:
    """Make a snapshot of the corpus, publish it and return its id; a no-op if it is the one in use.

    Vectors are reused from the snapshot in use wherever the embedded text is the same.

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
        counts = _write(corpus, embedder, draft, _reusable(corpus.kb, embedder), progress)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        head = (snapshot_id, FORMAT, created, corpus_hash, ANALYSER_VERSION, model_spec, *model[:2], embedder.dimension)
        _finish(draft, Manifest(*head, *counts, files=_checksums(draft)))
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
        verify(folder, read_manifest(folder))
    except SnapshotError:
        return False
    return True


def _write(
    corpus: Corpus, embedder: Embedder, draft: Path, known: dict[int, NDArray[np.float16]], progress: Progress
) -> tuple[int, int, int]:
    """Write all parts; return the numbers of documents, items and passages."""
    records: list[PassageRecord] = []
    facets = []
    document_ids: list[str] = []
    items = 0
    families, first_seen = corpus.families(), corpus.first_seen()

    def documents() -> Iterator[str]:
        nonlocal items
        for row, document in enumerate(corpus.documents()):
            document_ids.append(document.id)
            items += len(document.items)
            for passage in document.passages:
                item = document.item(passage.item_id)
                records.append(passage_record(document, row, passage, item, families.get(passage.id)))
                key = passage.item_id or document.id
                values = facet_values(document, item)
                facets.append(FacetRow(document.year, first_seen[document.id], key, values))
            yield to_json(document)

    write_lines(draft, "documents", documents())
    write_lines(draft, "passages", map(dump, records))
    write_lines(draft, "entries", (json.dumps(entry, ensure_ascii=False) for entry in entries(records)))
    np.save(draft / "document_rows.npy", np.array([r.document_row for r in records], np.int32), allow_pickle=False)
    np.save(draft / "document_ids.npy", np.array(document_ids, "S16"), allow_pickle=False)
    np.save(draft / "passage_ids.npy", np.array([r.passage_id for r in records], "S16"), allow_pickle=False)
    Facets.build(facets).save(draft / "facets")
    progress("index", 0, len(records))
    lexical.build([r.text for r in records], [r.context for r in records]).save(draft / "lexical")
    inputs = [embedding_input(r) for r in records]
    VectorIndex.build(_embed(inputs, embedder, known, progress)).save(draft / "vectors")
    np.save(draft / "vector_keys.npy", np.array([_key(text) for text in inputs], np.uint64), allow_pickle=False)
    return len(document_ids), items, len(records)


def embedding_input(record: PassageRecord) -> str:
    """Return the text that is embedded for a passage: its own, below the title of its document."""
    return f"{record.title}\n{record.text}" if record.title else record.text


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _embed(
    inputs: list[str], embedder: Embedder, known: dict[int, NDArray[np.float16]], progress: Progress
) -> NDArray[np.float32]:
    """Return the vectors (float32, n × dimension) of all inputs, embedding only those that are not `known`."""
    vectors = np.zeros((len(inputs), embedder.dimension), np.float32)
    fresh = []
    for row, text in enumerate(inputs):
        vector = known.get(_key(text))
        if vector is None:
            fresh.append(row)
        else:
            vectors[row] = vector
    for start in range(0, len(fresh), _BATCH):
        progress("embed", start, len(fresh))
        rows = fresh[start : start + _BATCH]
        vectors[rows] = embedder.encode_document([inputs[row] for row in rows])
    progress("embed", len(fresh), len(fresh))
    return vectors


def _reusable(kb: Path, embedder: Embedder) -> dict[int, NDArray[np.float16]]:
    """Return the vectors of the snapshot in use by the hash of what was embedded; none if it had another model."""
    try:
        folder = snapshots_folder(kb) / current_id(kb)
        manifest = read_manifest(folder)
        if (manifest.model, manifest.model_revision) != (embedder.name, embedder.revision):
            return {}
        verify(folder, manifest)
        keys = np.load(folder / "vector_keys.npy", allow_pickle=False)
        return dict(zip(keys.tolist(), VectorIndex.open(folder / "vectors").vectors, strict=True))
    except SnapshotError:
        return {}


def _checksums(draft: Path) -> dict[str, str]:
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    return {str(path.relative_to(draft)): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _finish(draft: Path, manifest: Manifest) -> None:
    """Write the manifest and force everything to disk: after the rename a power cut may not leave half a file."""
    fields = asdict(manifest)
    text = json.dumps(fields | {"seal": _seal(fields)}, indent=1, ensure_ascii=False)
    (draft / "manifest.json").write_text(text + "\n", "utf-8")
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
