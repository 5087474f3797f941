"""backup, restore, rollback and doctor: what is kept comes back, and nothing else gets in."""

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from corpus import folder as folders
from corpus import schema
from corpus.document import to_json
from corpus.errors import StoreError, UsageError
from corpus.salvage import salvage
from corpus.store import Corpus, is_damaged, write_lock
from index import backup
from index.building import build
from index.results import Query
from index.search import Searcher
from index.snapshot import current_id, history, snapshots_folder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def kb(tmp_path, make_document):
    """Return a knowledge base of 40 documents, with a fetched page, of which one was changed since."""
    with Corpus(tmp_path / "kb", create=True) as corpus:
        for number in range(40):
            words = " ".join(f"woord{number}x{n}" for n in range(60))
            corpus.upsert(make_document(f"d{number}", f"Over wijkteam nummer{number}. {words}"), root="r")
        corpus.looked_across()
        corpus.commit()
        build(corpus)
        corpus.upsert(make_document("d0", "Een heel nieuw verhaal over een buurtcirkel."), root="r")
        corpus.looked_across()
        corpus.commit()
        build(corpus)
    (tmp_path / "kb" / "warc").mkdir()
    (tmp_path / "kb" / "warc" / "20260101-ab.warc.gz").write_bytes(b"fetched")
    return tmp_path / "kb"


def open_documents(kb):
    with Corpus(kb) as corpus:
        return list(corpus.documents())


def everything(kb):
    with Corpus(kb) as corpus:
        return sorted(map(to_json, corpus.documents())), corpus.counts(), corpus.corpus_hash()


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz"])
def test_a_backup_brings_back_all_there_was(kb, tmp_path, name, run):
    code, out, _ = run("--kb", kb, "backup", tmp_path / name)
    assert code == 0 and "40 documents" in out
    code, _, err = run("--kb", tmp_path / "new", "restore", tmp_path / name)
    assert (code, err) == (0, "")
    assert everything(tmp_path / "new") == everything(kb)
    assert [h.title for h in Searcher.open(tmp_path / "new").search(Query("buurtcirkel")).hits] == ["d0"]
    assert (tmp_path / "new/warc/20260101-ab.warc.gz").read_bytes() == b"fetched"
    assert run("--kb", tmp_path / "new", "doctor")[0] == 0
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_neither_a_backup_nor_a_knowledge_base_is_overwritten_unasked(kb, tmp_path, run):
    archive = tmp_path / "b.tar"
    assert run("--kb", kb, "backup", archive)[0] == 0
    code, _, err = run("--kb", kb, "backup", archive)
    assert code == 2 and "--overwrite" in err
    assert run("--kb", kb, "backup", archive, "--overwrite", "--no-fetched")[0] == 0
    before = everything(kb)
    code, _, err = run("--kb", kb, "restore", archive)
    assert code == 2 and "--replace" in err
    code, _, err = run("--kb", kb, "restore", archive, "--replace")
    (aside,) = kb.glob("replaced-*")
    assert code == 0 and str(aside) in err
    assert everything(kb) == everything(aside) == before
    assert (aside / "warc").is_dir() and not (kb / "warc").exists()
    assert run("--kb", kb, "backup", tmp_path / "none" / "b.tar")[0] == 2


def test_a_backup_can_be_made_while_an_ingest_runs_and_has_what_was_committed(kb, tmp_path, make_document):
    with write_lock(kb), Corpus(kb, create=True) as corpus:
        corpus.upsert(make_document("new", "Nog niet vastgelegd."), root="r")
        made = backup.write(kb, tmp_path / "b.tar")
        corpus.commit()
    assert made.documents == 40
    backup.restore(tmp_path / "b.tar", tmp_path / "new")
    assert everything(tmp_path / "new")[1]["documents"] == 40


def test_a_backup_without_a_sound_index_still_has_the_corpus(kb, tmp_path, run):
    (snapshots_folder(kb) / current_id(kb) / "passages.jsonl").write_bytes(b"")
    code, _, err = run("--kb", kb, "backup", tmp_path / "b.tar")
    assert code == 0 and "without the index" in err
    code, _, err = run("--kb", tmp_path / "new", "restore", tmp_path / "b.tar")
    assert code == 0 and "samenwijzer index" in err
    assert run("--kb", tmp_path / "new", "doctor", "--fix")[0] == 0


