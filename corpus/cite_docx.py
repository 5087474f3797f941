"""References as a Word document, for who writes in one."""

from __future__ import annotations

import io
from collections.abc import Iterable

from corpus.cite import Reference, plain
from corpus.cite_formats import DATABASE, one_line


def docx(references: Iterable[Reference]) -> bytes:
    """Return a .docx file with a numbered list: each reference, and the quotation below it."""
    from docx import Document as new_document

    file = new_document()
    file.core_properties.title = file.core_properties.author = DATABASE
    file.core_properties.language = "nl-NL"
    file.add_heading("Bronnen", 1)
    for ref in references:
        file.add_paragraph(one_line(plain(ref)), "List Number")
        file.add_paragraph(one_line(ref.note), "List Continue")
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()
