"""What goes into a snapshot: the corpus turned into records, facets, words and vectors, and written as files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.document import to_json
from corpus.store import Corpus
from index import lexical
from index.checksums import verify
from index.dutch import ANALYSER_VERSION
from index.embedder import Embedder
from index.facets import FacetRow, Facets, facet_values
from index.forward import Forward
from index.records import PassageRecord, dump, entries, passage_record, write_lines
from index.related import Named, related_rows
from index.vectors import VectorIndex

if TYPE_CHECKING:
    from index.snapshot import Manifest

_BATCH = 256

Progress = Callable[[str, int, int], None]


class Known(NamedTuple):
    """What an earlier snapshot has already: vectors, their rows by the key of what was embedded, and words."""

    vectors: NDArray[np.float16] | None = None
    rows: Mapping[int, int] = MappingProxyType({})
    words: Forward | None = None

    @classmethod
    def of(cls, folder: Path, manifest: Manifest, embedder: Embedder) -> Known:
        """Return what of a snapshot can be reused: vectors of the same model, words from the same analyser.

        Raises:
            SnapshotError: it is damaged.
        """
        # What is carried over gets a new checksum: make sure that it is still what was written.
        verify(folder, {name: sha for name, sha in manifest.files.items() if name.startswith(("vector", "lexical/"))})
        same = manifest.analyser == ANALYSER_VERSION
        words = lexical.LexicalIndex.open(folder / "lexical").forward if same else None
        if (manifest.model, manifest.model_revision) != (embedder.name, embedder.revision):
            return cls(words=words)
        keys = np.load(folder / "vector_keys.npy", allow_pickle=False).tolist()
        return cls(VectorIndex.open(folder / "vectors").vectors, {key: row for row, key in enumerate(keys)}, words)


class Written(NamedTuple):
    """How much was written."""

    documents: int
    items: int
    passages: int


def write(corpus: Corpus, embedder: Embedder, draft: Path, known: Known, progress: Progress) -> Written:
    """Write all parts of a snapshot but its manifest into `draft`.

    Raises:
        OSError: the disk is full.
    """
    records: list[PassageRecord] = []
    facets = []
    named: list[Named] = []
    items = 0
    families, first_seen = corpus.families(), corpus.first_seen()

    def documents() -> Iterator[str]:
        nonlocal items
        for row, document in enumerate(corpus.documents()):
            named.append(Named.of(document))
            items += len(document.items)
            for passage in document.passages:
                item = document.item(passage.item_id)
                records.append(passage_record(document, row, passage, item, families.get(passage.id)))
                key = passage.item_id or document.id
                values = facet_values(document, item)
                facets.append(FacetRow(document.year, first_seen[document.id], key, values))
            yield to_json(document)

    write_lines(draft, "documents", documents())
    write_lines(draft, "passages", map(dump, records))
    write_lines(draft, "entries", (json.dumps(entry, ensure_ascii=False) for entry in entries(records)))
    np.save(draft / "document_rows.npy", np.array([r.document_row for r in records], np.int32), allow_pickle=False)
    np.save(draft / "document_ids.npy", np.array([n.document_id for n in named], "S16"), allow_pickle=False)
    (draft / "related.json").write_text(json.dumps(related_rows(named)), "ascii")
    np.save(draft / "passage_ids.npy", np.array([r.passage_id for r in records], "S16"), allow_pickle=False)
    Facets.build(facets).save(draft / "facets")
    progress("index", 0, len(records))
    texts, contexts = [r.text for r in records], [r.context for r in records]
    lexical.build(texts, contexts, known=known.words).save(draft / "lexical")
    inputs = [embedding_input(r) for r in records]
    keys = [_key(text) for text in inputs]
    VectorIndex.build(_embed(inputs, keys, embedder, known, progress)).save(draft / "vectors")
    np.save(draft / "vector_keys.npy", np.array(keys, np.uint64), allow_pickle=False)
    return Written(len(named), items, len(records))


def embedding_input(record: PassageRecord) -> str:
    """Return the text that is embedded for a passage: its own, below the title of its document."""
    return f"{record.title}\n{record.text}" if record.title else record.text


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _embed(
    inputs: list[str], keys: list[int], embedder: Embedder, known: Known, progress: Progress
) -> NDArray[np.float16]:
    """Return the vectors (float16, n × dimension) of all inputs, embedding only those that are not `known`."""
    vectors = np.zeros((len(inputs), embedder.dimension), np.float16)
    reused = np.array([known.rows.get(key, -1) for key in keys], np.int64)
    if known.vectors is not None:
        vectors[reused >= 0] = known.vectors[reused[reused >= 0]]
    fresh = np.flatnonzero(reused < 0).tolist()
    for start in range(0, len(fresh), _BATCH):
        progress("embed", start, len(fresh))
        rows = fresh[start : start + _BATCH]
        vectors[rows] = embedder.encode_document([inputs[row] for row in rows])
    progress("embed", len(fresh), len(fresh))
    return vectors
