"""From what the user typed to bytes: files, folders, URLs, sitemaps, feeds and catalogues of sources."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

from corpus.errors import FetchError, SourceError, UnsupportedFormat
from ingest.blocks import RawPage

MEDIA_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".jsonl": "application/jsonl",
    ".xml": "application/xml",
}
STARTER = "starter"
MAX_BYTES = 100 * 1024 * 1024
USER_AGENT = "Samenwijzer/0.1 (+https://github.com/samenwijzer/samenwijzer)"
_XML_TYPES = ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml")


@dataclass(frozen=True)
class Source:
    """One thing to read. `location` is an absolute path or a URL, `root` what the user named to get there.

    `hints` are facts that a catalogue gives about the publication; they fill in what the publication itself does
    not say.
    """

    location: str
    root: str
    hints: Mapping[str, Any] = field(default_factory=dict)

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
        yield Source(urldefrag(argument).url, argument)
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


def _folder(folder: Path) -> Iterator[Source | SourceError]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path, folder)]
    if not files:
        raise FetchError(str(folder), "the folder has no files; name a folder with .html, .pdf, .docx, .txt or .md")
    for path in files:
        if path.suffix.lower() in MEDIA_TYPES and path.suffix.lower() != ".xml":
            yield Source(str(path), str(folder))
        else:
            yield UnsupportedFormat(str(path), f"files of type {path.suffix or 'unknown'} are passed over")


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _catalogue(path: Path) -> Iterator[Source | SourceError]:
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("source", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise FetchError(str(path), f"is not a readable catalogue of sources: {exc}") from exc
    if not entries:
        raise FetchError(str(path), "has no [[source]] entries; each needs at least a url")
    for number, entry in enumerate(entries, 1):
        if not str(entry.get("url", "")).startswith(("http://", "https://")):
            yield SourceError(str(path), f"[[source]] number {number} has no http(s) url")
            continue
        hints = {key: value for key, value in entry.items() if key != "url"}
        yield Source(urldefrag(entry["url"]).url, str(path), hints)


def links(page: RawPage, source: Source) -> list[Source] | None:
    """Return the pages that a sitemap, RSS or Atom feed names, or None if `page` is not one of these.

    Raises:
        SourceError: it is XML, but not well formed or of another kind.
    """
    if page.media_type not in _XML_TYPES:
        return None
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(page.content, parser)
    except etree.XMLSyntaxError as exc:
        raise SourceError(page.source, f"is not well-formed XML: {exc}") from exc
    name = etree.QName(tree).localname
    paths = {
        "urlset": "//*[local-name()='url']/*[local-name()='loc']/text()",
        "sitemapindex": "//*[local-name()='sitemap']/*[local-name()='loc']/text()",
        "rss": "//item/link/text()",
        "feed": "//*[local-name()='entry']/*[local-name()='link'][not(@rel) or @rel='alternate']/@href",
    }
    if name not in paths:
        raise UnsupportedFormat(page.source, f"XML with root <{name}> is no sitemap, RSS or Atom feed")
    found = dict.fromkeys(str(link).strip() for link in tree.xpath(paths[name]))
    return [Source(urldefrag(link).url, source.root) for link in found if link.startswith(("http://", "https://"))]


class Fetcher:
    """Reads sources, one connection for all; asks robots.txt once per host and waits its crawl delay."""

    def __init__(self, *, timeout: float = 30.0, user_agent: str = USER_AGENT) -> None:
        self._timeout = timeout
        self._user_agent = user_agent
        self._client: Any = None
        self._robots: dict[str, Any] = {}
        self._last_request: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()

    def fetch(self, source: Source) -> RawPage:
        """Return the bytes of a source.

        Raises:
            FetchError: not readable, refused by robots.txt, an HTTP error, or larger than MAX_BYTES.
            UnsupportedFormat: a file type that no loader reads.
        """
        page = self._fetch_url(source.location) if source.is_url else self._read_file(Path(source.location))
        return replace(page, source=source.key)

    def _read_file(self, path: Path) -> RawPage:
        media_type = MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            known = " ".join(sorted(MEDIA_TYPES))
            raise UnsupportedFormat(str(path), f"no loader reads this type of file; known are {known}")
        try:
            if path.stat().st_size > MAX_BYTES:
                raise FetchError(str(path), f"is larger than {MAX_BYTES >> 20} MB; split it")
            return RawPage(str(path), path.read_bytes(), media_type, fetched_at=_now())
        except OSError as exc:
            raise FetchError(
                str(path), f"cannot be read ({exc.strerror}); check that it exists and may be read"
            ) from exc

    def _fetch_url(self, url: str) -> RawPage:
        if not self._allowed(url):
            raise FetchError(url, "robots.txt of this site does not allow it to be read")
        status, headers, content, final = self._get(url, MAX_BYTES)
        if status >= 400:
            raise FetchError(url, f"the site answered HTTP {status}; check the address or try again later")
        media_type = headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type in ("", "application/octet-stream"):
            media_type = MEDIA_TYPES.get(Path(urlsplit(url).path).suffix.lower(), "text/html")
        return RawPage(url, content, media_type, url=final, headers=headers, fetched_at=_now())

    def _get(self, url: str, limit: int) -> tuple[int, dict[str, str], bytes, str]:
        """Return (status, headers, body, final URL); stops reading at `limit` bytes."""
        import httpx2

        if self._client is None:
            headers = {"User-Agent": self._user_agent, "Accept-Language": "nl, en;q=0.5"}
            self._client = httpx2.Client(timeout=self._timeout, follow_redirects=True, headers=headers)
        host = urlsplit(url).netloc
        self._wait(host)
        body = bytearray()
        try:
            with self._client.stream("GET", url) as response:
                for chunk in response.iter_bytes(65536):
                    body += chunk
                    if len(body) > limit:
                        raise FetchError(url, f"is larger than {limit >> 20} MB")
                return response.status_code, dict(response.headers), bytes(body), str(response.url)
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise FetchError(url, f"cannot be reached ({exc}); check the address and the network") from exc
        finally:
            self._last_request[host] = time.monotonic()

    def _allowed(self, url: str) -> bool:
        """RFC 9309: a missing robots.txt (4xx) allows all, an unreachable one (5xx, network) allows nothing."""
        return bool(self._rules(url).can_fetch(url, self._user_agent))

    def _rules(self, url: str) -> Any:  # noqa: ANN401 - protego has no types
        import protego

        parts = urlsplit(url)
        if parts.netloc not in self._robots:
            robots_url = f"{parts.scheme}://{parts.netloc}/robots.txt"
            try:
                status, _, content, _ = self._get(robots_url, 512 * 1024)
            except FetchError as exc:
                raise FetchError(
                    url, f"its robots.txt cannot be read, so the page is left alone ({exc.reason})"
                ) from exc
            text = "User-agent: *\nDisallow: /" if status >= 500 else content.decode("utf-8", "replace")
            self._robots[parts.netloc] = protego.Protego.parse("" if 400 <= status < 500 else text)
        return self._robots[parts.netloc]

    def _wait(self, host: str) -> None:
        rules = self._robots.get(host)
        delay = float(rules.crawl_delay(self._user_agent) or 0.0) if rules else 0.0
        elapsed = time.monotonic() - self._last_request.get(host, float("-inf"))
        if elapsed < delay:
            time.sleep(min(delay, 60.0) - elapsed)


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
