"""What goes wrong, told as RFC 9457 problem details (`application/problem+json`) under /v1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from corpus.errors import EngineError, SamenwijzerError, SnapshotError, StoreError, UsageError

RETRY = {"Retry-After": "30"}
_AWAY = "De index is even niet te bereiken; probeer het over een halve minuut opnieuw."  # which server: /readyz tells
TITLES = {
    400: "Ongeldig verzoek",
    401: "Token nodig",
    404: "Niet gevonden",
    405: "Methode niet toegestaan",
    406: "Niet in dit formaat",
    410: "Verlopen",
    413: "Verzoek te groot",
    415: "Mediatype niet ondersteund",
    429: "Te veel verzoeken",
    500: "Interne fout",
    503: "Tijdelijk niet beschikbaar",
}
_REASONS = {
    "missing": "ontbreekt",
    "extra_forbidden": "bestaat niet; zie /v1/openapi.json",
    "int_parsing": "moet een geheel getal zijn",
    "int_type": "moet een geheel getal zijn",
    "greater_than_equal": "moet minstens {ge} zijn",
    "less_than_equal": "mag hoogstens {le} zijn",
    "string_pattern_mismatch": "mag niet leeg zijn",
    "string_too_long": "mag hoogstens {max_length} tekens lang zijn",
    "string_type": "moet tekst zijn",
    "bool_type": "moet true of false zijn",
    "string_unicode": "bevat tekens die geen geldige Unicode zijn",
    "list_type": "moet een lijst zijn",
    "too_long": "mag hoogstens {max_length} waarden hebben",
    "json_invalid": "is geen geldige JSON",
    "literal_error": "moet een van deze zijn: {expected}",
    "date_from_datetime_parsing": "moet een datum zijn, zoals 2026-01-31",
}


class Failure(HTTPException):
    """An HTTP status with a title in Dutch and, for a 400, the parameters at fault as (name, reason).

    `title` is that of the status unless one is given.
    """

    def __init__(
        self,
        status_code: int,
        detail: str,
        errors: tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
        title: str | None = None,
    ) -> None:
        super().__init__(status_code, detail, headers)
        self.title = title or TITLES.get(status_code, "Fout")
        self.errors = errors


def failure(exc: Exception) -> Failure:
    """Return what the client is told about `exc`; nothing of an unforeseen error leaks out."""
    if isinstance(exc, Failure):
        return exc
    if isinstance(exc, RequestValidationError):
        return invalid(exc.errors())
    if isinstance(exc, HTTPException):
        detail = f"{TITLES.get(exc.status_code, exc.detail)}; zie /v1/openapi.json voor wat er wel is."
        return Failure(exc.status_code, detail, headers=exc.headers)
    if isinstance(exc, UsageError):
        return Failure(400, str(exc))
    if isinstance(exc, EngineError):
        return Failure(503, _AWAY, headers=RETRY)
    if isinstance(exc, (SnapshotError, StoreError)):
        return Failure(503, str(exc), headers=RETRY)
    if isinstance(exc, SamenwijzerError):
        return Failure(500, str(exc))
    return Failure(500, "Er ging iets mis dat niet had mogen gebeuren; het staat in het logboek van de server.")


def invalid(errors: Iterable[Mapping[str, Any]]) -> Failure:
    """Return a 400 that names every parameter at fault and what is wrong with it, without echoing its value."""
    told = tuple((_parameter(error), _reason(error)) for error in errors)
    return Failure(400, "; ".join(f"{name} {reason}" for name, reason in told) + ".", errors=told)


def _parameter(error: Mapping[str, Any]) -> str:
    names = [part for part in error["loc"] if isinstance(part, str) and part not in ("query", "body", "path")]
    return ".".join(names) or "de inhoud van het verzoek"


def _reason(error: Mapping[str, Any]) -> str:
    context = {name: str(value).replace(" or ", " of ") for name, value in error.get("ctx", {}).items()}
    return _REASONS.get(error["type"], "is ongeldig").format(**context)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem details."""
    for kind in (RequestValidationError, HTTPException, SamenwijzerError, Exception):
        app.add_exception_handler(kind, _problem)


def _allowed(request: Request) -> str:
    """Return the methods of the address: the framework names only those of the first route that matched it."""
    route = request.scope["route"]
    known = request.app.openapi()["paths"].get(route.path, route.methods)
    methods = {method.upper() for method in known}
    return ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))


async def _problem(request: Request, exc: Exception) -> Response:
    told = failure(exc)
    if told.status_code == 304:
        return Response(status_code=304)
    if told.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": _allowed(request)})
    if told.status_code == 405:
        told.headers = {"Allow": _allowed(request)}
    return problem_details(request.scope["path"], told)


def problem_details(path: str, told: Failure) -> JSONResponse:
    """Return the answer that tells a client of /v1 what went wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": told.title,
        "status": told.status_code,
        "detail": told.detail,
        "instance": quote(path),
    }
    if told.errors:
        body["errors"] = [{"parameter": name, "reason": reason} for name, reason in told.errors]
    return JSONResponse(body, told.status_code, told.headers, "application/problem+json")
