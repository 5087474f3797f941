"""`samenwijzer` with a memory for the vectors of queries: what a server does when the model is left out.

`python -m benchmarks.cached_server --kb KB serve` takes what `samenwijzer` takes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

import cli
from index.shipped import ShippedEmbedder


@cache
def _vector(model: ShippedEmbedder, text: str) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = model.encode_document([text])[0]
    return vector


def _remembered(model: ShippedEmbedder, texts: Sequence[str]) -> NDArray[np.float32]:
    return np.stack([_vector(model, text) for text in texts])


# At import, because each server process that is started imports this module, and runs nothing else of it.
setattr(ShippedEmbedder, "encode_query", _remembered)  # noqa: B010 - mypy knows no other way

if __name__ == "__main__":
    sys.argv[0] = "samenwijzer"
    cli.main()
