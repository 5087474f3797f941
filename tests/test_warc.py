"""What was fetched is archived as the WARC standard wants it, and can be read back without a network."""

import gzip
import hashlib

import pytest
from warcio.archiveiterator import ArchiveIterator

from corpus.errors import FetchError, StoreError, UsageError
from corpus.visits import Visit
from ingest.answers import Answer
from ingest.warc import Archive, Recorder

HEADERS = {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "content-length": "5", "etag": '"1"'}


def answer(url="https://e.nl/a", body=b"<p>inhoud</p>", status=200, when="2026-01-01T10:00:00+00:00", **headers):
    return Answer(url, status, HEADERS | headers, body, when)


def visit(of, file):
    return Visit(of.url, hashlib.sha256(of.content).hexdigest(), of.fetched_at, archived_in=file)


@pytest.fixture
def record(tmp_path):
    recorder = Recorder(tmp_path, "Samenwijzer/test")
    yield lambda entry, previous=None: recorder.record(entry, previous)
    recorder.close()


def records(path):
    with path.open("rb") as file:
        for entry in ArchiveIterator(file, check_digests="raise"):
            yield entry, entry.content_stream().read()


def test_a_reader_of_the_standard_finds_what_was_fetched(tmp_path, record):
    name = record(answer())
    (info, _), (response, body) = records(tmp_path / name)
    assert (info.rec_type, response.rec_type) == ("warcinfo", "response")
    assert response.rec_headers.get_header("WARC-Target-URI") == "https://e.nl/a"
    assert response.rec_headers.get_header("WARC-Date") == "2026-01-01T10:00:00Z"
    assert response.rec_headers.protocol == "WARC/1.1"
    digest = response.rec_headers.get_header("WARC-Payload-Digest")
    assert digest == f"sha256:{hashlib.sha256(b'<p>inhoud</p>').hexdigest()}"
    assert body == b"<p>inhoud</p>" and response.http_headers.get_statuscode() == "200"
    assert response.http_headers.get_header("Content-Length") == str(len(body))
    assert response.http_headers.get_header("X-Crawl-content-encoding") == "gzip"


def test_what_did_not_change_is_recorded_without_its_content(tmp_path, record):
    first = answer()
    name = record(first)
    later = "2026-02-01T10:00:00+00:00"
    assert record(answer(body=b"", status=304, when=later), visit(first, name)) == name
    assert record(answer(when=later), visit(first, name)) == name
    assert record(answer(when=later), visit(first, "weg.warc.gz")) == name
    kinds = [
        (entry.rec_type, entry.rec_headers.get_header("WARC-Profile") or "") for entry, _ in records(tmp_path / name)
    ]
    assert [kind for kind, _ in kinds] == ["warcinfo", "response", "revisit", "revisit", "response"]
    assert kinds[2][1].endswith("server-not-modified") and kinds[3][1].endswith("identical-payload-digest")


def test_an_answer_comes_back_as_it_was(tmp_path, record):
    record(answer(body=b"oud", when="2025-01-01T10:00:00+00:00"))
    name = record(answer())
    record(answer("https://e.nl/b", b"", 302, location="/a"))
    archive = Archive(tmp_path)
    back = archive.get("https://e.nl/a")
    assert (back.content, back.status, back.fetched_at) == (b"<p>inhoud</p>", 200, "2026-01-01T10:00:00+00:00")
    assert (back.headers["etag"], back.headers["content-type"]) == ('"1"', HEADERS["content-type"])
    assert back.archived_in == name
    assert archive.get("https://e.nl/b").target() == "https://e.nl/a"
    assert Archive(tmp_path / name).get("https://e.nl/a").content == back.content


def test_what_is_not_there_is_an_error_with_a_remedy(tmp_path, record):
    record(answer())
    with pytest.raises(FetchError, match="run without --from-warc"):
        Archive(tmp_path).get("https://e.nl/none")
    (tmp_path / "leeg").mkdir()
    for nothing in (tmp_path / "leeg", tmp_path / "none.warc.gz"):
        with pytest.raises(UsageError, match="no WARC files"):
            Archive(nothing)


