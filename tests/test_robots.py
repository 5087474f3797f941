"""robots.txt by RFC 9309, section by section, and the pace that goes with it."""

import gzip
import time
import zlib
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FetchError
from ingest.answers import Answer
from ingest.decompress import Damaged, TooLarge, decoded, gunzipped
from ingest.pace import Pace
from ingest.policy import Policy
from ingest.robots import Robots

SITE = "https://e.nl"


def robots(*answers, clock=time.monotonic):
    """Return rules of a site that answers with (status, body, location) in turn, and the addresses asked."""
    asked, turns = [], iter(answers)

    def get(url):
        asked.append(url)
        status, body, *location = next(turns)
        if isinstance(status, Exception):
            raise status
        return Answer(url, status, {"location": location[0]} if location else {}, body, "")

    return Robots(get, clock=clock), asked


FORBID = b"User-agent: *\nDisallow: /"


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"", True),
        (200, FORBID, False),
        (204, b"", True),
        (404, FORBID, True),
        (401, FORBID, True),
        (403, FORBID, True),
        (410, FORBID, True),
        (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /", False),
        (200, b"user-AGENT: *\r\ndisallow: /\r\n", False),
        (200, b"User-agent: Samenwijzer\nDisallow: /a\n\nUser-agent: *\nDisallow:", False),
        (200, b"User-agent: *\nDisallow: /\n\nUser-agent: samenwijzer\nDisallow:", True),
        (200, b"User-agent: x\nUser-agent: samenwijzer\nDisallow: /a", False),
        (200, b"User-agent: *\nDisallow: /a\nAllow: /a/b$", True),
        (200, b"User-agent: *\nAllow: /a\nDisallow: /a/b", False),
        (200, b"User-agent: *\nDisallow: /*/b", False),
        (200, b"User-agent: *\nDisallow: /%61/b", False),
        (200, b"Sitemap: /x\n# geen regels\nOnzin\n\xff\xfe", True),
        (200, b"<html><body>Welkom</body></html>", True),
    ],
)
def test_rules(status, body, allowed):
    rules, asked = robots((status, body))
    if allowed:
        rules.check(f"{SITE}/a/b")
    else:
        with pytest.raises(FetchError, match="does not allow"):
            rules.check(f"{SITE}/a/b")
    assert asked == [f"{SITE}/robots.txt"]


def test_redirects_are_followed_five_times_and_then_there_are_no_rules():
    hops = [(301, b"", f"/{number}") for number in range(5)]
    rules, _ = robots(*hops, (200, FORBID))
    with pytest.raises(FetchError, match="does not allow"):
        rules.check(f"{SITE}/a")
    rules, asked = robots(*hops, (301, b"", "/6"), (200, FORBID))
    rules.check(f"{SITE}/a")
    assert len(asked) == 6


def test_the_rules_of_the_site_that_was_asked_count_wherever_they_stand():
    rules, asked = robots((302, b"", "https://f.nl/robots.txt"), (200, FORBID), (200, b""))
    with pytest.raises(FetchError, match="does not allow"):
        rules.check(f"{SITE}/a")
    rules.check("https://f.nl/a")
    assert asked[1:] == ["https://f.nl/robots.txt"] * 2


@pytest.mark.parametrize("transient", [True, False])
def test_a_site_whose_rules_cannot_be_had_is_left_alone_and_asked_again(transient):
    rules, _ = robots((FetchError(f"{SITE}/robots.txt", "HTTP 500", transient=transient), b""), (404, b""))
    with pytest.raises(FetchError, match="left alone") as caught:
        rules.check(f"{SITE}/a")
    assert caught.value.transient is transient
    rules.check(f"{SITE}/a")


def test_rules_are_kept_for_a_day_and_per_scheme_host_and_port():
    now = [0.0]
    rules, asked = robots(*[(200, b"")] * 9, clock=lambda: now[0])
    for moment in (0.0, 86399.0, 86401.0):
        now[0] = moment
        rules.check(f"{SITE}/a")
    assert len(asked) == 2
    for other in ("http://e.nl/", "https://e.nl:8443/", "https://www.e.nl/"):
        rules.check(other)
    assert len(asked) == 5


def test_the_delay_that_a_site_asks_for():
    for body, delay in (
        (b"User-agent: *\nCrawl-delay: 2.5", 2.5),
        (b"User-agent: samenwijzer\nRequest-rate: 1/10", 10.0),
        (b"User-agent: ander\nCrawl-delay: 9", 0.0),
        (b"User-agent: *\nCrawl-delay: snel", 0.0),
        (b"User-agent: *\nRequest-rate: 1/" + b"9" * 400, 1e9),
    ):
        assert robots((200, body))[0].check(f"{SITE}/a") == delay


def policy(**settings):
    return Policy(**{"delay": 0.0, "jitter": 0.0, "backoff": 0.0, "patience": 60.0, **settings})


def waiting(pace, url=f"{SITE}/a"):
    return pace.ready_at(url) - time.monotonic()


def test_requests_to_a_host_keep_apart_and_never_less_than_asked():
    pace = Pace(policy(delay=5.0, jitter=0.5))
    waits = set()
    for number in range(20):
        pace.leave(f"https://{number}.nl/", 0)
        waits.add(round(waiting(pace, f"https://{number}.nl/"), 3))
    assert min(waits) >= 4.9 and max(waits) <= 7.5 and len(waits) > 10
    assert pace.ready_at("https://elders.nl/") == 0.0
    assert waiting(pace, "http://3.nl:80/anders") > 4.9


