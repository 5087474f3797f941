"""References: what is cited, and every format read back by a parser that is not ours."""

import csv
import io
import json
import re
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus import cite_formats
from corpus.cite import Name, dutch_date, name, plain, quoted, reference
from corpus.cite_formats import FORMATS, one_line, write
from corpus.document import Speaker
from corpus.errors import UsageError

NASTY = "50% van {alles} & _veel_ #1 ~ $5 ^2 \\emph{a} \"b\" 'c' <b>é ü</b> @misc{x, y}\nER  - \n[l](http://x) *a* `b`"
NOT_TEXT = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"])
TEXT = st.text(NOT_TEXT, max_size=40).map(one_line)


@pytest.fixture
def report(make_document):
    return make_document(
        "Wijkteams in beeld",
        "Eerste alinea over het wijkteam.",
        "Tweede alinea over de huisarts.",
        kind="rapport",
        url="https://voorbeeld.example/rapport_1.pdf?a=1&b=%20#x",
        publisher="Gemeente Voorbeeldstad",
        date="2018-09-20",
        date_precision="day",
        authors=("drs. Anna van der Berg", "Raad van Voorbeeld"),
        language="nl",
        themas=("wijkteams", "jeugd"),
    )


@pytest.fixture
def programme(make_document):
    document = make_document("Programma kennisdag", "Samen werken in de wijk.", kind="congresprogramma", items="sessie")
    session = replace(document.items[0], title="Samen in de wijk", speakers=(Speaker("Bo Jansen"),))
    return replace(document, items=(session,), event_date="2018-09-20", event_place="Utrecht", url="https://x.example/")


@pytest.fixture
def described(make_document):
    bron = {"title": "Bron zelf", "publisher": "Bureau", "url": "https://bron.example/", "read": "2026-11-22"}
    return make_document(
        "Zo zeggen wij het",
        "In onze woorden.",
        url="https://bron.example/",
        publisher="Bureau",
        date="2017",
        extra={"bron": {**bron, "read_part": "begin"}},
    )


def cited(document, *parts, **options):
    return [reference(document, part, base="https://hier.example/", snapshot="abc123", **options) for part in parts]


def test_a_reference_in_words(report):
    told = plain(reference(report))
    assert told == (
        "Van der Berg, A. & Raad van Voorbeeld. (2018, 20 september). Wijkteams in beeld. Gemeente Voorbeeldstad."
        " Geraadpleegd op 1 januari 2026, van https://voorbeeld.example/rapport_1.pdf?a=1&b=%20#x"
    )


def test_what_is_unknown_is_said_or_left_out(make_document):
    assert plain(reference(make_document("Een vraag?", "Tekst."))) == "Uitgever onbekend. (z.d.). Een vraag?"


def test_a_passage_is_quoted_with_its_place(report):
    passage = replace(report.passages[0], page=3)
    document = replace(report, passages=(passage, *report.passages[1:]))
    (found,) = cited(document, passage.id)
    assert found.page == 3 and found.quote == " ".join(passage.text.split())
    assert quoted(found).startswith(f"“{found.quote}” (p. 3) [Samenwijzer, {passage.id}, momentopname abc123, https://")
    assert found.permalink == f"https://hier.example/passage/{passage.id}" and plain(found) == plain(reference(report))


def test_a_session_is_a_talk_by_its_speakers(programme):
    found = reference(programme, programme.items[0].id)
    assert found.type == ("speech", "CPAPER", "inproceedings") and found.container == "Programma kennisdag"
    assert found.authors == (Name("Jansen", "Bo"),) and found.date == found.event_date == "2018-09-20"
    assert plain(found).startswith("Jansen, B. (2018, 20 september). Samen in de wijk. In Programma kennisdag.")


def test_what_was_described_is_cited_as_its_source(described):
    (found,) = cited(described, described.passages[0].id)
    assert found.title == "Bron zelf" and found.read == "2026-11-22" and found.described_in == "Zo zeggen wij het"
    assert found.note.startswith("In onze woorden. [Beschreven door Samenwijzer in “Zo zeggen wij het”, ")
    assert "alleen het begin is gelezen" in found.note and "“In onze" not in found.note


def test_a_fact_is_a_place_in_its_document(make_document):
    document = make_document("Cijfers", "Vier op de tien.", kind="factsheet", items="feit")
    found = reference(document, document.items[0].id)
    assert found.title == "Cijfers" and found.container is None and found.quote == "Vier op de tien."
    assert found.type.csl == "report"


