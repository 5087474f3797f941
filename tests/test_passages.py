from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from corpus.fragments import source_link, text_fragment
from corpus.passages import MAX_WORDS, make_passages
from corpus.sentences import sentences

WORDS = st.sampled_from(
    "de huisarts wijkteam. Samen! o.a. dr. nr. 3,5 jeugd-ggz ‘goed’ (zorg) • A. En\n dan\t\n\n".split(" ")
)
TEXTS = st.lists(WORDS, min_size=1, max_size=400).map(" ".join).filter(str.strip)


def test_abbreviations_initials_and_numbers_do_not_end_a_sentence():
    text = "Dit geldt o.a. voor dr. J.M. de Vries, nr. 3. Om 11.30 uur begint het! Ja? ‘Graag.’ zei hij. Klaar"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Dit geldt o.a. voor dr. J.M. de Vries, nr. 3.",
        "Om 11.30 uur begint het!",
        "Ja?",
        "‘Graag.’ zei hij.",
        "Klaar",
    ]


@given(TEXTS)
def test_sentences_cover_every_word_in_order_without_overlap(text):
    found = sentences(text)
    assert " ".join(text[a:b] for a, b in found).split() == text.split()
    assert all(a < b for a, b in found)
    assert all(before[1] <= after[0] for before, after in zip(found, found[1:], strict=False))


@given(paragraphs=st.lists(TEXTS.map(str.strip), min_size=1, max_size=6), items=st.sampled_from(["tip", None]))
def test_passages_are_verbatim_cover_everything_and_are_of_bounded_size(make_document, paragraphs, items):
    document = make_document("d", *paragraphs, items=items)
    passages = list(make_passages(document))
    assert all(document.text[p.char_start : p.char_end] == p.text for p in passages)
    assert " ".join(p.text for p in passages).split() == document.text.split()
    assert all(len(p.text.split()) <= MAX_WORDS for p in passages)
    assert len({p.id for p in passages}) == len(passages)
    assert [p.order for p in passages] == list(range(len(passages)))


def test_a_passage_never_crosses_an_item(make_document):
    document = make_document("d", "Eerste korte tip.", "Tweede korte tip.", items="tip")
    assert [p.text for p in document.passages] == ["Eerste korte tip.", "Tweede korte tip."]
    assert [p.item_id for p in document.passages] == [i.id for i in document.items]


def test_short_paragraphs_of_one_section_are_read_together(make_document):
    document = make_document("d", "Eerste korte alinea.", "Tweede korte alinea.")
    assert [p.text for p in document.passages] == ["Eerste korte alinea.\n\nTweede korte alinea."]


def test_ids_follow_the_text_and_not_the_place(make_document):
    one = make_document("d", "Alinea een.", "Alinea twee.", items="tip")
    other = make_document("d", "Iets nieuws vooraf.", "Alinea een.", "Alinea twee.", items="tip")
    assert {p.id for p in one.passages} <= {p.id for p in other.passages}


def test_a_text_fragment_escapes_what_browsers_would_read_as_syntax_and_grows_until_it_is_unique():
    text = (
        "Zorg- en welzijnspartijen, samen & sterk. Iets anders staat hier.\n\nZorg- en welzijnspartijen, samen & apart."
    )
    start = text.rindex("Zorg-")
    fragment = text_fragment(text, start, len(text))
    assert "-" not in fragment and "&" not in fragment and "," not in fragment
    assert unquote(fragment).startswith(":~:text=Zorg- en welzijnspartijen, samen & apart.")


def test_a_long_passage_gets_a_start_and_an_end():
    text = "Een twee drie vier vijf zes zeven acht. Daarna komt nog meer tekst.\n\nDit is het echte slot van alles."
    assert text_fragment(text, 0, len(text)) == ":~:text=Een%20twee%20drie%20vier,echte%20slot%20van%20alles."


def test_source_links_point_at_the_page_of_a_pdf_and_never_at_a_script():
    assert source_link("https://e.nl/a.pdf#x", 7, ":~:text=a") == "https://e.nl/a.pdf#page=7"
    assert source_link("https://e.nl/a", None, ":~:text=a") == "https://e.nl/a#:~:text=a"
    assert source_link("javascript:alert(1)", None, None) is None
    assert source_link(None, None, ":~:text=a") is None
