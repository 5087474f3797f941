"""PDFs drawn on the spot, line by line, so that every place and font is known."""

import io
import textwrap
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import pdfencrypt
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import SourceError
from ingest.blocks import RawPage
from ingest.pdf import load
from ingest.pdf_words import join_lines

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "pages"
WIDTH, HEIGHT = 595, 842
LONG = (
    "Het wijkteam werkt samen met de huisarts en de praktijkondersteuner aan een aanpak die mensen eerder helpt. "
    "Wie zich meldt met klachten die niet medisch zijn, krijgt een gesprek over wat er speelt in het dagelijks leven. "
    "Daarna kijken inwoner en welzijnscoach samen welke activiteit in de buurt past en wie daarbij kan helpen."
)


class Paper:
    """A PDF in the making; y counts down from the top of the page."""

    def __init__(self, size=(WIDTH, HEIGHT), **options):
        self.stream = io.BytesIO()
        self.canvas = Canvas(self.stream, pagesize=size, invariant=1, **options)
        self.height = size[1]

    def line(self, x, y, text, size=10, font="Helvetica"):
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.height - y, text)
        return self

    def lines(self, x, y, texts, size=10, font="Helvetica", step=None):
        for index, text in enumerate(texts):
            self.line(x, y + index * (step or 1.25 * size), text, size, font)
        return self

    def rule(self, x0, y0, x1, y1):
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)
        return self

    def next(self):
        self.canvas.showPage()
        return self

    def content(self) -> bytes:
        self.canvas.save()
        return self.stream.getvalue()

    def load(self):
        return load(raw(self.content()))


def raw(content: bytes) -> RawPage:
    return RawPage("map/rapport.pdf", content, "application/pdf")


def wrapped(text: str, width: int = 90) -> list[str]:
    return textwrap.wrap(text, width)


def shapes(loaded):
    return [(block.kind, block.text) for block in loaded.blocks if not block.dropped]


def texts(loaded):
    return [block.text for block in loaded.blocks if not block.dropped]


def dropped(loaded):
    return [(block.dropped, block.text) for block in loaded.blocks if block.dropped]


# ---- a whole report -------------------------------------------------------------------------------------------


def report() -> Paper:
    """Three pages in two columns, drawn row by row across the columns as some programs do.

    Running headers and footers on every page, a heading across both columns, footnotes under the left column, words
    cut at line ends, and paragraphs that run on in the next column and on the next page.
    """
    paper = Paper()
    left = [
        [
            "In de wijk werken huisartsen, wijkteams en wel-",
            "zijnscoaches samen. Zorg- en welzijnspartijen",
            "spreken af wie wat doet. De POH-",
            "jeugd sluit aan. Dat scheelt wacht-",
            "tijd en het geeft ook meer samen-",
        ],
        ["het gesprek aan de keukentafel. Daar ziet de", "coach wat er speelt en wie kan helpen bij het"],
        ["derde blad links, want de tekst loopt door op", "elk blad en in elke kolom tot het einde van"],
    ]
    right = [
        [
            "hang in de ondersteuning. Een POH-jeugd in",
            "elke praktijk is het doel.",
            "Ook in andere regio's begint het met",
            "kennismaken. Pas daarna volgt een af-",
            "spraak over geld, over tijd en over",
        ],
        ["zoeken naar een plek in de buurt waar iemand", "graag komt. Zo begint het bijna altijd op het"],
        ["het verhaal. Dan is het klaar en kan iedereen", "weer aan het werk."],
    ]
    for page in range(3):
        paper.line(60, 40, "Samen in de wijk - jaarverslag", 8).line(500, 40, "Hoofdstuk", 8)
        if page == 0:
            paper.line(60, 90, "Een aanpak die de hele wijk beter maakt en die al jaren werkt", 16, "Helvetica-Bold")
        for row, pair in enumerate(zip(left[page], right[page], strict=True)):
            paper.line(60, 130 + 13 * row, pair[0]).line(315, 130 + 13 * row, pair[1])
        if page == 0:
            paper.line(60, 740, "1 Cijfers over 2023, bron CBS.", 7).line(60, 749, "2 Zie ook de bijlage.", 7)
        paper.line(60, 810, "Pharos", 8).line(530, 810, str(page + 7), 8)
        if page < 2:
            paper.next()
    return paper


