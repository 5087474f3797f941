"""Text fragments: the part of a link that makes a browser scroll to a passage and mark it.

Syntax `#:~:text=[prefix-,]start[,end][,-suffix]` as in the WICG draft "URL Fragment Text Directives".
"""

from __future__ import annotations

import re
from urllib.parse import quote

_WORDS = re.compile(r"\S+")
_MIN_WORDS, _MAX_WORDS = 4, 12
_EDGE = 400  # characters


def text_fragment(text: str, start: int, end: int) -> str | None:
    """Return the fragment, without "#", for `text[start:end]`, or None where there is nothing to point at.

    The start and the end are as many words as it takes to be unique in `text`, and never cross a line: browsers
    match each of them inside one block only.
    """
    lines = [line for line in re.finditer(r"[^\n\t]+", text[start:end]) if line.group().strip()]
    if not lines:
        return None
    first, last = lines[0].group(), lines[-1].group()
    head = _unique(text, first, from_start=True)
    if head.strip() == text[start:end].strip():
        return f":~:text={_encode(head)}"
    tail = _unique(text[start:], last, from_start=False)
    if len(lines) == 1 and len(head) + len(tail) >= len(first.strip()):
        return f":~:text={_encode(first.strip())}"
    return f":~:text={_encode(head)},{_encode(tail)}"


def source_link(url: str | None, page: int | None, fragment: str | None) -> str | None:
    """Return the link that opens the source at the passage: a PDF at its page, a web page at its text."""
    if not url or not url.startswith(("http://", "https://")):
        return None
    base = url.split("#")[0]
    if page is not None:
        return f"{base}#page={page}"
    return f"{base}#{fragment}" if fragment else url


def _unique(text: str, line: str, *, from_start: bool) -> str:
    # Only the edge of a line is looked at, however long it is.
    line = line[:_EDGE] if from_start else line[-_EDGE:]
    words = list(_WORDS.finditer(line))
    for count in range(min(_MIN_WORDS, len(words)), min(_MAX_WORDS, len(words)) + 1):
        chosen = words[:count] if from_start else words[-count:]
        phrase = line[chosen[0].start() : chosen[-1].end()]
        if text.count(phrase) == 1:
            break
    return phrase


def _encode(phrase: str) -> str:
    # A dash, comma or ampersand would be read as syntax; quote() keeps the dash, so it is done by hand.
    return quote(" ".join(phrase.split()), safe="").replace("-", "%2D")
