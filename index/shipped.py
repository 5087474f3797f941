"""The Dutch sentence-embedding model that ships with Samenwijzer: int8 ONNX, run by onnxruntime, without torch.

How it was made, from what, and what it can and cannot do: index/model/README.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EmbedderError
from index.compounds import split
from index.dutch import ANALYSER_VERSION, fold

MODEL = Path(__file__).with_name("model")

_WORD = re.compile(r"[^\W\d_]{8,}")
_THREADS = min(os.cpu_count() or 1, 8)


class ShippedEmbedder:
    """The model in `folder`; vectors are float32 of unit length, a text without any word gives zeros.

    The files must hash to what the folder's `config.json` says.

    Raises:
        EmbedderError: the model is missing, or not as it was shipped.
    """

    def __init__(self, folder: Path = MODEL) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        config, files = _verified(folder)
        self.name: str = config["name"]
        self.dimension: int = config["dimension"]
        # How compounds are cut is the analyser's, and decides what the model sees.
        self.revision = f"{config['sha256']['model.onnx'][:12]}.{ANALYSER_VERSION}"
        self._tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
        self._tokenizer.enable_truncation(config["longest"])
        vocabulary = self._tokenizer.get_vocab()
        self._words = frozenset(word for word in vocabulary if not word.startswith("##"))
        self._empty = len(self._tokenizer.encode("").ids)
        options = SessionOptions()
        options.intra_op_num_threads = 1  # texts run side by side instead
        self._session = InferenceSession(files["model.onnx"], options, providers=["CPUExecutionProvider"])

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (float32, n x dimension); queries and passages are read alike."""
        return self.encode_document(texts)

    def encode_document(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (float32, n x dimension)."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        pieces = self._tokenizer.encode_batch([spell_out(text, self._words) for text in texts])
        filled = [at for at, piece in enumerate(pieces) if len(piece.ids) > self._empty]
        # One text at a time: numbers are rounded by the largest in the run, so that a text's vector would depend on
        # its neighbours; it is faster as well, for nothing is padded.
        with ThreadPoolExecutor(_THREADS) as pool:
            # A single text, a query, starts no thread.
            run = pool.map if len(filled) > 1 else map
            for at, vector in zip(filled, run(self._vector, (pieces[at].ids for at in filled)), strict=True):
                rows[at] = vector
        return rows

    def _vector(self, ids: Sequence[int]) -> NDArray[np.float32]:
        row = np.array([ids], np.int64)
        (vectors,) = self._session.run(["vectors"], {"input_ids": row, "attention_mask": np.ones_like(row)})
        return np.asarray(vectors[0], np.float32)


def _verified(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the model's config, and the contents of its files once they are known to be the ones it names."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        files = {name: (folder / name).read_bytes() for name in config["sha256"]}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise EmbedderError(f"{folder}: the language model is incomplete ({exc}); install samenwijzer again") from exc
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != config["sha256"][name]:
            raise EmbedderError(f"{folder / name}: not the file that was shipped; install samenwijzer again")
    return config, files


def spell_out(text: str, vocabulary: Container[str]) -> str:
    """Return `text` with the compounds that the model does not know as one word cut into the words they are made of.

    `vocabulary` holds the folded whole words that the model knows. Only the model sees the result: cutting
    "mantelzorgwaardering" where the language does carries more meaning than word pieces cut by frequency.
    """
    return _WORD.sub(lambda match: _parts(match.group(), vocabulary), text)


def _parts(word: str, vocabulary: Container[str]) -> str:
    folded = fold(word)
    return word if folded in vocabulary else _spelled(folded) or word


@lru_cache(maxsize=1 << 16)
def _spelled(folded: str) -> str:
    return " ".join(part.text for part in split(folded))