def test_report_reads_as_one_text():
    loaded = report().load()
    assert shapes(loaded) == [
        ("heading", "Een aanpak die de hele wijk beter maakt en die al jaren werkt"),
        (
            "paragraph",
            "In de wijk werken huisartsen, wijkteams en welzijnscoaches samen. Zorg- en welzijnspartijen spreken af "
            "wie wat doet. De POH-jeugd sluit aan. Dat scheelt wachttijd en het geeft ook meer samenhang in de "
            "ondersteuning. Een POH-jeugd in elke praktijk is het doel.",
        ),
        ("footnote", "Cijfers over 2023, bron CBS."),
        ("footnote", "Zie ook de bijlage."),
        (
            "paragraph",
            "Ook in andere regio's begint het met kennismaken. Pas daarna volgt een afspraak over geld, over tijd en "
            "over het gesprek aan de keukentafel. Daar ziet de coach wat er speelt en wie kan helpen bij het zoeken "
            "naar een plek in de buurt waar iemand graag komt. Zo begint het bijna altijd op het derde blad links, "
            "want de tekst loopt door op elk blad en in elke kolom tot het einde van het verhaal. Dan is het klaar "
            "en kan iedereen weer aan het werk.",
        ),
    ]
    assert [block.page for block in loaded.blocks if block.kind == "paragraph" and not block.dropped] == [1, 1]
    assert [block.number for block in loaded.blocks if block.kind == "footnote"] == ["1", "2"]


def test_report_keeps_what_it_drops_with_the_reason_on_every_page():
    loaded = report().load()
    for page in (1, 2, 3):
        assert [(block.dropped, block.text) for block in loaded.blocks if block.dropped and block.page == page] == [
            ("running header", "Samen in de wijk - jaarverslag"),
            ("running header", "Hoofdstuk"),
            ("running footer", "Pharos"),
            ("page number", str(page + 6)),
        ]


# ---- columns --------------------------------------------------------------------------------------------------


def test_three_columns_with_a_heading_across():
    paper = Paper()
    paper.line(40, 60, "Vier wijken vertellen over hun aanpak van eenzaamheid bij ouderen", 15)
    for row in range(8):
        for column, name in enumerate("abc"):
            paper.line(40 + 180 * column, 100 + 12 * row, f"kolom {name} regel {row} over de wijk en", 9)
    found = texts(paper.load())
    assert found[0].startswith("Vier wijken")
    order = [word for text in found[1:] for word in text.split() if word in "abc"]
    assert order == sorted(order) and len(order) == 24


def test_what_stands_below_even_columns_comes_after_them():
    paper = Paper()
    for row in range(6):
        paper.line(40, 100 + 12 * row, f"links regel {row} over de wijk en de zorg", 9)
        paper.line(310, 100 + 12 * row, f"rechts regel {row} over de wijk en de zorg", 9)
    paper.line(40, 190, "Cijfers", 14).line(40, 206, "Kort en links.", 9)
    words = [word for word in " ".join(texts(paper.load())).split() if word in ("links", "rechts", "Cijfers")]
    assert words == ["links"] * 6 + ["rechts"] * 6 + ["Cijfers"]


def test_labels_with_values_are_read_row_by_row():
    paper = Paper()
    pairs = [("Datum", "9 april 2026"), ("Betreft", "Voortgang akkoord"), ("Kenmerk", "4367005"), ("Bijlagen", "2")]
    for row, (label, value) in enumerate(pairs):
        paper.line(60, 100 + 13 * row, label).line(150, 100 + 13 * row, value)
    paper.lines(60, 200, wrapped(LONG))
    loaded = paper.load()
    together = " ".join(texts(loaded))
    assert together.startswith("Datum 9 april 2026 Betreft Voortgang akkoord Kenmerk 4367005 Bijlagen 2")
    assert loaded.meta["title"] == "Voortgang akkoord" and "title" in loaded.inferred


