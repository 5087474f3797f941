"""Words that a line end cuts in two: when the hyphen goes, when it stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

_ELLIPSIS = frozenset("en of tot als en/of noch resp. c.q. &".split())
_PREFIX = frozenset("non niet ex".split())  # keep their hyphen by rule (niet-medisch)
_EDGES = ".,;:?!()[]{}<>'\"‘’“”„…-–—|/\\*"
_LAST_WORD = re.compile(r"[^\s(\[‘“„\"'/]+$")
_ADDRESS = re.compile(r"\S*://\S|www\.\S+/")
_VOWEL = re.compile(r"[aeiouyáàäâéèëêíìïîóòöôúùüû]", re.I)
_FIRST_WORD = re.compile(r"[^\s)\]’”\"',.;:?!]+")


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of a document in lower case, as they stand inside its lines."""
    return frozenset(word.strip(_EDGES) for word in set(" ".join(texts).lower().split()))


def join_lines(lines: Sequence[str], words: AbstractSet[str]) -> str:
    """Join lines into running text.

    A hyphen at a line's end goes unless it belongs there: before "en", "of", "tot", "als" (zorg- en welzijn), in a
    web address, after an abbreviation or figure (IZA-afspraak, 65-plusser), before a capital (Noord-Holland), or
    where `words` knows the hyphenated form and not the closed one.
    """
    text = ""
    for line in lines:
        end = text[-1:]
        if end == "-" and text[-2:-1].strip():
            text = _join(text[:-1], line, words)
        elif end == "\u00ad":
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if end else line
    return text.replace("\t", " ")


def _join(text: str, line: str, words: AbstractSet[str]) -> str:
    """Put `line` after `text`, whose last character was a hyphen."""
    before, after = _LAST_WORD.search(text), _FIRST_WORD.match(line)
    left, right = before[0] if before else "", after[0] if after else ""
    if not left or not right or right in _ELLIPSIS or line.split(" ", 1)[0] in _ELLIPSIS:
        return f"{text}- {line}"
    keeps = _ADDRESS.match(text.rsplit(maxsplit=1)[-1]) or _keeps_hyphen(left, right, words)
    return f"{text}-{line}" if keeps else text + line


def _keeps_hyphen(left: str, right: str, words: AbstractSet[str]) -> bool:
    if f"{left}{right}".lower().strip(_EDGES) in words:
        return False
    tail = left.rsplit("-", 1)[-1]
    return (
        f"{left}-{right}".lower().strip(_EDGES) in words
        or not (tail[-1:].isalpha() and right[0].islower())
        or tail.isupper()
        or not _VOWEL.search(tail)  # no syllable, so an abbreviation: ggz-aanbieder
        or len(tail) == 1
        or tail.lower() in _PREFIX
    )
