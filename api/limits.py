"""How often a client may ask: a rate per client, in bounded memory and without a background task."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from api.middleware import Metrics
from api.problems import Failure

MOST_CLIENTS = 20_000
_IPV6_NETWORK = 64  # what one subscriber gets


@dataclass(frozen=True)
class Rate:
    """Requests a minute in the long run, and how many of them may come at once."""

    per_minute: int = 600
    burst: int = 100


class Limiter:
    """The generic cell rate algorithm (ITU-T I.371): one moment per client, and that of the idlest forgotten first.

    Not shared between processes: of `n` workers each allows its own rate. Only called from the event loop.

    Args:
        rate: what a client may do.
        most: clients to remember; beyond it a client that was long silent starts anew.
        clock: seconds that never go back.
    """

    def __init__(self, rate: Rate, most: int = MOST_CLIENTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 60 / rate.per_minute
        self._slack = self._interval * (rate.burst - 1)
        self._most = most
        self._clock = clock
        self._due: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._due)

    def wait(self, client: str) -> float:
        """Count a request; return the seconds (0 or more) that the client has to wait before it is answered."""
        now = self._clock()
        due = max(self._due.get(client, now), now)
        if due - now > self._slack:
            return due - now - self._slack
        self._due[client] = due + self._interval
        self._due.move_to_end(client)
        if len(self._due) > self._most:
            self._due.popitem(last=False)
        return 0.0


async def limited(request: Request) -> None:
    """Stop a client that asks more often than the server's rate, if it has one.

    Raises:
        Failure: 429 with the seconds to wait in Retry-After.
    """
    limiter: Limiter | None = request.app.state.limiter
    wait = 0.0 if limiter is None else limiter.wait(client_of(request))
    if wait:
        metrics: Metrics = request.app.state.metrics
        metrics.refused.labels("rate").inc()
        seconds = str(math.ceil(wait))
        detail = f"U vraagt meer dan deze server u kan geven; probeer het over {seconds} s opnieuw."
        raise Failure(429, detail, headers={"Retry-After": seconds})


def client_of(request: Request) -> str:
    """Return whom to count a request for: the address of the connection, in IPv6 its network.

    Headers that a client can write itself count for nothing; a server behind a proxy is told so by its operator
    (`serve --trusted-proxy`), and then the connection's address has been replaced before it comes here.
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