def test_a_spread_is_two_pages():
    paper = Paper(size=(2 * WIDTH, HEIGHT))
    paper.lines(60, 100, wrapped(LONG, 70)).lines(60 + WIDTH, 100, wrapped("Rechts. " + LONG, 70))
    paper.line(300, 810, "Jaarverslag 12").line(300 + WIDTH, 810, "Jaarverslag 13")
    loaded = paper.load()
    assert texts(loaded) == [LONG, "Rechts. " + LONG] and {block.page for block in loaded.blocks} == {1}
    assert dropped(loaded) == [("running footer", "Jaarverslag 12"), ("running footer", "Jaarverslag 13")]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_read_the_same(turn):
    paper = Paper()
    c = paper.canvas
    c.setPageRotation(turn)
    # What the viewer turns, the page turns back.
    c.translate(*{0: (0, 0), 90: (WIDTH, 0), 180: (WIDTH, HEIGHT), 270: (0, HEIGHT)}[turn])
    c.rotate(turn)
    paper.height = HEIGHT if turn in (0, 180) else WIDTH
    for row in range(5):
        paper.line(40, 100 + 12 * row, f"links {row} over de wijk en de zorg,")
        paper.line(300, 100 + 12 * row, f"rechts {row} over de wijk en de zorg,")
    words = " ".join(texts(paper.load())).split()
    assert [w for w in words if w in ("links", "rechts")] == ["links"] * 5 + ["rechts"] * 5


# ---- blocks ---------------------------------------------------------------------------------------------------


def test_headings_rank_by_size_then_bold_then_italic():
    paper = Paper()
    paper.line(60, 300, "Jaarverslag", 30).next()
    y = 80
    for text, size, font in [
        ("Hoofdstuk over samenwerking", 18, "Helvetica"),
        ("Paragraaf over de wijk", 14, "Helvetica"),
        ("Vetgedrukt kopje", 10, "Helvetica-Bold"),
        ("Cursief kopje", 10, "Helvetica-Oblique"),
    ]:
        paper.line(60, y, text, size, font).lines(60, y + 16, wrapped(LONG))
        y += 110
    headings = [(b.level, b.text) for b in paper.load().blocks if b.kind == "heading"]
    assert headings == [
        (1, "Jaarverslag"),
        (1, "Hoofdstuk over samenwerking"),
        (2, "Paragraaf over de wijk"),
        (3, "Vetgedrukt kopje"),
        (4, "Cursief kopje"),
    ]


def test_bold_inside_a_paragraph_makes_no_heading():
    paper = Paper()
    first, bold, rest = (
        "Samenwerken in de wijk begint met elkaar kennen en",
        "vertrouwen tussen alle partijen",
        " in de",
    )
    paper.line(60, 100, first).line(60, 112.5, bold, font="Helvetica-Bold")
    paper.line(60 + stringWidth(bold, "Helvetica-Bold", 10), 112.5, rest).line(60, 125, "buurt waar mensen wonen.")
    assert shapes(paper.load()) == [("paragraph", f"{first} {bold}{rest} buurt waar mensen wonen.")]


def test_numbered_headings_without_any_type():
    paper = Paper()
    paper.line(60, 80, "2.1 Aanleiding").lines(60, 96, wrapped(LONG))
    paper.line(60, 220, "2.2 Doel van het project").lines(60, 236, wrapped(LONG))
    assert [b.text for b in paper.load().blocks if b.kind == "heading"] == [
        "2.1 Aanleiding",
        "2.2 Doel van het project",
    ]


