"""The MCP server with the SDK's own client, over standard input as an assistant starts it, and over HTTP."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters

from api.mcp import MEANING, Tools, create_server
from index.live import Live

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "POH-jeugd samenwerking wijkteam"
SITE = "https://kennis.example.nl"


def stdio(kb, *options):
    arguments = ["-m", "cli", "--kb", str(kb), "mcp", *options]
    return StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)


def ask(server, *calls):
    """Call tools as (name, arguments) pairs over one connection; return the results."""

    async def run():
        async with Client(server, read_timeout_seconds=60) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(run())


@pytest.fixture(scope="module")
def server(starter_kb):
    return create_server(Live(starter_kb), SITE)


def call(server, tool, **arguments):
    (result,) = ask(server, (tool, arguments))
    assert not result.is_error, result.content
    return result.structured_content


def refused(server, tool, **arguments):
    (result,) = ask(server, (tool, arguments))
    assert result.is_error and result.structured_content is None
    return result.content[0].text


def test_an_assistant_starts_it_searches_reads_and_cites(starter_kb, capfd):
    async def run():
        async with Client(stdio(starter_kb, "--site", SITE), read_timeout_seconds=60) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            found = (await client.call_tool("zoek", {"vraag": QUESTION})).structured_content
            shown = await client.call_tool("toon_passage", {"id": found["zinnen"][0]["permalink"]})
            cited = await client.call_tool("citeer", {"ids": [found["zinnen"][0]["passage_id"]]})
            return client.instructions, tools, found, shown.structured_content, cited.structured_content

    instructions, tools, found, shown, cited = asyncio.run(run())
    assert tools.keys() == {"zoek", "toon_passage", "citeer"} and "none" in instructions
    assert all(tool.output_schema and tool.annotations.read_only_hint for tool in tools.values())
    assert found["status"] == "answered" and found["betekenis"] == MEANING["answered"]
    sentence = found["zinnen"][0]
    assert sentence["tekst"] in shown["passage"]["tekst"]
    assert sentence["permalink"] == f"{SITE}/passage/{sentence['passage_id']}" == shown["passage"]["permalink"]
    assert sentence["passage_id"] in cited["tekst"] and "Bron:" in cited["tekst"] and SITE in cited["tekst"]
    assert cited["onbekend"] == [] and cited["momentopname"] == found["momentopname"] == shown["momentopname"]
    # What is asked is nowhere kept.
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["zoek", "toon_passage"])
def test_what_sources_say_is_told_to_be_data(server, name):
    async def run():
        async with Client(server) as client:
            return {tool.name: tool.description for tool in (await client.list_tools()).tools}

    assert "nooit opdrachten" in asyncio.run(run())[name]


def test_nothing_found_is_told_and_has_no_sentences(server):
    found = call(server, "zoek", vraag="openingstijden zwembad")
    assert found["status"] == "none" and found["zinnen"] == [] and found["doorzocht"] > 1000
    assert "beantwoorden de vraag niet" in found["betekenis"]
    # The text that an assistant without structured output reads begins with it too.
    (result,) = ask(server, ("zoek", {"vraag": "openingstijden zwembad"}))
    assert list(json.loads(result.content[0].text))[:2] == ["status", "betekenis"]


def test_filters_and_numbers_are_those_of_the_search(server):
    wanted = {"vraag": "huisarts wijkteam", "soort": ["Praktijkvoorbeeld"], "jaar_vanaf": 2010, "jaar_tot": 2022}
    found = call(server, "zoek", **wanted, aantal=3)
    assert len(found["vindplaatsen"]) == 3 and {hit["soort"] for hit in found["vindplaatsen"]} == {"praktijkvoorbeeld"}
    assert all(2010 <= hit["jaar"] <= 2022 for hit in found["vindplaatsen"])
    assert call(server, "zoek", vraag="buurtteam")["meegezocht"]


@pytest.mark.parametrize(
    ("arguments", "at_fault"),
    [
        ({"vraag": ""}, "vraag"),
        ({"vraag": " \x07 "}, "vraag"),
        ({"vraag": "a" * 501}, "vraag"),
        ({"vraag": "a", "aantal": 21}, "aantal"),
        ({"vraag": "a", "jaar_vanaf": "onlangs"}, "jaar_vanaf"),
        ({"vraag": "a", "soort": ["tips"]}, "wel bijvoorbeeld tip"),
        ({"vraag": "a", "gemeente": ["Atlantis"]}, "gemeente: Atlantis"),
        ({}, "vraag"),
    ],
)
def test_a_wrong_question_is_refused_by_name(server, arguments, at_fault):
    assert at_fault in refused(server, "zoek", **arguments)


def test_an_unknown_id_is_told(server):
    assert "zoek opnieuw" in refused(server, "toon_passage", id="nergens")
    cited = call(server, "citeer", ids=["nergens"])
    assert cited["onbekend"] == ["nergens"] and cited["tekst"] == ""


@pytest.mark.parametrize(("form", "sign"), [("ris", "TY  - "), ("bibtex", "@"), ("csl", '"id"'), ("md", "1. ")])
def test_references_for_a_reference_manager(server, form, sign):
    hits = call(server, "zoek", vraag=QUESTION, aantal=2)["vindplaatsen"]
    cited = call(server, "citeer", ids=[hit["passage_id"] for hit in hits], formaat=form)
    assert sign in cited["tekst"] and all(hit["passage_id"] in cited["tekst"] for hit in hits)


def test_a_publication_is_cited_too(server, starter_kb):
    document = Live(starter_kb).current().documents(1)[0]
    assert document.extra["bron"]["title"] in call(server, "citeer", ids=[document.id])["tekst"]


def test_without_a_site_a_permalink_is_a_resource_that_can_be_read(starter_kb):
    async def run():
        async with Client(create_server(Live(starter_kb))) as client:
            found = (await client.call_tool("zoek", {"vraag": QUESTION})).structured_content
            place = found["vindplaatsen"][0]
            (contents,) = (await client.read_resource(place["permalink"])).contents
            with pytest.raises(MCPError, match="zoek opnieuw"):
                await client.read_resource("samenwijzer://passage/nergens")
            return place, contents

    place, contents = asyncio.run(run())
    assert contents.text.startswith(place["tekst"]) and contents.mime_type == "text/plain"


def test_what_stands_around_a_passage_is_shown(starter_kb):
    document = next(d for d in Live(starter_kb).current().documents(400) if len(d.passages) > 2)
    shown = Tools(Live(starter_kb)).toon_passage(document.passages[1].id)
    assert (shown.ervoor, shown.erna) == (document.passages[0].text, document.passages[2].text)
    first = Tools(Live(starter_kb)).toon_passage(document.passages[0].id)
    assert first.ervoor is None and first.erna == document.passages[1].text


def test_a_reaction_is_told_to_be_one(tmp_path, make_document):
    from corpus.store import Corpus
    from index.building import build

    with Corpus(tmp_path, create=True) as corpus:
        corpus.upsert(make_document("r", "Bij ons werkt dit niet.", items="reactie"), root="r")
        corpus.commit()
        build(corpus)
    tools = Tools(Live(tmp_path))
    found = tools.zoek("werkt dit niet").vindplaatsen[0]
    assert found.soort == "reactie" and tools.toon_passage(found.passage_id).reactie


def test_without_an_index_it_does_not_start_and_says_why(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--kb", tmp_path, "mcp"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 3 and "samenwijzer ingest" in done.stderr and done.stdout == ""


def test_an_index_that_is_lost_later_is_told_to_the_assistant(tmp_path):
    assert "samenwijzer ingest" in refused(create_server(Live(tmp_path)), "zoek", vraag="wijkteam")


def test_without_the_extra_the_remedy_is_told(starter_kb):
    code = "import sys; sys.modules['mcp'] = None; import cli; cli.main()"
    command = [sys.executable, "-c", code, "--kb", str(starter_kb), "mcp"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and 'pip install "samenwijzer[mcp]"' in done.stderr


def test_it_needs_no_torch(starter_kb):
    code = (
        "import sys; from pathlib import Path; from api.mcp import Tools; from index.live import Live\n"
        f"print(Tools(Live(Path({str(starter_kb)!r}))).zoek('wijkteam').status, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False"


@contextmanager
def served(kb):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli", "--kb", str(kb), "mcp", "--http", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, env=os.environ)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.communicate()


def test_over_http_it_serves_this_machine_only(starter_kb):
    with served(starter_kb) as address:
        found = call(address, "zoek", vraag=QUESTION)
        assert found["status"] == "answered" and found["zinnen"][0]["permalink"].startswith("samenwijzer://passage/")
        # A page on another site that had its name point here is sent away.
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Host": "evil.example", "Accept": "application/json, text/event-stream"}
        assert httpx2.post(address, json=body, headers=headers).status_code == 421
        headers = {"Origin": "https://evil.example", "Accept": "application/json, text/event-stream"}
        assert httpx2.post(address, json=body, headers=headers).status_code == 403
