"""Loaders in a child process: results and errors cross intact, and nothing that a file does reaches the parent."""

import os
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import pytest

from corpus.errors import FetchError, SourceError, UnsupportedFormat
from ingest import pdf
from ingest.blocks import Block, RawPage
from ingest.sandbox import LoaderWorker, run_limited

LOADERS = textwrap.dedent(
    """
    import os, signal, time
    from corpus.errors import FetchError, UnsupportedFormat
    from ingest.blocks import Block, Loaded

    def echo(page):
        table = Block("table", page.content.decode(), page=3, cells=(("a", "b"),), attrs={"pid": str(os.getpid())})
        return Loaded((table,), {"title": page.source, "authors": ("Één", "Twee")}, ("title",), ("let op",))

    class Nested:
        @staticmethod
        def echo(page):
            return echo(page)

    def sleep(page):
        time.sleep(60)

    def spin(page):
        while True:
            pass

    def eat(page):
        kept = []
        while True:
            kept.append(bytearray(10_000_000))

    def die(page):
        os.kill(os.getpid(), signal.SIGSEGV)

    def leave(page):
        os._exit(7)

    def refuse(page):
        raise UnsupportedFormat(page.source, "te vreemd")

    def lose(page):
        raise FetchError("elders", "weg")

    def stumble(page):
        raise KeyError("oeps")

    def lie(page):
        return {"blocks": 12}

    def write(page):
        with open(page.source, "wb") as file:
            file.write(b"x")

    def environment(page):
        return Loaded((), {"names": tuple(os.environ)})
    """
)


@pytest.fixture(scope="module")
def loaders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loaders")
    (folder / "hostile_loaders.py").write_text(LOADERS, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield __import__("hostile_loaders")
    sys.path.remove(str(folder))
    del sys.modules["hostile_loaders"]


@pytest.fixture(scope="module")
def worker(loaders):
    with LoaderWorker(seconds=5, memory_bytes=200 * 2**20) as worker:
        yield worker


def page(content: bytes = b"tekst", source: str = "map/bestand.pdf") -> RawPage:
    return RawPage(source, content, "application/pdf", headers={"etag": "1"})


def test_result_crosses_whole(worker, loaders):
    loaded = worker.load(loaders.echo, page("zorg – één\n".encode()))
    block = loaded.blocks[0]
    assert block == Block("table", "zorg – één\n", page=3, cells=(("a", "b"),), attrs=block.attrs)
    expected = {"title": "map/bestand.pdf", "authors": ("Één", "Twee")}
    assert (loaded.meta, loaded.inferred, loaded.warnings) == (expected, ("title",), ("let op",))


def test_one_child_serves_many_files_in_another_process(worker, loaders):
    children = {worker.load(loaders.echo, page()).blocks[0].attrs["pid"] for _ in range(5)}
    assert len(children) == 1 and str(os.getpid()) not in children


def test_nested_function_and_large_file(worker, loaders):
    content = b"a" * 5_000_000
    assert worker.load(loaders.Nested.echo, page(content)).blocks[0].text == content.decode()


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("refuse", UnsupportedFormat, "map/bestand.pdf: te vreemd"),
        ("lose", FetchError, "elders: weg"),
        ("stumble", SourceError, "map/bestand.pdf: it could not be read (KeyError: 'oeps'); is the file damaged?"),
        ("lie", SourceError, "map/bestand.pdf: the reader gave a wrong answer; please report this file"),
        ("missing", SourceError, "map/bestand.pdf: it could not be read (AttributeError: "),
    ],
)
def test_errors_cross_with_class_and_words(worker, loaders, name, error, message):
    def named(page):
        raise AssertionError("the child runs its own copy")

    named.__module__, named.__qualname__ = "hostile_loaders", name
    with pytest.raises(error) as caught:
        worker.load(named, page())
    assert type(caught.value) is error and str(caught.value).startswith(message)
    assert worker.load(loaders.echo, page()).blocks


