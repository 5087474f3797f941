"""Lists of pages: sitemaps, indexes of sitemaps, RSS and Atom feeds. Read in the sandbox like any other file."""

from __future__ import annotations

from corpus.errors import SourceError, UnsupportedFormat
from ingest.blocks import Loaded, RawPage

# By sitemaps.org; what comes after is left out.
_MOST = 50_000
_PATHS = {
    "urlset": "//*[local-name()='url']/*[local-name()='loc']/text()",
    "sitemapindex": "//*[local-name()='sitemap']/*[local-name()='loc']/text()",
    "rss": "//item/link/text()",
    "RDF": "//*[local-name()='item']/*[local-name()='link']/text()",
    "feed": "//*[local-name()='entry']/*[local-name()='link'][not(@rel) or @rel='alternate']/@href",
}


def load(page: RawPage) -> Loaded:
    """Return the addresses that a sitemap or feed names, as it spells them, in `meta["links"]`.

    `meta["sitemap"]` tells whether it is a sitemap, which may name pages of its own site only (sitemaps.org).

    Raises:
        SourceError: it is not well-formed XML.
        UnsupportedFormat: it is XML of another kind.
    """
    from lxml import etree

    # Entities and DTDs stay closed: a list of addresses has no use for them.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(page.content, parser)
    except etree.XMLSyntaxError as exc:
        raise SourceError(page.source, f"is not well-formed XML: {exc}") from exc
    name = etree.QName(tree).localname
    if name not in _PATHS:
        raise UnsupportedFormat(page.source, f"XML with root <{name}> is no sitemap, RSS or Atom feed")
    found = dict.fromkeys(link.strip() for link in map(str, tree.xpath(_PATHS[name])) if link.strip())
    return Loaded((), {"links": tuple(found)[:_MOST], "sitemap": name in ("urlset", "sitemapindex")})
