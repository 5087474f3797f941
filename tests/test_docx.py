"""Word documents made on the spot, with what python-docx cannot write put in as XML."""

import io
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from corpus.errors import SourceError
from ingest.blocks import RawPage
from ingest.docx import load

W = nsdecls("w")


def loaded(document, **changes: bytes):
    """Save, replace or add parts, and load."""
    return load(raw(packed(document, changes)))


def raw(content: bytes) -> RawPage:
    return RawPage("map/nota.docx", content, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")


def packed(document, changes: dict[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    if not changes:
        return stream.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [name for name in old.namelist() if name not in changes]:
            new.writestr(name, old.read(name))
        for name, data in changes.items():
            new.writestr(name, data)
    return out.getvalue()


def body(document, *fragments: str) -> None:
    """Put XML before the section properties at the end of the body."""
    for fragment in fragments:
        document.element.body.insert_element_before(parse_xml(fragment), "w:sectPr")


def shapes(result):
    return [(block.kind, block.level, block.number, block.text) for block in result.blocks]


def test_headings_lists_and_paragraphs_in_order():
    document = docx.Document()
    document.add_heading("Samen in de wijk", 0)
    document.add_heading("Aanpak", 1)
    document.add_paragraph("Welzijn op recept werkt.")
    document.add_paragraph("Eerst kennismaken", style="List Bullet")
    document.add_paragraph("Dan afspreken", style="List Number")
    document.add_paragraph("En volhouden", style="List Number")
    document.add_heading("Zo deden wij het", 2)
    document.add_paragraph("Doe het samen.", style="Quote")
    document.add_paragraph("Figuur 1. De wijk", style="Caption")
    assert shapes(loaded(document)) == [
        ("heading", 1, None, "Samen in de wijk"),
        ("heading", 1, None, "Aanpak"),
        ("paragraph", 0, None, "Welzijn op recept werkt."),
        ("list_item", 1, "•", "Eerst kennismaken"),
        ("list_item", 1, "1.", "Dan afspreken"),
        ("list_item", 1, "2.", "En volhouden"),
        ("heading", 2, None, "Zo deden wij het"),
        ("quote", 0, None, "Doe het samen."),
        ("caption", 0, None, "Figuur 1. De wijk"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "level", "dropped"),
    [
        ("Kop 1", "heading", 1, None),
        ("kop 3", "heading", 3, None),
        ("Titel", "heading", 1, None),
        ("Bijschrift", "caption", 0, None),
        ("Citaat", "quote", 0, None),
        ("Lijst opsom.teken", "list_item", 1, None),
        ("Lijstnummering", "list_item", 1, None),
        ("Inhopg 1", "paragraph", 0, "table of contents"),
        ("toc 2", "paragraph", 0, "table of contents"),
        ("Koppeling", "paragraph", 0, None),
    ],
)
def test_dutch_style_names(name, kind, level, dropped):
    document = docx.Document()
    document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Tekst van de alinea", style=name)
    block = loaded(document).blocks[0]
    assert (block.kind, block.level, block.dropped) == (kind, level, dropped)


def test_style_that_inherits_from_a_heading_and_outline_level():
    document = docx.Document()
    style = document.styles.add_style("Hoofdstuktitel gemeente", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Geërfd", style="Hoofdstuktitel gemeente")
    body(document, f'<w:p {W}><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>Niveau drie</w:t></w:r></w:p>')
    assert shapes(loaded(document)) == [("heading", 2, None, "Geërfd"), ("heading", 3, None, "Niveau drie")]


def test_bold_lines_are_headings_only_where_no_style_is():
    document = docx.Document()
    document.add_paragraph().add_run("Werkwijze").bold = True
    document.add_paragraph("Wij bellen eerst.")
    document.add_paragraph().add_run("Dit is een hele zin.").bold = True
    assert [b.kind for b in loaded(document).blocks] == ["heading", "paragraph", "paragraph"]
    document.add_heading("Echte kop", 1)
    assert [b.kind for b in loaded(document).blocks] == ["paragraph", "paragraph", "paragraph", "heading"]


def numbering(levels: str) -> bytes:
    return (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="4">{levels}</w:abstractNum>'
        '<w:num w:numId="7"><w:abstractNumId w:val="4"/></w:num>'
        '<w:num w:numId="8"><w:abstractNumId w:val="4"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num></w:numbering>'
    ).encode()


def item(text: str, depth: int = 0, num: int = 7) -> str:
    place = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{num}"/></w:numPr>'
    return f"<w:p {W}><w:pPr>{place}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(depth: int, form: str, text: str) -> str:
    return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'


def test_markers_are_counted_as_word_prints_them():
    document = docx.Document()
    body(document, item("a"), item("b", 1), item("c", 1), item("d"), item("e", 1), item("f", 2), item("g", 0, 8))
    levels = level(0, "decimal", "%1.") + level(1, "lowerLetter", "%1.%2)") + level(2, "bullet", "\uf0b7")
    result = loaded(document, **{"word/numbering.xml": numbering(levels)})
    expected = [("1.", 1), ("1.a)", 2), ("1.b)", 2), ("2.", 1), ("2.a)", 2), ("•", 3), ("5.", 1)]
    assert [(block.number, block.level) for block in result.blocks] == expected


def test_roman_and_missing_numbering():
    document = docx.Document()
    body(document, *[item(str(n)) for n in range(4)], item("los", 0, 99), item("uit", 0, 0))
    result = loaded(document, **{"word/numbering.xml": numbering(level(0, "upperRoman", "(%1)"))})
    assert [block.number for block in result.blocks] == ["(I)", "(II)", "(III)", "(IV)", "•", None]
    assert result.blocks[-1].kind == "paragraph"


def test_table_with_merged_cells_is_not_repeated():
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{index}"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "breed"
    table.cell(1, 2).merge(table.cell(2, 2)).text = "hoog"
    document.add_paragraph("Na de tabel.")
    result = loaded(document)
    assert result.blocks[0].cells == (("breed", "", "c2"), ("c3", "c4", "hoog"), ("c6", "c7", ""))
    assert result.blocks[0].text == "breed\t\tc2\nc3\tc4\thoog\nc6\tc7\t"
    assert result.blocks[1].text == "Na de tabel."


def test_nested_table_follows_its_table():
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "links"
    inner = table.cell(0, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "x", "y"
    assert [block.cells for block in loaded(document).blocks] == [(("links", ""),), (("x", "y"),)]


def test_layout_table_is_walked():
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "In een kader"
    cell.add_paragraph("Kop in kader", style="Heading 2")
    inner = cell.add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "a", "b"
    assert [block.kind for block in loaded(document).blocks] == ["paragraph", "heading", "table"]


def test_text_that_iter_inner_content_passes_over():
    document = docx.Document()
    run = "<w:r><w:t>{}</w:t></w:r>"
    body(
        document,
        f"<w:sdt {W}><w:sdtContent><w:p>{run.format('in een veld')}</w:p></w:sdtContent></w:sdt>",
        f"<w:p {W}><w:r><w:t>een </w:t></w:r><w:ins>{run.format('nieuw')}</w:ins>"
        f"<w:del><w:r><w:delText>oud</w:delText></w:r></w:del><w:smartTag>{run.format(' woord')}</w:smartTag></w:p>",
        f"<w:p {W}><w:r><w:rPr><w:vanish/></w:rPr><w:t>verborgen</w:t></w:r>{run.format('zichtbaar')}</w:p>",
        f"<w:p {W}><w:r><w:t>POH</w:t><w:noBreakHyphen/><w:t>jeugd</w:t><w:br/><w:t>en</w:t><w:tab/><w:t>x</w:t></w:r>"
        "</w:p>",
        f"<w:p {W}><w:hyperlink>{run.format('verwijzing')}</w:hyperlink><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "</w:p>",
    )
    assert [block.text for block in loaded(document).blocks] == [
        "in een veld",
        "een nieuw woord",
        "zichtbaar",
        "POH-jeugd\nen\tx",
        "verwijzing",
    ]


def test_text_box_is_read_once_and_after_its_paragraph():
    document = docx.Document()
    spaces = f'{W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>In de kantlijn</w:t></w:r></w:p></w:txbxContent>"
    body(
        document,
        f'<w:p {spaces}><w:r><w:t>Lopende tekst</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps">'
        f"{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
    )
    assert [block.text for block in loaded(document).blocks] == ["Lopende tekst", "In de kantlijn"]


def test_footnote_follows_its_paragraph():
    document = docx.Document()
    call = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body(document, f"<w:p {W}><w:r><w:t>Bewezen</w:t></w:r>{call}<w:r><w:t> effect.</w:t></w:r></w:p>")
    document.add_paragraph("Verder.")
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>Bron: Movisie.</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {W}>{note}</w:footnotes>"
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"'
        ' Target="footnotes.xml"/></Relationships>'
    )
    with zipfile.ZipFile(io.BytesIO(packed(document))) as package:
        relations = package.read("word/_rels/document.xml.rels").decode()
        types = package.read("[Content_Types].xml").decode()
    override = '<Override PartName="/word/footnotes.xml" ContentType="application/xml"/></Types>'
    changes = {
        "word/footnotes.xml": notes.encode(),
        "word/_rels/document.xml.rels": relations.replace("</Relationships>", relation).encode(),
        "[Content_Types].xml": types.replace("</Types>", override).encode(),
    }
    result = loaded(document, **changes)
    assert [(b.kind, b.text) for b in result.blocks] == [
        ("paragraph", "Bewezen effect."),
        ("footnote", "Bron: Movisie."),
        ("paragraph", "Verder."),
    ]


def test_properties():
    document = docx.Document()
    document.core_properties.title = "  Samen \n sterk "
    document.core_properties.author = "Pharos Expertisecentrum"
    document.core_properties.language = "nl-NL"
    document.core_properties.modified = __import__("datetime").datetime(2024, 3, 2)
    result = loaded(document)
    assert result.meta == {
        "title": "Samen sterk",
        "authors": ("Pharos Expertisecentrum",),
        "language": "nl",
        "date": "2024-03-02",
        "date_precision": "day",
    }
    assert result.inferred == ("date",)


def test_properties_that_say_nothing():
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "Document1", "gebruiker"
    document.add_heading("De echte titel", 1)
    result = loaded(document)
    assert result.meta["title"] == "De echte titel" and "authors" not in result.meta
    assert "title" in result.inferred


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7", "not a Word file, whatever its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old kind \(.doc\); save it as .docx"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "locked with a password; save it without one",
        ),
        (b"PK\x03\x04half", "damaged or cut off"),
    ],
)
def test_no_word_file(content, reason):
    with pytest.raises(SourceError, match=rf"^map/nota.docx: .*{reason}"):
        load(raw(content))


def test_cut_in_half():
    document = docx.Document()
    document.add_paragraph("tekst " * 500)
    content = packed(document)
    with pytest.raises(SourceError, match="damaged or cut off"):
        load(raw(content[: len(content) // 2]))


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


def test_bombs_are_refused_unopened():
    types = {"[Content_Types].xml": b"<Types/>"}
    with pytest.raises(SourceError, match="far too large"):
        load(raw(zipped(**types, **{"word/document.xml": bytes(5_000_000)})))
    with pytest.raises(SourceError, match="too many parts"):
        load(raw(zipped(**types, **{f"word/{n}": b"" for n in range(6000)})))
    with pytest.raises(SourceError, match="a ZIP file but not a Word file"):
        load(raw(zipped(**{"foto.jpg": b"x"})))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_entities_are_refused(encoding):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:document/>'
    with pytest.raises(SourceError, match=r"word/document.xml has a DOCTYPE"):
        loaded(docx.Document(), **{"word/document.xml": bomb.encode(encoding)})


def test_broken_parts_are_the_files_fault():
    with pytest.raises(SourceError, match="the Word file is damaged"):
        loaded(docx.Document(), **{"word/document.xml": b"<w:document"})
    with pytest.raises(SourceError, match="the Word file is damaged"):
        loaded(docx.Document(), **{"word/numbering.xml": b"<niet>xml"})


def test_empty_paragraphs_give_no_blocks():
    document = docx.Document()
    document.add_paragraph("")
    document.add_paragraph("   ")
    document.styles["Normal"].font.size = Pt(11)
    assert loaded(document).blocks == ()
