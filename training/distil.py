"""Stages 3 and 4: the student learns the teacher's space from translations, then to bring query and passage together.

Distilling: a Dutch text should get the vector that the teacher gives its English translation (Reimers and Gurevych,
"Making monolingual sentence embeddings multilingual using knowledge distillation", 2020). Contrast: of all passages in
the batch, a query's own should be the nearest (InfoNCE; van den Oord et al., 2018).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.sources import Pair, Translation
from training.student import Encoder

Item = TypeVar("Item")

SHARE = {"tatoeba": 2, "esco": 2, "ggm": 2, "ntrex": 3, "covid": 3, "everyday": 3, "lohelp": 0.5, "dictionary": 0.5}
"""How often a translation of each source is seen in one round."""
TURNS = {"law": 4, "own": 3, "paraphrase": 3, "lawadj": 2, "esco": 2, "dekQ": 2, "dekT": 2}
"""How often each kind of pair has its turn. The pairs of a batch are of one kind: they are harder to tell apart."""
SHORT = 240
"""Characters of a translation that is learned from: a longer one costs more than it teaches."""
SHARPNESS = 20.0
"""Cosines are multiplied by this before the softmax, as sentence-transformers does."""
BATCH, LONGEST = 96, 64
PAIRS, PASSAGE = 32, 128
"""Pairs in a batch, and the word pieces of a passage that are read."""
ENGLISH_EVERY = 12
"""Each so many batches the English side itself is the input, so that English queries keep their place."""


class Rate(NamedTuple):
    """Highest learning rates, of the embedding table and of the layers above it."""

    table: float
    layers: float


def shuffled(translations: Sequence[Translation], seed: int) -> list[Translation]:
    """Return one round of translations: each source as often as its share says, in random order."""
    chance = random.Random(seed)
    rows: list[Translation] = []
    for row in translations:
        share = SHARE.get(row.source, 1.0) if max(map(len, row[:2])) <= SHORT else 0.0
        rows += [row] * (int(share) + (chance.random() < share % 1))
    chance.shuffle(rows)
    return rows


def batches(rows: Sequence[Item], size: int, length: Callable[[Item], int], seed: int) -> Iterator[list[Item]]:
    """Yield batches without end, alike in length within a batch (less padding), in random order of length."""
    chance = random.Random(seed)
    order = list(rows)
    while True:
        chance.shuffle(order)
        for start in range(0, len(order), 40 * size):
            block = sorted(order[start : start + 40 * size], key=length)
            cut = [block[place : place + size] for place in range(0, len(block), size)]
            chance.shuffle(cut)
            yield from (batch for batch in cut if len(batch) > 1)


def turns(shares: Mapping[str, int], seed: int) -> Iterator[str]:
    """Yield the names without end, in random order, each as often in a round as its share says."""
    chance = random.Random(seed)
    names = [name for name, share in shares.items() for _ in range(share)]
    while True:
        yield from chance.sample(names, len(names))


def distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Return how far the student's vectors are from the teacher's: by angle, and by who is nearest to whom."""
    angle = 1 - (student * teacher).sum(1).mean()
    return 2 * angle + 0.5 * cross_entropy(SHARPNESS * student @ teacher.T, torch.arange(len(student)))


def contrast(queries: Tensor, passages: Tensor) -> Tensor:
    """Return InfoNCE both ways; passages beyond the number of queries are wrong ones that look right."""
    scores = SHARPNESS * queries @ passages.T
    right = torch.arange(len(queries))
    return (cross_entropy(scores, right) + cross_entropy(scores[:, : len(queries)].T, right)) / 2


class Teacher:
    """The teacher's vectors of English texts, made once each."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        unique = sorted(set(texts))
        self._rows = encoder.encode(unique, LONGEST, 128).half()
        self._places = {text: place for place, text in enumerate(unique)}

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return the unit vectors (float32, texts x dimension) of texts that it was made with."""
        return self._rows[[self._places[text] for text in texts]].float()


class Schedule:
    """AdamW with a warm-up over the first twentieth of the steps and a linear way down to zero."""

    def __init__(self, student: Encoder, steps: int, rate: Rate) -> None:
        table = student.model.embeddings.word_embeddings.weight
        rest = [weights for weights in student.model.parameters() if weights is not table]
        groups = [{"params": [table], "lr": rate.table, "weight_decay": 0.0}, {"params": rest, "lr": rate.layers}]
        self._parameters = [table, *rest]
        self._optimiser = torch.optim.AdamW(groups, fused=True)
        slope = [min((step + 1) / max(steps // 20, 1), (steps - step) / steps) for step in range(steps + 1)]
        self._way = torch.optim.lr_scheduler.LambdaLR(self._optimiser, slope.__getitem__)

    def step(self, loss: Tensor) -> None:
        """Learn from `loss`."""
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._way.step()


def distil(
    student: Encoder,
    teacher: Encoder,
    translations: Sequence[Translation],
    pairs: Mapping[str, Sequence[Pair]],
    steps: int,
    seed: int = 7,
    watch: Callable[[int], None] = lambda step: None,
) -> None:
    """Teach the student for `steps` batches, every fifth of them Dutch query–passage pairs, by kind as in `TURNS`."""
    torch.manual_seed(seed)
    lessons = shuffled(translations, seed)
    vectors = Teacher(teacher, [row.en for row in lessons])
    rows = batches(lessons, BATCH, lambda row: len(row.nl), seed)
    questions = {kind: batches(known, PAIRS, lambda pair: len(pair.passage), seed) for kind, known in pairs.items()}
    kinds = turns({kind: share for kind, share in TURNS.items() if kind in pairs}, seed)
    schedule, begun = Schedule(student, steps, Rate(8e-4, 1.5e-4)), time.monotonic()
    for step in range(steps):
        if step % 5 == 4:
            batch = list({pair.passage: pair for pair in next(questions[next(kinds)])}.values())
            passages = student([pair.passage for pair in batch], PASSAGE)
            loss = contrast(student([pair.query for pair in batch], LONGEST), passages)
        else:
            part = next(rows)
            english = step % ENGLISH_EVERY == 0
            texts = [row.en if english else row.nl for row in part]
            loss = distance(student(texts, LONGEST), vectors([row.en for row in part]))
        schedule.step(loss)
        if step % 200 == 199:
            sys.stderr.write(f"step {step + 1} loss {loss.item():.3f} {time.monotonic() - begun:.0f} s\n")
            watch(step + 1)
