"""One HTTP request: to the address that was checked, within limits of time and size, and nothing more.

What is left out on purpose: redirects (the caller looks at each hop), cookies, proxies and passwords from the
environment (a proxy would resolve names by itself), and every encoding that was not asked for.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2

from corpus.errors import FetchError
from ingest.answers import Answer
from ingest.decompress import Damaged, TooLarge, decoded
from ingest.guard import Guard
from ingest.policy import Policy

_BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.HTTPError)


class Wire:
    """Sends requests, one at a time, and keeps one connection per host open for the next."""

    def __init__(self, policy: Policy, guard: Guard) -> None:
        self._policy = policy
        self._guard = guard
        self._backend = _Backend(guard)
        self._client = httpx2.Client(
            transport=_Transport(self._backend),
            timeout=policy.timeout,
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "User-Agent": policy.user_agent,
                "Accept": "text/html, application/pdf, application/xml;q=0.9, */*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
                "Accept-Language": "nl, en;q=0.5",
            },
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @property
    def received(self) -> int:
        """How many bytes came at the last request, also if it went wrong."""
        return self._backend.received

    def get(self, url: str, headers: Mapping[str, str], limit: int, *, cut: bool = False) -> Answer:
        """Return the answer to one GET request.

        Args:
            url: as `ingest.addresses.canonical` spells it.
            headers: further request headers.
            limit: most bytes of the body.
            cut: return the first `limit` bytes of a longer body, instead of refusing it.

        Raises:
            FetchError: refused by the guard, not reachable, too slow, too large, damaged, or no HTTP.
        """
        self._guard.check(url)
        self._backend.deadline = deadline = time.monotonic() + self._policy.deadline
        self._backend.received = 0
        with _errors(url, deadline), self._client.stream("GET", url, headers=dict(headers)) as response:
            try:
                content = decoded(response.iter_raw(), response.headers.get("content-encoding", ""), limit)
            except TooLarge as exc:
                if not cut:
                    raise
                content = exc.args[1]
            now = datetime.now(UTC).isoformat(timespec="seconds")
            return Answer(url, response.status_code, dict(response.headers), content, now)


@contextmanager
def _errors(url: str, deadline: float) -> Iterator[None]:
    """Turn what can go wrong on the wire into a `FetchError` that says what to do about it."""
    try:
        yield
    except FetchError as exc:  # of the guard, which knows the host only
        raise FetchError(url, exc.reason) from exc
    except (TooLarge, Damaged) as exc:
        raise FetchError(url, f"{exc.args[0]}; it is left out") from exc
    except _BROKEN as exc:
        certificate = isinstance(_first(exc), ssl.SSLCertVerificationError)
        advice = "its certificate is not in order" if certificate else "check the address and the network"
        words = "the answer took too long" if time.monotonic() >= deadline else str(exc)[:200] or type(exc).__name__
        raise FetchError(url, f"cannot be reached ({words}); {advice}", transient=not certificate) from exc
    except (httpx2.InvalidURL, UnicodeError) as exc:
        raise FetchError(url, f"is no address that can be read ({exc})") from exc


def _first(exc: BaseException) -> BaseException:
    while exc.__cause__ or exc.__context__:
        exc = exc.__cause__ or exc.__context__ or exc
    return exc


class _Transport(httpx2.BaseTransport):
    """HTTP/1.1 over our own connections."""

    def __init__(self, backend: _Backend) -> None:
        context = httpx2.create_ssl_context()
        self._pool = httpcore2.ConnectionPool(context, network_backend=backend, max_connections=20, keepalive_expiry=60)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        target = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore2.Request(request.method, target, headers=request.headers.raw, extensions=dict(request.extensions))
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore2.NetworkBackend):
    """Connects to addresses that the guard let through; the name stays in the Host header and in TLS.

    `deadline` is when the answer at hand must be complete, on the monotonic clock; `received` counts its bytes.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sockets = httpcore2.SyncBackend()
        self.deadline = 0.0
        self.received = 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            addresses = self._guard.addresses(host, port)
        except OSError as exc:
            raise httpcore2.ConnectError(f"its name cannot be resolved: {exc}") from exc
        failure: Exception = httpcore2.ConnectError("its name has no address")
        for address in addresses:
            try:
                wait = self.remaining(timeout)
                stream = self._sockets.connect_tcp(address, port, wait, socket_options=socket_options)
                return _Stream(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                failure = exc
        raise failure

    def remaining(self, timeout: float | None) -> float:
        """Return how long to wait for the next piece: a drop now and then must not hold us for ever.

        Raises:
            httpcore2.ReadTimeout: the time for the whole answer is over.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer took too long")
        return min(left, timeout if timeout is not None else left)


class _Stream(httpcore2.NetworkStream):
    """A connection that keeps to the deadline of its backend."""

    def __init__(self, stream: httpcore2.NetworkStream, backend: _Backend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._backend.remaining(timeout))
        self._backend.received += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        wait = self._backend.remaining(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, wait), self._backend)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in the base class
        return self._stream.get_extra_info(info)
