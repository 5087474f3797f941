"""What every system is given: passages, and vectors for those that ask for them by text.

txtai calls `transform`, by this name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np


@cache
def known() -> dict[str, Any]:
    """Return the vector of each query in the folder that GIVEN names."""
    folder = Path(os.environ["GIVEN"])
    texts = json.loads((folder / "queries.json").read_text("utf-8"))
    return dict(zip(texts, np.load(folder / "query_vectors.npy"), strict=True))


def transform(texts: Sequence[str]) -> Any:  # noqa: ANN401
    """Return the vectors of texts (float32, n x d)."""
    return np.stack([known()[text] for text in texts])


def passages(given: Path) -> list[str]:
    """Return the texts of all passages, in order."""
    return [json.loads(line)["text"] for line in (given / "passages.jsonl").open(encoding="utf-8")]
