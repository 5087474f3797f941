"""A web of test hosts on loopback that misbehave, each in one named way: `http://<name>.test:<port>/`.

A host is a function below; it gets the request and says what it wants, in bytes if need be. What it does not care for
(robots.txt) is not there. Hosts with more pages look at `request.path`.
"""

from __future__ import annotations

import gzip
import io
import socketserver
import threading
import time
import zlib
from collections import Counter
from contextlib import contextmanager, suppress

TEXT = (
    "De huisarts en het wijkteam van {name} spreken elkaar elke maand over gezinnen die bij allebei bekend zijn."
    " Zij doen dat op een vaste dag, met een vaste voorzitter, en leggen de afspraken vast in één gedeeld bestand."
)
PAGE = "<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
HOSTS = {}


def host(function):
    HOSTS[function.__name__] = function
    return function


def page(name, text=TEXT):
    return PAGE.format(title=f"Samen in {name}", text=text.format(name=name)).encode()


class Request(socketserver.StreamRequestHandler):
    """One connection with one request; `visits` counts the requests to this host so far."""

    def handle(self):
        self.request.settimeout(10)
        with suppress(OSError):
            line = self.rfile.readline(65536).split()
            if len(line) < 3:
                return
            self.path = line[1].decode()
            self.headers = {}
            while (header := self.rfile.readline(65536).strip()) != b"":
                name, _, value = header.decode("latin-1").partition(":")
                self.headers[name.lower()] = value.strip()
            self.name = self.headers.get("host", "").partition(".")[0]
            self.server.log.append((self.name, self.path, self.headers))
            self.visits = self.server.visits[self.name]
            self.server.visits[self.name] += self.path != "/robots.txt"
            behaviour = HOSTS.get(self.name)
            if behaviour is None or (self.path == "/robots.txt" and not self.name.startswith("robots")):
                self.send(404, b"niet hier")
            else:
                behaviour(self)

    @property
    def root(self):
        return f"http://{self.name}.test:{self.server.server_address[1]}"

    def send(self, status=200, body=None, *, length=None, **headers):
        body = page(self.name) if body is None else body
        fields = {"Content-Type": "text/html; charset=utf-8", "Connection": "close"}
        fields["Content-Length"] = len(body) if length is None else length
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
        self.raw("\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body)

    def send_to(self, location):
        self.send(302, b"", Location=location)

    def send_xml(self, body, **headers):
        self.send(200, body.encode(), Content_Type="application/xml", **headers)

    def raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()


# Time ------------------------------------------------------------------------------------------------------------


@host
def slow(request):
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(200):
        request.raw(b"x")
        time.sleep(0.05)


@host
def slow_headers(request):
    request.raw(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        request.raw(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


@host
def silent(request):
    time.sleep(3)


@host
def forever_continue(request):
    for _ in range(100_000):
        request.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


@host
def busy_once(request):
    if request.visits == 0:
        request.send(503, b"", Retry_After="0")
    else:
        request.send()


@host
def busy_for_long(request):
    request.send(429, b"", Retry_After="86400")


@host
def always_500(request):
    request.send(500, b"")


# Size ------------------------------------------------------------------------------------------------------------


@host
def infinite(request):
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        request.raw(b"x" * 65536)


@host
def gzip_bomb(request):
    request.send(body=gzip.compress(b"\0" * 1_000_000) * 500, Content_Encoding="gzip")


@host
def deflate_bomb(request):
    request.send(body=zlib.compress(b"\0" * 20_000_000, 1), Content_Encoding="deflate")


@host
def gzip_in_gzip(request):
    request.send(body=gzip.compress(gzip.compress(page("x"))), Content_Encoding="gzip, gzip")


@host
def huge_header(request):
    request.send(X_Large="x" * 5_000_000)


@host
def many_headers(request):
    request.send(**{f"X_{number}": "y" for number in range(50_000)})


# Redirects -------------------------------------------------------------------------------------------------------


@host
def redirect_loop(request):
    request.send_to("/b" if request.path == "/a" else "/a")


@host
def redirect_chain(request):
    request.send_to(f"/{request.visits + 2}")


@host
def redirect_to_private(request):
    request.send_to("http://10.0.0.1/")


@host
def redirect_to_metadata(request):
    request.send_to("http://169.254.169.254/latest/meta-data/")


@host
def redirect_to_file(request):
    request.send_to("file:///etc/passwd")


@host
def redirect_to_nowhere(request):
    request.send_to("http://[")


@host
def redirect_home(request):
    if request.path == "/":
        request.send()
    else:
        request.send_to("/")


@host
def cookie_redirect(request):
    request.send(302, b"", Location=request.path, Set_Cookie="gezien=1")


# Lies ------------------------------------------------------------------------------------------------------------


@host
def wrong_encoding(request):
    request.send(body=page(request.name).decode().encode("cp1252"))


@host
def says_gzip_is_not(request):
    request.send(Content_Encoding="gzip")


@host
def says_more(request):
    request.send(length=100_000)


@host
def says_less(request):
    body = page(request.name)
    request.send(body=body + b"<p>Dit hoort er niet meer bij.</p>", length=len(body))


@host
def cut_off(request):
    body = page(request.name)
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    request.raw(b"%x\r\n" % (2 * len(body)) + body)


@host
def cut_gzip(request):
    request.send(body=gzip.compress(page(request.name))[:-20], Content_Encoding="gzip")


@host
def not_http(request):
    request.raw(b"SSH-2.0-OpenSSH_9.7\r\n")


@host
def image_as_html(request):
    request.send(body=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500))


@host
def html_as_pdf(request):
    request.send(Content_Type="application/pdf")


@host
def pdf_as_html(request):
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    for number, line in enumerate(TEXT.format(name=request.name).split(". ")):
        canvas.drawString(50, 700 - 20 * number, line)
    canvas.save()
    request.send(body=file.getvalue())


@host
def soft_404(request):
    request.send(body=PAGE.format(title="Pagina niet gevonden", text="Ga naar de startpagina.").encode())


@host
def cookie_wall(request):
    asked = "Wij gebruiken cookies. Accepteer alle cookies, of geef toestemming per soort cookie, om verder te gaan."
    request.send(body=PAGE.format(title="Uw keuze", text=asked).encode())


@host
def login(request):
    if request.path == "/":
        request.send_to("/inloggen?terug=/")
    else:
        request.send(body=PAGE.format(title="Inloggen", text="Log in met uw account om verder te lezen.").encode())


@host
def not_modified_unasked(request):
    request.send(304, b"", length=None, Content_Length=None)


@host
def etag_flapping(request):
    request.send(ETag=f'"{request.visits}"')


@host
def escape_codes(request):
    title = "Rood \x1b[31m en \x9b2J weg \u202e omgekeerd"
    request.send(body=PAGE.format(title=title, text=TEXT.format(name=request.name)).encode(), X_Note="\x1b]0;x\x07")


# robots.txt ------------------------------------------------------------------------------------------------------


def robots_txt(request, *answer, **headers):
    if request.path == "/robots.txt":
        request.send(*answer, Content_Type="text/plain", **headers)
    else:
        request.send()


@host
def robots_500(request):
    robots_txt(request, 500, b"")


@host
def robots_521(request):
    robots_txt(request, 521, b"")


@host
def robots_404(request):
    robots_txt(request, 404, b"")


@host
def robots_429(request):
    robots_txt(request, 429, b"")


@host
def robots_forbids(request):
    robots_txt(request, 200, b"User-agent: samenwijzer\nDisallow: /\n\nUser-agent: *\nAllow: /")


@host
def robots_elsewhere(request):
    if request.path == "/robots.txt":
        request.send_to("/regels/robots.txt")
    else:
        request.send(body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /")


@host
def robots_in_circles(request):
    if request.path == "/robots.txt":
        request.send_to("/robots.txt")
    else:
        request.send()


@host
def robots_huge(request):
    robots_txt(request, 200, b"User-agent: *\nDisallow: /\n" + b"# x\n" * 500_000)


@host
def robots_is_a_page(request):
    robots_txt(request, 200, page("x"))


@host
def robots_very_slow(request):
    robots_txt(request, 200, b"User-agent: *\nCrawl-delay: 86400")


@host
def robots_slower_than_numbers(request):
    robots_txt(request, 200, b"User-agent: *\nRequest-rate: 1/" + b"9" * 400)


# Names -----------------------------------------------------------------------------------------------------------


@host
def rebinding(request):
    request.send()


# Sitemaps --------------------------------------------------------------------------------------------------------


def index(*urls):
    return "<sitemapindex>" + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls) + "</sitemapindex>"


def urlset(*urls):
    return "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"


@host
def sitemap_loop(request):
    if request.path == "/":
        request.send_xml(index(f"{request.root}/", f"{request.root}/2", f"{request.root}/3"))
    elif request.path == "/2":
        request.send_xml(index(f"{request.root}/", f"{request.root}/2"))
    elif request.path == "/3":
        packed = gzip.compress(urlset(f"{request.root}/pagina").encode())
        request.send(body=packed, Content_Type="application/x-gzip")
    else:
        request.send()


@host
def sitemap_endless(request):
    request.send_xml(index(*(f"{request.root}/{request.visits}-{number}" for number in range(10))))


@host
def sitemap_elsewhere(request):
    elsewhere = request.root.replace(request.name, "slachtoffer")
    request.send_xml(urlset("http://10.0.0.1/geheim", elsewhere, "file:///etc/passwd", "javascript:alert(1)"))


@host
def sitemap_bomb(request):
    request.send(
        body=gzip.compress(b"<urlset>") + gzip.compress(b" " * 1_000_000) * 500, Content_Type="application/gzip"
    )


@host
def sitemap_entities(request):
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    entities = f'<!DOCTYPE urlset [<!ENTITY a "x">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    request.send_xml(f'<?xml version="1.0"?>{entities}<urlset><url><loc>{request.root}/&i;&f;</loc></url></urlset>')


@contextmanager
def hostile_web():
    """Yield the server: `url(name, path)`, `log` of (host, path, headers), and `resolve` for a guard."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64
        log = []
        visits = Counter()
        resolved = Counter()

        def url(self, name, path="/"):
            return f"http://{name}.test:{self.server_address[1]}{path}"

        def resolve(self, name, port):
            name = name.removesuffix(".test")
            self.resolved[name] += 1
            if name == "rebinding" and self.resolved[name] > 1:
                return ["169.254.169.254"]
            return {
                "private_name": ["10.0.0.5"],
                "half_private": ["127.0.0.1", "192.168.1.1"],
                "mapped_name": ["::ffff:10.0.0.5"],
            }.get(name, ["127.0.0.1"] if name in HOSTS or not name[0].isdigit() else [name])

        def handle_error(self, request, client_address):
            pass  # visitors that hang up are what this server is for

    with Server(("127.0.0.1", 0), Request) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
