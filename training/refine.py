"""Stage 4: the last lessons: query–passage pairs, most of them our own, with wrong passages that look right."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array

from index.dutch import analyse, word_terms
from training.distil import (
    BATCH,
    LONGEST,
    PAIRS,
    PASSAGE,
    Rate,
    Schedule,
    Teacher,
    batches,
    contrast,
    distance,
    shuffled,
    turns,
)
from training.sources import Pair, Translation
from training.student import Encoder

TURNS = {"own": 15, "parliament": 3, "law": 3, "translations": 3}
"""How often each collection has its turn; translations, lest it forgets."""
LOOKALIKES = range(3, 20)
"""Places in the word search from which a wrong passage is drawn: the very first are too often right as well."""


def lookalikes(pairs: Sequence[Pair]) -> list[list[str]]:
    """Return for each pair the passages of other pairs that a search by words (TF-IDF) puts near the top."""
    passages = list(dict.fromkeys(pair.passage for pair in pairs))
    vocabulary: dict[str, int] = {}
    matrix = _counts(passages, vocabulary, grow=True)
    weights = np.log(len(passages) / (1 + np.bincount(matrix.indices, minlength=len(vocabulary))))
    matrix.data = (1 + np.log(matrix.data)) * weights[matrix.indices]
    matrix.data /= np.sqrt(np.repeat(np.add.reduceat(matrix.data**2, matrix.indptr[:-1]), np.diff(matrix.indptr)))
    found = []
    for pair, row in zip(pairs, _counts([pair.query for pair in pairs], vocabulary, grow=False), strict=True):
        order = np.argsort(-(matrix @ row.toarray().ravel()))[: LOOKALIKES.stop]
        found.append([passages[place] for place in order[LOOKALIKES.start :] if passages[place] != pair.passage])
    return found


def _counts(texts: Sequence[str], vocabulary: dict[str, int], *, grow: bool) -> csr_array:
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        counts = Counter(term for token in analyse(text) for word in token.words for term in word_terms(word).parts)
        for term, count in counts.items():
            column = vocabulary.setdefault(term, len(vocabulary)) if grow else vocabulary.get(term, -1)
            if column >= 0:
                rows.append(row), columns.append(column), values.append(float(count))
    return csr_array((values, (rows, columns)), shape=(len(texts), len(vocabulary)))


def distinct(pairs: Sequence[tuple[Pair, list[str]]], seed: int) -> Iterator[list[tuple[Pair, list[str]]]]:
    """Yield batches without end in which no passage comes twice: another's right passage is taken for wrong."""
    chance = random.Random(seed)
    while True:
        left = chance.sample(pairs, len(pairs))
        while len(left) >= PAIRS:
            batch: dict[str, tuple[Pair, list[str]]] = {}
            rest = []
            for item in left:
                if len(batch) < PAIRS and item[0].passage not in batch:
                    batch[item[0].passage] = item
                else:
                    rest.append(item)
            if len(batch) < PAIRS:
                break
            left = rest
            yield list(batch.values())


def refine(
    student: Encoder,
    teacher: Encoder,
    translations: Sequence[Translation],
    pairs: Mapping[str, Sequence[Pair]],
    steps: int,
    watch: Callable[[int], None] = lambda step: None,
) -> None:
    """Teach for `steps` batches, each of one collection, in turn as in `TURNS`."""
    torch.manual_seed(11)
    chance = random.Random(11)
    share = steps * BATCH * TURNS["translations"] // sum(TURNS.values())
    everyday = [row for row in translations if row.source == "everyday"]
    sample = everyday + shuffled(translations, 11)[:share]
    vectors = Teacher(teacher, [row.en for row in sample])
    rows = batches(sample, BATCH, lambda row: len(row.nl), 11)
    shares = {name: share for name, share in TURNS.items() if name in {"translations", *pairs}}
    lessons = {name: distinct(list(zip(own, lookalikes(own), strict=True)), 11) for name, own in pairs.items()}
    schedule, begun = Schedule(student, steps, Rate(4e-4, 1e-4)), time.monotonic()
    for step, name in zip(range(steps), turns(shares, 11), strict=False):
        if name == "translations":
            part = next(rows)
            loss = distance(student([row.nl for row in part], LONGEST), vectors([row.en for row in part]))
        else:
            batch = next(lessons[name])
            right = [pair.passage for pair, _ in batch]
            wrong = dict.fromkeys(chance.choice(others) for _, others in batch[::3] if others)
            passages = student([*right, *(passage for passage in wrong if passage not in right)], PASSAGE)
            loss = contrast(student([pair.query for pair, _ in batch], LONGEST), passages)
        schedule.step(loss)
        if step % 50 == 49:
            sys.stderr.write(f"step {step + 1} loss {loss.item():.3f} {time.monotonic() - begun:.0f} s\n")
            watch(step + 1)
