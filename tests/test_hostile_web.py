"""Every way of misbehaving has its named outcome, and none of them harms the rest of the run or the next one."""

import hashlib
import re
import time
from collections import Counter

import pytest
from hostile_web import HOSTS, TEXT, hostile_web

from corpus.store import Corpus
from ingest.guard import Guard
from ingest.pipeline import ingest
from ingest.policy import Policy
from ingest.warc import Archive

POLICY = Policy(
    contact="beheer@example.org",
    delay=0.0,
    backoff=0.01,
    attempts=2,
    patience=2.0,
    timeout=0.6,
    deadline=1.2,
    max_bytes=2_000_000,
    redirects=5,
    host_requests=40,
    allow_loopback=True,
)
IN = ("added", "")
EXPECTED = {
    "slow": ("failed", "took too long"),
    "slow_headers": ("failed", "took too long"),
    "silent": ("failed", "cannot be reached"),
    "forever_continue": ("failed", "took too long"),
    "busy_once": IN,
    "busy_for_long": ("failed", "left alone for 1440 minutes"),
    "always_500": ("failed", "HTTP 500"),
    "infinite": ("failed", "larger than was allowed"),
    "gzip_bomb": ("failed", "unpacked, it is larger"),
    "deflate_bomb": ("failed", "unpacked, it is larger"),
    "gzip_in_gzip": ("failed", "not asked for"),
    "huge_header": ("failed", "cannot be reached"),
    "many_headers": ("failed", "cannot be reached"),
    "redirect_loop": ("failed", "in a circle"),
    "redirect_chain": ("failed", "more than 5 times"),
    "redirect_to_private": ("failed", "refused: it leads to 10.0.0.1"),
    "redirect_to_metadata": ("failed", "refused: it leads to 169.254.169.254"),
    "redirect_to_file": ("failed", "only http and https"),
    "redirect_to_nowhere": ("failed", "no address"),
    "redirect_home": ("failed", "home page"),
    "cookie_redirect": ("failed", "insists on a cookie"),
    "wrong_encoding": IN,
    "says_gzip_is_not": ("failed", "gzip, but is not"),
    "says_more": ("failed", "cannot be reached"),
    "says_less": IN,
    "cut_off": ("failed", "cannot be reached"),
    "cut_gzip": ("failed", "ends too early"),
    "not_http": ("failed", "cannot be reached"),
    "image_as_html": ("failed", "no text"),
    "html_as_pdf": ("failed", "should be a file, but is a web page"),
    "pdf_as_html": IN,
    "soft_404": ("failed", "says that it was not found"),
    "cookie_wall": ("failed", "question about cookies"),
    "login": ("failed", "a page to log in"),
    "not_modified_unasked": ("failed", "a visit that never was"),
    "etag_flapping": IN,
    "escape_codes": IN,
    "robots_500": ("failed", r"robots\.txt cannot be read"),
    "robots_521": ("failed", r"robots\.txt cannot be read"),
    "robots_404": IN,
    "robots_429": ("failed", r"robots\.txt cannot be read"),
    "robots_forbids": ("failed", "does not allow"),
    "robots_elsewhere": ("failed", "does not allow"),
    "robots_in_circles": IN,
    "robots_huge": ("failed", "does not allow"),
    "robots_is_a_page": IN,
    "robots_very_slow": ("failed", "asks for 86400 seconds"),
    "robots_slower_than_numbers": ("failed", r"asks for 1e\+09 seconds"),
    "rebinding": ("failed", "refused: it leads to 169.254.169.254"),
    "sitemap_loop": IN,
    "sitemap_endless": ("failed", "may be asked of one site"),
    "sitemap_elsewhere": ("skipped", "of another site"),
    "sitemap_bomb": ("failed", "larger than was allowed"),
    "sitemap_entities": ("failed", ""),
    "private_name": ("failed", "refused: it leads to 10.0.0.5"),
    "half_private": ("failed", r"refused: it leads to 192\.168\.1\.1"),
    "mapped_name": ("failed", "refused: it leads to ::ffff:10.0.0.5"),
}
PATHS = {"redirect_home": "/oud/artikel", "cookie_redirect": "/a"}


@pytest.fixture(scope="module")
def web():
    with hostile_web() as server:
        yield server


@pytest.fixture(scope="module")
def visited(web, tmp_path_factory):
    """Read all hosts in one run; return (the web, the corpus, the report)."""
    with Corpus(tmp_path_factory.mktemp("hostile"), create=True) as corpus:
        start = time.monotonic()
        report = read(web, corpus, EXPECTED)
        assert time.monotonic() - start < 40
        yield web, corpus, report


def read(web, corpus, names):
    urls = [web.url(name, PATHS.get(name, "/")) for name in names]
    return ingest(urls, corpus, policy=POLICY, guard=Guard(allow_loopback=True, resolver=web.resolve))


def test_every_host_has_an_expected_outcome():
    assert not HOSTS.keys() - EXPECTED.keys()
    assert len(EXPECTED) >= 50


@pytest.mark.parametrize("name", EXPECTED)
def test_each_misbehaviour_ends_as_expected(visited, name):
    web, _, report = visited
    outcome, reason = EXPECTED[name]
    entries = [e for e in report.files if f"//{name}.test" in e.source or f"//{name}.test" in (e.reason or "")]
    assert {e.outcome for e in entries} == {outcome}
    for entry in entries:
        assert re.search(reason, entry.reason or ""), entry.reason


def test_what_came_in_is_what_the_page_says_and_nothing_else(visited):
    web, corpus, report = visited
    names = {name for name, expected in EXPECTED.items() if expected == IN}
    texts = {d.url.split("//")[1].split(".")[0]: d.text for d in corpus.documents()}
    assert texts.keys() == names
    for name, text in texts.items():
        assert " ".join(TEXT.format(name=name).split())[:60] in " ".join(text.split())
    assert "één gedeeld" in texts["wrong_encoding"]
    assert "Dit hoort er niet" not in texts["says_less"]


def test_what_may_not_be_read_was_not_asked_for(visited):
    web, _, _ = visited
    asked = {name: {path for host, path, _ in web.log if host == name} for name, _, _ in web.log}
    for name in (
        *("robots_500", "robots_521", "robots_429", "robots_forbids", "robots_huge", "robots_very_slow"),
        "robots_slower_than_numbers",
    ):
        assert asked[name] == {"/robots.txt"}
    assert asked["robots_elsewhere"] == {"/robots.txt", "/regels/robots.txt"}
    assert asked["rebinding"] == {"/robots.txt"}
    assert asked.keys() == HOSTS.keys()


def test_no_site_got_a_cookie_back_or_an_unpolite_number_of_requests(visited):
    web, _, _ = visited
    assert not any("cookie" in headers for _, _, headers in web.log)
    assert max(Counter(name for name, _, _ in web.log).values()) <= POLICY.host_requests


def test_the_next_run_finds_all_as_it_was(visited):
    web, corpus, _ = visited
    before = corpus.corpus_hash()
    kept = [name for name, expected in EXPECTED.items() if expected == IN]
    report = read(web, corpus, [*kept, "cut_off", "soft_404", "redirect_home", "html_as_pdf"])
    assert (report.count("unchanged"), report.count("failed")) == (len(kept), 4)
    assert corpus.corpus_hash() == before


def test_all_that_came_whole_is_in_the_archive(visited):
    web, corpus, _ = visited
    archive = Archive(corpus.kb / "warc")
    for document in corpus.documents():
        content = archive.get(document.url).content
        assert hashlib.sha256(content).hexdigest() == document.raw_sha256
