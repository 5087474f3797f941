"""What every engine does alike: the contract of `index.engine`, over each of `engines.PLACES`."""

import itertools
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from engines import PLACES
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from api.app import create_app
from api.mcp import Tools
from corpus.errors import EngineError, SnapshotError, UsageError
from corpus.store import Corpus
from index.answer import answer
from index.building import build
from index.engine import Request, make_engine
from index.engines.embedded import Embedded, LocalReader
from index.facets import FIELDS, accepts, facet_values
from index.fusion import NEAR_BEST
from index.live import Live
from index.publishing import KEPT_SNAPSHOTS
from index.results import Filters, Query
from index.search import Searcher
from index.snapshot import Snapshot, open_current
from index.terms import query_terms

WORDS = "wijkteam huisarts schuldhulpmaatje eenzaamheid valpreventie mantelzorger welzijn jeugdhulp gemeente buurtteam"
WORDS = WORDS.split()
_names = (f"p{number}" for number in itertools.count())


@dataclass(frozen=True)
class Library:
    """A small knowledge base: its folder, documents, the day each came in, its snapshot, and its passages by row."""

    kb: Path
    documents: list
    added: dict
    snapshot: Snapshot
    passages: list

    @property
    def ids(self):
        return [document.id for document in self.documents]


@pytest.fixture(scope="module", params=list(PLACES))
def place(request):
    with PLACES[request.param]() as found:
        yield found


@pytest.fixture(scope="module")
def library(tmp_path_factory, make_document):
    """Return a knowledge base with something of everything."""
    kb = tmp_path_factory.mktemp("library")
    with Corpus(kb, create=True) as corpus:
        for number in range(14):
            words = [WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 7)]
            document = make_document(
                f"d{number}",
                f"De {words[0]} werkt samen met de {words[1]}.",
                f"Over {words[2]} en {words[0]} in deel {number}, en nog eens {words[2]}.",
                *([f"Een derde alinea over {words[1]}."] if number % 3 == 0 else []),
                items="tip" if number % 4 == 0 else None,
                kind=("artikel", "rapport", "tip")[number % 3],
                date=str(2015 + number % 5) if number % 6 else None,
                publisher=("Movisie", "Vilans", None)[number % 3],
                doelgroep=("ouderen", "jeugd")[: number % 3],
                themas=(WORDS[number % 4], "samenwerking"),
                gemeenten=("Assen",) if number % 5 == 0 else (),
                beroepen=("huisarts",) if number % 2 else (),
                source_id=f"s{number}",
                extra={"related": [f"s{(number + 1) % 14}"]} if number % 4 == 0 else {},
            )
            corpus.upsert(document, root="r")
        corpus.commit()
        for number, document in enumerate(corpus.documents()):
            day = f"2026-01-{1 + number % 7:02}T00:00:00+00:00"
            corpus._db.execute("UPDATE documents SET first_seen = ? WHERE id = ?", (day, document.id))
        corpus.commit()
        build(corpus)
        documents = list(corpus.documents())
        passages = [(d, d.item(p.item_id), p) for d in documents for p in d.passages]
        return Library(kb, documents, corpus.first_seen(), open_current(kb), passages)


@pytest.fixture(scope="module")
def reader(place, library):
    engine = make_engine(place.spec(next(_names)), library.kb)
    engine.publish(library.snapshot)
    return engine.open()


def words(text):
    return tuple(term for term in query_terms(text) if term.field != "g")


def grams(text):
    return tuple(term for term in query_terms(text, 0.5) if term.field == "g")


def lexical(library, terms):
    """Return the score of every passage, added up one by one."""
    index, scores = library.snapshot.lexical, [0.0] * len(library.passages)
    for term in terms:
        for row, score in zip(*index.column(term.field, term.term), strict=True):
            scores[row] += term.weight * getattr(index.fields, term.field).weight * float(score)
    return scores


def having(library, term):
    return {int(row) for row in library.snapshot.lexical.column(term.field, term.term)[0]}


