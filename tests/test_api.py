"""The HTTP API over a real connection, on the collection that ships."""

import asyncio
import json
import re

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from corpus.store import Corpus
from index.building import build
from index.embedder import make_embedder

HIT = {
    "rank", "score", "passage_id", "document_id", "source_id", "item_id", "kind", "title", "url", "publisher", "year",
    "text", "highlights", "why", "permalink", "also_in",
}  # fmt: skip
SENTENCE = {"text", "passage_id", "document_id", "source_id", "start", "end", "url", "publisher", "year"}
QUERY = "POH-jeugd samenwerking wijkteam"


@pytest.fixture(scope="module")
def http(site):
    with httpx2.Client(base_url=site) as client:
        yield client


def results(http, **parameters):
    answer = http.get("/v1/zoekresultaten", params={"q": QUERY, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_hits_have_the_fields_of_the_contract(http):
    found = results(http)
    assert found["hits"] and found["total"] >= len(found["hits"])
    assert found["searched"]["passages"] > 100 and re.fullmatch("[0-9a-f]{12}", found["searched"]["snapshot"])
    for hit in found["hits"]:
        assert hit.keys() >= HIT
        assert hit["why"].keys() == {"terms", "added", "lexical", "semantic"}
        assert all(0 <= start < end <= len(hit["text"]) for start, end in hit["highlights"])


def test_a_hit_is_verbatim_and_its_links_lead_to_it(http):
    hit = results(http)["hits"][0]
    assert hit["text"] in http.get(f"/v1/publicaties/{hit['document_id']}").json()["text"]
    passage = http.get(f"/v1/passages/{hit['passage_id']}").json()
    assert passage["passage"]["text"] == hit["text"] and passage["permalink"] == hit["permalink"]
    assert passage["publication"]["id"] == hit["document_id"] and hit["title"] in passage["citation"]
    assert http.get(hit["permalink"]).status_code == 200


def test_pages_follow_each_other_without_overlap(http):
    first, second = results(http, limiet=4), results(http, limiet=4, offset=4)
    both = first["hits"] + second["hits"]
    assert [hit["rank"] for hit in both] == list(range(1, 9))
    assert both == results(http, limiet=8)["hits"]


@pytest.mark.parametrize("query", [QUERY, "eenzaamheid ouderen"])
def test_every_facet_count_is_the_number_of_results_with_that_filter(http, query):
    keys = {"kind": "soort", "doelgroep": "doelgroep", "thema": "thema", "publisher": "publisher"}
    found = results(http, q=query)
    assert found["facets"].keys() >= keys.keys()
    for field, key in keys.items():
        for facet in found["facets"][field][:15]:
            assert results(http, q=query, **{key: facet["value"]})["total"] == facet["count"], facet


def test_filters_combine(http):
    tips = results(http, soort=["tip", "reactie"], doelgroep="jeugd")
    assert tips["hits"] and {hit["kind"] for hit in tips["hits"]} <= {"tip", "reactie"}
    years = results(http, jaarVanaf=2018, jaarTot=2018)
    assert years["hits"] and {hit["year"] for hit in years["hits"]} == {2018}


def test_post_gives_what_get_gives(http):
    body = {"q": QUERY, "limiet": 3, "soort": ["tip"], "jaarVanaf": None}
    answer = http.post("/v1/zoekresultaten", json=body)
    assert answer.json() == results(http, limiet=3, soort="tip")
    assert "ETag" not in answer.headers


def test_an_added_word_is_named_and_can_be_switched_off(http):
    added = results(http, q="wijktaem en gebiedsteam")["added"]
    assert added[0] == "wijkteam" and "buurtteam" in added
    assert results(http, q="wijktaem en gebiedsteam", zonder=added)["added"] == []


def test_an_answer_quotes_verbatim(http):
    answer = http.post("/v1/antwoorden", json={"question": QUERY}).json()
    assert answer["status"] == "answered" and answer["question"] == QUERY
    assert answer["searched"].keys() == {"passages", "snapshot"} and 1 <= len(answer["sentences"]) <= 3
    for sentence in answer["sentences"]:
        assert sentence.keys() >= SENTENCE
        text = http.get(f"/v1/passages/{sentence['passage_id']}").json()["passage"]["text"]
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_no_answer_is_no_sentences(http):
    answer = http.post("/v1/antwoorden", json={"question": "openingstijden zwembad"}).json()
    assert answer["status"] == "none" and answer["sentences"] == []


def test_publications_are_listed_once_and_can_be_read(http):
    listed = http.get("/v1/publicaties", params={"limiet": 100}).json()
    rest = http.get("/v1/publicaties", params={"limiet": 100, "offset": 100}).json()
    ids = [publication["id"] for publication in listed["publications"] + rest["publications"]]
    assert len(set(ids)) == len(ids) == min(listed["total"], 200)
    document = http.get(f"/v1/publicaties/{ids[0]}").json()
    assert document["id"] == ids[0] and document["passages"] and "text_norm" in document["passages"][0]
    assert http.get("/v1/publicaties", params={"offset": 9999}).json()["publications"] == []


def test_similar_passages_come_from_elsewhere(http):
    hit = results(http)["hits"][0]
    similar = http.get(f"/v1/passages/{hit['passage_id']}/vergelijkbaar", params={"limiet": 3}).json()["hits"]
    assert len(similar) == 3 and hit["document_id"] not in {other["document_id"] for other in similar}


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("/v1/zoekresultaten", 400, "q"),
        ("/v1/zoekresultaten?q=", 400, "q"),
        ("/v1/zoekresultaten?q=%00%07", 400, "q"),
        (f"/v1/zoekresultaten?q={'a' * 501}", 400, "q"),
        ("/v1/zoekresultaten?q=a&limiet=0", 400, "limiet"),
        ("/v1/zoekresultaten?q=a&limiet=101", 400, "limiet"),
        ("/v1/zoekresultaten?q=a&limiet=tien", 400, "limiet"),
        ("/v1/zoekresultaten?q=a&offset=-1", 400, "offset"),
        ("/v1/zoekresultaten?q=a&offset=99999999999999999999999", 400, "offset"),
        ("/v1/zoekresultaten?q=a&jaarVanaf=onlangs", 400, "jaarVanaf"),
        ("/v1/zoekresultaten?q=a&jaarvanaf=2020", 400, "jaarvanaf"),
        ("/v1/publicaties?limiet=1000", 400, "limiet"),
        ("/v1/publicaties/bestaat-niet", 404, None),
        ("/v1/publicaties/%00", 404, None),
        ("/v1/passages/bestaat-niet", 404, None),
        ("/v1/passages/%F0%9F%A6%86/vergelijkbaar", 404, None),
        ("/v1/begrippen/bestaat-niet", 404, None),
        (f"/v1/begrippen?q={'a' * 501}", 400, "q"),
        ("/v1/antwoorden", 405, None),
        ("/v1/onbekend", 404, None),
    ],
)
def test_a_mistake_is_answered_with_problem_details(http, address, status, parameter):
    answer = http.get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status and problem["title"] and problem["detail"].endswith(".")
    assert problem["instance"].startswith("/v1/") and problem["type"] == "about:blank"
    assert ([error["parameter"] for error in problem.get("errors", [])] == [parameter]) == (parameter is not None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"q": "\\ud800"}', 400),
        (b'{"q": "a", "limiet": 1e999}', 400),
        (b'{"q": "a", "limiet": NaN}', 400),
        (b'{"q": "a", "limiet": true}', 400),
        (b'{"q": ["a"]}', 400),
        (b'{"q": "a", "soort": "tip"}', 400),
        (b'{"q": "a", "iets": 1}', 400),
        (b"[" * 60_000, 400),
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"null", 400),
        (b'"' + b"a" * 70_000 + b'"', 413),
    ],
)
def test_an_odd_body_is_refused(http, body, status):
    answer = http.post("/v1/zoekresultaten", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status and answer.json()["status"] == status, answer.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_query_breaks_the_server(http, query):
    by_get = http.get("/v1/zoekresultaten", params={"q": query})
    by_post = http.post(
        "/v1/zoekresultaten", content=json.dumps({"q": query}), headers={"Content-Type": "application/json"}
    )
    asked = http.post("/v1/antwoorden", json={"question": query})
    assert by_get.status_code == by_post.status_code == asked.status_code
    assert by_get.status_code in (200, 400)
    assert http.get("/zoek", params={"q": query}).status_code == 200


@pytest.mark.parametrize(
    "query", ['"', "'", "a AND (b OR", "*", "NEAR/3", "a:b", "-x", "^2", "\\", "%", "{}", "' OR 1=1 --", "🙂"]
)
def test_search_operators_are_just_text(http, query):
    assert http.get("/v1/zoekresultaten", params={"q": query}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/", "/v1/publicaties", "/v1/onbekend", "/onbekend", "/static/zoek.js", "/healthz", "/metrics"]
)
def test_every_answer_is_guarded_and_versioned(http, address):
    headers = http.get(address).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert re.fullmatch(r"\d+\.\d+\.\d+", headers["API-Version"])
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "address", [f"/v1/zoekresultaten?q={QUERY}", "/v1/publicaties", "/begrippen", "/", f"/zoek?q={QUERY}"]
)
def test_what_did_not_change_is_not_sent_again(http, address):
    first = http.get(address)
    again = http.get(address, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["ETag"] == first.headers["ETag"]
    other = http.get("/v1/zoekresultaten?q=iets+anders", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200 and other.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    "address", [f"/v1/zoekresultaten?q={QUERY}", "/", "/static/stijl.css", "/v1/openapi.json", "/nergens"]
)
def test_head_is_get_without_the_body(http, address):
    head, get = http.head(address), http.get(address)
    assert head.status_code == get.status_code and head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_static_files_can_be_kept(http):
    address = re.search(r'href="(/static/stijl\.css\?v=\w+)"', http.get("/").text).group(1)
    assert http.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert http.get("/static/../app.py").status_code == 404 and http.get("/static/%2e%2e/app.py").status_code == 404


def test_begrippen_are_listed_filtered_and_read_one_by_one(http):
    listed = http.get("/v1/begrippen").json()
    assert listed["total"] == len(listed["begrippen"]) > 300
    (found,) = http.get("/v1/begrippen", params={"q": "Welzijn op Rec"}).json()["begrippen"]
    assert found == http.get("/v1/begrippen/welzijn-op-recept").json() and found in listed["begrippen"]
    assert "WoR" in found["afkortingen"] and found["bron"]["url"] and found["uitleg"].endswith(".")
    assert found["permalink"] == "/begrippen/welzijn-op-recept"


def test_the_example_of_a_begrip_has_its_shape(http):
    schema = http.get("/v1/openapi.json").json()["components"]["schemas"]["BegripModel"]
    assert schema["examples"][0].keys() == schema["properties"].keys()


def test_large_answers_are_sent_small(http):
    with http.stream("GET", "/begrippen", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip" and int(answer.headers["Content-Length"]) < 100_000


def operations(description):
    return [(path, method, o) for path, item in description["paths"].items() for method, o in item.items()]


def test_the_description_keeps_to_the_dutch_api_design_rules(http):
    answer = http.get("/v1/openapi.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    description = answer.json()
    assert description["openapi"].startswith("3.") and [s["url"] for s in description["servers"]] == ["/v1"]
    assert description["info"]["contact"].keys() >= {"name", "email", "url"} and description["info"]["license"]["name"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", description["info"]["version"])
    assert len({operation["operationId"] for _, _, operation in operations(description)}) == len(
        operations(description)
    )
    for path, _, operation in operations(description):
        assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z]+\}))+", path), path
        assert operation["summary"] and operation["description"] and operation["tags"]
        for parameter in operation.get("parameters", []):
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", parameter["name"])
            assert parameter["in"] == "path" or parameter["description"]
        for status, response in operation["responses"].items():
            assert status != "422" and response["description"] and "API-Version" in response["headers"]
            if status != "304":
                expected = "application/json" if status == "200" else "application/problem+json"
                assert next(iter(response["content"])) == expected


