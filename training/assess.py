"""What the model is worth: agreement with people's judgement of likeness, and search by vectors alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from index.metrics import ndcg
from index.shipped import ShippedEmbedder
from index.testsets import read_qrels, read_queries

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


def report(embedder: ShippedEmbedder, bench: Path) -> Iterator[str]:
    """Yield a line for each set in `bench` (none of which is trained on): likeness, then search by vectors alone."""
    for name in ("stsb-nl-dev.csv", "stsb-nl-test.csv", "sick-nl-test.tsv"):
        yield f"{name}: Spearman {likeness(embedder.encode_document, graded(bench / 'sts' / name)):.1f}"
    for name in ("dekamer", "vac", "legalqa"):
        yield f"{name}: nDCG@10 {search(embedder, bench / 'retrieval' / name):.1f}"


def search(embedder: ShippedEmbedder, folder: Path) -> float:
    """Return nDCG@10 (0–100) of a BEIR folder, each document embedded whole, without any word search."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    names = [row["_id"] for row in rows]
    documents = embedder.encode_document([f"{row.get('title', '')}. {row['text']}" for row in rows])
    qrels = read_qrels(folder / "qrels.tsv")
    queries = [query for query in read_queries(folder / "queries.jsonl") if any(qrels.get(query.qid, {}).values())]
    scores = embedder.encode_query([query.text for query in queries]) @ documents.T
    best = np.argsort(-scores, axis=1)[:, :10]
    found = [ndcg([names[at] for at in row], qrels[query.qid]) for row, query in zip(best, queries, strict=True)]
    return 100 * float(np.mean(found))
