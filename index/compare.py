"""Two reports of the same queries side by side: how much better, how sure, and for which queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from index.evaluate import METRICS, Report, percent
from index.metrics import Interval, bootstrap, chance
from index.testsets import EvalQuery

CITED, FALSE = "cites a relevant record", "false answers"
_PER_TYPE = METRICS[0]
_SHOWN = 5


class Comparison(NamedTuple):
    """A metric of both, per query. `difference` is second minus first, `p` the chance of one as large by accident.

    `wins` counts the queries for which the second is better, `losses` those for which it is worse. For false answers
    less is better.
    """

    metric: str
    group: str
    queries: int
    first: float
    second: float
    difference: Interval
    p: float
    wins: int
    losses: int


class Change(NamedTuple):
    """nDCG@10 of one query in both."""

    query: EvalQuery
    first: float
    second: float


@dataclass(frozen=True)
class Compared:
    """A first report and a second one, over the queries that both have."""

    first: Report
    second: Report

    def comparisons(self) -> list[Comparison]:
        """Return the comparison of each metric over all queries, then of nDCG@10 per query type."""
        found = [self._comparison(metric) for metric in (*METRICS, CITED, FALSE)]
        types = [group for group in self.first.groups() if group != "all"]
        return [c for c in (*found, *(self._comparison(_PER_TYPE, group) for group in types)) if c.queries]

    def changes(self) -> list[Change]:
        """Return the queries whose nDCG@10 differs, the greatest gain first."""
        after = {o.query.qid: o.metrics for o in self.second.outcomes if o.metrics}
        pairs = [(o, after[o.query.qid]) for o in self.first.outcomes if o.metrics and o.query.qid in after]
        changes = [Change(o.query, o.metrics[_PER_TYPE], later[_PER_TYPE]) for o, later in pairs]
        return sorted((c for c in changes if c.first != c.second), key=lambda c: c.first - c.second)

    def _comparison(self, metric: str, group: str = "") -> Comparison:
        before, after = _values(self.first, metric, group), _values(self.second, metric, group)
        shared = [qid for qid in before if qid in after]
        pairs = np.array([(before[qid], after[qid]) for qid in shared], np.float64).reshape(-1, 2)
        differences = pairs[:, 1] - pairs[:, 0]
        better = -differences if metric == FALSE else differences
        first, second = pairs.mean(axis=0) if len(pairs) else (0.0, 0.0)
        return Comparison(
            metric,
            group,
            len(shared),
            float(first),
            float(second),
            bootstrap(differences),
            chance(differences),
            int((better > 0).sum()),
            int((better < 0).sum()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain JSON types: the comparisons, each query that changed, and both reports."""
        return {
            "first": self.first.to_dict(),
            "second": self.second.to_dict(),
            "comparisons": [c._asdict() | {"difference": c.difference._asdict()} for c in self.comparisons()],
            "changes": [
                {"qid": c.query.qid, "type": c.query.type, "query": c.query.text, "first": c.first, "second": c.second}
                for c in self.changes()
            ],
        }

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the lines of a table of percentages, the head first."""
        yield ("", "queries", self.first.name, self.second.name, "difference (95 %)", "p", "better", "worse")
        for c in self.comparisons():
            low, high = (f"{100 * end:+.1f}" for end in (c.difference.low, c.difference.high))
            means = (percent(c.first), percent(c.second), f"{100 * c.difference.mean:+.1f} ({low} to {high})")
            name = f"{c.metric}, {c.group}" if c.group else c.metric
            chance_of = f"{c.p:.3f}" if c.p >= 0.001 else "<0.001"
            yield (name, str(c.queries), *means, chance_of, str(c.wins), str(c.losses))

    def examples(self) -> Iterator[tuple[str, ...]]:
        """Yield the lines of a table of the queries that gain and lose most, the head first."""
        yield ("", "nDCG@10", "", "query")
        changes = self.changes()
        gains = [c for c in changes if c.second > c.first][:_SHOWN]
        losses = [c for c in reversed(changes) if c.second < c.first][:_SHOWN]
        for name, some in (("better", gains), ("worse", losses)):
            for c in some:
                yield (name, percent(c.first), percent(c.second), f"{c.query.text} [{c.query.qid}]")


def _values(report: Report, metric: str, group: str) -> Mapping[str, float]:
    """Return the value of a metric per query id."""
    chosen = [o for o in report.outcomes if group in ("", o.query.type)]
    if metric == FALSE:
        return {o.query.qid: float(o.status != "none") for o in chosen if o.status and not o.metrics}
    if metric == CITED:
        return {o.query.qid: float(o.cited) for o in chosen if o.status and o.metrics}
    return {o.query.qid: o.metrics[metric] for o in chosen if o.metrics}
