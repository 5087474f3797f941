"""Where a crawler may connect to: everything that is not a public website is refused, however it is spelled."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import pytest
from friendly_web import friendly_web
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FetchError
from ingest.addresses import canonical
from ingest.guard import Guard, is_public, resolve
from ingest.live import Live
from ingest.pace import Pace
from ingest.policy import Policy

NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1 127.1.2.3 168.63.129.16
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1
192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808
64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::
2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%1 fec0::1 ff02::1 ff0e::1 4000::1
""".split()
PUBLIC = (
    "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.32.0.1 185.3.211.1 2a02:2308::1 2001:4860::1 2606:4700::1".split()
)
# Ways to write an address that a check may overlook and a resolver understands.
DECEITFUL = """
http://127.0.0.1/ http://127.1/ http://0x7f.1/ http://0x7f000001/ http://2130706433/ http://017700000001/ http://0177.0.0.1/
http://127.0.0.1./ http://0/ http://127.0x0.0.1/ http://00000127.0.0.1/ http://①②⑦.⓪.⓪.①/ http://１２７.０.０.１/
http://127。0。0。1/ http://[::1]/ http://[::ffff:127.0.0.1]/ http://[0:0:0:0:0:ffff:7f00:1]/ http://[64:ff9b::7f00:1]/
http://[fe80::1%25lo]/ http://localhost/ http://localhost./ http://localhost:22/ http://LOCALHOST/
http://169.254.169.254/latest/meta-data/ http://[fd00:ec2::254]/
file:///etc/passwd gopher://e.nl/ ftp://e.nl/ dict://e.nl:11211/ data:text/html,x javascript:alert(1) //e.nl/ e.nl
http://user@e.nl/ http://user:word@e.nl/ http://e.nl@10.0.0.1/ http://@e.nl/ http://good.nl\\@10.0.0.1/
http://e.nl:22/ http://e.nl:6379/ http://e.nl:8080/ http://e.nl:0/ https://e.nl:25/ http:///x http://e%00.nl/ http://e_\u202e.nl/
""".split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_refused(address):
    assert not is_public(ip_address(address))
    with pytest.raises(FetchError, match="refused"):
        Guard(resolver=lambda host, port: ["8.8.8.8", address]).addresses("e.nl", 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_let_through(address):
    assert Guard(resolver=lambda host, port: [address]).addresses("e.nl", 443) == [address]


@given(st.ip_addresses())
def test_what_python_calls_private_we_refuse_too(address):
    if not address.is_global:
        assert not is_public(address)


def resolver(host, port):
    """As the system's for numbers and for this machine; every other name is a public website."""
    try:
        flags = 0 if host.startswith("localhost") else socket.AI_NUMERICHOST
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, flags=flags)]
    except OSError:
        return ["8.8.8.8"]


@pytest.mark.parametrize("url", DECEITFUL)
def test_no_spelling_gets_through_to_this_machine_or_its_network(url):
    guard = Guard(resolver=resolver)
    with pytest.raises((FetchError, ValueError)):
        parts = urlsplit(canonical(url))
        guard.check(urlunsplit(parts))
        guard.addresses(parts.hostname, parts.port or 80)


def test_a_plain_address_of_a_website_gets_through():
    for url in ("https://e.nl/a", "http://e.nl:80/", "https://coöperatie.nl/", "http://8.8.8.8/", "http://[2a02::1]/"):
        spelled = canonical(url)
        Guard().check(spelled)
        assert Guard(resolver=resolver).addresses(urlsplit(spelled).hostname, 443)


def test_loopback_may_be_allowed_but_nothing_else_with_it():
    guard = Guard(allow_loopback=True, resolver=lambda host, port: [host])
    guard.check("http://127.0.0.1:8001/")
    assert guard.addresses("127.0.0.1", 8001) == ["127.0.0.1"]
    assert guard.addresses("::1", 8001) == ["::1"]
    for host, port in (("10.0.0.1", 80), ("8.8.8.8", 8001), ("::ffff:127.0.0.1", 80), ("169.254.169.254", 80)):
        with pytest.raises(FetchError, match="refused"):
            guard.addresses(host, port)


def live(policy, guard):
    return Live(policy, Pace(policy), guard, None)


def test_without_leave_this_machine_is_not_even_asked():
    with friendly_web() as site:
        policy = Policy(delay=0.0)
        for url in (site.url, f"http://localhost:{site.server_port}", "http://localhost", "http://127.0.0.1"):
            with pytest.raises(FetchError, match="refused"):
                live(policy, Guard()).get(canonical(url), None)
        assert site.log == []


