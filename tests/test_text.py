"""Plain text to blocks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import text
from ingest.blocks import RawPage

PAGES = Path(__file__).parent / "fixtures" / "text"


def load(content):
    raw = content if isinstance(content, bytes) else content.encode()
    return text.load(RawPage("page.txt", raw, "text/plain"))


def shapes(content):
    return [(b.kind, b.text) for b in load(content).blocks]


def test_first_line_is_the_title_when_it_can_be_nothing_else():
    loaded = load("Samenwerken in de wijk\n\nEen alinea die op een punt eindigt.\n")
    assert loaded.meta == {"title": "Samenwerken in de wijk"}
    assert loaded.blocks[0].kind == "heading" and loaded.blocks[0].level == 1


@pytest.mark.parametrize(
    "opening", ["Waarom?", "Inleiding", "Dit is gewoon de eerste zin van een verhaal.", "6 mei 2024"]
)
def test_no_title_is_made_up(opening):
    assert "title" not in load(f"{opening}\n\nEen alinea die op een punt eindigt.\n").meta


def test_title_comes_after_skip_links_and_breadcrumbs():
    page = "Spring naar content\n\nHome > Nieuws > Wijk\n\nSamenwerken in de wijk\n\nTekst die op een punt eindigt.\n"
    assert load(page).meta["title"] == "Samenwerken in de wijk"


def test_subtitle_stands_between_title_and_date():
    page = "Hoe kan het wel?\n\nGemeente werkt mee aan verkenning\n6 mei 2024\n\nTekst die op een punt eindigt.\n"
    assert load(page).meta["subtitle"] == "Gemeente werkt mee aan verkenning"


def test_blocks_carry_their_line():
    assert [b.line for b in load("Een titel van belang\n\nEerste alinea.\nTweede alinea.\n\n\nDerde.\n").blocks] == [
        1,
        3,
        4,
        7,
    ]


def test_list_items_keep_their_marker_apart():
    blocks = load("Vooraf.\n\n 1. Eerst dit\n 2) Dan dat\n • En nog iets\n  - dieper\n").blocks[1:]
    assert [(b.kind, b.number, b.text) for b in blocks] == [
        ("list_item", "1.", "Eerst dit"),
        ("list_item", "2)", "Dan dat"),
        ("list_item", "•", "En nog iets"),
        ("list_item", "-", "dieper"),
    ]


def test_indented_line_continues_the_item_above():
    assert shapes("Drie vragen:\n 1. Wat is het?\n  Een uitleg.\n 2. Wie doet het?\n")[1] == (
        "list_item",
        "Wat is het?\nEen uitleg.",
    )


def test_wrapped_files_are_unwrapped_and_others_are_not():
    loaded = load((PAGES / "afgebroken_regels.txt").read_bytes())
    assert [b.kind for b in loaded.blocks] == ["heading", "paragraph", "heading", "paragraph", "list_item", "list_item"]
    assert loaded.blocks[1].text.count("\n") == 2
    assert loaded.blocks[4].text.endswith("assistente of een collega;")
    assert len(load("Korte regel\nnog een korte regel\nen een derde\n").blocks) == 3


@pytest.mark.parametrize(
    "line",
    [
        "Deze regel eindigt op een punt.",
        "deze regel begint klein",
        "09.30 - 10.00 uur Inloop",
        "Doel: ouderen in beeld krijgen",
        "Spreker: nog onbekend",
        "Informatie volgt",
        "CA. 10-20.000",
        "3,5 miljoen",
        "12 maart 2021",
        "Maandag 09.00 - 12.00 uur",
        "Dit is een regel zonder punt aan het eind maar met veel te veel woorden voor een kop",
    ],
)
def test_what_is_no_heading(line):
    assert load(f"Een titel van belang\n\n{line}\n\nTekst die op een punt eindigt.\n").blocks[1].kind == "paragraph"


@pytest.mark.parametrize(
    "line", ["Feiten & cijfers", "Wat levert het op?", "Tip 3. Wissel van voorzitter", "‘Samen sterk’"]
)
def test_what_is_a_heading(line):
    assert load(f"Een titel van belang\n\n{line}\n\nTekst die op een punt eindigt.\n").blocks[1].kind == "heading"


def test_lines_of_a_list_without_markers_are_no_headings():
    page = (
        "Workshops in de wijk\n\nWorkshop over geld\nWorkshop over werk\nWorkshop over wonen\n\nTekst met een punt.\n"
    )
    assert [b.kind for b in load(page).blocks] == ["heading", "paragraph", "paragraph", "paragraph", "paragraph"]


def test_captions():
    page = (
        "Nieuws uit de wijk\n\nEen alinea.\n\nBewoners in gesprek met de wethouder. Foto gemeente.\n\nNog een alinea.\n"
    )
    assert load(page).blocks[2].kind == "caption"
    running = "Nieuws uit de wijk\n\nEen alinea.\n\nZij zijn aan het werk in de wijk.\n\nNog een alinea.\n"
    assert load(running).blocks[2].kind == "paragraph"


def test_tabs_make_a_table():
    table = load("Programma van de dag\n\n09.30\tInloop\n10.00\tOpening\n\nTot dan.\n").blocks[1]
    assert table.kind == "table" and table.cells == (("09.30", "Inloop"), ("10.00", "Opening"))
    assert table.text == "09.30\tInloop\n10.00\tOpening"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding):
    assert (
        load("Coöperatie in de wijk\n\nÉén loket – overal.\n".encode(encoding)).blocks[1].text == "Één loket – overal."
    )


@given(st.text(alphabet="aA1.:•-? \n\t\xa0é", max_size=300))
def test_all_text_is_kept_and_verbatim(content):
    blocks = load(content).blocks
    kept = "".join("".join(f"{b.number or ''}{b.text}".split()) for b in blocks)
    assert kept == "".join(content.split())
    for block in blocks:
        for line in block.text.replace("\t", "\n").split("\n"):
            assert line in content


@given(st.binary(max_size=200))
def test_no_bytes_raise(content):
    load(content)
