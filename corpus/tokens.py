"""Tokens for who may change a collection over HTTP: made here, shown once, kept only as a hash in `<kb>/tokens.json`.

A token is 256 random bits. Nobody guesses one, so a plain SHA-256 keeps it: a slow hash with salt is for passwords,
which people choose and others guess, and would let anybody keep the server busy with wrong tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from corpus import audit
from corpus.errors import StoreError, UsageError
from corpus.folder import sync

PREFIX = "samenwijzer_"  # by which scanners for secrets know one
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BY = "command line"


@dataclass(frozen=True)
class Token:
    """What is kept of a token: its name, its SHA-256 in hexadecimal, and when it was made and revoked (UTC)."""

    name: str
    sha256: str
    created_at: str
    revoked_at: str | None = None


def new(kb: Path, name: str) -> str:
    """Make a token and return it; this is the only time that it is to be had.

    Raises:
        UsageError: the name will not do or was used before: the audit log has to stay clear.
        StoreError: the knowledge base cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name}: name a token with small letters, digits and hyphens, at most 40")
    with _lock(kb):
        kept = tokens(kb)
        if any(token.name == name for token in kept):
            raise UsageError(f"{name}: there is, or was, a token of this name; choose another")
        secret = PREFIX + secrets.token_urlsafe(32)
        audit.record(kb, _BY, "token new", "done", name)
        _write(kb, [*kept, Token(name, _hash(secret), _now())])
    return secret


def revoke(kb: Path, name: str) -> None:
    """Make a token worthless from now on; its name stays taken.

    Raises:
        UsageError: there is no such token that still works.
        StoreError: the knowledge base cannot be written.
    """
    with _lock(kb):
        kept = tokens(kb)
        if not any(token.name == name and not token.revoked_at for token in kept):
            raise UsageError(f"{name}: no token of this name is in use; see `samenwijzer token list`")
        audit.record(kb, _BY, "token revoke", "done", name)
        _write(kb, [replace(token, revoked_at=_now()) if token.name == name else token for token in kept])


def tokens(kb: Path) -> list[Token]:
    """Return all that were ever made, the oldest first.

    Raises:
        StoreError: the file is damaged or cannot be read; nobody is let in then.
    """
    path = kb / "tokens.json"
    try:
        return [Token(**fields) for fields in json.loads(path.read_text("utf-8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as exc:
        raise StoreError(f"{path}: cannot be read ({exc}); delete it and make new tokens") from exc


def holder(kb: Path, secret: str) -> Token | None:
    """Return the token, revoked or not, that this is; compared in constant time, with all of them.

    Raises:
        StoreError: the file with tokens is damaged or cannot be read.
    """
    offered = _hash(secret)
    found = None
    for token in tokens(kb):
        if hmac.compare_digest(token.sha256, offered):
            found = token
    return found


@contextmanager
def _lock(kb: Path) -> Iterator[None]:
    """One change at a time; not under the lock of ingest, for a token has to be revoked at any moment."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(kb / "tokens.lock", timeout=10):
            yield
    except Timeout as exc:
        raise StoreError(f"{kb}: another command is changing the tokens; try again") from exc
    except OSError as exc:
        raise StoreError(f"{kb}: cannot be written ({exc.strerror}); check permissions") from exc


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _write(kb: Path, kept: list[Token]) -> None:
    draft = kb / ".tokens.json"
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump([asdict(token) for token in kept], file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(kb / "tokens.json")
        sync(kb)  # or a power cut brings back a token that was revoked
    except OSError as exc:
        raise StoreError(f"{kb}: cannot be written ({exc.strerror}); free space or check permissions") from exc


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
