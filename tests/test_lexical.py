import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SnapshotError
from index.bm25 import Bm25
from index.dutch import analyse, word_terms
from index.lexical import FieldWeights, LexicalIndex, build
from index.scoring import top
from index.spelling import repairs
from index.terms import highlights, query_terms

TEXTS = [
    "Het wijkteam werkt samen met de huisarts. Het wijkteam kent de wijk.",
    "De gemeente helpt bij schulden.",
    "Gezonde kinderen in de wijk, met de schoolarts en de gemeente.",
    "",
]
ONLY = {name: FieldWeights(**{f: Bm25(float(f == name)) for f in "wpg"}) for name in "wpg"}


def ranked(index, query, **options):
    scores = index.scores(query_terms(query), **options)
    return [int(row) for row in np.argsort(-scores, kind="stable") if scores[row] > 0]


def marked(text, query):
    return [text[start:end] for start, end in highlights(text, query_terms(query))]


def bm25(texts, query, pick, k1, b):
    """BM25 as it stands in the books, passage by passage: slow and plain."""
    bags = [[t for a in analyse(x) for w in a.words for t in pick(word_terms(w))] for x in texts]
    wanted = dict.fromkeys(t for a in analyse(query) for w in a.words for t in pick(word_terms(w)))
    mean = sum(map(len, bags)) / len(bags)
    scores = [0.0] * len(texts)
    for term in wanted:
        df = sum(term in bag for bag in bags)
        idf = math.log(1 + (len(bags) - df + 0.5) / (df + 0.5))
        for i, bag in enumerate(bags):
            tf = bag.count(term)
            scores[i] += idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(bag) / mean)) if tf else 0
    return scores


@pytest.mark.parametrize(
    ("name", "pick"),
    [("w", lambda t: [t.stem] if t.stem else []), ("p", lambda t: t.parts), ("g", lambda t: t.grams)],
)
def test_scores_are_bm25(name, pick):
    fields = FieldWeights(**{name: Bm25(1.0, k1=1.5, b=0.6)})
    query = "wijkteams en gemeenten"
    scores = build(TEXTS, fields=fields).scores([t for t in query_terms(query) if t.field == name])
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, bm25(TEXTS, query, pick, 1.5, 0.6), rtol=1e-5)


def test_fields_add_up_by_weight():
    index, terms = build(TEXTS), query_terms("wijkteam")
    fields = FieldWeights(w=Bm25(2.0), p=Bm25(0.5), g=Bm25(0.0))
    expected = 2 * index.scores(terms, ONLY["w"]) + 0.5 * index.scores(terms, ONLY["p"])
    np.testing.assert_allclose(index.scores(terms, fields), expected, rtol=1e-6)


def test_the_weight_of_a_term_counts():
    index = build(TEXTS)
    half, whole = index.scores(query_terms("gemeente", 0.5)), index.scores(query_terms("gemeente"))
    np.testing.assert_allclose(half, whole / 2, rtol=1e-6)
    np.testing.assert_allclose(index.scores(query_terms("gemeente") * 99), whole * 99, rtol=1e-5)


@pytest.mark.parametrize(
    ("query", "best"), [("wijkteams", 0), ("schuldhulp", 1), ("gezondheid van een kind", 2), ("gemeeente schuld", 1)]
)
def test_the_right_passage_comes_first(query, best):
    assert ranked(build(TEXTS), query)[0] == best


def test_a_query_of_stop_words_or_nothing_finds_nothing():
    index = build(TEXTS)
    assert not index.scores(query_terms("de het een")).any()
    assert not index.scores(query_terms("")).any()


def test_a_context_counts_as_text_at_half_weight():
    index = build(["wijkteam", "zorg", "zorg"], ["", "het wijkteam wijkteam", "jeugd"], ONLY["w"])
    alike = build(["wijkteam", "zorg wijkteam", "zorg jeugd"], fields=ONLY["w"])
    assert ranked(index, "wijkteam") == ranked(alike, "wijkteam") == [0, 1]
    assert index.lengths.tolist() == [1.0, 2.5, 1.5]
    with pytest.raises(ValueError, match="shorter"):
        build(TEXTS, ["te weinig"])


def test_terms_that_nearly_all_passages_have_are_left_out_of_large_indexes():
    fields = FieldWeights(g=Bm25(1.0, max_df=0.5))
    texts = [f"zorg {'ouderen' if i % 4 == 0 else 'jeugd'}" for i in range(1000)]
    index = build(texts, fields=fields)
    assert len(index.column("g", "_zorg")[0]) == 0
    assert len(index.column("g", "_oude")[0]) == 250
    assert len(build(texts[:900], fields=fields).column("g", "_zorg")[0]) == 900


