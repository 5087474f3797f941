import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from corpus.errors import EmbedderError, SnapshotError, StoreError
from corpus.store import Corpus
from index import embedder as embedders
from index import snapshot as snapshots
from index.building import build
from index.checksums import STAMP, settled
from index.checksums import stamp as write_stamp
from index.live import Live
from index.publishing import KEPT_SNAPSHOTS
from index.results import Query
from index.search import Searcher
from index.shipped import ShippedEmbedder
from index.snapshot import check, current_id, open_current, read_manifest, snapshots_folder


@pytest.fixture
def filled(corpus, make_document):
    for number in range(5):
        paragraphs = [f"Tip {number} over het wijkteam en onderwerp{number}{letter}." for letter in "abc"]
        corpus.upsert(make_document(f"d{number}", *paragraphs, items="tip", date="2020"), root="r")
    corpus.commit()
    return corpus


def test_a_snapshot_holds_what_the_corpus_holds(filled):
    snapshot_id = build(filled)
    opened = open_current(filled.kb)
    assert opened.manifest.id == snapshot_id == current_id(filled.kb)
    assert (opened.manifest.documents, opened.manifest.items, opened.manifest.passages) == (5, 15, 15)
    documents = list(filled.documents())
    ids = [passage.id for document in documents for passage in document.passages]
    assert [opened.record(row).passage_id for row in range(len(opened))] == ids
    assert [opened.passage_row(i) for i in ids] == list(range(len(ids)))
    assert [opened.document_row(d.id) for d in documents] == list(range(5))
    assert opened.passage_row("nope") is opened.document_row("nope") is opened.document_row("é") is None
    assert len(opened.vectors) == len(opened.lexical) == 15


def test_the_same_corpus_gives_the_same_id_and_the_second_build_embeds_nothing(filled, monkeypatch):
    first = build(filled)
    embedded = []
    original = ShippedEmbedder.encode_document
    monkeypatch.setattr(ShippedEmbedder, "encode_document", lambda self, t: embedded.extend(t) or original(self, t))
    assert build(filled) == first
    assert embedded == []


def test_a_changed_document_embeds_only_what_is_new_and_equals_a_build_from_nothing(
    filled, make_document, monkeypatch, tmp_path
):
    build(filled)
    embedded = []
    original = ShippedEmbedder.encode_document
    monkeypatch.setattr(ShippedEmbedder, "encode_document", lambda self, t: embedded.extend(t) or original(self, t))
    filled.upsert(make_document("new", "Een heel nieuwe tip over schulden.", items="tip"), root="r")
    filled.commit()
    build(filled)
    assert len(embedded) == 1
    monkeypatch.undo()
    shutil.copytree(filled.kb, tmp_path / "fresh", ignore=shutil.ignore_patterns("snapshots", "CURRENT"))
    with Corpus(tmp_path / "fresh") as fresh:
        build(fresh)
    assert read_manifest(snapshots_folder(filled.kb) / current_id(filled.kb)).files == (
        read_manifest(snapshots_folder(tmp_path / "fresh") / current_id(tmp_path / "fresh")).files
    )


