"""Web pages: from bytes to blocks and metadata.

trafilatura finds the running text, our own walk over the DOM (`ingest.html_walk`) keeps all that has a meaning in it,
`ingest.html_region` decides what belongs to the text, and what does not comes back with the reason.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from corpus.errors import SourceError
from ingest.blocks import Block, Loaded, RawPage
from ingest.dates import find_dates
from ingest.encoding import charset_of, decode
from ingest.html_meta import iso_date, stated
from ingest.html_signs import METADATA, SKIPPED

if TYPE_CHECKING:
    from ingest.html_gather import Node

Element = Any  # lxml.html.HtmlElement

_MAX_CHARACTERS = 8_000_000
_MAX_ELEMENTS = 100_000
_MAX_DEPTH = 150
_MANY_ATTRIBUTES, _MAX_ATTRIBUTES = 1_000, 20_000
_LITTLE, _NEXT_TO_NOTHING = 250, 100  # characters of text, below which a page that needs JavaScript is empty

# A tag up to its end, quotes and all; it matches in one go, so that no input makes it slow.
_TAG = re.compile(r"""<[a-zA-Z](?:[^"'>]++|"[^"]*+"|'[^']*+'|["'])*+""")
_QUOTED = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD = frozenset({"title", "meta", "link", "base", "style", "script", "noscript"})
_SHELLS = frozenset({"app", "root", "__next", "__nuxt", "___gatsby"})
_SUBTITLE = re.compile(r"(?:^|[\s_-])(?:sub-?title|ondertitel|sub-?heading|sub-?kop)(?:[\s_-]|$)", re.IGNORECASE)


def load(page: RawPage) -> Loaded:
    """Return the blocks of a web page, in reading order, and the metadata that it states.

    Blocks that are left out (menus, forms, teasers, what stands outside the main text) are there with their reason.

    Raises:
        SourceError: the page is empty, shows nothing without JavaScript, or is too large or too deep to be a page.
    """
    from ingest.html_region import reasons

    tree = _parsed(_text(page), page.source)
    meta = stated(tree, page.url)
    shell, asks = _needs_javascript(tree)
    _strip(tree)
    nodes = _walked(tree, page.source)
    chosen, warnings = _chosen(tree)
    verdicts = reasons(nodes, chosen)
    size = sum(len(node.text) for node, verdict in zip(nodes, verdicts, strict=True) if verdict is None)
    if not size or (shell and size < _LITTLE) or (asks and size < _NEXT_TO_NOTHING):
        raise SourceError(page.source, _NO_TEXT_WITHOUT_JS if shell or asks else _NO_TEXT)
    meta, inferred = _completed(meta, nodes, verdicts, tree, page.url)
    blocks = tuple(_block(node, verdict) for node, verdict in zip(nodes, verdicts, strict=True))
    return Loaded(blocks, meta, inferred, warnings)


_TOO_DEEP = f"elements are nested more than {_MAX_DEPTH} deep; save the text of the page as .txt or .md and ingest that"
_NO_TEXT = "no main text found; look at the page in a browser, and save its text as .txt or .md if there is any"
_NO_TEXT_WITHOUT_JS = (
    "the page shows no text without JavaScript; open it in a browser, save it as a complete web page and ingest"
    " that file, or ingest the PDF of the publication"
)


def _text(page: RawPage) -> str:
    if not page.content.strip():
        raise SourceError(page.source, "the file is empty; fetch or save the page again")
    headers = {name.lower(): value for name, value in page.headers.items()}
    text = decode(page.content, charset_of(headers.get("content-type") or page.media_type))
    if len(text) > _MAX_CHARACTERS:
        raise SourceError(page.source, f"more than {_MAX_CHARACTERS:,} characters of HTML; split the page into parts")
    return _CONTROL.sub("", text)


def _parsed(text: str, source: str) -> Element:
    """Parse the page, after a look at what makes the parser itself slow."""
    from lxml import etree, html

    _check_tags(text, source)
    parser = html.HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        raise SourceError(source, "there is no HTML in the file; fetch or save the page again") from None
    _give_body(tree)
    if tree.xpath("count(//*)") > _MAX_ELEMENTS:
        raise SourceError(source, f"more than {_MAX_ELEMENTS:,} elements; split the page into parts")
    if tree.xpath(f"boolean({'/*' * (_MAX_DEPTH + 1)})"):
        raise SourceError(source, _TOO_DEEP)
    return tree


def _give_body(tree: Element) -> None:
    """Make a body where the page leaves out its tag: the parser takes a <main> then for a part of the head."""
    from lxml import html

    if tree.body is None:
        body = html.Element("body")
        body.extend([e for e in tree.xpath("/html/head/*|/html/*[not(self::head)]") if e.tag not in _HEAD])
        tree.append(body)


def _check_tags(text: str, source: str) -> None:
    """Refuse tags with so many attributes that the parser, which compares each with all others, would hang."""
    comparisons = 0
    for tag in _TAG.finditer(text):
        if tag.end() - tag.start() > _MANY_ATTRIBUTES:
            comparisons += len(_QUOTED.sub("", tag.group()).split()) ** 2
    if comparisons > _MAX_ATTRIBUTES**2:
        raise SourceError(source, f"tags with more than {_MAX_ATTRIBUTES:,} attributes; this is no page to read")


def _needs_javascript(tree: Element) -> tuple[bool, bool]:
    """Say whether the page has an empty frame for an application, and whether it asks for JavaScript."""
    frames = (e for e in tree.iter("div", "main", "app-root") if e.get("id") in _SHELLS or e.tag == "app-root")
    shell = any(len(" ".join(frame.text_content().split())) < _LITTLE for frame in frames)
    return shell, any("javascript" in note.text_content().lower() for note in tree.iter("noscript"))


def _strip(tree: Element) -> None:
    """Take out what is never shown, and what would make tables explode."""
    from lxml import etree

    from ingest.html_tables import limit_spans

    etree.strip_elements(tree, *(SKIPPED - {"head"}), with_tail=False)
    limit_spans(tree)


def _walked(tree: Element, source: str) -> list[Node]:
    from ingest.html_walk import walk

    try:
        return walk(tree.body) if tree.body is not None else []
    except RecursionError:
        raise SourceError(source, _TOO_DEEP) from None


def _chosen(tree: Element) -> tuple[str, tuple[str, ...]]:
    """Return trafilatura's choice, and a warning where it has none for us."""
    from ingest.html_chosen import chosen_text

    try:
        return chosen_text(tree), ()
    except Exception as error:  # noqa: BLE001 - foreign code on foreign input; the walk still has all of the text
        return "", (f"trafilatura failed on this page ({type(error).__name__}: {error}); what is kept is a guess",)


