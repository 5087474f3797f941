import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dutch
from index.compounds import split
from index.dutch import analyse, fold, grams, token_words, tokenize, word_terms, words
from index.stems import is_stop, stem
from index.terms import query_terms


def parts(word):
    return "+".join(part.text for part in split(word))


def searched(text):
    return {(term.field, term.term) for term in query_terms(text)}


@given(st.text())
def test_tokens_point_into_the_verbatim_text(text):
    tokens = analyse(text)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert all(a.end <= b.start for a, b in zip(tokens, tokens[1:], strict=False))


DUTCH = st.text(alphabet="abcdeinorstAZé.,:;-+'&@ 12_\u0301\u00ad\n", max_size=60)


@given(st.text() | DUTCH)
def test_the_short_ways_give_what_the_long_one_gives(text):
    tokens = analyse(text)
    assert list(words(text)) == [word for token in tokens for word in token.words]
    assert tokenize(text) == [token[:3] for token in tokens]
    plain = re.compile(dutch._OTHER)  # the pattern for plain words only saves time
    assert "@" in text or [token.text for token in tokens] == plain.findall(text)
    assert dutch._LOOSE.search(text) or not dict(dutch._ellipses(text, tokenize(text)))
    assert all(dutch.token_at(text, token.start) == token[:3] for token in tokens)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcdeghijklnoprstuvwz", min_size=1, max_size=30))
def test_compound_parts_cover_the_word_from_end_to_end(word):
    found = split(word)
    assert "".join(word[part.start : part.end] for part in found) in ("", word)
    assert all(word[part.start :].startswith(part.text) for part in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O&I en JZ+", ["O&I", "en", "JZ+"]),
        ("D5-D6, 1.1.3", ["D5-D6", "1.1.3"]),
        ("AWBZ (o.a. G.G.Z.).", ["AWBZ", "o.a.", "G.G.Z."]),
        ("info@wijkteam.nl!", ["info@wijkteam.nl"]),
        ("foto\u2019s van 10-20.000 huisartsen", ["foto\u2019s", "van", "10-20.000", "huisartsen"]),
        ("samen\u00adwerking\u00a0nu", ["samen\u00adwerking", "nu"]),
        ("", []),
    ],
)
def test_tokens(text, expected):
    assert [token.text for token in tokenize(text)] == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("Wél", ("wel",)),
        ("we\u0300l", ("wel",)),
        ("foto\u2019s", ("foto",)),
        ("Wmo'er", ("wmo",)),
        ("20.000", ("20000",)),
        ("10-20.000", ("10", "20000")),
        ("1.1.3", ("1.1.3",)),
        ("G.G.Z.", ("ggz",)),
        ("O&I", ("o&i",)),
        ("e-health", ("ehealth", "health")),
        ("eHealth", ("ehealth", "health")),
        ("sociaal\u2011emotioneel", ("sociaalemotioneel", "sociaal", "emotioneel")),
        ("WIJ-team", ("wijteam", "wij", "team")),
        ("D5-D6", ("d5", "d6")),
        ("info@wijkteam.nl", ("info@wijkteam.nl", "info", "wijkteam", "nl")),
    ],
)
def test_words_of_a_token(token, expected):
    assert token_words(token) == expected


@pytest.mark.parametrize("spelling", ["POH-jeugd", "POHjeugd", "pohjeugd", "poh-Jeugd", "POH\u2011jeugd"])
def test_an_abbreviation_is_searched_alike_in_every_spelling(spelling):
    assert searched(spelling) == searched("POH jeugd")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wijk- en jeugdteams", "wijkteams"),
        ("zorg- of welzijnspartijen", "zorgpartijen"),
        ("jeugdzorg en -hulp", "jeugdhulp"),
        ("wijk-, buurt- en jeugdteams", "buurtteams"),
        ("wijk-, buurt- en jeugdteams", "wijkteams"),
        ("wijk\u2011 en/of jeugdteams", "wijkteams"),
    ],
)
def test_hyphen_ellipsis_adds_the_word_that_is_meant(text, meant):
    assert meant in list(words(text))


@pytest.mark.parametrize("unit", ["a", "1", "a+", "ab.", "a.", "a-", "a-, ", "a'", "1.1,", "a\u0301", "a@", "- en "])
def test_no_text_takes_more_than_linear_time(unit):
    start = time.process_time()
    analyse(unit * (200_000 // len(unit)))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("text", ["twee- en meer", "wijk - en dan", "de top-10 en -", "links-"])
def test_what_only_looks_like_an_ellipsis_adds_nothing(text):
    assert sorted(words(text)) == sorted(word for token in tokenize(text) for word in token_words(token.text))


@pytest.mark.parametrize(
    "forms",
    [
        "gemeente gemeenten gemeentes",
        "schuld schulden",
        "kind kinderen",
        "gezin gezinnen",
        "gezond gezonde",
        "mens mensen",
        "lid leden",
        "stad steden",
        "sociaal sociale",
        "huisarts huisartsen",
        "wijkteam wijkteams",
        "werkdag werkdagen",
        "probleem problemen",
        "gezinsprobleem gezinsproblemen",
        "verward verwarde",
        "professional professionals",
    ],
)
def test_forms_of_one_word_share_a_stem(forms):
    assert len({word_terms(form).stem for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("gezin", "zin"), ("gezondheid", "zon"), ("ouderen", "ouders"), ("gemeente", "menen")]
)
def test_different_words_do_not_share_a_stem(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("wijkteams", "wijk+teams"),
        ("gezondheidszorg", "gezondheid+zorg"),
        ("kinderopvang", "kind+opvang"),
        ("zonnebloem", "zon+bloem"),
        ("schuldhulpverlening", "schuld+hulpverlening"),
        ("huisartsenpraktijk", "huisartsen+praktijk"),
        ("ggzinstelling", "ggz+instelling"),
        ("valpreventie", "val+preventie"),
    ],
)
def test_compounds_are_split(word, expected):
    assert parts(word) == expected


@pytest.mark.parametrize(
    "word",
    "gemeente overheid aanbeveling gondel humeur huisarts kantoor professor samenwerking maatschappelijk voorbeeld "
    "ondersteuning vrijwilliger eenzaamheid verbinding behandeling bespreken begeleiden".split(),
)
def test_what_is_one_notion_stays_whole(word):
    assert split(word) == ()


def test_a_compound_is_found_by_its_parts_and_a_simple_word_by_itself():
    assert word_terms("wijkteams").parts == ("wijk", "team")
    assert word_terms("teams").parts == ("team",)


def test_stop_words_have_no_terms_but_denials_have():
    assert is_stop("de")
    assert word_terms("de") == ("", (), ())
    assert not any(map(is_stop, ("niet", "geen", "zonder")))


def test_grams():
    assert grams("zorg") == ("_zorg", "zorg_")
    assert grams("o&i") == ("_o&i_",)
    assert grams("jz") == ("_jz_",)


def test_accents_are_folded_by_letter_not_dropped():
    assert fold("Coöperatie ĳs ﬁets\u00a0–") == "cooperatie ijs fiets -"
    assert unicodedata.normalize("NFKC", fold("é")) == "e"
