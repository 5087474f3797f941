"""In words, what is different in a publication since it was last read."""

from __future__ import annotations

from corpus.document import Document

_FIELDS = {
    "title": "title",
    "date": "date",
    "publisher": "publisher",
    "authors": "authors",
    "url": "address",
    "kind": "kind",
    "licence": "licence",
}


def describe(old: Document, new: Document) -> str:
    """Return what changed from `old` to `new`, for a maintainer: passages that came and went, and fields."""
    before, after = {p.text for p in old.passages}, {p.text for p in new.passages}
    counts = ((len(after - before), "new"), (len(before - after), "no longer there"))
    parts = [f"{count} passage{'s' * (count > 1)} {what}" for count, what in counts if count]
    parts += [f"another {name}" for field, name in _FIELDS.items() if getattr(old, field) != getattr(new, field)]
    if old.extractor_version != new.extractor_version:
        parts.append("read by another version of the extractor")
    return ", ".join(parts) or "only what stands around the text"