@given(
    st.lists(st.sampled_from(("wijkteam huisarts", "huisarts", "gemeente en schulden", "schulden")), min_size=1),
    st.data(),
)
def test_half_of_a_score_is_that_of_the_whole_record(texts, data):
    numbers = data.draw(st.lists(st.integers(0, 3), min_size=len(texts), max_size=len(texts)))
    records = np.unique(numbers, return_inverse=True)[1]
    whole = build([" ".join(t for t, r in zip(texts, records, strict=True) if r == n) for n in range(max(records) + 1)])
    both, alone = build(texts, records=records), build(texts)
    for term in ("wijkteam", "huisarts", "gemeente", "schuld"):
        rows, scores = both.column("p", term)
        own, theirs = ([*index.column("p", term)] for index in (alone, whole))
        assert rows.tolist() == own[0].tolist()
        wanted = (own[1] + theirs[1][np.searchsorted(theirs[0], records[rows])]) / 2
        assert scores == pytest.approx(wanted, rel=1e-5)


@given(st.lists(st.text(alphabet="abdegijklmnorstz -\u00e9", max_size=40), max_size=6), st.text(max_size=30))
def test_any_texts_can_be_indexed_and_any_query_asked(texts, query):
    index = build(texts)
    scores = index.scores(query_terms(query))
    assert scores.shape == (len(texts),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_the_same_texts_give_the_same_index():
    one, two = build(TEXTS, TEXTS), build(iter(TEXTS), iter(TEXTS))
    for name in ("hashes", "starts", "ends", "indices", "data", "words", "counts", "lengths"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_saved_index_gives_the_same_scores(tmp_path):
    index = build(TEXTS, TEXTS)
    index.save(tmp_path / "lexical")
    again = LexicalIndex.open(tmp_path / "lexical")
    assert isinstance(again.data.base, np.memmap)
    assert len(again) == len(TEXTS)
    terms = query_terms("schuldhulp van de gemeente")
    np.testing.assert_array_equal(again.scores(terms), index.scores(terms))
    slip = "gemeetne"
    assert repairs(slip, again.frequencies) == repairs(slip, index.frequencies) != []


@pytest.mark.parametrize("name", ["hashes", "starts", "ends", "indices", "data", "words", "counts", "lengths"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "other"])
def test_a_damaged_index_is_refused(tmp_path, name, damage):
    build(TEXTS).save(tmp_path)
    path = tmp_path / f"{name}.npy"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "other":
        path.write_bytes(b"geen array" + content)
    else:
        path.write_bytes(content[: len(content) - 8 if damage == "cut" else 0])
    with pytest.raises(SnapshotError, match="samenwijzer index"):
        LexicalIndex.open(tmp_path)


@pytest.mark.parametrize("name", ["starts.npy", "data.npy", "words.npy"])
def test_arrays_of_two_indexes_are_refused(tmp_path, name):
    build(TEXTS).save(tmp_path)
    build(TEXTS[:2]).save(tmp_path / "other")
    (tmp_path / "other" / name).replace(tmp_path / name)
    with pytest.raises(SnapshotError, match="damaged"):
        LexicalIndex.open(tmp_path)


@pytest.mark.parametrize(
    ("slip", "word"),
    [("gemeetne", "gemeente"), ("gemeete", "gemeente"), ("gemeennte", "gemeente"), ("schilden", "schulden")],
)
def test_a_slip_of_the_pen_is_repaired(slip, word):
    assert [(r.word, r.suggestion) for r in repairs(f"de {slip}", build(TEXTS).frequencies)] == [(slip, word)]


@pytest.mark.parametrize("query", ["gemeenten", "schoolteam", "wjk", "gemeente2", "zwembad", "werken"])
def test_known_short_and_strange_words_are_not_repaired(query):
    assert repairs(query, build(TEXTS).frequencies) == []


def test_the_most_frequent_repair_comes_first():
    index = build(["scholen", "scholen", "schoten"])
    assert [(r.suggestion, r.passages) for r in repairs("schopen", index.frequencies)] == [
        ("scholen", 2),
        ("schoten", 1),
    ]
    assert len(repairs("schopen", index.frequencies, limit=1)) == 1
    assert index.frequencies([("word", "scholen"), ("p", "scholen"), ("word", "schoolt"), ("p", "school")]) == [
        2,
        0,
        0,
        2,
    ]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("GEMEENTEN en de gemeenteraad", "gemeente", ["GEMEENTEN", "gemeente"]),
        ("Schuldhulpverlening bij schulden", "schuld", ["Schuld", "schulden"]),
        ("gezondheidszorg", "zorg", ["zorg"]),
        ("gezondheidszorg", "gezondheid zorg", ["gezondheidszorg"]),
        ("Het wijkteam, wijkgericht", "wijkteams", ["wijkteam", "wijk"]),
        ("de POH-jeugd en POHjeugd", "POH jeugd", ["POH-jeugd", "POHjeugd"]),
        ("de POH-jeugd", "jeugd", ["jeugd"]),
        ("sociaal-emotionele steun", "emotioneel", ["emotionele"]),
        ("wijk- en jeugdteams", "wijkteam", ["wijk", "teams"]),
        ("wijk- en jeugdteams", "team", ["teams"]),
        ("jeugd-team", "team", ["team"]),
        ("jeugdhulp-hulp-jeugdarts", "hulp", ["hulp", "hulp"]),
        ("Schuld\u00adhulp, schuld\u00adhulp", "schuld", ["Schuld\u00adhulp", "schuld\u00adhulp"]),
        ("Schuld\u00adhulp", "zorg", []),
        ("Coöperatie Wél", "cooperatie wel samen", ["Coöperatie"]),
        ("co\u00f6peratieve we\u0301reld", "wereld", ["we\u0301reld"]),
        ("de gemeente en het beleid", "de het en", []),
    ],
)
def test_highlights(text, query, expected):
    assert marked(text, query) == expected


