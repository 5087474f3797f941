"""What is offered to a searcher: names, titles, spelling, wider subjects; each must lead somewhere."""

from dataclasses import replace

import pytest

from index.results import Filters, Query
from index.search import Searcher
from index.suggest import beside, corrected, same_list, suggestions, wider


@pytest.fixture(scope="module")
def searcher(starter_kb):
    return Searcher.open(starter_kb)


def texts(searcher, typed, kind="begrip"):
    return [suggestion.text for suggestion in suggestions(searcher, typed) if suggestion.kind == kind]


def test_names_complete_what_is_typed_and_keep_the_words_before_it(searcher):
    assert "POH-jeugd" in texts(searcher, "poh-j")
    assert "samenwerking met gebiedsteam" in texts(searcher, "samenwerking met gebiedst")
    assert texts(searcher, "p") == texts(searcher, "") == texts(searcher, "   ") == []


def test_another_name_is_told_beside_the_one_that_is_typed(searcher):
    found = {suggestion.text: suggestion.note for suggestion in suggestions(searcher, "buurttea")}
    assert found["buurtteam"] == "sociaal wijkteam"


def test_an_english_name_leads_to_the_dutch_one(searcher):
    first = suggestions(searcher, "social presc")[0]
    assert (first.text, first.note) == ("Welzijn op Recept", "social prescribing")


def test_every_name_has_results(searcher):
    for typed in ("wi", "ze", "ouder", "ggz", "medi", "intake"):
        for text in texts(searcher, typed):
            assert searcher.search(Query(text, 0)).total, text


def test_titles_have_all_words_and_lead_to_their_record(searcher):
    (one,) = (found for found in suggestions(searcher, "assen alle huisartsenp") if found.kind == "titel")
    assert one.text == "Assen geeft alle huisartsenpraktijken een POH-jeugd"
    assert searcher.document(one.entry.document_id).title == one.text
    assert texts(searcher, "ssen alle huisartsenp", "titel") == []  # words, not letters anywhere


def test_spelling_is_corrected_in_its_place(searcher):
    assert corrected(searcher, "Hoe werkt het wijktaem, en wie?") == "Hoe werkt het wijkteam, en wie?"
    assert corrected(searcher, "Hoe werkt het wijkteam?") is None


def test_a_wider_subject_has_results(searcher):
    asked = Query("schulden en kwantumfysica", filters=Filters(year=(1900, 1901)))
    found = wider(searcher, asked)
    assert "schulden" in {one.label for one in found}
    for one in found:
        assert searcher.search(one.query).total == one.total > 0
    assert wider(searcher, Query("kwantumfysica")) == ()


def test_beside_a_theme_stand_the_themes_that_go_with_it(searcher):
    labels = [one.label for one in wider(searcher, Query("kwantumfysica", filters=Filters(thema=("dementie",))))]
    assert labels and "dementie" not in labels


def test_what_another_value_adds_is_counted(searcher):
    query = Query("wijkteam", filters=Filters(doelgroep=("jeugd",), thema=("samenwerking",)))
    results = searcher.search(query)
    total, added = results.total, beside(searcher, query, results.facets)
    assert added.keys() == {"doelgroep", "thema"} and len(added["thema"]) > 3
    for value, more in added["doelgroep"]:
        both = replace(query.filters, doelgroep=("jeugd", value))
        assert searcher.search(replace(query, filters=both)).total == total + more, value


def test_a_tip_knows_the_others_of_its_list(searcher):
    tips = [hit for hit in searcher.search(Query("Stop met pilots")).hits if hit.kind == "tip"]
    document = searcher.document(tips[0].document_id)
    listed = [hit.source_id for hit in same_list(searcher, document)]
    assert document.source_id in listed and listed == sorted(listed) and len(listed) == 10
