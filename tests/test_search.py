import sqlite3
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.answer import answer, to_dict
from index.building import build
from index.facets import FIELDS
from index.results import Filters, Query
from index.search import Searcher


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, make_document):
    from corpus.store import Corpus

    with Corpus(tmp_path_factory.mktemp("kb"), create=True) as corpus:
        tips = (
            "Werk samen in één e-communicatietool met de huisarts en het wijkteam.",
            "Leefstijlcoaches: maak jezelf zichtbaar in het netwerk van de eerste lijn.",
            "Welzijnsorganisaties en de jeugdgezondheidszorg kennen elkaar nauwelijks.",
        )
        documents = [
            make_document(
                "Tips", *tips, items="tip", kind="tiplijst", date="2018", doelgroep=("jeugd",), publisher="P"
            ),
            make_document("Schulden", "Schuldhulpmaatjes helpen inwoners met schulden.", date="2023", publisher="Q"),
            make_document("Kopie", "Schuldhulpmaatjes helpen inwoners met schulden.", date="2024", publisher="R"),
            make_document("Ouderen", "De wijkverpleging ziet kwetsbare ouderen thuis.", doelgroep=("ouderen",)),
        ]
        documents += [make_document(f"Vulling {n}", f"Een stuk over onderwerp nummer{n} en meer.") for n in range(40)]
        for document in documents:
            corpus.upsert(document, root="r")
        copies = [d.passages[0].id for d in documents if d.title in ("Schulden", "Kopie")]
        corpus.set_families([copies])
        corpus.commit()
        build(corpus)
        return Searcher.open(corpus.kb)


def titles(results):
    return [hit.title for hit in results.hits]


def test_the_best_record_comes_first_with_verbatim_highlights_and_reasons(searcher):
    hit = searcher.search(Query("leefstijlcoach zichtbaar netwerk")).hits[0]
    assert hit.kind == "tip" and hit.item_id and hit.title == "Tips" and hit.year == 2018 and hit.publisher == "P"
    assert [hit.text[a:b] for a, b in hit.highlights] == ["Leefstijlcoaches", "zichtbaar", "netwerk"]
    assert hit.why.terms == ("leefstijlcoach", "zichtbaar", "netwerk") and hit.why.added == ()
    assert hit.rank == 1 and 0 < hit.score <= 1 and 0 <= hit.why.semantic <= 1 and hit.why.lexical == 1
    assert hit.permalink == f"/passage/{hit.passage_id}"


@pytest.mark.parametrize(
    "query", ["jeugd gezondheidszorg welzijn organisatie", "leefstijl-coaches", "LEEFSTIJLCOACH", "leefstijlcaoches"]
)
def test_compounds_hyphens_case_and_slips_find_the_same_list(searcher, query):
    assert titles(searcher.search(Query(query)))[0] == "Tips"


def test_a_spelling_repair_is_visible_and_can_be_switched_off(searcher):
    repaired = searcher.search(Query("wijkverplegnig"))
    assert repaired.added == ("wijkverpleging",)
    assert titles(repaired)[0] == "Ouderen" and repaired.hits[0].why.added == ("wijkverpleging",)
    assert searcher.search(Query("wijkverplegnig", without=("wijkverpleging",))).added == ()


def test_the_same_text_in_two_documents_is_one_hit_that_names_the_other(searcher):
    results = searcher.search(Query("schuldhulpmaatjes"))
    assert len(results.hits) == 1 and results.total == 2
    assert len(results.hits[0].also_in) == 1 and results.hits[0].document_id not in results.hits[0].also_in


def test_filters_are_exact_and_a_missing_year_fails_a_year_filter(searcher):
    def found(**filters):
        return titles(searcher.search(Query("schulden ouderen wijkteam", filters=Filters(**filters))))

    assert set(found(doelgroep=("ouderen",))) == {"Ouderen"}
    assert set(found(kind=("tip",))) == set(found(kind=("tiplijst",))) == {"Tips"}
    assert set(found(year=(2023, 2024))) == {"Schulden", "Kopie"} or set(found(year=(2023, 2024))) == {"Schulden"}
    assert set(found(year=(None, 2018), publisher=("p",))) == {"Tips"}
    assert found(doelgroep=("ouderen",), year=(2000, 2030)) == []


