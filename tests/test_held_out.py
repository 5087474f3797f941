"""Pages nobody tuned the rules on line by line: how many of their expectations does the normaliser meet?

`gezien` are pages that the rules were improved with. `ongezien` were only scored before and after that: 84.5 and 91.8
per cent; what they showed then has been used as well. The expectations were written before the first run.
`PYTHONPATH=. python tests/test_held_out.py gezien` prints what is not met.
"""

import io
import json
import sys
from functools import cache
from pathlib import Path

import pytest

from corpus.document import normalised
from corpus.errors import SourceError
from ingest.blocks import RawPage
from ingest.reading import read

ROOT = Path(__file__).parent / "fixtures" / "held_out"
TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".pdf": "application/pdf"}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Expectations met of each half, in per cent: lower is a regression.
FLOORS = {"gezien": 99, "ongezien": 96}


def docx_of(parts):
    import docx

    document = docx.Document()
    for kind, content in parts:
        if kind == "table":
            table = document.add_table(len(content), len(content[0]))
            for row, cells in zip(table.rows, content, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
        elif kind in ("p", "li", "ol"):
            document.add_paragraph(content, style={"li": "List Bullet", "ol": "List Number"}.get(kind))
        else:
            document.add_heading(content, 0 if kind == "title" else int(kind[1]))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf_of(parts):
    """Draw pages of two columns with a running header, page numbers and footnotes; "# " opens a heading."""
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842), invariant=1)
    for number, page in enumerate(parts["pages"], 1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 810, parts["running"])
        canvas.drawString(290, 30, str(number))
        y = 700
        for text, size in page.get("big", ()):
            canvas.setFont("Helvetica-Bold" if size > 14 else "Helvetica", size)
            canvas.drawString(60, y, text)
            y -= 30
        for x, column in ((60, page.get("left", ())), (315, page.get("right", ()))):
            y = 740
            for line in column:
                heading = line.startswith("# ")
                canvas.setFont("Helvetica-Bold" if heading else "Helvetica", 13 if heading else 9.5)
                canvas.drawString(x, y, line.removeprefix("# "))
                y -= 20 if heading else 12.5
        for index, line in enumerate(page.get("foot", ())):
            canvas.setFont("Helvetica", 7)
            canvas.drawString(60, 80 - 9 * index, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


@cache
def cases():
    found = []
    for path in sorted(ROOT.glob("*/*.json")):
        wanted = json.loads(path.read_text("utf-8"))
        made = wanted.get("make", {})
        if "docx" in made:
            page = RawPage(path.with_suffix(".docx").name, docx_of(made["docx"]), DOCX)
        elif "pdf" in made:
            page = RawPage(path.with_suffix(".pdf").name, pdf_of(made["pdf"]), TYPES[".pdf"])
        else:
            source = next(p for p in path.parent.glob(f"{path.stem}.*") if p.suffix in TYPES)
            page = RawPage(source.name, source.read_bytes(), TYPES[source.suffix])
        found.append((path.parent.name, path.stem, page, wanted))
    return found


def check(page, wanted):
    """Yield (what was expected, whether it is so, what was found)."""
    try:
        document = read(page)
    except SourceError as exc:
        yield "is readable", bool(wanted.get("fails")), str(exc)
        return
    if wanted.get("fails"):
        yield "fails", False, document.text
        return
    yield from document_checks(document, wanted)
    yield from items_checks(document, wanted)


def document_checks(document, wanted):
    for name, value in wanted["document"].items():
        yield f"{name}={value!r}", same(getattr(document, name), value), getattr(document, name)
    for field, labels in wanted.get("tags_have", {}).items():
        yield from ((f"{field} has {x}", x in getattr(document, field), getattr(document, field)) for x in labels)
    for field, labels in wanted.get("tags_lack", {}).items():
        yield from ((f"{field} lacks {x}", x not in getattr(document, field), getattr(document, field)) for x in labels)
    for name, value in wanted.get("extra", {}).items():
        yield f"extra {name}={value}", document.extra.get(name) == value, document.extra.get(name)
    tests = {
        "text_has": lambda text: normalised(text) in normalised(document.text),
        "text_lacks": lambda text: text not in document.text,
        "dropped_has": lambda text: any(text in d.text and d.reason for d in document.dropped),
        "inferred_has": lambda name: name in document.inferred,
        "not_inferred": lambda name: name not in document.inferred,
    }
    for key, test in tests.items():
        yield from ((f"{key} {value!r}", test(value), document.inferred) for value in wanted.get(key, ()))


def items_checks(document, wanted):
    by_kind = {}
    for item in document.items:
        by_kind.setdefault(item.kind, []).append(item)
    if "total_items" in wanted:
        yield "no items", not document.items, [(i.kind, i.title) for i in document.items]
    for kind, count in wanted.get("counts", {}).items():
        actual = by_kind.get(kind, [])
        yield f"{count} x {kind}", len(actual) == count, [i.title for i in actual]
    for kind, items in wanted.get("items", {}).items():
        for index, fields in enumerate(items):
            item = by_kind.get(kind, [])[index : index + 1]
            for name, value in fields.items():
                label = f"{kind} {index + 1} {name}={value!r}"
                yield (label, *item_check(item[0], name, value, by_kind)) if item else (label, False, "no such item")


def same(actual, value):
    if isinstance(value, list):
        return [fold(a) for a in actual] == [fold(v) for v in value]
    return fold(actual) == fold(value)


def fold(value):
    return normalised(value).casefold().rstrip(".:") if isinstance(value, str) else value


def item_check(item, name, value, by_kind):
    if name == "speakers":
        actual = [[s.name, s.role, s.organisation] for s in item.speakers]
        return [[fold(part) for part in s] for s in actual] == [[fold(part) for part in s] for s in value], actual
    if name in ("replies_to", "same_session_as"):
        others = by_kind.get(value[0], []) if value else []
        target = others[value[1] - 1].id if value and len(others) >= value[1] else None
        actual = getattr(item, name)
        return actual == target and (value is None or target is not None), actual
    if name == "text_has":
        return normalised(value) in normalised(item.text), item.text
    if name == "text_ends":
        return normalised(item.text).endswith(value), item.text
    if name in ("fields", "fields_have"):
        actual = dict(item.fields)
        test = (lambda a, b: fold(b) in fold(a)) if name == "fields_have" else same
        return all(test(actual.get(k, ""), v) for k, v in value.items()), actual
    if name in ("doelgroep", "gemeenten"):
        return set(value) <= set(getattr(item, name)), getattr(item, name)
    actual = getattr(item, name)
    return same(actual, value), actual


@cache
def results(half):
    return {name: list(check(page, wanted)) for part, name, page, wanted in cases() if part == half}


@pytest.mark.parametrize("half", ["gezien", "ongezien"])
def test_expectations_met(half):
    checks = [entry for entries in results(half).values() for entry in entries]
    score = 100 * sum(ok for _, ok, _ in checks) / len(checks)
    missed = [f"{name}: {what}" for name, entries in results(half).items() for what, ok, _ in entries if not ok]
    assert score >= FLOORS[half], "\n".join(missed)


@pytest.mark.parametrize(("name", "page"), [(n, p) for _, n, p, wanted in cases() if not wanted.get("fails")])
def test_offsets_are_verbatim(name, page):
    document = read(page)
    for part in (*document.items, *document.passages):
        assert document.text[part.char_start : part.char_end] == part.text


if __name__ == "__main__":
    for half in sys.argv[1:] or FLOORS:
        total = good = 0
        for name, entries in results(half).items():
            met = sum(ok for _, ok, _ in entries)
            good, total = good + met, total + len(entries)
            print(f"{half}/{name}: {met}/{len(entries)}")  # noqa: T201
            if len(sys.argv) > 1:
                for what, ok, actual in entries:
                    if not ok:
                        print(f"    {what}\n        {str(actual)[:300]!r}")  # noqa: T201
        print(f"== {half}: {good}/{total} = {100 * good / total:.1f}%")  # noqa: T201
