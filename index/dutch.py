"""Dutch text analysis for search: tokens with offsets, and the search words that each token stands for.

Nothing here changes the text that readers see. Folding (case, accents, typographic quotes and hyphens) is for
comparing only; offsets always point into the verbatim text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from index.compounds import abbreviations, is_abbreviation, split
from index.stems import is_stop, stem

ANALYSER_VERSION = "1"
"""Raised whenever the same text gives other terms, so that an index made by an older analyser is refused."""

GRAM = 5

_RUN = "[^\\W_]+(?:[\u0300-\u036f\u00ad]+[^\\W_]*)*"  # letters and digits, combining marks and soft hyphens
_LETTER = "[^\\W\\d_]"
_QUOTE = "['\u2019\u2018\u00b4`]"
_HYPHEN = "[-\u2010\u2011]"
_UNIT = rf"(?:\d+(?:[.,:]\d+)+|{_RUN}(?:(?:{_QUOTE}|&){_RUN})*)"
_MAIL = r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"  # bounded: else each token of "a+a+a…" would scan to the end
_DOTTED = rf"(?:{_LETTER}\.)+{_LETTER}(?!\w)\.?"  # o.a., G.G.Z.
_PLAIN = r"[A-Za-z]{2,}+(?![^ \n,.;:)?!])"  # most words; the others say the same of them, but slower
_OTHER = rf"{_DOTTED}|{_UNIT}(?:{_HYPHEN}{_UNIT})*(?:\+(?!\w))?"
_TOKEN = re.compile(rf"{_PLAIN}|{_OTHER}")
_TOKEN_OR_MAIL = re.compile(rf"{_MAIL}|{_OTHER}")
_HYPHENS = re.compile(_HYPHEN)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[a-z]{4})")  # eHealth, POHjeugd
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_ENDING = re.compile(r"'(?:s|er|ers|en)?$|'")  # foto's, Wmo'er
_AND = r"(?:en/of|en|of|tot|t/m|&)"
_LOOSE = re.compile(rf"{_HYPHEN}(?:,\s|\s{{1,3}}{_AND}\s)|\s{_AND}\s{{1,3}}{_HYPHEN}")  # what any ellipsis has
_ELLIPSIS_LEFT = re.compile(rf"{_HYPHEN}(?:,\s[^\W_]+{_HYPHEN}){{0,8}},?\s{{1,3}}{_AND}\s{{1,3}}")
_ELLIPSIS_RIGHT = re.compile(rf",?\s{{1,3}}{_AND}\s{{1,3}}{_HYPHEN}")
_FOLDED = str.maketrans("\u2019\u2018\u00b4`\u2010\u2011\u2012\u2013\u2014", "''''-----", "\u00ad\u200b\u200c\u200d")


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


class Pieces(NamedTuple):
    """The tokens of a text, where each begins, and the words that those in a hyphen ellipsis stand for besides."""

    tokens: list[str]
    starts: list[int]
    meant: dict[int, tuple[str, ...]]


class WordTerms(NamedTuple):
    """The index terms of one folded word: whole stem, stems of compound parts, character 5-grams.

    `parts` of a word that is no compound is its stem. All are empty for a stop word.
    """

    stem: str
    parts: tuple[str, ...]
    grams: tuple[str, ...]


class Stems(NamedTuple):
    """`WordTerms` without the 5-grams."""

    stem: str
    parts: tuple[str, ...]


def fold(text: str) -> str:
    """Return `text` for comparing: NFKC, lower case, no accents, plain quotes, hyphens and spaces."""
    text = unicodedata.normalize("NFKD", text).translate(_FOLDED).lower()
    return text if text.isascii() else "".join(c for c in text if not unicodedata.combining(c))


def tokenize(text: str) -> list[Token]:
    """Return words, numbers and codes of `text` in order, hyphen compounds as one token."""
    return [Token(m.group(), m.start(), m.end()) for m in _pattern(text).finditer(text)]


def _pattern(text: str) -> re.Pattern[str]:
    return _TOKEN_OR_MAIL if "@" in text else _TOKEN


def token_at(text: str, start: int) -> Token:
    """Return the token of `text` that begins at `start`.

    Raises:
        ValueError: none does.
    """
    match = _pattern(text).match(text, start)
    if match is None:
        raise ValueError(f"no token begins at {start}")
    return Token(match.group(), start, match.end())


def pieces(text: str) -> Pieces:
    """Take a text apart; what `analyse` starts from."""
    found = list(_pattern(text).finditer(text))
    meant = dict(_ellipses(text, tokenize(text))) if _may_have_ellipses(text) else {}
    return Pieces([match.group() for match in found], [match.start() for match in found], meant)


def analyse(text: str) -> list[AnalysedToken]:
    """Return the tokens of `text` with the folded words that each is found by; see `AnalysedToken`."""
    tokens, starts, meant = pieces(text)
    return [
        AnalysedToken(token, start, start + len(token), token_words(token) + meant.get(i, ()))
        for i, (token, start) in enumerate(zip(tokens, starts, strict=True))
    ]


def _may_have_ellipses(text: str) -> bool:
    return ("-" in text or "\u2010" in text or "\u2011" in text) and _LOOSE.search(text) is not None


def words(text: str) -> Iterator[str]:
    """Yield the folded words that `text` is found by, in order: those of `analyse`, with less work."""
    if _may_have_ellipses(text):
        return (word for token in analyse(text) for word in token.words)
    return chain.from_iterable(map(token_words, _pattern(text).findall(text)))


@lru_cache(maxsize=1 << 17)
def token_words(token: str) -> tuple[str, ...]:
    """Return the folded words that one token stands for, the whole first.

    "eHealth" and "e-health" both give ("ehealth", "health"). What begins with an abbreviation falls apart, since it
    is written in three ways: "POH-jeugd" and "POHjeugd" both give ("poh", "jeugd"), as "POH jeugd" does.
    """
    if token.isascii() and token[1:].islower() and token.isalpha():  # a plain word, as most are
        return _apart(token.lower())
    if "@" in token:
        return (fold(token), *re.split(r"[@.]", fold(token)))
    pieces = [piece for unit in _HYPHENS.split(token) for piece in _CAMEL.split(unit)]
    words = [word for piece in pieces if (word := _word(piece))]
    if len(words) < 2:
        return _apart(words[0]) if words else ()
    longer = [word for word in words if len(word) > 1 or word.isdigit()]
    apart = is_abbreviation(words[0]) or (pieces[0].isupper() and not any(map(is_stop, words)))
    if (apart and len(longer) == len(words)) or all(word[0].isdigit() for word in words):
        return tuple(longer)
    return ("".join(words), *longer)


def _apart(word: str) -> tuple[str, ...]:
    """Return the parts of a word that begins with an abbreviation, else the word."""
    parts = split(word) if word.startswith(abbreviations()) else ()
    return tuple(part.text for part in parts) if parts and is_abbreviation(parts[0].text) else (word,)


def _word(piece: str) -> str:
    word = fold(piece)
    if _THOUSANDS.fullmatch(word) or (word[:1].isalpha() and "." in word):
        word = word.replace(".", "")  # 20.000, o.a.
    return _ENDING.sub("", word) if "'" in word else word


def _ellipses(text: str, tokens: list[Token]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the index of each token in a hyphen ellipsis and the word that is meant by it."""
    starts = {token.start: i for i, token in enumerate(tokens)}
    for i, token in enumerate(tokens):
        if match := _ELLIPSIS_LEFT.match(text, token.end):  # wijk- en jeugdteams
            whole = fold(tokens[starts[match.end()]].text) if match.end() in starts else ""
            if parts := split(whole):
                yield i, (fold(token.text) + whole[parts[-1].start :],)
        elif match := _ELLIPSIS_RIGHT.match(text, token.end):  # jeugdzorg en -hulp
            whole = fold(token.text)
            if (parts := split(whole)) and match.end() in starts:
                at = starts[match.end()]
                yield at, (whole[: parts[-1].start] + fold(tokens[at].text),)


def word_terms(word: str) -> WordTerms:
    """Return the index terms of one folded word."""
    whole, parts = stems(word)
    return WordTerms(whole, parts, grams(word) if whole else ())


@lru_cache(maxsize=1 << 17)
def stems(word: str) -> Stems:
    """Return the stem of one folded word, and those of its parts; see `WordTerms`."""
    if is_stop(word):
        return Stems("", ())
    parts = split(word)
    if not parts:
        whole = stem(word)
        return Stems(whole, (whole,))
    last = parts[-1].start
    own = dict.fromkeys(stem(part.text) for part in parts if not is_stop(part.text))
    return Stems(word[:last] + stem(word[last:]), tuple(own))


def grams(word: str) -> tuple[str, ...]:
    """Return the character 5-grams of `word` with "_" at both ends; a short word gives one gram."""
    padded = f"_{word}_"
    return tuple(padded[i : i + GRAM] for i in range(max(1, len(padded) - GRAM + 1)))
