"""What the fuzzer feeds: everything that reads what others send, and what it begins with (`benchmarks.fuzz`).

A reader may refuse what it gets, in an error of ours, and nothing else; what it makes of it must hold together. Imports
stand in the functions: what is imported before the fuzzer looks is not seen by it.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 16_384
_FIXTURES = ROOT / "tests" / "fixtures"
_URL = "https://e.nl/bladzijde"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


class Target(NamedTuple):
    """A reader, and what to begin with. `read` raises whatever is a finding."""

    read: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def _page(media_type: str, content: bytes) -> None:
    """Make a document of a page; what comes of it must hold together."""
    from corpus.document import from_json, to_json
    from corpus.errors import SourceError
    from ingest.blocks import RawPage
    from ingest.reading import read

    try:
        document = read(RawPage(_URL, content, media_type, _URL, {}, "2026-01-01T00:00:00+00:00"))
    except SourceError:
        return
    stored = to_json(document)
    stored.encode()
    assert to_json(from_json(stored)) == stored, "a document is not what it was after it is stored"
    for passage in document.passages:
        assert passage.text == document.text[passage.char_start : passage.char_end], "a passage is not verbatim"
    for item in document.items:
        assert 0 <= item.char_start <= item.char_end <= len(document.text), f"an item stands nowhere: {item}"


def _jsonl(content: bytes) -> None:
    from corpus.errors import SourceError
    from ingest.blocks import RawPage
    from ingest.jsonl import MEDIA_TYPE, records

    for entry in records(RawPage("records.jsonl", content, "application/jsonl")):
        if not isinstance(entry, SourceError):
            _page(MEDIA_TYPE, entry.content)


def _list(content: bytes) -> None:
    from corpus.errors import SourceError
    from ingest.blocks import RawPage
    from ingest.fetch import Source, linked
    from ingest.sitemaps import load

    with suppress(SourceError):
        loaded = load(RawPage(_URL, content, "application/xml"))
        list(linked(loaded.meta["links"], Source(_URL, _URL), only_its_site=loaded.meta["sitemap"]))


def _robots(content: bytes) -> None:
    from corpus.errors import FetchError
    from ingest.answers import Answer
    from ingest.robots import Robots

    with suppress(FetchError):
        delay = Robots(lambda url: Answer(url, 200, {}, content, "")).check("https://e.nl/a?b=c")
        assert delay >= 0, f"a delay of {delay} seconds"


def _answer(content: bytes) -> None:
    """The first line is a header, the rest a body."""
    from corpus.errors import SourceError
    from ingest.answers import Answer
    from ingest.decompress import Damaged, TooLarge, decoded
    from ingest.encoding import charset_of, decode
    from ingest.sniff import media_type, unpacked

    head, _, body = content.partition(b"\n")
    told = head.decode("latin-1")
    with suppress(SourceError, Damaged, TooLarge):
        assert len(decoded([body[:9], body[9:]], told, 65536)) <= 65536
    with suppress(SourceError):
        Answer(_URL, 302, {"location": told}, body, "").target()
    with suppress(SourceError):
        media_type(_URL, unpacked(_URL, body, 65536), told)
    decode(body, charset_of(told))


def _address(content: bytes) -> None:
    from ingest.addresses import canonical, same_site

    try:
        once = canonical(content.decode("utf-8", "replace"), _URL)
    except ValueError:
        return
    if not once.startswith(("http://", "https://")):  # nobody follows it
        return
    assert canonical(once) == once, f"{once!r} is not its own canonical form, {canonical(once)!r}"
    same_site(once, _URL)


def _catalogue(content: bytes) -> None:
    from corpus.errors import SourceError
    from ingest.fetch import expand

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sources.toml")
        path.write_bytes(content)
        with suppress(SourceError):
            list(expand(str(path)))


def _warc(content: bytes) -> None:
    from datetime import UTC, datetime

    from corpus.errors import FetchError
    from ingest.prune import prune
    from ingest.warc import Archive

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.warc.gz")
        path.write_bytes(content)
        archive = Archive(path)
        for number in range(3):
            with suppress(FetchError):
                archive.get(f"https://e.nl/{number}")
        prune(path.parent, datetime(2030, 1, 1, tzinfo=UTC))


def _backup(content: bytes) -> None:
    from corpus.errors import SamenwijzerError
    from index.backup import restore

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "backup.tar")
        path.write_bytes(content)
        with suppress(SamenwijzerError):
            restore(path, Path(folder, "kb"))
        left = {path.name for path in Path(folder).iterdir()}
        assert left <= {"backup.tar", "kb"}, f"written outside its folder: {left}"


def _files(pattern: str) -> list[bytes]:
    return [path.read_bytes()[:MOST_BYTES] for path in sorted(_FIXTURES.glob(pattern))]


def _records() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "corpus" / "starter").glob("*.md"))[::20]]


def _pdf_of(drawing: bytes) -> bytes:
    """Return a PDF with one page on which this is drawn."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(content)
    return content + b"xref\n0 6\n0000000000 65535 f \n" + table + ending


