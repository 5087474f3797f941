"""What an answer really is: the header says one thing, the address another, and the bytes decide."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from corpus.errors import FetchError, UnsupportedFormat
from ingest import decompress

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
XML_TYPES = ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml")
_PDF, _DOCX = MEDIA_TYPES[".pdf"], MEDIA_TYPES[".docx"]
# What servers call a file of which they know nothing.
_VAGUE = ("application/octet-stream", "binary/octet-stream", "application/force-download", "application/download")
_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_GZIP = b"\x1f\x8b"
_MARKS = ((b"%PDF-", _PDF), (b"PK\x03\x04", _DOCX), (b"\xd0\xcf\x11\xe0", _DOCX))
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # its byte-order marks
_LISTS = (b"<urlset", b"<sitemapindex", b"<rss", b"<feed", b"<rdf:rdf")
_START = 2048


def unpacked(url: str, content: bytes, limit: int) -> bytes:
    """Return the content of a gzip file, and anything else as it is: sitemaps come as `sitemap.xml.gz`.

    Raises:
        FetchError: it is damaged, or unpacked more than `limit` bytes.
    """
    if not content.startswith(_GZIP):
        return content
    try:
        return decompress.gunzipped(content, limit)
    except (decompress.TooLarge, decompress.Damaged) as exc:
        raise FetchError(url, f"{exc.args[0]}; it is left out") from exc


def media_type(url: str, content: bytes, content_type: str) -> str:
    """Return the media type of what came from `url`.

    Args:
        url: where it was found, after redirects.
        content: decoded.
        content_type: the header of that name.

    Raises:
        FetchError: a web page came where a file was promised: mostly a notice instead of the document.
        UnsupportedFormat: an image, film, program, or other data that is no text.
    """
    declared = content_type.split(";")[0].strip().lower()
    by_name = MEDIA_TYPES.get(PurePosixPath(urlsplit(url).path).suffix.lower())
    claimed = (by_name or "text/html") if declared in _VAGUE or not _TYPE.fullmatch(declared) else declared
    marked = next((kind for mark, kind in _MARKS if content.startswith(mark)), None)
    if marked:
        return marked
    start = content[:_START].lower()
    if _PDF in (claimed, by_name) or _DOCX in (claimed, by_name):
        raise FetchError(url, f"should be a file, but is {_impression(start)}; open the address to see what it says")
    if b"\0" in start and not content.startswith(_UTF16) and "utf-16" not in content_type.lower():
        raise UnsupportedFormat(url, f"holds data that is no text, though the site calls it {claimed}")
    is_list = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", *_LISTS)) and any(n in start for n in _LISTS)
    return MEDIA_TYPES[".xml"] if is_list else claimed


def _impression(start: bytes) -> str:
    return "a web page" if b"<html" in start or b"<!doctype html" in start else "something else"
