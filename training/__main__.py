"""One command for each stage: `python -m training STAGE`; `all` runs them in order.

    vocabulary  a Dutch vocabulary                                 -> WORK/vocabulary
    initial     the teacher with that vocabulary, untrained        -> WORK/initial
    distil      the teacher's space, learned from translations     -> WORK/distilled
    refine      queries and passages brought together              -> WORK/refined
    export      the int8 ONNX file that ships                      -> WORK/model
    assess      what WORK/model is worth on sets with judgements
    unpack      index/model as a sentence-transformers folder      -> WORK/unpacked

Seeded: the same vocabulary gives the same first model, and training then differs by rounding only. The vocabulary
itself differs between runs in some rare pieces, for the library that learns it breaks ties at random.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training.sources import Pair

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before anything is imported that would look for a model hub

DISTIL_STEPS = (2_600, 3_600, 5_500)
"""Batches in each round; a round begins with a high learning rate again."""
REFINE_STEPS = 640


def vocabulary(data: Path, work: Path) -> None:
    """Learn the vocabulary."""
    from tokenizers import Tokenizer

    from training.student import teacher_folder
    from training.vocabulary import make_vocabulary

    make_vocabulary(data, Tokenizer.from_file(str(teacher_folder() / "tokenizer.json")), work / "vocabulary")


def initial(data: Path, work: Path) -> None:
    """Give the teacher the new vocabulary."""
    import torch
    from tokenizers import Tokenizer

    from training.initial import mix
    from training.student import Encoder, teacher_folder

    teacher = Encoder.load(teacher_folder(), spell=False)
    tokenizers = [Tokenizer.from_file(str(path / "tokenizer.json")) for path in (work / "vocabulary", teacher_folder())]
    for tokenizer in tokenizers:
        tokenizer.no_padding()
        tokenizer.no_truncation()
    table = teacher.model.embeddings.word_embeddings.weight.detach().numpy()
    Encoder.swap(teacher, tokenizers[0], torch.tensor(mix(*tokenizers, table, data))).save(work / "initial")


def distil(data: Path, work: Path, steps: tuple[int, ...] = DISTIL_STEPS) -> None:
    """Learn the teacher's space."""
    from training import distil as stage
    from training.sources import own_pairs, paraphrases, public_pairs, translations
    from training.student import Encoder, teacher_folder

    known = list(translations(data))
    pairs = _by_kind(public_pairs(data)) | {"paraphrase": paraphrases(known), "own": list(own_pairs())}
    student, teacher = Encoder.load(work / "initial"), Encoder.load(teacher_folder(), spell=False)
    for number, count in enumerate(steps):
        stage.distil(student, teacher, known, pairs, count, seed=7 + number)
    student.save(work / "distilled")


def refine(data: Path, work: Path, steps: int = REFINE_STEPS) -> None:
    """Bring queries and passages together."""
    from training import refine as stage
    from training.sources import own_pairs, public_pairs, translations
    from training.student import Encoder, teacher_folder

    public = _by_kind(public_pairs(data))
    pairs = {"own": list(own_pairs()), "parliament": public["dekQ"] + public["dekT"], "law": public["law"]}
    pairs = {name: known for name, known in pairs.items() if known}
    student, teacher = Encoder.load(work / "distilled"), Encoder.load(teacher_folder(), spell=False)
    stage.refine(student, teacher, list(translations(data)), pairs, steps)
    student.save(work / "refined")


def _by_kind(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.kind].append(pair)
    return found


def export(data: Path, work: Path) -> None:
    """Write what ships."""
    from training import export as stage
    from training.student import Encoder

    stage.export(Encoder.load(work / "refined"), work / "model")


def unpack(data: Path, work: Path) -> None:
    """Write what sentence-transformers loads."""
    from index.shipped import MODEL
    from training import export as stage

    stage.unpack(MODEL, work / "unpacked")


def assess(data: Path, work: Path) -> None:
    """Print what the model is worth."""
    from index.shipped import ShippedEmbedder
    from training import assess as stage

    for line in stage.report(ShippedEmbedder(work / "model"), data, data.parent / "bench"):
        sys.stdout.write(f"{line}\n")


STAGES = {stage.__name__: stage for stage in (vocabulary, initial, distil, refine, export, assess, unpack)}


def main() -> None:
    """Run the stages that the command line names."""
    import torch

    parser = argparse.ArgumentParser(
        "python -m training", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/train"), help="folder of texts (MODEL_CARD says which)"
    )
    parser.add_argument("--work", type=Path, default=Path("build/model"), help="folder that the stages write to")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    for stage in list(STAGES)[:-1] if chosen.stage == "all" else [chosen.stage]:
        STAGES[stage](chosen.data, chosen.work)


if __name__ == "__main__":
    main()
