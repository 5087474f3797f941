"""A backup: one tar file with the corpus, the index in use, what was fetched, and the checksum of each file.

Its first member, `backup.json`, names all others. On the way back nothing is believed: only files that are named there,
with names of a knowledge base, of the size and with the checksum that stand there; and the corpus is checked before it
takes the place of anything.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import re
import shutil
import tarfile
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from corpus.errors import SnapshotError, StoreError, UsageError
from corpus.folder import contents, replace_contents, restoring_draft, sync, write_lock
from corpus.store import Corpus
from index.checksums import verify
from index.snapshot import current_id, read_manifest, snapshots_folder

_FORMAT = 1
_HEAD = "backup.json"
_HEAD_BYTES = 64 * 2**20
_NAME = re.compile(r"corpus\.sqlite|CURRENT|(?:snapshots/[0-9a-f]{12}/(?:\w+/)?|warc/)\w[\w.-]*", re.ASCII)
_BROKEN = (tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError, ValueError, TypeError)
_PART = 2**20


@dataclass(frozen=True)
class Backup:
    """What is in a backup; `files` gives each one's size and SHA-256, `without_index` why the index is not in it."""

    format: int
    created_at: str
    documents: int
    snapshot: str | None
    without_index: str | None
    files: dict[str, tuple[int, str]]


