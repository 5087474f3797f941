"""How often a client may ask: the algorithm by a clock of its own, and the server over a real connection."""

import socket
import threading
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.limits import Limiter, Rate

FORWARDED = {"X-Forwarded-For": "198.51.100.7"}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_burst_then_the_rate():
    clock = Clock()
    limiter = Limiter(Rate(per_minute=60, burst=3), clock=clock)
    assert [limiter.wait("a") for _ in range(3)] == [0, 0, 0]
    assert limiter.wait("a") == pytest.approx(1) and limiter.wait("b") == 0
    clock.now += 1
    assert limiter.wait("a") == 0 and limiter.wait("a") > 0
    clock.now += 60
    assert [limiter.wait("a") for _ in range(3)] == [0, 0, 0]


@settings(deadline=None)
@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.integers(1, 120), st.integers(1, 10))
def test_nobody_gets_more_than_the_rate(pauses, per_minute, burst):
    clock = Clock()
    limiter = Limiter(Rate(per_minute, burst), clock=clock)
    start, answered = clock.now, 0
    for pause in pauses:
        clock.now += pause
        answered += limiter.wait("a") == 0
        assert answered <= burst + (clock.now - start) * per_minute / 60 + 1e-6


@settings(deadline=None)
@given(st.integers(1, 120), st.integers(1, 10))
def test_who_waits_as_told_is_answered(per_minute, burst):
    clock = Clock()
    limiter = Limiter(Rate(per_minute, burst), clock=clock)
    while not (wait := limiter.wait("a")):
        pass
    clock.now += wait + 1e-6
    assert limiter.wait("a") == 0


def test_memory_is_bounded_and_the_idlest_is_forgotten():
    limiter = Limiter(Rate(1, 1), most=3, clock=Clock())
    for client in "abcd":
        assert limiter.wait(client) == 0
    assert len(limiter) == 3 and limiter.wait("d") > 0 and limiter.wait("a") == 0


@contextmanager
def limited_site(kb, **options):
    config = uvicorn.Config(create_app(kb, rate=Rate(1, 4)), log_level="critical", lifespan="off", ws="none", **options)
    server = uvicorn.Server(config)
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def test_too_many_requests_are_told_when_to_come_back(starter_kb):
    with limited_site(starter_kb, proxy_headers=False) as http:
        statuses = [http.get("/v1/begrippen/welzijn-op-recept", headers=FORWARDED).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 200, 429]
        refused = http.post("/v1/zoekresultaten", json={"q": "huisarts"}, headers={"X-Forwarded-For": "203.0.113.9"})
        assert refused.status_code == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["title"] == "Te veel verzoeken" and refused.headers["API-Version"]
        page = http.get("/zoek?q=huisarts")
        assert page.status_code == 429 and page.headers["Retry-After"] and "<html" in page.text
        for free in ("/healthz", "/readyz", "/metrics", "/static/stijl.css", "/v1/openapi.json"):
            assert http.get(free).status_code == 200


def test_behind_a_named_proxy_every_client_counts_for_itself(starter_kb):
    with limited_site(starter_kb, proxy_headers=True, forwarded_allow_ips=["127.0.0.1"]) as http:

        def ask(client):
            return http.get("/v1/begrippen/welzijn-op-recept", headers={"X-Forwarded-For": client}).status_code

        assert [ask("198.51.100.7") for _ in range(5)][-1] == 429 and ask("203.0.113.9") == 200
        assert [ask(f"2001:db8:1:2::{number}") for number in range(5)][-1] == 429 and ask("2001:db8:1:3::1") == 200
        # What a client itself puts in front of the header counts for nothing.
        assert ask("192.0.2.1, 198.51.100.7") == 429
