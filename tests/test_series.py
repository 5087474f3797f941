"""Congresses of one series, found by the people they share."""

from pathlib import Path

import pytest

from corpus.document import Document, Item, Speaker, content_id
from ingest.blocks import RawPage
from ingest.reading import read
from ingest.series import linked

SEEDS = Path(__file__).resolve().parents[1].parent / "shared" / "seeds"


def meeting(name, *speakers, kind="congresprogramma"):
    item = Item(f"i{name}", "plenair", "Opening", "Opening", 0, 7, speakers=tuple(map(Speaker, speakers)))
    return Document(content_id(name), name, kind, name, "Opening", name, "", "", "", "t", items=(item,))


def links(*documents):
    return {d.key: (d.extra.get("same_series_as"), d.extra.get("aliases")) for d in linked(documents)}


def test_two_people_in_common_of_whom_one_is_spelled_otherwise():
    a = meeting("a", "Karin de Proef", "Jaap van der Test")
    b = meeting("b", "Karen de Proef", "Jaap van der Test", "Bea ten Test")
    assert links(a, b) == {
        "a": ([b.id], {"Karin de Proef": ["Karen de Proef"]}),
        "b": ([a.id], {"Karen de Proef": ["Karin de Proef"]}),
    }


@pytest.mark.parametrize(
    "others",
    [
        ("Karen de Proef", "Jaap ter Test"),  # nobody by the same name
        ("Jaap van der Test",),  # one person speaks at many congresses
        ("Jaap van der Test", "Mirin de Proef"),
        ("Jaap van der Test", "Karin"),
    ],
)
def test_too_little_in_common(others):
    assert links(meeting("a", "Karin de Proef", "Jaap van der Test"), meeting("b", *others)) == {}


def test_no_meeting_no_series():
    people = "Karin de Proef", "Jaap van der Test"
    assert links(meeting("a", *people), meeting("b", *people, kind="rapport")) == {}


def test_links_that_no_longer_hold_go_and_links_that_hold_change_nothing():
    a, b = (meeting(name, "Karin de Proef", "Jaap van der Test") for name in "ab")
    a, b = linked([a, b])
    assert a.inferred == ("same_series_as",)
    assert links(a, b) == {}
    assert links(a) == {"a": (None, None)}


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the founding documents (../shared/seeds) are not here")
def test_the_founding_announcement_and_list_of_tips_are_of_one_series():
    pages = [RawPage(p.name, p.read_bytes(), "text/plain") for p in sorted(SEEDS.glob("*.txt"))]
    documents = [read(page) for page in pages]
    found = {d.key[:3]: d for d in linked(documents)}
    assert set(found) == {"000", "001"}
    assert found["000"].extra["aliases"] == {"Henri de Boer": ["Henry de Boer"]}
    assert found["001"].extra["same_series_as"] == [documents[0].id]
    assert {"same_series_as", "aliases"} <= set(found["001"].inferred)
