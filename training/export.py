"""Stage 5: the trained model as the int8 ONNX file that ships, and back from it to a sentence-transformers folder.

The embedding table is kept as int8 with a scale for each row, the other matrices as int8 with a scale for each column;
what flows between them is quantised while running. That is a quarter of the size, and faster on a CPU.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from training.student import Encoder, write_layout
from training.vocabulary import LONGEST

TABLE = "embeddings.word_embeddings.weight"
_BERT = "bert"


class _RowTable(nn.Module):
    """An embedding table of int8 with a scale for each row."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows[ids].float() * self.scale[ids]


class _Sentence(nn.Module):
    """Word pieces in, unit vector out: what the ONNX file computes."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.table = _RowTable(bert.embeddings.word_embeddings.weight.detach())
        setattr(self, _BERT, bert)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        embedded = self.table(input_ids)
        states = self.bert(inputs_embeds=embedded, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).float()
        return nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)


def export(student: Encoder, target: Path) -> None:
    """Write `target/model.onnx`, its tokenizer, and `config.json` with what both hash to."""
    bert = student.model.float().eval()
    bert.config._attn_implementation = "eager"  # plain matrix products, which can be quantised
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The older exporter keeps the names of layers, which `unpack` goes by; it warns that it is old.
        warnings.simplefilter("ignore")
        plain = Path(folder) / "plain.onnx"
        example = torch.ones(2, 7, dtype=torch.long)
        shape = {0: "texts", 1: "pieces"}
        torch.onnx.export(
            _Sentence(bert),
            (example, example),
            str(plain),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": shape, "attention_mask": shape, "vectors": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            plain, target / "model.onnx", op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8
        )
    student.tokenizer.no_padding()
    student.tokenizer.enable_truncation(LONGEST)
    student.tokenizer.save(str(target / "tokenizer.json"))
    student.tokenizer.enable_padding(length=None)
    write_config(target, bert.config)


def write_config(target: Path, settings: BertConfig) -> None:
    """Write `config.json`: the model's measures, and the SHA-256 of its files, which are checked when it is loaded."""
    hashes = {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")
    }
    config = {"name": "samenwijzer-nl", "dimension": settings.hidden_size, "longest": LONGEST, "sha256": hashes}
    config["bert"] = {
        name: getattr(settings, name)
        for name in (
            "vocab_size",
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "max_position_embeddings",
            "type_vocab_size",
            "layer_norm_eps",
            "hidden_act",
        )
    }
    (target / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def unpack(shipped: Path, target: Path) -> None:
    """Write the shipped model as a folder that sentence-transformers loads (float32 safetensors)."""
    graph = onnx.load(shipped / "model.onnx").graph
    values = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    weights = {name.removeprefix(f"{_BERT}."): value for name, value in values.items() if name.startswith(f"{_BERT}.")}
    for node in graph.node:
        if node.op_type == "MatMulInteger" and (quantised := values.get(node.input[1])) is not None:
            stem = node.input[1].removesuffix("_quantized")
            full = (quantised.astype(np.float32) - values[f"{stem}_zero_point"]) * values[f"{stem}_scale"]
            weights[_parameter(node.name)] = full.T
    weights[TABLE] = values["table.rows"].astype(np.float32) * values["table.scale"]
    config = json.loads((shipped / "config.json").read_text("utf-8"))
    bert = BertModel(BertConfig(**config["bert"]), add_pooling_layer=False)
    bert.load_state_dict({name: torch.tensor(np.array(value)) for name, value in weights.items()}, strict=False)
    missing = set(dict(bert.named_parameters())) - set(weights)
    if missing:
        raise SystemExit(f"{shipped}: not in the file: {', '.join(sorted(missing))}")
    bert.save_pretrained(target)
    shutil.copy(shipped / "tokenizer.json", target / "tokenizer.json")
    write_layout(target, config["dimension"])


def _parameter(node: str) -> str:
    """Return the parameter that a product multiplies by: "/bert/encoder/layer.0/x/MatMul_quant" is of layer 0's x."""
    return ".".join(node.removeprefix(f"/{_BERT}/").split("/")[:-1]).replace("layer/", "layer.") + ".weight"
