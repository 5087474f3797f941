"""What an answer may rest on: the right municipality, the name, number or negation that was asked for."""

import pytest

from corpus.store import Corpus
from index.answer import Rules, answer, judge, read
from index.building import build
from index.coverage import names
from index.results import Filters
from index.search import Searcher


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, make_document):
    with Corpus(tmp_path_factory.mktemp("kb"), create=True) as corpus:
        documents = [
            make_document("A", "De seniorenmakelaar praat thuis over verhuizen.", gemeenten=("Assen",)),
            make_document("R", "De seniorenmakelaar helpt huurders met verhuizen.", gemeenten=("Rotterdam",)),
            make_document("S", "In 2023 kregen gemeenten subsidie voor een straatdokter.", date="2024"),
            make_document("K", "Sommige huisartsen willen een koppelteam. Er was veel contact over het koppelteam."),
            make_document("N", "Huisartsen in het dorp willen geen dorpsteam, want zij kennen het niet."),
            make_document("M", "De VerhuisHulp en de buurman dragen dozen voor huurders die gaan verhuizen."),
            make_document("Z", "De zorg in de wijk is voor iedereen en er is veel tijd voor zorg."),
        ]
        documents += [
            make_document(f"V{n}", f"Een stuk over de zorg, de tijd en onderwerp nummer{n}.") for n in range(40)
        ]
        for document in documents:
            corpus.upsert(document, root="r")
        corpus.commit()
        build(corpus)
        return Searcher.open(corpus.kb)


def titles(found):
    return {sentence.title for sentence in found.sentences}


def test_a_question_about_one_municipality_is_answered_from_there(searcher):
    assert titles(answer(searcher, "Wat doet de seniorenmakelaar in Assen?")) == {"A"}
    assert titles(answer(searcher, "Wat doet de seniorenmakelaar in Rotterdam?")) == {"R"}
    assert titles(answer(searcher, "Wat doet de seniorenmakelaar?")) == {"A", "R"}


@pytest.mark.parametrize("place", ["Breda", "Zwolle"])
def test_nor_is_it_answered_from_elsewhere_though_the_nearest_is_shown(searcher, place):
    found = answer(searcher, f"Wat doet de seniorenmakelaar in {place}?")
    assert found.status == "none" and not found.sentences
    assert {hit.title for hit in found.nearest} >= {"A", "R"}


def test_a_municipality_that_was_filtered_on_is_the_one_that_is_meant(searcher):
    found = answer(searcher, "Wat doet de seniorenmakelaar?", Filters(gemeente=("Rotterdam",)))
    assert titles(found) == {"R"}


def test_only_the_name_of_a_municipality_is_a_question_too(searcher):
    assert titles(answer(searcher, "Hoe is het met verhuizen in Assen?")) == {"A"}


def test_a_number_that_was_asked_for_is_there_or_the_year_of_publication(searcher):
    for year, status in (("2023", "answered"), ("2024", "answered"), ("2019", "none")):
        assert answer(searcher, f"Kregen gemeenten subsidie voor een straatdokter in {year}?").status == status


def test_a_question_with_a_negation_wants_a_sentence_with_one(searcher):
    assert titles(answer(searcher, "Welke huisartsen willen geen dorpsteam?")) == {"N"}
    assert "K" not in titles(answer(searcher, "Welke huisartsen willen geen koppelteam?"))
    assert "K" in titles(answer(searcher, "Welke huisartsen willen een koppelteam?"))


def test_a_name_that_was_asked_for_is_there(searcher):
    assert titles(answer(searcher, "Wie helpt huurders verhuizen?")) >= {"R", "M"}
    assert titles(answer(searcher, "Hoe helpt de VerhuisHulp huurders?")) == {"M"}
    assert answer(searcher, "Hoe helpt BeterThuis huurders verhuizen?").status == "none"
    assert titles(answer(searcher, "HOE HELPT DE SENIORENMAKELAAR BIJ VERHUIZEN?")) >= {"A", "R"}


def test_a_sign_that_stands_for_no_word_is_no_name(searcher):
    assert titles(answer(searcher, "Wat doet ﾞ de VerhuisHulp voor huurders?")) == {"M"}


def test_a_slip_in_a_name_is_repaired_first(searcher):
    assert titles(answer(searcher, "Wat draagt de Verhuishlup voor huurders?")) == {"M"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Wat doet de POH-jeugd met Veilig Thuis?", [("poh", "jeugd"), ("veilig",), ("thuis",)]),
        ("Wijkteams werken samen", []),
        ("palliative care and GPs", []),
        ("WAT DOET HET AZWA", []),
        ("AZWA in het dorp", [("azwa",)]),
    ],
)
def test_names_have_a_capital_where_no_sentence_begins(text, found):
    assert list(names(text)) == found


def test_a_reading_gives_answers_by_any_rules(searcher):
    reading = read(searcher, "Wat doet de seniorenmakelaar met huurders in de wijk?")
    strongest = reading.strongest(Rules())
    assert 0 < strongest < 1
    for rules, status in (
        (Rules(answered=0, weak=0), "answered"),
        (Rules(answered=1, weak=strongest), "weak"),
        (Rules(answered=0, weak=strongest + 0.01), "none"),
    ):
        assert judge(reading, rules).status == status
    by_words, by_vectors = reading.strongest(Rules(nearness=0)), reading.strongest(Rules(nearness=1))
    assert by_words == max(reading.coverage.values()) and by_vectors == max(reading.nearness.values())


def test_a_common_part_does_not_answer_for_an_unknown_compound(searcher):
    assert answer(searcher, "tijd voor transgenderzorg").status == "none"


def test_question_words_weigh_nothing(searcher):
    bare = answer(searcher, "seniorenmakelaar verhuizen")
    asked = answer(searcher, "Wie, wat, waar, hoe en welke: hoe zou dat met de seniorenmakelaar en verhuizen zijn?")
    assert bare.status == asked.status == "answered" and titles(asked) <= titles(bare)
