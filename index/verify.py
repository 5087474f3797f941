"""Whether a sentence that claims something about passages is carried by the passages that it cites.

Nothing here understands a text. So every number, municipality, negation, word of degree or duty, and every other word
but the lightest must be in the cited passages, close together, and a number must stand before the same word. What
cannot be checked is withheld, a free paraphrase too. A sentence that turns a relation around with the passage's own
words still passes: that is why the passage's own sentence is shown beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from corpus.gemeenten import find_gemeenten
from corpus.sentences import sentences
from index.answer import cite
from index.coverage import NEGATIONS, Wanted, negates, wanted, words
from index.dutch import analyse, fold, word_terms
from index.results import GeneratedSentence, Hit, Query, Sentence
from index.search import Searcher

_LEAST = 0.3
"""A citation counts if its passage alone takes up this part of the sentence's weight."""
_FEWEST, _LONGEST, _MOST = 4, 45, 8
"""Words of a sentence, at least and at most, and sentences."""
_FOLLOWING = 3
"""How many words after a number may be what it counts."""

_MARKS = re.compile(r"\s*\[(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\]")
_LATE = re.compile(r"([.!?])((?:\s*\[[\d\s,;]+\])+)")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_SIGNS = frozenset(" .,;:!'\"“”‘’„()%&/+-–—…€°")
# Addresses of any kind and telephone numbers: those are read in the source.
_CONTACT = re.compile(r"[^\W\d_]{2}\.[^\W\d_]{2}|//|\bwww\b|(?:\d[ /-]?){8}")

# Words that may be missing from the passage: they claim nothing of their own.
_LIGHT = frozenset(
    """
    helpen helpt werken werkt zorgen zorgt bieden biedt gebruiken gebruikt maken maakt krijgen krijgt geven geeft komen
    komt nemen neemt blijven blijft zetten zet staan staat zien ziet vinden vindt houden houdt bestaan bestaat noemen
    noemt genoemd heten heet beschrijven beschrijft volgens bron bronnen manier eigen zelf ander andere anderen vooral
    onder namelijk mensen mens ongeveer circa
    """.split()
)
# What counts as a number: it goes with what follows.
_QUANTITIES = {"alle": "alle", "elke": "elk", "elk": "elk", "ieder": "elk", "iedere": "elk"}
# A sentence that begins like this is read with the one before it.
_POINTERS = frozenset(
    """
    zij ze hij die dat deze dit dan daar daardoor daarna daarom daarbij daarmee daarvan daarnaast zo zulke hun haar
    """.split()
)
# These are looked at apart, or only say what a number counts.
_PASSED = _LIGHT | NEGATIONS
_UNIT = _LIGHT | {"procent", "euro"}
# What a passage permits may not become a duty, nor "some" become "all". Most of these are stop words elsewhere.
_DEGREES = tuple(
    frozenset(group.split())
    for group in (
        "moet moeten moest moesten verplicht verplichte verplichting",
        "hoeft hoeven",
        "mag mogen mocht mochten toegestaan",
        "verbiedt verbieden verboden",
        "meer vaker groter hoger langer toename toegenomen steeg stegen stijgt stijgen gestegen groeit groeien groeide",
        "minder lager kleiner korter afname afgenomen daalt dalen daalde daalden gedaald",
        "beter beste verbetert verbeterde verbeterd verbetering",
        "slechter slechtste verslechtert verslechterde verslechtering",
        "allemaal iedereen",
        "altijd overal",
        "alleen uitsluitend enkel slechts",
        "meeste meestal merendeel meerderheid",
        "bewezen bewijs bewijst aangetoond",
    )
)
_UNITS = "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien".split()
_TENS = "tien twintig dertig veertig vijftig zestig zeventig tachtig negentig".split()
_DIGITS = {w: str(n) for n, w in enumerate(_UNITS, 1)} | {w: str(10 * n) for n, w in enumerate(_TENS, 1)}
_IN_WORDS = re.compile(rf"(?:{'|'.join((*_UNITS, *_TENS))}|honderd|duizend|miljoen|miljard|en)+")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Statement(NamedTuple):
    """A sentence of a model, without its marks, and the numbers of the passages that it cites."""

    text: str
    citations: tuple[int, ...]


class Verified(NamedTuple):
    """The sentences that are carried, what carries them, and how many were withheld."""

    sentences: tuple[GeneratedSentence, ...]
    sources: tuple[Sentence, ...]
    withheld: int


def verify(searcher: Searcher, text: str, passages: Sequence[Hit]) -> Verified:
    """Check each sentence of `text` against the passages (numbered from 1) that it cites."""
    sources: dict[Sentence, int] = {}
    kept: dict[str, GeneratedSentence] = {}
    withheld = 0
    for number, statement in enumerate(statements(text)):
        carriers = carriers_of(searcher, statement, passages) if number < _MOST else ()
        withheld += not carriers
        if carriers and statement.text not in kept:
            numbers = tuple(sources.setdefault(sentence, len(sources) + 1) for sentence in carriers)
            kept[statement.text] = GeneratedSentence(statement.text, numbers)
    return Verified(tuple(kept.values()), tuple(sources), withheld)


