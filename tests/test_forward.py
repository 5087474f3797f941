"""The words of passages: counted as by hand, found back by their stems, and the same whichever way they came in."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dutch import analyse, pieces, words
from index.forward import ARRAYS, count, reread
from index.lexical import build
from index.terms import token_spans, word_stems

TEXTS = st.lists(st.text(alphabet="abdegijklmnorstwz -é", max_size=40), max_size=6, unique=True)
SENTENCES = (
    "Het wijkteam werkt samen met de huisarts.",
    "Schuldhulpmaatjes helpen, ook bij jeugdzorg en -hulp.",
    "",
    "De gemeente helpt bij schulden, zegt de huisarts.",
)


def same(one, two):
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ARRAYS)


@given(TEXTS)
def test_words_are_counted_and_those_of_the_context_half(texts):
    contexts = texts[::-1]
    counted = count(texts, contexts)
    dense = counted.forward.matrix().toarray()
    assert counted.vocabulary == counted.forward.vocabulary() == sorted({w for text in texts for w in words(text)})
    for row, (text, context) in enumerate(zip(texts, contexts, strict=True)):
        found = Counter(words(text))
        for word in words(context):
            found[word] += 0.5
        assert dict(found) == {w: n for w, n in zip(counted.vocabulary, dense[row], strict=True) if n}


@given(TEXTS, TEXTS)
def test_a_count_that_starts_from_another_is_the_same_as_one_from_nothing(before, after):
    known = count(before, before).forward
    texts = after + before[1:]
    assert same(count(texts, texts, known).forward, count(texts, texts).forward)


def test_what_is_known_is_not_analysed_again(monkeypatch):
    known = count(SENTENCES, None).forward
    analysed = []
    monkeypatch.setattr("index.forward.pieces", lambda text: analysed.append(text) or pieces(text))
    again = count([SENTENCES[3], "Een nieuwe zin.", SENTENCES[0]], ["", "", "Wijkteams"], known)
    assert [text for text in analysed if text] == ["Een nieuwe zin.", SENTENCES[0], "Wijkteams"]
    assert "schuldhulpmaatjes" not in again.vocabulary


@pytest.mark.parametrize("wanted", [set(), {"wijk"}, {"schuld", "huisart"}, {"jeugdhulp"}, {"hulp"}, {"onbekend"}])
def test_words_are_found_by_the_stems_that_they_bear(wanted):
    forward = count(SENTENCES, SENTENCES[::-1]).forward
    bearing = forward.bearing(wanted)
    for row, (text, context) in enumerate(zip(SENTENCES, SENTENCES[::-1], strict=True)):
        bearers = {word for word in (*words(text), *words(context)) if wanted.intersection(word_stems(word))}
        found = forward.find(row, text, bearing)
        assert found.words == bearers
        whole = [token for token in analyse(text) if not bearers.isdisjoint(token.words)]
        assert [token[:3] for token in found.tokens] == [token[:3] for token in whole]
        for token, other in zip(found.tokens, whole, strict=True):
            assert token_spans(token, wanted) == token_spans(other, wanted)
        assert reread(text, SENTENCES[-1 - row], wanted) == (whole, bearers)


def test_an_index_made_from_an_earlier_one_is_the_same_as_one_from_nothing(tmp_path):
    known = build(SENTENCES[:3], SENTENCES[:3]).forward
    build(SENTENCES[1:], SENTENCES[1:], known=known).save(tmp_path / "one")
    build(SENTENCES[1:], SENTENCES[1:]).save(tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
