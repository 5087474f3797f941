"""The log of a server: JSON lines on standard error that say what happened, not who asked nor what."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_FIELDS = ("request_id", "method", "route", "status", "ms", "query", "snapshot", "reason", "pid", "url")


def request_id(given: bytes | None) -> str:
    """Return the id that the client or a proxy gave, if it is one that can stand in a log, else a new one."""
    if given and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return secrets.token_hex(8)


class Lines(logging.Formatter):
    """One JSON object a line, in ASCII: no text in it can end the line or steer a terminal.

    An exception is told by its kind and places in the code. Its message may hold what somebody asked, so that is only
    there with `queries`.
    """

    def __init__(self, queries: bool = False) -> None:
        super().__init__()
        self._queries = queries

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for one event."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "event": _event(record)}
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = self._told(record.exc_info[1])
        return json.dumps(line)

    def _told(self, exc: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(exc.__traceback__)
        told = {"type": type(exc).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-12:]]}
        return told | ({"message": str(exc)} if self._queries else {})


def _event(record: logging.LogRecord) -> str:
    # What goes wrong in a request is told by its traceback; the text of others may quote it.
    return "error in a request" if record.exc_info else record.getMessage()


def install(queries: bool = False, requests: bool = True) -> None:
    """Send what this server and the one below it log to standard error.

    Args:
        queries: log what was asked in an address too.
        requests: log every request, not only what an operator has to know.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(queries))
    for name, level in (
        ("samenwijzer", logging.INFO),
        ("uvicorn.error", logging.WARNING),
        ("asyncio", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
    logging.getLogger("samenwijzer.requests").setLevel(logging.INFO if requests else logging.WARNING)
