"""The thesaurus that ships, what search gets from it, and every fault that an editor can make."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.begrippen import _FILE, key, parse, thesaurus
from corpus.errors import StoreError

SOURCE = _FILE.read_text("utf-8")
BRONNEN = "[bronnen]\nb = {title = 'T', publisher = 'P', url = 'https://example.org/'}\n"


def entry(term, **fields):
    lines = [f"{name} = {value!r}" for name, value in {"uitleg": "U.", "bron": "b", **fields}.items()]
    return "\n".join(["[[begrip]]", f"term = {term!r}", *lines, ""])


def small(*entries):
    return parse(BRONNEN + "".join(entries))


def names(phrase):
    return {link.term for link in thesaurus().lookup(phrase)}


# --- the thesaurus that ships -----------------------------------------------------------------------------------------


def test_it_covers_the_field():
    assert len(thesaurus().begrippen) >= 220
    assert len(thesaurus().phrases) >= 2000


def test_it_loads_fast():
    def seconds():
        key.cache_clear()
        start = time.process_time()
        parse(SOURCE)
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.15  # 0.03 on an idle machine


def test_every_concept_is_explained_and_has_a_source():
    for begrip in thesaurus().begrippen.values():
        assert len(begrip.uitleg.split()) >= 3 and begrip.uitleg.endswith("."), begrip.term
        assert len(begrip.uitleg.split()) <= 45, begrip.term
        assert begrip.bron.title and begrip.bron.publisher, begrip.term


def test_broader_and_narrower_mirror_each_other():
    begrippen = thesaurus().begrippen
    for begrip in begrippen.values():
        assert all(begrip.term in begrippen[above].smaller for above in begrip.breder)
        assert all(begrip.term in begrippen[below].breder for below in begrip.smaller)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("wijkteam", {"sociaal wijkteam", "buurtteam", "gebiedsteam", "kernteam", "WIJ-team", "stadsteam"}),
        ("OJG", {"POH-jeugd", "SOH-JGGZ", "praktijkondersteuner jeugd"}),
        ("AWBZ", {"Wlz", "Wet langdurige zorg"}),
        ("GEZ", {"O&I"}),
        ("verwarde personen", {"onbegrepen gedrag"}),
        ("AMK", {"Veilig Thuis"}),
        ("bureau jeugdzorg", {"jeugdbescherming"}),
        ("Wvg", {"Wmo"}),
        ("social prescribing", {"Welzijn op Recept"}),
        ("general practitioner", {"huisarts"}),
        ("neighbourhood teams", {"sociaal wijkteam"}),
        ("loneliness", {"eenzaamheid"}),
        ("informal care", {"mantelzorg"}),
        ("debt", {"schulden"}),
        ("geldzorgen", {"schulden", "armoede"}),
        ("alleen zijn", {"eenzaamheid"}),
        ("KnGG", {"Kind naar Gezonder Gewicht"}),
        ("praktijkondersteuners", {"POH", "POH-GGZ", "POH-jeugd"}),
    ],
)
def test_who_calls_it_otherwise_finds_it(asked, found):
    assert found <= names(asked)


@pytest.mark.parametrize(
    ("asked", "kept_apart"),
    [
        ("FACT-wijkteam", {"buurtteam", "sociaal wijkteam", "wijkteam"}),
        ("gebiedsteam ggz", {"buurtteam", "gebiedsteam", "stadsteam"}),
        ("wijkteam", {"FACT", "FACT-wijkteam", "FACT-team"}),
        ("buurtteam politie", {"sociaal wijkteam", "wijkteam"}),
        ("pgb", {"PGO", "persoonlijke gezondheidsomgeving"}),
        ("PGO", {"pgb", "persoonsgebonden budget"}),
        ("POH-GGZ", {"POH-jeugd", "POH-ouderen", "geestelijke gezondheidszorg"}),
    ],
)
def test_false_friends_are_not_joined(asked, kept_apart):
    assert names(asked) and not kept_apart & names(asked)


def test_false_friends_are_not_joined_inside_a_query():
    (mention,) = thesaurus().mentions("hoe werkt een FACT-wijkteam?")
    assert mention.begrippen == ("FACT-team",)
    assert "buurtteam" not in {link.term for link in mention.links}


def test_mentions_point_into_the_query():
    query = "POH-jeugd naast sociale wijkteams en Welzijn op Recept"
    found = thesaurus().mentions(query)
    assert [query[m.char_start : m.char_end] for m in found] == ["POH-jeugd", "sociale wijkteams", "Welzijn op Recept"]
    assert [m.begrippen for m in found] == [("POH-jeugd",), ("sociaal wijkteam",), ("Welzijn op Recept",)]


def test_what_is_not_there_gives_nothing():
    assert thesaurus().lookup("openingstijden zwembad") == ()
    assert thesaurus().mentions("openingstijden zwembad") == ()
    assert thesaurus().mentions("") == ()


def test_abbreviations_of_two_things_say_so_and_count_less():
    assert thesaurus().begrippen["praktijkondersteuner huisarts"].dubbelzinnig == ("POH",)
    assert "CJG" in thesaurus().begrippen["Centrum voor Jeugd en Gezin"].dubbelzinnig
    (mention,) = thesaurus().mentions("ZIN")
    assert mention.begrippen == ("zorg in natura", "Zorginstituut Nederland")
    assert max(link.weight for link in mention.links) < 0.5


def test_links_are_sorted_weighted_and_unlike_what_was_asked():
    for begrip in thesaurus().begrippen.values():
        for name, _ in begrip.names():
            links = thesaurus().lookup(name)
            weights = [link.weight for link in links]
            assert weights == sorted(weights, reverse=True) and all(0 < weight <= 1 for weight in weights)
            assert key(name) not in {key(link.term) for link in links}


# --- spellings and relations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sociale wijkteams", "Sociaal Wijkteam"),
        ("POH-jeugd", "poh jeugd"),
        ("POHjeugd", "POH–jeugd"),
        ("GPs", "gp"),
        ("POH's", "POH"),
        ("cliëntondersteuner", "clientondersteuners"),
        ("verkennende gesprekken", "verkennend gesprek"),
        ("buurthuizen", "buurthuis"),
        ("scholen", "school"),
        ("kwetsbare ouderen", "kwetsbare oudere"),
        ("brieven", "brief"),
        ("praktijkondersteuners", "praktijkondersteuner"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Wmo", "Wmo-raad"), ("GGD", "GGZ"), ("pgb", "pgo"), ("ouderen", "ouders"), ("huisarts", "huis"), ("GPS", "GP")],
)
def test_other_names_stay_apart(one, other):
    assert key(one) != key(other)


@given(st.text(max_size=30))
def test_key_is_blind_to_case_and_stays_what_it_is(text):
    assert key(text) == key(f" {text} ")
    assert " " not in key(text)


@given(st.text(alphabet="wijkteamFACT-poh ggz&'", max_size=40))
def test_mentions_do_not_overlap(text):
    found = thesaurus().mentions(text)
    assert all(a.char_end <= b.char_start for a, b in zip(found, found[1:], strict=False))


def test_relation_and_weight():
    found = small(entry("debat", engels=["dispute"], leek=["ruzie"], voorgangers=["twist"], afkortingen=["DB"]))
    assert [(x.term, x.relation, x.weight) for x in found.lookup("debat")] == [
        ("DB", "afkorting", 0.8),
        ("twist", "voorganger", 0.5),
        ("dispute", "engels", 0.3),
        ("ruzie", "leek", 0.3),
    ]
    assert [(x.term, x.relation, x.weight) for x in found.lookup("ruzie")][:2] == [
        ("debat", "leek", 0.54),
        ("DB", "leek", 0.48),
    ]
    assert found.lookup("dispute")[0].weight == 0.81


def test_narrower_concepts_are_named_unless_there_are_many():
    few = small(entry("hulp"), *(entry(f"hulp{i}", breder=["hulp"]) for i in range(6)))
    many = small(entry("hulp"), *(entry(f"hulp{i}", breder=["hulp"]) for i in range(7)))
    assert [link.relation for link in few.lookup("hulp")] == ["smaller"] * 6
    assert many.lookup("hulp") == ()
    assert few.lookup("hulp1") == ()


def test_the_longest_name_counts():
    found = small(entry("recept"), entry("welzijn op recept"), entry("welzijn"))
    assert [m.begrippen for m in found.mentions("welzijn op recept recept")] == [("welzijn op recept",), ("recept",)]


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[[begrip", "not valid TOML"),
        (BRONNEN, r"must have the tables \[bronnen"),
        (BRONNEN + entry("a") + "[[ander]]\nx = 1\n", "no others"),
        (BRONNEN.replace("publisher", "uitgever") + entry("aa"), r"\[bronnen.b\] must have title and publisher"),
        (BRONNEN.replace("https:", "ftp:") + entry("aa"), "not a web address"),
        (BRONNEN + "c = {title = 'T', publisher = 'P'}\n" + entry("aa"), r"\[bronnen.c\] is not used"),
        (BRONNEN + "[[begrip]]\nterm = 'aa'\nbron = 'b'\n", r"number 1 \(aa\): 'uitleg' is missing"),
        (BRONNEN + "[[begrip]]\nuitleg = 'U.'\nbron = 'b'\n", r"\(no term\): 'term' is missing"),
        (BRONNEN + entry("aa") + entry("bb", synoniem=["x"]), r"number 2 \(bb\): 'synoniem' is not a field"),
        (BRONNEN + entry("aa", bron="z"), "name of a table under"),
        (BRONNEN + entry("aa", bron=["b"]), "name of a table under"),
        (BRONNEN + "[begrip]\nterm = 'aa'\n", "must have the tables"),
        ("[bronnen]\nb = 3\n" + entry("aa"), r"\[bronnen.b\] must have"),
        (BRONNEN + entry("aa", uitleg=""), "must be text"),
        (BRONNEN + entry("aa", leek="x"), "leek must be a list"),
        (BRONNEN + entry("aa", leek=[]), "leave it out"),
        (BRONNEN + entry("aa", leek=["--"]), "leek must be a list"),
        (BRONNEN + entry("wijkteam", synoniemen=["Wijkteams"]), "'Wijkteams' is there twice"),
        (BRONNEN + entry("aa") + entry("AA"), "'aa' is a name of 'aa' and 'AA'"),
        (BRONNEN + entry("aa", afkortingen=["X"]) + entry("bb", engels=["x"]), "'X' is a name of 'aa' and 'bb'"),
        (BRONNEN + entry("aa", dubbelzinnig=["zz"]), "'zz' under dubbelzinnig"),
        (BRONNEN + entry("aa", verwant=["zz"]), "verwant names 'zz'"),
        (BRONNEN + entry("aa", breder=["aa"]), "not the term of another"),
        (BRONNEN + entry("aa", breder=["bb"]) + entry("bb", breder=["aa"]), "break the circle"),
        (
            BRONNEN + entry("aa", synoniemen=["x"], niet_verwarren=["bb"]) + entry("bb", leek=["x"]),
            "shares the name 'x' with 'bb'",
        ),
    ],
)
def test_a_fault_names_the_entry(source, message):
    with pytest.raises(StoreError, match=message):
        parse(source)


def test_a_name_of_two_concepts_is_allowed_when_both_say_so():
    both = {"afkortingen": ["X"], "dubbelzinnig": ["X"]}
    found = small(entry("aa", **both), entry("bb", **both), entry("cc", leek=["aa"]))
    assert [(link.term, link.weight) for link in found.lookup("x")] == [("aa", 0.45), ("bb", 0.45)]
    assert {link.term for link in found.lookup("aa")} == {"X", "cc"}