def test_a_page_that_was_gone_at_the_last_visit_does_not_come_back(tmp_path, record):
    first = answer()
    name = record(first)
    record(answer(status=404, body=b"weg"))
    with pytest.raises(FetchError, match="gone at the last visit") as caught:
        Archive(tmp_path).get("https://e.nl/a")
    assert caught.value.status is None
    record(answer(status=304, body=b""), visit(first, name))
    assert Archive(tmp_path).get("https://e.nl/a").content == first.content


def test_what_the_site_says_still_holds_goes_before_a_wall_that_came_in_between(tmp_path, record):
    first = answer()
    name = record(first)
    record(answer(body=b"accepteer cookies"), visit(first, name))
    assert Archive(tmp_path).get("https://e.nl/a").content == b"accepteer cookies"
    record(answer(body=b"", status=304), visit(first, name))
    assert Archive(tmp_path).get("https://e.nl/a").content == first.content


@pytest.mark.parametrize("status", [401, 403, 451])
def test_being_refused_once_says_nothing_about_what_was_there(tmp_path, record, status):
    record(answer())
    record(answer(body=b"nee", status=status))
    record(answer("https://e.nl/b", b"nee", status))
    assert Archive(tmp_path).get("https://e.nl/a").content == b"<p>inhoud</p>"
    with pytest.raises(FetchError, match="is not there"):
        Archive(tmp_path).get("https://e.nl/b")


@pytest.mark.parametrize("cut", [20, 100, 200, 300])
def test_a_file_that_was_cut_off_gives_what_was_written_before(tmp_path, record, cut):
    name = record(answer())
    record(answer("https://e.nl/b", b"laatste" * 100))
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-cut])
    assert Archive(tmp_path).get("https://e.nl/a").content == b"<p>inhoud</p>"
    with pytest.raises(FetchError):
        Archive(tmp_path).get("https://e.nl/b")


@pytest.mark.parametrize("field", [b"2026-01-01T10", b"HTTP/1.1 200"])
def test_a_record_with_a_date_or_status_that_is_none_is_passed_over(tmp_path, record, field):
    path = tmp_path / record(answer())
    record(answer("https://e.nl/b", when="2027-01-01T10:00:00+00:00"))
    plain = gzip.decompress(path.read_bytes()).replace(field, b"x" * len(field), 1 if field.startswith(b"H") else 9)
    (tmp_path / "plain.warc").write_bytes(plain)
    archive = Archive(tmp_path / "plain.warc")
    assert archive.get("https://e.nl/b").content == b"<p>inhoud</p>"
    with pytest.raises(FetchError, match="is not there"):
        archive.get("https://e.nl/a")


def test_damage_is_noticed(tmp_path, record):
    path = tmp_path / record(answer())
    archive = Archive(tmp_path)
    start = path.read_bytes().rindex(b"\x1f\x8b")
    member = gzip.decompress(path.read_bytes()[start:]).replace(b"<p>inhoud", b"<p>onzin!")
    path.write_bytes(path.read_bytes()[:start] + gzip.compress(member))
    with pytest.raises(FetchError, match="damaged"):
        archive.get("https://e.nl/a")


def test_files_of_other_programs_are_passed_over(tmp_path, record):
    from io import BytesIO

    from warcio.warcwriter import WARCWriter

    with (tmp_path / "ander.warc.gz").open("wb") as file:
        writer = WARCWriter(file)
        body = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")
        writer.write_record(writer.create_warc_record("https://e.nl/a", "response", BytesIO(body), len(body)))
    with pytest.raises(FetchError, match="not there"):
        Archive(tmp_path).get("https://e.nl/a")


def test_a_folder_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "warc").write_text("een bestand")
    with pytest.raises(StoreError, match="cannot be written"):
        Recorder(tmp_path / "warc", "x").record(answer(), None)


def test_what_a_damaged_file_holds_is_not_put_on_the_terminal(tmp_path, record, capfd):
    path = tmp_path / record(answer())
    plain = gzip.decompress(path.read_bytes())
    evil = plain.replace(b"https://e.nl/a", b"https://e.nl/\x1b \x9b").replace(
        b"Content-Length: 1", b"Content-Length: 0"
    )
    (tmp_path / "evil.warc").write_bytes(evil)
    with pytest.raises(FetchError):
        Archive(tmp_path / "evil.warc").get("https://e.nl/a")
    assert capfd.readouterr() == ("", "")