def test_every_flipped_byte_and_every_cut_is_found_at_opening(filled):
    build(filled)
    folder = snapshots_folder(filled.kb) / current_id(filled.kb)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    files.remove(folder / STAMP)
    manifest = read_manifest(folder)
    assert len(files) > 30
    for path in files:
        good, times = path.read_bytes(), path.stat()
        for at in {0, len(good) // 2, len(good) - 1}:
            bad = bytearray(good)
            bad[at] ^= 0x40
            for content in (bytes(bad), good[:at]):
                open_current(filled.kb)  # which stamps the folder
                path.write_bytes(content)
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
                try:
                    opened = open_current(filled.kb)
                except SnapshotError as exc:
                    assert "samenwijzer" in str(exc)
                else:  # only a manifest may still mean the same: it lost its last line break
                    assert path.name == "manifest.json" and opened.manifest == manifest
                path.write_bytes(good)
    open_current(filled.kb)


def test_a_snapshot_that_was_checked_is_not_read_again_until_a_file_changes(filled):
    build(filled)
    folder = snapshots_folder(filled.kb) / current_id(filled.kb)
    stamp, path = folder / STAMP, folder / "passages.jsonl"
    first = stamp.read_bytes()
    open_current(filled.kb)
    assert stamp.read_bytes() == first
    path.write_bytes(path.read_bytes())  # the same content at another time: looked at, and stamped anew
    open_current(filled.kb)
    assert stamp.read_bytes() != first
    second = stamp.read_bytes()
    for broken in (b"", b"{", b"[]", second.replace(b"1", b"2")):
        stamp.write_bytes(broken)
        open_current(filled.kb)
        assert json.loads(stamp.read_bytes()) == json.loads(second)
    stamp.unlink()
    shutil.copytree(filled.kb, filled.kb.parent / "copy")
    open_current(filled.kb.parent / "copy")


def test_bits_that_fall_over_on_disk_are_found_by_check_and_never_carried_over(filled, make_document):
    build(filled)
    folder = snapshots_folder(filled.kb) / current_id(filled.kb)
    path = folder / "vectors" / "vectors.npy"
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    names = read_manifest(folder).files
    write_stamp(folder, settled(folder, names))  # as if no program had written
    open_current(filled.kb)
    filled.upsert(make_document("new", "Een heel nieuwe tip.", items="tip"), root="r")
    filled.commit()
    with pytest.raises(SnapshotError, match="doctor --fix"):
        check(filled.kb)
    with pytest.raises(SnapshotError, match="vectors.npy"):
        open_current(filled.kb)
    build(filled)
    check(filled.kb)
    vectors = open_current(filled.kb).vectors.vectors
    assert good[-1] in {row.tobytes()[-1] for row in vectors}


def test_a_damaged_snapshot_is_built_anew(filled):
    snapshot_id = build(filled)
    (snapshots_folder(filled.kb) / snapshot_id / "passages.jsonl").write_bytes(b"{}")
    assert build(filled) == snapshot_id
    open_current(filled.kb)


def test_missing_index_other_format_and_other_analyser_are_refused_with_a_remedy(filled, monkeypatch):
    with pytest.raises(SnapshotError, match="doctor --fix"):
        open_current(filled.kb)
    with pytest.raises(SnapshotError, match="samenwijzer ingest"):
        open_current(filled.kb / "none")
    build(filled)
    manifest = snapshots_folder(filled.kb) / current_id(filled.kb) / "manifest.json"
    good = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(good) | {"format": 99}))
    with pytest.raises(SnapshotError, match="format 99"):
        open_current(filled.kb)
    manifest.write_text(good)
    monkeypatch.setattr(snapshots, "ANALYSER_VERSION", "another")
    with pytest.raises(SnapshotError, match="analyser"):
        open_current(filled.kb)


def test_another_model_than_the_one_of_the_index_is_refused(filled, monkeypatch):
    build(filled)
    other = embedders.make_embedder("default")
    monkeypatch.setattr(other, "revision", "another")
    with pytest.raises(EmbedderError, match="samenwijzer index"):
        Searcher.open(filled.kb, other)
    assert embedders.make_embedder("default").revision == "another"


def test_a_server_follows_a_new_snapshot_while_an_old_reader_keeps_reading(filled, make_document):
    build(filled)
    live = Live(filled.kb)
    before = live.current()
    assert live.current() is before
    filled.upsert(make_document("new", "Een heel nieuwe tip over schuldhulpmaatje.", items="tip"), root="r")
    filled.commit()
    build(filled)
    after = live.current()
    assert after is not before
    assert [h.title for h in after.search(Query("schuldhulpmaatje")).hits] == ["new"]
    assert before.search(Query("wijkteam")).snapshot == before.snapshot_id != after.snapshot_id


def test_old_snapshots_are_pruned_and_a_killed_build_is_swept_away(filled, make_document):
    folder = snapshots_folder(filled.kb)
    for number in range(5):
        filled.upsert(make_document("x", f"Versie {number} van een tip.", items="tip"), root="r")
        filled.commit()
        build(filled)
    assert len(list(folder.iterdir())) == KEPT_SNAPSHOTS
    (folder / ".building-dead").mkdir()
    filled.upsert(make_document("x", "Nog een versie.", items="tip"), root="r")
    filled.commit()
    build(filled)
    assert not list(folder.glob(".building-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_error_in_words(filled):
    filled.kb.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            build(filled)
    finally:
        filled.kb.chmod(0o700)


def test_a_build_killed_at_any_moment_leaves_the_old_snapshot_whole(filled, make_document):
    first = build(filled)
    filled.upsert(make_document("new", "Een nieuwe tip.", items="tip"), root="r")
    filled.commit()
    code = (
        "import sys\nfrom pathlib import Path\nfrom corpus.store import Corpus\nfrom index.building import build\n"
        "import index.lexical, index.vectors, scipy.sparse\nprint('go', flush=True)\n"
        "with Corpus(Path(sys.argv[1])) as corpus:\n    print(build(corpus))"
    )
    for step in range(12):
        with subprocess.Popen([sys.executable, "-c", code, str(filled.kb)], stdout=subprocess.PIPE, text=True) as child:
            child.stdout.readline()
            time.sleep(step * 0.004)
            child.send_signal(signal.SIGKILL)
        current = open_current(filled.kb)
        assert current.manifest.passages == (15 if current.manifest.id == first else 16)
    build(filled)
    assert open_current(filled.kb).manifest.passages == 16
