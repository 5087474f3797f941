"""Web pages to blocks and metadata. The pages in fixtures/html are of the kinds that the collection is made of."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from corpus.errors import SourceError
from ingest.blocks import RawPage, place
from ingest.html import load as load_page
from ingest.html_region import reasons
from ingest.html_walk import walk

PAGES = Path(__file__).parent / "fixtures" / "html"
TEXT = (
    "In deze wijk werken huisartsen en het sociaal team samen aan de gezondheid van inwoners. Zij spreken elkaar elke"
    " maand en delen wat zij zien, zodat hulp eerder op gang komt."
)
MORE = (
    "De samenwerking begon met een klein aantal praktijken en groeide daarna snel door. Nu doen alle praktijken in de"
    " gemeente mee, en betaalt de zorgverzekeraar een deel van de kosten."
)


def load(source, **more):
    """Load a fixture by name, or a piece of HTML."""
    content = (PAGES / source).read_bytes() if source.endswith(".html") else source.encode()
    return load_page(RawPage(source[:40], content, "text/html", **more))


def main(*pieces, head="", around=""):
    """Return a page whose main part holds two paragraphs and, between them, `pieces`."""
    inner = f"<p>{TEXT}</p>{''.join(pieces)}<p>{MORE}</p>"
    return f"<html lang=nl><head><title>T</title>{head}</head><body>{around}<main>{inner}</main></body></html>"


def kept(loaded):
    return [b for b in loaded.blocks if b.dropped is None]


def texts(loaded, *kinds):
    return [b.text for b in kept(loaded) if not kinds or b.kind in kinds]


def between(loaded):
    """Return the kept blocks of a page made by `main`, without its two paragraphs."""
    return [b for b in kept(loaded) if b.text not in (TEXT, MORE)]


def dropped(loaded):
    return {b.text: b.dropped for b in loaded.blocks if b.dropped}


# --- whole pages --------------------------------------------------------------------------------------------------


def test_tip_list_with_reactions():
    loaded = load("wp_tiplijst.html")
    items = [b for b in kept(loaded) if b.kind == "list_item"]
    assert [(b.level, b.number) for b in items] == [(1, "•")] * 4 + [(2, "•")] * 3 + [(1, "•")]
    assert items[2].text == "Tip 4: Gebruik elkaars taal.\nEen doorverwijzing is iets anders dan een warme overdracht."
    reactions = [b for b in kept(loaded) if "comment" in b.attrs]
    assert [(b.kind, b.attrs["comment"], b.attrs["author"], b.attrs.get("reply_to")) for b in reactions] == [
        ("paragraph", "comment-31", "Een praktijkondersteuner jeugd", None),
        ("paragraph", "comment-31", "Een praktijkondersteuner jeugd", None),
        ("paragraph", "comment-32", "Een wijkteamlid", "comment-31"),
    ]
    assert reactions[2].attrs["datetime"] == "2018-11-14T09:30:00+01:00"
    assert reactions[1].text == "Dat werkt sinds een jaar naar tevredenheid."
    reasons_by_start = {text[:8]: reason for text, reason in dropped(loaded).items()}
    assert {reasons_by_start[start] for start in ("Gerelate", "Recente ")} == {"teaser", "sidebar"}
    assert reasons_by_start["Delen:\nT"] == "share" and reasons_by_start["Geef een"] == "form"
    assert loaded.meta["publisher"] == "Weblog Samen in de wijk" and loaded.meta["date"] == "2018-11-12"
    assert "authors" not in loaded.meta  # "admin" is nobody


def test_comments_marked_up_for_machines():
    comments = [b for b in kept(load("reacties_schema.html")) if "comment" in b.attrs]
    assert [b.text for b in comments] == [
        "Wij delen het plan via een beveiligd portaal, met negen praktijken.",
        "Kan de gemeente daar ook in kijken?",
    ]
    assert [b.attrs["author"] for b in comments] == ["Een huisarts", "Een beleidsmedewerker"]
    assert comments[1].attrs["reply_to"] == comments[0].attrs["comment"] == "c7"
    assert comments[1].attrs["datetime"] == "2020-02-05T08:30"


def test_programme_as_a_table_with_a_copy_for_telephones():
    loaded = load("programma_tabel.html")
    (table,) = [b for b in kept(loaded) if b.kind == "table"]
    assert table.cells[0] == ("Tijd", "Onderdeel", "Spreker")
    assert table.cells[3:6] == (
        ("10.30 uur", "Workshop A: Welzijn op recept in de spreekkamer", "Huisarts en welzijnscoach"),
        ("", "Workshop B: Eenzaamheid onder ouderen", "Wijkverpleegkundige"),
        ("12.00 uur", "Lunch", ""),
    )
    assert table.text == "\n".join("\t".join(row) for row in table.cells)
    assert [b.dropped for b in loaded.blocks if b.kind == "list_item"] == ["hidden duplicate"] * 6
    assert texts(loaded, "caption") == ["Dagprogramma"]
    assert loaded.meta["event_date"] == "2019-04-11" and loaded.meta["event_place"] == "Amersfoort"
    assert "date" not in loaded.meta  # the day of the event is not that of publication


def test_news_with_structured_data_and_teasers():
    loaded = load("nieuws_jsonld.html", url="https://zorgzaam.voorbeeld.nl/nieuws/proeftuin/")
    assert loaded.meta | {"description": ""} == {
        "title": "Proeftuin palliatieve zorg van start",
        "subtitle": "Vijf gemeenten doen mee",
        "publisher": "Netwerk Zorgzaam",
        "authors": ("Redactie Zorgzaam",),
        "date": "2024-05-06",
        "language": "nl",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "description": "",
        "keywords": ("palliatieve zorg", "sociaal domein"),
    }
    assert loaded.inferred == ()
    assert texts(loaded, "caption") == ["De startbijeenkomst in het buurthuis trok veertig deelnemers."]
    assert texts(loaded, "quote") == ["Het begint met elkaar kennen, pas daarna komen de formulieren."]
    out = dropped(loaded)
    assert out["Actuele nieuwsberichten"] == out["Handreiking voor wijkteams vernieuwd"] == "teaser"
    assert out["Lees ook: wat eerdere proeftuinen opleverden"] == out["Meer informatie"] == "link"
    assert out["Nieuws\nAgenda"] == "navigation" and out["Accepteren"] == "popup"


def test_figures_in_cards_stay_in_pairs():
    loaded = load("cijfers_kaarten.html")
    pairs = [(b.attrs["label"], b.text) for b in kept(loaded) if b.kind == "paragraph" and "label" in b.attrs]
    assert pairs == [
        ("inwoners gemiddeld per wijk", "CA. 10-20.000"),
        ("koepels van gezondheidscentra lid", "25"),
        ("gezondheidscentra lid", "210"),
    ]
    assert texts(loaded)[-2:] == [
        "63 regio's met een gezamenlijk plan",
        "8,5% minder verwijzingen naar de tweede lijn",
    ]
    assert dropped(loaded)["Uit de praktijk"] == "teaser"


def test_record_of_a_database_as_labelled_fields():
    loaded = load("praktijkdatabank.html")
    fields = {}
    for block in kept(loaded):
        if "label" in block.attrs:
            fields.setdefault(block.attrs["label"], []).append(block.attrs["value"])
    assert list(fields) == [
        *("Doel", "Doelgroep", "Gemeente", "Aanpak", "Looptijd", "Financiering", "Resultaten", "Borging"),
        "Succesfactoren",
    ]
    assert fields["Aanpak"][1:] == ["intake thuis", "twaalf groepslessen", "terugkoppeling aan de huisarts"]
    assert fields["Financiering"][1] == "Eigen bijdrage van 15 euro per kwartaal"
    assert fields["Borging"] == ["De beweegcoach is sinds 2020 in dienst van de welzijnsorganisatie."]
    assert loaded.meta["licence"] == "CC BY 4.0" and loaded.meta["date"] == "2021-03"
    assert loaded.meta["keywords"] == ("Bewegen", "Ouderen")


def test_old_page_in_cp1252_laid_out_with_tables():
    loaded = load("cp1252.html")
    assert (
        "café ‘De Bron’. Eén van de conclusies: zonder coördinatie geen keten. De kosten bedragen € 1.500"
        in texts(loaded)[1]
    )
    assert texts(loaded, "paragraph")[1].startswith("In de discussie")  # an empty line parts paragraphs
    assert [(b.number, b.text[:12]) for b in kept(loaded) if b.kind == "list_item"] == [
        ("3.", "de gemeente "),
        ("4.", "de coöperati"),
    ]


def test_questions_with_answers_that_fold_out():
    loaded = load("faq.html")
    questions = [(b.level, b.text) for b in kept(loaded) if b.kind == "heading" and b.text.endswith("?")]
    assert questions == [
        (3, "Wie mag verwijzen?"),
        (3, "Wat kost het de patiënt?"),
        (3, "Hoe koppel ik terug?"),
        (4, "Hoe lang duurt een traject?"),
        (4, "Bestaat er scholing?"),
    ]
    assert [b.attrs["tag"] for b in kept(loaded) if b.text.startswith("Wie mag")] == ["summary"]
    assert texts(loaded)[-1] == "Ja, een tweedaagse training met een terugkomdag. Inschrijven kan het hele jaar."
    assert dropped(loaded)["Was deze pagina nuttig?\nJa\nNee"] == "form"


def test_report_that_repeats_the_programme_keeps_both():
    loaded = load("congresverslag.html")
    assert texts(loaded).count("11.00 uur: Pauze") == 1  # a heading with nothing below it is no empty section
    assert [row[1] for row in kept(loaded)[-1].cells][2] == "Pauze"


def test_page_of_a_municipality():
    loaded = load("gemeente.html")
    numbers = [b.number for b in kept(loaded) if b.kind == "list_item"]
    assert numbers == ["•", "•", "a.", "b.", "•", "1.", "2.", "5.", "•", "•"]
    assert [b.attrs["label"] for b in kept(loaded) if b.attrs["tag"] == "dd"] == ["Gebiedsteam", "OJG"]
    assert loaded.meta["publisher"] == "Gemeente Voorbeeldstad" and "authors" not in loaded.meta
    assert loaded.meta["licence"] == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_page_that_only_exists_in_javascript_is_refused_with_a_remedy():
    with pytest.raises(SourceError, match=r"app_shell\.html: .* without JavaScript; open it in a browser"):
        load("app_shell.html")
    shell = "<body><nav><a href=/>Home</a></nav><app-root>Laden...</app-root><footer>Stichting</footer></body>"
    with pytest.raises(SourceError, match="JavaScript"):
        load(shell)


def test_application_page_that_came_filled_is_read():
    page = (
        f'<body><div id="root"><main><h1>Kop</h1><p>{TEXT}</p><p>{MORE}</p></main></div><noscript>JavaScript</noscript>'
    )
    assert texts(load(page)) == ["Kop", TEXT, MORE]


@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.html") if path.name != "app_shell.html"))
def test_no_visible_word_is_lost_and_the_text_can_be_placed(name):
    loaded = load(name)
    text, placed = place(loaded.blocks)
    assert all(text[p.char_start : p.char_end] == p.block.text for p in placed)
    tree = lxml_html.fromstring((PAGES / name).read_bytes().decode("cp1252" if name == "cp1252.html" else "utf-8"))
    for hidden in tree.xpath("//script | //style | //noscript | //textarea | //head"):
        hidden.drop_tree()
    in_blocks = set(re.findall(r"\w+", " ".join(block.text for block in loaded.blocks)))
    assert set(re.findall(r"\w+", " ".join(tree.itertext()))) <= in_blocks


# --- parts of pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mobile", "desktop"),
    [
        ('class="mobile-only"', ""),
        ('class="programma programma--mobiel"', 'class="programma"'),
        ('class="d-md-none"', 'class="d-none d-md-block"'),
        ('class="block md:hidden"', 'class="hidden md:block"'),
        ('class="visible-xs"', 'class="hidden-xs"'),
        ('class="show-for-small-only"', 'class="hide-for-small-only"'),
        ('style="display: none"', ""),
        ('aria-hidden="true"', ""),
        ("hidden", ""),
    ],
)
@pytest.mark.parametrize("mobile_first", [True, False])
def test_the_copy_for_small_screens_is_dropped(mobile, desktop, mobile_first):
    rows = [("09.00 uur", "Inloop met koffie"), ("10.00 uur", "Lezing over de wijk"), ("11.00 uur", "Rondetafels")]
    table = "".join(f"<tr><td>{time}</td><td>{what}</td></tr>" for time, what in rows)
    cards = "".join(f"<div><b>{time}</b><p>{what}</p></div>" for time, what in rows)
    copies = [f"<div {mobile}>{cards}</div>", f"<div {desktop}><table>{table}</table></div>"]
    loaded = load(main(*(copies if mobile_first else reversed(copies))))
    assert [b.cells for b in between(loaded)] == [tuple(rows)]
    assert set(dropped(loaded).values()) == {"hidden duplicate"}


@pytest.mark.parametrize(
    ("title", "panel"),
    [
        (
            "<h3><button aria-expanded=false aria-controls=a>{}</button></h3>",
            '<div id="a" class="panel" hidden>{}</div>',
        ),
        (
            '<button class="accordion" aria-expanded=false>{}</button>',
            '<div class="panel" style="display:none">{}</div>',
        ),
        ('<div class="faq-question">{}</div>', '<div class="faq-answer" aria-hidden="true">{}</div>'),
        ('<h3><a data-toggle="collapse" href="#a">{}</a></h3>', '<div id="a" class="collapse" hidden><p>{}</p></div>'),
        ('<div role="button" class="toggle__title">{}</div>', '<div class="toggle__content" hidden>{}</div>'),
        ("<details><summary>{}</summary>", "<p>{}</p></details>"),
    ],
)
def test_what_folds_out_is_content(title, panel):
    blocks = between(load(main(title.format("Vraag?"), panel.format("Antwoord."))))
    assert [(b.kind, b.text) for b in blocks] == [("heading", "Vraag?"), ("paragraph", "Antwoord.")]


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ('<nav class="toc"><a href="#a">Inleiding</a></nav>', "navigation"),
        ('<div class="social-share"><a href="#">Mail</a></div>', "share"),
        ("<form><label>Naam</label><input></form>", "form"),
        ('<div class="newsletter"><p>Iedere maand in uw mailbox</p></div>', "form"),
        ("<aside><p>Iets anders</p></aside>", "sidebar"),
        ('<div class="cookie-notice">Wij plaatsen cookies</div>', "cookie"),
        ('<div class="related-posts"><h3>Verder</h3><a href="/x">Een ander bericht</a></div>', "teaser"),
        ('<span class="sr-only">alleen voor voorlezers</span>', "hidden"),
        ("<p>Foto: gemeente</p>", "metadata"),
        ('<p><b>Lees ook:</b> <a href="/x">Hoe het begon in de wijk</a></p>', "link"),
        ('<div class="advertisement">Koop nu</div>', "advertisement"),
    ],
)
def test_what_is_no_text_is_dropped_with_the_reason(piece, reason):
    loaded = load(main(piece))
    assert between(loaded) == [] and set(dropped(loaded).values()) == {reason}


def test_cards_that_lead_away_are_teasers_but_sessions_with_links_are_not():
    def cards(text):
        return "".join(f'<div class="c"><h3><a href="/{n}">Titel {n}</a></h3><p>{text} {n}</p></div>' for n in range(4))

    news = load(main(f"<h2>Actueel</h2><div>{cards('Kort bericht')}</div><h2>Vervolg</h2>"))
    assert [b.text for b in between(news)] == ["Vervolg"]
    sessions = load(main(f"<h2>Ronde 1</h2><div>{cards(TEXT)}</div>"))
    assert [b.text for b in between(sessions) if b.kind == "heading"] == ["Ronde 1", *(f"Titel {n}" for n in range(4))]


def test_a_kader_beside_the_text_is_part_of_it():
    loaded = load(main('<aside class="kader"><h3>Wat werkt</h3><p>Een vast moment.</p></aside>'))
    assert [b.text for b in between(loaded)] == ["Wat werkt", "Een vast moment."]


def test_sign_on_the_wrapper_of_the_text_is_not_believed():
    page = (
        f'<body><div class="sidebar-layout menu-open"><div class="footer"><p>{TEXT}</p><p>{MORE}</p></div></div></body>'
    )
    assert texts(load(page)) == [TEXT, MORE]


def test_columns_after_the_first_are_kept():
    columns = "".join(
        f'<div class="wpb_text_column"><h2>Deel {n}</h2><p>{TEXT} {n}</p><ul><li>punt {n}</li></ul></div>'
        for n in range(4)
    )
    loaded = load(f"<body><h1>Titel van de pagina</h1>{columns}</body>")
    assert texts(loaded, "heading") == ["Titel van de pagina", *(f"Deel {n}" for n in range(4))]
    assert texts(loaded, "list_item") == [f"punt {n}" for n in range(4)]


def test_page_inside_one_form_with_little_running_text():
    items = "".join(f"<div><div>{hour}.00</div><div>Onderdeel {hour}</div></div>" for hour in (9, 10, 11))
    menu = '<div class="ms-nav"><ul><li><a href="/">Home</a></li></ul></div>'
    loaded = load(f"<body><form>{menu}<div><h1>Programma van de dag</h1>{items}<p>{TEXT}</p></div></form></body>")
    assert texts(loaded) == [
        *("Programma van de dag", "9.00", "Onderdeel 9", "10.00", "Onderdeel 10", "11.00", "Onderdeel 11"),
        TEXT,
    ]


def test_fields_of_a_record_beside_its_text_are_kept():
    loaded = load(main("<aside><h2>Kenmerken</h2><dl><dt>Gemeente</dt><dd>Oss</dd></dl><a href=/>Meer</a></aside>"))
    assert [(b.kind, b.text) for b in between(loaded)] == [("label", "Gemeente"), ("paragraph", "Oss")]


def test_lists_keep_depth_and_marker():
    loaded = load(
        main(
            "<ol start=9><li>negen<ul><li>diep<ol type=i><li>dieper</ol></ul>na</ol>"
            "<ol reversed><li>x<li>y</ol><ol type=A start=27><li>z</ol>"
        )
    )
    assert [(b.kind, b.level, b.number, b.text) for b in between(loaded)] == [
        ("list_item", 1, "9.", "negen"),
        ("list_item", 2, "•", "diep"),
        ("list_item", 3, "i.", "dieper"),
        ("paragraph", 0, None, "na"),
        ("list_item", 1, "2.", "x"),
        ("list_item", 1, "1.", "y"),
        ("list_item", 1, "AA.", "z"),
    ]


def test_white_space_collapses_as_on_the_page_and_no_further():
    loaded = load(main("<p> veel \n\t ruimte, maar\xa0\xa0 niet \x20 deze<br>nieuwe regel<br><br>nieuwe alinea</p>"))
    assert [b.text for b in between(loaded)] == [
        "veel ruimte, maar\xa0\xa0 niet deze\nnieuwe regel",
        "nieuwe alinea",
    ]
    assert [b.text for b in between(load(main("<pre>a\n  b</pre>")))] == ["a\n  b"]


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        ("<div><span class=a>25</span><span class=b>koepels</span></div>", "25 koepels"),
        ("<div>H<sub>2</sub>O en <b>samen</b>werking</div>", "H2O en samenwerking"),
        ("<div>gemeenten <span data-to-value=342>0</span></div>", "gemeenten 342"),
        (
            '<p>zie <a href="/x">de handreiking<span class="sr-only"> (opent in nieuw venster)</span></a> hierover</p>',
            "zie de handreiking hierover",
        ),
    ],
)
def test_inline_text(piece, text):
    assert [b.text for b in between(load(main(piece)))] == [text]


def test_headings_take_their_level_from_tag_or_role():
    loaded = load(
        main('<h2>Twee <a class="anchor" href="#x">#</a></h2><p>a</p><div role=heading aria-level=4>Vier</div><p>b</p>')
    )
    assert [(b.level, b.text) for b in between(loaded) if b.kind == "heading"] == [(2, "Twee"), (4, "Vier")]


def test_empty_sections_go_with_what_stood_in_them():
    loaded = load(main("<h2>Delen</h2><div class=share><a href=#>Mail</a></div><h2>Kosten</h2><p>Geen.</p>"))
    assert [b.text for b in between(loaded)] == ["Kosten", "Geen."]


def test_layout_tables_are_walked_through_and_times_are_no_labels():
    layout = load(main("<table><tr><td><h2>Links</h2><p>tekst</p></td><td><ul><li>rechts</li></ul></td></tr></table>"))
    assert [b.kind for b in between(layout)] == ["heading", "paragraph", "list_item"]
    times = load(main("<table><tr><th>09.00</th><td>Inloop</td></tr><tr><th>10.00</th><td>Start</td></tr></table>"))
    assert [b.cells for b in between(times)] == [(("09.00", "Inloop"), ("10.00", "Start"))]


def test_lines_of_a_cell_stay_apart():
    row = "<tr><td>10.00</td><td>Titel <br>\n Sanne Wit<br><br>Zaal 4</td></tr>"
    (table,) = between(load(main(f"<table><tr><th>Tijd<br>(uur)</th><th>Wat</th></tr>{row}</table>")))
    assert table.cells == (("Tijd (uur)", "Wat"), ("10.00", "Titel\nSanne Wit\nZaal 4"))


@pytest.mark.parametrize(
    ("meta", "stays"),
    [
        ("11:00 - 12:00 | Zaal 4", True),
        ("Aanvang 14.30 uur", True),
        ("Erkenning: Goed onderbouwd", True),
        ("3 mei 2018 11:00", False),
        ("Gepubliceerd 10:15 - 11:15", False),
        ("Nieuws", False),
    ],
)
def test_meta_of_a_card_stays_where_it_is_about_the_card(meta, stays):
    card = f"<div class=card><h3>Workshop 1: Samen kijken</h3><div class=meta>{meta}</div><p>Over de wijk.</p></div>"
    assert (meta in texts(load(main(card)))) is stays


def test_a_rating_that_several_cards_share_is_no_duplicate():
    rating = "<div class=meta>Erkenning: Goed onderbouwd</div>"
    loaded = load(main(*(f"<div class=card><h3>Interventie {n}</h3>{rating}</div>" for n in range(3))))
    assert texts(loaded).count("Erkenning: Goed onderbouwd") == 3


def test_how_often_a_page_was_read_is_no_text():
    loaded = load(main("<dl class=article-info><dd class=hits>Hits: 412</dd></dl><p>31 keer gelezen</p>"))
    assert dropped(loaded) == {"Hits: 412": "metadata", "31 keer gelezen": "metadata"}


COMMENT = (
    '<div class="comment-box" id="comment-item-{0}"><span class="comment-author">Noor Bos</span>'
    ' <span class="comment-date">1{0}.05.2017 08:31</span><div class="comment-body">Goed stuk, punt {0}.</div></div>'
)


def test_comments_in_boxes_tell_who_and_when():
    loaded = load(main(around=f"<div id=comments>{COMMENT.format(1)}{COMMENT.format(2)}</div>"))
    found = [b for b in kept(loaded) if "comment" in b.attrs]
    assert [b.text for b in found] == ["Goed stuk, punt 1.", "Goed stuk, punt 2."]
    assert [b.attrs["author"] for b in found] == ["Noor Bos"] * 2
    assert [b.attrs["datetime"] for b in found] == ["11.05.2017 08:31", "12.05.2017 08:31"]
    assert not any("reply_to" in b.attrs for b in found)


def test_the_date_of_a_comment_is_not_that_of_the_page():
    reaction = "<div class=reactie><div class=reactie-datum>4-2-2019 13:05</div><p>Mooi gedaan.</p></div>"
    assert "date" not in load(main(f"<div class=reacties>{reaction}</div>")).meta


def test_a_table_around_the_whole_page_is_walked_through():
    menu = "<td class=menu><a href=/>Home</a><br><a href=/b>Over ons</a></td>"
    page = (
        f"<html><body><table width=900><tr>{menu}<td><div>{TEXT}</div><div>{MORE}</div></td></tr></table></body></html>"
    )
    assert [(b.kind, b.text) for b in kept(load(page))] == [("paragraph", TEXT), ("paragraph", MORE)]


def test_a_table_of_sessions_in_paragraphs_stays_a_table():
    rows = "".join(f"<tr><td>1{n}.00</td><td><p>Sessie {n}</p><p>{TEXT}</p></td></tr>" for n in range(3))
    assert [len(b.cells) for b in between(load(main(f"<table>{rows}</table>")))] == [3]


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("Tekst: Noor Bos | Foto's: Piet de Wit", ("Noor Bos",)),
        ("Tekst: <b>Noor Bos</b> en Ali el Khatib Foto: Piet de Wit", ("Noor Bos", "Ali el Khatib")),
        ("Tekst en foto's: Noor Bos", ("Noor Bos",)),
        ("Foto: Piet de Wit", None),
        ("Door de redactie", None),
    ],
)
def test_who_wrote_the_text_by_its_byline(byline, authors):
    assert load(main(f"<div class=byline>{byline}</div>")).meta.get("authors") == authors


def test_without_trafilatura_the_signs_decide():
    tree = lxml_html.document_fromstring(main("<nav><a href=/>Home</a></nav>"))
    nodes = walk(tree.body)
    assert [n.text for n, reason in zip(nodes, reasons(nodes, ""), strict=True) if reason is None] == [TEXT, MORE]


# --- metadata -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<title>Kop van de pagina | Gemeente Oss</title>", "Kop van de pagina"),
        ("<title>Welzijn - en zorg</title>", "Welzijn - en zorg"),
        ("<title>Zorg in de wijk - Movisie</title><meta property=og:site_name content=Movisie>", "Zorg in de wijk"),
        ("<title>a</title><meta property=og:title content='Uit &quot;og&quot;'>", 'Uit "og"'),
    ],
)
def test_title_without_a_heading(head, expected):
    page = f"<html><head>{head}</head><body><main><p>{TEXT}</p><p>{MORE}</p></main></body></html>"
    assert load(page).meta["title"] == expected


@pytest.mark.parametrize(
    ("head", "field", "expected"),
    [
        ('<meta property="article:published_time" content="2021-02-03T10:00+01:00">', "date", "2021-02-03"),
        ('<meta name="DC.date.issued" content="2019">', "date", "2019"),
        ('<meta name="author" content="Redactie Wijkzorg">', "authors", ("Redactie Wijkzorg",)),
        ('<meta name="dcterms.creator" content="Gemeente Oss">', "publisher", "Gemeente Oss"),
        ('<link rel="canonical" href="/a/b">', "canonical_url", "https://voorbeeld.nl/a/b"),
        ('<meta name="keywords" content="jeugd, ouderen">', "keywords", ("jeugd", "ouderen")),
        ('<meta name="DCTERMS.type" content="rapport">', "kind", "rapport"),
        (
            '<script type="application/ld+json">{"@type":"Report","license":"https://x.nl/cc0"}</script>',
            "language",
            "nl",
        ),
    ],
)
def test_stated_metadata(head, field, expected):
    loaded = load(main(head=head), url="https://voorbeeld.nl/pagina")
    assert loaded.meta[field] == expected and field not in loaded.inferred


def test_a_date_that_nothing_calls_the_publication_date_is_inferred():
    loaded = load(main("<p><time datetime='2020-05-06'>6 mei</time> was een goede dag.</p>"))
    assert loaded.meta["date"] == "2020-05-06" and loaded.inferred == ("date",)


@pytest.mark.parametrize("data", ["{", "[" * 5000, '{"@graph": [1, null, {"@type": []}]}', '"tekst"', '{"@type": {}}'])
def test_broken_structured_data_does_no_harm(data):
    assert len(kept(load(main(head=f'<script type="application/ld+json">{data}</script>')))) == 2


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"<!-- niets -->", "no HTML"),
        (b"<html><body></body></html>", "no main text"),
        (b"<frameset><frame src=a></frameset>", "no main text"),
        (b"<p " + b" ".join(b"a%d=1" % n for n in range(30_000)) + b">x", "attributes"),
        (b"<p " + b" ".join(b'a%d=">"' % n for n in range(30_000)) + b">x", "attributes"),
        ((b"<p " + b" ".join(b"a%d=1" % n for n in range(9_000)) + b">x") * 9, "attributes"),
        (b"<div>" * 100_000 + b"x", "deep"),
        (b"<b>" * 3_000 + b"x", "deep"),
        (b"<br>" * 120_000 + b"x", "elements"),
        (b"x" * 8_000_001, "characters"),
    ],
)
def test_what_is_no_page_is_refused_with_a_reason(content, message):
    with pytest.raises(SourceError, match=message):
        load_page(RawPage("bad.html", content, "text/html"))


@pytest.mark.parametrize(
    "content",
    [
        "<ol>" + "<li>punt van de lijst" * 3_000,
        "<table>" + "<tr><td rowspan=1000 colspan=1000>x<td>y" * 2_000,
        "<p>" + "<b>x</b> y " * 3_000,
        "<ul>" + "".join(f'<li class="c{n}"><a href=/>punt</a> met tekst {n}' for n in range(3_000)),
        f"<p>{TEXT}&#1;&#0;&#xD800;&#xFFFF;\x01\x0b</p>",
    ],
)
def test_odd_pages_are_read_in_reasonable_time(content):
    assert kept(load(content))


TAGS = st.sampled_from(
    "p div span ul ol li dl dt dd table tr td th h1 h2 h4 section article main nav aside footer form blockquote details"
    " summary figure figcaption a b strong br button time pre label small".split()
)
CLASSES = st.sampled_from(
    ["", "comment", "related", "hidden", "label", "menu", "accordion-title", "mobile-only", "caption"]
)


@st.composite
def fragments(draw):
    """Return HTML in which every word stands once."""
    words = iter(f"woord{n}" for n in range(1000))

    def element(depth):
        inner = "".join(element(depth + 1) for _ in range(draw(st.integers(0, 3)))) if depth < 4 else ""
        tag, class_ = draw(TAGS), draw(CLASSES)
        return f'<{tag} class="{class_}" id="{class_}">{next(words)} {inner} {next(words)}</{tag}>'

    return "".join(element(0) for _ in range(draw(st.integers(1, 4))))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(fragments())
def test_whatever_the_markup_no_word_is_lost(fragment):
    nodes = walk(lxml_html.document_fromstring(f"<body>{fragment}</body>").body)
    found = re.findall(r"woord\d+", " ".join(node.text for node in nodes))
    assert sorted(found) == sorted(re.findall(r"woord\d+", fragment))
    for node in nodes:
        assert node.text.strip() and (not node.cells or node.text == "\n".join("\t".join(row) for row in node.cells))
    assert len(reasons(nodes, TEXT)) == len(nodes)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=300), st.text("<>/=\"' apdivtrhlkx&;#!-[]", max_size=300).map(str.encode)))
def test_only_our_own_errors_come_out(content):
    try:
        loaded = load_page(RawPage("x.html", content, "text/html"))
    except SourceError as error:
        assert error.source == "x.html" and error.reason
    else:
        assert kept(loaded)
