"""Milvus beside the embedded engine, and what it does when servers and publishers die; see also `test_engine.py`.

The servers are real, and so is what happens to them.
"""

import ast
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import httpx2
import milvus_servers
import numpy as np
import pytest

from corpus.errors import EngineError, SnapshotError, UsageError
from index.building import build
from index.embedder import make_embedder
from index.engine import Request, make_engine
from index.engines import milvus_lexical, milvus_server
from index.engines.embedded import LocalReader
from index.engines.milvus import connect
from index.engines.milvus_lexical import OnServer, Where
from index.engines.milvus_server import PIECE, Server, pieces
from index.publishing import KEPT_SNAPSHOTS
from index.results import Filters
from index.snapshot import open_current
from index.terms import query_terms

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = (
    "huisarts en wijkteam samenwerking",
    "dementie thuis, mantelzorger overbelast",
    "valpreventie bij ouderen",
    "jeugdzorg",
    "welzijn op recept",
    "eenzaamheid",
    "wie betaalt de POH-GGZ",
    "schulden signaleren in de praktijk",
)
SEARCH = "/v1/zoekresultaten?q=wijkteam"


@pytest.fixture(scope="module")
def lite():
    with milvus_servers.lite() as server:
        yield server


@pytest.fixture(scope="module")
def starter(lite, starter_kb):
    """Return the collection that ships, open in both engines, and its embedder."""
    snapshot = open_current(starter_kb)
    engine = make_engine(f"milvus://{lite.address}/starter", starter_kb)
    engine.publish(snapshot)
    return LocalReader(snapshot), engine.open(), make_embedder(snapshot.manifest.model_spec)


@pytest.fixture
def shelf(corpus, make_document):
    """Return a function that adds a document to a small knowledge base and gives its new snapshot."""

    def add(name):
        corpus.upsert(make_document(name, f"De {name} werkt samen met het wijkteam."), root="r")
        corpus.commit()
        build(corpus)
        return open_current(corpus.kb)

    return add


def request(embedder, text, **options):
    terms = query_terms(text)
    words = tuple(term for term in terms if term.field != "g")
    further = tuple(term for term in terms if term.field == "g")
    return Request(words, further, (), embedder.encode_query([text])[0], 0.5, 0.35, 1.2, **options)


def collections(address, name):
    from pymilvus import MilvusClient

    found = MilvusClient(f"http://{address}").list_collections()
    return {one.removeprefix(f"{name}_") for one in found if one.startswith(f"{name}_")}


@pytest.mark.parametrize("text", QUESTIONS)
def test_an_inner_product_on_the_server_is_our_lexical_score(starter, text):
    ours, theirs, embedder = starter
    index, asked = ours.snapshot.lexical, request(embedder, text, depth=5000)
    everything = np.arange(len(ours.snapshot))
    expected = index.scores([*asked.words, *asked.further])
    assert isinstance(theirs._lexical, OnServer)
    np.testing.assert_allclose(theirs._lexical.scores(asked, everything), expected, rtol=1e-5)
    rows, scores = theirs._lexical.top(asked, Where())
    assert set(rows) == set(np.flatnonzero(expected))
    np.testing.assert_allclose(scores, expected[rows], rtol=1e-5)
    assert theirs._lexical.best(asked) == pytest.approx(expected.max())


@pytest.mark.parametrize("filters", [Filters(), Filters(kind=("tip",)), Filters(year=(2015, 2020), thema=("wonen",))])
@pytest.mark.parametrize("text", QUESTIONS)
def test_both_engines_rank_the_collection_alike(starter, text, filters):
    ours, theirs, embedder = starter
    asked = request(embedder, text, filters=filters)
    one, other = ours.search(asked), theirs.search(asked)
    assert len(set(one.rows[:10]) & set(other.rows[:10])) >= 0.9 * len(one.rows[:10])
    np.testing.assert_allclose(one.fused[:10], other.fused[:10], atol=1e-4)
    assert other.exact and (other.total, dict(other.facets)) == (one.total, dict(one.facets))


def test_beyond_the_servers_limit_counts_are_lower_bounds_and_say_so(starter, monkeypatch):
    ours, theirs, embedder = starter
    asked = request(embedder, "huisarts", depth=20)
    exact = ours.search(asked)
    monkeypatch.setattr(milvus_lexical, "LIMIT", 50)
    found = theirs.search(asked)
    assert not found.exact and 0 < found.total < exact.total
    assert all(number <= dict(exact.facets["kind"])[value] for value, number in found.facets["kind"])
    assert found.rows[:5].tolist() == exact.rows[:5].tolist()
    browsed = theirs.search(Request())
    assert browsed.exact and browsed.total == len(ours.entries())


