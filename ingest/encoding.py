"""From bytes to text: which encoding a source is in, whatever it says about itself.

Order: byte-order mark, HTTP header, `<meta>` or XML declaration, strict UTF-8, cp1252. A declaration only counts when
the bytes agree with it. Statistical detectors are left out on purpose: they read Dutch cp1252 as cp1250.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META_WINDOW = 8192
# As in the WHATWG Encoding Standard: what calls itself Latin-1 or ASCII is read as cp1252.
_LATIN = frozenset({"ascii", "iso8859-1"})
_NOT_FOR_TEXT = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})
_STRAY = re.compile("[\udc80-\udcff]")


def decode(content: bytes, declared: str | None = None) -> str:
    """Return `content` as text; `declared` is the charset of the HTTP header, if there was one.

    Never raises: bytes that fit no declaration are read as cp1252, in which every Dutch text is readable. A page
    that is UTF-8 apart from a few stray bytes is read as UTF-8, and the stray bytes as cp1252.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    for label in (declared, _from_meta(content), "utf-8"):
        text = _strict(content, label) if label else None
        if text is not None:
            return text
    return _mended_utf8(content) or _cp1252(content)


def whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return text, or lists and mappings of it, with a "?" for half a surrogate pair: no file can hold that.

    JSON and YAML can spell one; it is no character by itself.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {whole(key): whole(entry) for key, entry in value.items()}
    return type(value)(map(whole, value)) if isinstance(value, (list, tuple)) else value


def charset_of(content_type: str) -> str | None:
    """Return the charset parameter of a Content-Type header, or None."""
    match = re.search(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", content_type, re.IGNORECASE)
    return match.group(1) if match else None


def _from_meta(content: bytes) -> str | None:
    from bs4.dammit import EncodingDetector

    start = content[:_META_WINDOW]
    label = EncodingDetector.find_declared_encoding(start, is_html=True, search_entire_document=True)
    # A declaration that could be read as ASCII proves that the page is not in UTF-16.
    return "utf-8" if label and label.lower().startswith("utf-16") else label


def _strict(content: bytes, label: str) -> str | None:
    """Return the text if `label` names an encoding for text that fits all bytes, else None."""
    try:
        name = codecs.lookup(label.strip()).name
        if name in _NOT_FOR_TEXT or (name.startswith(("utf-16", "utf-32")) and b"\0" not in content):
            return None
        return content.decode("cp1252" if name in _LATIN else name)
    except (LookupError, ValueError):
        return None


def _mended_utf8(content: bytes) -> str | None:
    """Return UTF-8 text with stray bytes read as cp1252, or None if most of what is not ASCII is stray."""
    text = content.decode("utf-8", errors="surrogateescape")
    strays = len(_STRAY.findall(text))
    good = sum(1 for char in text if char > "\x7f") - strays
    if strays >= good:
        return None
    return _STRAY.sub(lambda match: _cp1252(bytes([ord(match.group()) - 0xDC00])), text)


def _cp1252(content: bytes) -> str:
    """Decode cp1252; the five bytes that it leaves undefined become the replacement character."""
    return content.decode("cp1252", errors="replace")