def test_lists_with_depth_markers_and_hanging_lines():
    paper = Paper()
    rows = [
        (60, "•", 74, "Eerste punt dat over twee"),
        (74, "", 74, "regels loopt"),
        (74, "–", 88, "onderliggend punt"),
        (60, "•", 74, "Tweede punt"),
        (60, "1.", 74, "Genummerd"),
        (60, "2.", 74, "Vervolg"),
        (60, "c)", 74, "Letter"),
    ]
    for index, (x, mark, x1, text) in enumerate(rows):
        paper.line(x1, 100 + 13 * index, text)
        if mark:
            paper.line(x, 100 + 13 * index, mark)
    paper.lines(60, 220, wrapped(LONG))
    found = [(b.number, b.level, b.text) for b in paper.load().blocks if b.kind == "list_item"]
    assert found == [
        ("•", 1, "Eerste punt dat over twee regels loopt"),
        ("–", 2, "onderliggend punt"),
        ("•", 1, "Tweede punt"),
        ("1.", 1, "Genummerd"),
        ("2.", 1, "Vervolg"),
        ("c)", 1, "Letter"),
    ]


def test_a_line_that_begins_with_a_year_or_a_dash_is_no_list_item():
    paper = Paper().lines(
        60, 100, ["Het akkoord loopt van 2024 tot en met het jaar", "2028. Daarna volgt een nieuw akkoord over"]
    )
    paper.lines(60, 125, ["zorg en welzijn in de wijk, voor jong en oud", "- ook op het platteland - en in de stad."])
    assert len(paper.load().blocks) == 1


def test_paragraphs_part_at_gaps_indents_and_short_lines():
    paper = Paper()
    paper.lines(60, 100, [*wrapped(LONG), "Een nieuwe alinea zonder wit ertussen. " + LONG[:40]])
    paper.lines(60, 200, wrapped(LONG)).line(75, 250, "Ingesprongen begint weer een nieuwe alinea over de wijk.")
    paper.lines(60, 300, ["Postbus 20018", "2500 EA Den Haag"])
    found = texts(paper.load())
    assert found[0] == LONG and found[1].startswith("Een nieuwe alinea")
    assert found[2] == LONG and found[3].startswith("Ingesprongen")


def test_captions_and_sentences_about_figures():
    paper = (
        Paper().line(60, 100, "Figuur 1. Verwijzingen per jaar").lines(60, 140, wrapped("Figuur 1 laat zien. " + LONG))
    )
    paper.line(60, 250, "Tabel 2: Aantallen").lines(60, 290, wrapped(LONG))
    assert [b.text for b in paper.load().blocks if b.kind == "caption"] == [
        "Figuur 1. Verwijzingen per jaar",
        "Tabel 2: Aantallen",
    ]


def test_table_of_contents_with_dots_is_dropped():
    paper = Paper().line(60, 80, "Inhoud", 16)
    entries = ["Inleiding", "Aanpak in de wijk", "Resultaten", "Wat wij leerden van de"]
    for row, entry in enumerate(entries):
        paper.line(60, 110 + 14 * row, f"{entry} {'.' * 60 if row < 3 else ''} {row + 3 if row < 3 else ''}".strip())
    paper.line(60, 166, "eerste drie jaar " + "." * 50 + " 12")
    paper.lines(60, 300, wrapped(LONG))
    loaded = paper.load()
    assert texts(loaded) == [LONG]
    assert {reason for reason, _ in dropped(loaded)} == {"table of contents"} and len(dropped(loaded)) == 5


def test_footnote_calls_are_taken_out_and_kept_apart():
    paper = Paper()
    sentence, call, after = "De aanpak werkt in vier wijken", "12", ". Dat blijkt uit 30 m"
    x = 60 + stringWidth(sentence, "Helvetica", 10)
    paper.line(60, 100, sentence).line(x, 96.5, call, 6)
    x += stringWidth(call, "Helvetica", 6)
    paper.line(x, 100, after).line(x + stringWidth(after, "Helvetica", 10), 96.5, "2", 6)
    paper.lines(60, 112.5, ["aan onderzoek in 2023 en uit gesprekken met iedereen."])
    (block,) = paper.load().blocks
    assert block.text.startswith("De aanpak werkt in vier wijken. Dat blijkt uit 30 m2 aan onderzoek in 2023")
    assert block.attrs == {"notes": "12"}


