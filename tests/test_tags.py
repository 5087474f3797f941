"""The taxonomy is sound, and texts get the tags that they deserve and no others."""

import re
import tomllib
from dataclasses import astuple
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.taxonomy import Entry, parse, taxonomy
from ingest.tags import tags

ROOT = Path(__file__).resolve().parents[1]
THEMA = '[[thema]]\nslug = "{slug}"\nlabel = "{label}"\ndescription = "x"\nterms = ["x"]\n'


def test_taxonomy_covers_the_field():
    known = taxonomy()
    assert len(known.themas) >= 50
    for label in (
        "POH-jeugd",
        "POH-GGZ",
        "Welzijn op Recept",
        "wijkteams",
        "kwetsbare ouderen",
        "OGGZ",
        "burgerinitiatieven",
    ):
        assert known.thema(label) is not None
    assert known.thema("welzijn-op-recept") is known.thema("Welzijn op Recept")
    assert known.thema("onbekend") is None
    assert {"jeugd", "volwassenen", "ouderen"} <= {entry.label for entry in known.doelgroepen}


def test_every_term_finds_itself():
    known = taxonomy()
    for entry in (*known.doelgroepen, *known.themas, *known.beroepen, *known.wetten, *known.regios):
        for term in entry.terms:
            assert entry.count(f"over {term.strip('*')} gesproken"), (entry.label, term)


def test_collection_uses_the_themes_of_the_taxonomy():
    labels = {entry.label for entry in taxonomy().themas}
    used = set()
    for path in (ROOT / "corpus" / "starter").glob("*.md"):
        used |= set(tomllib.loads(path.read_text("utf-8").split("+++\n", 2)[1])["themas"])
    assert used and used <= labels


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("thema = [", "not valid TOML"),
        ('[[onzin]]\nslug = "a"', "unknown table 'onzin'"),
        (THEMA.format(slug="a", label="A") + THEMA.format(slug="a", label="B"), "slug 'a' comes twice"),
        (THEMA.format(slug="a", label="A") + THEMA.format(slug="b", label="A"), "label 'A' comes twice"),
        (THEMA.format(slug="A b", label="A"), "small letters"),
        ('[[thema]]\nslug = "a"\nlabel = "A"\nterms = ["x"]', "must have exactly description, label, slug, terms"),
        ('[[wet]]\nslug = "a"\nlabel = "A"\nterms = []', "at least one term"),
        ('[[wet]]\nslug = "a"\nlabel = "A"\nterms = ["*"]', "must be text"),
    ],
)
def test_wrong_taxonomy_is_refused_with_the_reason(source, reason):
    with pytest.raises(StoreError, match=re.escape(reason)):
        parse(source)


@pytest.mark.parametrize(
    ("term", "text", "count"),
    [
        ("wijkteam", "Wijkteams en het wijkteam, wijkteam's", 3),
        ("wijkteam", "buurtwijkteam, wijkteamleider", 0),
        ("*wijkteam", "buurtwijkteam", 1),
        ("dementie*", "dementievriendelijk en dementie-afdeling", 2),
        ("GALA", "GALA en het gala", 1),
        ("POH-jeugd", "POH jeugd, POH–jeugd en POH-jeugd", 3),
        ("Wmo", "Wmo, Wmo-consulent", 1),
        ("Wmo-*", "Wmo-consulent", 1),
        ("Limburg", "Limburg, Zuid-Limburg", 1),
        ("welzijn op recept", "Welzijn\nOp  recept", 1),
        ("sociale kaart", "asociale kaart", 0),
    ],
)
def test_terms(term, text, count):
    assert Entry("x", "x", (term,)).count(text) == count


def test_overlapping_terms_count_once():
    assert Entry("x", "x", ("ouderen", "kwetsbare ouderen")).count("kwetsbare ouderen") == 1


def test_item():
    found = tags(
        "Tip 4: Betrokkenen zijn positief over jeugdhulp bij de huisarts. De POH Jeugd is de gesprekspartner van "
        "het wijkteam, zeggen Marike Serra uit Noord-Nederland en Karin Visser uit Amsterdam. Dat mag "
        "van de Jeugdwet en de AVG."
    )
    assert found.doelgroep == ("jeugd",)
    assert {"POH-jeugd", "wijkteams", "jeugdhulp"} <= set(found.themas)
    assert "huisarts" in found.beroepen
    assert found.gemeenten == ("Amsterdam",)
    assert found.regio == ("Noord-Nederland",)
    assert set(found.wetten) == {"Jeugdwet", "AVG"}


def test_document_needs_more_than_one_mention_or_a_heading():
    text = "Het ging over eenzaamheid. Verder over schulden, en nog eens over schulden."
    assert tags(text, minimum=2).themas == ("schulden",)
    assert tags(text, prominent="Samen tegen eenzaamheid", minimum=2).themas == ("eenzaamheid", "schulden")
    # In a long text a heading alone does not make a theme either.
    assert tags(text, prominent="Samen tegen eenzaamheid", minimum=8).themas == ()


def test_clearest_comes_first():
    text = "mantelzorg; schulden, schulden, schulden; eenzaamheid en eenzaamheid"
    assert tags(text).themas == ("schulden", "eenzaamheid", "mantelzorg")
    assert tags(text, prominent="Mantelzorg").themas == ("mantelzorg", "schulden", "eenzaamheid")


def test_wijk_en_jeugdteams_are_no_target_group():
    assert tags("sociale wijk- en jeugdteams").doelgroep == ()


def test_nothing_in_nothing():
    assert astuple(tags("")) == ((),) * 6
    assert astuple(tags("Openingstijden van het zwembad.")) == ((),) * 6


def test_regions():
    found = tags("In de regio Amersfoort, in Zuid-Limburg en in Drenthe; De Friesland doet ook mee.")
    assert set(found.regio) == {"Amersfoort", "Zuid-Limburg", "Drenthe"}
