"""Who published a page that does not say so itself: by its address, or by who speaks in it. Always a guess."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from corpus.errors import StoreError
from corpus.gemeenten import register

_FILE = Path(__file__).with_name("publishers.toml")
_ACTS = (
    r"(?:nam|neemt|doet|deed|werkt|werkte|organise(?:ert|ren|erde)|publice(?:ert|erde)|faciliteert|ondersteunt|zal|heeft"
    r"|start|startte|lance(?:ert|erde)|presente(?:ert|erde)|biedt|roept|ontwikkel(?:t|de)|verzorgt|zet|vroeg|vraagt|is)"
)


class _Publishers(NamedTuple):
    hosts: Mapping[str, str]
    names: Mapping[str, str]


def by_host(url: str | None) -> str | None:
    """Return the publisher known to own this address, "Gemeente X" for a municipality's own site, or None."""
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    if not host:
        return None
    return _publishers().hosts.get(host) or _municipal_hosts().get(host)


def by_text(text: str) -> str | None:
    """Return the organisation that `text` speaks for, or None.

    That is a known publisher who is named three times or more, twice as often as any other, and who does something
    ("Agora nam deel", "publiceerde InEen", "leden van InEen").
    """
    counts = Counter({name: len(re.findall(_word(name), text)) for name in _publishers().names if name in text})
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < 3 or (len(ranked) > 1 and ranked[0][1] < 2 * ranked[1][1]):
        return None
    name = _word(ranked[0][0])
    acts = re.search(rf"{name} {_ACTS}\b|\b{_ACTS} {name}|\bleden van {name}", text)
    return _publishers().names[ranked[0][0]] if acts else None


def _word(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


@cache
def _publishers() -> _Publishers:
    """Read the table of publishers, once.

    Raises:
        StoreError: the file is missing or wrong.
    """
    try:
        tables = tomllib.loads(_FILE.read_text("utf-8"))
        hosts, names = dict(tables["hosts"]), dict(tables["namen"])
    except (OSError, KeyError, ValueError) as exc:
        raise StoreError(f"{_FILE}: cannot be read ({exc}); it needs the tables [hosts] and [namen]") from exc
    return _Publishers(hosts, {**{name: name for name in hosts.values()}, **names})


@cache
def _municipal_hosts() -> Mapping[str, str]:
    hosts = {}
    for row in register().present:
        for name in (row.naam, *row.ook):
            label = re.sub(r"[^a-z-]", "", name.lower().replace("ú", "u").replace("â", "a").replace(" ", ""))
            hosts[f"gemeente{label}.nl"] = f"Gemeente {row.naam}"
            if not row.cue:
                # best.nl and goes.nl may be anybody's.
                hosts[f"{label.strip('-')}.nl"] = f"Gemeente {row.naam}"
    return hosts
