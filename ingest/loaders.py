"""The one table of loaders: media type → function from `RawPage` to `Loaded`. A new format is one line here."""

from __future__ import annotations

from collections.abc import Callable

from corpus.errors import UnsupportedFormat
from ingest import docx, html, jsonl, markdown, pdf, text
from ingest.blocks import Loaded, RawPage

Loader = Callable[[RawPage], Loaded]

LOADERS: dict[str, Loader] = {
    "text/html": html.load,
    "application/xhtml+xml": html.load,
    "application/pdf": pdf.load,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx.load,
    "text/plain": text.load,
    "text/markdown": markdown.load,
    jsonl.MEDIA_TYPE: jsonl.load,
}


def load(page: RawPage) -> Loaded:
    """Return the blocks of a page.

    Raises:
        UnsupportedFormat: no loader for this media type.
        SourceError: the loader could not make sense of the bytes.
    """
    loader = LOADERS.get(page.media_type)
    if loader is None:
        raise UnsupportedFormat(page.source, f"no loader reads {page.media_type}; known are {', '.join(LOADERS)}")
    return loader(page)
