"""Web addresses in one spelling, so that the same page is known as the same."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
# What newsletters and advertisements hang onto an address; the page is the same without.
_TRACKING = re.compile(r"(utm_\w+|mtm_\w+|pk_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|_gl)(=|$)", re.IGNORECASE)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")  # a percent sign that begins no escape
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "/%:@!$&'()*+,;=-._~"


def canonical(url: str, base: str = "") -> str:
    """Return `url`, seen from `base`, as RFC 3986 section 6.2.2 spells it.

    Scheme and host in lower case, the host in ASCII, no default port, no "." and ".." in the path, escapes in upper
    case and only where needed. The fragment and tracking parameters are left out, for they do not change the page.

    Raises:
        ValueError: it cannot be read as an address.
    """
    # As browsers do (WHATWG URL Standard): white space around an address and line breaks in it mean nothing.
    parts = urlsplit(urljoin(base, re.sub(r"[\t\r\n]", "", url.strip())))
    scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    if scheme in _PORTS and not host:
        raise ValueError("it names no host")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS.get(scheme)) else ""
    # Escapes first: "%2e" is a dot too (section 6.2.2.2).
    path = _path(urlsplit(urljoin("http://x/", _path(_escaped(parts.path, _KEPT)))).path)
    pairs = [pair for pair in parts.query.split("&") if not _TRACKING.match(pair)]
    return urlunsplit((scheme, f"{user}{host}{port}", path, _escaped("&".join(pairs), _KEPT + "?"), ""))


def usable(url: str | None) -> str | None:
    """Return an address that a source gives, None if it cannot be taken apart: then it leads nowhere."""
    try:
        return url if urlsplit(url or "").port != 0 else None
    except ValueError:
        return None


def same_site(one: str, other: str) -> bool:
    """Tell whether the hosts of two addresses are the same, or one is below the other."""
    short, long = sorted((_site(one), _site(other)), key=len)
    return short == long or ("." in short and long.endswith(f".{short}"))


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _path(path: str) -> str:
    # A path that begins with two slashes would be taken for a host.
    return re.sub("^/+", "/", path) if path.startswith("//") else path or "/"


def _host(name: str) -> str:
    """Return a host name in ASCII; circled and full-width digits become digits, as they do in a browser."""
    name = unicodedata.normalize("NFKC", name).lower().rstrip(".。")
    if ":" in name:
        return f"[{name}]"
    if name.isascii():
        return name
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as exc:
        raise ValueError(f"its host name cannot be read ({exc})") from exc


def _escaped(text: str, kept: str) -> str:
    def spelled(match: re.Match[str]) -> str:
        char = chr(int(match.group(1), 16))
        return char if char in _UNRESERVED else match.group().upper()

    return quote(_ESCAPE.sub(spelled, _STRAY.sub("%25", text)), safe=kept)
