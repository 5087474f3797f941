"""What the fault harness works on: a small knowledge base, the line that is broken off, and what must hold after it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from corpus.document import content_hash
from corpus.errors import SamenwijzerError, SnapshotError
from corpus.store import Corpus, write_lock
from index.building import build
from index.results import Query
from index.search import Searcher
from index.snapshot import current_id
from ingest.pipeline import ingest

DOCUMENTS = 12
_ALIKE = (
    "In de wijk komt een vaste verpleegkundige langs bij oudere inwoners die lang alleen zijn, en die vraagt wat zij"
    " zelf graag anders zouden willen in hun dagen, waarna zij samen een plan van drie stappen op papier zetten. "
)
QUERIES = ("wijkteam huisarts", "onderwerp3", "nieuw")


class Broken(Exception):
    """Something that was promised does not hold."""


class Served(NamedTuple):
    """What an index answers: its id, the passages in it, and what each query finds."""

    snapshot: str
    passages: frozenset[str]
    found: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class State:
    """A knowledge base that is whole: what it serves, its documents by key, and what it was made from."""

    served: Served
    documents: dict[str, str]
    corpus_hash: str


def write_sources(folder: Path, version: int) -> None:
    """Write the sources: in the second version a third is changed, a third is new and a sixth is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(DOCUMENTS * (2 + version) // 3):
        if version == 2 and number % 6 == 5:
            continue
        new = "Een nieuw verhaal. " if version == 2 and number % 3 == 0 else ""
        # Every fourth is much like the others of its kind: the look across the collection has something to find.
        new += _ALIKE if number % 4 == 1 else ""
        text = f"{new}Het wijkteam en de huisarts spreken over onderwerp{number}, elke week in gebouw {number * 7}."
        record = {"id": f"bron-{number}", "title": f"Bron {number}", "text": text, "kind": "artikel"}
        (folder / f"{number:02}.jsonl").write_text(json.dumps(record) + "\n", "utf-8")


def run_line(kb: Path, sources: Path, acknowledged: int | None = None) -> None:
    """Ingest and index as the command line does; tell the descriptor `acknowledged` which source is next, if given."""

    def tell(done: int, total: int, name: str) -> None:
        if acknowledged is not None:
            os.write(acknowledged, f"{name}\n".encode())

    with write_lock(kb), Corpus(kb, create=True) as corpus:
        ingest([str(sources)], corpus, progress=tell)
        build(corpus)


def served(kb: Path) -> Served | None:
    """Return what the knowledge base serves, None before the first index.

    Raises:
        SnapshotError: it is damaged.
    """
    if not (kb / "CURRENT").exists():
        return None
    searcher = Searcher.open(kb)
    passages = frozenset(searcher.snapshot.record(row).passage_id for row in range(len(searcher.snapshot)))
    found = tuple(tuple(hit.passage_id for hit in searcher.search(Query(q, k=50)).hits) for q in QUERIES)
    return Served(current_id(kb), passages, found)


def documents(kb: Path) -> dict[str, str]:
    """Return the hash of what readers see of each document, by key."""
    with Corpus(kb) as corpus:
        return {document.key: content_hash(document) for document in corpus.documents()}


def state(kb: Path) -> State:
    """Return the state of a knowledge base that is whole."""
    answers = served(kb)
    assert answers is not None
    with Corpus(kb) as corpus:
        return State(answers, documents(kb), corpus.corpus_hash())


def check(kb: Path, known: list[State], acknowledged: list[str]) -> float:
    """Check what a fault has left, before anything is repaired; return how many seconds opening took.

    Args:
        kb: the knowledge base.
        known: the states before and after: only what they serve may be served, whole.
        acknowledged: sources of which the ingest said that they were stored, in the last state.

    Raises:
        Broken: something is lost, partial or wrong.
    """
    started = time.perf_counter()
    try:
        answers = served(kb)
    except SnapshotError as exc:
        raise Broken(f"the index cannot be opened: {exc}") from exc
    seconds = time.perf_counter() - started
    if answers is not None and answers not in [each.served for each in known]:
        raise Broken(f"index {answers.snapshot} serves something else than before or after")
    _check_corpus(kb, known, acknowledged)
    return seconds


def _check_corpus(kb: Path, known: list[State], acknowledged: list[str]) -> None:
    if not (kb / "corpus.sqlite").exists() or not (kb / "corpus.sqlite").stat().st_size:
        if acknowledged:
            raise Broken("the corpus is gone")
        return
    try:
        with Corpus(kb, create=True) as corpus:
            problems = corpus.problems()
        found = documents(kb)
    except SamenwijzerError as exc:
        raise Broken(f"the corpus cannot be opened: {exc}") from exc
    if problems:
        raise Broken(f"the corpus is damaged: {problems[0]}")
    for key, value in found.items():
        if value not in [each.documents.get(key) for each in known]:
            raise Broken(f"{key}: neither the document before nor the one after")
    for source in acknowledged:
        after = {key: value for key, value in known[-1].documents.items() if key.startswith(source)}
        if not after or any(found.get(key) != value for key, value in after.items()):
            raise Broken(f"{source}: was acknowledged and is lost")


def check_healed(kb: Path, expected: State) -> None:
    """Check that a knowledge base is as if nothing had ever gone wrong.

    Raises:
        Broken: it is not, or something was left behind.
    """
    if (found := state(kb)) != expected:
        raise Broken(f"after running again it is {found.served.snapshot}, not {expected.served.snapshot}")
    left = [path.name for path in (kb / "snapshots").glob(".*")] + [path.name for path in kb.glob(".*")]
    if left:
        raise Broken(f"left behind: {left}")


class World(NamedTuple):
    """A knowledge base before (`template`), its sources as they are now, and the states before and after."""

    folder: Path
    template: Path
    sources: Path
    before: State
    after: State


def make_world(folder: Path) -> World:
    """Make the knowledge base that is broken, and the one that it must become."""
    sources, template, after = folder / "sources", folder / "template", folder / "after"
    write_sources(sources, 1)
    run_line(template, sources)
    write_sources(sources, 2)
    shutil.copytree(template, after)
    run_line(after, sources)
    return World(folder, template, sources, state(template), state(after))


@contextlib.contextmanager
def copy(world: World, *, empty: bool = False) -> Iterator[Path]:
    """Yield a copy of the knowledge base as it was before, or an empty folder."""
    kb = world.folder / "kb"
    shutil.rmtree(kb, ignore_errors=True)
    if empty:
        kb.mkdir()
    else:
        shutil.copytree(world.template, kb)
    yield kb
