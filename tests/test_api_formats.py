"""The API's lists and records in every format, page after page; each format read back by a parser that is not ours."""

import base64
import csv
import io
import json
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import bibtexparser
import httpx2
import pytest
import rispy
from docx import Document as open_docx

from corpus.store import Corpus
from index.building import build

QUERY = "POH-jeugd samenwerking wijkteam"
LISTS = [f"/v1/zoekresultaten?q={QUERY}&limiet=3", "/v1/publicaties?limiet=3"]
TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pytest.fixture(scope="module")
def http(site):
    with httpx2.Client(base_url=site) as client:
        yield client


@pytest.fixture(scope="module")
def addresses(http):
    hit = http.get(LISTS[0]).json()["hits"][0]
    passage, document = f"/v1/passages/{hit['passage_id']}", f"/v1/publicaties/{hit['document_id']}"
    cited = f"/v1/bronvermeldingen?id={hit['passage_id']}&id={hit['document_id']}"
    return [*LISTS, passage, f"{passage}/vergelijkbaar?limiet=2", document, cited]


def count(format, answer):
    """Return how many records a file holds, by somebody else's parser."""
    if format == "csv":
        return len(list(csv.DictReader(io.StringIO(answer.text, newline=""))))
    if format == "jsonl":
        return len([json.loads(line) for line in answer.text.splitlines()])
    if format == "ris":
        return len(rispy.loads(answer.text))
    if format == "bibtex":
        library = bibtexparser.parse_string(answer.text)
        assert not library.failed_blocks
        return len(library.entries)
    if format == "docx":
        styles = [paragraph.style.name for paragraph in open_docx(io.BytesIO(answer.content)).paragraphs]
        return styles.count("List Number")
    return len(answer.json()) if format == "csl" else len(re.findall(r"^\d+\. ", answer.text, re.MULTILINE))


@pytest.mark.parametrize("format", TYPES)
def test_every_list_and_record_comes_in_every_format(http, addresses, format):
    for address in addresses:
        answer = http.get(address, params={**parse_qs(urlsplit(address).query), "formaat": format})
        assert answer.status_code == 200 and answer.headers["Content-Type"] == TYPES[format], answer.text
        assert answer.headers["Vary"].endswith("Accept") and answer.headers["ETag"]
        if format != "json":
            name = re.search(
                r'^attachment; filename="samenwijzer-[a-z]+-([0-9a-f]{12})\.[a-z]+"$',
                answer.headers["Content-Disposition"],
            )
            assert name and name[1] == http.get("/readyz").json()["snapshot"]
            assert count(format, answer) >= 1


def test_rows_of_a_table_are_those_of_the_list(http):
    hits = http.get(LISTS[0]).json()["hits"]
    lines = http.get(f"{LISTS[0]}&formaat=jsonl").text.splitlines()
    assert [json.loads(line) for line in lines] == hits
    rows = list(csv.DictReader(io.StringIO(http.get(f"{LISTS[0]}&formaat=csv").text, newline="")))
    assert [row["text"] for row in rows] == [hit["text"] for hit in hits]
    assert [row["described"] for row in rows] == [str(hit["described"]).lower() for hit in hits]
    entries = rispy.loads(http.get(f"{LISTS[0]}&formaat=ris").text)
    assert [entry["accession_number"] for entry in entries] == [hit["passage_id"] for hit in hits]


