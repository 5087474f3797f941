"""Stage 4: the last lessons, on the pairs that we wrote, with wrong passages that look right."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array

from index.dutch import analyse, word_terms
from training.distil import BATCH, LONGEST, Rate, Schedule, Teacher, batches, contrast, distance, shuffled
from training.sources import Pair, Translation
from training.student import Encoder

OWN, PASSAGE = 32, 128
"""Pairs in a batch, and the word pieces of a passage that are read."""
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
        while len(left) >= OWN:
            batch: dict[str, tuple[Pair, list[str]]] = {}
            rest = []
            for item in left:
                if len(batch) < OWN and item[0].passage not in batch:
                    batch[item[0].passage] = item
                else:
                    rest.append(item)
            if len(batch) < OWN:
                break
            left = rest
            yield list(batch.values())


def refine(
    student: Encoder,
    teacher: Encoder,
    translations: Sequence[Translation],
    own: Sequence[Pair],
    public: Sequence[Pair],
    steps: int,
    rate: Rate,
    watch: Callable[[int], None] = lambda step: None,
) -> None:
    """Teach for `steps` batches: six in eight our own pairs, one public ones, one translations, lest it forgets."""
    torch.manual_seed(11)
    chance = random.Random(11)
    sample = shuffled(translations, 11)[: steps * BATCH // 8 + BATCH]
    vectors = Teacher(teacher, [row.en for row in sample])
    rows = batches(sample, BATCH, lambda row: len(row.nl), 11)
    known = batches(public, 24, lambda pair: len(pair.passage), 11)
    ours = distinct(list(zip(own, lookalikes(own), strict=True)), 11)
    schedule, begun = Schedule(student, steps, rate), time.monotonic()
    for step in range(steps):
        if step % 8 == 7:
            part = next(rows)
            loss = distance(student([row.nl for row in part], LONGEST), vectors([row.en for row in part]))
        elif step % 8 == 3:
            batch = next(known)
            loss = contrast(
                student([pair.query for pair in batch], LONGEST), student([pair.passage for pair in batch], 96)
            )
        else:
            mine = next(ours)
            wrong = [chance.choice(others) for _, others in mine[::3] if others]
            right = [pair.passage for pair, _ in mine]
            wrong = [passage for passage in dict.fromkeys(wrong) if passage not in right]
            loss = contrast(student([pair.query for pair, _ in mine], LONGEST), student(right + wrong, PASSAGE))
        schedule.step(loss)
        if step % 50 == 49:
            sys.stderr.write(f"step {step + 1} loss {loss.item():.3f} {time.monotonic() - begun:.0f} s\n")
            watch(step + 1)
