"""Stage 1: a lowercased WordPiece vocabulary for Dutch, with the commonest English words beside it."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from training.sources import STARTER, law_paragraphs, public_pairs, record_text, translations

DUTCH, ENGLISH = 28_000, 6_000
"""Word pieces learned from Dutch text, and whole English words added to them."""
LAW_CHARACTERS = 25_000_000
RARE = 4
"""An English word that is seen less often is left to its pieces."""
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LONGEST = 256
"""Word pieces of a text that the model reads; the rest is cut off."""


def _dutch(folder: Path) -> Iterator[str]:
    texts = [pair.nl for pair in translations(folder)]
    texts += [text for pair in public_pairs(folder) for text in pair[:2]]
    # Our own field is small beside the law, so it is counted more often.
    texts += 20 * [record_text(path) for path in sorted(STARTER.glob("*.md"))]
    texts += law_paragraphs(folder, LAW_CHARACTERS)
    random.Random(7).shuffle(texts)
    return iter(texts)


def _english(folder: Path, pieces: Tokenizer, taken: set[str]) -> list[str]:
    """Return the commonest English words that the teacher knows as one piece and `taken` does not have."""
    counts: Counter[str] = Counter()
    for encoding in pieces.encode_batch([pair.en for pair in translations(folder)], add_special_tokens=False):
        counts.update(encoding.tokens)
    known = (word for word, count in counts.most_common() if count >= RARE and word.isalpha() and len(word) > 2)
    return list(itertools.islice((word for word in known if word not in taken), ENGLISH))


def assemble(words: list[str]) -> Tokenizer:
    """Return a tokenizer as BERT has it (lower case, accents off) over the pieces `words`, their place the id."""
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [(piece, words.index(piece)) for piece in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def make_vocabulary(folder: Path, teacher: Tokenizer, target: Path) -> None:
    """Learn the vocabulary from the texts in `folder` and write it as `target/tokenizer.json`."""
    learner = assemble(SPECIAL)
    trainer = trainers.WordPieceTrainer(
        vocab_size=DUTCH, min_frequency=5, special_tokens=SPECIAL, limit_alphabet=200, show_progress=False
    )
    learner.train_from_iterator(_dutch(folder), trainer)
    words = sorted(learner.get_vocab(), key=learner.get_vocab().__getitem__)
    teacher.no_truncation()
    teacher.no_padding()
    words += _english(folder, teacher, set(words))
    target.mkdir(parents=True, exist_ok=True)
    assemble(words).save(str(target / "tokenizer.json"))
