"""Any number of passages with vectors, in no more time than it takes to store them: what `scale` measures with.

Nothing is encoded but a few thousand sentences. A passage's vector is a mixture of those of its sentences, the first
most, with some noise: near enough where the model would put it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from corpus.document import Document

_BORDER = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_NOISE = 0.25


class Mixed:
    """The model that ships for queries; a passage gets a mixture of the vectors of its sentences, the first most.

    `folder` keeps the model as it was when the first passages were made: another one cannot search among them.
    """

    def __init__(self, folder: Path) -> None:
        from index.shipped import MODEL, ShippedEmbedder

        if not (folder / "model").is_dir():
            shutil.copytree(MODEL, folder / "model")
        self._model = ShippedEmbedder(folder / "model")
        self.name, self.revision, self.dimension = self._model.name, self._model.revision, self._model.dimension
        self._folder = folder
        self.seconds = self.processor = 0.0

    @cached_property
    def _sentences(self) -> tuple[dict[str, int], NDArray[np.float32]]:
        """The sentences that texts are made of, and a vector for each; one of zeros for any other."""
        import numpy as np

        pool = texts.pool()
        path = self._folder / "sentences.npy"
        if not path.is_file():
            np.save(path, self._model.encode_document(pool))
        return {sentence: row for row, sentence in enumerate(pool)}, np.vstack(
            [np.load(path), np.zeros(self.dimension, np.float32)]
        )

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return what the model makes of queries, and add the time to `seconds` and `processor`."""
        started = time.perf_counter(), time.thread_time()
        vectors = self._model.encode_query(texts)
        self.seconds += time.perf_counter() - started[0]
        self.processor += time.thread_time() - started[1]
        return vectors

    def encode_document(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (float32, n x dimension) that follow from the texts, and add the time to `seconds`."""
        import numpy as np

        started = time.perf_counter()
        vectors = np.stack([self._mixture(text) for text in texts])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        self.seconds += time.perf_counter() - started
        return vectors

    def _mixture(self, text: str) -> NDArray[np.float32]:
        import numpy as np

        rows, vectors = self._sentences
        _, _, body = text.partition("\n")
        found = vectors[[rows.get(sentence, -1) for sentence in _BORDER.split(body)]]
        weights = 1 / np.arange(1, len(found) + 1, dtype=np.float32)
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
        noise = np.random.Generator(np.random.SFC64(seed)).standard_normal(self.dimension, np.float32)
        mixed = np.asarray(weights @ found, np.float32)
        mixed /= np.linalg.norm(mixed) + 1e-9
        return mixed + noise * np.float32(_NOISE / self.dimension**0.5)


def made(count: int) -> Iterator[Document]:
    """Yield documents that together hold `count` passages, as reading `texts.documents` from a file would."""
    from corpus.document import Document, Span, content_id
    from corpus.passages import with_passages

    for record in texts.documents(count):
        text, key = record["text"], f"scale#{record['id']}"
        sha, ends = hashlib.sha256(text.encode()).hexdigest(), [m.start() for m in re.finditer("\n\n|$", text)]
        spans = zip([0, *(end + 2 for end in ends)], ends, strict=False)
        yield with_passages(
            Document(
                id=content_id(key),
                key=key,
                kind=record["kind"],
                title=record["title"],
                text=text,
                source=record["url"],
                raw_sha256=sha,
                text_sha256=sha,
                fetched_at="2026-01-01T00:00:00+00:00",
                extractor_version="scale",
                source_id=record["id"],
                url=record["url"],
                publisher=record["publisher"],
                date=str(record["year"]),
                date_precision="year",
                doelgroep=tuple(record["doelgroep"]),
                themas=tuple(record["themas"]),
                spans=tuple(Span(start, end) for start, end in spans),
            )
        )