def test_a_call_that_is_a_line_of_its_own_for_pdfium():
    """As browsers print it; beside it a second column, so that lines are put together by their place."""
    paper = Paper()
    for row in range(4):
        paper.line(310, 100 + 13 * row, f"rechts regel {row} over de wijk en de zorg")
    paper.line(40, 100, "De eerste regel gaat over de wijk").line(40, 113, "mensen eerder helpt")
    x = 40 + stringWidth("mensen eerder helpt", "Helvetica", 10)
    paper.line(x, 109.5, "1", 6).line(x + 3.3, 113, ". Wie").line(40, 126, "en dat is gebleken, in de wijk.")
    block = paper.load().blocks[0]
    assert block.text.startswith("De eerste regel gaat over de wijk mensen eerder helpt. Wie en dat is")
    assert block.attrs == {"notes": "1"}


def test_text_that_jumps_back_on_its_own_line_is_cut_where_it_jumps():
    paper = Paper().line(40, 100, "Dit staat eerst in het bestand en links.").line(60, 96.5, "12", 6)
    paper.line(40, 112.5, "En verder gaat de tekst over de wijk en over de zorg.")
    words = " ".join(texts(paper.load())).split()
    assert set(words) >= {"Dit", "staat", "eerst", "12", "bestand", "links.", "verder"}


def test_small_print_without_numbers_is_no_footnote():
    paper = Paper().lines(60, 100, wrapped(LONG)).line(60, 760, "Uitgave van de gemeente Houten, 2024", 7)
    assert [b.kind for b in paper.load().blocks] == ["paragraph", "paragraph"]


# ---- tables ---------------------------------------------------------------------------------------------------


def grid(paper: Paper, xs, ys) -> None:
    for x in xs:
        paper.rule(x, ys[0], x, ys[-1])
    for y in ys:
        paper.rule(xs[0], y, xs[-1], y)


def test_ruled_table_with_wrapped_and_empty_cells():
    paper = Paper().lines(60, 60, wrapped(LONG))
    grid(paper, [60, 200, 300, 400], [150, 170, 200, 220])
    paper.line(64, 164, "Wijk").line(204, 164, "Cliënten").line(304, 164, "Kosten")
    paper.lines(64, 182, ["Kanaleneiland", "en Transwijk"], step=12).line(204, 182, "120").line(304, 182, "€ 4.000")
    paper.line(64, 214, "Overvecht").line(304, 214, "€ 900")
    paper.lines(60, 260, wrapped(LONG))
    blocks = paper.load().blocks
    assert [block.kind for block in blocks] == ["paragraph", "table", "paragraph"]
    assert blocks[1].cells == (
        ("Wijk", "Cliënten", "Kosten"),
        ("Kanaleneiland en Transwijk", "120", "€ 4.000"),
        ("Overvecht", "", "€ 900"),
    )
    assert blocks[1].text == "Wijk\tCliënten\tKosten\nKanaleneiland en Transwijk\t120\t€ 4.000\nOvervecht\t\t€ 900"


def test_merged_cells_stand_once():
    paper = Paper()
    paper.rule(60, 100, 360, 100).rule(60, 120, 360, 120).rule(160, 140, 360, 140).rule(60, 160, 360, 160)
    paper.rule(60, 100, 60, 160).rule(160, 120, 160, 160).rule(260, 120, 260, 160).rule(360, 100, 360, 160)
    paper.line(64, 114, "Over de hele breedte van de tabel gezet").line(64, 134, "Hoog")
    paper.line(164, 134, "een").line(264, 134, "twee").line(164, 154, "drie").line(264, 154, "vier")
    paper.lines(60, 220, wrapped(LONG))
    assert paper.load().blocks[0].cells == (
        ("Over de hele breedte van de tabel gezet", "", ""),
        ("Hoog", "een", "twee"),
        ("", "drie", "vier"),
    )


