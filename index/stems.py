"""Whole-word stems: Snowball's Dutch stemmer, corrected where it goes wrong in this field, and stop words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


def data_lines(name: str) -> tuple[str, ...]:
    """Return the lines of a data file in this package, comments and empty lines left out."""
    text = files("index").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def stop_words() -> frozenset[str]:
    """Return the folded words that are never searched on; "niet" and "geen" are not among them."""
    return frozenset(word for line in data_lines("stopwords.txt") for word in line.split())


def is_stop(word: str) -> bool:
    """Tell whether a folded word is a stop word."""
    return word in stop_words()


@cache
def _exceptions() -> dict[str, str]:
    return dict(line.split("\t") for line in data_lines("stems.tsv"))


@cache
def _stemmer() -> Any:  # noqa: ANN401 - PyStemmer has no types
    import Stemmer

    return Stemmer.Stemmer("dutch")


def stem(word: str) -> str:
    """Return the stem of a folded word."""
    return _exceptions().get(word) or str(_stemmer().stemWord(word))
