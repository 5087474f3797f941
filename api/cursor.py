"""Cursors: where the next page of a list starts. Opaque to clients, and bound to one snapshot and one question."""

from __future__ import annotations

import base64
import binascii
import hashlib

from api.problems import Failure

_DIGEST = 12


def make(snapshot: str, question: str, offset: int) -> str:
    """Return the cursor of the page that starts at `offset`.

    Args:
        snapshot: id of the snapshot that the list is from.
        question: all that decides what is in the list and in which order. Only a hash of it is kept.
        offset: number of results before the page.
    """
    return base64.urlsafe_b64encode(f"{snapshot}.{_digest(question)}.{offset}".encode()).decode().rstrip("=")


def read(cursor: str, snapshot: str, question: str, most: int) -> int:
    """Return the offset of a cursor.

    Raises:
        Failure: 400, it is none of ours, belongs to another question, or starts beyond `most`; 410, it is from
            another snapshot, in which the order was another.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode("ascii")
        its_snapshot, its_question, offset = text.split(".")
        start = int(offset) if offset.isdecimal() else -1
    except (binascii.Error, ValueError):
        raise _refused("is geen cursor van deze server") from None
    if not 0 <= start <= most:
        raise _refused("is geen cursor van deze server")
    if its_snapshot != snapshot:
        raise Failure(410, "De collectie is vernieuwd sinds deze cursor werd gegeven; begin opnieuw zonder cursor.")
    if its_question != _digest(question):
        raise _refused("hoort bij een andere vraag; begin opnieuw zonder cursor")
    return start


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:_DIGEST]


def _refused(reason: str) -> Failure:
    return Failure(400, f"cursor {reason}.", errors=(("cursor", reason),))
