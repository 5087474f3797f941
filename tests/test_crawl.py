"""A crawl over weeks: what is asked again, what changed, what is gone, and what is left of it after a kill."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from friendly_web import friendly_web

from corpus.history import cited
from corpus.store import Corpus
from index.building import build
from index.results import Query
from index.search import Searcher
from ingest import pipeline, reading
from ingest.crawl import Frontier
from ingest.fetch import Source
from ingest.guard import Guard
from ingest.pace import Pace
from ingest.pipeline import ingest
from ingest.policy import Policy
from ingest.sandbox import LoaderWorker

ROOT = Path(__file__).resolve().parents[1]
POLICY = Policy(
    contact="b@example.org", delay=0.0, backoff=0.01, attempts=2, timeout=5.0, miss_days=0.0, allow_loopback=True
)
STORY = "De huisarts en het wijkteam van {} spreken elkaar elke maand over gezinnen die bij allebei bekend zijn."
OTHER = "Zij betalen samen een praktijkondersteuner jeugd, die twee dagen per week in de praktijk werkt."


def page(name, *more, head=""):
    paragraphs = "".join(f"<p>{text}</p>" for text in (STORY.format(name), *more))
    return f"<html><head><title>{name}</title>{head}</head><body><main><h1>{name}</h1>{paragraphs}</main></body></html>"


@pytest.fixture
def site():
    with friendly_web() as server:
        yield server


@pytest.fixture(scope="module")
def read():
    """Return a function that ingests; one child process reads all files of these tests."""
    with LoaderWorker() as worker:
        yield lambda corpus, *arguments, policy=POLICY, **options: ingest(
            arguments, corpus, policy=policy, worker=worker, **options
        )


def outcomes(report):
    return {entry.source.rpartition("/")[2] or "/": entry.outcome for entry in report.files}


def urlset(site, *paths):
    entries = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    return site.put("/sitemap.xml", f"<urlset>{entries}</urlset>", Content_Type="application/xml")


def a_week_later(corpus):
    """Let every visit be of eight days ago."""
    corpus._db.execute("UPDATE visits SET checked_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', checked_at, '-8 days')")


def test_what_did_not_change_is_asked_for_but_not_sent_and_stays_as_it_is(site, corpus, read):
    url = site.put("/a", page("Assen"))
    assert outcomes(read(corpus, url)) == {"a": "added"}
    before = corpus.corpus_hash()
    assert outcomes(read(corpus, url)) == {"a": "unchanged"}
    assert site.asked() == ["/a", "/a"] and site.headers["If-None-Match"]
    assert corpus.corpus_hash() == before


def test_a_page_is_read_in_full_when_the_reader_is_a_new_version(site, corpus, monkeypatch, read):
    url = site.put("/a", page("Assen"))
    read(corpus, url)
    for module in (pipeline, reading):
        monkeypatch.setattr(module, "EXTRACTOR_VERSION", "next")
    assert outcomes(read(corpus, url)) == {"a": "unchanged"}
    assert "If-None-Match" not in site.headers
    assert corpus.known(url).extractor_version == "1"


def test_a_changed_page_says_what_changed_and_a_citation_of_it_is_told(site, corpus, read):
    url = site.put("/a", page("Assen", OTHER))
    read(corpus, url)
    passage = next(p for p in next(corpus.documents()).passages)
    site.put("/a", page("Assen", OTHER.replace("twee", "drie")))
    (entry,) = read(corpus, url).files
    assert (entry.outcome, entry.reason) == ("changed", "1 passage new, 1 passage no longer there")
    told = cited(corpus.kb, passage.id)
    assert told.state == "changed" and "twee dagen" in told.text and "drie dagen" in told.successor.text


def test_gone_takes_repeated_misses_says_so_each_time_and_is_not_found_any_more(site, corpus, read):
    url = site.put("/a", page("Assen", OTHER))
    other = site.put("/b", page("Zwolle"))
    read(corpus, url, other)
    build(corpus)
    passage = next(d for d in corpus.documents() if d.key == url).passages[0]
    assert found(corpus.kb, "praktijkondersteuner jeugd") == [url]
    del site.pages["/a"]
    for count in (1, 2):
        entry = next(e for e in read(corpus, url, other).files if e.source == url)
        assert entry.outcome == "failed" and "HTTP 404; check the address" in entry.reason
        assert f"missed {count} times" in entry.reason and "gone after 3 times" in entry.reason
    assert outcomes(read(corpus, url, other)) == {"a": "gone", "b": "unchanged"}
    build(corpus)
    assert url not in found(corpus.kb, "praktijkondersteuner jeugd")
    assert cited(corpus.kb, passage.id).state == "gone" and corpus.counts()["gone"] == 1
    assert outcomes(read(corpus, url)) == {"a": "failed"}
    site.put("/a", page("Assen", OTHER))
    assert outcomes(read(corpus, url)) == {"a": "changed"}
    assert cited(corpus.kb, passage.id).state == "current"


def found(kb, query):
    documents = {hit.document_id for hit in Searcher.open(kb).search(Query(query, 10)).hits}
    with Corpus(kb) as opened:
        return [opened.get(document_id).key for document_id in documents]


def test_misses_must_span_days_and_be_in_a_row(site, corpus, read):
    url = site.put("/a", page("Assen"))
    patient = Policy(delay=0.0, attempts=1, allow_loopback=True, misses=2, miss_days=1.0)
    read(corpus, url)
    del site.pages["/a"]
    for _ in range(4):
        assert outcomes(read(corpus, url, policy=patient)) == {"a": "failed"}
    corpus._db.execute("UPDATE misses SET since = strftime('%Y-%m-%dT%H:%M:%S+00:00', since, '-2 days')")
    site.put("/a", page("Assen"))
    assert outcomes(read(corpus, url, policy=patient)) == {"a": "unchanged"}
    del site.pages["/a"]
    assert outcomes(read(corpus, url, policy=patient)) == {"a": "failed"}
    corpus._db.execute("UPDATE misses SET since = strftime('%Y-%m-%dT%H:%M:%S+00:00', since, '-2 days')")
    assert outcomes(read(corpus, url, policy=patient)) == {"a": "gone"}


@pytest.mark.parametrize("status", [403, 500, 302])
def test_a_site_with_trouble_loses_nothing(site, corpus, status, read):
    url = site.put("/a", page("Assen"))
    read(corpus, url)
    site.put("/a", b"", status=status, Location="http://10.0.0.1/")
    for _ in range(5):
        assert outcomes(read(corpus, url)) == {"a": "failed"}
    assert corpus.counts()["documents"] == 1


def test_a_fault_of_ours_costs_the_source_that_brings_it_out(site, corpus, read):
    site.put("/a", page("Assen"))
    url = f"http://goed.test:{site.server_port}/a"
    guard = Guard(allow_loopback=True, resolver=lambda host, port: {"goed.test": ["127.0.0.1"]}[host])
    report = read(corpus, "http://fout.test/", url, guard=guard)
    assert [entry.outcome for entry in report.files] == ["failed", "added"]
    assert "KeyError" in report.files[0].reason and "please report" in report.files[0].reason


def test_being_sent_to_the_home_page_or_to_a_friendly_not_found_is_a_miss(site, corpus, read):
    urls = [site.put("/a", page("Assen")), site.put("/b", page("Zwolle"))]
    read(corpus, *urls)
    site.put("/", page("Welkom"))
    site.put("/a", status=301, Location="/")
    site.put("/b", "<html><title>Pagina niet gevonden</title><body><main><p>Zoek verder.</p></main></body></html>")
    for _ in range(2):
        assert outcomes(read(corpus, *urls)) == {"a": "failed", "b": "failed"}
    assert outcomes(read(corpus, *urls)) == {"a": "gone", "b": "gone"}


def test_a_page_that_a_sitemap_no_longer_names_is_looked_at_before_it_counts_as_gone(site, corpus, read):
    for path in ("/a", "/b", "/c"):
        site.put(path, page(path))
    root = urlset(site, "/a", "/b", "/c")
    assert read(corpus, root).count("added") == 3
    urlset(site, "/a")
    site.asked()
    assert outcomes(read(corpus, root)) == {"a": "unchanged"}
    assert site.asked() == ["/sitemap.xml", "/a"]
    a_week_later(corpus)
    del site.pages["/c"]
    assert outcomes(read(corpus, root)) == {"a": "unchanged", "b": "unchanged", "c": "failed"}
    for expected in ("failed", "gone"):
        a_week_later(corpus)
        assert outcomes(read(corpus, root))["c"] == expected
    assert {d.key[-1] for d in corpus.documents()} == {"a", "b"}


def test_a_feed_forgets_and_we_do_not(site, corpus, read):
    feed = '<rss version="2.0"><channel><item><link>{}</link></item></channel></rss>'
    for path in ("/a", "/b"):
        site.put(path, page(path))
    root = site.put("/feed", feed.format(f"{site.url}/a"), Content_Type="application/rss+xml")
    read(corpus, root)
    site.put("/feed", feed.format(f"{site.url}/b"), Content_Type="application/rss+xml")
    for _ in range(4):
        a_week_later(corpus)
        assert read(corpus, root).count("gone") == 0
    assert corpus.counts()["documents"] == 2


def test_what_leaves_the_catalogue_is_gone_at_once_and_a_sitemap_takes_its_pages_with_it(site, corpus, tmp_path, read):
    for path in ("/a", "/b", "/c"):
        site.put(path, page(path))
    sitemap, catalogue = urlset(site, "/b"), tmp_path / "sources.toml"

    def of(*urls):
        catalogue.write_text("".join(f'[[source]]\nurl = "{url}"\n' for url in urls))
        return outcomes(read(corpus, str(catalogue)))

    assert of(f"{site.url}/a", sitemap, f"{site.url}/c") == dict.fromkeys("acb", "added")
    assert of(f"{site.url}/a", sitemap) == {"a": "unchanged", "b": "unchanged", "c": "gone"}
    site.put("/sitemap.xml", b"", status=403)
    assert of(f"{site.url}/a", sitemap) == {"a": "unchanged", "sitemap.xml": "failed"}
    assert of(f"{site.url}/a") == {"a": "unchanged", "b": "gone"}


def test_records_of_a_file_that_cannot_be_read_today_are_not_gone(site, corpus, read):
    lines = "\n".join(json.dumps({"id": name, "text": STORY.format(name)}) for name in ("x", "y"))
    url = site.put("/d.jsonl", lines, Content_Type="application/jsonl")
    assert read(corpus, url).count("added") == 2
    site.put("/d.jsonl", b"", status=500)
    assert read(corpus, url).count("gone") == 0
    site.put("/d.jsonl", lines.partition("\n")[0], Content_Type="application/jsonl")
    assert outcomes(read(corpus, url)) == {"d.jsonl#x": "unchanged", "d.jsonl#y": "gone"}


NO_LIST = {
    "a page": (page("Onderhoud"), "text/html"),
    "no text": (b"\0" * 99, "application/xml"),
    "nothing": (b"", "text/xml"),
}


@pytest.mark.parametrize("answer", NO_LIST)
@pytest.mark.parametrize("name", ["sitemap.xml", "d.jsonl"])
def test_a_list_that_is_none_today_takes_nothing_with_it(site, corpus, read, name, answer):
    for path in ("/a", "/b"):
        site.put(path, page(path))
    urlset(site, "/a", "/b")
    records = "\n".join(json.dumps({"id": name, "text": STORY.format(name)}) for name in ("x", "y"))
    site.put("/d.jsonl", records, Content_Type="application/jsonl")
    root = f"{site.url}/{name}"
    assert read(corpus, root).count("added") == 2
    before, (body, kind) = corpus.corpus_hash(), NO_LIST[answer]
    site.put(f"/{name}", body, Content_Type=kind)
    for _ in range(2):
        a_week_later(corpus)
        assert outcomes(read(corpus, root)) == {name: "failed"}
    assert corpus.corpus_hash() == before


def test_an_address_that_left_the_catalogue_may_come_back_as_the_page_it_was(site, corpus, tmp_path, read):
    urls, catalogue = [site.put(f"/{name}", page(name)) for name in "ab"], tmp_path / "sources.toml"

    def of(*urls):
        catalogue.write_text("".join(f'[[source]]\nurl = "{url}"\n' for url in urls))
        return outcomes(read(corpus, str(catalogue)))

    of(*urls)
    assert of(urls[0])["b"] == "gone"
    assert of(*urls)["b"] == "changed"


def test_a_page_that_two_lists_name_is_read_once(site, corpus, read):
    site.put("/a", page("Assen"))
    sitemap = urlset(site, "/a", "/a?utm_source=sitemap")
    report = read(corpus, f"{site.url}/a", sitemap)
    assert site.asked().count("/a") == 1 and [e.outcome for e in report.files] == ["added", "unchanged"]
    assert corpus.keys(sitemap) == corpus.keys(f"{site.url}/a") == {f"{site.url}/a"}


def test_copies_with_one_canonical_address_are_one_document(site, corpus, read):
    head = f'<link rel="canonical" href="{site.url}/a">'
    urls = [site.put(path, page("Assen", head=f"{head}<!-- {path} -->")) for path in ("/a", "/print")]
    assert outcomes(read(corpus, *urls)) == {"a": "added", "print": "unchanged"}


def test_a_dry_run_shows_what_would_happen_and_changes_nothing(site, corpus, read):
    urls = [site.put(f"/{name}", page(name)) for name in ("blijft", "anders", "weg")]
    read(corpus, *urls)
    before = corpus.corpus_hash(), corpus.visits.get(urls[1])
    site.put("/anders", page("anders", OTHER))
    new = site.put("/nieuw", page("nieuw"))
    del site.pages["/weg"]
    expected = {"blijft": "unchanged", "anders": "changed", "nieuw": "added"}
    soon = Policy(delay=0.0, allow_loopback=True, misses=1, miss_days=0.0)
    for _ in range(2):
        assert outcomes(read(corpus, *urls, new, policy=soon, dry_run=True)) == expected | {"weg": "gone"}
    assert (corpus.corpus_hash(), corpus.visits.get(urls[1])) == before
    assert outcomes(read(corpus, *urls, new)) == expected | {"weg": "failed"}


def test_extraction_is_repeated_from_the_archive_without_a_network(corpus, monkeypatch, read):
    with friendly_web() as site:
        site.put("/old", status=301, Location="/a")
        site.put("/a", page("Assen"))
        site.put("/b", page("Zwolle"))
        arguments = [f"{site.url}/old", urlset(site, "/b")]
        read(corpus, *arguments)
    before = corpus.corpus_hash()
    archive = corpus.kb / "warc"
    assert outcomes(read(corpus, *arguments, archive=archive)) == {"old": "unchanged", "b": "unchanged"}
    for module in (pipeline, reading):
        monkeypatch.setattr(module, "EXTRACTOR_VERSION", "next")
    monkeypatch.setattr(reading, "boilerplate", _Louder)
    report = read(corpus, *arguments, f"{site.url}/elders", archive=archive)
    assert outcomes(report) == {"old": "changed", "b": "changed", "elders": "failed"}
    assert "another version of the extractor" in report.files[0].reason
    assert corpus.corpus_hash() != before
    assert all("GEZINNEN" in d.text for d in corpus.documents())


class _Louder:
    """An extractor that was improved."""

    @staticmethod
    def mark(blocks):
        from dataclasses import replace

        return tuple(replace(block, text=block.text.upper()) for block in blocks)


def test_a_dry_run_need_not_be_followed_by_a_second_visit(corpus, read):
    with friendly_web() as site:
        url = site.put("/a", page("Assen"))
        assert outcomes(read(corpus, url, dry_run=True)) == {"a": "added"}
    assert corpus.counts()["documents"] == 0
    assert outcomes(read(corpus, url, archive=corpus.kb / "warc")) == {"a": "added"}


def test_what_was_gone_does_not_come_back_out_of_the_archive(site, corpus, read):
    url = site.put("/a", page("Assen"))
    read(corpus, url)
    del site.pages["/a"]
    for _ in range(3):
        read(corpus, url)
    assert corpus.counts()["gone"] == 1
    assert outcomes(read(corpus, url, archive=corpus.kb / "warc")) == {"a": "failed"}
    assert corpus.counts()["documents"] == 0


def test_while_one_host_rests_the_others_are_read():
    pace = Pace(Policy(delay=60.0, jitter=0.0))
    frontier = Frontier(pace, attempts=2)
    sources = [Source(f"https://{name}.nl/{number}", "r") for name in ("een", "twee") for number in (1, 2)]
    frontier.add([*sources, *sources, Source("/tmp/een.txt", "r")])
    order = []
    while (source := frontier.take()) is not None:
        order.append(source.location)
        if source.is_url:
            pace.leave(source.location, 0)
    expected = ["een.nl/1", "twee.nl/1", "/tmp/een.txt", "een.nl/2", "twee.nl/2"]
    assert [name.removeprefix("https://") for name in order] == expected
    assert (frontier.total, frontier.waiting) == (5, 0)
    assert [frontier.again(sources[0]) for _ in range(3)] == [True, False, False]
    assert frontier.take() == sources[0] and frontier.take() is None


@contextmanager
def crawling(kb, *arguments):
    command = [sys.executable, str(ROOT / "cli.py"), "--kb", str(kb), "ingest", *arguments, "--allow-loopback"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process


def test_a_run_that_is_killed_is_taken_up_where_it_was(site, tmp_path, read):
    """Killed with SIGKILL in the middle; the next run asks only for what was not read, the one after for all."""
    count = 6
    for number in range(count):
        site.put(f"/{number}", page(f"Plaats {number}"))
    root = urlset(site, *(f"/{number}" for number in range(count)))
    with crawling(tmp_path, root) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(site.log) < 5:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    killed_at = site.asked()
    assert "/1" in killed_at and f"/{count - 1}" not in killed_at
    with Corpus(tmp_path) as corpus:
        report = read(corpus, root)
        again = site.asked()
        assert report.count("failed") == 0 and corpus.counts()["documents"] == count
        # The page at hand may or may not have been committed.
        assert set(killed_at) & set(again) <= {"/sitemap.xml", killed_at[-1]}
        assert read(corpus, root).count("unchanged") == count
        assert len(site.asked()) == count + 1


def test_the_command_line_shows_a_dry_run_as_a_diff_and_can_be_reached(site, tmp_path, read, run):
    urls = [site.put(f"/{name}", page(name)) for name in ("anders", "weg")]
    catalogue = tmp_path / "sources.toml"
    catalogue.write_text("".join(f'[[source]]\nurl = "{url}"\n' for url in urls))
    with Corpus(tmp_path / "kb", create=True) as corpus:
        read(corpus, str(catalogue))
    site.put("/anders", page("anders", OTHER))
    catalogue.write_text(f'[[source]]\nurl = "{urls[0]}"\n[[source]]\nurl = "{site.put("/nieuw", page("nieuw"))}"\n')
    options = ("--allow-loopback", "--dry-run", "--format", "table", "--contact", "beheer@example.org")
    code, out, err = run("--kb", tmp_path / "kb", "ingest", catalogue, *options)
    assert code == 0, err
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines[1:4]] == ["~", "+", "-"]
    assert "anders: 1 passage new" in out and "weg: no longer in" in out
    assert "1 added, 1 changed, 0 unchanged, 1 gone, 0 failed; snapshot none" in out
    assert site.headers["User-Agent"].endswith("(+beheer@example.org)")
    with Corpus(tmp_path / "kb") as corpus:
        assert corpus.counts() == {"documents": 2, "gone": 0, "versions": 0}


def test_without_a_contact_address_the_maintainer_is_told_so(site, tmp_path, run, monkeypatch):
    urls = [site.put("/a", page("a")), "--allow-loopback", "--crawl-requests", "1", "--dry-run"]
    (tmp_path / "a.md").write_text("# Kop\n\nDe huisarts belt het wijkteam.\n")
    assert "no contact address" in run("--kb", tmp_path / "kb", "ingest", *urls)[2]
    assert "no contact address" not in run("--kb", tmp_path / "kb", "ingest", *urls, "--contact", "b@example.org")[2]
    assert "no contact address" not in run("--kb", tmp_path / "kb", "ingest", tmp_path / "a.md")[2]
    monkeypatch.setenv("SAMENWIJZER_CONTACT", "b@example.org")
    assert "no contact address" not in run("--kb", tmp_path / "kb", "ingest", *urls)[2]


def test_the_maintainer_sets_the_budget_and_the_config_file_does(site, tmp_path, run):
    a, b = (site.put(f"/{name}", page(name)) for name in "ab")
    command = ("--kb", tmp_path / "kb", "ingest", a, b, "--allow-loopback", "--dry-run", "--format", "json")
    (tmp_path / "config" / "samenwijzer").mkdir(parents=True)
    for option, reason in (
        (("--crawl-requests", "1"), "is used up"),  # robots.txt was the one
        (("--file-mb", "1", "--crawl-requests", "2"), "is used up"),
    ):
        told = json.loads(run(*command, *option)[1])
        assert told["failed"] and reason in told["failed"][-1]["reason"]
    (tmp_path / "config" / "samenwijzer" / "config.toml").write_text("crawl-requests = 1\n")
    assert len(json.loads(run(*command)[1])["failed"]) == 2
    code, _, err = run(*command, "--crawl-delay", "0.1")
    assert code == 2 and "0.5" in err


def test_nothing_that_a_site_says_steers_the_terminal(site, tmp_path, run):
    evil = "\x1b]0;x\x07\x9b2J\u202e"
    site.put("/a", page(f"Kop {evil}"))
    site.put("/b", status=302, Location=f"/{evil}".encode().decode("latin-1"))
    site.put("/c", b"x", Content_Type=f"text/{evil}".encode().decode("latin-1"))
    for form, names in (("table", "abc"), ("json", "c")):
        urls = [f"{site.url}/{name}" for name in names]
        _, out, err = run("--kb", tmp_path, "ingest", *urls, "--dry-run", "--allow-loopback", "--format", form)
        assert out and not set(out + err) & set("\x1b\x07\x9b\u202e")