def test_a_damaged_or_foreign_backup_changes_nothing(kb, tmp_path):
    archive = tmp_path / "b.tar"
    backup.write(kb, archive)
    good = archive.read_bytes()
    target = tmp_path / "new"
    for at in range(0, len(good), len(good) // 40):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 0x11]) + good[at + 1 :]):
            archive.write_bytes(bad)
            try:
                backup.restore(archive, target)
            except (UsageError, StoreError) as exc:
                assert str(archive) in str(exc)
                assert not folders.contents(target)
            else:  # the flip was in a header field or padding that means nothing
                assert everything(target) == everything(kb)
                shutil.rmtree(target)
    with pytest.raises(UsageError, match="no such file"):
        backup.restore(tmp_path / "none.tar", target)


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "snapshots/../../evil", "warc/../../evil", "write.lock", "warc/.hidden", "x"]
)
def test_no_name_leads_outside_and_only_plain_files_are_taken(tmp_path, name):
    def archive(member, content=b"x"):
        digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        fields = {"created_at": "", "documents": 0, "snapshot": None, "without_index": None}
        head = json.dumps({"format": 1, **fields, "files": {member.name: [1, digest]}}).encode()
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            first = tarfile.TarInfo("backup.json")
            first.size = len(head)
            tar.addfile(first, io.BytesIO(head))
            tar.addfile(member, io.BytesIO(content))
        return tmp_path / "evil.tar"

    plain = tarfile.TarInfo(name)
    plain.size = 1
    link = tarfile.TarInfo("CURRENT")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    for member in (plain, link):
        with pytest.raises(UsageError, match="does not belong"):
            backup.restore(archive(member), tmp_path / "new" / "kb")
    assert not list(tmp_path.rglob("evil")) and not folders.contents(tmp_path / "new" / "kb")


def test_a_restore_that_is_broken_off_at_any_step_is_finished_by_doctor(kb, tmp_path, run, monkeypatch):
    archive = tmp_path / "b.tar"
    backup.write(kb, archive)
    expected = everything(kb)
    for steps in range(40):
        work = tmp_path / f"work{steps}"
        shutil.copytree(kb, work)
        code = (
            "import os, sys\nfrom pathlib import Path\nfrom index import backup\nleft = int(sys.argv[3])\n"
            "def limited(original):\n    def call(*a, **k):\n        global left\n        left -= 1\n"
            "        if left < 0: os._exit(9)\n        return original(*a, **k)\n    return call\n"
            "os.rename, os.rmdir = limited(os.rename), limited(os.rmdir)\n"
            "backup.restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)"
        )
        if steps == 0:
            continue
        done = subprocess.run([sys.executable, "-c", code, archive, work, str(steps - 1)], cwd=ROOT, check=False)
        if (work / folders.RESTORING).exists():
            with pytest.raises(StoreError, match="doctor --fix"), write_lock(work):
                pass
            assert run("--kb", work, "doctor")[0] == 3
        assert run("--kb", work, "doctor", "--fix")[0] == 0
        assert everything(work) == expected
        if done.returncode == 0:
            return
    pytest.fail("it never came to its end")


def test_rollback_goes_to_the_index_before_and_back(kb, run):
    newest = current_id(kb)
    listed = [json.loads(line) for line in run("--kb", kb, "rollback", "--list")[1].splitlines()]
    assert [entry["in_use"] for entry in listed] == [True, False] and listed[0]["id"] == newest
    code, out, err = run("--kb", kb, "rollback")
    assert code == 0 and out.strip() == listed[1]["id"] == current_id(kb) and "next `ingest`" in err
    assert not Searcher.open(kb).search(Query("buurtcirkel")).hits
    assert run("--kb", kb, "rollback")[0] == run("--kb", kb, "rollback", "0123456789ab")[0] == 2
    assert run("--kb", kb, "rollback", newest)[0] == 0
    (snapshots_folder(kb) / listed[1]["id"] / "passages.jsonl").write_bytes(b"")
    code, _, err = run("--kb", kb, "rollback")
    assert code == 3 and "passages.jsonl" in err and current_id(kb) == newest


@pytest.mark.parametrize("content", [b"", b"\xff\x00\x1b[31m", b"../../etc", b"0123456789ab\n", None])
def test_doctor_mends_a_damaged_current_with_the_model_that_was_in_use(kb, run, content):
    newest = current_id(kb)
    (kb / "CURRENT").unlink()
    if content is not None:
        (kb / "CURRENT").write_bytes(content)
    code, _, err = run("--kb", kb, "search", "wijkteam")
    assert code == 3 and "doctor --fix" in err
    assert run("--kb", kb, "doctor", "--fix")[0] == 0
    assert current_id(kb) == newest


def test_a_damaged_database_is_named_and_mended_from_itself_and_the_index(kb, run):
    expected = everything(kb)[0]
    path = kb / "corpus.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * 20_000)
    assert is_damaged(kb)
    code, _, err = run("--kb", kb, "doctor")
    assert code == 3 and "doctor --fix" in err and "restore" in err
    code, out, err = run("--kb", kb, "doctor", "--fix")
    assert code == 0 and "replaced-" in err and "from the index" in err
    assert everything(kb)[0] == expected
    (aside,) = kb.glob("replaced-*")
    assert (aside / "corpus.sqlite").stat().st_size == size
    path.unlink()
    assert run("--kb", kb, "doctor", "--fix")[0] == 0
    assert everything(kb)[0] == expected