def _drawings() -> list[bytes]:
    lines = ["Samenwerken in de wijk", "1. Het wijkteam belt de huisarts.", "2. De huisarts belt terug.", "Bladzijde 1"]
    text = b"".join(b"1 0 0 1 50 %d Tm (%s) Tj\n" % (800 - 20 * n, line.encode()) for n, line in enumerate(lines))
    table = b"".join(b"%d 600 m %d 700 l S 50 %d m 350 %d l S\n" % (x, x, x + 550, x + 550) for x in (50, 150, 250))
    return [b"BT /F 12 Tf\n" + text + b"ET", b"BT /F 9 Tf 14 TL 50 700 Td (Huisarts) Tj T* (Wijkteam) ' ET\n" + table]


def _docx_of(body: bytes) -> bytes:
    """Return a Word file with this as its text."""
    import docx

    stream, made = io.BytesIO(), io.BytesIO()
    docx.Document().save(stream)
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, body if name == "word/document.xml" else old.read(name))
    return made.getvalue()


def _bodies() -> list[bytes]:
    paragraph = b'<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>'
    styles = ((b"Heading1", b"Aanpak"), (b"ListNumber", b"Eerst bellen"), (b"Normal", b"Het wijkteam belt."))
    text = b"".join(paragraph % pair for pair in styles)
    table = b"<w:tbl><w:tr><w:tc>%s</w:tc><w:tc>%s</w:tc></w:tr></w:tbl>" % (text, text)
    return [b"<w:document %s><w:body>%s%s</w:body></w:document>" % (_W, text, part) for part in (b"", table)]


def _lists() -> list[bytes]:
    return [
        b'<?xml version="1.0"?><urlset><url><loc>https://e.nl/a</loc></url><url><loc> /\xc3\xa9 </loc></url></urlset>',
        b"<sitemapindex><sitemap><loc>https://www.e.nl/s.xml</loc></sitemap></sitemapindex>",
        b"<rss><channel><item><link>https://e.nl/a?utm_source=x</link></item></channel></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="/b"/></entry></feed>',
    ]


def _rules() -> list[bytes]:
    return [
        b"User-agent: *\nDisallow: /a*b$\nAllow: /a?\nCrawl-delay: 2.5\nRequest-rate: 1/10s 0600-0745\n",
        b"User-agent: samenwijzer\nDisallow:\n\nSitemap: https://e.nl/s.xml\nVisit-time: 0100-0200\n",
    ]


def _answers() -> list[bytes]:
    packed = gzip.compress(b"<html><meta charset=utf-8>t\xc3\xa9kst</html>", mtime=0)
    plain = [b"text/html; charset=latin1\n\xe9\xe9n", b"/elders?a=%C3%A9#b\n%PDF-1.4", b"utf-16\n\xff\xfea\0"]
    return [*plain, b"gzip\n" + packed, b"deflate\n" + packed[10:-8]]


def _addresses() -> list[bytes]:
    told = "HTTP://Gebruiker@E.nl:80/a/../b/./%7ec?utm_source=x&d=é#f //①②.nl/π https://[::1]:443/ ../x;y?z=%zz"
    return [one.encode() for one in told.split()]


def _warcs() -> list[bytes]:
    from ingest.answers import Answer
    from ingest.warc import Recorder

    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), "Samenwijzer")
        for number, status in enumerate((200, 404, 304)):
            when = f"2026-01-0{number + 1}T10:00:00+00:00"
            recorder.record(Answer(f"https://e.nl/{number}", status, {"etag": '"1"'}, b"<p>inhoud</p>", when), None)
        recorder.close()
        (path,) = Path(folder).iterdir()
        return [path.read_bytes(), gzip.decompress(path.read_bytes())]


def _backups() -> list[bytes]:
    from corpus.store import Corpus
    from index.backup import write

    with tempfile.TemporaryDirectory() as folder:
        Corpus(Path(folder, "kb"), create=True).close()
        write(Path(folder, "kb"), Path(folder, "b.tar"))
        return [Path(folder, "b.tar").read_bytes()]


TARGETS = {
    "html": Target(partial(_page, "text/html"), lambda: _files("html/*.html")),
    "text": Target(partial(_page, "text/plain"), lambda: _files("text/*.txt")),
    "markdown": Target(partial(_page, "text/markdown"), _records),
    "pdf": Target(partial(_page, "application/pdf"), lambda: [*map(_pdf_of, _drawings())]),
    "pdf drawing": Target(lambda content: _page("application/pdf", _pdf_of(content)), _drawings),
    "docx": Target(partial(_page, _DOCX), lambda: [*map(_docx_of, _bodies())]),
    "docx body": Target(lambda content: _page(_DOCX, _docx_of(content)), _bodies),
    "jsonl": Target(_jsonl, lambda: [b'{"id": "a", "title": "Kop", "text": "1. Bel.\\n2. Ga.", "extra": {"a": 1}}\n']),
    "sitemap and feed": Target(_list, _lists),
    "robots.txt": Target(_robots, _rules),
    "answer": Target(_answer, _answers),
    "address": Target(_address, _addresses),
    "catalogue": Target(_catalogue, lambda: [b'[[source]]\nurl = "https://e.nl/a"\nkind = "tip"\nyear = 2020\n']),
    "warc": Target(_warc, _warcs),
    "backup": Target(_backup, _backups),
}
