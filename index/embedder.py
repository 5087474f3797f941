"""Embedding models: text in, unit vectors out."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EmbedderError, UsageError
from index.dutch import ANALYSER_VERSION, analyse, word_terms

Matrix = NDArray[np.float32]
_WEIGHT_FILES = ("*.safetensors", "*.onnx", "*.bin", "*.npy")


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


class NgramEmbedder:
    """Vectors from spelling alone: stems, compound parts and character 5-grams, projected on random signs.

    Needs no model file. Every feature stands for a fixed vector of 512 signs, the bits of its BLAKE2b hash; inner
    products of such sums approximate those of the feature counts (Achlioptas, "Database-friendly random
    projections", 2003). Near in this space means alike in spelling, not in meaning.
    """

    name = "samenwijzer-ngram"
    revision = f"1.{ANALYSER_VERSION}"
    dimension = 512

    def encode_query(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors (float32, n x 512); zeros for a text without search words."""
        return self.encode_document(texts)

    def encode_document(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors (float32, n x 512); zeros for a text without search words."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            counts = Counter(word for token in analyse(text) for word in token.words)
            for word, count in counts.items():
                row += (1 + np.log(np.float32(count))) * _word_vector(word)
        return _unit(rows)


_GRAM_WEIGHT = 0.5


def _word_vector(word: str) -> Matrix:
    terms = word_terms(word)
    vector = np.zeros(NgramEmbedder.dimension, np.float32)
    for feature, weight in [
        (terms.stem, 1.0),
        *((p, 1.0) for p in terms.parts),
        *((g, _GRAM_WEIGHT) for g in terms.grams),
    ]:
        if feature:
            bits = np.frombuffer(hashlib.blake2b(feature.encode()).digest(), np.uint8)
            vector += np.float32(weight) * (2 * np.unpackbits(bits).astype(np.float32) - 1)
    return vector


def _unit(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), np.float32)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by its hub name or as a folder. Code that comes with a model is never run.

    Raises:
        EmbedderError: the extra is not installed, or there is no such model.
    """

    def __init__(self, name_or_path: str) -> None:
        if (os.sep in name_or_path or name_or_path.startswith(".")) and not (local := Path(name_or_path)).is_dir():
            if local.is_absolute() or name_or_path.startswith("."):
                raise EmbedderError(f"{name_or_path}: there is no model folder here; give another path or a hub name")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as exc:
            raise EmbedderError(
                'this model needs sentence-transformers: pip install "samenwijzer[transformers]"'
            ) from exc
        try:
            self._model: Any = SentenceTransformer(name_or_path, device="cpu")
        except (OSError, ValueError) as exc:
            raise EmbedderError(f"{name_or_path}: no sentence-transformers model ({exc})") from exc
        self.name = Path(name_or_path).name if Path(name_or_path).is_dir() else name_or_path
        self.revision = _revision(name_or_path, self._model)
        self.dimension = int(self._model.get_sentence_embedding_dimension())

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


def _revision(name_or_path: str, model: Any) -> str:  # noqa: ANN401
    """Return the hub's commit, or for a folder the SHA-256 over its weight files."""
    folder = Path(name_or_path)
    if not folder.is_dir():
        return str(getattr(model[0].auto_model.config, "_commit_hash", None) or "unknown")
    digest = hashlib.sha256()
    for pattern in _WEIGHT_FILES:
        for path in sorted(folder.rglob(pattern)):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def make_embedder(spec: str = "default") -> Embedder:
    """Return the embedder for "default" or "transformers:NAME_OR_PATH".

    Raises:
        UsageError: another form.
        EmbedderError: the model cannot be loaded.
    """
    kind, _, name = spec.partition(":")
    if spec == "default":
        return NgramEmbedder()
    if kind == "transformers" and name:
        return SentenceTransformerEmbedder(name)
    raise UsageError(f'{spec}: the embedder is "default" or "transformers:NAME_OR_PATH"')