def write(kb: Path, target: Path, *, fetched: bool = True, overwrite: bool = False) -> Backup:
    """Write a backup of a knowledge base, read it back, and only then give it its name.

    The knowledge base may be in use, and an ingest may be running: the backup has what was committed at its start.

    Args:
        kb: the knowledge base.
        target: the file to write; compressed if its name ends in .gz or .tgz.
        fetched: also keep the archive of fetched pages.
        overwrite: replace `target` if it exists.

    Raises:
        UsageError: `target` exists, or its folder does not.
        StoreError: the corpus is missing or damaged, or `target` cannot be written.
    """
    if target.exists() and not overwrite:
        raise UsageError(f"{target}: exists already; choose another name or add --overwrite")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent}: is no folder; make it first")
    # Names that follow from the target: the next attempt clears away what one that was killed has left.
    draft, scratch = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.scratch")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        backup, sources = _collect(kb, scratch, fetched)
        _pack(draft, target.suffix in (".gz", ".tgz"), backup, sources)
        _read(draft)
        sync(draft)
        draft.replace(target)
        sync(target.parent)
    except OSError as exc:
        raise StoreError(f"{target}: cannot be written ({exc}); free space or check permissions") from exc
    finally:
        draft.unlink(missing_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
    return backup


def _collect(kb: Path, scratch: Path, fetched: bool) -> tuple[Backup, dict[str, Path]]:
    with Corpus(kb) as corpus:
        corpus.copy_to(scratch / "corpus.sqlite")
    with Corpus(scratch) as copy:
        if problems := copy.problems():
            raise StoreError(f"{kb}: is damaged ({problems[0]}); run `samenwijzer doctor --fix` before a backup")
        documents = copy.counts()["documents"]
    sources = {"corpus.sqlite": scratch / "corpus.sqlite"}
    snapshot, without = None, None
    try:
        snapshot = current_id(kb)
        folder = snapshots_folder(kb) / snapshot
        manifest = read_manifest(folder)
        verify(folder, manifest.files)
        sources |= {f"snapshots/{snapshot}/{name}": folder / name for name in ("manifest.json", *manifest.files)}
        (scratch / "CURRENT").write_text(f"{snapshot}\n", "ascii")
        sources["CURRENT"] = scratch / "CURRENT"
    except SnapshotError as exc:
        snapshot, without = None, str(exc)
    if fetched:
        sources |= {f"warc/{path.name}": path for path in sorted((kb / "warc").glob("*.warc.gz"))}
    files = {name: _measure(path) for name, path in sources.items()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Backup(_FORMAT, now, documents, snapshot, without, files), sources


def _measure(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file as it is now; the archive of a running ingest may still grow."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return size, _copy(file, None, size)


def _copy(source: IO[bytes], target: IO[bytes] | None, size: int) -> str:
    """Copy `size` bytes, to nowhere if there is no target, and return their SHA-256.

    Raises:
        ValueError: there are fewer.
    """
    digest = hashlib.sha256()
    while size:
        part = source.read(min(size, _PART))
        if not part:
            raise ValueError("a file is shorter than it should be")
        size -= len(part)
        digest.update(part)
        if target is not None:
            target.write(part)
    return digest.hexdigest()


def _pack(draft: Path, compressed: bool, backup: Backup, sources: dict[str, Path]) -> None:
    head = json.dumps(asdict(backup), indent=1).encode()
    with tarfile.open(draft, "w:gz" if compressed else "w") as tar:
        _add(tar, _HEAD, io.BytesIO(head), len(head))
        for name, path in sources.items():
            with path.open("rb") as file:
                _add(tar, name, file, backup.files[name][0])


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, file)


def restore(archive: Path, kb: Path, *, replace: bool = False) -> tuple[Backup, Path | None]:
    """Unpack a backup, check it, and put it in its place; return it, and where the former contents went.

    Args:
        archive: a file that `write` made.
        kb: folder to restore into; made if needed.
        replace: allow `kb` to hold something already, which is set aside, not deleted.

    Raises:
        UsageError: `kb` is not empty, or `archive` is no backup or damaged; nothing has been changed.
        StoreError: `kb` cannot be written, another ingest is running there, or the corpus in the backup is unusable.
    """
    if contents(kb) and not replace:
        raise UsageError(
            f"{kb}: is not empty; restore into another folder with --kb, or add --replace to set aside what is here"
        )
    if not archive.is_file():
        raise UsageError(f"{archive}: there is no such file")
    with write_lock(kb):
        try:
            draft = restoring_draft(kb)
            backup = _read(archive, draft)
            _try_out(draft, archive)
            return backup, replace_contents(draft)
        except OSError as exc:
            raise StoreError(f"{kb}: cannot be written ({exc}); free space or check permissions") from exc


def _try_out(draft: Path, archive: Path) -> None:
    with Corpus(draft) as corpus:
        if problems := corpus.problems():
            raise StoreError(f"{archive}: the corpus in it is damaged ({problems[0]}); use another backup")


def _read(archive: Path, into: Path | None = None) -> Backup:
    """Check everything in a backup against its head, and write it into a folder if one is given.

    Raises:
        UsageError: it is no backup, or not the one that was written.
        OSError: the folder cannot be written.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            backup = _head(tar)
            left = dict(backup.files)
            while (member := tar.next()) is not None:
                size, expected = left.pop(member.name)
                if not (member.isreg() and member.size == size and _NAME.fullmatch(member.name)):
                    raise ValueError(f"{member.name} does not belong in a backup")
                if _take(tar, member, into) != expected:
                    raise ValueError(f"{member.name} is damaged (checksum)")
            if left:
                raise ValueError(f"{min(left)} is missing")
    except KeyError as exc:
        raise UsageError(f"{archive}: {exc} is not named in its list of files; use another backup") from exc
    except _BROKEN as exc:
        raise UsageError(f"{archive}: is no backup of Samenwijzer, or damaged ({exc}); use another one") from exc
    return backup


def _head(tar: tarfile.TarFile) -> Backup:
    member = tar.next()
    file = tar.extractfile(member) if member and member.name == _HEAD and member.size <= _HEAD_BYTES else None
    if file is None:
        raise ValueError(f"it does not begin with {_HEAD}")
    fields = json.loads(file.read())
    if fields["format"] != _FORMAT:
        raise ValueError(f"its format is {fields['format']}, not {_FORMAT}: made by another version")
    return Backup(**fields)


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path | None) -> str:
    """Return the SHA-256 of a member; its name has been checked."""
    source = tar.extractfile(member)
    assert source is not None
    if into is None:
        return _copy(source, None, member.size)
    path = into / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        return _copy(source, file, member.size)
