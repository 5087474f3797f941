"""Which document properties say something: programs fill in titles and authors of their own."""

from __future__ import annotations

import re

_NO_TITLE = re.compile(r"microsoft|untitled|naamloos|document\d*$|powerpoint|\.\w{2,4}$|^\W*$|^\S+_\S+$", re.I)
_NO_AUTHOR = re.compile(r"[\d\\/@_]|administrator|gebruiker|\buser|owner|eigenaar|microsoft|python-docx", re.I)


def sensible_title(text: str | None) -> str | None:
    """Return a title without line breaks, or None where it is empty, a program's own or a file name."""
    title = " ".join((text or "").split())
    return title if len(title) > 3 and not _NO_TITLE.search(title) else None


def sensible_authors(text: str | None) -> tuple[str, ...]:
    """Return the author as a tuple of one, or an empty one for a log-in name or a program."""
    author = " ".join((text or "").split())
    return (author,) if " " in author and not _NO_AUTHOR.search(author) else ()
