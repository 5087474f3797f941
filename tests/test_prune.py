"""Pruning the archive loses nothing that is the last of its kind, nothing young, and no file when it is broken off."""

import hashlib
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.errors import FetchError, StoreError
from corpus.visits import Visit
from ingest import prune as pruning
from ingest.answers import Answer
from ingest.prune import prune
from ingest.warc import DIGEST, Archive, Recorder, records

START = datetime(2020, 1, 1, tzinfo=UTC)
URLS = [f"https://e.nl/{name}" for name in "abc"]


def day(number):
    return START + timedelta(number)


def write(folder, answers):
    """Write answers of (day, url, body or status), a file for every three, as the crawler does."""
    visits = {}
    for first in range(0, len(answers), 3):
        recorder = Recorder(folder, "Samenwijzer/test")
        for number, url, told in answers[first : first + 3]:
            when = day(number).isoformat(timespec="seconds")
            status, body = (told, b"") if isinstance(told, int) else (200, told)
            if status == 304 and url not in visits:
                continue
            answer = Answer(url, status, {"content-type": "text/html"}, body, when)
            name = recorder.record(answer, visits.get(url))
            if status == 200:
                visits[url] = Visit(url, hashlib.sha256(body).hexdigest(), when, archived_in=name)
        recorder.close()
    return visits


def timeline(folder):
    """Return every answer in the archive as (date, url, type, status, digest)."""
    found = []
    for path in sorted(folder.glob("*.warc*")):
        with path.open("rb") as file:
            for record in records(file):
                if record.rec_type in ("response", "revisit"):
                    head = record.rec_headers.get_header
                    status = record.http_headers.get_statuscode()
                    found.append((head("WARC-Date"), head("WARC-Target-URI"), record.rec_type, status, head(DIGEST)))
    return found


def as_of(told, url, moment):
    """Return the last content and the last word of an address at a moment."""
    then = [entry for entry in told if entry[1] == url and datetime.fromisoformat(entry[0]) <= moment]
    content = [entry for entry in then if entry[2] == "response" and entry[3] == "200"]
    return content[-1:], then[-1:]


def read(folder):
    """Return what the archive gives for each address."""
    found = {}
    for url in URLS:
        try:
            found[url] = Archive(folder).get(url).content
        except FetchError as exc:
            found[url] = exc.reason.partition(",")[0]
    return found


TOLD = st.one_of(st.sampled_from([b"een", b"twee", b"drie"]), st.sampled_from([304, 403, 404, 410]))
STEPS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(URLS), TOLD), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, cut=st.integers(0, 22))
@example(steps=[(0, URLS[0], 404), (0, URLS[0], 403)], cut=1)
def test_what_held_on_any_moment_since_can_still_be_told(steps, cut):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        visits = write(folder, sorted(steps, key=lambda step: step[0]))
        if not any(folder.iterdir()):
            return
        before, given_before = timeline(folder), read(folder)
        foreseen = prune(folder, day(cut), dry_run=True)
        assert timeline(folder) == before
        done = prune(folder, day(cut))
        after = timeline(folder)
        assert done == foreseen and len(after) == len(before) - done.dropped == done.answers - done.dropped
        assert read(folder) == given_before
        for url in URLS:
            for moment in range(cut, 23):
                assert as_of(after, url, day(moment)) == as_of(before, url, day(moment))
        assert [e for e in before if datetime.fromisoformat(e[0]) >= day(cut)] == [
            e for e in after if datetime.fromisoformat(e[0]) >= day(cut)
        ]
        assert all((folder / visit.archived_in).is_file() for visit in visits.values())
        assert prune(folder, day(cut)).dropped == 0


def test_the_only_capture_of_a_page_stays_however_old_and_room_is_made(tmp_path):
    body = bytes(range(256)) * 400
    write(tmp_path, [(n, URLS[0], body + bytes([n])) for n in range(9)] + [(0, URLS[1], b"enige"), (1, URLS[1], 404)])
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    done = prune(tmp_path, day(1000))
    left = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert done.dropped == 8 and done.size == size and left == size - done.freed < size / 4
    assert read(tmp_path)[URLS[0]] == body + bytes([8])
    assert [entry[3] for entry in timeline(tmp_path) if entry[1] == URLS[1]] == ["200", "404"]
    assert len(list(tmp_path.iterdir())) == 2, "files with nothing left in them go"


def test_what_the_site_said_still_holds_stays_though_something_else_came_in_between(tmp_path):
    visits = write(tmp_path, [(0, URLS[0], b"de publicatie")])
    recorder = Recorder(tmp_path, "Samenwijzer/test")
    for number, status, body in ((1, 200, b"accepteer cookies"), (2, 304, b"")):
        recorder.record(Answer(URLS[0], status, {}, body, day(number).isoformat()), visits[URLS[0]])
    recorder.close()
    assert read(tmp_path)[URLS[0]] == b"de publicatie"
    assert prune(tmp_path, day(1000)).dropped == 1 and read(tmp_path)[URLS[0]] == b"de publicatie"