def test_a_document_that_was_altered_is_neither_shown_nor_indexed(kb, make_document, run):
    path = kb / "corpus.sqlite"
    altered = next(d.id for d in open_documents(kb) if d.key == "d7")
    path.write_bytes(path.read_bytes().replace(b"woord7x3 ", b"woord8x3 "))
    with Corpus(kb, create=True) as corpus:
        corpus.upsert(make_document("d1", "Iets anders."), root="r")
        corpus.commit()
        with pytest.raises(StoreError, match="not what was stored"):
            build(corpus)
    code, out, err = run("--kb", kb, "show", altered)
    assert (code, out) == (3, "") and "doctor --fix" in err
    assert run("--kb", kb, "doctor")[0] == 3
    assert run("--kb", kb, "doctor", "--fix")[0] == 0
    code, out, _ = run("--kb", kb, "show", altered, "--format", "json")
    assert code == 0 and "woord7x3" in out and "woord8x3" not in out


def test_what_no_one_has_any_more_is_said_not_invented(kb, run):
    (kb / "corpus.sqlite").write_bytes(b"\x00" * 5000)
    shutil.rmtree(kb / "snapshots")
    code, out, err = run("--kb", kb, "doctor", "--fix")
    assert code == 3 and "read 0 documents" in err and "restore" in err
    (kb / "corpus.sqlite").unlink()
    shutil.rmtree(kb / "snapshots", ignore_errors=True)
    code, _, err = run("--kb", kb, "doctor", "--fix")
    assert code == 3 and "ingest again" in err
    assert run("--kb", kb / "none", "doctor", "--fix")[0] == 3


def test_a_newer_or_foreign_database_is_left_alone(kb, run):
    with sqlite3.connect(kb / "corpus.sqlite") as db:
        db.execute("PRAGMA user_version=99")
        db.execute("CREATE TABLE invented_later (x)")
    db.close()
    code, _, err = run("--kb", kb, "doctor", "--fix")
    assert code == 3 and "newer" in err and not list(kb.glob("replaced-*"))


@pytest.mark.parametrize("number", [-(2**31), -1, 0, 1, 3, 5, 20, 99, 2**31 - 1])
def test_a_damaged_version_is_no_newer_one_and_is_mended(kb, run, number):
    before = everything(kb)
    with sqlite3.connect(kb / "corpus.sqlite") as db:
        db.execute(f"PRAGMA user_version={number}")
    db.close()
    for command in (["status"], ["ingest", "--starter"], ["doctor"]):
        code, _, err = run("--kb", kb, *command)
        assert code == 3 and "doctor --fix" in err and "newer" not in err and "move it away" not in err
    code, _, err = run("--kb", kb, "doctor", "--fix")
    assert code == 0 and "read 40 documents from the damaged corpus" in err
    assert everything(kb) == before


def test_every_step_changes_the_tables():
    with closing(sqlite3.connect(":memory:")) as db:
        assert schema.made_by(db) == 0
        db.create_function("sha256", 1, schema.sha256, deterministic=True)
        for number, step in enumerate(schema._STEPS, 1):
            db.executescript(step)
            assert schema.made_by(db) == number
        db.execute("CREATE TABLE foreign_table (x)")
        assert schema.made_by(db) is None


def test_salvage_keeps_history_and_what_the_crawler_remembers(kb, make_document):
    with Corpus(kb) as corpus:
        before = corpus.counts(), corpus.known("d3"), corpus.first_seen()
    with write_lock(kb):
        salvage(kb, ())
    with Corpus(kb) as corpus:
        assert (corpus.counts(), corpus.known("d3"), corpus.first_seen()) == before
        assert corpus.changed_hosts() == []


AS_OTHER = """
import os, shutil, sys, tempfile
from pathlib import Path
from corpus.errors import StoreError
from corpus.store import Corpus, write_lock
from index.results import Query
from index.search import Searcher

kb = Path(sys.argv[1])
Searcher.open(kb).search(Query("wijkteam"))  # loads what another user may not be able to read
list(Corpus(kb).documents())
try:
    with write_lock(Path(name := tempfile.mkdtemp())):
        pass
finally:
    shutil.rmtree(name)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(len(Searcher.open(kb).search(Query("wijkteam")).hits), len(list(Corpus(kb).documents())))
try:
    with write_lock(kb):
        pass
except StoreError as exc:
    print(exc)
"""


def test_where_nobody_may_write_one_can_still_search_and_read(kb):
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(kb, Path(name) / "kb")
        (Path(name) / "kb" / "write.lock").unlink(missing_ok=True)
        Path(name).chmod(0o755)
        (Path(name) / "kb").chmod(0o555)
        command = [sys.executable, "-c", AS_OTHER, Path(name) / "kb"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        (Path(name) / "kb").chmod(0o755)
    assert done.stdout.startswith("10 40\n") and "cannot be written" in done.stdout, done.stderr


def test_an_index_with_what_was_withdrawn_since_does_not_come_back(kb, run):
    with Corpus(kb, create=True) as corpus:
        withdrawn = next(corpus.documents()).id
        corpus.withdraw(withdrawn)
        corpus.commit()
        build(corpus)
    code, _, err = run("--kb", kb, "rollback")
    assert code == 2 and withdrawn in err


def test_the_three_newest_indexes_are_kept(kb, make_document):
    with Corpus(kb, create=True) as corpus:
        for number in range(4):
            corpus.upsert(make_document("d1", f"Versie {number} van een verhaal."), root="r")
            corpus.commit()
            newest = build(corpus)
    assert len(history(kb)) == 3 and history(kb)[0].id == newest
