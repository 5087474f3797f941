"""Dutch text analysis for search: tokens with offsets, and the search words that each token stands for.

Nothing here changes the text that readers see. Folding (case, accents, typographic quotes and hyphens) is for
comparing only; offsets always point into the verbatim text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from index.compounds import split
from index.stems import is_stop, stem

ANALYSER_VERSION = "1"
"""Raised whenever the same text gives other terms, so that an index made by an older analyser is refused."""

GRAM = 5

# A letter or digit, with the combining marks and soft hyphens that may stand inside a word.
_CHAR = "[^\\W_][\u0300-\u036f\u00ad]*"
_LETTER = "[^\\W\\d_]"
_QUOTE = "['\u2019\u2018\u00b4`]"
_HYPHEN = "[-\u2010\u2011]"
_UNIT = rf"(?:\d+(?:[.,:]\d+)+|(?:{_CHAR})+(?:(?:{_QUOTE}|&)(?:{_CHAR})+)*)"
_TOKEN = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    rf"|(?:{_LETTER}\.)+{_LETTER}(?![\w])\.?"  # o.a., G.G.Z.
    rf"|{_UNIT}(?:{_HYPHEN}{_UNIT})*(?:\+(?!\w))?"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[a-z]{4})")
_PARTS = re.compile(rf"{_HYPHEN}|[@._]")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_LINK = r"(?:en/of|en|of|tot|t/m|&)"
_ELLIPSIS_LEFT = re.compile(rf"{_HYPHEN}(?:,\s[^\W_]+{_HYPHEN})*,?\s{{1,3}}{_LINK}\s{{1,3}}")
_ELLIPSIS_RIGHT = re.compile(rf",?\s{{1,3}}{_LINK}\s{{1,3}}{_HYPHEN}")
_MARKS = {ord(c): "'" for c in "\u2019\u2018\u00b4`"} | {ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2014"}
_MARKS |= {0xAD: None, 0x200B: None, 0x200C: None, 0x200D: None}


class Token(NamedTuple):
    """A word, number or code as it stands in the text: `source[start:end] == text`."""

    text: str
    start: int
    end: int


class AnalysedToken(NamedTuple):
    """A token and the folded words that it is found by.

    One word for most tokens; a hyphen compound gives the joined word and its parts; a token in a hyphen ellipsis
    ("wijk- en jeugdteams") also the word that is meant ("wijkteams").
    """

    text: str
    start: int
    end: int
    words: tuple[str, ...]


class WordTerms(NamedTuple):
    """The index terms of one folded word: whole stem, stems of compound parts, character 5-grams.

    `parts` of a word that is no compound is its stem. All are empty for a stop word.
    """

    stem: str
    parts: tuple[str, ...]
    grams: tuple[str, ...]


def fold(text: str) -> str:
    """Return `text` for comparing: NFKC, lower case, no accents, plain quotes, hyphens and spaces."""
    text = unicodedata.normalize("NFKD", text).translate(_MARKS).lower()
    return "".join(c for c in text if not unicodedata.combining(c))


def tokenize(text: str) -> list[Token]:
    """Return words, numbers and codes of `text` in order, hyphen compounds as one token."""
    return [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=1 << 17)
def token_words(token: str) -> tuple[str, ...]:
    """Return the folded words that one token stands for, the whole first.

    "POH-jeugd" and "POHjeugd" both give ("pohjeugd", "poh", "jeugd").
    """
    folded = fold(token)
    if _THOUSANDS.fullmatch(folded):
        return (folded.replace(".", ""),)
    if folded.isalpha() and token[1:].islower():
        return (folded,)
    if "." in folded and not any(c.isdigit() for c in folded) and "@" not in folded:
        return (folded.replace(".", ""),)
    pieces = [_plain(fold(p)) for unit in _PARTS.split(token) for p in _CAMEL.split(unit)]
    pieces = [p for p in pieces if p]
    if len(pieces) < 2:
        return tuple(pieces)
    parts = [p for p in pieces if len(p) > 1 or p.isdigit()]
    if all(p[0].isdigit() for p in pieces):
        return tuple(parts)
    return ("".join(pieces), *parts)


def _plain(word: str) -> str:
    return re.sub(r"'(?:s|er|ers|en)?$|'", "", word)


def analyse(text: str) -> list[AnalysedToken]:
    """Return the tokens of `text` with the folded words that each is found by; see `AnalysedToken`."""
    tokens = tokenize(text)
    extra = dict(_ellipses(text, tokens)) if "-" in text or "\u2011" in text else {}
    return [AnalysedToken(t.text, t.start, t.end, token_words(t.text) + extra.get(i, ())) for i, t in enumerate(tokens)]


def _ellipses(text: str, tokens: list[Token]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for i, token in enumerate(tokens):
        if i + 1 >= len(tokens):
            return
        if text[token.end : token.end + 1] in ("-", "\u2010", "\u2011"):
            match = _ELLIPSIS_LEFT.match(text, token.end)
            if match:
                whole = next((t for t in tokens[i + 1 : i + 8] if t.start == match.end()), None)
                head = fold(whole.text) if whole else ""
                parts = split(head)
                if parts:
                    yield i, (fold(token.text) + head[parts[-1].start :],)
        else:
            match = _ELLIPSIS_RIGHT.match(text, token.end)
            if match:
                tail = next((j for j in range(i + 1, min(i + 4, len(tokens))) if tokens[j].start == match.end()), None)
                parts = split(fold(token.text))
                if tail is not None and parts:
                    yield tail, (fold(token.text)[: parts[-1].start] + fold(tokens[tail].text),)


@lru_cache(maxsize=1 << 18)
def word_terms(word: str) -> WordTerms:
    """Return the index terms of one folded word."""
    if is_stop(word):
        return WordTerms("", (), ())
    parts = split(word)
    if not parts:
        whole = stem(word)
        return WordTerms(whole, (whole,), grams(word))
    last = parts[-1].start
    stems = dict.fromkeys(stem(p.text) for p in parts if not is_stop(p.text))
    return WordTerms(word[:last] + stem(word[last:]), tuple(stems), grams(word))


def grams(word: str) -> tuple[str, ...]:
    """Return the character 5-grams of `word` with "_" at both ends; a short word gives one gram."""
    padded = f"_{word}_"
    return tuple(padded[i : i + GRAM] for i in range(max(1, len(padded) - GRAM + 1)))