def expected(library, request):
    """Work out a request as its docstring says, for a depth beyond all passages: {row: scores} and what matches.

    The last is how near the nearest number came to a threshold.
    """
    rows = [
        row
        for row, (document, item, _) in enumerate(library.passages)
        if accepts(request.filters, document, item, library.added[document.id]) and document.id != request.without
    ]
    if request.vector is None:
        return {row: (0.0, 0.0, 0.0) for row in rows}, set(rows), 1.0
    scores = lexical(library, (*request.words, *request.further))
    vectors = library.snapshot.vectors.vectors.astype(np.float32)
    near = {row: max(0.0, float(vectors[row] @ request.vector)) for row in rows}
    alike = request.alike * max(scores)
    by_word = set().union(*(having(library, term) for term in request.words))
    for parts in request.names:
        by_word |= set.intersection(*(having(library, term) for term in words(" ".join(parts)) if term.field == "p"))
    matching = [r for r in rows if r in by_word or near[r] >= request.near or (scores[r] and scores[r] >= alike)]
    margins = [abs(near[r] - request.near) for r in rows]
    margins += [abs(scores[r] - alike) / (max(scores) or 1) for r in rows if scores[r] and request.alike]
    best, nearest = (max((of[r] for r in matching), default=0) or 1 for of in (scores, near))
    found = {}
    for row in matching:
        one, other = scores[row] / best, near[row] / nearest
        found[row] = ((one + request.weight * other) / (1 + request.weight), one, other)
    if request.newest:
        least = NEAR_BEST * max((fused for fused, _, _ in found.values()), default=0)
        margins += [abs(fused - least) for fused, _, _ in found.values()]
        found = {row: value for row, value in found.items() if value[0] >= least}
    return found, set(found), min(margins, default=1.0)


def counted(library, rows):
    """Return how many records the passages are of, and how many of these have each facet value."""
    records = {}
    for row in rows:
        document, item, _ = library.passages[row]
        records[item.id if item else document.id] = (document, item)
    facets = {name: Counter() for name in (*FIELDS, "year")}
    for document, item in records.values():
        for name, values in facet_values(document, item).items():
            facets[name].update(set(values))
        facets["year"].update([str(document.year)] if document.year else [])
    return len(records), facets


FILTERS = st.builds(
    Filters,
    kind=st.sampled_from([(), ("tip",), ("Artikel", "rapport"), ("onbekend",)]),
    doelgroep=st.sampled_from([(), (), ("ouderen",), ("JEUGD",)]),
    thema=st.sampled_from([(), (), ("samenwerking",), ("wijkteam", "huisarts")]),
    publisher=st.sampled_from([(), (), ("Movisie",)]),
    gemeente=st.sampled_from([(), (), (), ("Assen",)]),
    beroep=st.sampled_from([(), (), ("huisarts",)]),
    year=st.sampled_from([(None, None), (None, None), (2016, None), (None, 2017), (2016, 2018)]),
    since=st.sampled_from([None, None, date(2026, 1, 3)]),
)
TEXTS = st.lists(st.sampled_from([*WORDS, "onbekendwoord", "team"]), max_size=3).map(" ".join)
REQUESTS = st.builds(
    Request,
    words=TEXTS.map(words),
    further=TEXTS.map(grams),
    names=st.sampled_from([(), (), (frozenset({"gemeent", "welzijn"}),)]),
    near=st.sampled_from([0.0, 0.4, 2.0]),
    alike=st.sampled_from([0.0, 0.35, 2.0]),
    weight=st.sampled_from([0.0, 1.0, 1.2]),
    filters=FILTERS,
    depth=st.just(1000),
    newest=st.booleans(),
)