@pytest.mark.parametrize(
    ("kind", "item", "expected"),
    [
        ("rapport", "praktijkvoorbeeld", ("chapter", "CHAP", "incollection")),
        ("tiplijst", "tip", ("webpage", "ELEC", "incollection")),
        ("tiplijst", "reactie", ("post", "BLOG", "incollection")),
        ("congresprogramma", "debat", ("speech", "CPAPER", "inproceedings")),
        ("beleidspagina", None, ("webpage", "ELEC", "misc")),
        ("handreiking", None, ("report", "RPRT", "techreport")),
    ],
)
def test_every_kind_has_a_type(make_document, kind, item, expected):
    document = make_document("Naam", "Een alinea.", kind=kind, items=item)
    found = reference(document, document.items[0].id if item else None)
    assert found.type == expected and found.type.ris in rispy.config.TYPE_OF_REFERENCE_MAPPING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jan Jansen", Name("Jansen", "Jan")),
        ("prof. dr. Anna Maria van 't Hof", Name("van 't Hof", "Anna Maria")),
        ("J.P. de Vries", Name("de Vries", "J.P.")),
        ("Lies Van den Berg", Name("Van den Berg", "Lies")),
        ("Ministerie van Volksgezondheid", Name("Ministerie van Volksgezondheid")),
        ("Annoek", Name("Annoek")),
        ("redactie van het blad", Name("redactie van het blad")),
        ("", Name("")),
    ],
)
def test_names_are_taken_apart_only_where_they_are_a_persons(text, expected):
    assert name(text) == expected


def test_an_unknown_part_is_refused(report):
    with pytest.raises(UsageError, match="nergens"):
        reference(report, "nergens")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "geen adres", None])
def test_only_web_addresses_are_cited(report, url):
    assert reference(replace(report, url=url)).url is None


@pytest.mark.parametrize(
    ("value", "expected"), [("2018", "2018"), ("2018-09", "september 2018"), ("2018-09-01", "1 september 2018")]
)
def test_dates_are_told_in_dutch(value, expected):
    assert dutch_date(value) == expected


@pytest.mark.parametrize(("date", "known"), [("--10-04", None), ("2018-13", "2018"), ("0a", None)])
def test_half_a_date_is_cited_as_far_as_it_goes(report, date, known):
    assert reference(replace(report, date=date)).date == known


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_every_format_takes_many_and_none(report, programme, described, format):
    many = [*cited(report, None), *cited(programme, programme.items[0].id), *cited(described, None)]
    assert write(many, format).count("Wijkteams in beeld") >= 1
    assert write([], format) in ("", "[]\n", write([], cite_formats.CSV))


def nasty(report):
    return replace(reference(report), title=NASTY, quote=NASTY, container=NASTY, publisher=NASTY, keywords=(NASTY,))


def test_ris_is_read_back(report, programme):
    (entry,) = rispy.loads(write([nasty(report)], FORMATS["ris"]))
    assert entry["type_of_reference"] == "RPRT" and entry["title"] == entry["publisher"] == one_line(NASTY)
    assert entry["authors"] == ["van der Berg, Anna", "Raad van Voorbeeld"] and entry["year"] == "2018"
    assert entry["date"] == "2018/09/20/" and entry["access_date"] == "2026/01/01/" and entry["language"] == "nl"
    assert entry["urls"] == ["https://voorbeeld.example/rapport_1.pdf?a=1&b=%20#x"]
    assert entry["keywords"] == [one_line(NASTY)] and entry["name_of_database"] == "Samenwijzer"
    (talk,) = rispy.loads(write(cited(programme, programme.items[0].id), FORMATS["ris"]))
    assert talk["secondary_title"] == "Programma kennisdag" and talk["place_published"] == "Utrecht"
    assert talk["accession_number"] == programme.items[0].id


def bibtex_fields(text):
    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    return [
        (entry.entry_type, {field.key: re.sub("[{}]", "", str(field.value)) for field in entry.fields})
        for entry in library.entries
    ]


def test_bibtex_is_read_back(report, programme):
    text = write([replace(nasty(report), title="50% & _x_ #1 $5 \\a ~ ^"), *cited(programme, None)], FORMATS["bibtex"])
    (first, fields), (second, other) = bibtex_fields(text)
    assert (first, second) == ("techreport", "misc")
    assert (
        fields["title"].replace("ˆ", "^") == "50% & _x_ #1 $5 \\a ~ ^"
        and fields["year"] == "2018"
        and fields["month"] == "9"
    )
    assert fields["author"] == "van der Berg, Anna and Raad van Voorbeeld" and fields["urldate"] == "2026-01-01"
    assert other["title"] == "Programma kennisdag" and "institution" in fields


