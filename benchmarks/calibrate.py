"""Which strength makes an answer: what each threshold gives on the tune half of the domain set, and which to choose.

    python -m benchmarks.calibrate [--model SPEC] [--kb DIR]

Strength is `nearness` times how near the vectors are, the rest how much of the question is covered (index/answer.py).

1. Nearness: the value with the largest area under the curve that tells answerable from unanswerable questions.
2. Weak: the lowest threshold with which at most MOST_FALSE of the unanswerable questions are given sentences. The last
   column says in how many of the resamples TARGET_GIVEN of the answerable ones are then given any.
3. Answered: the lowest threshold from which at least SURE_FIRST of the answers begin with a relevant record.

Reads the tune split only. Resamples are seeded: the same index gives the same table.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from corpus.store import Corpus
from index.answer import Reading, Rules, judge, read
from index.building import build
from index.configuration import Configuration, opened
from index.evaluate import NO_ANSWER
from index.metrics import DRAWS, wilson
from index.testsets import read_qrels, read_queries

DOMAIN = Path(__file__).resolve().parents[1] / "tests" / "data" / "domein"
NEARNESS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
STEP = 0.02
MOST_FALSE, TARGET_GIVEN, SURE_FIRST = 1 / 15, 0.85, 0.93


class Case(NamedTuple):
    """A question that was read, the records that answer it, and whether any does."""

    reading: Reading
    relevant: frozenset[str]
    answerable: bool


class Row(NamedTuple):
    """Per question with one threshold: answerable, given sentences, citing a relevant record, citing it first."""

    answerable: NDArray[np.bool_]
    given: NDArray[np.bool_]
    cited: NDArray[np.bool_]
    first: NDArray[np.bool_]

    def cells(self) -> list[str]:
        """Return the shares given, citing and citing first among them, and falsely given, with intervals."""
        hopeless, given = ~self.answerable, self.given[self.answerable].sum()
        shares = (
            (given, self.answerable.sum()),
            (self.cited.sum(), given),
            (self.first.sum(), given),
            (self.given[hopeless].sum(), hopeless.sum()),
        )
        return [f"{found}/{of} {_percents(*wilson(int(found), int(of)))}" for found, of in shares]

    def chance_of_target(self) -> float:
        """Return the share of resamples in which enough of the answerable questions are given sentences."""
        given = self.given[self.answerable]
        draws = np.random.default_rng(0).integers(0, len(given), (DRAWS, len(given)))
        return float((given[draws].mean(axis=1) >= TARGET_GIVEN).mean())


def _percents(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def cases(kb: Path, model: str | None) -> list[Case]:
    """Read every tune question."""
    qrels = read_qrels(DOMAIN / "qrels.tsv")
    queries = [query for query in read_queries(DOMAIN / "queries.jsonl") if query.split == "tune"]
    with opened(kb, Configuration(model=model)) as searcher:
        return [
            Case(
                read(searcher, query.text),
                frozenset(record for record, grade in qrels.get(query.qid, {}).items() if grade > 0),
                query.type != NO_ANSWER,
            )
            for query in queries
        ]


def row(asked: list[Case], rules: Rules, *, only_answered: bool = False) -> Row:
    """Return what the rules give for each question; `only_answered` leaves the weak ones out."""
    each = []
    for case in asked:
        found = judge(case.reading, rules)
        shown = found.status == "answered" or (found.status == "weak" and not only_answered)
        relevant = [sentence.source_id in case.relevant for sentence in found.sentences] if shown else []
        each.append((case.answerable, shown, any(relevant), relevant[:1] == [True]))
    return Row(*np.array(each).T)


def curve(asked: list[Case], nearness: float) -> float:
    """Return the chance that a random answerable question is stronger than a random unanswerable one."""
    values = np.array([case.reading.strongest(Rules(nearness=nearness)) for case in asked])
    answerable = np.array([case.answerable for case in asked])
    above = values[answerable][:, None] - values[~answerable][None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def calibrate(asked: list[Case]) -> Rules:
    """Print the tables, and return the rules that they lead to."""
    areas = {nearness: curve(asked, nearness) for nearness in NEARNESS}
    report.print_table(["nearness", "area"], [[f"{n:.1f}", f"{area:.4f}"] for n, area in areas.items()])
    nearness = max(areas, key=lambda n: (round(areas[n], 3), -n))
    grid = [round(float(value), 2) for value in np.arange(0.2, 0.7, STEP)]
    head = ["given", "cites a relevant record", "first", "false"]
    rows = {weak: row(asked, Rules(weak, weak, nearness)) for weak in grid}
    chances = {weak: found.chance_of_target() for weak, found in rows.items()}
    title = f"weak (nearness {nearness:.1f})"
    table = [[f"{weak:.2f}", *rows[weak].cells(), f"{100 * chances[weak]:.0f} %"] for weak in grid]
    report.print_table([title, *head, f"≥ {TARGET_GIVEN:.0%} given"], table)
    false = {value: found.given[~found.answerable].mean() for value, found in rows.items()}
    weak = min((value for value in grid if false[value] <= MOST_FALSE), default=grid[-1])
    above = {value: row(asked, Rules(value, weak, nearness), only_answered=True) for value in grid if value >= weak}
    report.print_table(["answered", *head], [[f"{value:.2f}", *found.cells()] for value, found in above.items()])
    good = (v for v, found in above.items() if found.first.sum() >= SURE_FIRST * found.given[found.answerable].sum())
    return Rules(min(good, default=grid[-1]), weak, nearness)


def main() -> None:
    """Index the collection that ships, or take a knowledge base, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help='"default" or "transformers:NAME_OR_PATH"')
    parser.add_argument("--kb", type=Path, help="a knowledge base with the collection that ships, already indexed")
    options = parser.parse_args()
    report.print_machine(report.machine(), "Tune split of tests/data/domein; test is not looked at.")
    with tempfile.TemporaryDirectory() as folder:
        kb = options.kb or _starter(Path(folder), options.model or "default")
        print(f"choose: {calibrate(cases(kb, options.model))}")


def _starter(folder: Path, model: str) -> Path:
    from ingest.fetch import starter_sources
    from ingest.pipeline import ingest

    with Corpus(folder, create=True) as corpus:
        ingest([starter_sources()], corpus)
        build(corpus, model)
    return folder


if __name__ == "__main__":
    main()
