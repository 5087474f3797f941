"""Making a snapshot of the corpus.

It is built in a hidden folder beside the others, synced to disk, renamed, and only then named in `CURRENT`. A build
that is killed leaves a hidden folder that the next build sweeps away. The id follows from the content, the model and
the analyser: the same corpus gives the same id on every machine.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from corpus.document import content_id
from corpus.errors import SnapshotError, StoreError
from corpus.folder import sync
from corpus.store import Corpus
from index.checksums import State, checksums, ensure, settled, stamp
from index.contents import Known, Progress, write
from index.dutch import ANALYSER_VERSION
from index.embedder import Embedder, make_embedder
from index.publishing import drop, prune, set_current, sweep
from index.snapshot import FORMAT, Manifest, Snapshot, current_id, read_manifest, snapshots_folder, write_manifest


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
            set_current(corpus.kb, snapshot_id)
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
        drop(folder / snapshot_id)
        draft.rename(folder / snapshot_id)
        sync(folder)
        set_current(corpus.kb, snapshot_id)
        prune(corpus.kb, snapshot_id)
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


def _finish(draft: Path, manifest: Manifest, states: State) -> None:
    """Write manifest and stamp, and force all to disk: after the rename a power cut may not leave half a file."""
    write_manifest(draft, manifest)
    stamp(draft, states)
    for path in [*draft.rglob("*"), draft]:
        sync(path)