def test_a_publication_is_a_row_per_passage(http, addresses):
    record = http.get(addresses[4]).json()
    rows = list(csv.DictReader(io.StringIO(http.get(f"{addresses[4]}?formaat=csv").text, newline="")))
    assert [row["text"] for row in rows] == [passage["text"] for passage in record["passages"]]
    assert json.loads(http.get(f"{addresses[4]}?formaat=jsonl").text) == record


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.2, application/x-bibtex;q=0.7, image/png", "application/x-bibtex"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("application/*;q=0.1, text/markdown;q=0.5", "text/markdown"),
        ("application/jsonl", "application/x-ndjson"),
        ("text/x-bibtex", "application/x-bibtex"),
        ("text/csv;q=1.000;q=0.1, application/json;q=0.9", "text/csv"),
        ("rommel, ;;, q=1", "application/json"),
        ("text/csv;q=7", "text/csv"),
    ],
)
def test_the_accept_header_chooses(http, accept, expected):
    answer = http.get(LISTS[0], headers={} if accept is None else {"Accept": accept})
    assert answer.status_code == 200 and answer.headers["Content-Type"].partition(";")[0] == expected


def test_the_name_of_a_format_goes_before_the_header(http):
    answer = http.get(f"{LISTS[0]}&formaat=csv", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == TYPES["csv"]
    by_post = http.post("/v1/zoekresultaten", json={"q": QUERY, "limiet": 3, "formaat": "csv"})
    assert by_post.text == answer.text


@pytest.mark.parametrize("accept", ["image/png", "text/html", "*/*;q=0", "application/json;q=0.0"])
def test_what_cannot_be_given_is_refused_with_what_can(http, accept):
    for answer in (
        http.get(LISTS[1], headers={"Accept": accept}),
        http.get("/v1/begrippen", headers={"Accept": accept}),
        http.post("/v1/zoekresultaten", json={"q": "a"}, headers={"Accept": accept}),
    ):
        assert answer.status_code == 406 and answer.headers["Content-Type"] == "application/problem+json"
        assert "text/csv" in answer.json()["detail"] and answer.headers["Vary"].endswith("Accept")


def test_what_a_list_has_no_format_for_is_refused(http):
    assert http.get("/v1/begrippen", headers={"Accept": "application/x-bibtex"}).status_code == 406
    answer = http.get("/v1/begrippen?formaat=ris")
    assert answer.status_code == 400 and "'json', 'jsonl' of 'csv'" in answer.json()["detail"]
    assert (
        count("csv", http.get("/v1/begrippen?q=wijkteam&formaat=csv"))
        == http.get("/v1/begrippen?q=wijkteam").json()["total"]
    )


def test_each_format_has_its_own_etag(http):
    tags = {
        http.get(LISTS[0], headers={"Accept": accept}).headers["ETag"] for accept in ("application/json", "text/csv")
    }
    assert len(tags) == 2
    csv_tag = http.get(f"{LISTS[0]}&formaat=csv").headers["ETag"]
    again = http.get(f"{LISTS[0]}&formaat=csv", headers={"If-None-Match": csv_tag})
    assert again.status_code == 304 and again.headers["Vary"] == "Accept" and again.headers["ETag"] == csv_tag


def next_link(answer):
    found = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
    return found[1] if found else None


@pytest.mark.parametrize(
    ("address", "field"),
    [(f"/v1/zoekresultaten?q={QUERY}&limiet=40", "hits"), ("/v1/publicaties?limiet=100", "publications")],
)
def test_following_the_links_visits_everything_once(http, address, field):
    seen, following = [], address
    while following:
        answer = http.get(following)
        page = answer.json()
        assert page["offset"] == len(seen) and (page["next_cursor"] is None) == (next_link(answer) is None)
        seen += [record.get("passage_id") or record["id"] for record in page[field]]
        following = next_link(answer)
    assert len(seen) == len(set(seen)) == page["total"]
    assert f'<{address.replace(" ", "+")}>; rel="first"' in answer.headers["Link"]


def test_a_cursor_works_by_post_and_with_another_size(http):
    first = http.post("/v1/zoekresultaten", json={"q": QUERY, "limiet": 5})
    assert "Link" not in first.headers and first.headers["Cache-Control"] == "no-store"
    cursor = first.json()["next_cursor"]
    rest = http.post("/v1/zoekresultaten", json={"q": QUERY, "limiet": 2, "cursor": cursor, "offset": 99}).json()
    assert [hit["rank"] for hit in rest["hits"]] == [6, 7] and rest["offset"] == 5


