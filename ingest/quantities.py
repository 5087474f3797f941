"""Numbers as Dutch prints them: "1.250", "3,5 miljoen", "€ 2,4 mln", "12%", "ca. 10-20.000", "1 op de 5"."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = r"(?!0\d)(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?|\d+\.\d{1,2}(?!\d))"
_SCALES = {
    "honderd": 1e2,
    "duizend": 1e3,
    "dzd": 1e3,
    "k": 1e3,
    "mln": 1e6,
    "miljoen": 1e6,
    "mld": 1e9,
    "mrd": 1e9,
    "miljard": 1e9,
}
_SCALE = rf"(?:{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b\.?"
_APPROX = r"ca\.?|circa|ongeveer|zo['’]n|rond(?: de)?|±|\+/-|~|naar schatting|gemiddeld|ruim|bijna|krap"
_AT_LEAST = r"meer dan|minimaal|min\.|ten minste|tenminste|minstens|vanaf|>|≥|over de"
_AT_MOST = r"minder dan|maximaal|max\.|hooguit|hoogstens|tot|<|≤"
_UNITS = (
    "inwoners mensen personen huishoudens gezinnen kinderen jongeren jeugdigen volwassenen ouderen cliënten patiënten"
    " deelnemers bezoekers mantelzorgers vrijwilligers professionals huisartsen praktijken huisartsenpraktijken"
    " gezondheidscentra koepels gemeenten wijken buurten wijkteams teams organisaties scholen bezoeken huisbezoeken"
    " gesprekken verwijzingen meldingen aanmeldingen interventies bijeenkomsten uur uren minuten dagen weken maanden"
    " jaar jaren km kilometer fte woningen plaatsen"
)
_UNIT = rf"%|procent\b|euro\b|(?:{'|'.join(_UNITS.split())})\b"
_SMALL = {
    "een": 1,
    "één": 1,
    "eén": 1,
    "twee": 2,
    "drie": 3,
    "vier": 4,
    "vijf": 5,
    "zes": 6,
    "zeven": 7,
    "acht": 8,
    "negen": 9,
    "tien": 10,
}
_SMALL_NUMBER = rf"\d{{1,3}}|{'|'.join(_SMALL)}"

_SHARE = re.compile(
    rf"(?:(?P<approx>{_APPROX})\s*)?\b(?P<part>{_SMALL_NUMBER})\s+(?:op|van)\s+(?:de|elke"
    rf"|iedere)\s+(?P<whole>{_SMALL_NUMBER})\b(?!\d|[.,]\d)",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    rf"(?<![\w.,-])(?:(?P<approx>{_APPROX})\s*|(?P<least>{_AT_LEAST})\s*"
    rf"|(?P<most>{_AT_MOST})\s*)*(?:tussen\s+(?:de\s+)?)?(?P<euro>€\s*|EUR\s+)?"
    rf"(?P<low>{_NUMBER})(?!\d|-[^\W\d_])(?:,-{{1,2}})?\s*(?P<scale1>{_SCALE})?\s*(?P<percent1>%)?"
    rf"(?:\s*(?:-|–|—|tot(?: en met)?|t/m|à|en(?=\s+(?:€\s*)?\d[\d.,]*\s*(?:{_SCALE}"
    rf"|{_UNIT})))\s*(?:€\s*)?(?P<high>{_NUMBER})(?!\d|-[^\W\d_])(?:,-{{1,2}})?)?"
    rf"\s*(?P<scale2>{_SCALE})?\s*(?P<plus>\+)?\s*(?P<unit>{_UNIT})?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d{2}")


class Quantity(NamedTuple):
    """A number, or a range of which `value` is None; `start` and `end` say where it stands in the text."""

    value: float | None
    min: float | None
    max: float | None
    unit: str | None
    approx: bool
    start: int
    end: int


def only(text: str) -> Quantity | None:
    """Return the quantity that is all of `text` ("CA. 10-20.000"), or None."""
    stripped = text.strip().strip("*").rstrip(".")
    found = first(stripped)
    return found if found and found.start == 0 and found.end >= len(stripped) else None


def first(text: str) -> Quantity | None:
    """Return the first quantity in `text` that is not a year or a number inside brackets, or None."""
    share = _SHARE.search(text)
    for match in _QUANTITY.finditer(text):
        if share and share.start() <= match.start():
            break
        if not _is_year(text, match) and text.count("(", 0, match.start()) == text.count(")", 0, match.start()):
            return _quantity(match)
    return _share(share) if share else None


def _share(match: re.Match[str]) -> Quantity | None:
    part, whole = _small(match["part"]), _small(match["whole"])
    if not whole or part > whole:
        return None
    return Quantity(part / whole, None, None, "aandeel", bool(match["approx"]), match.start(), match.end())


def _small(word: str) -> int:
    return int(word) if word.isdigit() else _SMALL[word.lower()]


def _is_year(text: str, match: re.Match[str]) -> bool:
    """A bare 19xx or 20xx with text around it is a year; by itself, on a card, it is the figure."""
    bare = _YEAR.fullmatch(match["low"]) and not (
        match["unit"] or match["euro"] or match["scale2"] or match["percent1"]
    )
    return bool(bare) and match.group().strip() != text.strip()


def _quantity(match: re.Match[str]) -> Quantity:
    low, high = _float(match["low"]), _float(match["high"]) if match["high"] else None
    scale = _SCALES[match["scale2"].lower().rstrip(".")] if match["scale2"] else 1
    own = _SCALES[match["scale1"].lower().rstrip(".")] if match["scale1"] else None
    if high is None:
        low *= own or scale
    else:
        low, high = low * (own or scale), high * (own if own and not match["scale2"] else scale)
        low = _elliptical(low, high, match["low"], match["high"])
    unit = "€" if match["euro"] else "%" if match["percent1"] else _unit(match["unit"])
    approx = bool(match["approx"])
    end = match.start() + len(match.group().rstrip())
    if high is not None and low < high:
        return Quantity(None, low, high, unit, approx, match.start(), end)
    if match["least"] or match["plus"]:
        return Quantity(None, low, None, unit, approx, match.start(), end)
    if match["most"]:
        return Quantity(None, None, low, unit, approx, match.start(), end)
    return Quantity(low, None, None, unit, approx, match.start(), end)


def _elliptical(low: float, high: float, printed_low: str, printed_high: str) -> float:
    """Read "10-20.000" as 10.000 to 20.000: the thousands are printed once, at the end."""
    if "." in printed_high and "." not in printed_low and "," not in printed_low:
        factor = 1000.0 ** printed_high.count(".")
        return low * factor if low * factor < high else low
    return low


def _float(printed: str) -> float:
    if re.fullmatch(r"\d+\.\d{1,2}", printed):
        return float(printed)
    return float(printed.replace(".", "").replace(",", "."))


def _unit(printed: str | None) -> str | None:
    if printed is None:
        return None
    return {"procent": "%", "euro": "€"}.get(printed.lower(), printed.lower())


def unit_of(label: str) -> str | None:
    """Return the unit that a label of a figure opens with: "inwoners gemiddeld per wijk" → "inwoners"; or None."""
    match = re.match(rf"(?:(?:totaal )?aantal )?({_UNIT})", label.strip(), re.IGNORECASE)
    return _unit(match[1]) if match else None
