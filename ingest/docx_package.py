"""Checks on a Word file before anything is unpacked or parsed: no bombs, no entities."""

from __future__ import annotations

import io
import zipfile

from corpus.errors import SourceError
from ingest.blocks import RawPage

_MOST_PARTS = 5_000
_MOST_BYTES = 200 * 2**20  # of all parts, unpacked
_MOST_XML = 50 * 2**20  # of one part with text; a thousand pages are about 10 MB
_MOST_RATIO = 200  # unpacked against packed, for parts above a megabyte; real text stays below 50
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: .doc, or an encrypted .docx
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def check(page: RawPage) -> None:
    """Refuse a file that is no Word file, or one that would harm its reader.

    Raises:
        SourceError: with the reason and what to do about it.
    """
    reason = _not_a_package(page.content) or _harmful(page.content)
    if reason:
        raise SourceError(page.source, reason)


def _not_a_package(content: bytes) -> str | None:
    if not content:
        return "the file is empty; fetch it again"
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            return "the Word file is locked with a password; save it without one and try again"
        return "this is a Word file of the old kind (.doc); save it as .docx and try again"
    if not content.startswith(b"PK"):
        return "this is not a Word file, whatever its name says; give it the extension of its format"
    return None


def _harmful(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _too_large(package.infolist()) or _unwanted(package)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as exc:
        return f"the Word file is damaged or cut off ({exc}); fetch it again, or open it and save it anew"


def _too_large(parts: list[zipfile.ZipInfo]) -> str | None:
    if len(parts) > _MOST_PARTS or len({part.filename for part in parts}) < len(parts):
        return "the Word file has too many parts, or one twice; open it and save it anew"
    ratio = max((p.file_size / max(p.compress_size, 1) for p in parts if p.file_size > 2**20), default=0.0)
    if ratio > _MOST_RATIO or sum(part.file_size for part in parts) > _MOST_BYTES:
        return f"unpacked, the Word file is far too large (more than {_MOST_BYTES // 2**20} MB, or a bomb); split it"
    return None


def _unwanted(package: zipfile.ZipFile) -> str | None:
    if "[Content_Types].xml" not in package.namelist():
        return "this is a ZIP file but not a Word file; unpack it and read the files inside"
    for part in package.infolist():
        if part.filename.lower().endswith((".xml", ".rels")):
            if part.file_size > _MOST_XML:
                return f"its part {part.filename} is larger than {_MOST_XML // 2**20} MB; split the document"
            # Without its zero bytes UTF-16 and UTF-32 read as ASCII.
            text = package.read(part).replace(b"\0", b"")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                return f"its part {part.filename} has a DOCTYPE, which no Word program writes; open it and save it anew"
    return None
