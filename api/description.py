"""The description of /v1 in OpenAPI: what FastAPI makes of the routes, completed to the Dutch API Design Rules."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api import examples, formats
from api.answers import Problem
from api.deps import API_VERSION
from corpus.cite_formats import Format

DESCRIPTION = """\
Doorzoekbare kennisbank van wat al werkt tussen eerstelijnszorg en sociaal domein. Elk antwoord is een letterlijk
citaat met bron. Zoeken kan zonder sleutel; zet geen gegevens van patiënten in een vraag, en gevoelige tekst niet in
een adres: hetzelfde zoeken kan met POST.

Lijsten en records zijn er als JSON, JSON Lines, CSV, RIS, BibTeX, CSL-JSON, Markdown en Word: kies met Accept of
met formaat. Bladeren gaat met next_cursor of de header Link. Een antwoord op GET heeft een ETag, die verandert als de
collectie verandert; stuur hem mee in If-None-Match. Fouten zijn er als problem details (RFC 9457).
"""
TAGS = [
    {"name": "zoeken", "description": "Vragen stellen aan de collectie."},
    {"name": "publicaties", "description": "Wat er in de collectie zit."},
    {"name": "passages", "description": "Stukken tekst zoals ze gevonden en geciteerd worden."},
    {"name": "bronvermeldingen", "description": "Hoe publicaties en passages aangehaald worden."},
    {"name": "begrippen", "description": "Woorden uit het veld, met hun andere namen."},
]
ADMIN_TAG = {"name": "beheer", "description": "Wat alleen met een token kan."}
_STRING = {"type": "string"}
_SECONDS = {"type": "integer", "minimum": 1}
HEADERS: dict[str, dict[str, Any]] = {
    "API-Version": {"description": "Versie van de API.", "schema": _STRING, "example": API_VERSION},
    "ETag": {"description": "Kenmerk van dit antwoord, voor If-None-Match.", "schema": _STRING},
    "Link": {"description": "De eerste en de volgende bladzijde, of de opvolger (RFC 8288).", "schema": _STRING},
    "Retry-After": {"description": "Na hoeveel seconden het weer kan.", "schema": _SECONDS},
    "X-Request-ID": {"description": "Waaronder dit verzoek in het logboek staat.", "schema": _STRING},
    "Vary": {"description": "Waarvan de vorm van het antwoord afhangt.", "schema": _STRING},
}
_UNCHANGED = "Niet veranderd sinds het antwoord met deze ETag."
Responses = dict[int | str, dict[str, Any]]


def problem(description: str) -> dict[str, Any]:
    """Return what an address documents about an error."""
    return {"model": Problem, "description": description}


PROBLEMS: Responses = {
    400: problem("Een parameter klopt niet; detail zegt welke en waarom."),
    429: problem("Te veel verzoeken; Retry-After zegt na hoeveel seconden het weer kan."),
    500: problem("Een fout van de server."),
    503: problem("Er is (nog) geen index, of de server heeft het te druk; detail zegt het. Zie Retry-After."),
}
MISSING: Responses = {404: problem("Niet in deze momentopname van de collectie.")}
REMOVED: Responses = {410: problem("De bron is uit de collectie weggehaald; wat er stond tonen we niet meer.")}
BODY: Responses = {
    413: problem("De inhoud is te groot: hoogstens 65.536 bytes."),
    415: problem("De inhoud is geen application/json."),
}
GONE: Responses = {410: problem("De cursor is van een vorige momentopname van de collectie; begin opnieuw.")}


def in_formats(offered: Sequence[Format]) -> Responses:
    """Return what an address documents that gives its answer in these formats."""
    return {
        200: {"content": formats.documented(offered)},
        406: problem("De client accepteert geen van de formaten die er zijn."),
    }


async def openapi_json(request: Request) -> JSONResponse:
    """The description of the API, readable from any site, as the API Design Rules ask."""
    schema = described(request.app)
    schema["info"]["contact"]["url"] = str(request.url.replace(path="/over", query=""))
    return JSONResponse(schema, headers={"Access-Control-Allow-Origin": "*"})


def described(v1: FastAPI) -> dict[str, Any]:
    """Return the description with what FastAPI leaves out: headers, 304, the media type of problems, and no 422."""
    schema = deepcopy(v1.openapi())
    schema["components"]["headers"] = HEADERS
    for path in schema["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
    models = schema["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        models.pop(name, None)
    for name, example in examples.BY_MODEL.items():
        models[name]["examples"] = [example]
    return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    public = method == "get" and "security" not in operation
    if public:
        responses["304"] = {"description": _UNCHANGED}
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    turned = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    for status, response in responses.items():
        names = _headers(public, int(status), turned)
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        if int(status) >= 400:
            response["content"]["application/problem+json"] = response["content"].pop("application/json")
    operation["responses"] = dict(sorted(responses.items()))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: an address can leave one out, but has no word for null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _headers(public: bool, status: int, turned: bool) -> list[str]:
    """Return the headers of a response; `public` says that it can be asked for again by its ETag."""
    names = ["API-Version", "Vary", "X-Request-ID"]
    if public and status in (200, 304):
        names.append("ETag")
    if turned and status == 200:
        names.append("Link")
    return [*names, "Retry-After"] if status in (429, 503) else names
