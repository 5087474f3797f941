"""Dutch sentence boundaries, as offsets into the verbatim text."""

from __future__ import annotations

import re

# A full stop after these is not the end of a sentence. Lower case, without the final stop.
ABBREVIATIONS = frozenset(
    """
    aant afb afd alg art bijv blz bv ca cfr col dhr dir div dr drs e.d e.v enz etc evt excl fig hfst i.c i.e.g
    i.p.v i.v.m i.s.m i.t.t incl ing inz ir jl jr m.a.w m.b.t m.b.v m.i m.i.v m.n m.u.v max mevr min mln mr mrd n.a.v
    n.v.t nl no nr o.a o.b.v o.i.d o.l.v o.m ong p.p pag par prof q.q red resp s.v.p sr st t.a.v t.b.v t.g.v t.h.v
    t.n.v t.o.v t/m tel v.a v.d vgl vs z.g zgn zn
    """.split()
)

_BOUNDARY = re.compile(r"[.!?…]+[\"'’”»)\]]*(?=\s)|\n\s*\n|\n(?=\s*(?:[•▪◦‣–-]|\d{1,2}[.)])\s)|\t|\n")
_LAST_WORD = re.compile(r"([\w./]+)$")
_LONGEST_WORD = 40  # characters to look back and ahead: more would make long texts take quadratic time
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.)*[^\W\d_a-z]")
_OPENERS = "\"'‘’“”«([•-–"


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return [start, end) of each sentence in `text`, without surrounding white space, in order.

    A line break ends a sentence: blocks are joined by blank lines and table cells by tabs, and a sentence never
    runs over either.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.group().strip() and not _ends_sentence(text, match):
            continue
        _append(found, text, start, match.end())
        start = match.end()
    _append(found, text, start, len(text))
    return tuple(found)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Tell a full stop that ends a sentence from one in an abbreviation, an initial or a number."""
    following = text[match.end() : match.end() + _LONGEST_WORD].lstrip()[:2].lstrip(_OPENERS)
    if following[:1].islower():
        return False
    if not match.group().startswith(".") or match.group().startswith(".."):
        return True
    word = _LAST_WORD.search(text[max(0, match.start() - _LONGEST_WORD) : match.start()])
    last = word.group(1) if word else ""
    return not (_INITIALS.fullmatch(last) or last.lower() in ABBREVIATIONS)


def _append(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        found.append((left, right))
