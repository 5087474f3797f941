"""Keeping a knowledge base whole: `doctor`, `backup`, `restore` and `rollback`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.collect import publish
from commands.options import EXIT_UNUSABLE, ReportOption, engine
from commands.output import chosen, print_json, print_table, printable, progress_bars
from corpus.errors import SamenwijzerError, SnapshotError, StoreError, UsageError

if TYPE_CHECKING:
    from corpus.document import Document
    from index.engine import Engine
    from index.snapshot import Manifest

_LARGE_ARCHIVE = 2**30


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; compressed if it ends in .gz or .tgz.")],
    fetched: Annotated[bool, typer.Option(help="Also keep the web pages as they were fetched.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write corpus, index and fetched pages to one file; searching and ingesting may go on meanwhile.

    Example: samenwijzer --kb kb backup kb-2026-01.tar.gz
    """
    from index.backup import write

    made = write(context.obj, file, fetched=fetched, overwrite=overwrite)
    if made.without_index:
        typer.echo(f"without the index: {printable(made.without_index)}", err=True)
    size = file.stat().st_size / 2**20
    typer.echo(f"{file}: {made.documents} documents, {len(made.files)} files, {size:.1f} MB, read back and sound")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Set aside what is in the knowledge base now.")] = False,
) -> None:
    """Make a knowledge base from a backup; nothing is touched before all of it has been checked.

    Example: samenwijzer --kb new-kb restore kb-2026-01.tar.gz
    """
    from index.backup import restore as run

    made, replaced = run(file, context.obj, replace=replace)
    if replaced:
        typer.echo(f"what was here is now in {replaced}; delete it when you no longer need it", err=True)
    if made.without_index:
        typer.echo("this backup has no index; run `samenwijzer index`", err=True)
    typer.echo(f"{context.obj}: {made.documents} documents, as they were at {made.created_at}")


def rollback(
    context: typer.Context,
    snapshot: Annotated[str | None, typer.Argument(metavar="[ID]", help="Default: the one before.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only show which ones there are.")] = False,
    form: ReportOption = None,
) -> None:
    """Go back to an earlier index: the three newest are kept. The corpus itself stays as it is.

    Example: samenwijzer --kb kb rollback --list
    """
    from corpus.store import write_lock
    from index.publishing import publish as take_in_use
    from index.snapshot import current_id, history, open_current

    kept = history(context.obj)
    used = _or_none(lambda: current_id(context.obj))
    if listed:
        _print_kept(kept, used, chosen(form))
        return
    places = {manifest.id: place for place, manifest in enumerate(kept)}
    older = kept[places.get(used or "", -1) + 1 :]
    if snapshot is None and not older:
        raise UsageError(f"{context.obj}: there is no earlier index; `samenwijzer rollback --list` shows what there is")
    if snapshot is not None and snapshot not in places:
        raise UsageError(f"{snapshot}: no such index is kept; `samenwijzer rollback --list` shows what there is")
    chosen_id = snapshot or older[0].id
    with write_lock(context.obj):
        _refuse_withdrawn(context.obj, chosen_id)
        take_in_use(context.obj, chosen_id)
        engine(context).publish(open_current(context.obj))
    typer.echo("the next `ingest` or `index` takes the present state of the corpus in use again", err=True)
    typer.echo(chosen_id)


def _refuse_withdrawn(kb: Path, snapshot_id: str) -> None:
    """See to it that what was withdrawn does not come back with an index from before."""
    from corpus.store import Corpus
    from index.snapshot import Snapshot, snapshots_folder

    with Corpus(kb) as corpus:
        withdrawn = corpus.withdrawn()
    opened = Snapshot(snapshots_folder(kb) / snapshot_id) if withdrawn else None
    if opened and (found := [i for i in withdrawn if opened.document_row(i) is not None]):
        raise UsageError(f"{snapshot_id}: this index still has documents that were withdrawn since: {', '.join(found)}")


def _or_none(read: Callable[[], str]) -> str | None:
    try:
        return read()
    except SnapshotError:
        return None


def _print_kept(kept: list[Manifest], used: str | None, output: str) -> None:
    names = ("id", "created_at", "documents", "passages", "model")
    records = [{n: getattr(m, n) for n in names} | {"in_use": m.id == used} for m in kept]
    if output == "table":
        print_table((*names, "in_use"), [[str(value) for value in record.values()] for record in records])
        return
    for record in records:
        print_json(record, output)


