"""What a web server said, live or out of an archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corpus.errors import FetchError
from ingest.addresses import canonical

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Answer:
    """One answer. Header names are in lower case; `content` is decoded; `fetched_at` is UTC, ISO 8601.

    `archived_in` names the WARC file that holds the content, if it was archived.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    fetched_at: str
    archived_in: str | None = None

    @property
    def transient(self) -> bool:
        """Whether the server may well answer otherwise in a moment; of all of its own faults (5xx) we suppose that."""
        return self.status in _TRANSIENT or self.status >= 500

    def target(self) -> str | None:
        """Return the address that it sends us on to, or None.

        Raises:
            FetchError: that is no address.
        """
        location = self.headers.get("location")
        if self.status not in _REDIRECTS or not location:
            return None
        try:
            return canonical(location, self.url)
        except ValueError as exc:
            raise FetchError(self.url, f"sends us on to {location[:200]!r}, which is no address ({exc})") from exc
