"""Politeness: how fast each host is read, and when it is left alone."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from corpus.errors import FetchError
from ingest.policy import Policy


@dataclass
class _Host:
    """What is known of one host in this run; `ready_at` is on the monotonic clock, `closed` why it is left alone."""

    ready_at: float = 0.0
    delay: float = 0.0
    requests: int = 0
    received: int = 0
    failures: int = 0
    closed: str | None = None


class Pace:
    """Keeps the requests to each host apart, and within a budget."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._hosts: dict[str, _Host] = {}

    def ready_at(self, url: str) -> float:
        """Return when the host of `url` may be asked again, on the monotonic clock; 0 for a host that is left alone."""
        host = self._host(url)
        return 0.0 if host.closed else host.ready_at

    def enter(self, url: str) -> None:
        """Wait until the host may be asked.

        Raises:
            FetchError: it is left alone for the rest of this run.
        """
        host = self._host(url)
        if host.requests >= self._policy.host_requests or host.received >= self._policy.host_bytes:
            host.closed = "what may be asked of one site in one run is used up; run again to read the rest"
        if host.closed:
            raise FetchError(url, host.closed)
        host.requests += 1
        time.sleep(max(0.0, host.ready_at - time.monotonic()))

    def leave(self, url: str, received: int) -> None:
        """Note that an answer of so many bytes came, or broke off. The host may rest, but after its robots.txt.

        So one host at its first page does not keep all others waiting.
        """
        host = self._host(url)
        host.received += received
        if urlsplit(url).path != "/robots.txt":
            self._rest(host, max(host.delay, self._policy.delay))

    def slow_down(self, url: str, delay: float) -> None:
        """Note the delay that the host asks for between requests; one that asks for too much is left alone."""
        host = self._host(url)
        host.delay = delay
        if delay > self._policy.patience:
            host.closed = f"its robots.txt asks for {delay:g} seconds between requests; raise the patience to read it"

    def answered(self, url: str) -> None:
        """Note that the host does well."""
        self._host(url).failures = 0

    def failed(self, url: str, reason: str, retry_after: str | None = None) -> None:
        """Note that the host fails for the moment; it is left alone as long as it asks, or twice as long each time.

        Args:
            url: address that failed.
            reason: what was wrong.
            retry_after: the header of that name (RFC 9110, section 10.2.3): seconds, or a date.
        """
        host = self._host(url)
        host.failures += 1
        asked = _seconds(retry_after)
        if asked is not None and asked > self._policy.patience:
            host.closed = f"the site asks to be left alone for {asked / 60:.0f} minutes; run again after that"
        elif host.failures >= self._policy.failures:
            host.closed = f"the site failed {host.failures} times in a row and is left alone for now ({reason})"
        else:
            self._rest(host, asked if asked is not None else self._policy.backoff * 2 ** (host.failures - 1))

    def _host(self, url: str) -> _Host:
        # By name and not by port: it is the same machine that has to do the work.
        return self._hosts.setdefault(urlsplit(url).hostname or "", _Host())

    def _rest(self, host: _Host, seconds: float) -> None:
        # Only ever longer than asked for.
        wait = seconds * (1 + self._policy.jitter * random.random())
        host.ready_at = max(host.ready_at, time.monotonic() + wait)


def _seconds(retry_after: str | None) -> float | None:
    if not retry_after:
        return None
    try:
        if retry_after.strip().isdecimal():
            return float(retry_after)
        until = parsedate_to_datetime(retry_after)
        # Of the three forms of a date one names no zone: all are UTC (section 5.6.7).
        return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
