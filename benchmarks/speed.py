"""Speed and size at 1k, 10k and 100k passages: our own line step by step; `peers` has it beside others.

Every step runs in a fresh process on a fresh knowledge base. Nothing is cached between sizes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, steps, texts

SIZES = (1_000, 10_000, 100_000)
QUERIES, WARM, COLD_STARTS = 200, 20, 5
# Label, then where the figure stands in what `measure` returns.
FIGURES = (
    ("documents", "ingest", "documents"),
    ("passages", "ingest", "passages"),
    ("ingest: documents/s", "ingest", "documents_per_s"),
    ("ingest: passages/s", "ingest", "passages_per_s"),
    ("ingest: peak MiB", "ingest", "peak_mib"),
    ("index: read and write records, s", "build", "read_s"),
    ("index: lexical, s", "build", "lexical_s"),
    ("index: embed, s", "build", "embed_s"),
    ("index: vectors, checksums, sync, s", "build", "vectors_s"),
    ("index: total, s", "build", "total_s"),
    ("index: peak MiB", "build", "peak_mib"),
    ("corpus on disk, MiB", "build", "corpus_mib"),
    ("snapshot on disk, MiB", "build", "snapshot_mib"),
    ("open, s", "search", "open_s"),
    ("search: p50 ms", "search", "full", "p50_ms"),
    ("search: p95 ms", "search", "full", "p95_ms"),
    ("search: p99 ms", "search", "full", "p99_ms"),
    ("of which encoding the query: p50 ms", "search", "encode", "p50_ms"),
    ("search amid stop words: p95 ms", "search", "stop_words", "p95_ms"),
    ("search: peak MiB", "search", "peak_mib"),
    ("`samenwijzer search` from cold, s", "cold_s"),
    ("one document more: ingest, s", "one_more", "ingest_s"),
    ("one document more: index, s", "one_more", "index_s"),
)


def measure(
    size: int, folder: Path, model: str = "default", queries: int = QUERIES, cold_starts: int = COLD_STARTS
) -> dict[str, Any]:
    """Measure our line with `size` passages in `folder`, which keeps `kb` and `queries.json`."""
    steps.write_lines(folder / "documents.jsonl", texts.documents(size))
    asked = texts.queries(queries + WARM)
    (folder / "queries.json").write_text(json.dumps(asked, ensure_ascii=False), "utf-8")
    kb = folder / "kb"
    return {
        "ingest": steps.run("ingest", kb, folder / "documents.jsonl"),
        "build": steps.run("build", kb, model),
        "search": steps.run("search", kb, folder / "queries.json", WARM, 10),
        "cold_s": _cold(kb, asked[:cold_starts]),
    }


def one_more(folder: Path, model: str = "default") -> dict[str, float]:
    """Add one document to what `measure` left behind; return the seconds that reading and indexing it takes."""
    steps.write_lines(folder / "more.jsonl", texts.documents(texts.PASSAGES_PER_DOCUMENT, seed=1))
    ingested = steps.run("ingest", folder / "kb", folder / "more.jsonl")
    return {"ingest_s": ingested["seconds"], "index_s": steps.run("build", folder / "kb", model)["total_s"]}


def _cold(kb: Path, queries: Sequence[str]) -> float:
    """Return the median wall time of the command line, from the start of the process to its end."""
    times = []
    for query in queries:
        command = [sys.executable, "-c", "import cli; cli.main()", "--kb", str(kb), "search", query]
        started = time.perf_counter()
        subprocess.run(command, cwd=steps.ROOT, stdout=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 2)


def _at(figures: Any, path: Sequence[str]) -> Any:  # noqa: ANN401
    for name in path:
        figures = figures.get(name, {}) if isinstance(figures, dict) else {}
    return None if figures == {} else figures


def print_ours(measured: dict[int, dict[str, Any]]) -> None:
    """Print every figure of our own line, one column per size."""
    rows = [[label, *(_at(figures, path) for figures in measured.values())] for label, *path in FIGURES]
    report.print_table([report.OURS, *(f"{size:,}" for size in measured)], rows)


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of passages")
    parser.add_argument("--model", default="default", help='"default" or "transformers:NAME_OR_PATH"')
    parser.add_argument("--note", default="", help="circumstances, kept with the results")
    parser.add_argument("--name", default="speed", help="name of the file in benchmarks/results")
    options = parser.parse_args()
    facts = report.machine()
    report.print_machine(facts, options.note)
    measured: dict[int, dict[str, Any]] = {}
    for size in map(int, options.sizes.split(",")):
        print(f"{size:,} passages …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            figures = measured[size] = measure(size, folder, options.model)
            del figures["search"]["ranking"]
            figures["one_more"] = one_more(folder, options.model)
        report.save(options.name, {"machine": facts, "note": options.note, "model": options.model, "sizes": measured})
    print_ours(measured)


if __name__ == "__main__":
    main()
