"""What the model is worth: agreement with people's judgement of likeness, and search by vectors alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from index.metrics import ndcg
from index.shipped import ShippedEmbedder
from index.testsets import read_qrels, read_queries
from training.sources import Pair, own_pairs, public_pairs

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def likeness(encode: Encode, rows: Sequence[tuple[str, str, float]]) -> float:
    """Return Spearman's rank correlation (times 100) of cosine and the grade that people gave."""
    first, second = encode([row[0] for row in rows]), encode([row[1] for row in rows])
    return 100 * float(spearmanr((first * second).sum(1), [row[2] for row in rows]).statistic)


def graded(path: Path) -> list[tuple[str, str, float]]:
    """Return the sentence pairs of `path` (.csv without a heading, .tsv with one) with their grades."""
    tabs = path.suffix == ".tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(file))
    return [(row[0], row[1], float(row[2])) for row in rows[tabs:]]


def report(embedder: ShippedEmbedder, data: Path, bench: Path) -> Iterator[str]:
    """Yield a line for each set that nothing was trained on: likeness, then search by vectors alone."""
    for name in ("stsb-nl-dev.csv", "stsb-nl-test.csv", "sick-nl-test.tsv"):
        yield f"{name}: Spearman {likeness(embedder.encode_document, graded(bench / 'sts' / name)):.1f}"
    for kind in ("dekT", "law"):
        asked, others = ([p for p in public_pairs(data, held_out=out) if p.kind == kind] for out in (True, False))
        yield f"{kind}, held out: nDCG@10 {search(embedder, among(asked, others)):.1f}"
    asked, others = (list(own_pairs(held_out=out)) for out in (True, False))
    yield f"our own rules and municipal answers, held out: nDCG@10 {search(embedder, among(asked, others)):.1f}"
    for name in ("dekamer", "vac", "legalqa"):
        yield f"{name}: nDCG@10 {search(embedder, beir(bench / 'retrieval' / name)):.1f}"


class Judged(NamedTuple):
    """Documents and queries by their names, and which documents are how relevant to each query."""

    documents: Mapping[str, str]
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


def beir(folder: Path) -> Judged:
    """Read a BEIR folder."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    documents = {row["_id"]: f"{row.get('title', '')}. {row['text']}" for row in rows}
    grades = {query: found for query, found in read_qrels(folder / "qrels.tsv").items() if any(found.values())}
    queries = {query.qid: query.text for query in read_queries(folder / "queries.jsonl") if query.qid in grades}
    return Judged(documents, queries, grades)


def among(asked: Sequence[Pair], others: Sequence[Pair], most: int = 2000) -> Judged:
    """Return the queries of pairs, to be found among at most so many passages: their own, then those of others."""
    passages = list(dict.fromkeys(pair.passage for pair in (*asked, *others)))[:most]
    names = {passage: str(number) for number, passage in enumerate(passages)}
    asked = [pair for pair in asked if pair.passage in names]
    queries = {str(number): pair.query for number, pair in enumerate(asked)}
    return Judged(
        {name: passage for passage, name in names.items()},
        queries,
        {str(number): {names[pair.passage]: 1} for number, pair in enumerate(asked)},
    )


def search(embedder: ShippedEmbedder, judged: Judged) -> float:
    """Return nDCG@10 (0–100), each document embedded whole, without any word search."""
    names = list(judged.documents)
    documents = embedder.encode_document(list(judged.documents.values()))
    scores = embedder.encode_query(list(judged.queries.values())) @ documents.T
    best = np.argsort(-scores, axis=1)[:, :10]
    found = [
        ndcg([names[at] for at in row], judged.grades[query]) for row, query in zip(best, judged.queries, strict=True)
    ]
    return 100 * float(np.mean(found))
