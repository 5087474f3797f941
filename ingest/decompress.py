"""Undoing gzip and deflate piece by piece, so that a bomb is stopped at the limit and not after it has gone off."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_GZIP = zlib.MAX_WBITS | 16
_MAGIC = b"\x1f"  # of two bytes, but a piece may end after the first
_PIECE = 65536


class TooLarge(ValueError):
    """There is more than was allowed."""


class Damaged(ValueError):
    """The data is not in the encoding that it claims, or ends too early."""


def decoded(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return a body without its content encoding.

    Args:
        chunks: the body as it comes in; no more of it is taken than needed.
        encoding: value of the Content-Encoding header; "" for none.
        limit: most bytes, both packed and unpacked.

    Raises:
        TooLarge: there is more; `args[1]` holds the first `limit` bytes.
        Damaged: an encoding that was not asked for, more than one on top of each other, or broken data.
    """
    codings = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if not codings:
        return _limited(chunks, limit)
    if codings not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise Damaged(f"it is encoded as {encoding!r}, which was not asked for")
    return _inflated(chunks, codings[0], limit)


def gunzipped(content: bytes, limit: int) -> bytes:
    """Return the content of a .gz file; see `decoded`."""
    return _inflated((content[i : i + _PIECE] for i in range(0, len(content), _PIECE)), "gzip", limit)


def _limited(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            del body[limit:]
            raise TooLarge("it is larger than was allowed", bytes(body))
    return bytes(body)


def _inflated(chunks: Iterable[bytes], coding: str, limit: int) -> bytes:
    body, taken, unpacker = bytearray(), 0, None
    for chunk in chunks:
        taken += len(chunk)
        while chunk:
            if unpacker is None or unpacker.eof:
                # A gzip file may consist of several, one after the other (RFC 1952, section 2.2); other bytes after
                # the end are ignored, as browsers do.
                if unpacker and (coding == "deflate" or not chunk.startswith(_MAGIC)):
                    return bytes(body)
                unpacker = _unpacker(coding, chunk)
            try:
                body += unpacker.decompress(chunk, limit + 1 - len(body))
            except zlib.error as exc:
                raise Damaged(f"it says that it is {coding}, but is not, or is damaged ({exc})") from exc
            if max(len(body), taken) > limit:
                del body[limit:]
                raise TooLarge("unpacked, it is larger than was allowed", bytes(body))
            chunk = unpacker.unconsumed_tail or unpacker.unused_data
    if unpacker and not unpacker.eof:
        raise Damaged(f"its {coding} data ends too early; the connection was probably cut")
    return bytes(body)


def _unpacker(coding: str, start: bytes) -> zlib._Decompress:
    if coding != "deflate":
        return zlib.decompressobj(_GZIP)
    # "deflate" means zlib (RFC 9110, section 8.4.1.2), but some servers send it without the zlib header.
    has_header = start[0] & 0x0F == 8 and (len(start) == 1 or (start[0] * 256 + start[1]) % 31 == 0)
    return zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
