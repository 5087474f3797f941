"""Does a text that we wrote take over sentences from its source?

A record of the starter collection gives the facts of a publication in our own words. The measure is a run of
words that stands, in the same order, in both texts: seven may be chance or a name, eight is a copy.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of `text` for comparing: case and accents folded, punctuation gone."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def shared_runs(record_text: str, source_text: str, n: int = 8) -> list[str]:
    """Return the runs of at least `n` words that both texts share, in the order of `record_text`.

    A run is as long as it can be; it is given as folded words joined by spaces. The empty list means that nothing
    was copied.

    Raises:
        ValueError: `n` is not positive.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    ours, theirs = words(record_text), words(source_text)
    known = {tuple(theirs[i : i + n]) for i in range(len(theirs) - n + 1)}
    runs: list[str] = []
    start = 0
    while start <= len(ours) - n:
        end = start
        while tuple(ours[end : end + n]) in known:
            end += 1
        if end > start:
            runs.append(" ".join(ours[start : end + n - 1]))
        start = end + 1
    return runs
