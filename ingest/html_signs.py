"""What a tag, an id, a class or a role says about the part of the page below it.

Words are looked up whole ("nav", "main-nav" and "mainNav" hold the word "nav"; "navigator" does not), so that the
lists below stay readable: add a word here when a site's menu or teaser slips through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

SKIPPED = frozenset(
    "script style noscript template svg math head iframe frame object embed canvas audio video map input select option"
    " datalist textarea progress meter link meta".split()
)

NAVIGATION, COOKIE, SHARE, FORM = "navigation", "cookie", "share", "form"
TEASER, FOOTER, ADVERTISEMENT, METADATA = "teaser", "footer", "advertisement", "metadata"
SIDEBAR, COMMENTS, POPUP = "sidebar", "comments", "popup"
OUTSIDE, LINK, HIDDEN = "outside main region", "link", "hidden"
DUPLICATE, HIDDEN_COPY = "duplicate", "hidden duplicate"
# Parts that never hold the text itself, whatever their class says.
FURNITURE = frozenset({NAVIGATION, COOKIE, SHARE, FORM, FOOTER, POPUP})

_WORDS = {
    NAVIGATION: "nav navbar navigation navigatie menu menubar submenu breadcrumb breadcrumbs kruimelpad kruimelspoor"
    " pagination paginering pager skiplink skiplinks toolbar topbar inhoudsopgave toc sitemap",
    COOKIE: "cookie cookies cookiebar cookiebanner consent gdpr cmplz onetrust cookiebot",
    SHARE: "share sharing sharer sharedaddy shariff addtoany addthis social socials socialmedia delen",
    FORM: "newsletter nieuwsbrief subscribe subscription signup login inloggen searchform zoekformulier respond gform"
    " captcha akismet validation honeypot survey feedback",
    TEASER: "related gerelateerd gerelateerde teaser teasers promo promos recommended recommendations aanbevolen"
    " recirculation relatedposts relatedpoststitle trending popular outbrain taboola readnext upnext leesook",
    ADVERTISEMENT: "ad ads advert advertisement advertentie advertenties adslot sponsored dfp",
    FOOTER: "footer colofon",
    METADATA: "byline author authors auteur meta metadata vcard timestamp tags taglist keywords dateline reply"
    " beantwoorden",
    SIDEBAR: "sidebar aside zijbalk",
    COMMENTS: "comments commentlist reacties",
    POPUP: "modal popup lightbox toast snackbar",
}
_ZONE_OF = {word: zone for zone, words in _WORDS.items() for word in words.split()}
_TAG_ZONES = {"nav": NAVIGATION, "form": FORM, "fieldset": FORM, "footer": FOOTER, "aside": SIDEBAR, "menu": NAVIGATION}
_ROLE_ZONES = {
    "navigation": NAVIGATION,
    "menu": NAVIGATION,
    "menubar": NAVIGATION,
    "search": FORM,
    "form": FORM,
    "contentinfo": FOOTER,
    "complementary": SIDEBAR,
    "dialog": POPUP,
    "alertdialog": POPUP,
}
# An aside that is part of the text, whatever stands beside it.
_ASIDE_TEXT = re.compile(r"kader|info-?box|callout|voorbeeld|samenvatting|definiti|tips?\b")
# Wrappers of the page carry such words for what stands beside the text ("has-sidebar", "no-nav").
_WRAPPERS = frozenset({"html", "body", "main", "article"})
_NEGATED = re.compile(r"^(?:has|no|with|without|is|hide|tag|category|type|format)[-_]")
_SPLIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:hidden(?!.*\b(?:sm|md|lg|xl):\w)|hide|is-hidden|d-none(?!.*\bd-(?:sm|md|lg|xl)-)|invisible|assistive"
    r"|screen-reader(?:-text)?|sr-only|off-?screen|visually-?hidden|element-invisible|u-hidden|print-only|visible-print)(?:\s|$)"
)
_MOBILE_CLASS = re.compile(
    r"(?:^|\s)(?:(?!hid|no|desktop)(?:\S*[_-])?(?:mobile|mobiel|phone)(?:[_-](?:only|view|version|versie|list|lijst|table|tabel))?"
    r"|visible-(?:xs|sm)|d-(?:sm|md|lg|xl)-none|(?:sm|md|lg|xl):hidden|show-for-small(?:-only)?"
    r"|(?:hide|hidden)-(?:on-)?(?:desktop|large|medium|md|lg)|desktop-hidden)(?:\s|$)"
)
_PANEL_CLASS = re.compile(r"accordi|collaps|panel|tab-?pane|tab-?content|toggle|expand|faq|uitklap|antwoord|answer")
_TRIGGER_CLASS = re.compile(
    r"(?:accordi\w*|faq|toggle|collaps\w*|uitklap\w*)[-_]*(?:item)?[-_]*"
    r"(?:title|titel|header|heading|head|question|trigger|vraag|summary|button)|elementor-tab-title"
)
_LABEL_CLASS = re.compile(r"(?:^|[\s_-])label(?:[\s_]|$)")
_DATE_CLASS = re.compile(
    r"(?:post|entry|article|nieuws|news|publish(?:ed)?|publication|publicatie)[-_]*(?:date|datum)\b"
)
_CAPTION_CLASS = re.compile(r"(?:^|[\s_-])(?:caption(?:[-_]text)?|bijschrift|onderschrift)(?:\s|$)")
_COMMENT_CLASS = re.compile(
    r"(?:^|\s)(?:comment|reactie)(?:(?:[-_]{1,2})(?:item|entry|single|card|post|body))?(?:\s|$)"
)
_COMMENT_ID = re.compile(r"^(?:li-|div-)?(?:comment|reactie)(?:-item)?-?\d+$")


_CONTROLS = frozenset({"aria-expanded", "aria-controls"})
_TELLING = _CONTROLS | {
    "id",
    "class",
    "role",
    "style",
    "hidden",
    "aria-hidden",
    "itemtype",
    "data-toggle",
    "data-bs-toggle",
}


TEASER_HEADING = re.compile(
    r"(?:lees (?:ook|verder|meer)|gerelateerd.*|(?:meer|laatste|actueel|actuele|recent|recente|ander|overig) nieuws.*"
    r"|(?:recente|andere|actuele|meer|laatste) (?:nieuws)?(?:berichten|artikelen|verhalen)|bekijk ook|zie ook"
    r"|(?:misschien )?ook interessant.*|(?:dit )?vind je misschien ook.*|aanbevolen.*|related.*"
    r"|you (?:may|might) also.*|read (?:next|more)|more (?:from|on|news|stories)\b.*|recommended.*|most read.*)[:.]*$",
    re.IGNORECASE,
)
# Short lines that are about the page, not of it.
_LINES = (
    (
        METADATA,
        r"(?:last )?(?:posted|published|updated)\b|(?:geplaatst|gepubliceerd|laatst (?:bijgewerkt|gewijzigd))\b",
    ),
    (METADATA, r"(?:foto|photo|beeld|image (?:credit|copyright)|illustratie)\s*[:/©]|©"),
    (METADATA, r"[(\[]?(?:image|photo) (?:credit|source|copyright)"),
    (METADATA, r"(?:hits|weergaven|views|aantal keer (?:gelezen|bekeken))\s*:\s*[\d.,]+$"),
    (METADATA, r"[\d.,]+ (?:hits|weergaven|views|keer (?:gelezen|bekeken))$"),
    (LINK, r"https?://\S+$"),
    (FOOTER, r"copyright\b|.*\b(?:all rights reserved|alle rechten voorbehouden)\b"),
    (ADVERTISEMENT, r"(?:advert|advertisement|advertentie|reclame|sponsored links?)$"),
    (SHARE, r"(?:share|delen|deel deze pagina|deel dit (?:artikel|bericht))\b[^.]{0,20}$"),
    (SHARE, r"(?:follow|volg)\b.*\b(?:twitter|facebook|linkedin|instagram)\b"),
    (FORM, r".*\b(?:sign up|subscribe|aanmelden|meld|schrijf|ontvang)\b.*\b(?:newsletter|nieuwsbrief)\b"),
    (POPUP, r"(?:close|sluiten|caption|bijschrift|loading.{0,5}|laden.{0,5})$"),
    (COMMENTS, r"(?:\d+ )?(?:comments?|reacties?)$"),
)
_POSTED = re.compile(_LINES[0][1], re.IGNORECASE)
_LINE = re.compile("|".join(f"({pattern})" for _, pattern in _LINES), re.IGNORECASE)
_MAX_LABEL = 40
# What a block that a page calls "meta" says of a thing announced, not of the page: when it is, or a named property.
_HOURS = re.compile(r"\d{1,2}[.:]\d{2}(?: ?(?:uur|u|h))?\.? ?(?:[-–—]|tot) ?\d{1,2}[.:]\d{2}\b", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-3])[.:][0-5]\d(?![\d.:])")
_DAY = re.compile(
    r"\d[-./ ]\d{1,2}[-./ ]\d{2}|\b(?:19|20)\d\d\b"
    r"|\b(?:jan|feb|mrt|maart|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:accreditatie|capaciteit|deelnemers|doelgroep|duur|erkenning|kosten|locatie|looptijd|niveau|plaats|regio|ruimte"
    r"|soort|spreker|sprekers|tijd|uitvoering|werkvorm|zaal)\s*:\s*\S",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?:lees|zie|bekijk) ook\b|lees (?:verder|meer)\b|(?:read more|also read|related)\b", re.I)
_BYLINE = re.compile(r"(?:door|by|auteur)\b", re.IGNORECASE)
_SHORT = 120


def line_of(text: str, *, dated: bool, linked: bool) -> str | None:
    """Return what a short line is by its wording, or None.

    `dated` says that it carries a date of the page, `linked` that a good part of it is a link.
    """
    if len(text) > _SHORT:
        return None
    if dated and _BYLINE.match(text):
        return METADATA
    if linked and _REFERENCE.match(text):
        return LINK
    match = _LINE.match(text)
    return _LINES[match.lastindex - 1][0] if match and match.lastindex else None


def is_about_a_thing(text: str) -> bool:
    """Say whether a "meta" block tells of a session or practice ("11:00 - 12:00 | Zaal 4"), not of the page.

    A single time beside a date is when the page was posted.
    """
    if len(text) > _SHORT or _POSTED.match(text):
        return False
    timed = _HOURS.search(text) or (_TIME.search(text) and not _DAY.search(text))
    return bool(timed or _FIELD.match(text))


class Mark(NamedTuple):
    """What one element says: `zone` is the part of the page it opens, or None; the rest are yes or no.

    `hidden` is not shown on any screen before somebody acts, `mobile` only on small ones, `panel` is what a button
    opens, `trigger` that button or its heading; `label` names the field that follows; `comment` is one comment.
    """

    zone: str | None = None
    hidden: bool = False
    mobile: bool = False
    panel: bool = False
    trigger: bool = False
    label: bool = False
    caption: bool = False
    comment: bool = False


NOTHING = Mark()


def mark_of(tag: str, attributes: Iterable[tuple[str, str]]) -> Mark:
    """Return what an element says about the part of the page below it."""
    telling = [(name, value) for name, value in attributes if name in _TELLING]
    return _mark(tag, *telling) if telling or tag in _TAG_ZONES else NOTHING


@lru_cache(maxsize=8192)
def _mark(tag: str, *telling: tuple[str, str]) -> Mark:
    said = dict(telling)
    id_, class_, role = said.get("id", ""), said.get("class", ""), said.get("role", "")
    lower = class_.lower()
    hidden = "hidden" in said or said.get("aria-hidden") == "true" or bool(_HIDDEN_STYLE.search(said.get("style", "")))
    controls = not _CONTROLS.isdisjoint(said) or "collapse" in said.get("data-bs-toggle", said.get("data-toggle", ""))
    mark = Mark(
        zone=_zone(tag, id_, class_, role),
        hidden=hidden or bool(_HIDDEN_CLASS.search(lower)),
        mobile=bool(_MOBILE_CLASS.search(lower)),
        panel=role in ("tabpanel", "region") or bool(_PANEL_CLASS.search(f"{lower} {id_.lower()}")),
        trigger=(controls and (tag in ("button", "a") or role in ("button", "tab")))
        or bool(_TRIGGER_CLASS.search(lower)),
        label=bool(_LABEL_CLASS.search(lower)) and tag not in ("label", "a"),
        caption=bool(_CAPTION_CLASS.search(lower)),
        comment=tag in ("li", "article", "div", "section") and _is_comment(id_, lower, said.get("itemtype", "")),
    )
    return NOTHING if mark == NOTHING else mark


def _is_comment(id_: str, class_: str, itemtype: str) -> bool:
    return bool(
        _COMMENT_CLASS.search(class_)
        or _COMMENT_ID.match(id_.lower())
        or itemtype.endswith(("/Comment", "/UserComments"))
    )


def _zone(tag: str, id_: str, class_: str, role: str) -> str | None:
    if role in _ROLE_ZONES:
        return _ROLE_ZONES[role]
    if tag in _WRAPPERS:
        return None
    if tag in _TAG_ZONES:
        return None if tag == "aside" and _ASIDE_TEXT.search(class_) else _TAG_ZONES[tag]
    if _DATE_CLASS.search(class_):
        return METADATA
    for token in (*class_.split(), *id_.split()):
        if _NEGATED.match(token):
            continue
        for word in _SPLIT.findall(token):
            if word.lower() in _ZONE_OF:
                return _ZONE_OF[word.lower()]
    return None


def labelled(text: str, bold: int) -> tuple[str, str]:
    """Split "Doel: meer samenhang" into the name of a field and its value; ("", "") where there is no name.

    `bold` is the number of characters at the start that are printed in bold: only these can be a name.
    """
    name, rest = text[:bold].rstrip(), text[bold:]
    if not 0 < len(name) <= _MAX_LABEL or not (name.endswith(":") or rest.startswith((":", " :", "\n"))):
        return "", ""
    return name.rstrip(": "), rest.lstrip(": \n")