def test_rows_of_figures_without_rules():
    paper = Paper().lines(60, 60, wrapped(LONG))
    for row, cells in enumerate(
        [("", "2022", "2023"), ("Utrecht", "120", "140"), ("Houten", "12", "15"), ("Zeist", "8", "9")]
    ):
        for x, cell in zip((60, 250, 350), cells, strict=True):
            if cell:
                paper.line(x, 150 + 14 * row, cell)
    paper.lines(60, 240, wrapped(LONG))
    assert [b.cells for b in paper.load().blocks if b.kind == "table"] == [
        (("", "2022", "2023"), ("Utrecht", "120", "140"), ("Houten", "12", "15"), ("Zeist", "8", "9"))
    ]


def test_a_box_columns_and_a_list_are_no_tables():
    paper = Paper()
    paper.canvas.rect(50, HEIGHT - 200, 500, 120)
    paper.lines(60, 100, wrapped(LONG))
    for row in range(6):
        paper.line(60, 260 + 13 * row, "links in de kolom staat deze tekst, 2024").line(
            320, 260 + 13 * row, "rechts in 2023 ook tekst"
        )
    for row in range(3):
        paper.line(60, 400 + 13 * row, f"{row}.").line(80, 400 + 13 * row, "punt over 2024")
    assert not [b for b in paper.load().blocks if b.kind == "table"]


# ---- what is on no page ---------------------------------------------------------------------------------------


def test_meta():
    paper = Paper(lang="nl-NL")
    paper.canvas.setTitle("Samen in de wijk")
    paper.canvas.setAuthor("Pharos Expertisecentrum")
    paper.line(60, 100, "tekst")
    loaded = paper.load()
    assert loaded.meta == {
        "title": "Samen in de wijk",
        "authors": ("Pharos Expertisecentrum",),
        "language": "nl",
    }
    assert loaded.inferred == ()


@pytest.mark.parametrize(("day", "date"), [("20190312", "2019-03-12"), ("19700101", None), ("20000101", None)])
def test_the_day_a_pdf_was_made_unless_its_program_had_no_clock(day, date):
    paper = Paper()
    paper.line(60, 100, "tekst")
    loaded = load(raw(paper.content().replace(b"D:20000101", b"D:" + day.encode())))
    assert loaded.meta.get("date") == date
    assert loaded.inferred == (("date",) if date else ())


@pytest.mark.parametrize("title", ["Microsoft Word - brief.docx", "rapport_v3.pdf", "untitled", "", "Document2"])
def test_a_programs_own_title_gives_way_to_the_largest_heading(title):
    paper = Paper()
    paper.canvas.setTitle(title)
    paper.canvas.setAuthor("jansen01")
    paper.line(60, 60, "Kleine kop", 14).line(60, 100, "Welzijn op recept in", 24).line(60, 128, "de praktijk", 24)
    loaded = paper.lines(60, 180, wrapped(LONG)).load()
    assert loaded.meta["title"] == "Welzijn op recept in de praktijk" and "title" in loaded.inferred
    assert "authors" not in loaded.meta


def test_a_page_without_text_is_a_warning():
    paper = Paper().lines(60, 100, wrapped(LONG)).next()
    paper.canvas.rect(10, 10, 100, 100)
    assert paper.next().line(60, 100, "Derde").load().warnings == ("page 2 has no text: needs OCR",)


