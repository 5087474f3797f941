"""How well claims that passages carry are told from those that they do not, and that the check never fails itself."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sentences import sentences
from index.expansion import Terms
from index.hits import make_hit
from index.search import Searcher
from index.verify import Statement, carriers_of, statements, verify

CLAIMS = Path(__file__).parent / "data" / "claims" / "claims.jsonl"
# Of the true claims at least this share passes; these false ones do, and no others. Both turn a relation around with
# the passage's own words.
PASSED = 0.89
FALSE = {
    "In Hoogeloon begon de gemeente in 2005 een zorgcoöperatie.",
    "Per jaar volgt 14 procent van de thuiswonende 65-plussers een beweegcursus.",
}


@pytest.fixture(scope="module")
def searcher(starter_kb):
    return Searcher.open(starter_kb)


@pytest.fixture(scope="module")
def passages(searcher):
    """Return the passages of each record, as hits."""
    found = {}
    for row in range(len(searcher.snapshot)):
        record = searcher.snapshot.record(row)
        found.setdefault(record.source_id, []).append(make_hit(record, 1, (0, 0, 0), Terms(())))
    return found


def test_claims_are_told_apart(searcher, passages):
    claims = [json.loads(line) for line in CLAIMS.read_text("utf-8").splitlines()]
    assert len(claims) == 156 and {claim["record"] for claim in claims} <= set(passages)

    def passes(claim):
        hits = passages[claim["record"]]
        each = [(n,) for n in range(1, len(hits) + 1)]
        cited = [*each, tuple(range(1, len(hits) + 1))]
        return any(carriers_of(searcher, Statement(claim["claim"], numbers), hits) for numbers in cited)

    true = [claim["claim"] for claim in claims if claim["carried"]]
    passed = {claim["claim"]: claim["carried"] for claim in claims if passes(claim)}
    assert sum(passed.values()) / len(true) >= PASSED
    assert {claim for claim, carried in passed.items() if not carried} <= FALSE


def test_every_sentence_of_a_passage_carries_itself(searcher, passages):
    checked = kept = 0
    for hits in list(passages.values())[::4]:
        for start, end in sentences(hits[0].text):
            text = " ".join(hits[0].text[start:end].split())
            plain = len(text.split()) >= 4 and not set("?@:/[]").intersection(text)
            if plain:
                checked += 1
                kept += bool(carriers_of(searcher, Statement(text, (1,)), hits))
    assert checked > 80 and kept / checked >= 0.97


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Eén [1]. Twee [2].", [("Eén.", (1,)), ("Twee.", (2,))]),
        ("Eén. [1] Twee. [2][3]", [("Eén.", (1,)), ("Twee.", (2, 3))]),
        ("Eén [1, 2; 1].\n\n* Twee", [("Eén.", (1, 2)), ("Twee", ())]),
        ("1. Dit is o.a. goed [1].\n---\n", [("Dit is o.a. goed.", (1,))]),
        ("", []),
    ],
)
def test_sentences_and_their_marks(text, expected):
    assert [tuple(statement) for statement in statements(text)] == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30), st.sampled_from(["[1]", "[2]", ". ", "\n", "huisarts", "40", "niet", "º", "ﬁ", "ﾞﾞ"])
        ),
        max_size=25,
    )
)
def test_any_text_gives_plain_sentences_with_sources_or_is_withheld(searcher, passages, pieces):
    text = " ".join(pieces)
    hits = passages["poh-jeugd-assen"]
    found = verify(searcher, text, hits)
    assert len(found.sentences) + found.withheld <= len(list(statements(text)))
    for sentence in found.sentences:
        assert sentence.citations and not set("<>[]{}|`*_#@\\").intersection(sentence.text)
        assert all(1 <= number <= len(found.sources) for number in sentence.citations)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_foreign_word_or_number_in_a_sentence_of_the_passage_withholds_it(searcher, passages, data):
    hits = passages["straatdokter-eindhoven"]
    good = "Per jaar wordt ruim 12.000 euro bespaard door minder huisartsenuren".split()
    assert carriers_of(searcher, Statement(" ".join(good), (1,)), hits) or len(hits) > 1
    foreign = data.draw(st.sampled_from(["zwembad", "Amersfoort", "17", "drieduizend", "VGZ", "nooit", "verplicht"]))
    at = data.draw(st.integers(0, len(good)))
    text = " ".join([*good[:at], foreign, *good[at:]])
    assert not any(carriers_of(searcher, Statement(text, (n,)), hits) for n in range(1, len(hits) + 1))