def test_what_matches_and_how_it_ranks_follows_from_the_request(place, library, reader):
    vectors = library.snapshot.vectors.vectors.astype(np.float32)

    @settings(max_examples=60, deadline=None)
    @given(REQUESTS, st.integers(0, len(vectors) - 1) | st.none(), st.none() | st.sampled_from(library.ids))
    def check(plain, row, without):
        request = replace(plain, vector=None if row is None else vectors[row], without=without)
        scores, matching, margin = expected(library, request)
        assume(margin > 2 * place.tolerance)
        agree(library, request, reader.search(request), scores, matching, place.tolerance)

    check()


def agree(library, request, found, scores, matching, tolerance):
    ranked = found.rows.tolist()
    assert set(ranked) == set(scores) and len(ranked) == len(scores)
    ours = np.array([scores[row] for row in ranked]).reshape(-1, 3).T
    np.testing.assert_allclose([found.fused, found.lexical, found.semantic], ours, atol=tolerance)
    assert found.records.tolist() == library.snapshot.facets.records[found.rows].tolist()
    assert in_order(library, request, ranked, ours[0], tolerance)
    total, facets = counted(library, matching)
    if found.exact:
        assert found.total == total
        assert {name: dict(values) for name, values in found.facets.items()} == facets
        for name, values in found.facets.items():
            keys = [-int(value) if name == "year" else (-number, value) for value, number in values]
            assert keys == sorted(keys)


def in_order(library, request, rows, fused, tolerance):
    """Tell whether rows come by arrival or year where that is asked for, else by score, and then by their number."""
    documents = [library.passages[row][0] for row in rows]
    if request.newest:
        keys = [(-library.added[document.id].toordinal(), 0) for document in documents]
    elif request.vector is None:
        keys = [(-(document.year or 0), row) for document, row in zip(documents, rows, strict=True)]
    else:
        keys = [(-score, row) for score, row in zip(fused, rows, strict=True)]
    return all(a <= b or (request.vector is not None and b[0] - a[0] > -tolerance) for a, b in itertools.pairwise(keys))


def test_only_so_many_candidates_are_ranked_and_all_that_match_are_counted(library, reader):
    vector = library.snapshot.vectors.vectors[3].astype(np.float32)
    request = Request(words("wijkteam gemeente"), vector=vector, near=2.0, alike=2.0, depth=2)
    some, all_of_it = reader.search(request), reader.search(replace(request, depth=1000))
    assert len(some.rows) <= 4 < len(all_of_it.rows)
    assert (some.total, some.facets) == (all_of_it.total, all_of_it.facets)
    assert some.rows[0] == all_of_it.rows[0]


def test_what_is_fetched_is_what_was_indexed(place, library, reader):
    manifest, snapshot = reader.manifest, library.snapshot
    assert manifest == snapshot.manifest
    ids = [passage.id for _, _, passage in library.passages]
    assert reader.rows([*ids, "onbekend", ids[0]]) == {id: row for row, id in enumerate(ids)}
    assert reader.rows([]) == {} and reader.passages([]) == []
    backwards = list(range(len(ids)))[::-1]
    stored = reader.passages(backwards, {"wijk", "team"})
    assert [one.record for one in stored] == [snapshot.record(row) for row in backwards]
    assert [one.added for one in stored] == [library.added[one.record.document_id] for one in stored]
    assert all(("team" in one.record.text) <= bool(one.found.tokens) for one in stored)
    assert {token.text for one in stored for token in one.found.tokens} == {"wijkteam", "buurtteam"}
    assert not any(one.found.tokens or one.found.words for one in reader.passages(backwards))
    vectors = snapshot.vectors.vectors.astype(np.float32)
    assert reader.vectors([]).shape == (0, manifest.dimension)
    np.testing.assert_allclose(reader.vectors(backwards), vectors[backwards], atol=place.tolerance)
    np.testing.assert_allclose(reader.sample, vectors, atol=place.tolerance)
    assert reader.vectors([0]).dtype == reader.sample.dtype == np.float32
    terms = [("word", "wijkteam"), ("p", "wijk"), ("w", "onbekend"), ("g", "wijkt"), ("word", "wijk")]
    assert reader.frequencies(terms) == snapshot.lexical.frequencies(terms) and reader.frequencies([]) == []
    assert tuple(reader.entries()) == snapshot.entries


