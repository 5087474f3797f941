"""Websites as they are now: allowed, unhurried, guarded, and every answer archived."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from corpus.errors import FetchError
from corpus.visits import Visit
from ingest import robots
from ingest.answers import Answer
from ingest.guard import Guard
from ingest.pace import Pace
from ingest.policy import Policy
from ingest.robots import Robots
from ingest.warc import Recorder
from ingest.wire import Wire


class Live:
    """Answers from the network.

    Args:
        policy: how to behave.
        pace: what is known of the hosts in this run.
        guard: which addresses may be connected to.
        archive: folder for WARC files, or None to keep none.
    """

    def __init__(self, policy: Policy, pace: Pace, guard: Guard, archive: Path | None) -> None:
        self._policy = policy
        self._pace = pace
        self._guard = guard
        self._wire = Wire(policy, guard)
        self._robots = Robots(self._robots_txt)
        self._recorder = Recorder(archive, policy.user_agent) if archive else None

    def close(self) -> None:
        """Close all connections and the archive."""
        self._wire.close()
        if self._recorder:
            self._recorder.close()

    def get(self, url: str, previous: Visit | None) -> Answer:
        """Return the answer to one request; it may be a redirect, or "not modified" if `previous` is of this address.

        Raises:
            FetchError: not allowed, refused, left alone, not reachable, too slow, too large, or no answer for now.
        """
        self._guard.check(url)
        self._pace.slow_down(url, self._robots.check(url))
        conditions = {}
        if previous and previous.url == url:
            conditions = {"If-None-Match": previous.etag, "If-Modified-Since": previous.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        answer = self._ask(url, headers, self._policy.max_bytes, previous)
        if answer.status == 304 and not headers:
            raise FetchError(url, "the site answers that nothing changed since a visit that never was (HTTP 304)")
        return answer

    def _robots_txt(self, url: str) -> Answer:
        return self._ask(url, {}, robots.MAX_BYTES, None, cut=True)

    def _ask(
        self, url: str, headers: dict[str, str], limit: int, previous: Visit | None, *, cut: bool = False
    ) -> Answer:
        self._guard.check(url)
        self._pace.enter(url)
        try:
            answer = self._wire.get(url, headers, limit, cut=cut)
        except FetchError as exc:
            if exc.transient:
                self._pace.failed(url, exc.reason)
            raise
        finally:
            self._pace.leave(url, self._wire.received)
        if answer.transient:
            reason = f"the site answered HTTP {answer.status}; try again later"
            self._pace.failed(url, reason, answer.headers.get("retry-after"))
            raise FetchError(url, reason, status=answer.status, transient=True)
        self._pace.answered(url)
        if self._recorder is None:
            return answer
        return replace(answer, archived_in=self._recorder.record(answer, previous))
