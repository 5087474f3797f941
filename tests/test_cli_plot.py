"""Charts as files: SVG or PNG, with the numbers beside them."""

import csv
import struct
import sys
from xml.etree import ElementTree

import pytest

from index.overview import overview
from index.search import Searcher

CHARTS = [["coverage"], ["years"], ["freshness"], ["map"], ["why", "POH-jeugd wijkteam"]]


def numbers(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart[0])
def test_a_chart_is_an_svg_with_its_numbers_beside_it(run, starter_kb, tmp_path, chart):
    path = tmp_path / "chart.svg"
    code, out, err = run("--kb", starter_kb, "plot", *chart, "--out", path)
    header, *rows = numbers(path.with_suffix(".csv"))
    assert code == 0 and out.split("\n") == [str(path), str(path.with_suffix(".csv")), ""] and err.endswith(".\n")
    root = ElementTree.fromstring(path.read_text("utf-8"))
    assert root.tag.endswith("svg") and "<style>" in path.read_text("utf-8")
    assert rows and all(len(row) == len(header) for row in rows)
    texts = " ".join(root.itertext())
    assert sum(row[0][:20] in texts for row in rows) >= min(len(rows), 10)


def test_the_numbers_are_those_of_the_snapshot(run, starter_kb, tmp_path):
    run("--kb", starter_kb, "plot", "coverage", "-o", tmp_path / "c.svg")
    header, *rows = numbers(tmp_path / "c.csv")
    seen = overview(Searcher.open(starter_kb).snapshot).coverage
    found = {(row[0], name): int(n) for row in rows for name, n in zip(header[1:], row[1:], strict=True) if int(n)}
    assert found == dict(seen.counts)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart[0])
def test_a_png_is_twice_as_large_and_in_the_colours_of_the_svg(run, starter_kb, tmp_path, chart):
    from PIL import Image

    assert run("--kb", starter_kb, "plot", *chart, "-o", tmp_path / "c.svg")[0] == 0
    assert run("--kb", starter_kb, "plot", *chart, "-o", tmp_path / "c.png")[0] == 0
    svg = ElementTree.fromstring((tmp_path / "c.svg").read_text("utf-8"))
    width, height = struct.unpack(">II", (tmp_path / "c.png").read_bytes()[16:24])
    assert abs(width - 2 * float(svg.get("width"))) <= 2 and abs(height - 2 * float(svg.get("height"))) <= 2
    with Image.open(tmp_path / "c.png") as image:
        colours = {colour[:3] for _, colour in image.convert("RGB").getcolors(1 << 24)}
    dark = bytes.fromhex((tmp_path / "c.svg").read_text("utf-8").partition("--chart-4: #")[2][:6])
    assert tuple(dark) in colours and (255, 255, 255) in colours and (0, 0, 0) not in colours


def test_a_png_without_the_package_says_what_to_install(run, starter_kb, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    code, out, err = run("--kb", starter_kb, "plot", "years", "-o", tmp_path / "c.png")
    assert (code, out) == (2, "") and "samenwijzer[png]" in err and not list(tmp_path.glob("c.*"))


def test_what_cannot_be_drawn_is_told(run, starter_kb, tmp_path):
    kb = ("--kb", starter_kb)
    for wrong in (["why"], ["years", "wijkteam"], ["onzin"], ["years", "-o", tmp_path / "c.pdf"]):
        assert run(*kb, "plot", *wrong)[:2] == (2, ""), wrong
    assert "choose another --out" in run(*kb, "plot", "years", "-o", tmp_path / "none" / "c.svg")[2]
    assert run(*kb, "plot", "why", "%%%", "-o", tmp_path / "c.svg")[:2] == (1, "")
    assert run("--kb", tmp_path, "plot", "years")[0] == 3
