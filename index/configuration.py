"""What a measurement is of: a model, a cross-encoder and settings, over a knowledge base or a folder of texts."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from corpus.store import Corpus
from index.building import build
from index.engine import make_engine
from index.reranker import make_reranker
from index.search import Searcher, Settings
from index.snapshot import current_id, read_manifest, snapshots_folder
from index.testsets import beir_documents


@dataclass(frozen=True)
class Configuration:
    """What is measured: a model (None for that of the knowledge base), a cross-encoder to rerank with, and settings.

    `semantic_weight` is None for the default; `expand` tells whether other names from the thesaurus are added;
    `engine` names where the index is that is searched (None: in the knowledge base).
    """

    model: str | None = None
    rerank: str | None = None
    semantic_weight: float | None = None
    expand: bool = True
    engine: str | None = None

    def changed(self, changes: str) -> Configuration:
        """Return this configuration with changes like "rerank=NAME,semantic-weight=0,expand=no".

        Raises:
            UsageError: there is no such setting, or it does not take that value.
        """
        found: dict[str, Any] = {}
        for change in filter(None, changes.split(",")):
            name, _, value = (part.strip() for part in change.partition("="))
            try:
                found |= {name.replace("-", "_"): _READ[name](value)}
            except (KeyError, ValueError):
                raise UsageError(
                    f"{change}: give model=SPEC, rerank=NAME (none), semantic-weight=0.2, expand=no or engine=URL"
                ) from None
        return replace(self, **found)

    def settings(self) -> Settings:
        """Return how a searcher searches with this configuration.

        Raises:
            RerankerError: the cross-encoder cannot be loaded.
        """
        weight = {} if self.semantic_weight is None else {"semantic_weight": self.semantic_weight}
        return Settings(reranker=make_reranker(self.rerank), expand=self.expand, **weight)

    def __str__(self) -> str:
        expand = None if self.expand else "no"
        told = {"model": self.model, "rerank": self.rerank, "semantic-weight": self.semantic_weight, "expand": expand}
        told["engine"] = self.engine
        return ",".join(f"{name}={value}" for name, value in told.items() if value is not None)


_READ: dict[str, Any] = {
    "model": lambda value: value or None,
    "rerank": lambda value: None if value in ("", "none") else value,
    "semantic-weight": float,
    "expand": {"yes": True, "no": False}.__getitem__,
    "engine": lambda value: value or None,
}


@contextmanager
def opened(path: Path, configuration: Configuration | None = None) -> Iterator[Searcher]:
    """Open a knowledge base; one in BEIR layout, or to be searched with another model, is indexed for this long.

    Raises:
        UsageError: an engine was asked for, of which the index would have to be replaced.
    """
    configuration = configuration or Configuration()
    settings, model = configuration.settings(), configuration.model
    is_kb = snapshots_folder(path).is_dir() or not (path / "corpus.jsonl").is_file()
    if is_kb and model in (None, _model_of(path)):
        yield Searcher.open(path, settings=settings, engine=make_engine(configuration.engine, path))
        return
    if configuration.engine:
        raise UsageError(f"{configuration.engine}: only measures the knowledge base and model that are published there")
    with tempfile.TemporaryDirectory() as folder:
        kb = Path(folder)
        if is_kb:
            _copy(path, kb)
        with Corpus(kb, create=True) as corpus:
            for document in () if is_kb else beir_documents(path / "corpus.jsonl"):
                corpus.upsert(document, root=str(path))
            corpus.commit()
            build(corpus, model or "default")
        yield Searcher.open(kb, settings=settings)


def _model_of(kb: Path) -> str:
    return read_manifest(snapshots_folder(kb) / current_id(kb)).model_spec


def _copy(kb: Path, other: Path) -> None:
    """Copy a corpus as it is now, whoever writes in it."""
    with closing(sqlite3.connect(kb / "corpus.sqlite")) as source:
        with closing(sqlite3.connect(other / "corpus.sqlite")) as copy:
            source.backup(copy)
