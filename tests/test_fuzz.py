"""A short form of the fuzzer for every reader, and what it found before."""

import dataclasses
import json
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Document
from corpus.errors import FetchError, SourceError
from ingest.addresses import canonical
from ingest.blocks import RawPage
from ingest.fetch import expand
from ingest.jsonl import records
from ingest.pipeline import ingest
from ingest.reading import read

# `benchmarks` is not installed with the package: it is found from the repository's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import fuzz, fuzz_targets  # noqa: E402

INPUTS = 6


@pytest.mark.parametrize("name", fuzz_targets.TARGETS)
def test_every_reader_stands_its_seeds_and_changes_to_them(name):
    target, chance = fuzz_targets.TARGETS[name], random.Random(name)
    seeds = target.seeds()
    assert seeds and all(seeds)
    for content in (b"", seeds[0], *(fuzz.changed(chance.choice(seeds), chance) for _ in range(INPUTS))):
        target.read(content)


def test_a_finding_is_kept_and_can_be_read_again(tmp_path, monkeypatch, capsys):
    def stumbles(content):
        if b"!!!" in content:
            raise RuntimeError("found")

    monkeypatch.setattr(fuzz, "FOUND", tmp_path)
    monkeypatch.setitem(fuzz.TARGETS, "text", fuzz_targets.Target(stumbles, lambda: [b"een zin."]))
    assert fuzz.by_chance("text", 0.05, 1) > 0
    monkeypatch.setitem(fuzz.TARGETS, "text", fuzz_targets.Target(stumbles, lambda: [b"!" * 100]))
    with pytest.raises(RuntimeError):
        fuzz.by_chance("text", 5, 1)
    (kept,) = tmp_path.iterdir()
    monkeypatch.setattr(sys, "argv", ["fuzz", "--target", "text", "--again", str(kept)])
    with pytest.raises(RuntimeError, match="found"):
        fuzz.main()


def test_json_that_is_nested_too_deep_costs_one_line():
    lines = b"[" * 100_000 + b'\n{"text": "Het wijkteam belt."}\n'
    first, second = records(RawPage("a.jsonl", lines, "application/jsonl"))
    assert (
        isinstance(first, SourceError) and "line 1 is passed over" in first.reason and second.source == "a.jsonl#line-2"
    )


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (
            "application/jsonl",
            b'{"id": "\\ud800", "title": "\\udfff x", "text": "a \\ud83d b", "extra": {"\\ud800": [1]}}',
        ),
        ("text/markdown", b'---\ntitle: "\\uD800 x"\nthemas: ["\\uD800"]\n---\nHet wijkteam belt.\n'),
        ("text/html", b'<h1>Kop &#xD800;</h1><script type="application/ld+json">{"name": "\\ud800"}</script><p>Bel.'),
    ],
)
def test_half_a_character_stops_nothing(tmp_path, corpus, media_type, content):
    suffix = {"application/jsonl": "jsonl", "text/markdown": "md", "text/html": "html"}[media_type]
    (tmp_path / f"a.{suffix}").write_bytes(content)
    (tmp_path / "b.md").write_text("# Kop\n\nDe huisarts belt het wijkteam.\n")
    report = ingest([str(tmp_path / f"a.{suffix}"), str(tmp_path / "b.md")], corpus)
    assert [entry.outcome for entry in report.files] == ["added", "added"]
    corpus.commit()


@pytest.mark.parametrize("extra", ["a", "[a, b]", "3", "[[a, b]]"])
def test_an_extra_that_is_no_table_is_passed_over(extra):
    content = f"---\ntitle: Kop\nextra: {extra}\nthemas: 3\n---\nHet wijkteam belt de huisarts.\n".encode()
    document = read(RawPage("a.md", content, "text/markdown", None, {}, "2026-01-01"))
    assert document.title == "Kop" and document.themas == ("3",)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({field.name for field in dataclasses.fields(Document)} | {"year"}) + ["iets"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_a_json_record_of_any_shape_is_read_or_refused(fields):
    content = json.dumps({"text": "1. Het wijkteam belt.\n2. De huisarts belt terug.", **fields}).encode()
    fuzz_targets.TARGETS["jsonl"].read(content)


@pytest.mark.parametrize(
    "text", ["source = 3", "source = ['a']", "[source]\nurl = 'https://e.nl'", "[[source]]\nurl = 3"]
)
def test_a_catalogue_of_another_shape_is_refused_in_words(tmp_path, text):
    path = tmp_path / "sources.toml"
    path.write_text(text)
    try:
        found = list(expand(str(path)))
    except FetchError as exc:
        found = [exc]
    assert found and all(isinstance(one, SourceError) and str(path) in str(one) for one in found)


@pytest.mark.parametrize("url", ["https://[e.nl/a", "https://e.nl:poort/", "https://e.nl:0/"])
def test_an_address_that_cannot_be_taken_apart_is_left_out(url):
    for media_type, content in (
        ("text/markdown", f"---\nurl: '{url}'\n---\n# Kop\n\nHet wijkteam belt.\n"),
        ("text/html", f"<link rel=canonical href='{url}'><h1>Kop</h1><p>Het wijkteam belt de huisarts.</p>"),
        ("application/json", json.dumps({"url": url, "canonical_url": url, "text": "Het wijkteam belt de huisarts."})),
    ):
        page = RawPage(
            "https://e.nl/a", content.encode(), media_type, "https://e.nl/a", {}, "2026-01-01T00:00:00+00:00"
        )
        document = read(page)
        assert document.url == "https://e.nl/a" and document.canonical_url in (None, "https://e.nl/a")
        assert document.host == "e.nl"


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("https://e.nl/a/%2e/b", "https://e.nl/a/b"),
        ("https://e.nl/%%44e", "https://e.nl/%25De"),
        ("https://e.nl/.//a", "https://e.nl/a"),
    ],
)
def test_an_address_is_spelled_in_one_way(url, spelled):
    assert canonical(url) == spelled == canonical(spelled)


@pytest.mark.parametrize("url", ["http:///a", "https://", "http://:80/"])
def test_an_address_without_a_host_is_none(url):
    with pytest.raises(ValueError, match="host"):
        canonical(url)


def test_a_fault_of_ours_costs_one_source(tmp_path, corpus, monkeypatch):
    for name in "ab":
        (tmp_path / f"{name}.md").write_text(f"# Kop\n\nHet wijkteam {name} belt de huisarts.\n")

    def stumbles(loaded, page, text):
        if page.source.endswith("a.md"):
            raise IndexError("list index out of range")
        return describe(loaded, page, text)

    from ingest import metadata

    describe = metadata.describe
    monkeypatch.setattr(metadata, "describe", stumbles)
    report = ingest([str(tmp_path / f"{name}.md") for name in "ab"], corpus)
    assert [entry.outcome for entry in report.files] == ["failed", "added"]
    assert "IndexError" in report.files[0].reason and "report this source" in report.files[0].reason
