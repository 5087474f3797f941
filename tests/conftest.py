"""Fixtures that more than one test file needs."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from corpus.document import Document, Item, Span, content_id
from corpus.passages import with_passages
from corpus.store import Corpus

MakeDocument = Callable[..., Document]
Serving = Callable[..., AbstractContextManager[str]]
Command = Callable[..., tuple[int, str, str]]  # (exit code, stdout, stderr)


@pytest.fixture(scope="session")
def make_document() -> MakeDocument:
    """Return a function that makes a small but complete document of paragraphs, each an item if `items` is given."""

    def make(
        name: str, *paragraphs: str, kind: str = "artikel", items: str | None = None, **fields: object
    ) -> Document:
        text = "\n\n".join(paragraphs)
        document_id = content_id(name)
        spans, found, start = [], [], 0
        for paragraph in paragraphs:
            end = start + len(paragraph)
            item_id = content_id(document_id, paragraph) if items else None
            spans.append(Span(start, end, item_id=item_id))
            if items and item_id:
                found.append(Item(item_id, items, paragraph[:40], paragraph, start, end))
            start = end + 2
        digest = hashlib.sha256(text.encode()).hexdigest()
        raw = hashlib.sha256(f"{name} {text}".encode()).hexdigest()
        values = {"title": name, "source": name, "raw_sha256": raw, "fetched_at": "2026-01-01T00:00:00+00:00"}
        return with_passages(
            Document(
                id=document_id,
                key=name,
                kind=kind,
                text=text,
                text_sha256=digest,
                extractor_version="test",
                spans=tuple(spans),
                items=tuple(found),
                **{**values, **fields},
            )
        )

    return make


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    with Corpus(tmp_path / "kb", create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def starter_kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a knowledge base with the collection that ships, ingested and indexed as a user would."""
    from index.building import build
    from ingest.fetch import starter_sources
    from ingest.pipeline import ingest

    kb = tmp_path_factory.mktemp("starter")
    with Corpus(kb, create=True) as opened:
        ingest([starter_sources()], opened)
        build(opened)
    return kb


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Return a context manager that serves a knowledge base over HTTP on the loopback and gives the address.

    What else it is given goes to `create_app`.
    """
    import uvicorn

    from api.app import create_app

    @contextmanager
    def serve(kb: Path, **options: Any) -> Iterator[str]:
        config = uvicorn.Config(create_app(kb, **options), log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        # asyncio only sends without delay on sockets that say they are TCP.
        with socket.socket(proto=socket.IPPROTO_TCP) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()

    return serve


@pytest.fixture(scope="session")
def site(serving: Serving, starter_kb: Path) -> Iterator[str]:
    """Return the address of a server over the collection that ships."""
    with serving(starter_kb) as address:
        yield address


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command line in this process, away from the settings of whoever runs the tests."""
    import cli

    for name in [name for name in os.environ if name.startswith("SAMENWIJZER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["samenwijzer", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            cli.main()
            code = 0
        except SystemExit as exc:
            code = int(exc.code or 0)
        return (code, *capsys.readouterr())

    return call
