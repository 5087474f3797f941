"""The lexical index field by field: nDCG@10 on the retrieval sets, then build and query times on many passages.

Settings were chosen on the queries of dekamer and VAC whose SHA-256 is even ("tune"); the odd ones ("test") and
LegalQA-NL were only looked at. Its document titles are the contexts; the other sets have none.

    python -m benchmarks.lexical_fields [--passages 100000]
"""

from __future__ import annotations

import argparse
import hashlib
import time
from dataclasses import replace
from statistics import mean

import numpy as np

from benchmarks import report, texts
from benchmarks.peers import ndcg
from index.lexical import ARRAYS, FieldWeights, LexicalIndex, build
from index.terms import query_terms

DEFAULT = FieldWeights()
NONE = FieldWeights(*(replace(getattr(DEFAULT, name), weight=0.0) for name in "wpg"))


def only(**weights: float) -> FieldWeights:
    """Return the default settings with these weights, and 0 for all other fields."""
    return replace(NONE, **{name: replace(getattr(DEFAULT, name), weight=w) for name, w in weights.items()})


VARIANTS = {
    "w: whole stems": only(w=1),
    "p: compound parts": only(p=1),
    "g: 5-grams": only(g=1),
    "w + p": only(w=0.5, p=1),
    "w + g": only(w=1, g=0.4),
    "p + g": only(p=1, g=0.4),
    "w + p + g (default)": DEFAULT,
}


def is_tune(query: str) -> bool:
    """Tell whether a query id is in the half that settings may be chosen on."""
    return hashlib.sha256(query.encode()).digest()[-1] % 2 == 0


def quality(test_set: texts.RetrievalSet, index: LexicalIndex, fields: FieldWeights) -> dict[str, float]:
    """Return nDCG@10 per query."""
    ids = [document for document, _, _ in test_set.documents]
    found = {}
    for query, text in test_set.queries.items():
        scores = index.scores(query_terms(text), fields)
        top = [int(row) for row in np.argsort(-scores, kind="stable")[:10] if scores[row] > 0]
        found[query] = ndcg([ids[row] for row in top], test_set.qrels[query])
    return found


def print_quality(names: tuple[str, ...]) -> None:
    """Print a table of variants and sets, each set whole and in its two halves where there are halves."""
    head, columns = ["nDCG@10"], []
    for name in names:
        test_set = texts.load(name)
        index = build((text for _, _, text in test_set.documents), (title for _, title, _ in test_set.documents))
        results = [quality(test_set, index, fields) for fields in VARIANTS.values()]
        parts = [(name, lambda _: True)]
        if name in texts.FREE:
            parts += [("tune", is_tune), ("test", lambda query: not is_tune(query))]
        for label, chosen in parts:
            head.append(label)
            columns.append([100 * mean(v for q, v in result.items() if chosen(q)) for result in results])
    rows = [
        [label, *(f"{value:.1f}" for value in row)]
        for label, row in zip(VARIANTS, zip(*columns, strict=True), strict=True)
    ]
    report.print_table(head, rows)


def print_speed(count: int) -> None:
    """Print how long `count` passages take to index, and a query on them."""
    passages = list(texts.passages(count))
    start = time.perf_counter()
    index = build(passages, (" ".join(text.split()[:7]) for text in passages))
    built = time.perf_counter() - start
    size = sum(getattr(index, name).nbytes for name in ARRAYS)
    print(f"{count:,} passages: built in {built:.1f} s, {size / 2**20:.0f} MiB, {report.peak_mib()} MiB at the most")
    asked = texts.queries(200)
    rows = []
    for label, queries in (("as typed", asked), ("amid stop words", [texts.with_stop_words(q) for q in asked])):
        seconds = []
        for query in queries:
            start = time.perf_counter()
            index.scores(query_terms(query))
            seconds.append(time.perf_counter() - start)
        rows.append([label, *report.percentiles(seconds).values()])
    report.print_table(["200 queries", "n", "p50 ms", "p95 ms", "p99 ms"], rows)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000, help="how many to index for the times")
    options = parser.parse_args()
    report.print_machine(report.machine(), "")
    print_quality(texts.available())
    print_speed(options.passages)


if __name__ == "__main__":
    main()