def test_documents_are_fetched_one_by_one_by_the_page_and_by_relation(library, reader):
    by_source = {document.source_id: document for document in library.documents}
    assert [reader.document(document.id) for document in library.documents] == library.documents
    assert reader.document("onbekend") is None and reader.document("é") is None
    assert [*reader.documents(5), *reader.documents(100, 5)] == library.documents
    assert reader.documents(5, len(library.documents)) == []
    assert reader.related(by_source["s0"].id) == [by_source["s1"]]
    assert reader.related(by_source["s1"].id) == [by_source["s0"]]
    assert reader.related(by_source["s3"].id) == reader.related("onbekend") == []


def test_nothing_is_there_before_something_is_published(place, tmp_path):
    engine = make_engine(place.spec(next(_names)), tmp_path)
    for ask in (engine.current_id, engine.manifest, engine.open):
        with pytest.raises(SnapshotError):
            ask()


def test_one_can_go_back_to_an_earlier_snapshot_and_publish_twice(place, corpus, make_document):
    if not place.lives:
        pytest.skip("publishing three times takes too long here")
    engine = make_engine(place.spec(next(_names)), corpus.kb)
    snapshots, readers = [], []
    for name in ("eerste", "tweede"):
        corpus.upsert(make_document(name, f"De {name} tekst over het wijkteam."), root="r")
        corpus.commit()
        build(corpus)
        snapshots.append(open_current(corpus.kb))
        engine.publish(snapshots[-1])
        readers.append(engine.open())
    engine.publish(snapshots[1])
    assert engine.manifest() == engine.open().manifest == snapshots[1].manifest
    assert [len(reader.documents(9)) for reader in readers] == [1, 2]
    engine.publish(snapshots[0])
    until(lambda: engine.current_id() == snapshots[0].manifest.id)
    assert [document.title for document in engine.open().documents(9)] == ["eerste"]
    assert [reader.search(Request()).total for reader in readers] == [1, 2]


