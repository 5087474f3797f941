"""Facet counts are exact, whether many records have a value or few."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from index.facets import FIELDS, FacetRow, Facets

CHOOSE = np.random.default_rng(5)
RECORDS = 700


def values(number):
    """Return the values of a record: kinds that many have, publishers that few have, themes of both sorts."""
    return dict.fromkeys(FIELDS, ()) | {
        "kind": (("tip", "rapport", "artikel")[number % 3],),
        "publisher": (f"Uitgever {number % 97}",),
        "thema": ("wonen", f"thema {number // 9}") if number % 2 else (),
    }


@pytest.fixture(scope="module")
def facets():
    """Return the facets of records with one to three passages, some of them apart from the others of their record."""
    numbers = [*range(RECORDS), *range(0, RECORDS, 2), *range(0, RECORDS, 5)]
    rows = [FacetRow(2000 + n % 9 if n % 4 else None, date(2026, 1, 1), f"r{n}", values(n)) for n in numbers]
    return Facets.build(rows)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_counts_are_those_of_counting_one_by_one(facets, share):
    rows = np.flatnonzero(CHOOSE.random(len(facets.records)) < share)
    matching = facets.matching(rows)
    numbers = sorted({int(facets.records[row]) for row in rows})
    assert np.flatnonzero(matching).tolist() == numbers
    found = facets.counts(matching)
    for name in FIELDS:
        expected = Counter(value for number in numbers for value in values(number)[name])
        assert dict(found[name]) == expected
        assert list(found[name]) == sorted(found[name], key=lambda entry: (-entry[1], entry[0]))
    years = Counter(str(2000 + number % 9) for number in numbers if number % 4)
    assert found["year"] == tuple(sorted(years.items(), reverse=True))


def test_without_records_there_is_nothing_to_count():
    facets = Facets.build([])
    assert facets.counts(facets.matching(np.empty(0, np.int64))) == dict.fromkeys((*FIELDS, "year"), ())
