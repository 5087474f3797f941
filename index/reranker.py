"""Cross-encoders, which read a question and a passage together: slower than vectors and off unless asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from corpus.errors import RerankerError
from index.results import Hit

RERANKED = 30
"""How many of the first hits are put in a new order; a cross-encoder reads each of them for every search."""


class Reranker(Protocol):
    """A model that tells how well passages answer a question; safe to share between threads."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return a score (float32, one per passage) of any scale: higher is better."""
        ...


def rerank(reranker: Reranker, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with the first RERANKED in the model's order; equals keep theirs.

    Ranks and scores of a hit are those of its new place, so that scores still go down; `why` tells how it was found.
    """
    first = hits[:RERANKED]
    if len(first) < 2:
        return list(hits)
    scores = reranker.scores(question, [_text(hit) for hit in first])
    order = np.argsort(-scores, kind="stable")
    moved = (replace(first[old], rank=at.rank, score=at.score) for old, at in zip(order, first, strict=True))
    return [*moved, *hits[RERANKED:]]


def _text(hit: Hit) -> str:
    return "\n".join(dict.fromkeys(part for part in (hit.title, hit.item_title, hit.text) if part))


class CrossEncoderReranker:
    """Any sentence-transformers cross-encoder with one output, by its hub name or as a folder.

    `HF_HUB_OFFLINE=1` keeps it off the network. Code that comes with a model is never run, and weights are only read
    from safetensors files.

    Raises:
        RerankerError: the extra is not installed, or there is no such model, or it is of another kind.
    """

    def __init__(self, name_or_path: str) -> None:
        folder = Path(name_or_path).expanduser()
        if name_or_path.startswith((".", "~", "/")) and not folder.is_dir():
            raise RerankerError(f"{name_or_path}: there is no model folder here; give another path or a hub name")
        self.name = folder.resolve().name if folder.is_dir() else name_or_path
        self._model = _load(str(folder) if folder.is_dir() else name_or_path)
        # Its tokenizer may not be used by two threads at once.
        self._lock = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return a score (float32, one per passage): higher is better."""
        pairs = [(question, passage) for passage in passages]
        with self._lock:
            return np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32)


def _load(name_or_path: str) -> Any:  # noqa: ANN401 - the library is not imported before it is asked for
    try:
        from sentence_transformers import CrossEncoder
        from transformers import AutoConfig
        from transformers.utils import logging
    except ImportError as exc:
        raise RerankerError(
            f'{name_or_path}: such a model needs more software: pip install "samenwijzer[transformers]"'
        ) from exc
    cast(Any, logging).disable_progress_bar()
    try:
        kind = (AutoConfig.from_pretrained(name_or_path).architectures or ["unknown"])[0]
        # Of any other kind the scoring layer would be filled in with chance.
        if not kind.endswith("ForSequenceClassification"):
            raise ValueError(f"its architecture is {kind}")
        model = CrossEncoder(name_or_path, device="cpu", model_kwargs={"use_safetensors": True})
        if model.num_labels != 1:
            raise ValueError(f"it gives {model.num_labels} scores instead of one")
    except Exception as exc:  # what a damaged folder makes three libraries raise has no common type
        reason = str(exc).partition("\n")[0]
        raise RerankerError(f"{name_or_path}: is no cross-encoder to rerank with ({reason}); choose another") from exc
    return model


def make_reranker(name_or_path: str | None) -> Reranker | None:
    """Return the cross-encoder of this hub name or folder, or None for none.

    Raises:
        RerankerError: it cannot be loaded.
    """
    return CrossEncoderReranker(name_or_path) if name_or_path else None
