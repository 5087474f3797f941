"""Stage 2: the English teacher with a Dutch vocabulary, before any training.

Each Dutch word piece starts as the mixture of the teacher's embeddings of the English pieces that translate it, by the
probabilities of IBM Model 1 (Brown et al., "The mathematics of statistical machine translation", 1993). Everything
above the embedding table stays as it is.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.shipped import spell_out
from training.sources import translations

ROUNDS = 7
LONGEST = 40
"""Word pieces of a sentence that take part in the alignment: longer ones align badly and cost the square."""
BEST = 12
"""English pieces that a Dutch piece is mixed from."""

Floats = NDArray[np.float32]


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def align(dutch: list[list[int]], english: list[list[int]], sizes: tuple[int, int]) -> dict[int, tuple[Floats, Floats]]:
    """Return for each Dutch piece its likeliest English pieces (ids) and their probabilities, by IBM Model 1."""
    # Piece 0, padding, stands for the empty word that English function words may come from.
    kept = [([0, *nl], en) for nl, en in zip(dutch, english, strict=True) if 0 < len(nl) <= LONGEST >= len(en) > 0]
    sources = np.concatenate([np.tile(nl, len(en)) for nl, en in kept]).astype(np.int64)
    targets = np.concatenate([np.repeat(en, len(nl)) for nl, en in kept]).astype(np.int64)
    lengths = np.concatenate([np.full(len(en), len(nl)) for nl, en in kept])
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    keys, places = np.unique(sources * sizes[1] + targets, return_inverse=True)
    of = keys // sizes[1]
    chances = np.ones(len(keys), np.float32)
    for _ in range(ROUNDS):
        here = chances[places]
        here /= np.repeat(np.add.reduceat(here, starts), lengths)
        counts = np.bincount(places, here, len(keys))
        chances = (counts / np.bincount(of, counts, sizes[0])[of]).astype(np.float32)
    order = np.lexsort((-chances, of))
    ends = np.searchsorted(of[order], np.arange(sizes[0] + 1))
    best = {
        piece: order[start : min(end, start + BEST)] for piece, (start, end) in enumerate(pairwise(ends)) if start < end
    }
    return {piece: (keys[rows] % sizes[1], chances[rows]) for piece, rows in best.items()}


def mix(tokenizer: Tokenizer, teacher: Tokenizer, table: Floats, folder: Path) -> Floats:
    """Return the first embedding table of the student (float32, pieces x dimension)."""
    vocabulary = tokenizer.get_vocab()
    words = {word for word in vocabulary if not word.startswith("##")}
    pairs = list(translations(folder))
    dutch = _encoded(tokenizer, [spell_out(pair.nl, words) for pair in pairs])
    aligned = align(dutch, _encoded(teacher, [pair.en for pair in pairs]), (len(vocabulary), len(table)))
    known = teacher.get_vocab()
    rows = np.zeros((len(vocabulary), table.shape[1]), np.float32)
    for word, piece in vocabulary.items():
        if piece in aligned:
            ids, chances = aligned[piece]
            rows[piece] = chances @ table[ids] / chances.sum()
        elif word in known:
            rows[piece] = table[known[word]]
        else:
            spelled = teacher.encode(word.removeprefix("##"), add_special_tokens=False).ids
            rows[piece] = table[spelled].mean(axis=0) if spelled else table.mean(axis=0)
    for word in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"):
        rows[vocabulary[word]] = table[known[word]]
    return rows
