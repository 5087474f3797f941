"""What became of a cited passage, and what the crawler remembers of addresses."""

import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from corpus import schema
from corpus.errors import StoreError
from corpus.history import cited
from corpus.store import Corpus
from corpus.visits import Visit

OLD = "De huisarts en het wijkteam overleggen elke maand over gezinnen die bij allebei bekend zijn."
NEW = "De huisarts en het wijkteam overleggen elk kwartaal over gezinnen die bij allebei bekend zijn."
OTHER = "De gemeente betaalt de zaalhuur en de koffie, en stuurt één keer per jaar een verslag rond."


def passage_of(document, text):
    return next(p for p in document.passages if p.text == text)


@pytest.fixture
def store(corpus, make_document):
    def put(*paragraphs):
        document = make_document("https://e.nl/a", *paragraphs, items="tip", url="https://e.nl/a", title="Overleg")
        corpus.upsert(document, root="r")
        corpus.commit()
        return document

    return put


def test_a_passage_that_reads_the_same_is_current(corpus, store):
    document = store(OLD, OTHER)
    found = cited(corpus.kb, passage_of(document, OLD).id)
    assert (found.state, found.text, found.until, found.successor) == ("current", OLD, None, None)
    assert found.document == document and found.first_seen


def test_a_changed_passage_keeps_its_words_its_hash_and_its_dates_and_names_its_successor(corpus, store):
    old = passage_of(store(OLD, OTHER), OLD)
    new = passage_of(store(NEW, OTHER), NEW)
    found = cited(corpus.kb, old.id)
    assert (found.state, found.text, found.successor) == ("changed", OLD, new)
    assert found.text_sha256 == hashlib.sha256(OLD.encode()).hexdigest()
    assert found.first_seen <= found.until
    assert cited(corpus.kb, new.id).state == "current"
    store(OLD, OTHER)
    assert cited(corpus.kb, old.id).state == "current" and cited(corpus.kb, new.id).state == "changed"


def test_a_passage_that_nothing_resembles_has_no_successor(corpus, store):
    old = passage_of(store(OLD, OTHER), OLD)
    store(OTHER)
    assert cited(corpus.kb, old.id).successor is None


def test_of_a_source_that_is_gone_the_words_are_not_given_but_a_quotation_can_be_checked(corpus, store):
    passage = passage_of(store(OLD), OLD)
    corpus.mark_missing("https://e.nl/a")
    corpus.commit()
    found = cited(corpus.kb, passage.id)
    assert (found.state, found.text, found.successor) == ("gone", None, None)
    assert found.text_sha256 == hashlib.sha256(OLD.encode()).hexdigest() and found.until


def test_what_never_was_is_none_and_no_corpus_is_an_error(corpus, tmp_path):
    assert cited(corpus.kb, "0" * 16) is None
    with pytest.raises(StoreError):
        cited(tmp_path / "elsewhere", "0" * 16)


def test_a_look_at_its_neighbours_that_shortens_a_document_keeps_the_cited_words_too(corpus, store, make_document):
    old = passage_of(store(OLD, OTHER), OTHER)
    corpus.revise(make_document("https://e.nl/a", OLD, items="tip"))
    corpus.commit()
    assert (cited(corpus.kb, old.id).state, cited(corpus.kb, old.id).text) == ("changed", OTHER)


def test_a_database_of_the_first_schema_is_brought_up_to_date_with_all_that_is_in_it(tmp_path, make_document):
    with Corpus(tmp_path, create=True) as corpus:
        document = make_document("a", OLD)
        corpus.upsert(document, root="r")
        corpus.commit()
    with sqlite3.connect(tmp_path / "corpus.sqlite") as db:
        for table in ("visits", "misses", "runs", "changed_hosts", "withdrawn"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DROP INDEX documents_text")
        db.execute("ALTER TABLE documents DROP COLUMN record_sha256")
        for column in ("first_seen", "retired_at", "text"):
            db.execute(f"ALTER TABLE passages DROP COLUMN {column}")
        db.execute("PRAGMA user_version=1")
    db.close()
    found = cited(tmp_path, document.passages[0].id)
    assert (found.state, found.text, found.first_seen) == ("current", OLD, None)
    with sqlite3.connect(tmp_path / "corpus.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    db.close()


def test_a_trial_leaves_nothing_behind(corpus, make_document):
    with corpus.trial():
        corpus.upsert(make_document("a", OLD), root="r")
        corpus.commit()
        assert corpus.counts()["documents"] == 1
    corpus.commit()
    assert corpus.counts()["documents"] == 0


def test_a_visit_is_remembered_and_ends_the_misses_before_it(corpus):
    visit = Visit("https://e.nl/b", "ff", "2026-01-01T00:00:00+00:00", '"etag"', None, "x.warc.gz")
    assert corpus.visits.get("a") is None
    assert [corpus.visits.miss("a").times for _ in range(2)] == [1, 2]
    corpus.visits.save("a", visit)
    assert corpus.visits.get("a") == visit
    assert corpus.visits.miss("a").times == 1
    corpus.visits.forget("a")
    assert corpus.visits.get("a") is None and corpus.visits.miss("a").times == 1


def test_a_run_that_was_broken_off_is_taken_up_again_unless_it_is_a_day_old(corpus):
    assert corpus.visits.begin("r") is None
    assert corpus.visits.begin("r") is not None
    corpus.visits.finish(["r"])
    assert corpus.visits.begin("r") is None
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat(timespec="seconds")
    corpus._db.execute("UPDATE runs SET started_at = ?", (old,))
    assert corpus.visits.begin("r") is None


def test_copies_under_one_canonical_address_are_one_document(corpus, make_document):
    page = make_document("https://e.nl/a", OLD, canonical_url="https://e.nl/a", title="T")
    for_print = make_document("https://e.nl/a?print=1", OLD, canonical_url="https://e.nl/a", title="T")
    elsewhere = make_document("https://f.nl/a", OLD, canonical_url="https://f.nl/a", title="T")
    assert [corpus.upsert(d, root="r") for d in (page, for_print, elsewhere)] == ["added", "unchanged", "added"]
    assert corpus.sources(page.id) == ["https://e.nl/a", "https://e.nl/a?print=1"]
