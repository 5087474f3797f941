"""A crawl over many sites and many weeks: in which order, what was read before, and what counts as gone."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from corpus.errors import FetchError
from corpus.store import Corpus
from corpus.visits import Visit
from ingest.fetch import Source
from ingest.pace import Pace
from ingest.policy import Policy

_GONE = (404, 410)
# A page that its feed no longer names is looked at this often, to see that it is still there.
_UNLISTED = timedelta(days=7)


class Frontier:
    """Sources still to be read, each once. While one host has to rest, the others are read.

    Args:
        pace: when each host may be asked again.
        attempts: how often a source is tried.
    """

    def __init__(self, pace: Pace, attempts: int) -> None:
        self._pace = pace
        self._attempts = attempts
        self._queues: dict[str, deque[tuple[int, Source]]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._failed: Counter[tuple[str, str]] = Counter()
        self.waiting = 0

    @property
    def total(self) -> int:
        """How many sources there were so far."""
        return len(self._seen)

    def add(self, sources: Iterable[Source]) -> None:
        """Add sources; one that was added before, under the same root, is passed over."""
        for source in sources:
            if (source.key, source.root) not in self._seen:
                self._seen.add((source.key, source.root))
                self._put(source)

    def take(self) -> Source | None:
        """Return the source whose host is ready first, in the order of adding; None when all are done."""
        if not self._queues:
            return None
        now = time.monotonic()

        def when(host: str) -> tuple[float, int]:
            number, source = self._queues[host][0]
            return max(self._pace.ready_at(source.location) - now, 0.0) if source.is_url else 0.0, number

        host = min(self._queues, key=when)
        _, source = self._queues[host].popleft()
        if not self._queues[host]:
            del self._queues[host]
        self.waiting -= 1
        return source

    def again(self, source: Source) -> bool:
        """Put back a source whose site failed for the moment; return False if it has been tried often enough."""
        key = (source.key, source.root)
        self._failed[key] += 1
        if self._failed[key] >= self._attempts:
            return False
        self._put(source)
        return True

    def _put(self, source: Source) -> None:
        host = urlsplit(source.location).hostname or "" if source.is_url else ""
        self.waiting += 1
        self._queues.setdefault(host, deque()).append((self.total, source))


class Memory:
    """What earlier visits tell about the web addresses of this run.

    Args:
        corpus: which remembers them.
        policy: when a page counts as gone.
        extractor_version: pages read by another version are read again though they did not change.
    """

    def __init__(self, corpus: Corpus, policy: Policy, extractor_version: str) -> None:
        self._corpus = corpus
        self._policy = policy
        self._version = extractor_version
        self._broken_off: dict[str, str | None] = {}
        self._read: set[str] = set()

    def previous(self, source: Source) -> Visit | None:
        """Return the last visit; its validators only if what came of it is still what the corpus holds."""
        visit = self._corpus.visits.get(source.key) if source.is_url else None
        if visit is None or self._is_held(source.key, visit):
            return visit
        return replace(visit, etag=None, last_modified=None)

    def was_read(self, source: Source) -> bool:
        """Tell whether this run, or the part of it before it was broken off, has read this address already."""
        if not source.is_url:
            return False
        if source.root not in self._broken_off:
            self._broken_off[source.root] = self._corpus.visits.begin(source.root)
        began = self._broken_off[source.root]
        visit = self._corpus.visits.get(source.key)
        if visit is None or not self._is_held(source.key, visit):
            return False
        return source.key in self._read or (began is not None and visit.checked_at >= began)

    def _is_held(self, key: str, visit: Visit) -> bool:
        known = self._corpus.known(key)
        return known is not None and (known.raw_sha256, known.extractor_version) == (visit.raw_sha256, self._version)

    def note(self, source: Source, visit: Visit | None) -> None:
        """Note that a source was read."""
        if visit:
            self._corpus.visits.save(source.key, visit)
            self._read.add(source.key)

    def is_list(self, source: Source) -> bool:
        """Tell whether a source that cannot be read now was a sitemap or feed before."""
        return self._corpus.visits.get(source.key) is not None and self._corpus.known(source.key) is None

    def held_others(self, source: Source) -> bool:
        """Tell whether a source was a list of pages or a file of records before, of which there still are some."""
        if not self.is_list(source):
            return False
        return self._corpus.visits.has_listed(source.key) or bool(self.records(source))

    def records(self, source: Source) -> set[str]:
        """Return the keys of the records that were read from a file of them."""
        return {key for key in self._corpus.keys(source.root) if key.startswith(f"{source.key}#")}

    def missed(self, source: Source, error: FetchError) -> tuple[list[str], str]:
        """Return the ids of documents that are gone because of this failure, and in words how things stand."""
        if error.status not in _GONE or self._corpus.known(source.key) is None:
            return [], error.reason
        times, since = self._corpus.visits.miss(source.key)
        reason = f"{error.reason}; it was missed {times} times since {since:%Y-%m-%d}"
        long_ago = datetime.now(UTC) - since >= timedelta(days=self._policy.miss_days)
        if times < self._policy.misses or not long_ago:
            rule = f"{self._policy.misses} times in {self._policy.miss_days:g} days"
            return [], f"{reason}, and counts as gone after {rule}"
        self._corpus.visits.forget(source.key)
        return self._corpus.mark_missing(source.key), reason

    def absent(self, root: str, present: set[str], lists: Mapping[str, bool]) -> list[Source]:
        """Return what was read under `root` before, is named no more, and needs a look before it counts as gone.

        A sitemap or feed that no longer names a page does not say that the page is gone. One that is not named any
        more itself takes its pages with it.

        Args:
            root: what the user named.
            present: keys of what was named under it in this run; those that must be left alone are added.
            lists: for each sitemap and feed in this run whether it could be read.
        """
        found = []
        for key in sorted(self._corpus.keys(root) - present):
            visit = self._corpus.visits.get(key)
            if visit and visit.listed_in and visit.listed_in in lists:
                present.add(key)
                if lists[visit.listed_in] and datetime.now(UTC) - datetime.fromisoformat(visit.checked_at) >= _UNLISTED:
                    found.append(Source(key, root, listed_in=visit.listed_in))
        return found

    def finish(self) -> None:
        """Note that the run came to its end."""
        self._corpus.visits.finish(self._broken_off)
