"""The description of the API: linted, its examples executed, and every operation fuzzed against what it promises."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import httpx2
import jsonschema_rs
import pytest

from api import examples
from api.app import create_app
from api.publication import ItemModel, Publication
from corpus.document import to_dict

ROOT = Path(__file__).resolve().parents[1]
SPECTRAL = ROOT / ".npm" / "node_modules" / "@stoplight" / "spectral-cli" / "dist" / "index.js"
RULES = ROOT / "tests" / "api-design-rules.yaml"


@pytest.fixture(scope="module")
def http(site):
    with httpx2.Client(base_url=site) as client:
        yield client


@pytest.fixture(scope="module")
def description(http):
    return http.get("/v1/openapi.json").json()


def operations(description):
    return [(path, method, o) for path, item in description["paths"].items() for method, o in item.items()]


@pytest.fixture
def lint(tmp_path):
    """Return a function that gives the codes of what Spectral finds in a description."""
    node = shutil.which("node")
    if node is None or not SPECTRAL.is_file():
        pytest.skip("node or Spectral is missing: install Debian's nodejs and npm, then `make .npm`")

    def run(description):
        path = tmp_path / "openapi.json"
        path.write_text(json.dumps(description), "utf-8")
        command = [node, SPECTRAL, "lint", "--ruleset", RULES, "--format", "json", "--quiet", path]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return {result["code"] for result in json.loads(done.stdout)}

    return run


def test_the_linter_finds_nothing(lint, description):
    assert lint(description) == set()


def test_the_linter_finds_nothing_where_administration_is_offered(lint, starter_kb):
    async def ask():
        transport = httpx2.ASGITransport(create_app(starter_kb, admin=True))
        async with httpx2.AsyncClient(transport=transport, base_url="http://site") as client:
            return (await client.get("/v1/openapi.json")).json()

    description = asyncio.run(ask())
    assert len([path for path in description["paths"] if path.startswith("/beheer/")]) == 4
    assert lint(description) == set()


def search(description):
    return description["paths"]["/zoekresultaten"]["get"]


def renamed(mapping, old, new):
    mapping[new] = mapping.pop(old)


# For every rule of ours something that it must find. Each breaks a place of its own: all are broken at once.
BROKEN = {
    "adr-doc-openapi-contact": lambda d: d["info"]["contact"].pop("email"),
    "adr-semver": lambda d: d["info"].update(version="1.1"),
    "adr-uri-version": lambda d: d.update(servers=[{"url": "/v1.2"}]),
    "adr-no-version-in-path": lambda d: renamed(d["paths"], "/begrippen/{id}", "/v1/begrippen/{id}"),
    "adr-version-header": lambda d: search(d)["responses"]["200"]["headers"].pop("API-Version"),
    "adr-no-trailing-slash": lambda d: renamed(d["paths"], "/passages/{id}", "/passages/{id}/"),
    "adr-path-kebab-case": lambda d: renamed(d["paths"], "/publicaties", "/publicatiesLijst"),
    "adr-query-camel-case": lambda d: search(d)["parameters"][1].update(name="de_limiet"),
    "adr-schema-pascal-case": lambda d: d["components"]["schemas"].update(een_ding={"type": "string"}),
    "adr-http-methods": lambda d: renamed(d["paths"]["/begrippen"], "get", "query"),
    "adr-problem-media-type": lambda d: renamed(
        search(d)["responses"]["410"]["content"], "application/problem+json", "application/json"
    ),
    "adr-problem-members": lambda d: d["components"]["schemas"]["Problem"]["required"].remove("detail"),
    "adr-bad-request": lambda d: d["paths"]["/antwoorden"]["post"]["responses"].pop("400"),
    "adr-no-422": lambda d: search(d)["responses"].update({"422": search(d)["responses"]["400"]}),
    "adr-date-format": lambda d: d["components"]["schemas"]["PublicationSummary"]["properties"]["date"].pop("format"),
    "adr-no-local-time": lambda d: d["components"]["schemas"]["ItemModel"]["properties"]["start"].update(format="time"),
    "own-parameter-description": lambda d: search(d)["parameters"][0].pop("description"),
    "own-operation-summary": lambda d: search(d).pop("summary"),
    "own-licence": lambda d: d["info"]["license"].pop("url"),
}
ROOTLESS = {"adr-doc-openapi", "adr-servers"}


def test_every_rule_is_seen_to_work(lint, description):
    """Spectral passes over a rule that matches nothing without a word."""
    lines = RULES.read_text("utf-8").splitlines()
    rules = {line.strip(" :") for line in lines if line.startswith(("  adr-", "  own-"))}
    assert rules == BROKEN.keys() | ROOTLESS
    broken = deepcopy(description)
    for damage in BROKEN.values():
        damage(broken)
    assert lint(broken) >= BROKEN.keys()
    assert lint({"info": {}, "paths": {}, "servers": [], "openapi": "3.1"}) >= ROOTLESS


def validator(description, schema):
    return jsonschema_rs.validator_for({**schema, "components": description["components"]}, validate_formats=True)


def test_every_example_has_its_shape(description):
    schemas = description["components"]["schemas"]
    shown = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
    assert shown.keys() >= {
        "SearchResponse",
        "HitModel",
        "AnswerResponse",
        "PublicationSummary",
        "PassageModel",
        "Problem",
    }
    for name, given in shown.items():
        for example in given:
            validator(description, {"$ref": f"#/components/schemas/{name}"}).validate(example)
            assert example.keys() == schemas[name]["properties"].keys(), name


def example_of(schema):
    return schema["examples"][0] if "examples" in schema else None


def requests(description):
    """Yield (method, address, query, body, operation): with what is required, and once more with each other example."""
    for path, method, operation in operations(description):
        parameters = operation.get("parameters", [])
        told = {(p["in"], p["name"]): example_of(p["schema"]) for p in parameters}
        needed = {(p["in"], p["name"]) for p in parameters if p["required"]}
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            schema = description["components"]["schemas"][name]
            told |= {("body", name): example_of(shape) for name, shape in schema["properties"].items()}
            needed |= {("body", name) for name in schema["required"]}
        others = [key for key, value in told.items() if value is not None and key not in needed]
        for chosen in [needed, *({*needed, other} for other in others)]:
            parts = {"path": {}, "query": {}, "body": {}}
            for where, name in chosen:
                assert told[where, name] is not None, f"{method} {path}: {name} has no example"
                parts[where][name] = told[where, name]
            yield method, path.format(**parts["path"]), parts["query"], parts["body"], operation


def test_every_example_request_is_answered_as_described(http, description):
    count = 0
    for method, address, query, body, operation in requests(description):
        answer = http.request(method, f"/v1{address}", params=query, json=body or None)
        assert answer.status_code == 200, (address, query, body, answer.text)
        promised = operation["responses"]["200"]
        content = promised["content"][answer.headers["Content-Type"].partition(";")[0]]
        if "json" in query.get("formaat", "json"):
            validator(description, content["schema"]).validate(answer.json())
        assert all(name in answer.headers for name in promised["headers"] if name != "Link" or "cursor" not in query)
        count += 1
    assert count >= 30


def test_every_format_that_is_described_is_given(http, description):
    for method, address, query, body, operation in requests(description):
        for media_type in operation["responses"]["200"]["content"] if not {*query, *body} - {"q", "id"} else ():
            answer = http.request(
                method, f"/v1{address}", params=query, json=body or None, headers={"Accept": media_type}
            )
            assert answer.headers["Content-Type"].partition(";")[0] == media_type


def test_the_model_of_a_publication_has_every_field_of_the_record(make_document):
    record = to_dict(make_document("Naam", "Een alinea.", items="tip"))
    assert Publication.model_fields.keys() == record.keys() | {"published_on"}
    assert ItemModel.model_fields.keys() == record["items"][0].keys()
    assert Publication.model_validate(record | {"published_on": None}).model_dump(mode="json") == record | {
        "published_on": None
    }


def test_the_examples_are_of_the_collection_that_ships(http):
    passage = http.get(f"/v1/passages/{examples.PASSAGE_ID}").json()
    assert passage["passage"] == examples.PASSAGE and passage["publication"] == examples.PUBLICATION
    hits = http.get("/v1/zoekresultaten", params={"q": examples.QUERY}).json()["hits"]
    (hit,) = (hit for hit in hits if hit["passage_id"] == examples.PASSAGE_ID)
    measured = {"rank", "score", "why", "highlights"}
    assert {k: v for k, v in hit.items() if k not in measured} == {
        k: v for k, v in examples.HIT.items() if k not in measured
    }


def test_nothing_is_answered_that_is_not_described(site, tmp_path):
    """Some 1,500 requests, well-formed and not: no 5xx, and no status, media type, header or shape but those told."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "schemathesis.toml")]
    done = subprocess.run(
        [*command, "run", "--no-color", f"{site}/v1/openapi.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0 and "No issues found" in done.stdout, done.stdout[-8000:] + done.stderr[-2000:]
