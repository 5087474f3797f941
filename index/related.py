"""Which documents of a snapshot belong together, by the editors' own word (`extra["related"]`)."""

from __future__ import annotations

from corpus.document import from_json
from index.records import Lines


def related_rows(lines: Lines) -> dict[str, tuple[int, ...]]:
    """Return, by document id, the rows of those that it names by their `source_id`, then of those that name it.

    A name that no document has leads nowhere; of two documents with the same `source_id` the first counts. Every
    document is read, unless none names another.
    """
    if not any(b'"related":["' in lines[row] for row in range(len(lines))):
        return {}
    ids: list[str] = []
    by_name: dict[str, int] = {}
    named: list[tuple[int, str]] = []
    for row in range(len(lines)):
        document = from_json(lines[row])
        ids.append(document.id)
        if document.source_id:
            by_name.setdefault(document.source_id, row)
        names = document.extra.get("related")
        named += [(row, str(name)) for name in names] if isinstance(names, list) else []
    pairs = [(row, by_name[name]) for row, name in named if name in by_name]
    found: dict[int, dict[int, None]] = {}
    for one, other in (*pairs, *((other, one) for one, other in pairs)):
        if one != other:
            found.setdefault(one, {})[other] = None
    return {ids[row]: tuple(others) for row, others in found.items()}
