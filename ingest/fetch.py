"""From what the user typed to bytes: files, folders, URLs, sitemaps, feeds and catalogues of sources."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from corpus.errors import FetchError, SourceError, UnsupportedFormat
from corpus.visits import Visit
from ingest.addresses import canonical, same_site
from ingest.blocks import RawPage
from ingest.policy import Policy
from ingest.sniff import MEDIA_TYPES

if TYPE_CHECKING:
    from ingest.answers import Answer

STARTER = "starter"
_NOT_MODIFIED, _NOT_FOUND = 304, 404


@dataclass(frozen=True)
class Source:
    """One thing to read. `location` is an absolute path or a URL, `root` what the user named to get there.

    `hints` are facts that a catalogue gives about the publication; they fill in what the publication itself does
    not say. `listed_in` is the sitemap or feed that led to it, the one that the user named where one led to another.
    """

    location: str
    root: str
    hints: Mapping[str, Any] = field(default_factory=dict)
    listed_in: str | None = None

    @property
    def key(self) -> str:
        """What identifies the source across ingests: its location, or the name of a record that ships with us."""
        return f"{STARTER}/{Path(self.location).name}" if self.root == STARTER else self.location

    @property
    def is_url(self) -> bool:
        """Whether this is read over the network."""
        return self.location.startswith(("http://", "https://"))


def expand(argument: str) -> Iterator[Source | SourceError]:
    """Yield the sources behind one argument: itself, a folder's files, or the entries of a catalogue.

    Files in a folder that no loader reads come back as `UnsupportedFormat`: they are passed over, not failed.

    Raises:
        FetchError: there is no such file, or the folder holds nothing to read.
    """
    if argument.startswith(("http://", "https://")):
        yield _named(argument, argument)
        return
    path = Path(argument).expanduser().absolute()
    if path.is_dir():
        yield from _folder(path)
    elif not path.exists():
        raise FetchError(argument, "there is no such file or folder; check the name")
    elif path.suffix.lower() == ".toml":
        yield from _catalogue(path)
    else:
        yield Source(str(path), str(path))


def _named(url: str, root: str) -> Source:
    try:
        return Source(canonical(url), root)
    except ValueError as exc:
        raise FetchError(url, f"is no address that can be read ({exc})") from exc


def linked(links: Iterable[str], sitemap: Source, *, only_its_site: bool) -> Iterator[Source | SourceError]:
    """Yield the pages that a sitemap or feed names; what cannot be read comes back as an error.

    Args:
        links: addresses as the list spells them.
        sitemap: the list.
        only_its_site: pass over pages of other sites.
    """
    for link in links:
        try:
            url = canonical(link, sitemap.location)
        except ValueError as exc:
            yield FetchError(link, f"is no address that can be read ({exc}); {sitemap.location} names it")
            continue
        if not url.startswith(("http://", "https://")) or (only_its_site and not same_site(url, sitemap.location)):
            yield UnsupportedFormat(
                url, f"is of another site than {sitemap.location}, which names it; add it by itself"
            )
        else:
            yield Source(url, sitemap.root, listed_in=sitemap.listed_in or sitemap.location)


def _folder(folder: Path) -> Iterator[Source | SourceError]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path, folder)]
    if not files:
        raise FetchError(str(folder), "the folder has no files; name a folder with .html, .pdf, .docx, .txt or .md")
    for path in files:
        if path.suffix.lower() in MEDIA_TYPES.keys() - {".xml"}:
            yield Source(str(path), str(folder))
        else:
            yield UnsupportedFormat(str(path), f"files of type {path.suffix or 'unknown'} are passed over")


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _catalogue(path: Path) -> Iterator[Source | SourceError]:
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("source")
        entries = found if isinstance(found, list) else []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise FetchError(str(path), f"is not a readable catalogue of sources: {exc}") from exc
    if not entries:
        raise FetchError(str(path), "has no [[source]] entries; each needs at least a url")
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not str(entry.get("url", "")).startswith(("http://", "https://")):
            yield SourceError(str(path), f"[[source]] number {number} has no http(s) url")
            continue
        hints = {key: value for key, value in entry.items() if key != "url"}
        try:
            yield replace(_named(entry["url"], str(path)), hints=hints)
        except FetchError as exc:
            yield exc


@dataclass(frozen=True)
class Fetched:
    """What came of a source: its page, None if that has not changed since the last visit; and, of a URL, the visit."""

    page: RawPage | None
    visit: Visit | None = None


class Site(Protocol):
    """Where answers come from: the network (`ingest.live`) or an archive (`ingest.warc`)."""

    def get(self, url: str, previous: Visit | None) -> Answer:
        """Return the answer to one request; `previous` is the last visit to the source."""

    def close(self) -> None:
        """Let go of connections and files."""


class Fetcher:
    """Reads sources: files from disk, web addresses from a site.

    Args:
        policy: how to behave.
        site: where answers come from; made at the first web address.
    """

    def __init__(self, policy: Policy, site: Callable[[], Site]) -> None:
        self._policy = policy
        self._make_site = site
        self._site: Site | None = None

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._site is not None:
            self._site.close()

    def fetch(self, source: Source, previous: Visit | None = None) -> Fetched:
        """Return the bytes of a source.

        Args:
            source: what to read.
            previous: the last visit, if what came of it is still as it was: then "not modified" is an answer too.

        Raises:
            FetchError: not readable, refused, not allowed, gone, an HTTP error, or too large.
            UnsupportedFormat: a file type that no loader reads.
        """
        if source.is_url:
            return self._fetch_url(source, previous)
        return Fetched(replace(self._read_file(Path(source.location)), source=source.key))

    def _read_file(self, path: Path) -> RawPage:
        media_type = MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            known = " ".join(sorted(MEDIA_TYPES))
            raise UnsupportedFormat(str(path), f"no loader reads this type of file; known are {known}")
        try:
            if path.stat().st_size > self._policy.max_bytes:
                raise FetchError(str(path), f"is larger than {self._policy.max_bytes >> 20} MB; split it")
            return RawPage(str(path), path.read_bytes(), media_type, fetched_at=_now())
        except OSError as exc:
            raise FetchError(
                str(path), f"cannot be read ({exc.strerror}); check that it exists and may be read"
            ) from exc

    def _fetch_url(self, source: Source, previous: Visit | None) -> Fetched:
        from ingest.sniff import media_type, unpacked

        answer = self._follow(source.location, previous)
        if answer.status == _NOT_MODIFIED and previous:
            return Fetched(None, replace(previous, checked_at=answer.fetched_at, listed_in=source.listed_in))
        if not 200 <= answer.status < 300:
            reason = f"the site answered HTTP {answer.status}; check the address or try again later"
            raise FetchError(source.location, reason, status=answer.status)
        content = unpacked(answer.url, answer.content, self._policy.max_bytes)
        kind = media_type(answer.url, content, answer.headers.get("content-type", ""))
        page = RawPage(source.key, content, kind, answer.url, answer.headers, answer.fetched_at)
        return Fetched(page, _visit(answer, source))

    def _follow(self, url: str, previous: Visit | None) -> Answer:
        """Return the answer at the end of the redirects; each hop is looked at like an address of its own."""
        self._site = self._site or self._make_site()
        first, seen = url, {url}
        for _ in range(1 + self._policy.redirects):
            answer = self._site.get(url, previous)
            onward = answer.target()
            if onward is None:
                if urlsplit(url).path == "/" and urlsplit(first).path != "/":
                    raise FetchError(first, f"the site sends us on to a home page, {url}", status=_NOT_FOUND)
                return answer
            if onward in seen:
                raise FetchError(first, "the site sends us round in a circle; perhaps it insists on a cookie")
            url = onward
            seen.add(url)
        raise FetchError(first, f"the site sends us on more than {self._policy.redirects} times")


def _visit(answer: Answer, source: Source) -> Visit:
    digest = hashlib.sha256(answer.content).hexdigest()
    validators = answer.headers.get("etag"), answer.headers.get("last-modified")
    return Visit(answer.url, digest, answer.fetched_at, *validators, answer.archived_in, source.listed_in)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def starter_folder() -> Path:
    """Return the folder of the collection that comes with Samenwijzer."""
    import corpus

    return Path(corpus.__file__).parent / "starter"


def starter_sources() -> list[Source]:
    """Return the records of the collection that comes with Samenwijzer.

    The corpus knows them as `starter/<name>`, which does not change when the package moves.
    """
    return [Source(str(path), STARTER) for path in sorted(starter_folder().glob("*.md"))]
