"""How hard a Dutch text is to read."""

from __future__ import annotations

import re

from corpus.sentences import sentences

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
# Longest first: a run of vowels is cut into the sounds that Dutch spelling has. A vowel with a diaeresis begins a
# syllable of its own, which is what the sign is for.
_VOWELS = re.compile(r"aai|ooi|oei|eeu|ieuw?|eau|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|au|ou|[aeiouyáàâéèêíìîóòôúùûäëïöü]")


def syllables(word: str) -> int:
    """Return the number of syllables of a Dutch word by its spelling, at least 1; a number counts as one."""
    return max(1, len(_VOWELS.findall(word.lower())))


def flesch_douma(text: str) -> float:
    """Return the reading ease of `text`: about 100 is very easy, 60–70 plain, below 30 hard.

    206.84 − 0.77 × syllables per 100 words − 0.93 × words per sentence: Flesch's formula fitted to Dutch by
    W.H. Douma (De leesbaarheid van landbouwbladen, 1960).

    Raises:
        ValueError: there is no word in `text`.
    """
    found = _WORD.findall(text)
    if not found:
        raise ValueError("a text without words has no reading level")
    count = sum(1 for start, end in sentences(text) if _WORD.search(text, start, end))
    per_hundred = 100 * sum(map(syllables, found)) / len(found)
    return 206.84 - 0.77 * per_hundred - 0.93 * len(found) / count
