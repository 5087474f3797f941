"""Dutch number words, as far as titles and lists use them."""

from __future__ import annotations

NUMBERS = {
    word: number
    for number, word in enumerate(
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien".split(), 1
    )
} | {"één": 1, "twintig": 20}
# A number in digits or in words, for use in a larger pattern.
NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"


def number_of(word: str) -> int | None:
    """Return the number that a word or digits stand for."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower())
