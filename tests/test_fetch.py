import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from corpus.errors import FetchError, SourceError, UnsupportedFormat
from ingest import fetch
from ingest.fetch import Fetcher, Source, expand, links

PAGE = b"<html><body><h1>Titel</h1></body></html>"


@pytest.fixture
def site():
    """A real web server on loopback: `site.pages[path] = (status, type, body)`; `site.log` is what was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.log.append(self.path)
            status, kind, body = server.pages.get(self.path, (404, "text/plain", b"no"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status in (301, 302):
                self.send_header("Location", body.decode())
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.pages, server.log = {}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def get(url):
    with Fetcher(timeout=5) as fetcher:
        return fetcher.fetch(Source(url, url))


def test_a_page_comes_with_its_bytes_its_type_and_where_it_ended_up(site):
    site.pages["/a"] = (200, "text/html; charset=utf-8", PAGE)
    site.pages["/old"] = (302, "text/plain", b"/a")
    page = get(f"{site.url}/old")
    assert (page.content, page.media_type) == (PAGE, "text/html")
    assert (page.source, page.url) == (f"{site.url}/old", f"{site.url}/a")


def test_robots_txt_is_asked_once_and_obeyed(site):
    site.pages |= {"/robots.txt": (200, "text/plain", b"User-agent: *\nDisallow: /private"), "/a": (200, "", PAGE)}
    with Fetcher(timeout=5) as fetcher:
        fetcher.fetch(Source(f"{site.url}/a", ""))
        with pytest.raises(FetchError, match=r"robots\.txt"):
            fetcher.fetch(Source(f"{site.url}/private/b", ""))
    assert site.log == ["/robots.txt", "/a"]


def test_a_broken_robots_txt_closes_the_site_and_a_missing_one_opens_it(site):
    site.pages["/a"] = (200, "text/html", PAGE)
    assert get(f"{site.url}/a").content == PAGE
    site.pages["/robots.txt"] = (503, "text/plain", b"")
    with pytest.raises(FetchError, match=r"robots\.txt"):
        get(f"{site.url}/a")


@pytest.mark.parametrize(("path", "reason"), [("/gone", "HTTP 404"), ("/large", "larger than"), ("/loop", "redirect")])
def test_what_cannot_be_had_is_an_error_that_names_the_address(site, monkeypatch, path, reason):
    monkeypatch.setattr(fetch, "MAX_BYTES", 1024)
    site.pages |= {"/large": (200, "text/html", b"x" * 2048), "/loop": (302, "", b"/loop")}
    with pytest.raises(FetchError, match=reason) as caught:
        get(site.url + path)
    assert caught.value.source == site.url + path


def test_a_site_that_is_down_is_an_error_with_a_remedy():
    with pytest.raises(FetchError, match="check the address"):
        get("http://127.0.0.1:9/")


SITEMAP = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>%b/a</loc></url></urlset>'
INDEX = b"<sitemapindex><sitemap><loc>%b/map</loc></sitemap></sitemapindex>"
RSS = b"<rss><channel><link>%b/no</link><item><link>%b/a</link></item></channel></rss>"
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><link href="%b/no"/><entry><link href="%b/a"/></entry></feed>'


@pytest.mark.parametrize(("body", "path"), [(SITEMAP, "/a"), (INDEX, "/map"), (RSS, "/a"), (ATOM, "/a")])
def test_sitemaps_and_feeds_name_further_sources(site, body, path):
    base = site.url.encode()
    site.pages["/x"] = (200, "application/xml", body.replace(b"%b", base))
    source = Source(f"{site.url}/x", "root")
    assert links(get(source.location), source) == [Source(site.url + path, "root")]


@pytest.mark.parametrize("body", [b"<urlset>", b"<other/>", b"", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'])
def test_other_xml_is_refused(site, body):
    site.pages["/x"] = (200, "application/xml", body)
    source = Source(f"{site.url}/x", "root")
    with pytest.raises(SourceError):
        links(get(source.location), source)


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
    path.write_text('[[source]]\nurl = "https://e.nl/a#x"\npublisher = "P"\n[[source]]\ntitle = "no url"\n')
    first, second = expand(str(path))
    assert first == Source("https://e.nl/a", str(path), {"publisher": "P"})
    assert "number 2 has no http(s) url" in second.reason
    for broken in ("[[source", ""):
        path.write_text(broken)
        with pytest.raises(FetchError):
            list(expand(str(path)))


def test_an_unknown_type_of_file_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(UnsupportedFormat, match=r"\.pdf"), Fetcher() as fetcher:
        fetcher.fetch(Source(str(tmp_path / "a.xyz"), ""))
