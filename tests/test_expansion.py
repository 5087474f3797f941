"""Other names from the thesaurus: what a query gets added, and that it can be seen and switched off."""

import pytest

from index.answer import answer
from index.results import Query
from index.search import Searcher
from index.terms import passage_terms, query_terms


@pytest.fixture(scope="module")
def searcher(starter_kb):
    return Searcher.open(starter_kb)


@pytest.mark.parametrize(
    ("query", "other"),
    [("gebiedsteam", "buurtteam"), ("social prescribing", "Welzijn op Recept"), ("OJG", "POH-jeugd")],
)
def test_other_names_are_added_and_shown(searcher, query, other):
    results = searcher.search(Query(query))
    assert other.casefold() in {name.casefold() for name in results.added}
    assert any(hit.why.added for hit in results.hits)
    assert other not in searcher.search(Query(query, without=(other,))).added


def test_a_false_friend_is_not_joined(searcher):
    assert "buurtteam" not in searcher.search(Query("FACT-wijkteam")).added


def test_a_question_in_other_words_is_answered(searcher):
    assert answer(searcher, "social prescribing in Utrecht").status != "none"
    assert answer(searcher, "openingstijden zwembad").status == "none"


def test_a_reason_names_only_what_is_there(searcher):
    hits = searcher.search(Query("POH-jeugd samenwerking wijkteam", 10)).hits
    said = [(name, f"{hit.text} {hit.title} {' '.join(hit.section)}") for hit in hits for name in hit.why.added]
    assert said
    for name, text in said:
        present = passage_terms(text)
        assert all(term.term in present for term in query_terms(name) if term.field == "p"), (name, text)
