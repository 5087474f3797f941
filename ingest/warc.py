"""Every answer as it came in, in WARC files (ISO 28500), so that extraction can be done again without fetching.

Bodies are stored decoded, with a Content-Length to match; the headers that no longer fit are renamed to `X-Crawl-…`.
So the payload digest of a record is the `raw_sha256` of the document that came from it.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import uuid4

from corpus.errors import FetchError, StoreError, UsageError
from corpus.visits import Visit
from ingest.answers import Answer

_FULL = 2**30  # then the next file
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""Answers that say that there is nothing any more."""
NO = HTTPStatus.BAD_REQUEST
"""From here on an answer has no content: it tells why there is none."""
_RENAMED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
DIGEST = "WARC-Payload-Digest"
"""The field of a record that has the SHA-256 of its content."""
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


class Recorder:
    """Writes answers to `<folder>/<time>-<random>.warc.gz`; a file is made at the first answer, never added to later.

    Args:
        folder: where the files go; made when needed.
        software: what to name in the file as its maker.
    """

    def __init__(self, folder: Path, software: str) -> None:
        self._folder = folder
        self._software = software
        self._file: IO[bytes] | None = None
        self._writer: Any = None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def record(self, answer: Answer, previous: Visit | None) -> str | None:
        """Write an answer, durably, and return the name of the file that holds its content.

        What was not modified, and content that an earlier file holds, is recorded as a revisit, without the content.

        Raises:
            StoreError: the folder cannot be written.
        """
        digest = hashlib.sha256(answer.content).hexdigest()
        try:
            if answer.status == HTTPStatus.NOT_MODIFIED:
                held = previous.raw_sha256 if previous else None
                self._write(answer, "revisit", f"{_PROFILE}server-not-modified", held)
                return previous.archived_in if previous else None
            if previous and self._holds(previous, answer, digest):
                self._write(answer, "revisit", f"{_PROFILE}identical-payload-digest", digest)
                return previous.archived_in
            return self._write(answer, "response", None, digest)
        except OSError as exc:
            reason = f"cannot be written ({exc.strerror}); free space or check permissions"
            raise StoreError(f"{self._folder}: {reason}") from exc

    def _holds(self, previous: Visit, answer: Answer, digest: str) -> bool:
        same = (previous.url, previous.raw_sha256) == (answer.url, digest)
        return same and previous.archived_in is not None and (self._folder / previous.archived_in).is_file()

    def _write(self, answer: Answer, kind: str, profile: str | None, digest: str | None) -> str:
        from warcio.statusandheaders import StatusAndHeaders

        file = self._open()
        headers = {"WARC-Date": _iso(answer.fetched_at)}
        headers |= {"WARC-Profile": profile} if profile else {}
        headers |= {DIGEST: f"sha256:{digest}"} if digest else {}
        body = b"" if kind == "revisit" else answer.content
        http = StatusAndHeaders(_status(answer.status), _headers(answer.headers, len(body)), protocol="HTTP/1.1")
        self._writer.write_record(
            self._writer.create_warc_record(
                answer.url, kind, io.BytesIO(body), len(body), warc_headers_dict=headers, http_headers=http
            )
        )
        file.flush()
        os.fsync(file.fileno())
        return Path(file.name).name

    def _open(self) -> IO[bytes]:
        from warcio.warcwriter import WARCWriter

        if self._file is not None and self._file.tell() > _FULL:
            self.close()
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:8]}.warc.gz"  # names sort by time
            self._file = (self._folder / name).open("xb")
            self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
            self._writer.write_record(self._writer.create_warcinfo_record(name, {"software": self._software}))
        return self._file


class _Place(NamedTuple):
    """Where the newest content of an address stands."""

    date: str
    path: Path
    offset: int


