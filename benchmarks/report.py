"""What every benchmark says of itself (machine, date, versions), how it prints a table, and where figures are kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

OURS = "Samenwijzer"
RESULTS = Path(__file__).resolve().parent / "results"


def machine() -> dict[str, Any]:
    """Return the facts that the figures depend on. A load above 0 at the start means that the machine was shared."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 2**20, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "versions": {name: found for name in ("samenwijzer", "numpy", "faiss-cpu") if (found := _version(name))},
    }


def _first(path: str, key: str) -> str | None:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def peak_mib() -> float | None:
    """Return this process's peak resident memory in MiB, or None where the system does not tell.

    `getrusage` would count the parent's memory from before the exec.
    """
    found = _first("/proc/self/status", "VmHWM")
    return round(int(found.split()[0]) / 1024, 1) if found else None


def percentiles(seconds: Sequence[float]) -> dict[str, float | int]:
    """Return how many times there are, and the median, 95th and 99th percentile in milliseconds."""
    import numpy as np

    if not seconds:
        return {"queries": 0}
    p50, p95, p99 = (round(float(v) * 1000, 2) for v in np.percentile(seconds, (50, 95, 99)))
    return {"queries": len(seconds), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below a head, the first column to the left and the others to the right."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for number, row in enumerate(cells):
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))))
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print(flush=True)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def print_machine(facts: dict[str, Any], note: str) -> None:
    """Print the machine facts on two lines, and the note."""
    kept = {name: value for name, value in facts.items() if name not in ("versions", "load_at_start")}
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in kept.items()))
    versions = ", ".join(f"{name} {value}" for name, value in facts["versions"].items())
    print(f"{versions}; load at the start {facts['load_at_start']}")
    print(f"{note}\n" if note else "", flush=True)


def save(name: str, figures: dict[str, Any], folder: Path = RESULTS) -> None:
    """Write raw figures to `results/<name>.json`."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")
