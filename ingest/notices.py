"""Pages that came instead of the publication: a cookie wall, a login, or "page not found" with a friendly 200."""

from __future__ import annotations

import re

from corpus.document import Document
from corpus.errors import FetchError

# A publication worth finding has more words than these; a shorter page that asks this often says nothing else. Of a
# page of which next to nothing is left, what was left out as a cookie notice counts too.
_SHORT, _NOTHING = 120, 25
_NOT_FOUND = re.compile(
    r"\b(?:pagina|page|artikel|document)\b.{0,30}\b(?:niet (?:meer )?(?:gevonden|beschikbaar)|bestaat niet|not found"
    r"|no longer available)\b|\berror 404\b|^404\b",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"\W*(inloggen|aanmelden|log ?in|sign in)\b", re.IGNORECASE)
_CONSENT = re.compile(r"cookie\w*|toestemming|consent|accepte(?:er|ren|ert)|akkoord", re.IGNORECASE)
_ASKED = 3


def refuse_notice(document: Document) -> None:
    """Refuse a page that is only a notice, so that it does not take the place of the publication.

    Raises:
        FetchError: with status 404 for a page that says that it was not found.
    """
    words = len(document.text.split())
    if words >= _SHORT:
        return
    title = document.title or ""
    if _NOT_FOUND.search(title) or _NOT_FOUND.search(document.text[:200]):
        raise FetchError(document.source, "the page says that it was not found", status=404)
    if _LOGIN.match(title):
        raise FetchError(document.source, "a page to log in came, not the page; read it by hand")
    parts = [title, document.text, *(d.text for d in document.dropped if words < _NOTHING)]
    if len(_CONSENT.findall("\n".join(parts))) >= _ASKED:
        raise FetchError(document.source, "only a question about cookies came, not the page; read it by hand")
