"""Markdown to blocks, and its front matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SourceError
from ingest.blocks import RawPage, place
from ingest.markdown import load as load_page


def load(text):
    return load_page(RawPage("stuk.md", text.encode(), "text/markdown"))


def shapes(text):
    return [(b.kind, b.level, b.number, b.text) for b in load(text).blocks]


def test_blocks_of_every_kind():
    text = (
        "# Titel\n\nEen *alinea* met een [link](http://x.nl) en\neen zachte regel.\n\n## Lijst\n\n- een\n- twee\n"
        "  1. diep\n  2. dieper\n\n> Een citaat.\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n```\ncode\n```\n"
    )
    assert shapes(text) == [
        ("heading", 1, None, "Titel"),
        ("paragraph", 0, None, "Een alinea met een link en een zachte regel."),
        ("heading", 2, None, "Lijst"),
        ("list_item", 1, "-", "een"),
        ("list_item", 1, "-", "twee"),
        ("list_item", 2, "1.", "diep"),
        ("list_item", 2, "2.", "dieper"),
        ("quote", 0, None, "Een citaat."),
        ("table", 0, None, "a\tb\n1\t2"),
        ("paragraph", 0, None, "code"),
    ]
    table = load(text).blocks[-2]
    assert table.cells == (("a", "b"), ("1", "2"))
    assert load(text).blocks[1].line == 3


def test_front_matter_in_toml_goes_to_the_metadata_under_its_own_names():
    loaded = load('+++\ntitle = "Titel"\ndate = 2024-05-06\nthemas = ["jeugd"]\nnummer = 3\n+++\n\n# Kop\n\nTekst.\n')
    assert loaded.meta == {"title": "Titel", "date": "2024-05-06", "themas": ["jeugd"], "nummer": 3}
    assert [b.text for b in loaded.blocks] == ["Kop", "Tekst."]


def test_front_matter_in_yaml():
    loaded = load("---\r\ntitle: Titel\r\ndate: 2024-05-06\r\nthemas: [jeugd, ouderen]\r\n---\r\nTekst.\r\n")
    assert loaded.meta == {"title": "Titel", "date": "2024-05-06", "themas": ["jeugd", "ouderen"]}


def test_title_from_the_only_heading_of_the_first_level():
    assert load("# Kop\n\nTekst.").meta == {"title": "Kop"}
    assert load("# Een\n\n# Twee\n").meta == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+++\ntitle = \n+++\nTekst", r"stuk\.md: .*\+\+\+ lines cannot be read"),
        ("---\na: [\n---\nTekst", "--- lines cannot be read"),
        ("---\n- los\n---\nTekst", "no names with values"),
        ("---\na: &x [1]\nb: [*x, *x]\n---\nTekst", "aliases"),
        ("---\na: !!python/object/apply:os.system [ls]\n---\nTekst", "cannot be read"),
    ],
)
def test_front_matter_that_cannot_be_read_is_refused(text, message):
    with pytest.raises(SourceError, match=message):
        load(text)


def test_a_line_of_dashes_is_no_front_matter():
    assert load("---\n\nTekst zonder einde").meta == {}


@given(st.text("#-*>|`_[]()!\n 1.abc\\&;<+", max_size=200))
def test_any_text_is_read_and_can_be_placed(text):
    try:
        loaded = load(text)
    except SourceError:
        return
    joined, placed = place(loaded.blocks)
    assert all(joined[p.char_start : p.char_end] == p.block.text for p in placed)