def _block(node: Node, verdict: str | None) -> Block:
    return Block(node.kind, node.text, node.level, None, None, node.number, node.cells, node.attrs, verdict)


# --- metadata that depends on the blocks ------------------------------------------------------------------------


def _completed(
    meta: dict[str, Any], nodes: list[Node], verdicts: list[str | None], tree: Element, url: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Add what the body says: the title of the main heading, a subtitle and, failing all else, a date."""
    kept = [
        node for node, verdict in zip(nodes, verdicts, strict=True) if verdict is None and "comment" not in node.attrs
    ]
    headings = [node for node in kept if node.kind == "heading"]
    title = next((node.text for node in headings if node.level == 1), None)
    title = title or next((node.text for node in headings if meta.get("title", "").startswith(node.text + " ")), None)
    if title and title != meta.get("publisher"):
        meta = {**meta, "title": title}
    subtitle = next(
        (n.text for n in kept if _SUBTITLE.search(n.attrs.get("class", "")) and len(n.text) < _LITTLE), None
    )
    if subtitle and "subtitle" not in meta:
        meta = {**meta, "subtitle": subtitle}
    if "date" in meta:
        return meta, ()
    date = _date_in(nodes, verdicts) or _likely_date(tree, url)
    if not date or date == meta.get("event_date"):
        return meta, ()
    return {**meta, "date": date}, ("date",)


def _date_in(nodes: list[Node], verdicts: list[str | None]) -> str | None:
    """Return the first date that an element carries, or that stands among what is said about the page."""
    own = [(node, verdict) for node, verdict in zip(nodes, verdicts, strict=True) if "comment" not in node.attrs]
    carried = (iso_date(node.attrs.get("datetime")) for node, _ in own)
    written = (find_dates(node.text) for node, verdict in own if verdict == METADATA)
    days = (found[0].value for found in written if found and found[0].precision == "day")
    return next(filter(None, chain(carried, days)), None)


def _likely_date(tree: Element, url: str | None) -> str | None:
    """Return what htmldate makes of the page without its comments; a date is not worth losing a page for."""
    from htmldate import find_date

    from ingest.html_comments import drop_all

    drop_all(tree)
    try:
        return find_date(tree, original_date=True, extensive_search=False, url=url)
    except Exception:  # noqa: BLE001 - foreign code on foreign input
        return None