def test_what_a_document_was_read_from_stays_whatever_came_after_it(tmp_path, run, make_document):
    from corpus.store import Corpus

    page, wall = b"de publicatie", b"accepteer eerst alle cookies"
    with Corpus(tmp_path / "kb", create=True) as corpus:
        document = make_document("a", "De huisarts belt het wijkteam.")
        corpus.upsert(replace(document, raw_sha256=hashlib.sha256(page).hexdigest()), root="r")
        corpus.commit()
    folder = tmp_path / "kb" / "warc"
    steps = [(0, URLS[0], b"eerder"), (1, URLS[0], page), (2, URLS[0], wall), (3, URLS[0], 302), (4, URLS[0], 404)]
    write(folder, steps)
    code, out, _ = run("--kb", tmp_path / "kb", "prune")
    assert code == 0 and "2 of 5 answers are gone" in out
    kept = hashlib.sha256(page).hexdigest()
    assert [(entry[3], entry[4] == f"sha256:{kept}") for entry in timeline(folder)] == [
        ("200", True), ("302", False), ("404", False),
    ]  # fmt: skip


@pytest.mark.parametrize("damage", [lambda b: b[:-40], lambda b: b[:300] + b"\0" + b[301:], lambda b: b"geen warc"])
def test_a_file_that_cannot_be_read_whole_is_left_alone_and_counts_for_nothing(tmp_path, damage):
    write(tmp_path, [(0, URLS[0], b"een"), (1, URLS[1], b"a"), (2, URLS[2], b"b"), (3, URLS[0], b"twee" * 100)])
    first, last = sorted(tmp_path.iterdir())
    last.write_bytes(damage(last.read_bytes()))
    held = last.read_bytes()
    done = prune(tmp_path, day(1000))
    assert done.left_alone == (last.name,) and done.dropped == 0
    assert last.read_bytes() == held and Archive(first).get(URLS[0]).content == b"een"


def test_whatever_step_breaks_the_archive_is_whole_and_the_next_time_does_it(tmp_path, monkeypatch):
    folder = tmp_path / "warc"
    write(folder, [(n, URLS[n % 2], bytes([n]) * 50) for n in range(9)])
    given_before, sync = read(folder), pruning.sync
    for breaks_at in range(1, 20):
        copy, left = tmp_path / f"copy{breaks_at}", [breaks_at]
        shutil.copytree(folder, copy)

        def broken(path, left=left):
            left[0] -= 1
            if not left[0]:
                raise OSError(28, "No space left on device")
            sync(path)

        monkeypatch.setattr(pruning, "sync", broken)
        try:
            prune(copy, day(1000))
            finished = True
        except StoreError as exc:
            finished = False
            assert "No space left" in str(exc) and "free space" in str(exc)
        assert read(copy) == given_before and not (copy / ".prune.part").exists()
        monkeypatch.setattr(pruning, "sync", sync)
        prune(copy, day(1000))
        assert len(timeline(copy)) == 2
        if finished:
            break
    assert finished and breaks_at > 4


def test_the_command_and_what_doctor_says(tmp_path, run, make_document, monkeypatch):
    from corpus.store import Corpus
    from index.building import build

    with Corpus(tmp_path / "kb", create=True) as corpus:
        corpus.upsert(make_document("a", "De huisarts belt het wijkteam."), root="r")
        corpus.looked_across()
        corpus.commit()
        build(corpus)
    kb = tmp_path / "kb"
    assert "0 of 0 answers are gone" in run("--kb", kb, "prune")[1]
    write(kb / "warc", [(0, URLS[0], b"een" * 500), (1, URLS[0], b"twee")])
    code, out, err = run("--kb", kb, "prune", "--dry-run")
    assert code == 0 and "1 of 2 answers would go" in out and not err
    assert "prune" not in run("--kb", kb, "doctor")[2]
    monkeypatch.setattr("commands.care._LARGE_ARCHIVE", 1)
    code, out, err = run("--kb", kb, "doctor")
    assert code == 0 and "samenwijzer prune --dry-run" in err
    (kb / "warc" / "z.warc.gz").write_bytes(b"kapot")
    code, out, err = run("--kb", kb, "prune", "--days", 0)
    assert code == 0 and "1 of 2 answers are gone" in out and "z.warc.gz: cannot be read whole" in err
    assert read(kb / "warc")[URLS[0]] == b"twee"
