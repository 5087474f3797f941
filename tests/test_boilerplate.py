"""Boilerplate, repeated lines and exact duplicates."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import boilerplate, duplicates
from ingest.blocks import Block

PAGES = Path(__file__).parent / "fixtures" / "text"
ARTICLE = "De huisarts en het wijkteam spreken elkaar elke week over gezinnen met meer dan één vraag."


def heading(text, level=2, **more):
    return Block("heading", text, level, **more)


def paragraph(text, **more):
    return Block("paragraph", text, **more)


def dropped(blocks):
    return [b.text for b in blocks if b.dropped]


@pytest.mark.parametrize(
    "line",
    [
        "Spring naar content",
        "Ga naar de inhoud",
        "Home > Nieuws > Wijkteam",
        "U bent hier: Home / Thema's / Wijk",
        "Lees voor",
        "Terug naar overzicht",
        "Delen:",
        "Deel dit bericht",
        "Facebook Twitter LinkedIn",
        "Blijf op de hoogte",
        "Aanmelden nieuwsbrief",
        "Ontvang updates en nieuws over de eerstelijnszorg.",
        "Wij gebruiken cookies om deze website te verbeteren.",
        "Eén reactie op “Tien tips voor samenwerking”",
        "3 reacties",
        "Geef een reactie",
        "Laat een reactie achter",
        "Beantwoorden",
        "Het e-mailadres wordt niet gepubliceerd. Vereiste velden zijn gemarkeerd met *",
        'XHTML: U kunt de volgende tags gebruiken: <a href="" title=""> <b> <i>',
        "Dit veld is bedoeld voor validatiedoeleinden en moet niet worden gewijzigd.",
        "© 2024 Gemeente",
        "Lees ook: Wijkteam bestaat vijf jaar",
    ],
)
def test_lines_that_are_about_the_page(line):
    assert boilerplate.reason_of(line)


@pytest.mark.parametrize(
    "line",
    [
        ARTICLE,
        "Delen van kennis begint bij kennen van elkaar en van elkaars werk.",
        "Reactie van de minister",
        "Home is where the heart is",
        "Menukaart welzijn",
        "Nieuwe tips voor het wijkteam",
        "Meld je aan bij het wijkteam",
        "Zoeken naar wat werkt",
        "Beantwoorden van hulpvragen",
        "Vorige week tekenden zij het convenant",
    ],
)
def test_lines_that_are_content(line):
    assert boilerplate.reason_of(line) is None
    assert dropped(boilerplate.mark((heading("Titel", 1), paragraph(line), paragraph(ARTICLE)))) == []


def test_a_dead_link_sentence_is_split_off():
    marked = boilerplate.mark((paragraph("Er zijn vier workshops. Alle workshops kan je hier bekijken."),))
    assert [(b.text, b.dropped) for b in marked] == [
        ("Er zijn vier workshops.", None),
        ("Alle workshops kan je hier bekijken.", "dead link"),
    ]


@pytest.mark.parametrize(
    "sentence",
    ["Meer informatie vindt u hier.", "Klik hier voor het programma.", "Het hele verslag kun je hier nalezen."],
)
def test_dead_links(sentence):
    assert dropped(boilerplate.mark((paragraph(sentence),))) == [sentence]


@pytest.mark.parametrize(
    "sentence",
    ["Jongeren vinden hier hun weg.", "Hier vindt u een luisterend oor.", "Wij werken hier al jaren samen."],
)
def test_here_is_also_a_place(sentence):
    assert dropped(boilerplate.mark((paragraph(sentence),))) == []


def test_teasers_go_up_to_the_next_heading_of_that_level():
    page = (
        heading("Titel", 1),
        heading("Gerelateerd nieuws"),
        heading("Wijkteam opent", 3),
        paragraph(ARTICLE),
        heading("Feiten en cijfers"),
        paragraph("Drie wijken doen mee aan de proef die dit jaar begint."),
    )
    assert dropped(boilerplate.mark(page)) == ["Gerelateerd nieuws", "Wijkteam opent", ARTICLE]


def test_teasers_without_a_level_close_the_page():
    page = (
        *(paragraph(f"{ARTICLE} {i}", line=i) for i in range(5)),
        paragraph("Lees ook", line=8),
        paragraph(ARTICLE, line=9),
    )
    assert dropped(boilerplate.mark(page)) == ["Lees ook", ARTICLE]


def test_teasers_in_the_middle_are_only_short_lines():
    long = tuple(paragraph(f"{ARTICLE} Dat staat in regel {i} van dit verhaal.", line=10 + i) for i in range(5))
    page = (paragraph(ARTICLE, line=1), paragraph("Bekijk ook", line=2), paragraph("Wijkteam opent", line=3), *long)
    assert dropped(boilerplate.mark(page)) == ["Bekijk ook", "Wijkteam opent"]


def test_teasers_never_take_comments_along():
    comment = paragraph("Bij ons werkt dit al een jaar.", line=4, attrs={"comment": "1", "author": "A"})
    page = (paragraph(ARTICLE, line=1), paragraph("Lees ook", line=2), paragraph("Wijkteam opent", line=3), comment)
    assert dropped(boilerplate.mark(page)) == ["Lees ook", "Wijkteam opent"]


def test_headings_without_text_of_their_own():
    page = (
        heading("Titel", 1),
        heading("Nieuws"),
        heading("Uit de praktijk"),
        heading("Feiten"),
        paragraph(ARTICLE),
        heading("Meer informatie"),
    )
    assert dropped(boilerplate.mark(page)) == ["Nieuws", "Uit de praktijk", "Meer informatie"]
    kept = (
        heading("Uit de praktijk"),
        paragraph(ARTICLE),
        heading("Bijlagen", 1),
        heading("Bijlage 1"),
        paragraph("Tekst."),
    )
    assert dropped(boilerplate.mark(kept)) == []


def test_a_chapter_called_reactions_is_no_comment_section():
    chapter = (
        heading("Reacties", line=1),
        Block("list_item", "Gemeente", 1, line=2, number="1."),
        paragraph(ARTICLE, line=3),
    )
    assert boilerplate.mark(chapter) == chapter


def test_reactions_without_a_count_need_names_and_dates():
    lines = ["Reacties", "Jan Modaal", "3 mei 2022", "Bij ons ook.", "Geef een reactie"]
    marked = boilerplate.mark(tuple(paragraph(line, line=i) for i, line in enumerate(lines, 1)))
    assert dropped(marked) == ["Reacties", "Geef een reactie"]
    assert {b.attrs.get("author") for b in marked[1:4]} == {"Jan Modaal"} and "author" not in marked[4].attrs


def test_what_was_dropped_before_keeps_its_reason():
    (block,) = boilerplate.mark((paragraph("Delen:", dropped="menu"),))
    assert block.dropped == "menu"


# --- lines that recur over pages ------------------------------------------------------------------------------------


def site(pages):
    return boilerplate.count_lines(boilerplate.line_hashes(page) for page in pages)


def test_a_line_on_most_pages_of_a_host_is_dropped():
    pages = [(paragraph(f"Bericht nummer {i}"), paragraph("Postbus 12, Utrecht")) for i in range(10)]
    marked = boilerplate.mark_repeated(pages[0], site(pages))
    assert [b.dropped for b in marked] == [None, "on 10 of 10 pages of this host"]


def test_few_pages_prove_nothing():
    pages = [(paragraph("Postbus 12, Utrecht"),)] * 3
    assert dropped(boilerplate.mark_repeated(pages[0], site(pages))) == []


def test_the_form_of_a_database_is_kept():
    pages = [
        (
            heading("Doel"),
            paragraph(f"Minder eenzaamheid in wijk {i}"),
            heading("Contact"),
            paragraph("Bel de databank"),
        )
        for i in range(8)
    ]
    assert dropped(boilerplate.mark_repeated(pages[3], site(pages))) == ["Contact", "Bel de databank"]


def test_a_line_on_many_hosts_is_dropped():
    line = "Laat dit veld alstublieft ongemoeid"
    counts = boilerplate.LineCounts(1, {}, {boilerplate.line_hash(line.upper()): 5})
    (block,) = boilerplate.mark_repeated((paragraph(line),), counts)
    assert block.dropped == "on 5 hosts"


# --- exact duplicates -----------------------------------------------------------------------------------------------


def test_a_repeated_sentence_is_folded_whatever_its_spaces():
    page = (heading("Titel", 1), paragraph(ARTICLE), paragraph(ARTICLE.replace(" ", "\u00a0", 2)))
    assert [b.dropped for b in duplicates.fold(page)] == [None, None, "duplicate of block 1"]


def test_a_repeated_part_goes_with_its_heading():
    part = (heading("Lezing"), paragraph(ARTICLE))
    assert [b.dropped for b in duplicates.fold((*part, *part))] == [
        None,
        None,
        "duplicate of block 0",
        "duplicate of block 1",
    ]


def test_the_same_value_under_another_heading_is_kept():
    page = (heading("Wijk Noord"), paragraph(ARTICLE), heading("Wijk Zuid"), paragraph(ARTICLE))
    assert dropped(duplicates.fold(page)) == []


def test_short_lines_may_return():
    page = tuple(map(paragraph, ["Doel", "Rust", "Doel", "Ruimte", "25", "leden", "25", "wijken"]))
    assert dropped(duplicates.fold(page)) == []


def test_a_label_above_and_below_its_figure_is_folded():
    page = tuple(map(paragraph, ["inwoners", "10.000", "inwoners", "leden", "25", "leden"]))
    assert [b.dropped for b in duplicates.fold(page)] == [
        None,
        None,
        "duplicate of block 0",
        None,
        None,
        "duplicate of block 3",
    ]


def test_a_session_that_is_held_twice_is_kept():
    page = tuple(map(paragraph, ["Workshops ronde 1", ARTICLE, "Workshops ronde 2", ARTICLE]))
    assert dropped(duplicates.fold(page)) == []


def test_comments_are_never_folded():
    attrs = {"comment": "1"}
    assert dropped(duplicates.fold((paragraph(ARTICLE), paragraph(ARTICLE, attrs=attrs)))) == []


@given(
    st.lists(
        st.sampled_from(["Doel", "25", "Een zin van meer dan zes woorden hier.", "10.00 uur Lezing", "Titel"]),
        max_size=20,
    )
)
def test_every_fold_names_an_earlier_kept_block_with_that_text(lines):
    blocks = duplicates.fold(tuple(map(paragraph, lines)))
    assert [b.text for b in blocks] == lines
    for block in blocks:
        if block.dropped:
            original = blocks[int(block.dropped.rsplit(" ", 1)[1])]
            assert original.text == block.text and original.dropped is None


# --- likeness -------------------------------------------------------------------------------------------------------


def test_related():
    assert duplicates.related(ARTICLE, ARTICLE.replace(" ", "\u00a0")) == "exact"
    assert duplicates.related(ARTICLE, f"{ARTICLE} Dat gaat goed, en het kost niemand veel tijd of geld.") == "near"
    assert duplicates.related(ARTICLE, "Iets heel anders over een zwembad en de openingstijden daarvan.") == "none"
    assert duplicates.related("", "") == "exact" and duplicates.related("", "a b c") == "none"


def test_shingles_are_word_trigrams():
    assert duplicates.shingles("Eén, twee: drie vier") == {"eén twee drie", "twee drie vier"}
    assert duplicates.shingles("twee woorden") == {"twee woorden"} and duplicates.shingles("…") == frozenset()


def test_families_link_copies_and_excerpts_across_documents():
    words = [f"woord{i}" for i in range(400)]
    texts = {
        "artikel": " ".join(words[:120]),
        "ander": " ".join(words[200:320]),
        "kopie": " ".join(words[:118]),
        "kop": " ".join(words[:40]),
        "los": " ".join(words[330:400]),
    }
    assert duplicates.families(texts) == (frozenset({"artikel", "kopie", "kop"}),)


@given(st.text(max_size=80), st.text(max_size=80))
def test_related_is_symmetric(a, b):
    assert duplicates.related(a, b) == duplicates.related(b, a)


@given(
    st.lists(
        st.sampled_from(
            ["Delen:", "Lees ook", "Nieuws", "3 reacties", "Jan Modaal zegt:", ARTICLE, "Zie hier. Lees het hier."]
        ),
        max_size=12,
    )
)
def test_marking_loses_no_text(lines):
    marked = boilerplate.mark(tuple(paragraph(line, line=i) for i, line in enumerate(lines, 1)))
    assert " ".join(b.text for b in marked).split() == " ".join(lines).split()
