"""Embedding models: text in, unit vectors out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EmbedderError, UsageError
from index.shipped import ShippedEmbedder

Matrix = NDArray[np.float32]
_MODEL_FILES = (".safetensors", ".json", ".txt", ".model")


@runtime_checkable
class Embedder(Protocol):
    """A model that turns texts into vectors.

    `name` and `revision` together identify it: vectors are only comparable when both are equal. Both encode methods
    return float32 of shape (len(texts), dimension) with rows of unit length; a text without any word may give zeros.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def revision(self) -> str: ...  # noqa: D102

    @property
    def dimension(self) -> int: ...  # noqa: D102

    def encode_query(self, texts: Sequence[str]) -> Matrix:
        """Embed what people type."""
        ...

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Embed passages."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by its hub name or as a folder; `HF_HUB_OFFLINE=1` keeps it off the network.

    `revision` is the hub's commit, or for a folder the SHA-256 over its files. Code that comes with a model is never
    run, and weights are only read from safetensors files.

    Raises:
        EmbedderError: the extra is not installed, or there is no such model.
    """

    def __init__(self, name_or_path: str) -> None:
        folder = Path(name_or_path).expanduser()
        if name_or_path.startswith((".", "~", "/")) and not folder.is_dir():
            raise EmbedderError(f"{name_or_path}: there is no model folder here; give another path or a hub name")
        self.name = folder.resolve().name if folder.is_dir() else name_or_path
        self._model = _load(str(folder) if folder.is_dir() else name_or_path)
        self.revision = _fingerprint(folder) if folder.is_dir() else _commit(self._model)
        self.dimension = self._encode(self._model.encode, [""]).shape[1]

    def encode_query(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors (float32, n x dimension), made with the model's own query prompt if it has one."""
        return self._encode(self._model.encode_query, texts)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors (float32, n x dimension), made with the model's own document prompt if it has one."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Matrix:  # noqa: ANN401
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows = encode(list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)


def _load(name_or_path: str) -> Any:  # noqa: ANN401 - the library is not imported before it is asked for
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as exc:
        raise EmbedderError(
            f'{name_or_path}: such a model needs more software: pip install "samenwijzer[transformers]"'
        ) from exc
    cast(Any, logging).disable_progress_bar()
    try:
        # Other weight files are pickles, which may hold any program.
        return SentenceTransformer(name_or_path, device="cpu", model_kwargs={"use_safetensors": True})
    except Exception as exc:  # what a damaged folder makes three libraries raise has no common type
        raise EmbedderError(f"{name_or_path}: this is no sentence-transformers model ({exc})") from exc


def _fingerprint(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of all files that make up the model."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _MODEL_FILES):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _commit(model: Any) -> str:  # noqa: ANN401
    return str(getattr(model[0].auto_model.config, "_commit_hash", None) or "unknown")


def make_embedder(spec: str = "default") -> Embedder:
    """Return the embedder for "default" or "transformers:NAME_OR_PATH".

    Raises:
        UsageError: another form.
        EmbedderError: the model cannot be loaded.
    """
    kind, _, name = spec.partition(":")
    if spec == "default":
        return _shipped()
    if kind == "transformers" and name:
        return SentenceTransformerEmbedder(name)
    raise UsageError(f'{spec}: the embedder is "default" or "transformers:NAME_OR_PATH"')


@cache
def _shipped() -> ShippedEmbedder:
    return ShippedEmbedder()