def test_a_delay_is_waited_for():
    pace = Pace(policy(delay=0.2))
    start = time.monotonic()
    for _ in range(3):
        pace.enter(f"{SITE}/a")
        pace.leave(f"{SITE}/a", 0)
    assert 0.4 <= time.monotonic() - start < 2.0


def test_a_crawl_delay_goes_before_ours_and_begins_after_the_first_page():
    pace = Pace(policy(delay=1.0))
    pace.leave(f"{SITE}/robots.txt", 0)
    pace.slow_down(f"{SITE}/a", 30.0)
    assert pace.ready_at(f"{SITE}/a") == 0.0
    pace.leave(f"{SITE}/a", 0)
    assert 29 < waiting(pace) < 31
    pace.slow_down("https://f.nl/", 61.0)
    with pytest.raises(FetchError, match="asks for 61 seconds"):
        pace.enter("https://f.nl/")


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [("30", 29, 31), ("0", -1, 0.1), (" 30 ", 29, 31), ("-5", 3.9, 4.1), ("straks", 3.9, 4.1), (None, 3.9, 4.1)],
)
def test_retry_after_is_kept_to_and_without_one_we_back_off(retry_after, least, most):
    pace = Pace(policy(backoff=4.0))
    pace.failed(f"{SITE}/a", "HTTP 503", retry_after)
    assert least <= waiting(pace) <= most


def test_retry_after_may_be_a_date_and_too_long_a_wait_ends_the_run_for_that_host():
    pace = Pace(policy())
    pace.failed(f"{SITE}/a", "HTTP 503", formatdate(time.time() + 30, usegmt=True))
    assert 27 < waiting(pace) < 31
    for number, late in enumerate(("3600", formatdate(time.time() + 3600, usegmt=True), "9" * 400)):
        pace.failed(f"https://{number}.nl/", "HTTP 429", late)
        with pytest.raises(FetchError, match="asks to be left alone"):
            pace.enter(f"https://{number}.nl/")


def test_a_date_without_a_zone_is_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()
    try:
        pace = Pace(policy())
        pace.failed(f"{SITE}/a", "HTTP 503", time.asctime(time.gmtime(time.time() + 30)))
        assert 27 < waiting(pace) < 31
    finally:
        monkeypatch.undo()
        time.tzset()


def test_backing_off_doubles_and_a_host_that_keeps_failing_is_left_alone():
    pace = Pace(policy(backoff=4.0, failures=4))
    for expected in (4, 8, 16):
        pace.failed(f"{SITE}/a", "no answer")
        assert expected - 0.1 < waiting(pace) < expected + 0.1
    pace.answered(f"{SITE}/a")
    for _ in range(4):
        pace.failed(f"{SITE}/a", "no answer")
    with pytest.raises(FetchError, match=r"failed 4 times in a row.*no answer"):
        pace.enter(f"{SITE}/a")
    assert pace.ready_at(f"{SITE}/a") == 0.0


@pytest.mark.parametrize("budget", [{"host_requests": 2}, {"host_bytes": 100}])
def test_a_host_has_a_budget_in_one_run(budget):
    pace = Pace(policy(**budget))
    for _ in range(2):
        pace.enter(f"{SITE}/a")
        pace.leave(f"{SITE}/a", 50)
    with pytest.raises(FetchError, match="used up"):
        pace.enter(f"{SITE}/a")
    pace.enter("https://f.nl/")


def pieces(body, size=7):
    return (body[start : start + size] for start in range(0, len(body), size))


@given(st.binary(max_size=300), st.integers(1, 50))
def test_what_was_packed_comes_out_whole_however_it_is_cut(body, size):
    raw = zlib.compressobj(wbits=-15)
    assert decoded(pieces(gzip.compress(body), size), "gzip", 300) == body
    assert decoded(pieces(zlib.compress(body), size), "Deflate", 300) == body
    assert decoded(pieces(raw.compress(body) + raw.flush(), size), "deflate", 300) == body
    assert decoded(pieces(body, size), "identity", 300) == body
    assert gunzipped(gzip.compress(body) + gzip.compress(body), 600) == body + body


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_stopped_at_the_limit_and_no_more_of_it_is_taken(encoding):
    packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    taken = []

    def bomb():
        for _ in range(1000):
            taken.append(packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_SYNC_FLUSH))
            yield taken[-1]

    with pytest.raises(TooLarge) as caught:
        decoded(bomb(), encoding, 5_000_000)
    assert len(taken) == 6 and len(caught.value.args[1]) == 5_000_000


def test_more_packed_bytes_than_allowed_are_refused_too():
    with pytest.raises(TooLarge):
        decoded(pieces(gzip.compress(b"") * 50), "gzip", 100)
    with pytest.raises(TooLarge):
        decoded(pieces(b"x" * 101), "", 100)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "onzin"])
def test_what_was_not_asked_for_is_refused(encoding):
    with pytest.raises(Damaged, match="not asked for"):
        decoded([b"x"], encoding, 100)


def test_damage_and_a_cut_are_noticed_and_bytes_after_the_end_are_not():
    packed = gzip.compress(b"inhoud" * 20)
    assert decoded(pieces(packed + b"\0\0rest"), "gzip", 1000) == b"inhoud" * 20
    assert decoded(pieces(zlib.compress(b"inhoud") + b"rest"), "deflate", 1000) == b"inhoud"
    for broken in (packed[:-9], b"geen gzip", packed[:20] + b"\xff" * 40):
        with pytest.raises(Damaged):
            decoded(pieces(broken), "gzip", 1000)