@pytest.mark.parametrize("name", ["sleep", "spin"])
def test_time_runs_out(loaders, name):
    with LoaderWorker(seconds=0.7) as worker:
        start = time.monotonic()
        with pytest.raises(SourceError, match=r"^map/bestand.pdf: reading it took more than 0.7 seconds; check"):
            worker.load(getattr(loaders, name), page())
        assert time.monotonic() - start < 2
        worker.seconds = 5
        assert worker.load(loaders.echo, page()).blocks[0].text == "tekst"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts all memory of a process under RLIMIT_DATA")
def test_memory_runs_out(worker, loaders):
    before = worker.load(loaders.echo, page()).blocks[0].attrs["pid"]
    with pytest.raises(SourceError, match=r"^map/bestand.pdf: reading it took more than 200 MB of memory; split it"):
        worker.load(loaders.eat, page())
    assert worker.load(loaders.echo, page()).blocks[0].attrs["pid"] != before


@pytest.mark.parametrize(("name", "how"), [("die", "signal 11"), ("leave", "exit status 7")])
def test_crash(worker, loaders, name, how):
    with pytest.raises(SourceError, match=rf"^map/bestand.pdf: .* crash \({how}\); the file is probably damaged"):
        worker.load(getattr(loaders, name), page())
    assert worker.load(loaders.echo, page()).blocks


def test_a_child_that_died_between_files_is_replaced(worker, loaders):
    os.kill(int(worker.load(loaders.echo, page()).blocks[0].attrs["pid"]), 9)
    time.sleep(0.1)
    assert worker.load(loaders.echo, page()).blocks


def test_child_can_neither_write_files_nor_see_secrets(worker, loaders, tmp_path, monkeypatch):
    monkeypatch.setenv("GEHEIM", "1")
    worker.close()
    with pytest.raises(SourceError, match="File too large"):
        worker.load(loaders.write, page(source=str(tmp_path / "x")))
    assert "GEHEIM" not in worker.load(loaders.environment, page()).meta["names"]


def test_no_module_comes_from_the_working_folder(loaders, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert run_limited(loaders.echo, page()).blocks[0].text == "tekst"


def test_close_ends_the_child_and_may_be_repeated(loaders):
    worker = LoaderWorker()
    child = int(worker.load(loaders.echo, page()).blocks[0].attrs["pid"])
    worker.close()
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_steady_state_costs_little(worker, loaders):
    worker.load(loaders.echo, page())
    start = time.perf_counter()
    for _ in range(50):
        worker.load(loaders.echo, page())
    assert (time.perf_counter() - start) / 50 < 0.02  # about 1 ms where nothing else runs


def test_a_program_that_forgets_to_close_ends_at_once(loaders, tmp_path):
    """As an installed command would run it: a main program that the child never sees."""
    program = tmp_path / "programma"
    program.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path[:0] = {[str(Path(loaders.__file__).parent), str(Path(__file__).parents[1])]!r}
            import hostile_loaders
            from ingest.blocks import RawPage
            from ingest.sandbox import LoaderWorker
            worker = LoaderWorker()
            print(worker.load(hostile_loaders.echo, RawPage("x", b"y", "text/plain")).blocks[0].attrs["pid"])
            """
        ),
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=20, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def pdf_with(content: bytes) -> bytes:
    """Return a PDF of one page whose content stream unpacks, in two steps, to 500 MB of `content`."""
    packer = zlib.compressobj(1)
    once = b"".join(packer.compress(content) for _ in range(500_000_000 // len(content))) + packer.flush()
    twice = zlib.compress(once, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(twice), twice),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, text) for number, text in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Size 5/Root 1 0 R>>\n%%EOF"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts all memory of a process under RLIMIT_DATA")
def test_a_pdf_bomb_costs_one_file(loaders):
    bomb = pdf_with(b" " * 1_000_000)
    assert len(bomb) < 40_000
    with LoaderWorker() as worker:
        start = time.monotonic()
        with pytest.raises(SourceError, match=r"^map/bestand.pdf: reading it "):
            worker.load(pdf.load, page(bomb))
        assert time.monotonic() - start < 10
        assert worker.load(loaders.echo, page()).blocks