def refused(content: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        load(raw(content))
    assert caught.value.source == "map/rapport.pdf"
    return caught.value.reason


def test_files_that_cannot_be_read_name_the_remedy():
    images = Paper()
    images.canvas.rect(10, 10, 100, 100)
    locked = Paper(encrypt=pdfencrypt.StandardEncryption("geheim")).line(60, 100, "x")
    assert refused(images.content()) == "the PDF holds only images; run OCR on it (for example ocrmypdf) and try again"
    assert refused(locked.content()) == "the PDF is locked with a password; save it without one and try again"
    assert refused(b"") == refused(bytes(100)) == "the file is empty; fetch it again"
    assert refused(b"<html>niet gevonden</html>").startswith("this is not a PDF, whatever its name says")
    assert refused(b"%PDF-1.7\nstuk").startswith("the PDF is damaged or cut off")


def test_a_pdf_with_an_empty_password_opens():
    paper = Paper(encrypt=pdfencrypt.StandardEncryption("", ownerPassword="eigenaar")).line(60, 100, "Vrij te lezen")
    assert texts(paper.load()) == ["Vrij te lezen"]


def test_half_a_file_gives_text_or_a_source_error():
    content = report().content()
    for cut in range(len(content) // 4, len(content), len(content) // 7):
        try:
            assert load(raw(content[:cut])).blocks
        except SourceError as exc:
            assert "damaged" in exc.reason or "only images" in exc.reason


# ---- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words", "expected"),
    [
        (["samen-", "werking"], "", "samenwerking"),
        (["zorg-", "en welzijn"], "", "zorg- en welzijn"),
        (["zorg-", "of welzijn"], "", "zorg- of welzijn"),
        (["zorg-", "en/of welzijn"], "", "zorg- en/of welzijn"),
        (["medisch-", "specialistische"], "medisch-specialistische", "medisch-specialistische"),
        (["medisch-", "specialistische"], "medischspecialistische medisch-specialistische", "medischspecialistische"),
        (["IZA-", "afspraken"], "", "IZA-afspraken"),
        (["ggz-", "aanbieders"], "", "ggz-aanbieders"),
        (["65-", "plussers"], "", "65-plussers"),
        (["Noord-", "Holland"], "", "Noord-Holland"),
        (["niet-", "medische"], "", "niet-medische"),
        (["e-", "health"], "", "e-health"),
        (["https://voorbeeld.nl/over-", "ons"], "", "https://voorbeeld.nl/over-ons"),
        (["(voor-", "beeld)"], "", "(voorbeeld)"),
        (["wijk\u00ad", "team"], "", "wijkteam"),
        (["zorg -", "ook hier"], "", "zorg - ook hier"),
        (["a\tb", "c"], "", "a b c"),
        ([], "", ""),
    ],
)
def test_hyphens_at_line_ends(lines, words, expected):
    assert join_lines(lines, frozenset(words.split())) == expected


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\t"), min_size=1).filter(str.strip), max_size=8)
)
def test_joining_loses_no_letter(lines):
    joined = join_lines(lines, frozenset())
    assert [c for c in joined if c.isalnum()] == [c for line in lines for c in line if c.isalnum()]


def letters(texts_) -> Counter[str]:
    return Counter(c for text in texts_ for c in text if c.isalnum())


PIECES = st.tuples(
    st.integers(20, 560),
    st.integers(20, 820),
    st.sampled_from(
        ["Zorg", "1.", "•", "2024", "Welzijn op recept in de wijk", "3.2", "af-", "12 Noot", "a) x", LONG[:70]]
    ),
    st.sampled_from([6, 10, 10.5, 18]),
    st.sampled_from(["Helvetica", "Helvetica-Bold", "Times-Italic"]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.lists(PIECES, max_size=25), st.just([])), min_size=1, max_size=3), st.booleans())
def test_wherever_text_stands_no_letter_is_lost(pages, ruled):
    paper = Paper()
    for page in pages:
        for x, y, text, size, font in page:
            paper.line(x, y, text, size, font)
            if ruled:
                paper.rule(x, y + 3, x + 100, y + 3).rule(x + 50, y - 10, x + 50, y + 10)
        paper.next()
    content = paper.content()
    document = pypdfium2.PdfDocument(content)
    printed = letters(page.get_textpage().get_text_range() for page in document)
    if printed:
        found = letters(f"{b.number or ''}{b.text}{b.attrs.get('notes', '')}" for b in load(raw(content)).blocks)
        assert found == printed


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared pages beside the repository")
def test_no_letter_of_a_real_report_is_lost():
    content = (SHARED / "10-gala.pdf").read_bytes()
    printed = letters(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    assert letters(f"{b.number or ''}{b.text}{b.attrs.get('notes', '')}" for b in load(raw(content)).blocks) == printed
