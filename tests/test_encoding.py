"""Bytes to text, whatever a source says about its encoding."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encoding import charset_of, decode

DUTCH = "Eén coördinator in café ‘De Bron’ kost € 1.500"


@pytest.mark.parametrize("bom", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_goes_before_everything(bom):
    encoding = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}[bom]
    assert decode(bom + DUTCH.encode(encoding), "iso-8859-1") == DUTCH


def test_the_header_goes_before_the_page():
    page = '<meta charset="utf-8"><p>Łódź</p>'
    assert decode(page.encode("iso-8859-2"), "iso-8859-2") == page


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="iso-8859-15">',
        "<META http-equiv=Content-Type content='text/html; charset=ISO-8859-15'>",
        '<?xml version="1.0" encoding="iso-8859-15"?>',
    ],
)
def test_the_page_goes_before_a_guess(declaration):
    page = f"{declaration}<p>kosten: 5 € per café</p>"
    assert decode(page.encode("iso-8859-15")) == page


@pytest.mark.parametrize("label", ["utf-8", None, "us-ascii", "iso-8859-1", "windows-1252", "utf-16"])
def test_cp1252_comes_out_right_whatever_the_header_says(label):
    assert decode(DUTCH.encode("cp1252"), label) == DUTCH


def test_a_page_that_calls_itself_utf8_but_is_cp1252_comes_out_right():
    page = f'<meta charset="utf-8"><p>{DUTCH}</p>'
    assert decode(page.encode("cp1252"), "utf-8") == page


def test_a_page_in_utf8_with_a_stray_byte_stays_in_utf8():
    assert decode(f"{DUTCH} en ".encode() + b"caf\xe9", "utf-8") == f"{DUTCH} en café"


@pytest.mark.parametrize("label", ["hex", "rot13", "zlib", "utf-7", "idna", "no-such-thing", "x\0y", "é", ""])
def test_a_charset_that_is_none_does_no_harm(label):
    assert decode(DUTCH.encode("cp1252"), label) == DUTCH
    assert decode(DUTCH.encode(), label) == DUTCH


@given(st.text(), st.sampled_from([None, "utf-8", "cp1252", "latin-1", "bogus"]))
def test_utf8_with_a_mark_is_read_back(text, label):
    assert decode(codecs.BOM_UTF8 + text.encode("utf-8", "ignore"), label) == text.encode("utf-8", "ignore").decode()


@given(st.binary(), st.text(max_size=20))
def test_no_bytes_and_no_label_make_it_fail(content, label):
    assert isinstance(decode(content, label), str)


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        ("text/html; charset=UTF-8", "UTF-8"),
        ('text/html; Charset="iso-8859-1"; x=y', "iso-8859-1"),
        ("text/html", None),
    ],
)
def test_charset_of_a_header(header, charset):
    assert charset_of(header) == charset
