"""From what the user typed to bytes: files, folders, catalogues, and pages of a website that behaves."""

import pytest
from friendly_web import friendly_web

from corpus.errors import FetchError, SourceError, UnsupportedFormat, UsageError
from ingest import sitemaps
from ingest.blocks import RawPage
from ingest.fetch import Fetcher, Source, expand, linked
from ingest.guard import Guard
from ingest.live import Live
from ingest.pace import Pace
from ingest.policy import Policy

PAGE = b"<html><body><h1>Titel</h1></body></html>"
POLICY = Policy(contact="beheer@example.org", delay=0.0, timeout=5.0, max_bytes=4096, allow_loopback=True)


@pytest.fixture
def site():
    with friendly_web() as server:
        yield server


@pytest.fixture
def fetcher():
    with Fetcher(POLICY, lambda: Live(POLICY, Pace(POLICY), Guard(allow_loopback=True), None)) as opened:
        yield opened


def test_a_page_comes_with_its_bytes_its_type_and_where_it_ended_up(site, fetcher):
    site.put("/a", PAGE)
    site.put("/old", status=302, Location="/a")
    fetched = fetcher.fetch(Source(f"{site.url}/old", "r"))
    assert (fetched.page.content, fetched.page.media_type) == (PAGE, "text/html")
    assert (fetched.page.source, fetched.page.url) == (f"{site.url}/old", f"{site.url}/a")
    assert fetched.visit.url == f"{site.url}/a" and fetched.visit.etag


def test_we_say_who_we_are_and_whom_to_ask(site, fetcher):
    fetcher.fetch(Source(site.put("/a", PAGE), "r"))
    assert site.headers["User-Agent"].startswith("Samenwijzer/")
    assert site.headers["User-Agent"].endswith(" (+beheer@example.org)")
    assert "Cookie" not in site.headers and site.headers["Accept-Encoding"] == "gzip, deflate"
    with pytest.raises(UsageError, match="plain letters"):
        Policy(contact="x\r\nCookie: a=b")


def test_what_did_not_change_is_not_sent_again(site, fetcher):
    source = Source(site.put("/a", PAGE), "r")
    first = fetcher.fetch(source)
    again = fetcher.fetch(source, first.visit)
    assert again.page is None and again.visit.etag == first.visit.etag
    site.put("/a", PAGE + b"<p>meer</p>")
    assert fetcher.fetch(source, first.visit).page.content.endswith(b"meer</p>")


def test_validators_go_to_the_address_that_gave_them_and_to_no_other(site, fetcher):
    source = Source(site.put("/old", status=301, Location="/a"), "r")
    site.put("/a", PAGE)
    visit = fetcher.fetch(source).visit
    assert fetcher.fetch(source, visit).page is None
    site.put("/old", status=301, Location="/b")
    site.put("/b", PAGE)
    assert fetcher.fetch(source, visit).page.url == f"{site.url}/b"
    assert "If-None-Match" not in site.headers


def test_robots_txt_is_asked_once_and_obeyed_at_every_hop(site, fetcher):
    site.put("/robots.txt", "User-agent: *\nDisallow: /private")
    site.put("/private/b", PAGE)
    site.put("/onward", status=302, Location="/private/b")
    fetcher.fetch(Source(site.put("/a", PAGE), "r"))
    for path in ("/private/b", "/onward"):
        with pytest.raises(FetchError, match=r"robots\.txt"):
            fetcher.fetch(Source(site.url + path, "r"))
    assert site.log == ["/robots.txt", "/a", "/onward"]


@pytest.mark.parametrize(("path", "reason", "status"), [("/none", "HTTP 404", 404), ("/large", "larger", None)])
def test_what_cannot_be_had_is_an_error_that_names_the_address(site, fetcher, path, reason, status):
    site.put("/large", b"x" * 5000)
    with pytest.raises(FetchError, match=reason) as caught:
        fetcher.fetch(Source(site.url + path, "r"))
    assert (caught.value.source, caught.value.status) == (site.url + path, status)


def test_what_broke_off_counts_for_the_budget_of_the_host(site):
    url = site.put("/lang", bytes(3_000_000))
    policy = Policy(delay=0.0, max_bytes=1_000_000, host_bytes=1_500_000, allow_loopback=True)
    pace = Pace(policy)
    with Fetcher(policy, lambda: Live(policy, pace, Guard(allow_loopback=True), None)) as opened:
        for reason in ("larger than was allowed", "larger than was allowed", "used up"):
            with pytest.raises(FetchError, match=reason):
                opened.fetch(Source(url, "r"))


def test_a_site_that_is_down_is_an_error_with_a_remedy_that_may_pass(fetcher):
    with pytest.raises(FetchError, match="check the address") as caught:
        fetcher.fetch(Source("http://127.0.0.1:9/", "r"))
    assert caught.value.transient


