"""What may go from the archive of fetched pages: answers that are old and superseded.

Of every address is kept all that is younger than some day, and what held on that day: the last content before it, and
the last word ("not modified", "gone") if that is later. So the archive still tells how each page was on any moment
since. What a document was read from stays too, whatever came after it (a wall of cookies, a redirect to a home page):
what is gone from the web is never lost here.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import StoreError
from corpus.folder import sync
from ingest.warc import DIGEST, GONE, NO, records, utc

_DRAFT = ".prune.part"  # no name that a reader of the archive looks at


@dataclass(frozen=True)
class Pruned:
    """How many files and answers there were, how many answers go, and bytes: of all, and of what goes.

    `left_alone` are files that could not be read whole, which are not touched.
    """

    files: int
    answers: int
    dropped: int
    size: int
    freed: int
    left_alone: tuple[str, ...]


class _Record(NamedTuple):
    """A record and its place in its file, in bytes. `url` is None for what is no answer of ours.

    Whether it `decides` is whether it says that there is something at the address, or nothing any more: being refused
    for once says neither.
    """

    offset: int
    length: int
    url: str | None
    date: str
    digest: str | None
    is_content: bool
    decides: bool


def prune(folder: Path, before: datetime, held: Set[str] = frozenset(), *, dry_run: bool = False) -> Pruned:
    """Drop answers from before a day that a later answer from before it supersedes.

    Args:
        folder: the archive; nobody else writes there, the caller holds the write lock.
        before: with a time zone.
        held: SHA-256 of contents that stay, in hexadecimal.
        dry_run: only count.

    Raises:
        StoreError: the folder cannot be written; what was not done yet is as it was.
    """
    files = {path: _records(path) for path in sorted(folder.glob("*.warc.gz"))}
    sound = {path: found for path, found in files.items() if found is not None}
    kept = _kept(sound, before, {f"sha256:{digest}" for digest in held})
    changed = {path: kept[path] for path, found in sound.items() if len(kept[path]) < len(found)}
    size = sum(path.stat().st_size for path in files)
    left = {path: sum(record.length for record in _worth(found)) for path, found in changed.items()}
    freed = sum(path.stat().st_size - left[path] for path in changed)
    answers = [record for found in sound.values() for record in found if record.url]
    dropped = sum(len(sound[path]) - len(found) for path, found in changed.items())
    if not dry_run:
        for path, found in changed.items():
            _rewrite(path, _worth(found))
    alone = tuple(path.name for path in files if path not in sound)
    return Pruned(len(files), len(answers), dropped, size, freed, alone)


def _records(path: Path) -> list[_Record] | None:
    """Return what is in a file; None if any of it is not what was written, or if it is no file of ours."""
    found = []
    try:
        with path.open("rb") as file:
            iterator = records(file)
            for record in iterator:
                body = hashlib.sha256(record.raw_stream.read()).hexdigest()
                url, date, digest = map(record.rec_headers.get_header, ("WARC-Target-URI", "WARC-Date", DIGEST))
                full = record.rec_type == "response" and record.http_headers is not None
                if full and digest != f"sha256:{body}":
                    return None
                status = int(record.http_headers.get_statuscode()) if full else None
                content = status is not None and status < NO
                answer = url if full or record.rec_type == "revisit" else None
                decides = content or status is None or status in GONE
                place = iterator.get_record_offset(), iterator.get_record_length()
                found.append(_Record(*place, answer, utc(date), digest, content, decides))
    except Exception:  # warcio stumbles over damage in many ways, with errors of many kinds
        return None
    whole = sum(record.length for record in found) == path.stat().st_size
    return found if whole and not iterator.err_count else None


def _kept(files: dict[Path, list[_Record]], before: datetime, held: Set[str]) -> dict[Path, list[_Record]]:
    """Return what stays of each file. Files and records come in the order of time."""
    contents: dict[tuple[str, str | None], tuple[Path, int]] = {}
    last_content: dict[str, tuple[Path, int]] = {}
    last_decision: dict[str, tuple[Path, int]] = {}
    last_word: dict[str, tuple[Path, int]] = {}
    kept = defaultdict[Path, list[_Record]](list)
    for path, found in files.items():
        for record in found:
            if record.url and datetime.fromisoformat(record.date) < before:
                last_word[record.url] = path, record.offset
                if record.decides:
                    last_decision[record.url] = path, record.offset
                if record.is_content:
                    contents[record.url, record.digest] = path, record.offset
                if place := contents.get((record.url, record.digest)):  # of a revisit: the content that still held
                    last_content[record.url] = place
    for path, found in files.items():
        for record in found:
            old = record.url and datetime.fromisoformat(record.date) < before
            told = (last.get(record.url or "") for last in (last_content, last_decision, last_word))
            if not old or (path, record.offset) in told or (record.is_content and record.digest in held):
                kept[path].append(record)
    return kept


def _worth(found: Sequence[_Record]) -> Sequence[_Record]:
    """Return the records of a file, none if only its head is left."""
    return found if any(record.url for record in found) else ()


def _rewrite(path: Path, kept: Iterable[_Record]) -> None:
    """Replace a file by one with only these records, after reading it back; without any it goes."""
    wanted = list(kept)
    draft = path.with_name(_DRAFT)
    try:
        if not wanted:
            path.unlink()
        else:
            with path.open("rb") as source, draft.open("wb") as target:
                for record in wanted:
                    source.seek(record.offset)
                    target.write(source.read(record.length))
            sync(draft)
            if not _alike(_records(draft), wanted):
                raise StoreError(f"{path}: could not be copied; nothing of it was dropped")
            shutil.copymode(path, draft)
            draft.replace(path)
        sync(path.parent)
    except OSError as exc:
        raise StoreError(f"{path}: cannot be written ({exc.strerror}); free space or check permissions") from exc
    finally:
        draft.unlink(missing_ok=True)


def _alike(found: Sequence[_Record] | None, wanted: Sequence[_Record]) -> bool:
    def told(record: _Record) -> tuple[Any, ...]:
        return record[1:]

    return found is not None and [*map(told, found)] == [*map(told, wanted)]