def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is wrong, as far as that can be done.")] = False,
) -> None:
    """Check the corpus and the index, and say what to do about what is wrong.

    Example: samenwijzer --kb kb doctor --fix
    """
    from corpus.store import write_lock

    if not fix:
        found = _problems(context.obj)
    else:
        if not context.obj.is_dir():
            raise StoreError(f"{context.obj}: there is no such folder; make one with `samenwijzer ingest SOURCE`")
        _finish_restoring(context.obj)
        with write_lock(context.obj):
            mend(context.obj, engine(context))
        found = _problems(context.obj)
    for line in found:
        typer.echo(printable(line), err=True)
    if found:
        raise typer.Exit(EXIT_UNUSABLE)
    typer.echo("corpus and index are sound")
    size = sum(path.stat().st_size for path in (context.obj / "warc").glob("*.warc.gz"))
    if size >= _LARGE_ARCHIVE:
        told = f"{size / 2**30:.1f} GB of fetched pages in {context.obj / 'warc'}"
        typer.echo(f"{told}; `samenwijzer prune --dry-run` tells what may go", err=True)


def _problems(kb: Path) -> list[str]:
    """Return what is wrong, each with what to do about it.

    Raises:
        StoreError: there is no corpus, or it cannot be opened.
    """
    from corpus.store import DAMAGED, Corpus
    from index.search import Searcher
    from index.snapshot import check

    with Corpus(kb) as corpus:
        if found := corpus.problems():
            return [*found, f"the corpus is damaged: {DAMAGED}"]
        if corpus.changed_hosts() is not None:
            found.append("an ingest was broken off: run it again, or `samenwijzer doctor --fix`")
        try:
            check(kb)
            if Searcher.open(kb).manifest.corpus_hash != corpus.corpus_hash():
                found.append("the index is not that of the corpus as it is now; run `samenwijzer index`")
        except SamenwijzerError as exc:
            empty = "the knowledge base is empty: ingest its sources again, or `samenwijzer restore` a backup"
            found.append(str(exc) if corpus.counts()["documents"] else empty)
    return found


def _finish_restoring(kb: Path) -> None:
    """Bring a `restore` that was broken off to its end."""
    from corpus.folder import RESTORING, finish_restoring

    if (kb / RESTORING).exists():
        try:
            replaced = finish_restoring(kb)
        except OSError as exc:
            raise StoreError(f"{kb}: cannot be written ({exc}); free space or check permissions") from exc
        typer.echo(f"finished a restore{f'; what was here is now in {replaced}' if replaced else ''}", err=True)


def mend(kb: Path, engine: Engine) -> None:
    """Repair what can be repaired, and say on stderr what was done; the write lock is held by the caller.

    Args:
        kb: folder of the knowledge base.
        engine: where an index that is built anew is published.

    Raises:
        StoreError: there is nothing to repair it from, or it may not be written.
    """
    from corpus.store import Corpus
    from index.publishing import sweep
    from index.search import Searcher
    from index.snapshot import check
    from ingest.pipeline import look_across

    for name in sweep(kb):
        typer.echo(f"removed {name}, left behind by a build that was broken off", err=True)
    _mend_corpus(kb)
    with Corpus(kb, create=True) as corpus, progress_bars() as progress:
        if corpus.changed_hosts() is not None:
            look_across(corpus)
            corpus.commit()
            typer.echo("finished the ingest that was broken off, with what it had read", err=True)
        try:
            check(kb)
            sound = Searcher.open(kb).manifest.corpus_hash == corpus.corpus_hash()
        except SamenwijzerError:
            sound = False
        if not sound and (snapshot := publish(corpus, engine, None, progress)):
            typer.echo(f"index built anew: {snapshot}", err=True)


def _mend_corpus(kb: Path) -> None:
    """Make a new database, if need be, from what can be read of a damaged one and from the index in use."""
    from corpus.document import from_json
    from corpus.salvage import salvage
    from corpus.store import is_damaged
    from index.snapshot import check, open_current

    path = kb / "corpus.sqlite"
    lost = not (path.is_file() and path.stat().st_size)
    if not lost and not is_damaged(kb):
        return
    spare: Iterable[Document] = ()
    try:
        check(kb)
        lines = open_current(kb).documents
        spare = (from_json(lines[row]) for row in range(len(lines)))
    except SnapshotError as exc:
        if lost:
            raise StoreError(f"{kb}: there is no corpus here, nor an index to make one from; ingest again") from exc
    done = salvage(kb, spare)
    typer.echo(f"read {done.read} documents from the damaged corpus, which is now in {done.set_aside}", err=True)
    for document_id in done.taken_over:
        typer.echo(f"took document {document_id} over from the index", err=True)
    typer.echo("what else there was is in a backup, or comes back when you ingest the same sources again", err=True)