class Archive:
    """Answers out of WARC files: of each address the newest, or the one that the site said still holds.

    Args:
        path: a WARC file that `Recorder` wrote, or a folder of them.

    Raises:
        UsageError: there are none.
    """

    def __init__(self, path: Path) -> None:
        files = sorted(path.glob("*.warc*")) if path.is_dir() else [path]
        if not files or not all(file.is_file() for file in files):
            raise UsageError(f"{path}: holds no WARC files; name a .warc.gz file or a folder of them")
        self._path = path
        self._places: dict[str, _Place] = {}
        self._contents: dict[tuple[str, str], _Place] = {}
        self._gone: set[str] = set()
        for file in files:
            self._survey(file)

    def close(self) -> None:
        """Nothing is kept open."""

    def get(self, url: str, previous: Visit | None = None) -> Answer:
        """Return the newest answer with content from this address, whatever the last visit was.

        Raises:
            FetchError: the archive has none, or the file was damaged since.
        """
        place = self._places.get(url)
        if place is None or url in self._gone:
            what = "was gone at the last visit" if url in self._gone else "is not there"
            raise FetchError(url, f"{what}, says {self._path}; run without --from-warc to fetch it")
        with place.path.open("rb") as file:
            file.seek(place.offset)
            for record in _until_damaged(records(file)):
                content = record.raw_stream.read()
                if record.rec_headers.get_header(DIGEST) != f"sha256:{hashlib.sha256(content).hexdigest()}":
                    break
                headers = {name.lower(): value for name, value in record.http_headers.headers}
                status = int(record.http_headers.get_statuscode())
                return Answer(url, status, headers, content, place.date, place.path.name)
        raise FetchError(url, f"{place.path} was damaged since it was written; fetch the page again")

    def _survey(self, file: Path) -> None:
        """Note where the content of each address stands; files and records come in the order of time."""
        with file.open("rb") as opened:
            iterator = records(opened)
            for record in _until_damaged(iterator):
                with suppress(ValueError, TypeError):  # a date or status that is none: damaged, or not ours
                    self._note(record, file, iterator)

    def _note(self, record: Any, file: Path, iterator: Any) -> None:  # noqa: ANN401
        url, date, digest = map(record.rec_headers.get_header, ("WARC-Target-URI", "WARC-Date", DIGEST))
        if record.rec_type == "revisit":
            self._gone.discard(url)
            if place := self._contents.get((url, digest)):
                self._places[url] = place
        elif record.http_headers and (digest or "").startswith("sha256:"):  # a whole response, one of ours
            status = int(record.http_headers.get_statuscode())
            if status in GONE:
                self._gone.add(url)
            elif status < NO:  # being refused for once says nothing about what was there
                self._gone.discard(url)
                place = _Place(utc(date), file, iterator.get_record_offset())
                self._places[url] = self._contents[url, digest] = place


def records(file: IO[bytes]) -> Any:  # noqa: ANN401 - warcio has no types
    """Return warcio's iterator over the records of a file."""
    from warcio.archiveiterator import ArchiveIterator

    class Quiet(ArchiveIterator):  # type: ignore[misc]
        INC_RECORD = ""

    # What it would tell of damage goes to the terminal, with all that is damaged.
    logging.getLogger("warcio").setLevel(logging.CRITICAL)
    return Quiet(file)


def _until_damaged(found: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield records up to one that was cut off, for instance when the program was killed as it wrote."""
    try:
        yield from found
    except Exception:  # warcio stumbles over half a record in many ways, with errors of many kinds
        return


def _headers(headers: Mapping[str, str], length: int) -> list[tuple[str, str]]:
    kept = [(f"X-Crawl-{name}" if name in _RENAMED else name, value) for name, value in headers.items()]
    return [*kept, ("Content-Length", str(length))]


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _iso(when: str) -> str:
    return f"{datetime.fromisoformat(when).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def utc(date: str) -> str:
    """Return a date of a record in UTC, as the corpus writes it.

    Raises:
        ValueError: it is none.
    """
    return datetime.fromisoformat(date).astimezone(UTC).isoformat(timespec="seconds")
