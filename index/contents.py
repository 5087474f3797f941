"""What goes into a snapshot: the corpus turned into records, facets, words and vectors, and written as files."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

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
from index.records import Lines, LineWriter, PassageRecord, dump, entries_of, parse, passage_record
from index.related import Named, related_rows
from index.snapshot import Manifest
from index.vectors import VectorIndex

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
    read = _Read()
    with LineWriter(draft, "documents") as documents, LineWriter(draft, "passages") as passages:
        with LineWriter(draft, "entries") as entries:
            facets = Facets.build(_facets(corpus, read, documents, passages, entries))
            facets.save(draft / "facets")
    np.save(draft / "document_rows.npy", np.array(read.document_rows, np.int32), allow_pickle=False)
    np.save(draft / "document_ids.npy", np.array([n.document_id for n in read.named], "S16"), allow_pickle=False)
    (draft / "related.json").write_text(json.dumps(related_rows(read.named)), "ascii")
    ids = np.array(read.passage_ids, "S16")
    order = np.argsort(ids)
    np.save(draft / "passage_ids.npy", ids[order], allow_pickle=False)
    np.save(draft / "passage_rows.npy", order.astype(np.int32), allow_pickle=False)
    lines = Lines(draft, "passages")
    progress("index", 0, len(lines))
    texts, contexts = tee((r.text, r.context) for r in map(parse, lines))
    words = (text for text, _ in texts), (context for _, context in contexts)
    records = facets.records if len(np.unique(facets.records)) < len(lines) else None
    lexical.build(*words, known=known.words, folder=draft / "lexical", records=records).save(draft / "lexical")
    keys = np.fromiter((_key(embedding_input(parse(line))) for line in lines), np.uint64, len(lines))
    np.save(draft / "vector_keys.npy", keys, allow_pickle=False)
    VectorIndex.build(_embed(lines, keys, embedder, known, progress)).save(draft / "vectors")
    return Written(len(read.named), read.items, len(lines))


@dataclass
class _Read:
    """What is kept of documents and passages while they are written one by one."""

    named: list[Named] = field(default_factory=list)
    items: int = 0
    document_rows: array[int] = field(default_factory=lambda: array("i"))
    passage_ids: list[str] = field(default_factory=list)


def _facets(
    corpus: Corpus, read: _Read, documents: LineWriter, passages: LineWriter, entries: LineWriter
) -> Iterator[FacetRow]:
    """Yield the facets of all passages, and write the lines of what is read on the way."""
    families, first_seen = corpus.families(), corpus.first_seen()
    for row, document in enumerate(corpus.documents()):
        read.named.append(Named.of(document))
        read.items += len(document.items)
        records = []
        for passage in document.passages:
            item = document.item(passage.item_id)
            records.append(passage_record(document, row, passage, item, families.get(passage.id)))
            key = passage.item_id or document.id
            yield FacetRow(document.year, first_seen[document.id], key, facet_values(document, item))
        read.document_rows.extend([row] * len(records))
        read.passage_ids += [record.passage_id for record in records]
        passages.extend(map(dump, records))
        entries.extend(json.dumps(entry, ensure_ascii=False) for entry in entries_of(records))
        documents.extend([to_json(document)])


def embedding_input(record: PassageRecord) -> str:
    """Return the text that is embedded for a passage: its own, below the title of its document."""
    return f"{record.title}\n{record.text}" if record.title else record.text


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _embed(
    lines: Lines, keys: NDArray[np.uint64], embedder: Embedder, known: Known, progress: Progress
) -> NDArray[np.float16]:
    """Return the vectors (float16, n × dimension) of all passages, embedding only those that are not `known`."""
    vectors = np.zeros((len(lines), embedder.dimension), np.float16)
    reused = np.array([known.rows.get(key, -1) for key in keys.tolist()], np.int64)
    if known.vectors is not None:
        vectors[reused >= 0] = known.vectors[reused[reused >= 0]]
    fresh = np.flatnonzero(reused < 0)
    for start in range(0, len(fresh), _BATCH):
        progress("embed", start, len(fresh))
        rows = fresh[start : start + _BATCH]
        vectors[rows] = embedder.encode_document([embedding_input(parse(lines[row])) for row in rows.tolist()])
    progress("embed", len(fresh), len(fresh))
    return vectors