def until(holds, seconds=5.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


class Shelves(RuleBasedStateMachine):
    """Documents come, change, go and are published; what publishes is killed at any moment; a dict says what is true.

    `texts` is what the corpus holds and `published` what readers must see, each a word by name.
    """

    def __init__(self, place, kb, make_document):
        super().__init__()
        self.corpus = Corpus(kb, create=True)
        self.spec, self.place, self.make_document = place.spec(next(_names)), place, make_document
        self.engine = make_engine(self.spec, kb)
        self.texts, self.published = {}, None
        self.held = []  # (reader, what it must go on showing, how many were published since)

    def teardown(self):
        self.corpus.close()

    @rule(name=st.sampled_from("abcd"), word=st.sampled_from(WORDS))
    def put(self, name, word):
        self.corpus.upsert(self.make_document(name, f"Dit gaat over {word}.", items="tip"), root=name)
        self.corpus.commit()
        self.texts[name] = word

    @rule(name=st.sampled_from("abcd"))
    def remove(self, name):
        self.corpus.mark_gone(name, set())
        self.corpus.commit()
        self.texts.pop(name, None)

    def _publish(self):
        build(self.corpus)
        self.engine.publish(open_current(self.corpus.kb))

    @rule()
    def publish(self):
        self._publish()
        self._note(dict(self.texts))

    @rule(step=st.integers(0, 340))
    def crash(self, step):
        with self.place.dying(step, self.corpus.kb):
            self._publish()
        self.engine = make_engine(self.spec, self.corpus.kb)
        seen = self._seen()
        assert seen in (self.published, self.texts)
        self._note(seen)

    @precondition(lambda self: self.published is not None)
    @rule()
    def hold(self):
        self.held.append((self.engine.open(), dict(self.published), 0))

    @invariant()
    def readers_see_all_of_it_or_nothing(self):
        assert self._seen() == self.published
        for reader, texts, _ in self.held:
            assert look(reader) == texts

    def _note(self, texts):
        if texts != self.published:
            self.published = texts
            self.held = [(reader, of, since + 1) for reader, of, since in self.held if since + 2 < KEPT_SNAPSHOTS]

    def _seen(self):
        try:
            return look(self.engine.open())
        except SnapshotError as exc:
            assert not isinstance(exc, EngineError)
            return None


def look(reader):
    """Return the documents by name as search finds them; every part of a snapshot must tell the same."""
    documents = {document.title: document.text for document in reader.documents(99)}
    vector = np.zeros(reader.manifest.dimension, np.float32)
    found = {}
    for word in WORDS:
        whole = tuple(term for term in words(word) if term.field == "w")
        ranking = reader.search(Request(whole, vector=vector, near=2.0, alike=2.0))
        hits = reader.passages(ranking.rows.tolist())
        assert ranking.total == len(hits) and all(word in hit.record.text for hit in hits)
        found |= {hit.record.title: word for hit in hits}
    everything = reader.search(Request())
    assert everything.total == len(documents) == len(found) == reader.manifest.documents == len(reader.entries())
    assert dict(everything.facets["kind"]).get("tip", 0) == len(documents)
    return found


def test_readers_see_all_of_a_snapshot_or_nothing_whatever_dies(place, tmp_path_factory, make_document):
    if not place.lives:
        pytest.skip("publishing some fifty times takes too long here")
    run_state_machine_as_test(
        lambda: Shelves(place, tmp_path_factory.mktemp("shelves"), make_document),
        settings=settings(
            max_examples=place.lives, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


QUESTIONS = (
    ("POH-jeugd samenwerking wijkteam", Filters()),
    ("Wat doet de POH-jeugd in Assen?", Filters()),
    ("eenzaamheid ouderen", Filters(kind=("praktijkvoorbeeld",), year=(2015, None))),
    ("shuldhulp in de gemeente", Filters()),
    ("openingstijden zwembad", Filters()),
    ("", Filters(thema=("eenzaamheid",))),
)


@pytest.fixture(scope="module")
def starter(place, starter_kb):
    """Return where the collection that ships is published: what --engine is given."""
    if not place.lives:
        pytest.skip("publishing the collection that ships takes too long here")
    spec = place.spec(next(_names))
    make_engine(spec, starter_kb).publish(open_current(starter_kb))
    return spec


@pytest.mark.parametrize(("text", "filters"), QUESTIONS)
@pytest.mark.parametrize("newest", [False, True])
def test_the_same_is_found_on_every_engine(starter, starter_kb, text, filters, newest):
    ours, theirs = Searcher.open(starter_kb), Searcher.open(starter_kb, engine=make_engine(starter, starter_kb))
    query = Query(text, 10, filters, newest=newest)
    one, other = ours.search(query), theirs.search(query)
    assert other.snapshot == one.snapshot and other.added == one.added and len(other.hits) == len(one.hits)
    shared = {hit.passage_id for hit in one.hits} & {hit.passage_id for hit in other.hits}
    assert len(shared) >= 0.9 * len(one.hits)
    same = {hit.passage_id: hit for hit in one.hits}
    for hit in other.hits:
        if hit.passage_id in shared:
            assert (hit.highlights, hit.why.terms, hit.why.added) == (
                same[hit.passage_id].highlights, same[hit.passage_id].why.terms, same[hit.passage_id].why.added
            )  # fmt: skip
    if other.exact:
        assert abs(other.total - one.total) <= 0.02 * one.total
    if text:
        assert answer(theirs, text, filters).status == answer(ours, text, filters).status
    assert theirs.labels == ours.labels


def test_pages_and_the_api_work_over_every_engine(starter, starter_kb):
    client = TestClient(create_app(starter_kb, engine=starter))
    found = client.get("/v1/zoekresultaten", params={"q": "POH-jeugd wijkteam", "soort": "praktijkvoorbeeld"}).json()
    hit = found["hits"][0]
    assert found["total"] >= 1 and found["facets"]["kind"]
    asked = {"question": "Wat doet de POH-jeugd in Assen?"}
    assert client.post("/v1/antwoorden", json=asked).json()["status"] == "answered"
    passage, document = hit["passage_id"], hit["document_id"]
    shown = client.get(f"/v1/passages/{passage}").json()
    assert shown["passage"]["text"] == hit["text"] and shown["publication"]["id"] == document
    assert client.get(f"/v1/passages/{passage}/vergelijkbaar").json()["hits"]
    assert client.get("/v1/publicaties", params={"limiet": 5}).json()["total"] == 346
    for address in (
        "/", "/zoek?q=wijkteam", f"/publicatie/{document}", f"/passage/{passage}", "/thema", "/status", "/sitemap.xml",
        f"/v1/publicaties/{document}", f"/v1/bronvermeldingen?id={passage}", "/atom", "/readyz",
        "/opensearch/suggesties?q=eenz",
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address
    assert client.get("/opensearch/suggesties?q=eenz").json()[1][0] == "eenzaamheid"
    assert client.get("/v1/passages/onbekend").status_code == 404


def test_the_command_line_searches_and_publishes_there(place, starter, starter_kb, corpus, make_document, run):
    there = ["--engine", starter] if starter else []
    code, out, _ = run("--kb", starter_kb, *there, "search", "eenzaamheid ouderen", "-k", "3", "--format", "jsonl")
    assert code == 0 and len(out.splitlines()) == 3
    assert json.loads(run("--kb", starter_kb, *there, "status", "--format", "json")[1])["up_to_date"]
    corpus.upsert(make_document("een", "Het wijkteam belt."), root="r")
    corpus.commit()
    spec = place.spec(next(_names))
    there = ["--engine", spec] if spec else []
    code, out, err = run("--kb", corpus.kb, *there, "index")
    assert code == 0, err
    assert make_engine(spec, corpus.kb).current_id() == out.strip()
    assert run("--kb", corpus.kb, *there, "search", "wijkteam", "--kind", "rapport")[0] == 1


def test_an_engine_that_nobody_knows_is_refused(run, tmp_path):
    code, _, err = run("--kb", tmp_path, "--engine", "elders://x:1", "search", "wijkteam")
    assert code == 2 and "elders://x:1" in err
    with pytest.raises(UsageError, match="milvus://"):
        make_engine("milvus:x", tmp_path)


class Unsteady:
    """An engine that can be out of reach; it then takes a moment to say so."""

    down = True

    def __init__(self, whole):
        self._whole = whole

    def __getattr__(self, name):
        if Unsteady.down:
            time.sleep(0.3)
            raise EngineError("the engine is out of reach")
        found = getattr(self._whole, name)
        return (lambda: Unsteady(found())) if name == "open" else found


@pytest.fixture
def unsteady(monkeypatch):
    """Return the address of an engine with a switch: one module and a name is all that a new engine takes."""
    module = SimpleNamespace(connect=lambda address, kb: Unsteady(Embedded(Path(address) if address else kb)))
    monkeypatch.setitem(sys.modules, "index.engines.unsteady", module)
    monkeypatch.setattr("index.engine.ENGINES", ("unsteady",))
    monkeypatch.setattr(Unsteady, "down", True)
    return "unsteady://"


@pytest.mark.parametrize("aside", [False, True])
def test_an_engine_out_of_reach_is_a_503_within_two_seconds_until_it_is_back(unsteady, starter_kb, aside):
    addresses = ["/v1/zoekresultaten?q=wijkteam", "/zoek?q=wijkteam", "/readyz", "/v1/passages/x", "/"] * 2

    def ask(address):
        began = time.monotonic()
        return client.get(address), time.monotonic() - began

    with TestClient(create_app(starter_kb, engine=unsteady, aside=aside)) as client:
        for _ in range(2):
            Unsteady.down = True
            with ThreadPoolExecutor(len(addresses)) as crowd:
                for found, seconds in crowd.map(ask, addresses):
                    assert found.status_code == 503 and found.headers["retry-after"] and seconds < 2
                    assert ("niet te bereiken" in found.text) != found.url.path.startswith("/readyz")
            Unsteady.down = False
            until(lambda: client.get("/readyz").status_code == 200)
            assert [client.get(address).status_code for address in addresses[:3]] == [200, 200, 200]


def test_a_machine_without_the_knowledge_base_answers_all_the_same(unsteady, starter_kb, tmp_path, run):
    Unsteady.down = False
    there = f"{unsteady}{starter_kb}"
    client = TestClient(create_app(tmp_path, engine=there))
    found = client.get("/v1/zoekresultaten?q=wijkteam").json()["hits"][0]
    for address in ("/", "/zoek?q=wijkteam", f"/passage/{found['passage_id']}", f"/publicatie/{found['document_id']}"):
        assert client.get(address).status_code == 200
    assert client.get("/v1/passages/onbekend").status_code == 404
    refused = client.get("/status/gegevens")
    assert refused.status_code == 503 and "ask where it was built" in refused.text
    assert run("--kb", tmp_path, "--engine", there, "ask", "Wat doet de POH-jeugd in Assen?")[0] == 0
    code, _, err = run("--kb", tmp_path, "--engine", there, "plot", "map", "--out", tmp_path / "map.svg")
    assert code == 3 and "ask where it was built" in err


def test_a_server_starts_without_its_engine_and_says_so(unsteady, starter_kb, run, monkeypatch):
    monkeypatch.setattr("api.serving.listen", lambda host, port: (_ for _ in ()).throw(OSError(98, "in use")))
    code, _, err = run("--kb", starter_kb, "--engine", unsteady, "serve")
    assert code == 2 and "out of reach; until it is there, every answer is 503" in err
    code, _, err = run("--kb", starter_kb, "--engine", unsteady, "search", "wijkteam")
    assert code == 4 and "out of reach" in err


def test_what_was_not_counted_to_the_end_is_told_as_at_least_so_many(starter_kb, run, monkeypatch, tmp_path):
    search = LocalReader.search
    monkeypatch.setattr(LocalReader, "search", lambda self, request: replace(search(self, request), exact=False))
    client = TestClient(create_app(starter_kb))
    found = client.get("/v1/zoekresultaten?q=wijkteam").json()
    assert found["exact"] is False
    assert f"minstens {found['total']} resultaten" in client.get("/zoek?q=wijkteam").text
    assert f"minstens {found['total']}" in run("--kb", starter_kb, "search", "wijkteam", "--format", "table")[1]
    assert "Zoek op sociaal wijkteam: minstens " in client.get("/begrippen/sociaal-wijkteam").text
    log, total = tmp_path / "log.jsonl", found["total"]
    run("--kb", starter_kb, "search", "wijkteam", "--log", log)
    assert f"| ≥ {total} |" in run("log", "methods", log, "--language", "nl")[1]
    again = run("--kb", starter_kb, "log", "repeat", log, "--format", "table")[1]
    assert f"minstens {total}; nu: minstens {total}." in again
    assert not Tools(Live(starter_kb)).zoek("wijkteam").precies


def test_a_server_over_an_engine_follows_what_is_published(corpus, make_document, unsteady):
    Unsteady.down = False
    corpus.upsert(make_document("een", "Het wijkteam belt."), root="r")
    corpus.commit()
    build(corpus)
    live = Live(corpus.kb, engine=make_engine(unsteady, corpus.kb), aside=True)
    first = live.current()
    corpus.upsert(make_document("twee", "Het wijkteam belt terug."), root="r")
    corpus.commit()
    build(corpus)
    assert live.current() is first
    until(lambda: live.current() is not first)
    Unsteady.down = True
    with pytest.raises(EngineError):
        live.current()
    Unsteady.down = False
    assert live.current().manifest.documents == 2
