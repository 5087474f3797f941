"""Sources into the corpus: fetch, load, normalise, store; one failure never stops the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from corpus.document import Document
from corpus.errors import FetchError, SamenwijzerError, SourceError, UnsupportedFormat
from corpus.store import Corpus
from ingest import duplicates, jsonl, series, sitemaps
from ingest.blocks import Loaded, RawPage
from ingest.crawl import Frontier, Memory
from ingest.difference import describe
from ingest.fetch import Fetched, Fetcher, Site, Source, expand, linked
from ingest.guard import Guard
from ingest.loaders import load
from ingest.notices import refuse_notice
from ingest.pace import Pace
from ingest.policy import Policy
from ingest.reading import EXTRACTOR_VERSION, read
from ingest.repeated import without_repeated
from ingest.sandbox import LoaderWorker
from ingest.sniff import XML_TYPES

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
    arguments: Iterable[str | Iterable[Source]],
    corpus: Corpus,
    *,
    policy: Policy | None = None,
    guard: Guard | None = None,
    archive: Path | None = None,
    dry_run: bool = False,
    worker: LoaderWorker | None = None,
    progress: Progress = lambda done, total, name: None,
) -> IngestReport:
    """Read all sources into the corpus and commit after each.

    Args:
        arguments: paths, URLs, catalogues as the user named them, or ready-made sources.
        corpus: open for writing, its write lock held by the caller.
        policy: how to behave towards websites.
        guard: which network addresses may be read; follows from the policy unless given.
        archive: WARC files to read web addresses from, instead of the network.
        dry_run: only report what would happen. What is fetched is archived all the same, so that it need not be
            fetched again.
        worker: reads the files; one for this call unless given.
        progress: called with (sources done, sources known, the one at hand).

    Raises:
        StoreError: the corpus could not be written; what was committed before stays.
        UsageError: the archive holds nothing.
    """
    policy = policy or Policy()
    pace = Pace(policy)

    def site() -> Site:
        if archive is not None:
            from ingest.warc import Archive

            return Archive(archive)
        from ingest.live import Live

        return Live(policy, pace, guard or Guard(allow_loopback=policy.allow_loopback), corpus.kb / "warc")

    with (
        Fetcher(policy, site) as fetcher,
        nullcontext(worker) if worker else LoaderWorker() as reader,
        corpus.trial() if dry_run else nullcontext(),
    ):
        run = _Run(corpus, fetcher, reader, Frontier(pace, policy.attempts), Memory(corpus, policy, EXTRACTOR_VERSION))
        run.read_all(arguments, progress)
        if not dry_run:
            look_across(corpus)
        corpus.commit()
        return run.report


def look_across(corpus: Corpus) -> None:
    """Do what takes more than one document: drop lines that recur on a host, link series and passages alike.

    Only if documents came, changed or went since the last time; what an ingest that was broken off has left counts.
    """
    hosts = corpus.changed_hosts()
    if hosts is None:
        return
    for host in hosts:
        for document in without_repeated(corpus.documents_of(host)):
            corpus.revise(document)
    for document in list(series.linked(corpus.documents())):
        corpus.revise(document)
    texts = {p.id: p.text for document in corpus.documents() for p in document.passages}
    corpus.set_families(duplicates.families({k: t for k, t in texts.items() if len(t.split()) >= _ALIKE}))
    corpus.looked_across()


class _Run:
    """One ingest: the report so far, and which keys were seen under which root."""

    def __init__(
        self, corpus: Corpus, fetcher: Fetcher, worker: LoaderWorker, frontier: Frontier, memory: Memory
    ) -> None:
        self.corpus = corpus
        self.fetcher = fetcher
        self.worker = worker
        self.frontier = frontier
        self.memory = memory
        self.report = IngestReport()
        self.present: dict[str, set[str]] = {}
        # Roots of which not everything could be listed: nothing below them may be called gone.
        self.unsure: set[str] = set()
        # Sitemaps and feeds, and whether they could be read.
        self.lists: dict[str, bool] = {}

    def read_all(self, arguments: Iterable[str | Iterable[Source]], progress: Progress) -> None:
        self.frontier.add(self._expand(arguments))
        while self.frontier.waiting:
            while (source := self.frontier.take()) is not None:
                progress(self.frontier.total - self.frontier.waiting - 1, self.frontier.total, source.location)
                self._one(source)
                self.corpus.commit()
            for root in self.present.keys() - self.unsure:
                self.frontier.add(self.memory.absent(root, self.present[root], self.lists))
        progress(self.frontier.total, self.frontier.total, "")
        self._mark_gone()
        self.memory.finish()

    def _expand(self, arguments: Iterable[str | Iterable[Source]]) -> Iterator[Source]:
        for argument in arguments:
            try:
                yield from self._usable(expand(argument) if isinstance(argument, str) else argument)
            except SourceError as exc:
                self._fail(exc)

    def _usable(self, entries: Iterable[Source | SourceError]) -> Iterator[Source]:
        for entry in entries:
            if isinstance(entry, Source):
                yield entry
            else:
                self._fail(entry, "skipped" if isinstance(entry, UnsupportedFormat) else "failed")

    def _fail(self, error: SourceError, outcome: Outcome = "failed") -> None:
        self.report.files.append(FileReport(error.source, outcome, reason=error.reason))

    def _one(self, source: Source) -> None:
        """Read one source into the corpus, or add the further sources that it names (a sitemap, a feed)."""
        # Present even if it fails: what cannot be read today is not gone.
        present = self.present.setdefault(source.root, set())
        present.add(source.key)
        if self.memory.was_read(source):
            self._unchanged(source, "read before in this run")
            return
        try:
            fetched = self._fetch(source)
            if fetched.page is None:
                self._unchanged(source)
            elif fetched.page.media_type in XML_TYPES:
                self._list(fetched.page, source)
            elif fetched.page.media_type == "application/jsonl":
                self._records(fetched.page, source, present)
            elif self.memory.held_others(source):
                raise FetchError(source.key, "was a list of pages or records, and now a page came; see what it says")
            else:
                self.report.files.append(self._store(fetched.page, source))
            self.memory.note(source, fetched.visit)
        except FetchError as exc:
            self._not_fetched(source, exc)
        except SourceError as exc:
            self._spare_others(source)
            self._fail(exc)

    def _fetch(self, source: Source) -> Fetched:
        try:
            return self.fetcher.fetch(source, self.memory.previous(source))
        except SamenwijzerError:
            raise
        except Exception as exc:  # as in `_read`
            raise FetchError(source.key, f"fetching failed ({type(exc).__name__}: {exc}); please report this") from exc

    def _unchanged(self, source: Source, reason: str | None = None) -> None:
        known = self.corpus.known(source.key)
        self.corpus.touch(source.key, source.root)
        self.report.files.append(FileReport(source.key, "unchanged", known and known.document_id, reason=reason))

    def _list(self, page: RawPage, source: Source) -> None:
        self.lists[source.location] = False
        loaded = self.worker.load(sitemaps.load, page)
        self.lists[source.location] = True
        pages = linked(loaded.meta["links"], source, only_its_site=loaded.meta["sitemap"])
        self.frontier.add(self._usable(pages))

    def _records(self, page: RawPage, source: Source, present: set[str]) -> None:
        for entry in jsonl.records(page):
            if isinstance(entry, SourceError):
                self._fail(entry)
                self.unsure.add(source.root)
                continue
            present.add(entry.source)
            try:
                self.report.files.append(self._store(entry, source))
            except SourceError as exc:
                self._fail(exc)

    def _not_fetched(self, source: Source, error: FetchError) -> None:
        if error.transient and self.frontier.again(source):
            return
        self._spare_others(source)
        gone, reason = self.memory.missed(source, error)
        self.report.files += [FileReport(source.key, "gone", document_id, reason=reason) for document_id in gone]
        if not gone:
            self._fail(FetchError(source.key, reason))

    def _spare_others(self, source: Source) -> None:
        """See to it that what a list or a file of records led to is not gone because that cannot be read today."""
        if self.memory.is_list(source):
            self.lists[source.location] = False
        self.present[source.root] |= self.memory.records(source)

    def _store(self, page: RawPage, source: Source) -> FileReport:
        """Put one page into the corpus.

        Raises:
            SourceError: it could not be parsed, holds no text, or is a notice instead of the publication.
        """
        raw_sha256 = hashlib.sha256(page.content).hexdigest()
        known = self.corpus.known(page.source)
        if known and (known.raw_sha256, known.extractor_version) == (raw_sha256, EXTRACTOR_VERSION):
            self.corpus.touch(page.source, source.root)
            return FileReport(page.source, "unchanged", known.document_id)
        document = self._read(page, source)
        if source.is_url and page.media_type != jsonl.MEDIA_TYPE:
            refuse_notice(document)
        before = self.corpus.get(known.document_id) if known else None
        change = self.corpus.upsert(document, root=source.root)
        counts = len(document.items), len(document.passages), len(document.dropped)
        reason = describe(before, document) if before and change == "changed" else None
        return FileReport(page.source, change, document.id, document.kind, *counts, reason, document.warnings)

    def _read(self, page: RawPage, source: Source) -> Document:
        try:
            return read(page, hints=source.hints, load=self._load)
        except SourceError:
            raise
        except Exception as exc:  # a fault of ours costs the source that brings it out, and no other
            reason = f"it cannot be made sense of ({type(exc).__name__}: {exc}); please report this source"
            raise SourceError(page.source, reason) from exc

    def _load(self, page: RawPage) -> Loaded:
        # Files are parsed in a child process with limits. A JSON record is read already, and there may be many.
        return load(page) if page.media_type == jsonl.MEDIA_TYPE else self.worker.load(load, page)

    def _mark_gone(self) -> None:
        for root in self.present.keys() - self.unsure:
            for document_id in self.corpus.mark_gone(root, self.present[root]):
                key = self.corpus.get(document_id).key
                self.report.files.append(FileReport(key, "gone", document_id, reason=f"no longer in {root}"))
