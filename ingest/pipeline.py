"""Sources into the corpus: fetch, load, normalise, store; one failure never stops the rest."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from corpus.document import Document, Dropped, Section, Span, content_id
from corpus.errors import SourceError, UnsupportedFormat
from corpus.passages import with_passages
from corpus.store import Corpus
from ingest import boilerplate, duplicates, items, jsonl, metadata, series
from ingest.blocks import Block, Loaded, Placed, RawPage, place
from ingest.fetch import Fetcher, Source, expand, links
from ingest.loaders import Loader, load
from ingest.repeated import without_repeated
from ingest.sandbox import LoaderWorker

# Part of every document: a re-ingest with another version reads the source again though its bytes are the same.
EXTRACTOR_VERSION = "1"
# Passages of fewer words are alike by chance.
_ALIKE = 12

Outcome = Literal["added", "changed", "unchanged", "gone", "failed", "skipped"]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class FileReport:
    """What became of one source: the outcome, and for a failure or a skip the reason."""

    source: str
    outcome: Outcome
    document_id: str | None = None
    kind: str | None = None
    items: int = 0
    passages: int = 0
    dropped: int = 0
    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass
class IngestReport:
    """What an ingest did, source by source, in the order of reading."""

    files: list[FileReport] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """Return how many sources ended like this."""
        return sum(entry.outcome == outcome for entry in self.files)

    def to_dict(self, snapshot: str | None) -> dict[str, Any]:
        """Return the report in the shape of the public contract, with the per-source details under `files`."""
        outcomes: tuple[Outcome, ...] = ("added", "changed", "unchanged", "gone")
        failed = [{"source": f.source, "reason": f.reason} for f in self.files if f.outcome == "failed"]
        counts: dict[str, Any] = {outcome: self.count(outcome) for outcome in outcomes}
        return counts | {"failed": failed, "snapshot": snapshot, "files": [asdict(f) for f in self.files]}


def ingest(
    arguments: Iterable[str | Iterable[Source]], corpus: Corpus, *, progress: Progress = lambda done, total, name: None
) -> IngestReport:
    """Read all sources into the corpus and commit after each.

    Args:
        arguments: paths, URLs, catalogues as the user named them, or ready-made sources.
        corpus: open for writing, its write lock held by the caller.
        progress: called with (sources done, sources known, the one at hand).

    Raises:
        StoreError: the corpus could not be written; what was committed before stays.
    """
    with Fetcher() as fetcher, LoaderWorker() as worker:
        return _Run(corpus, fetcher, worker).run(arguments, progress)


class _Run:
    """One ingest: the report so far, and which keys were seen under which root."""

    def __init__(self, corpus: Corpus, fetcher: Fetcher, worker: LoaderWorker) -> None:
        self.corpus = corpus
        self.fetcher = fetcher
        self.worker = worker
        self.report = IngestReport()
        self.present: dict[str, set[str]] = {}
        # Roots of which not everything could be listed: nothing below them may be called gone.
        self.unsure: set[str] = set()
        self.hosts: set[str] = set()

    def run(self, arguments: Iterable[str | Iterable[Source]], progress: Progress) -> IngestReport:
        queue = deque(self._expand(arguments))
        total = len(queue)
        while queue:
            source = queue.popleft()
            progress(total - len(queue) - 1, total, source.location)
            further = self._one(source)
            queue.extend(further)
            total += len(further)
            self.corpus.commit()
        progress(total, total, "")
        self._mark_gone()
        if any(self.report.count(outcome) for outcome in ("added", "changed", "gone")):
            self._look_across()
        self.corpus.commit()
        return self.report

    def _look_across(self) -> None:
        """Do what takes more than one document: drop lines that recur on a host, link series and passages alike."""
        for host in sorted(self.hosts):
            for document in without_repeated(self.corpus.documents_of(host)):
                self.corpus.revise(document)
        for document in list(series.linked(self.corpus.documents())):
            self.corpus.revise(document)
        texts = {p.id: p.text for document in self.corpus.documents() for p in document.passages}
        self.corpus.set_families(duplicates.families({k: t for k, t in texts.items() if len(t.split()) >= _ALIKE}))

    def _expand(self, arguments: Iterable[str | Iterable[Source]]) -> Iterator[Source]:
        for argument in arguments:
            try:
                for entry in expand(argument) if isinstance(argument, str) else argument:
                    if isinstance(entry, Source):
                        yield entry
                    else:
                        self._fail(entry, "skipped" if isinstance(entry, UnsupportedFormat) else "failed")
            except SourceError as exc:
                self._fail(exc)

    def _fail(self, error: SourceError, outcome: Outcome = "failed") -> None:
        self.report.files.append(FileReport(error.source, outcome, reason=error.reason))

    def _one(self, source: Source) -> list[Source]:
        """Read one source into the corpus; return the further sources that it names (a sitemap, a feed)."""
        # Present even if it fails: what cannot be read today is not gone.
        present = self.present.setdefault(source.root, set())
        present.add(source.key)
        try:
            page = self.fetcher.fetch(source)
            further = links(page, source)
            if further is not None:
                return further
            for entry in jsonl.records(page) if page.media_type == "application/jsonl" else (page,):
                if isinstance(entry, SourceError):
                    self._fail(entry)
                    self.unsure.add(source.root)
                else:
                    present.add(entry.source)
                    self.report.files.append(self._store(entry, source))
        except SourceError as exc:
            self._fail(exc)
            if self.corpus.known(source.key) is None:
                self.unsure.add(source.root)
        return []

    def _store(self, page: RawPage, source: Source) -> FileReport:
        raw_sha256 = hashlib.sha256(page.content).hexdigest()
        known = self.corpus.known(page.source)
        if known and (known.raw_sha256, known.extractor_version) == (raw_sha256, EXTRACTOR_VERSION):
            self.corpus.touch(page.source, source.root)
            return FileReport(page.source, "unchanged", known.document_id)
        try:
            document = read(page, hints=source.hints, load=self._load)
        except SourceError as exc:
            return FileReport(page.source, "failed", reason=exc.reason)
        change = self.corpus.upsert(document, root=source.root)
        if change != "unchanged" and document.host:
            self.hosts.add(document.host)
        counts = len(document.items), len(document.passages), len(document.dropped)
        return FileReport(page.source, change, document.id, document.kind, *counts, warnings=document.warnings)

    def _load(self, page: RawPage) -> Loaded:
        # Files are parsed in a child process with limits. A JSON record is read already, and there may be many.
        return load(page) if page.media_type == jsonl.MEDIA_TYPE else self.worker.load(load, page)

    def _mark_gone(self) -> None:
        for root in self.present.keys() - self.unsure:
            for document_id in self.corpus.mark_gone(root, self.present[root]):
                self.report.files.append(FileReport(root, "gone", document_id, reason="no longer there"))


def read(page: RawPage, *, hints: Mapping[str, Any] | None = None, load: Loader = load) -> Document:
    """Make a document of a page: load, drop boilerplate, recognise items, describe, cut into passages.

    Args:
        page: the bytes and where they come from.
        hints: Document fields known from a catalogue; used where the page itself is silent.
        load: how to load it, for instance in another process.

    Raises:
        SourceError: the page could not be parsed or holds no text.
    """
    loaded = load(page)
    loaded = replace(loaded, meta={**(hints or {}), **{k: v for k, v in loaded.meta.items() if v}})
    blocks = duplicates.fold(boilerplate.mark(loaded.blocks))
    text, placed = place(blocks)
    if not text:
        raise SourceError(page.source, "no text was found in it; is it empty, a scan, or a page made by a script?")
    return with_passages(_document(page, replace(loaded, blocks=blocks), text, placed))


def _document(page: RawPage, loaded: Loaded, text: str, placed: tuple[Placed, ...]) -> Document:
    document_id = content_id(page.source)
    described = asdict(metadata.describe(loaded, page, text))
    dropped = tuple(block for block in loaded.blocks if block.dropped)
    found = items.recognise(document_id, text, placed, dropped, title=described["title"])
    return Document(
        id=document_id,
        key=page.source,
        text=text,
        source=page.source,
        raw_sha256=hashlib.sha256(page.content).hexdigest(),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fetched_at=page.fetched_at,
        extractor_version=EXTRACTOR_VERSION,
        sections=_sections(placed, len(text)),
        items=found.items,
        spans=_spans(placed, found),
        dropped=_dropped(loaded.blocks),
        warnings=loaded.warnings,
        **described | {"extra": {**described["extra"], **found.extra}},
    )


def _sections(placed: tuple[Placed, ...], length: int) -> tuple[Section, ...]:
    """Return every heading with its path and the stretch of text up to the next heading that is not below it."""
    headings = [p for p in placed if p.block.kind == "heading"]
    sections = []
    for index, heading in enumerate(headings):
        level = max(heading.block.level, 1)
        closing = (h.char_start for h in headings[index + 1 :] if max(h.block.level, 1) <= level)
        path = tuple(p.block.text for p in _ancestors(headings[: index + 1]))
        sections.append(Section(path, level, heading.block.text, heading.char_start, next(closing, length)))
    return tuple(sections)


def _ancestors(headings: list[Placed]) -> list[Placed]:
    """Return the last heading and those that it stands below, highest first."""
    path: list[Placed] = []
    for heading in reversed(headings):
        if not path or max(heading.block.level, 1) < max(path[0].block.level, 1):
            path.insert(0, heading)
    return path


def _spans(placed: tuple[Placed, ...], found: items.Recognised) -> tuple[Span, ...]:
    spans, headings = [], []
    path: tuple[str, ...] = ()
    for entry in placed:
        if entry.block.kind == "heading":
            headings.append(entry)
            path = tuple(h.block.text for h in _ancestors(headings))
        spans.append(
            Span(
                entry.char_start,
                entry.char_end,
                entry.block.kind,
                entry.block.page,
                path,
                found.owners.get(entry.order),
                found.statuses.get(entry.order, "main"),
            )
        )
    return tuple(spans)


def _dropped(blocks: tuple[Block, ...]) -> tuple[Dropped, ...]:
    return tuple(Dropped(b.text, b.dropped, order) for order, b in enumerate(blocks) if b.dropped)
