"""How a crawl behaves: towards websites, and when one of them misbehaves."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from corpus.errors import UsageError

PRODUCT = "Samenwijzer"


@dataclass(frozen=True)
class Policy:
    """What the maintainer may set; times are in seconds, sizes in bytes.

    Args:
        contact: e-mail or web address in the User-Agent, so that the owner of a site can reach the maintainer.
        delay: between two requests to one host; a longer crawl delay in its robots.txt goes first.
        jitter: by which share of itself a delay varies at random.
        attempts: how often a source is tried when its site fails for the moment.
        backoff: wait after the first such failure; doubled for each next one.
        patience: longest wait that a site may ask for within one run; one that asks for more is left alone.
        failures: after so many in a row a host is left alone for the rest of the run.
        timeout: for connecting, and for each piece of an answer.
        deadline: for a whole answer, from connecting to the last byte.
        max_bytes: of one answer, packed or unpacked.
        redirects: most in a row.
        host_requests: most requests to one host in one run.
        host_bytes: most bytes from one host in one run.
        misses: after so many visits in a row on which a page was gone it counts as gone...
        miss_days: ...if the first was at least so many days ago.
        allow_loopback: read this machine itself, on any port: for tests, or a site that is being made.
    """

    contact: str | None = None
    delay: float = 1.0
    jitter: float = 0.5
    attempts: int = 3
    backoff: float = 5.0
    patience: float = 300.0
    failures: int = 5
    timeout: float = 20.0
    deadline: float = 120.0
    max_bytes: int = 100 * 2**20
    redirects: int = 10
    host_requests: int = 5_000
    host_bytes: int = 2 * 2**30
    misses: int = 3
    miss_days: float = 1.0
    allow_loopback: bool = False

    def __post_init__(self) -> None:
        if self.contact and not (self.contact.isascii() and self.contact.isprintable()):
            raise UsageError(f"contact {self.contact!r}: give an e-mail or web address, in plain letters")

    @property
    def user_agent(self) -> str:
        """Name and version of this crawler, and whom to ask about it."""
        try:
            number = version("samenwijzer")
        except PackageNotFoundError:
            number = "0"
        return f"{PRODUCT}/{number}" + (f" (+{self.contact})" if self.contact else "")
