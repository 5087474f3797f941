"""Pages that came instead of the publication: a cookie wall, or "page not found" with a friendly 200."""

from __future__ import annotations

import re

from corpus.document import Document
from corpus.errors import FetchError

# A publication worth finding has more to say; below this a page with these words says nothing else.
_SHORT = 120
_NOT_FOUND = re.compile(
    r"\b(?:pagina|page|artikel|document)\b.{0,30}\b(?:niet (?:meer )?(?:gevonden|beschikbaar)|bestaat niet|not found"
    r"|no longer available)\b|\berror 404\b|^404\b",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"cookie\w*|toestemming|consent|accepte(?:er|ren|ert)|akkoord", re.IGNORECASE)
_ASKED = 3


def refuse_notice(document: Document) -> None:
    """Refuse a page that is only a notice, so that it does not take the place of the publication.

    Raises:
        FetchError: with status 404 for a page that says that it was not found.
    """
    if len(document.text.split()) >= _SHORT:
        return
    if _NOT_FOUND.search(document.title or "") or _NOT_FOUND.search(document.text[:200]):
        raise FetchError(document.source, "the page says that it was not found", status=404)
    if len(_CONSENT.findall(f"{document.title or ''} {document.text}")) >= _ASKED:
        raise FetchError(document.source, "only a question about cookies came, not the page; read it by hand")