def test_facet_counts_are_those_of_the_records_that_match(searcher):
    results = searcher.search(Query("", k=100))
    assert results.total == 46
    assert dict(results.facets["doelgroep"]) == {"jeugd": 3, "ouderen": 1}
    assert dict(results.facets["kind"]) == {"artikel": 43, "tip": 3, "tiplijst": 3}
    assert results.facets["year"] == (("2024", 1), ("2023", 1), ("2018", 3))
    for name, values in results.facets.items():
        for value, count in values:
            if name != "year":
                assert searcher.search(Query("", filters=Filters(**{name: (value,)}))).total == count


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 45), max_size=20))
def test_facet_counts_are_those_of_counting_one_by_one(searcher, rows):
    facets = searcher.snapshot.facets
    matching = facets.matching(np.array(rows, np.int64))
    counted = facets.counts(matching)
    assert np.flatnonzero(matching).tolist() == sorted({int(facets.records[row]) for row in rows})
    for name in FIELDS:
        pairs = {
            (int(facets.records[row]), facets.labels[name][code])
            for row in rows
            for code in facets.codes[name][facets.indptr[name][row] : facets.indptr[name][row + 1]]
        }
        assert dict(counted[name]) == Counter(label for _, label in pairs)
        assert list(counted[name]) == sorted(counted[name], key=lambda pair: (-pair[1], pair[0]))


def test_paging_gives_the_same_list_in_pieces(searcher):
    whole = searcher.search(Query("stuk over onderwerp", k=20)).hits
    pieces = [
        hit for start in (0, 7, 14) for hit in searcher.search(Query("stuk over onderwerp", 7, offset=start)).hits
    ]
    assert [h.passage_id for h in pieces[:20]] == [h.passage_id for h in whole]
    assert [h.rank for h in pieces] == list(range(1, len(pieces) + 1))


@pytest.mark.parametrize(
    "query", ["", "  ", "?!", "de het een", "\x00", "a" * 5000, "OR AND ( NEAR *", "🙂", "'; DROP"]
)
def test_odd_queries_are_answered_and_never_raise(searcher, query):
    searcher.search(Query(query))
    assert answer(searcher, query).status in ("none", "weak", "answered")


def test_similar_comes_from_other_documents(searcher):
    hit = searcher.search(Query("schuldhulpmaatjes")).hits[0]
    assert {hit.document_id} & {other.document_id for other in searcher.similar(hit.passage_id)} == set()
    assert searcher.similar(hit.passage_id, 1)[0].document_id in hit.also_in
    assert searcher.similar("unknown") == ()


def test_an_answer_is_verbatim_and_cited(searcher):
    found = answer(searcher, "Wie helpen inwoners met schulden?")
    assert found.status == "answered"
    sentence = found.sentences[0]
    passage = searcher.passage(sentence.passage_id)
    assert passage.text[sentence.start : sentence.end] == sentence.text
    assert sentence.text == "Schuldhulpmaatjes helpen inwoners met schulden." and sentence.publisher in "QR"
    assert to_dict(found)["searched"] == {"passages": 46, "snapshot": searcher.snapshot_id}


@pytest.mark.parametrize("question", ["openingstijden zwembad", "Hoe laat gaat de trein naar Maastricht?"])
def test_what_is_not_there_is_not_answered(searcher, question):
    found = answer(searcher, question)
    assert found.status == "none" and found.sentences == ()


def test_region_profession_and_the_day_of_arrival_are_filters(corpus, make_document):
    corpus.upsert(make_document("Twente", "Het wijkteam in het oosten.", regio=("Twente",)), root="r")
    corpus.upsert(make_document("Artsen", "Het wijkteam en de praktijk.", beroepen=("huisarts",)), root="r")
    corpus.commit()
    build(corpus)
    opened = Searcher.open(corpus.kb)
    today = next(iter(corpus.first_seen().values()))

    def found(**filters):
        return titles(opened.search(Query("wijkteam", filters=Filters(**filters))))

    assert found(regio=("twente",)) == ["Twente"] and found(beroep=("huisarts",)) == ["Artsen"]
    assert opened.search(Query("wijkteam")).facets["regio"] == (("Twente", 1),)
    assert len(found(since=today - timedelta(days=1))) == 2 and found(since=today) == []


def test_newest_are_the_last_that_came_in_and_come_near_the_best(corpus, make_document):
    texts = {
        "oud": "Huisarts en wijkteam bespreken samen schulden.",
        "nieuw": "Schulden: huisarts en wijkteam bellen elkaar.",
        "terzijde": "Een huisarts gaat met vakantie naar het strand en leest daar een dik boek over vogels.",
    }
    for name, text in texts.items():
        corpus.upsert(make_document(name, text), root="r")
    corpus.commit()
    with sqlite3.connect(corpus.path) as db:
        db.executemany("UPDATE documents SET first_seen = ? WHERE key = ?", [("2026-01-01T00:00:00+00:00", "oud"),
                       ("2026-02-01T00:00:00+00:00", "nieuw"), ("2026-03-01T00:00:00+00:00", "terzijde")])  # fmt: skip
    build(corpus)
    opened = Searcher.open(corpus.kb)
    asked = "huisarts wijkteam schulden bespreken"
    assert titles(opened.search(Query(asked))) == ["oud", "nieuw", "terzijde"]
    followed = opened.search(Query(asked, newest=True))
    assert titles(followed) == ["nieuw", "oud"] and followed.total == 2
    assert titles(opened.search(Query("", newest=True))) == ["terzijde", "nieuw", "oud"]