@pytest.mark.parametrize(
    ("path", "headers", "body", "kind"),
    [
        ("/a.pdf", {"Content_Type": "text/html"}, b"%PDF-1.7", "application/pdf"),
        ("/a.pdf", {"Content_Type": None}, b"%PDF-1.7", "application/pdf"),
        ("/a.docx", {"Content_Type": "application/octet-stream"}, b"PK\x03\x04", None),
        ("/a", {"Content_Type": "application/octet-stream"}, PAGE, "text/html"),
        ("/a.md", {"Content_Type": ""}, b"# Kop", "text/markdown"),
        ("/a", {"Content_Type": "text/plain"}, b'<?xml version="1.0"?><rss></rss>', "application/xml"),
        ("/a", {"Content_Type": "text/html; charset=utf-16"}, "<p>é</p>".encode("utf-16-le"), "text/html"),
        ("/a", {"Content_Type": "image/png"}, b"geen beeld", "image/png"),
    ],
)
def test_the_bytes_tell_what_something_is(site, fetcher, path, headers, body, kind):
    page = fetcher.fetch(Source(site.put(path, body, **headers), "r")).page
    assert page.media_type == kind or "wordprocessingml" in page.media_type


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>%s</loc></url></urlset>'
INDEX = "<sitemapindex><sitemap><loc> %s </loc></sitemap></sitemapindex>"
RSS = "<rss><channel><link>https://e.nl/no</link><item><link>%s</link></item></channel></rss>"
RDF = '<RDF><channel><link>https://e.nl/no</link></channel><item xmlns="x"><link>%s</link></item></RDF>'
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><link href="no"/><entry><link rel="self" href="no"/>'
    '<link href="%s"/></entry></feed>'
)
LIST = Source("https://e.nl/x/list.xml", "root")


def from_list(body):
    loaded = sitemaps.load(RawPage(LIST.location, body.encode(), "application/xml"))
    return list(linked(loaded.meta["links"], LIST, only_its_site=loaded.meta["sitemap"]))


@pytest.mark.parametrize("body", [SITEMAP, INDEX, RSS, RDF, ATOM])
def test_sitemaps_and_feeds_name_further_sources(body):
    expected = [Source("https://e.nl/a", "root", listed_in=LIST.location)]
    assert from_list(body % "https://E.nl:443/a?utm_source=x#y") == expected
    assert from_list(body % "../a") == expected


def test_a_sitemap_speaks_for_its_own_site_and_a_feed_for_any_but_only_of_the_web():
    for link, in_sitemap, in_feed in (
        ("https://www.e.nl/a", Source, Source),
        ("https://nieuws.e.nl/a", Source, Source),
        ("https://f.nl/a", UnsupportedFormat, Source),
        ("https://nl/a", UnsupportedFormat, Source),
        ("javascript:alert(1)", UnsupportedFormat, UnsupportedFormat),
        ("file:///etc/passwd", UnsupportedFormat, UnsupportedFormat),
        ("https://[", FetchError, FetchError),
    ):
        assert type(from_list(SITEMAP % link)[0]) is in_sitemap, link
        assert type(from_list(ATOM % link)[0]) is in_feed, link


def test_what_one_list_leads_to_is_listed_in_the_list_that_the_user_named():
    child = from_list(INDEX % "https://e.nl/child.xml")[0]
    assert next(iter(linked(["https://e.nl/a"], child, only_its_site=True))).listed_in == LIST.location


@pytest.mark.parametrize("body", ["<urlset>", "<other/>", "", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'])
def test_other_xml_is_refused(body):
    with pytest.raises(SourceError):
        from_list(body)


def test_entities_of_a_sitemap_stay_closed(tmp_path):
    (tmp_path / "secret").write_text("geheim")
    head = f'<!DOCTYPE urlset [<!ENTITY f SYSTEM "file://{tmp_path}/secret"><!ENTITY g "intern">]>'
    found = from_list(head + SITEMAP % "https://e.nl/&f;&g;")
    assert "geheim" not in str(found) and "intern" not in str(found)


def test_a_folder_gives_its_files_and_says_what_it_passes_over(tmp_path):
    for name in ("b.txt", "a/c.PDF", ".hidden/d.txt", "e.tsv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = list(expand(str(tmp_path)))
    assert [e.location for e in found if isinstance(e, Source)] == [str(tmp_path / "a/c.PDF"), str(tmp_path / "b.txt")]
    assert [type(e) for e in found if not isinstance(e, Source)] == [UnsupportedFormat]


@pytest.mark.parametrize(("name", "reason"), [("missing.txt", "no such file"), (".", "no files")])
def test_nothing_to_read_is_an_error_with_a_remedy(tmp_path, name, reason):
    with pytest.raises(FetchError, match=reason):
        list(expand(str(tmp_path / name)))


def test_a_catalogue_gives_its_sources_with_what_it_knows_of_them(tmp_path):
    path = tmp_path / "sources.toml"
    entries = '[[source]]\nurl = "https://e.nl/a#x"\npublisher = "P"\n[[source]]\ntitle = "no url"\n'
    path.write_text(entries + '[[source]]\nurl = "https://[x"\n')
    first, second, third = expand(str(path))
    assert first == Source("https://e.nl/a", str(path), {"publisher": "P"})
    assert "number 2 has no http(s) url" in second.reason
    assert "no address" in third.reason
    for broken in ("[[source", ""):
        path.write_text(broken)
        with pytest.raises(FetchError):
            list(expand(str(path)))


def test_an_unknown_type_of_file_is_named_with_the_known_ones(tmp_path, fetcher):
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(UnsupportedFormat, match=r"\.pdf"):
        fetcher.fetch(Source(str(tmp_path / "a.xyz"), ""))


def test_a_file_that_is_too_large_or_cannot_be_read_is_an_error_with_a_remedy(tmp_path, fetcher):
    (tmp_path / "a.txt").write_bytes(b"x" * 5000)
    with pytest.raises(FetchError, match="split it"):
        fetcher.fetch(Source(str(tmp_path / "a.txt"), ""))
    with pytest.raises(FetchError, match="check that it exists"):
        fetcher.fetch(Source(str(tmp_path / "b.txt"), ""))