def test_a_file_of_any_length_comes_back_in_any_part(lite):
    server = Server(lite.address)
    data = np.random.default_rng(1).bytes(2 * PIECE + 7)
    for name, content in (("lang", data), ("precies", data[:PIECE]), ("leeg", b"")):
        rows = [row | {"id": number, "nothing": [0.0, 1.0]} for number, row in enumerate(pieces(name, content))]
        fields = [("id", "INT64", {"is_primary": True}), ("name", "VARCHAR", {"max_length": 9}), ("part", "INT64", {})]
        fields += [("data", "VARCHAR", {"max_length": 65_535}), ("nothing", "FLOAT_VECTOR", {"dim": 2})]
        server.create(f"file_{name}", fields)
        server.load(f"file_{name}", {"nothing": "FLAT"})
        server.call("insert", f"file_{name}", rows)
        assert server.read(f"file_{name}", name) == content
        for start, end in ((0, 5), (PIECE - 1, PIECE + 1), (PIECE, 2 * PIECE), (2 * PIECE + 3, 2 * PIECE + 7)):
            assert server.read(f"file_{name}", name, start, min(end, len(content))) == content[start:end]
        assert server.read(f"file_{name}", "onbekend") == b""


def test_a_passage_that_is_too_long_for_a_field_comes_back_whole(corpus, make_document):
    """Without spaces it is one word, that nothing cuts. Milvus Lite would take it; a real server does not."""
    words = ("".join(letters) for letters in product("bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou", "klmn"))
    engine = make_engine(f"milvus://{milvus_servers.standalone().address}/lang", corpus.kb)
    corpus.upsert(make_document("een", "De huisarts belt het wijkteam."), root="r")
    corpus.upsert(make_document("twee", "wijkteam " + "ïë" * 60_000 + " " + ",".join(words)), root="r")
    corpus.commit()
    build(corpus)
    snapshot = open_current(corpus.kb)
    engine.publish(snapshot)
    assert [stored.record for stored in engine.open().passages([0, 1])] == [snapshot.record(0), snapshot.record(1)]


def test_the_oldest_snapshots_are_removed_and_never_the_one_in_use(lite, shelf, corpus):
    engine = make_engine(f"milvus://{lite.address}/oud", corpus.kb)
    ids = []
    for name in ("een", "twee", "drie", "vier"):
        snapshot = shelf(name)
        engine.publish(snapshot)
        if not ids:
            time.sleep(1)  # what is older is told by the second in which it was made
        ids.append(snapshot.manifest.id)
    kept = {part for id in ids[-KEPT_SNAPSHOTS:] for part in (id, f"{id}_files")}
    assert collections(lite.address, "oud") == kept
    assert make_engine(f"milvus://{lite.address}/oud", corpus.kb).current_id() == ids[-1]