# The parser is of CSL 1.0.1, in which a meeting had no title.
@pytest.mark.filterwarnings("ignore:.*unsupported.*event_title")
def test_csl_is_read_and_set_in_a_style(report, programme):
    items = json.loads(write([*cited(report, None), *cited(programme, programme.items[0].id)], FORMATS["csl"]))
    assert items[0]["author"] == [{"family": "van der Berg", "given": "Anna"}, {"literal": "Raad van Voorbeeld"}]
    assert items[0]["issued"] == {"date-parts": [[2018, 9, 20]]} and items[0]["accessed"] == {
        "date-parts": [[2026, 1, 1]]
    }
    assert items[1]["event-title"] == "Programma kennisdag" and items[1]["event-place"] == "Utrecht"
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"])]))
    told = "\n".join(map(str, bibliography.bibliography()))
    assert "Wijkteams in beeld" in told and "Berg" in told and "2018" in told and "Samen in de wijk" in told


@pytest.mark.parametrize("text", ["=1+1", "+31", "-5", "@SUM(A1)", "\t=1", "\r=1", "a;=1+1", "＝1", " =1", 'x"\n;@a'])
def test_no_cell_is_a_formula(report, text):
    read = list(
        csv.DictReader(io.StringIO(write([replace(reference(report), title=text)], FORMATS["csv"]), newline=""))
    )
    cell = read[0]["titel"]
    assert cell.replace("'", "") == text.replace("\r", "\n")
    assert not any(part.strip().startswith(("=", "+", "-", "@", "＝")) for part in cell.split(";"))


def test_csv_has_every_field_in_its_column(report):
    (found,) = cited(report, report.passages[0].id)
    (read,) = csv.DictReader(io.StringIO(write([found], FORMATS["csv"]), newline=""))
    assert tuple(read) == cite_formats.COLUMNS and read["auteurs"] == "van der Berg, Anna; Raad van Voorbeeld"
    assert read["momentopname"] == "abc123" and read["citaat"] == found.quote and read["jaar"] == "2018"


def test_markdown_shows_what_was_said_and_nothing_else(report):
    html = MarkdownIt("commonmark").render(write([nasty(report)], FORMATS["md"]))
    assert html.count("<a ") == 1 and 'href="https://voorbeeld.example/rapport_1.pdf?a=1&amp;b=%20#x"' in html
    assert "<em>" not in html and "<b>" not in html and "<code>" not in html and html.count("<li>") == 1
    assert "&lt;b&gt;é ü&lt;/b&gt;" in html and html.count("<blockquote>") == 1


@settings(max_examples=150, deadline=None)
@given(TEXT.filter(bool), TEXT, TEXT, st.lists(TEXT.filter(bool), max_size=3))
def test_no_text_breaks_out_of_its_field(make_document, title, publisher, quote, authors):
    base = reference(make_document("Naam", "Een alinea."))
    ref = replace(base, id="een", title=title, publisher=publisher, quote=quote, authors=tuple(map(name, authors)))
    (entry,) = rispy.loads(write([ref], FORMATS["ris"]))
    assert entry["title"] == title and entry.get("publisher", "") == publisher
    assert entry.get("authors", []) == [author.inverted for author in ref.authors if author.inverted]
    library = bibtexparser.parse_string(write([ref, base], FORMATS["bibtex"]))
    assert not library.failed_blocks and [len(library.entries), library.entries[1]["title"]] == [2, "{Naam}"]
    (item,) = json.loads(write([ref], FORMATS["csl"]))
    assert item["title"] == title
    (line,) = write([ref], FORMATS["jsonl"]).splitlines() if "\x85" not in title else [""]
    assert json.loads(line)["titel"] == title
    (row,) = csv.DictReader(io.StringIO(write([ref], FORMATS["csv"]), newline=""))
    assert row["id"] == ref.id and row["titel"].replace("'", "") == title.replace("'", "")
    assert MarkdownIt("commonmark").render(write([ref, base], FORMATS["md"])).count("<li>") == 2


@pytest.mark.parametrize("title", ["0. Nul", "12) Twaalf", "# Kop", "- streep", "+ plus", "= is", "1"])
def test_a_title_that_begins_as_a_list_or_heading_opens_none(make_document, title):
    ref = replace(reference(make_document("Naam", "Een alinea.")), title=title, publisher="", authors=(name(title),))
    html = MarkdownIt("commonmark").render(write([ref], FORMATS["md"]))
    assert html.count("<li>") == 1 and "<h" not in html and "<ul>" not in html