def forged(snapshot, digest, offset):
    return base64.urlsafe_b64encode(f"{snapshot}.{digest}.{offset}".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["x", "AAAA", "____", "a" * 200, forged("a", "b", "-1"), forged("a", "b", "9" * 30), forged("a", "b", "1.2")],
)
def test_a_cursor_that_is_none_is_refused(http, cursor):
    for path in (f"/v1/zoekresultaten?q={QUERY}", "/v1/publicaties?limiet=1"):
        answer = http.get(f"{path}&cursor={cursor}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_belongs_to_its_question(http):
    cursor = http.get(LISTS[0]).json()["next_cursor"]
    for other in (f"/v1/zoekresultaten?q=iets&cursor={cursor}", f"{LISTS[0]}&soort=tip&cursor={cursor}"):
        answer = http.get(other)
        assert answer.status_code == 400 and "andere vraag" in answer.json()["detail"]


def test_a_cursor_of_another_snapshot_is_gone(serving, tmp_path, make_document):
    with Corpus(tmp_path, create=True) as corpus:
        for number in range(3):
            corpus.upsert(make_document(f"D{number}", f"De huisarts belt het wijkteam {number} keer."), root="r")
        corpus.commit()
        build(corpus)
        with serving(tmp_path) as address, httpx2.Client(base_url=address) as http:
            searched = http.get("/v1/zoekresultaten?q=huisarts&limiet=1").json()["next_cursor"]
            listed = http.get("/v1/publicaties?limiet=1").json()["next_cursor"]
            corpus.upsert(make_document("D9", "De huisarts belt terug."), root="r")
            corpus.commit()
            build(corpus)
            for path in (f"/v1/zoekresultaten?q=huisarts&cursor={searched}", f"/v1/publicaties?cursor={listed}"):
                answer = http.get(path)
                assert answer.status_code == 410 and "vernieuwd" in answer.json()["detail"]
                assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_came_in_since_a_day_is_counted(http):
    today = date.today()
    found = http.get(LISTS[0], params={"q": QUERY, "sinds": (today - timedelta(2)).isoformat()}).json()
    assert found["added_since"] == found["total"] > 0
    later = http.get(LISTS[0], params={"q": QUERY, "sinds": (today + timedelta(2)).isoformat()}).json()
    assert later["added_since"] == 0 and later["total"] == found["total"]
    assert http.get(LISTS[0]).json()["added_since"] is None
    filtered = http.get(LISTS[0], params={"q": QUERY, "nieuwSinds": (today - timedelta(2)).isoformat()}).json()
    assert filtered["total"] == found["total"]
    assert http.get(LISTS[0], params={"q": QUERY, "sinds": "gisteren"}).status_code == 400


def test_citations_name_what_is_gone(http, addresses):
    found = http.get(f"{addresses[5]}&id=verdwenen").json()
    assert found["missing"] == ["verdwenen"] and len(found["citations"]) == 2
    for citation in found["citations"]:
        assert citation["id"] in addresses[5] and citation["citation"] in citation["quotation"]
        assert citation["csl"]["id"] == citation["id"] and citation["csl"]["source"] == "Samenwijzer"
    assert http.get("/v1/bronvermeldingen?id=verdwenen").status_code == 404
    assert http.get("/v1/bronvermeldingen").status_code == 400
    twice = http.get(f"{addresses[5]}&{urlsplit(addresses[5]).query}&formaat=bibtex")
    assert count("bibtex", twice) == 2


def test_a_permalink_in_a_citation_leads_to_the_passage(http, addresses):
    (entry,) = http.get(f"{addresses[2]}?formaat=csl").json()
    address = re.search(r"(http\S+/passage/\w+)\]$", entry["note"])[1]
    assert http.get(address).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("path", ["/v1/zoekresultaten", "/v1/antwoorden"])
def test_only_json_is_read(http, path, header):
    answer = http.post(path, content=b'{"q": "a"}', headers={"Content-Type": header} if header else {})
    assert answer.status_code == 415 and answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_says_it_is_too_large_is_not_read(site):
    import socket

    host, port = urlsplit(site).hostname, urlsplit(site).port
    with socket.create_connection((host, port), timeout=10) as raw:
        raw.sendall(
            b"POST /v1/zoekresultaten HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 999999999\r\n\r\n"
        )
        assert raw.recv(64).startswith(b"HTTP/1.1 413 ")