def statements(text: str) -> Iterator[Statement]:
    """Yield the sentences of a model's answer; a mark behind the full stop belongs to the sentence before it."""
    for line in text.splitlines():
        line = _LATE.sub(r"\2\1", _BULLET.sub("", line.strip()))
        for start, end in sentences(line):
            marks = [int(n) for mark in _MARKS.findall(line[start:end]) for n in re.findall(r"\d+", mark)]
            plain = " ".join(_MARKS.sub("", line[start:end]).split())
            if any(letter.isalnum() for letter in plain):
                yield Statement(plain, tuple(dict.fromkeys(marks)))


def carriers_of(searcher: Searcher, statement: Statement, passages: Sequence[Hit]) -> tuple[Sentence, ...]:
    """Return the sentences of the cited passages that carry a statement; none if anything is not right."""
    if not _is_plain(statement.text) or not all(1 <= n <= len(passages) for n in statement.citations):
        return ()
    # Spelling is not repaired: a name that nobody has may not pass for one that is alike.
    terms = replace(searcher.terms(Query(statement.text)), added=(), repaired={})
    sought = wanted(searcher, terms)
    windows = [_window(passages[number - 1], sought) for number in statement.citations]
    windows = [window for window in windows if sought.coverage(window.text) >= _LEAST]
    if not windows or not _agree(windows, statement.text, sought):
        return ()
    return tuple(cite(window.hit, window.start, window.end) for window in windows)


def _is_plain(text: str) -> bool:
    """Tell whether this is a sentence of a fair length, in plain signs, without an address."""
    if not _FEWEST <= len(text.split()) <= _LONGEST or _CONTACT.search(text):
        return False
    return all(sign in _SIGNS or (sign.isalnum() and fold(sign).isascii()) for sign in text)


class _Window(NamedTuple):
    """The sentence of a passage that is nearest to a statement, with the text that it is read with.

    `negated`: that text denies something that the statement is about.
    """

    hit: Hit
    start: int
    end: int
    text: str
    negated: bool


def _window(hit: Hit, sought: Wanted) -> _Window:
    """Return the window; titles are read along, and the sentences that point at each other."""
    spans = sentences(hit.text)
    each = [hit.text[start:end] for start, end in spans]
    shares = [sought.coverage(sentence) for sentence in each]
    best = shares.index(max(shares))
    first, last = best - (best > 0 and _points_back(each[best])), best + 1
    last += last < len(each) and _points_back(each[last])
    negated = any(negates(each[at]) and shares[at] >= _LEAST for at in range(first, last))
    above = (hit.title, *hit.section, hit.item_title or "")
    return _Window(hit, *spans[best], "\n".join((*each[first:last], *above)), negated)


def _points_back(sentence: str) -> bool:
    return not _POINTERS.isdisjoint(words(sentence)[:1])


def _agree(windows: Sequence[_Window], text: str, sought: Wanted) -> bool:
    """Tell whether the windows together have all that a statement says."""
    together = "\n\n".join(window.text for window in windows)
    return (
        negates(text) == any(window.negated for window in windows)
        and _degrees(text) <= _degrees(together)
        and set(find_gemeenten(text)) <= set(find_gemeenten(together))
        and _has_numbers(text, together)
        and _has_words(text, {_root(term) for term in sought.present(together)})
    )


def _degrees(text: str) -> set[frozenset[str]]:
    found = set(words(text))
    return {group for group in _DEGREES if not group.isdisjoint(found)}


def _has_words(text: str, present: set[str]) -> bool:
    """Tell whether each word that is neither light nor a number is present: whole, or all words that make it up."""
    for token in analyse(text):
        found = [word in _PASSED or _number(word) is not None or _roots(word) <= present for word in token.words]
        joined = token.words[:1] == ("".join(token.words[1:]),)
        if not ((joined and found[0]) or all(found[joined:])):
            return False
    return True


def _roots(word: str) -> set[str]:
    """Return the stems of a word's parts without the endings that the stemmer leaves: verwijst, begeleiding."""
    return {_root(part) for part in word_terms(word).parts}


def _root(part: str) -> str:
    part = part.removesuffix("ing") if len(part) > 6 else part
    return part[:-1] if len(part) > 4 and part[-1] in "dt" else part


def _number(word: str) -> str | None:
    """Return a word's number as digits where that is simple, the word itself for a longer one, None for no number."""
    if word in ("een", "en"):
        return None
    if word in _QUANTITIES:
        return _QUANTITIES[word]
    if _IN_WORDS.fullmatch(word):
        return _DIGITS.get(word, word)
    return word if any(letter.isdigit() for letter in word) else None


def _counted(text: str) -> Iterator[tuple[str, list[set[str]]]]:
    """Yield each number of a text with the roots of the words that follow it, up to the next number or the end."""
    for start, end in sentences(text):
        found = words(text[start:end].replace("%", " procent "))
        for at, word in enumerate(found):
            if number := _number(word):
                following = takewhile(lambda other: not _number(other), found[at + 1 :])
                counted = (_roots(other) for other in following if other not in _UNIT)
                yield number, [roots for roots in counted if roots][:_FOLLOWING]


def _has_numbers(text: str, source: str) -> bool:
    """Tell whether each number is in the source and counts the same there; a year counts nothing."""
    there: dict[str, set[str]] = {}
    for number, following in _counted(source):
        there.setdefault(number, set()).update(*following)
    return all(
        number in there and (_YEAR.fullmatch(number) or not following or following[0] <= there[number])
        for number, following in _counted(text)
    )
