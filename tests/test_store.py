import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from corpus.document import content_hash, from_json, to_json
from corpus.errors import StoreError, UsageError
from corpus.store import Corpus, write_lock


def test_a_document_comes_back_as_it_went_in(corpus, make_document):
    document = make_document(
        "a", "Eerste alinea.", "Tweede alinea.", items="tip", authors=("Iemand",), extra={"x": [1]}
    )
    assert corpus.upsert(document, root="r") == "added"
    assert corpus.get(document.id) == document
    assert list(corpus.documents()) == [document]
    assert from_json(to_json(document)) == document


def test_the_second_time_is_unchanged_and_a_new_text_is_changed_with_the_old_version_kept(corpus, make_document):
    old, new = make_document("a", "Oude tekst."), make_document("a", "Nieuwe tekst.")
    assert [corpus.upsert(d, root="r") for d in (old, old, new)] == ["added", "unchanged", "changed"]
    assert corpus.get(old.id).text == "Nieuwe tekst."
    assert corpus.counts() == {"documents": 1, "gone": 0, "versions": 1}


def test_when_and_where_a_document_was_read_does_not_make_it_another_one(make_document):
    document = make_document("a", "Tekst.")
    assert content_hash(document) == content_hash(replace(document, fetched_at="later", source="elders"))
    assert content_hash(document) != content_hash(replace(document, publisher="Iemand anders"))


def test_a_file_that_was_moved_is_not_stored_twice(corpus, make_document):
    first = make_document("old/a.txt", "Tekst.", title="T")
    moved = replace(make_document("new/a.txt", "Tekst.", title="T"), raw_sha256=first.raw_sha256)
    assert corpus.upsert(first, root="old") == "added"
    assert corpus.upsert(moved, root="new") == "unchanged"
    assert corpus.sources(first.id) == ["old/a.txt", "new/a.txt"]
    assert corpus.known("new/a.txt").document_id == first.id


def test_records_with_ids_of_their_own_are_kept_apart_even_when_their_texts_are_equal(corpus, make_document):
    for name in ("1", "2"):
        assert corpus.upsert(make_document(f"f#{name}", "Zelfde.", source_id=name), root="f") == "added"


def test_gone_is_a_mark_and_not_a_loss(corpus, make_document):
    kept, missing = make_document("kept", "Blijft."), make_document("missing", "Weg.")
    for document in (kept, missing):
        corpus.upsert(document, root="folder")
    assert corpus.mark_gone("folder", {"kept"}) == [missing.id]
    assert list(corpus.documents()) == [kept]
    assert corpus.get(missing.id) == missing
    assert corpus.upsert(missing, root="folder") == "changed"
    assert corpus.counts() == {"documents": 2, "gone": 0, "versions": 1}


def test_what_another_root_still_has_is_not_gone(corpus, make_document):
    document = make_document("a", "Tekst.")
    corpus.upsert(document, root="one")
    corpus.touch("a", "two")
    assert corpus.mark_gone("one", set()) == []
    assert corpus.mark_gone("two", set()) == [document.id]


def test_the_corpus_hash_follows_the_content_and_not_the_order_of_arrival(tmp_path, make_document):
    documents = [make_document("a", "Een."), make_document("b", "Twee.")]
    hashes = []
    for name, order in (("x", documents), ("y", documents[::-1]), ("z", documents[:1])):
        with Corpus(tmp_path / name, create=True) as corpus:
            for document in order:
                corpus.upsert(document, root="r")
            hashes.append(corpus.corpus_hash())
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_document_is_found_by_any_of_its_ids(corpus, make_document):
    document = make_document("a", "Eerste.", "Tweede.", items="tip", source_id="nummer-7")
    corpus.upsert(document, root="r")
    for reference in (document.id, document.id[:6], document.passages[0].id, document.items[1].id, "nummer-7"):
        assert corpus.get(reference) == document
    for unknown in ("bestaat-niet", "*", ""):
        with pytest.raises(UsageError, match="search"):
            corpus.get(unknown)


def test_uncommitted_work_is_not_seen_and_committed_work_survives(tmp_path, make_document):
    with Corpus(tmp_path, create=True) as corpus:
        corpus.upsert(make_document("a", "Een."), root="r")
        corpus.commit()
        corpus.upsert(make_document("b", "Twee."), root="r")
    with Corpus(tmp_path) as corpus:
        assert [d.key for d in corpus.documents()] == ["a"]


def test_a_missing_corpus_a_foreign_database_and_a_newer_one_are_refused_with_a_remedy(tmp_path):
    with pytest.raises(StoreError, match="samenwijzer ingest"):
        Corpus(tmp_path)
    (tmp_path / "text").mkdir()
    (tmp_path / "text/corpus.sqlite").write_text("no database, but long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match="cannot be opened"):
        Corpus(tmp_path / "text")
    for version, message in ((0, "not a Samenwijzer corpus"), (99, "newer")):
        folder = tmp_path / str(version)
        folder.mkdir()
        with sqlite3.connect(folder / "corpus.sqlite") as db:
            db.execute(f"PRAGMA user_version={version}")
            db.execute("CREATE TABLE t (x)")
        db.close()
        with pytest.raises(StoreError, match=message):
            Corpus(folder)


def test_damage_in_the_database_is_found(tmp_path, make_document):
    with Corpus(tmp_path, create=True) as corpus:
        corpus.upsert(make_document("a", "Een verhaal dat veranderd wordt."), root="r")
        corpus.commit()
        assert corpus.problems() == []
    db = sqlite3.connect(tmp_path / "corpus.sqlite")
    db.execute("UPDATE documents SET record = replace(record, 'verhaal', 'verzinsel')")
    db.commit()
    db.close()
    with Corpus(tmp_path) as corpus:
        assert "it is not what was stored" in corpus.problems()[0]


def test_two_writers_at_once_is_refused_in_words(tmp_path):
    held = (
        "import sys\nfrom pathlib import Path\nfrom corpus.store import write_lock\n"
        "with write_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", held, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another ingest or build is running"), write_lock(tmp_path):
            pass
        other.communicate("")
    with write_lock(tmp_path):
        pass