def test_a_name_is_resolved_once_for_each_connection_and_the_connection_goes_to_what_was_checked():
    """A second look-up, which could give another answer, never takes place: the connection is kept, with its name."""
    looked_up = []

    def resolver(host, port):
        looked_up.append(host)
        return ["127.0.0.1"]

    with friendly_web() as site:
        site.put("/a", "<p>x</p>")
        policy = Policy(delay=0.0, allow_loopback=True)
        opened = live(policy, Guard(allow_loopback=True, resolver=resolver))
        opened.get(f"http://e.test:{site.server_port}/a", None)
        opened.close()
        assert looked_up == ["e.test"] * len(looked_up) and 1 <= len(looked_up) <= 2
        assert site.headers["Host"] == f"e.test:{site.server_port}"


@contextmanager
def listening():
    """Yield (port, list that gets the first bytes which a visitor sends)."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    received.append(connection.recv(4096))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received


def test_tls_names_the_host_though_the_connection_goes_to_its_address():
    policy = Policy(delay=0.0, timeout=5.0, allow_loopback=True)
    with listening() as (port, received):
        opened = live(policy, Guard(allow_loopback=True, resolver=lambda host, port: ["127.0.0.1"]))
        with pytest.raises(FetchError, match="cannot be reached"):
            opened.get(f"https://naam.test:{port}/", None)
        opened.close()
    assert received[0][0] == 0x16 and b"naam.test" in received[0]


def test_a_certificate_that_is_not_in_order_is_no_passing_trouble(tmp_path):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=e.test", "-days", "1"]
    try:
        subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs the openssl program to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with friendly_web() as site:
        with urlopen(site.put("/a", "<p>x</p>")) as answer:  # it listens by now: its socket can be changed
            assert answer.status == 200
        site.socket = context.wrap_socket(site.socket, server_side=True)
        policy = Policy(delay=0.0, timeout=5.0, allow_loopback=True)
        opened = live(policy, Guard(allow_loopback=True, resolver=lambda host, port: ["127.0.0.1"]))
        with pytest.raises(FetchError, match="certificate is not in order") as caught:
            opened.get(f"https://e.test:{site.server_port}/", None)
        opened.close()
    assert not caught.value.transient


def test_the_environment_cannot_put_a_proxy_in_between(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with friendly_web() as site:
        url = site.put("/a", "<p>x</p>")
        policy = Policy(delay=0.0, allow_loopback=True)
        opened = live(policy, Guard(allow_loopback=True))
        assert opened.get(url, None).status == 200
        opened.close()


def test_the_system_resolver_gives_each_address_once():
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("HTTP://E.NL:80", "http://e.nl/"),
        ("https://e.nl:443/a", "https://e.nl/a"),
        ("https://e.nl:8443/a", "https://e.nl:8443/a"),
        ("https://e.nl/a/../b/./c#deel", "https://e.nl/b/c"),
        ("https://e.nl/%7ejan/%c3%a9?q=%2f", "https://e.nl/~jan/%C3%A9?q=%2F"),
        ("https://e.nl/é x?q=ë y", "https://e.nl/%C3%A9%20x?q=%C3%AB%20y"),
        ("https://e.nl/a?utm_source=nieuwsbrief&id=3&fbclid=x", "https://e.nl/a?id=3"),
        ("https://e.nl/a?utm_source=nieuwsbrief", "https://e.nl/a"),
        ("https://e.nl/a?b=1&a=2&B=", "https://e.nl/a?b=1&a=2&B="),
        ("https://e.nl./a", "https://e.nl/a"),
        ("https://e.nl。/a", "https://e.nl/a"),
        ("https://coöperatie.nl/", "https://xn--coperatie-17a.nl/"),
        (" https://e.nl/a\n b ", "https://e.nl/a%20b"),
        ("https://e.nl//a", "https://e.nl/a"),
        ("https://[2A02::1]/", "https://[2a02::1]/"),
        ("https://e.nl/100%", "https://e.nl/100%25"),
    ],
)
def test_an_address_has_one_spelling(url, spelled):
    assert canonical(url) == spelled
    assert canonical(spelled) == spelled


@given(st.text(alphabet="ab/.?&=%#:é0A~ ", max_size=30))
def test_a_spelling_is_final(rest):
    once = canonical(f"https://e.nl/{rest}")
    assert canonical(once) == once and once.startswith("https://e.nl/")


@pytest.mark.parametrize("url", ["http://[", "http://e.nl:99999/", "http://e.nl:x/", "http://\ud800.nl/"])
def test_what_is_no_address_is_an_error(url):
    with pytest.raises(ValueError):
        canonical(url)
