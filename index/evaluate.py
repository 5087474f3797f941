"""How well search and answers do on a set of queries with judged documents.

Two kinds of input: a knowledge base with a file of queries and one of judgements, or a folder in BEIR layout
(`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`), whose corpus is then indexed in a temporary knowledge base. Documents
go by their `source_id`. A query of type "no-answer" is one that the collection cannot answer; others that nobody
judged are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.answer import answer
from index.configuration import Configuration, opened
from index.metrics import Interval, bootstrap, ndcg, recall, reciprocal_rank, wilson
from index.results import Query
from index.search import Searcher
from index.testsets import EvalQuery, read_qrels, read_queries

METRICS = ("ndcg@10", "recall@5", "recall@100", "mrr")
ALL = "all"
NO_ANSWER = "no-answer"
_DEPTH = 100

Qrels = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Outcome:
    """What one query gave: its status as a question, whether a relevant document was cited, and its metrics.

    `status` is empty if nothing was asked; `metrics` is empty and `cited` False for a query without an answer.
    """

    query: EvalQuery
    status: str
    cited: bool
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Answers:
    """Shares of questions, each 0–1 with its interval; None where there is nothing to take a share of.

    `answered` and `given`: the answerable questions with that status, and those with sentences, weak or not. `cited`:
    of those with sentences, the ones that cite a relevant document. `false_answered` and `false_given`: the same two
    shares of the unanswerable questions.
    """

    answered: Interval | None
    given: Interval | None
    cited: Interval | None
    false_answered: Interval | None
    false_given: Interval | None


@dataclass(frozen=True)
class Report:
    """Everything that was measured: per group ("all", then each query type) an interval for each metric."""

    name: str
    outcomes: tuple[Outcome, ...]

    def groups(self) -> dict[str, list[Outcome]]:
        """Return the queries that have relevant documents: all of them, then by type where there are types."""
        judged = [outcome for outcome in self.outcomes if outcome.metrics]
        found = {ALL: judged}
        for outcome in judged:
            if outcome.query.type:
                found.setdefault(outcome.query.type, []).append(outcome)
        return found

    def interval(self, metric: str, group: str = ALL) -> Interval:
        """Return the mean of a metric over a group, with its confidence interval."""
        return bootstrap([outcome.metrics[metric] for outcome in self.groups()[group]])

    def answers(self, group: str = ALL) -> Answers:
        """Return what asking did; the false answers are those to all unanswerable questions."""
        asked = [outcome for outcome in self.groups()[group] if outcome.status]
        given = [outcome for outcome in asked if outcome.status != "none"]
        hopeless = [outcome for outcome in self.outcomes if outcome.status and not outcome.metrics]
        return Answers(
            answered=_share(o.status == "answered" for o in asked),
            given=_share(o.status != "none" for o in asked),
            cited=_share(o.cited for o in given),
            false_answered=_share(o.status == "answered" for o in hopeless),
            false_given=_share(o.status != "none" for o in hopeless),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain JSON types, with the metrics of every query under `queries`."""
        groups = {
            group: {
                "queries": len(members),
                **{metric: self.interval(metric, group)._asdict() for metric in METRICS},
                "answers": {name: share and share._asdict() for name, share in asdict(self.answers(group)).items()},
            }
            for group, members in self.groups().items()
        }
        each = [
            {"qid": o.query.qid, "type": o.query.type, "status": o.status, "cited": o.cited, **o.metrics}
            for o in self.outcomes
        ]
        return {"name": self.name, "groups": groups, "queries": each}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the lines of a table of percentages, the head first."""
        metrics = ("nDCG@10 (95 %)", "recall@5", "recall@100", "MRR")
        yield ("", "queries", *metrics, "answered", "given (95 %)", "cited (95 %)")
        for group, members in self.groups().items():
            if members:
                others = (percent(self.interval(metric, group).mean) for metric in METRICS[1:])
                given = self.answers(group)
                shares = (percent(given.answered and given.answered.mean), spread(given.given), spread(given.cited))
                yield (group, str(len(members)), spread(self.interval("ndcg@10", group)), *others, *shares)
        hopeless = sum(not outcome.metrics for outcome in self.outcomes)
        if hopeless:
            given = self.answers()
            answered = percent(given.false_answered and given.false_answered.mean)
            yield ("no answer there", str(hopeless), "", "", "", "", answered, spread(given.false_given), "")


def evaluate(
    path: Path,
    queries: Path | None = None,
    qrels: Path | None = None,
    *,
    configuration: Configuration | None = None,
    split: str | None = None,
    ask: bool = True,
) -> Report:
    """Search with and ask all queries, and return what was found.

    Args:
        path: a knowledge base, or a folder in BEIR layout.
        queries: JSON lines with `qid` or `_id`, `query` or `text`, and optionally `type` and `split`; a folder in
            BEIR layout has its own.
        qrels: tab-separated lines of query, document and grade, with or without a head; a folder in BEIR layout has
            its own, `qrels.tsv` or `qrels/test.tsv`.
        configuration: what to search with.
        split: use only the queries of this split.
        ask: also ask each query as a question.

    Raises:
        UsageError: a file is missing or cannot be read.
        SnapshotError: the knowledge base has no index.
        EmbedderError, RerankerError: a model cannot be loaded.
    """
    configuration = configuration or Configuration()
    asked = [q for q in read_queries(queries or path / "queries.jsonl") if split in (None, q.split)]
    judged = read_qrels(qrels or _judgements(path))
    with opened(path, configuration) as searcher:
        name = ", ".join(filter(None, (path.name, split, str(configuration))))
        return measure(searcher, asked, judged, name=name, ask=ask)


def measure(
    searcher: Searcher, queries: Iterable[EvalQuery], qrels: Qrels, *, name: str = "", ask: bool = True
) -> Report:
    """Search with each query, and `ask` it; `qrels` gives per query the grade of each judged document."""
    usable = (query for query in queries if query.type == NO_ANSWER or any(qrels.get(query.qid, {}).values()))
    return Report(name, tuple(_outcome(searcher, query, qrels.get(query.qid, {}), ask) for query in usable))


def _judgements(folder: Path) -> Path:
    usual = folder / "qrels" / "test.tsv"
    return usual if usual.is_file() else folder / "qrels.tsv"


def _outcome(searcher: Searcher, query: EvalQuery, grades: Mapping[str, int], ask: bool) -> Outcome:
    metrics = _metrics(_ranking(searcher, query.text), grades) if grades else {}
    if not ask:
        return Outcome(query, "", False, metrics)
    found = answer(searcher, query.text)
    cited = any(grades.get(s.source_id or s.document_id, 0) > 0 for s in found.sentences)
    return Outcome(query, found.status, cited, metrics)


def _ranking(searcher: Searcher, text: str) -> list[str]:
    """Return the ids of the documents that search gives, best first, each once."""
    found: dict[str, None] = {}
    for hit in searcher.search(Query(text, _DEPTH)).hits:
        found.setdefault(hit.source_id or hit.document_id)
        for twin in hit.also_in:
            document = searcher.document(twin)
            found.setdefault(document.source_id or twin if document else twin)
    return list(found)


def _metrics(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    values = (
        ndcg(ranking, grades),
        recall(ranking, grades, 5),
        recall(ranking, grades, 100),
        reciprocal_rank(ranking, grades),
    )
    return dict(zip(METRICS, values, strict=True))


def _share(cases: Iterable[bool]) -> Interval | None:
    counted = list(cases)
    return wilson(sum(counted), len(counted)) if counted else None


def percent(value: float | None) -> str:
    """Return a share as a percentage, nothing for None."""
    return "" if value is None else f"{100 * value:.1f}"


def spread(interval: Interval | None) -> str:
    """Return a share with its interval as percentages."""
    return "" if interval is None else f"{percent(interval.mean)} ({percent(interval.low)}–{percent(interval.high)})"