def test_a_wrong_method_is_told_the_right_ones(http):
    assert http.request("DELETE", "/v1/zoekresultaten").headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert http.get("/v1/antwoorden").headers["Allow"] == "OPTIONS, POST"
    assert http.request("DELETE", "/v1/openapi.json").headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("/v1/zoekresultaten", "GET, HEAD, OPTIONS, POST"), ("/v1/passages/x", "GET, HEAD, OPTIONS")],
)
def test_options_tells_what_an_address_takes(http, address, allowed):
    answer = http.options(address)
    assert answer.status_code == 204 and answer.headers["Allow"] == allowed and answer.content == b""
    assert http.options("/v1/nergens").status_code == 404


def test_other_sites_may_not_read_the_answers(http):
    answer = http.get("/v1/publicaties", headers={"Origin": "https://elders.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_metrics_count_routes_and_hold_nothing_of_what_was_asked(http):
    http.get("/v1/zoekresultaten", params={"q": "geheimzinnig"})
    http.get("/v1/passages/geheimzinnig")
    told = http.get("/metrics").text
    assert 'samenwijzer_http_requests_total{method="GET",route="/v1/passages/{id}",status="404"}' in told
    assert re.search(r'route="/v1/zoekresultaten",status="200"} [1-9]', told)
    assert "samenwijzer_search_seconds_bucket" in told and "geheimzinnig" not in told


def test_without_an_index_the_remedy_is_told_and_a_new_index_is_picked_up(serving, tmp_path, make_document):
    with serving(tmp_path) as address, httpx2.Client(base_url=address) as http:
        assert http.get("/healthz").status_code == 200 and http.get("/readyz").status_code == 503
        for path in ("/v1/publicaties", "/"):
            answer = http.get(path)
            assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
            assert "samenwijzer ingest" in answer.text
        with Corpus(tmp_path, create=True) as corpus:
            corpus.upsert(make_document("Een", "De huisarts belt het wijkteam."), root="r")
            corpus.commit()
            snapshot = build(corpus)
            assert http.get("/readyz").json() == {"status": "ready", "snapshot": snapshot}
            first = http.get("/v1/publicaties")
            corpus.upsert(make_document("Twee", "De wijkverpleging belt terug."), root="r")
            corpus.commit()
            build(corpus)
        second = http.get("/v1/publicaties", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.json()["total"], second.json()["total"]) == (1, 2)


class Failing:
    """A model that fails as only a bug can."""

    def __init__(self, embedder):
        self.name, self.revision, self.dimension = embedder.name, embedder.revision, embedder.dimension

    def encode_query(self, texts):
        raise RuntimeError("/home/somebody/secret")


@pytest.mark.parametrize(
    ("address", "media_type"),
    [("/v1/zoekresultaten?q=huisarts", "application/problem+json"), ("/zoek?q=huisarts", "text/html")],
)
def test_a_bug_is_told_without_what_is_inside(starter_kb, address, media_type):
    async def ask():
        app = create_app(starter_kb, embedder=Failing(make_embedder("default")))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://site") as client:
            return await client.get(address)

    answer = asyncio.run(ask())
    assert answer.status_code == 500 and answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["API-Version"] and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in answer.text and "logboek" in answer.text
