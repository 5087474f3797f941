"""Every error that Samenwijzer raises on purpose.

    SamenwijzerError
    ├── UsageError              a wrong option, query or setting                    exit 2
    │   └── RerankerError       the model to rerank with is missing or of another kind
    ├── SourceError             one source could not become a document              exit 5
    │   ├── FetchError          a file or URL could not be read                     exit 4 when it is the only one
    │   └── UnsupportedFormat   no loader knows this kind of file
    ├── StoreError              the corpus cannot be opened, written or trusted     exit 3
    └── SnapshotError           no index, or one that may not be used               exit 3
        ├── EmbedderError       the model is missing or is not the index's model
        └── EngineError         the server that holds the index does not answer     exit 4

A message names the file or URL and the remedy; `str(error)` is meant for people.
"""

from __future__ import annotations


class SamenwijzerError(Exception):
    """Root of all errors that callers may want to catch. `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(SamenwijzerError):
    """The caller asked for something that cannot be: a wrong option, filter or setting."""

    exit_code = 2


class RerankerError(UsageError):
    """The model that was asked for to rerank with cannot be loaded; the index does without."""


class SourceError(SamenwijzerError):
    """One source could not become a document; the others are not affected.

    Args:
        source: path or URL as the user gave it.
        reason: what is wrong and what to do about it.
    """

    exit_code = 5

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, str]]:
        # Loaders run in a child process: the error has to survive pickling with both its parts.
        return type(self), (self.source, self.reason)


class FetchError(SourceError):
    """A file or URL could not be read at all.

    Args:
        source: path or URL as the user gave it.
        reason: what is wrong and what to do about it.
        status: HTTP status that says so, or None.
        transient: whether it may go well at another time.
    """

    def __init__(self, source: str, reason: str, *, status: int | None = None, transient: bool = False) -> None:
        super().__init__(source, reason)
        self.status = status
        self.transient = transient


class UnsupportedFormat(SourceError):
    """No loader is registered for this kind of file."""


class StoreError(SamenwijzerError):
    """The corpus database cannot be opened, written or trusted."""

    exit_code = 3


class SnapshotError(SamenwijzerError):
    """There is no index, or the one there may not be used (checksum, model, version)."""

    exit_code = 3


class EmbedderError(SnapshotError):
    """The embedding model is missing, or is another one than the index was built with."""


class EngineError(SnapshotError):
    """The server that holds the index cannot be reached, or gave up; it may go well at another time."""

    exit_code = 4
