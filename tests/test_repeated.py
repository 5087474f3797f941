from hypothesis import given
from hypothesis import strategies as st

from ingest.repeated import without_repeated, without_spans

PARAGRAPHS = st.lists(st.text("abc \n.", min_size=1).filter(str.strip), min_size=1, max_size=8)


@given(paragraphs=PARAGRAPHS, data=st.data())
def test_offsets_move_along_with_what_is_left(make_document, paragraphs, data):
    document = make_document("d", *paragraphs, items="tip")
    gone = data.draw(st.sets(st.sampled_from(range(len(paragraphs)))))
    left = without_spans(document, dict.fromkeys(gone, "why"))
    expected = [p for i, p in enumerate(paragraphs) if i not in gone]
    assert left.text == "\n\n".join(expected)
    assert [left.text[s.char_start : s.char_end] for s in left.spans] == expected
    assert [left.text[i.char_start : i.char_end] for i in left.items] == [i.text for i in left.items] == expected
    assert [d.text for d in left.dropped] == [p for i, p in enumerate(paragraphs) if i in gone]


def test_a_line_on_most_pages_of_a_host_is_dropped_with_the_reason_and_own_text_stays(make_document):
    footer = "Bel ons op werkdagen tussen negen en vijf uur voor al uw vragen."
    documents = [
        make_document(f"p{n}", f"Eigen tekst nummer{n} over zorg.", footer, url=f"https://e.nl/{n}") for n in range(6)
    ]
    changed = list(without_repeated(documents))
    assert len(changed) == 6
    for n, document in enumerate(changed):
        assert document.text == f"Eigen tekst nummer{n} over zorg." == document.passages[0].text
        assert [(d.text, d.reason) for d in document.dropped] == [(footer, "on 6 of 6 pages of this host")]
    assert list(without_repeated(changed)) == []
    late = make_document("late", "Nog een pagina.", footer, url="https://e.nl/late")
    assert [d.text for d in without_repeated([*changed, late])] == ["Nog een pagina."]
    assert list(without_repeated(documents[:3])) == []


def test_records_with_an_id_of_their_own_have_no_host(make_document):
    assert make_document("a", "x", url="https://e.nl/a").host == "e.nl"
    assert make_document("a", "x", url="https://e.nl/a", source_id="1").host is None
    assert make_document("a", "x").host is None
