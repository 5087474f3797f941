"""What robots.txt allows, by RFC 9309."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from corpus.errors import FetchError
from ingest.answers import Answer
from ingest.policy import PRODUCT

# Section 2.5: at least this much must be read; what comes after it is left out.
MAX_BYTES = 500 * 1024
# Section 2.3.1.2: at least so many redirects are followed.
_REDIRECTS = 5
# Section 2.4: not used for longer than a day.
_SECONDS = 24 * 3600.0
# A rate may be said in more digits than fit a float; whoever asks for so much is left alone anyway.
_AGES = 10**9


class _Rules(NamedTuple):
    parsed: Any  # protego's class
    read_at: float
    delay: float


class Robots:
    """The rules of every site that was asked for them.

    Args:
        get: makes one request for a robots.txt, without following redirects; raises FetchError when no answer came.
        clock: seconds, of any origin.
    """

    def __init__(self, get: Callable[[str], Answer], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._clock = clock
        self._known: dict[str, _Rules] = {}

    def check(self, url: str) -> float:
        """Return the delay that the site asks for between requests, in seconds.

        Raises:
            FetchError: the page may not be read, or it cannot be known whether it may.
        """
        rules = self._rules(url)
        if not rules.parsed.can_fetch(url, PRODUCT):
            raise FetchError(url, "the robots.txt of this site does not allow it to be read")
        return rules.delay

    def _rules(self, url: str) -> _Rules:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(site)
        if known is None or self._clock() - known.read_at >= _SECONDS:
            try:
                known = self._read(site)
            except FetchError as exc:
                reason = f"its robots.txt cannot be read, so the site is left alone ({exc.reason})"
                raise FetchError(url, reason, transient=exc.transient) from exc
            self._known[site] = known
        return known

    def _read(self, site: str) -> _Rules:
        import protego

        answer = self._follow(f"{site}/robots.txt")
        # Section 2.3.1.3: a site that has none allows all. One that is merely busy (429) says nothing yet.
        text = answer.content.decode("utf-8-sig", "replace") if answer and 200 <= answer.status < 300 else ""
        parsed = protego.Protego.parse(text)
        delay, rate = float(parsed.crawl_delay(PRODUCT) or 0.0), parsed.request_rate(PRODUCT)
        if rate:
            delay = max(delay, min(rate.seconds, _AGES) / rate.requests)
        return _Rules(parsed, self._clock(), delay)

    def _follow(self, url: str) -> Answer | None:
        """Return the answer after redirects, or None after too many, which counts as having none.

        Raises:
            FetchError: not reachable, or the server is busy or broken (section 2.3.1.4: nothing may be read then).
        """
        for _ in range(1 + _REDIRECTS):
            answer = self._get(url)
            target = answer.target()
            if target is None:
                return answer
            url = target
        return None