def test_a_publisher_that_is_killed_leaves_what_the_next_one_sweeps_away(lite, shelf, corpus, make_document):
    spec = f"milvus://{lite.address}/dood"
    engine = make_engine(spec, corpus.kb)
    first = shelf("een")
    engine.publish(first)
    reader = engine.open()
    for number in range(40):
        corpus.upsert(make_document(f"d{number}", f"Over het wijkteam in wijk {number}."), root="r")
    corpus.commit()
    build(corpus)
    code = (
        "import sys; from pathlib import Path; from index.engine import make_engine; from index.snapshot import"
        " open_current; kb = Path(sys.argv[1]); make_engine(sys.argv[2], kb).publish(open_current(kb))"
    )
    publisher = subprocess.Popen([sys.executable, "-c", code, corpus.kb, spec], cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while len(collections(lite.address, "dood")) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(publisher.pid, signal.SIGKILL)
    publisher.wait()
    assert len(collections(lite.address, "dood")) > 2, "the publisher was killed before it began"
    assert make_engine(spec, corpus.kb).current_id() == first.manifest.id
    assert reader.search(Request()).total == 1
    last = shelf("twee")
    engine.publish(last)
    expected = {part for id in (first.manifest.id, last.manifest.id) for part in (id, f"{id}_files")}
    assert collections(lite.address, "dood") == expected
    assert engine.open().manifest == last.manifest


def test_what_was_damaged_on_the_server_is_refused_and_publishing_again_mends_it(lite, shelf, corpus):
    engine = make_engine(f"milvus://{lite.address}/stuk", corpus.kb)
    snapshot = shelf("een")
    engine.publish(snapshot)
    server, id = Server(lite.address), snapshot.manifest.id
    for collection in (f"stuk_{id}_files", f"stuk_{id}"):
        server.call("delete", collection, filter="id == 0")
        if collection.endswith("_files"):
            with pytest.raises(SnapshotError, match="damaged"):
                engine.open()
        engine.publish(snapshot)
        assert engine.open().passages([0])[0].record == snapshot.record(0)


def ask(site, path=SEARCH):
    began = time.monotonic()
    return site.get(path).status_code, time.monotonic() - began


def found(site):
    return [hit["passage_id"] for hit in site.get(SEARCH).json()["hits"]]


def until_well(site, seconds):
    end = time.monotonic() + seconds
    while ask(site)[0] != 200:
        assert time.monotonic() < end, "the engine is back and we are not"
        time.sleep(0.1)


def test_a_server_that_dies_under_load_is_a_503_within_two_seconds_until_it_is_back(shelf, corpus, serving):
    with milvus_servers.lite() as server:
        spec = f"milvus://{server.address}"
        make_engine(spec, corpus.kb).publish(shelf("een"))
        with serving(corpus.kb, engine=spec) as address, httpx2.Client(base_url=address, timeout=10) as site:
            until_well(site, 10)
            before = found(site)
            for stop, back in ((server.kill, server.start), (server.freeze, server.thaw)):
                with ThreadPoolExecutor(6) as crowd:
                    asked = [crowd.submit(ask, site, path) for path in (SEARCH, "/zoek?q=team", "/readyz") * 40]
                    stop()
                    time.sleep(1.1)  # for a second it is remembered which snapshot is in use
                    asked.append(crowd.submit(ask, site))
                    answers = [future.result() for future in asked]
                assert {status for status, _ in answers} <= {200, 503} and answers[-1][0] == 503
                assert max(seconds for _, seconds in answers) < 2
                back()
                until_well(site, 10)
                assert found(site) == before


def test_a_real_server_switches_by_alias_and_comes_back_from_its_log(shelf, corpus, serving):
    server = milvus_servers.standalone()
    spec = f"milvus://{server.address}/log"
    engine = make_engine(spec, corpus.kb)
    engine.publish(shelf("een"))
    first, snapshot = engine.open(), shelf("twee")
    engine.publish(snapshot)
    alias = Server(server.address).call("describe_alias", "log")
    assert alias["collection_name"] == f"log_{snapshot.manifest.id}"
    assert (first.manifest.documents, engine.open().manifest.documents) == (1, 2)
    with serving(corpus.kb, engine=spec) as address, httpx2.Client(base_url=address, timeout=10) as site:
        until_well(site, 10)
        before = found(site)
        server.kill()
        status, seconds = ask(site)
        assert status == 503 and seconds < 2
        server.start()
        until_well(site, 120)  # it takes 35 to 42 seconds to find its way back
        assert found(site) == before


@pytest.mark.parametrize("address", ["", "localhost", "localhost:x", "localhost:1/Naam", "a b:1", "http://x:1"])
def test_what_is_no_address_is_refused(tmp_path, address):
    with pytest.raises(UsageError, match="HOST:PORT"):
        connect(address, tmp_path)


def test_without_the_package_it_says_which_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("index.engines.milvus.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"samenwijzer\[milvus\]"):
        connect("localhost:19530", tmp_path)


def test_nobody_there_is_told_at_once(tmp_path):
    engine = make_engine("milvus://127.0.0.1:1", tmp_path)
    for seconds in (2, 0.1):  # the second time it is remembered
        began = time.monotonic()
        with pytest.raises(EngineError, match="127.0.0.1:1"):
            engine.current_id()
        assert time.monotonic() - began < seconds


def test_only_one_module_knows_pymilvus():
    def imports(path):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield from (alias.name for alias in node.names) if isinstance(node, ast.Import) else ()
            yield from (node.module,) if isinstance(node, ast.ImportFrom) else ()

    users = {
        path.name
        for room in ("index", "api", "commands")
        for path in (ROOT / room).rglob("*.py")
        if {"pymilvus", "grpc"} & {name.split(".")[0] for name in imports(path)}
    }
    assert users == {Path(milvus_server.__file__).name}
