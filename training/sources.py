"""The texts that the model learns from: parallel sentences, a dictionary, Dutch query–passage pairs, law texts.

Every reader takes the folder that holds the files (see MODEL_CARD.md for what they are, their licences, and where an
outsider gets each by its public name) and yields clean text. What is left out, and why, is said here and nowhere else.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from hashlib import sha1
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OWN_PAIRS = ROOT / "training" / "pairs"
EVERYDAY = ROOT / "training" / "translations"
WITH_HELD_OUT = frozenset({"rules", "municipal"})
STARTER = ROOT / "corpus" / "starter"

LEFT_OUT = frozenset({"mo", "gimphelp"})
"""Message catalogues and help under the GPL and GFDL: the model is to be licensed permissively."""

NO_PROSE = frozenset({"md"})
"""Entries of a data model: tables under headings that tell nothing."""

LONGEST = 600
"""Characters of a sentence to learn a translation from; what is longer is seldom aligned well."""

NUMBERING = "#0123456789. abc)"
"""What paragraphs of a law begin with: their number, or a first letter or two."""

_MARKUP = re.compile(r"<[^>]*>|\[([^\]]*)\]\([^)]*\)|[*_`~|]+|%\w|&\w+;")
_SPACE = re.compile(r"\s+")


class Translation(NamedTuple):
    """A Dutch text, its English translation, and the name of the collection it comes from."""

    nl: str
    en: str
    source: str


class Pair(NamedTuple):
    """A Dutch (or English) query and a passage that answers it; `kind` is its source or the type of query."""

    query: str
    passage: str
    kind: str


def clean(text: str) -> str:
    """Return `text` without markup, links and runs of white space."""
    return _SPACE.sub(" ", _MARKUP.sub(lambda match: match.group(1) or " ", text)).strip()


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def translations(folder: Path) -> Iterator[Translation]:
    """Yield the parallel sentences, our own everyday ones, then the glosses of the dictionary, each pair once."""
    seen: set[tuple[str, str]] = set()
    for name in ("parallel.jsonl.xz", "parallel-esco-ggm.jsonl.xz"):
        for row in _lines(folder / name):
            if row["src"] not in LEFT_OUT:
                yield from _new(Translation(clean(row["nl"]), clean(row["en"]), row["src"]), seen)
    for path in sorted(EVERYDAY.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield from _new(Translation(**json.loads(line), source="everyday"), seen)
    for entry in _lines(folder / "dictionary-nl-en.jsonl.xz"):
        for gloss in entry["en"]:
            yield from _new(Translation(clean(entry["nl"]), clean(gloss), "dictionary"), seen)


def _new(pair: Translation, seen: set[tuple[str, str]]) -> Iterator[Translation]:
    key = pair.nl.casefold(), pair.en.casefold()
    if all(any(map(str.isalpha, text)) and len(text) <= LONGEST for text in pair[:2]) and key not in seen:
        seen.add(key)
        yield pair


def public_pairs(folder: Path, *, held_out: bool = False) -> Iterator[Pair]:
    """Yield Dutch query–passage pairs of public texts: law headings, occupations, parliamentary questions.

    One passage in twelve is held out: `assess` tells with them what training did for such texts.
    """
    for row in _lines(folder / "pairs-nl.jsonl.xz"):
        pair = Pair(clean(row["query"]), clean(row["passage"]), row["src"])
        if pair.kind not in NO_PROSE and held_out == _one_in(12, pair.passage):
            yield pair


def _one_in(number: int, text: str) -> bool:
    return sha1(text.encode()).digest()[0] % number == 0  # noqa: S324


def own_pairs(*, held_out: bool = False) -> Iterator[Pair]:
    """Yield the pairs that we wrote; a pair names a record of the starter collection or holds a passage of its own.

    One passage in eight of the files in `WITH_HELD_OUT` is held out, to choose settings of search with.
    """
    records: dict[str, str] = {}
    for path in sorted(OWN_PAIRS.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            if slug := row.get("record"):
                passage = records.setdefault(slug, record_text(STARTER / f"{slug}.md"))
            else:
                passage = row["passage"]
            if held_out == (path.stem in WITH_HELD_OUT and _one_in(8, passage)):
                yield Pair(row["query"], passage, row["type"])


def record_text(path: Path) -> str:
    """Return title and text of a starter record, headings left out, as one line."""
    _, head, body = path.read_text("utf-8").split("+++", 2)
    title = re.search(r'^title = "(.*)"$', head, re.MULTILINE)
    prose = " ".join(line for line in body.splitlines() if not line.startswith("#"))
    return clean(f"{title[1] if title else ''}. {prose}")


def paraphrases(pairs: list[Translation]) -> list[Pair]:
    """Return Dutch sentences that are two translations of one English sentence: everyday paraphrases."""
    by_english: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.source == "tatoeba":
            by_english.setdefault(pair.en, []).append(pair.nl)
    return [Pair(first, second, "paraphrase") for same in by_english.values() for first, second in pairwise(same)]


def law_paragraphs(folder: Path, limit: int) -> Iterator[str]:
    """Yield up to `limit` characters of Dutch law text in paragraphs: first care and welfare, then the sample."""
    left = limit
    for name in ("laws-care-welfare.txt.xz", "laws-sample.txt.xz"):
        with lzma.open(folder / name, "rt", encoding="utf-8") as file:
            for line in file:
                text = clean(line.lstrip(NUMBERING))
                if len(text) < 60:
                    continue
                if (left := left - len(text)) < 0:
                    return
                yield text