@given(st.text(max_size=80), st.text(max_size=30))
def test_highlights_are_sorted_and_do_not_overlap(text, query):
    spans = highlights(text, query_terms(query))
    flat = [edge for span in spans for edge in span]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(text) for start, end in spans)


@given(st.sampled_from(TEXTS[:3]))
def test_a_text_searched_by_itself_is_marked_throughout(text):
    spans = highlights(text, query_terms(text))
    unmarked = [t for t in analyse(text) if any(word_terms(w).stem for w in t.words) and (t.start, t.end) not in spans]
    assert unmarked == []


def test_an_index_written_column_by_column_in_small_slices_is_the_same(tmp_path, monkeypatch):
    build(TEXTS, TEXTS).save(tmp_path / "one")
    monkeypatch.setattr("index.lexical._TOGETHER", 10)
    build(TEXTS, TEXTS, folder=tmp_path / "two").save(tmp_path / "two")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert isinstance(build(TEXTS, folder=tmp_path / "three").data.base, np.memmap)


@given(st.lists(st.sampled_from(("wijkteam", "schuld", "zorg", "huisarts", "jeugd")), min_size=1, max_size=4))
def test_common_terms_count_only_for_what_comes_up_without_them(asked):
    index = build([" ".join(CHOICES[i % 7 :: 1 + i % 3]) for i in range(60)])
    terms = query_terms(" ".join(asked))
    exact = index.scores(terms)
    some = index.scoring(terms, at_once=50)
    assert all(len(column[0]) > 1 for column in some.later)
    rows = np.arange(60)
    np.testing.assert_allclose(some.of(rows), exact, rtol=1e-5)
    assert exact[some.scores > 0].max() * 0.999 <= some.highest() <= exact.max() * 1.001
    best, scores = some.best(5, also=np.array([7, 59]))
    assert {7, 59} <= set(best.tolist()) and (np.diff(best) > 0).all()
    assert min(5, int((some.scores > 0).sum())) <= len(best) <= 7
    np.testing.assert_allclose(scores, exact[best], rtol=1e-5)
    whole = index.scoring(terms).best(5)[0]
    assert set(whole.tolist()) <= set(np.flatnonzero(exact >= np.sort(exact)[-5]).tolist())
    np.testing.assert_array_equal(index.having(terms), exact > 0)


CHOICES = ("wijkteam", "schuldhulp", "zorg", "huisarts", "jeugdzorg", "de", "schuld", "wijk")


def test_what_a_filter_leaves_is_ranked():
    index = build(["zorg", "zorg zorg", "zorg wijkteam", "wijk"])
    scoring = index.scoring(query_terms("zorg"))
    assert scoring.best(2, np.array([True, False, True, True]))[0].tolist() == [0, 2]


@given(st.integers(0, 50), st.integers(1, 5000), st.integers(0, 9))
def test_the_best_are_found_by_a_sample_as_by_sorting(count, size, seed):
    scores = np.random.default_rng(seed).integers(0, 1 + seed * 40, size).astype(np.float32)
    found = top(scores, count)
    assert sorted(scores[found].tolist()) == sorted(score for score in np.sort(scores)[::-1][:count].tolist() if score)
    assert (np.diff(found) > 0).all()
