"""What is measured with: retrieval sets as they are, and any number of texts multiplied from their sentences.

The sets stand beside the repository in `../shared/bench/retrieval` and are never copied into it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from corpus.passages import TARGET_WORDS
from corpus.sentences import sentences

SETS = Path(__file__).resolve().parents[2] / "shared" / "bench" / "retrieval"
FREE = ("dekamer", "vac")
"""The sets whose texts may be multiplied (CC0); the others are for evaluation only."""
PASSAGES_PER_DOCUMENT = 5
_SHORTEST, _LONGEST = 60, TARGET_WORDS
_PLAIN = re.compile(r"[A-Z][^\n\t]*[.!?]")
_THEMES = ("schulden", "eenzaamheid", "jeugd", "wonen", "valpreventie", "leefstijl", "mantelzorg", "ggz")


@dataclass(frozen=True)
class RetrievalSet:
    """A test collection: documents as (id, title, text), queries by id, and per query its relevant documents."""

    name: str
    documents: tuple[tuple[str, str, str], ...]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]


def available() -> tuple[str, ...]:
    """Return the names of the retrieval sets that are there."""
    return tuple(sorted(path.parent.name for path in SETS.glob("*/corpus.jsonl")))


def load(name: str) -> RetrievalSet:
    """Read a retrieval set in BEIR layout."""
    lines = (SETS / name / "qrels.tsv").read_text("utf-8").splitlines()[1:]
    qrels: dict[str, dict[str, int]] = {}
    for query, document, score in (line.split("\t") for line in lines):
        qrels.setdefault(query, {})[document] = int(score)
    return RetrievalSet(
        name,
        tuple((r["_id"], r.get("title") or "", r["text"]) for r in _records(SETS / name / "corpus.jsonl")),
        {r["_id"]: r["text"] for r in _records(SETS / name / "queries.jsonl") if r["_id"] in qrels},
        qrels,
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@cache
def pool() -> tuple[str, ...]:
    """Return the distinct plain sentences of the free sets, in a fixed order."""
    found: dict[str, None] = {}
    for name in FREE:
        for record in _records(SETS / name / "corpus.jsonl"):
            for start, end in sentences(record["text"]):
                sentence = " ".join(record["text"][start:end].split())
                if 5 <= len(sentence.split()) <= 40 and _PLAIN.fullmatch(sentence):
                    found[sentence] = None
    return tuple(found)


def passages(count: int, seed: int = 0) -> Iterator[str]:
    """Yield `count` distinct texts of 60 to 120 words: what our own passages measure.

    Sentences are drawn at random. Each text also gets a compound that no other has, made of two of its words:
    without it the vocabulary would stop growing, which that of real Dutch never does.
    """
    choose, fresh = random.Random(seed), set[str]()
    for _ in range(count):
        text = _passage(choose, pool())
        words = [word for word in re.findall(r"[a-z]{4,9}", text)]
        while (compound := choose.choice(words) + choose.choice(words)) in fresh:
            words.append(compound[:12])
        fresh.add(compound)
        yield f"{text} Dat heet {compound}."


def _passage(choose: random.Random, pool: tuple[str, ...]) -> str:
    wanted = choose.randint(_SHORTEST, _LONGEST - 10)
    chosen: list[str] = []
    size = 0
    while size < wanted:
        sentence = choose.choice(pool)
        if size + len(sentence.split()) <= _LONGEST - 3:
            chosen.append(sentence)
            size += len(sentence.split())
    return " ".join(chosen)


def documents(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield records for a .jsonl file that together hold `count` passages, with values for every facet."""
    choose, texts = random.Random(seed), passages(count, seed)
    for number, _ in enumerate(range(0, count, PASSAGES_PER_DOCUMENT)):
        parts = list(islice(texts, PASSAGES_PER_DOCUMENT))
        yield {
            "id": f"d{seed}-{number}",
            "url": f"https://uitgever{number % 40}.example/{seed}/{number}",
            "title": " ".join(parts[0].split()[:7]).rstrip(".,;:"),
            "publisher": f"Uitgever {number % 40}",
            "year": 2005 + number % 20,
            "kind": ("artikel", "rapport", "handreiking", "nieuwsbericht")[number % 4],
            "doelgroep": [("jeugd", "volwassenen", "ouderen")[number % 3]],
            "themas": choose.sample(_THEMES, 2),
            "text": "\n\n".join(parts),
        }


def queries(count: int) -> list[str]:
    """Return `count` distinct queries, half keywords and half questions, spread evenly over the free sets."""
    found: list[str] = []
    for name in FREE:
        texts = list(dict.fromkeys(r["text"] for r in _records(SETS / name / "queries.jsonl")))
        wanted = min(count - len(found) if name == FREE[-1] else count - count // 2, len(texts))
        found += [texts[i * len(texts) // wanted] for i in range(wanted)]
    random.Random(count).shuffle(found)
    return found


def with_stop_words(query: str) -> str:
    """Return the query amid words that nearly every Dutch text has: the worst case for a word index."""
    return f"hoe is het dat de {query} van een in het voor en op wat dan ook te zijn en niet meer is"
