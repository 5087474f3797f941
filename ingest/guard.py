"""Which addresses a crawler may connect to: public web servers, and nothing inside a network.

Names in sources decide where we connect, so a source could aim us at the machine itself, its neighbours or the
metadata service of a cloud. Every host is resolved once, every address it has is checked against the tables below, and
the connection is made to that very address (`ingest.wire`), for each hop anew.

The tables are our own, from IANA's special-purpose address registries: `ipaddress.is_global` of Python 3.11 calls
multicast, 6to4 and NAT64 addresses global.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from corpus.errors import FetchError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]

PORTS = frozenset({80, 443})
_REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's wire server; the address looks public
        "169.254.0.0/16",  # link-local; 169.254.169.254 is most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Of IPv6 only this block is in use for the public internet: what is mapped, translated, local or reserved lies outside.
_PUBLIC_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# What ends in a number is an IPv4 address to a browser and to inet_aton (WHATWG URL Standard, "ends in a number").
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_HOST = re.compile(r"[0-9a-z._-]{1,253}|[0-9a-f:.]*:[0-9a-f:.]*")
_PLAIN_V4 = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by the system's resolver, in its order of preference.

    Raises:
        OSError: it has none, or the resolver does not answer.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Says which addresses may be connected to.

    Args:
        allow_loopback: let this machine itself be read, on any port: for tests, or a site that is being made.
        resolver: from host name and port to addresses.
    """

    def __init__(self, *, allow_loopback: bool = False, resolver: Resolver = resolve) -> None:
        self._allow_loopback = allow_loopback
        self._resolver = resolver

    def check(self, url: str) -> None:
        """Look at an address before anything is resolved or sent.

        Args:
            url: as `ingest.addresses.canonical` spells it.

        Raises:
            FetchError: it is not http(s), holds a name or password, has an odd port, or spells its host in a way that
                only serves to deceive.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        reason = None
        if parts.scheme not in ("http", "https"):
            reason = f"only http and https are read, not {parts.scheme or 'nothing'}"
        elif not _HOST.fullmatch(host):
            reason = "it has no host, or one with characters that no host has"
        elif "@" in parts.netloc:
            reason = "it holds a user name or password; leave that out"
        elif parts.port not in (None, *PORTS) and not self._allow_loopback:
            reason = f"port {parts.port} is not one that websites use"
        elif _NUMBER.fullmatch(host.rpartition(".")[2]) and not _PLAIN_V4.fullmatch(host):
            reason = "its host is a number in an unusual spelling"
        if reason:
            raise FetchError(url, f"the address is refused: {reason}")

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host, once, and return its addresses.

        Raises:
            FetchError: any of them may not be connected to.
            OSError: it cannot be resolved.
        """
        found = self._resolver(host, port)
        for text in found:
            address = ip_address(text)
            loopback = self._allow_loopback and any(address in network for network in _LOOPBACK)
            if not loopback and (not is_public(address) or port not in PORTS):
                raise FetchError(host, f"the address is refused: it leads to {text}, port {port}, inside a network")
        return found


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet, where websites of strangers are."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    # A zone ("fe80::1%eth0") names a network card of ours.
    return address.scope_id is None and address in _PUBLIC_V6 and not any(address in net for net in _REFUSED_V6)
