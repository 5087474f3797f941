"""Which documents of a snapshot belong together, by the editors' own word (`extra["related"]`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpus.document import Document


class Named(NamedTuple):
    """A document, and the `source_id`s of those that it names as related."""

    document_id: str
    source_id: str | None
    names: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> Named:
        """Read them from the document."""
        names = document.extra.get("related")
        return cls(document.id, document.source_id, tuple(map(str, names)) if isinstance(names, list) else ())


def related_rows(documents: Sequence[Named]) -> dict[str, tuple[int, ...]]:
    """Return, by document id, the rows of those that it names, then of those that name it.

    A name that no document has leads nowhere; of two documents with the same `source_id` the first counts.
    """
    by_name = {document.source_id: row for row, document in reversed(list(enumerate(documents)))}
    named = [(row, name) for row, document in enumerate(documents) for name in document.names]
    pairs = [(row, by_name[name]) for row, name in named if name in by_name]
    found: dict[int, dict[int, None]] = {}
    for one, other in (*pairs, *((other, one) for one, other in pairs)):
        if one != other:
            found.setdefault(one, {})[other] = None
    return {documents[row].document_id: tuple(others) for row, others in found.items()}
