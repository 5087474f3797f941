"""`python -m benchmarks [NAME [OPTIONS]]`: run one benchmark, or all of them one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = {
    "speed": "ingest, index and search at 1k, 10k and 100k passages, step by step",
    "scale": "memory and latency from a thousand passages to millions (`--sizes`), and what search loses on the way",
    "load": "a server under load: throughput and tail beside txtai's, overload, and a re-ingest while it serves",
    "soak": "memory and tail over minutes or hours of mixed use (`--minutes`)",
    "peers": "speed, size and quality side by side with Milvus Lite, pgvector, txtai and Haystack",
    "calibrate": "which strength makes an answer: the trade-off of the thresholds on the tune questions",
    "lexical_fields": "nDCG@10 of the lexical index, field by field",
    "extraction": "how much of a web page's article is kept, and how much of the rest is dropped",
    "pdf": "text and layout from PDF files",
}
HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named, or each that is here; return the highest exit code.

    Each has a process of its own: what one leaves in memory does not count for the next.
    """
    names = [name for name in BENCHMARKS if (HERE / f"{name}.py").is_file()]
    if arguments and arguments[0] not in names:
        print("usage: python -m benchmarks [NAME [OPTIONS]]", *(f"  {n:15} {BENCHMARKS[n]}" for n in names), sep="\n")
        return 0 if arguments[0] in ("-h", "--help") else 2
    chosen, options = (arguments[:1], arguments[1:]) if arguments else (names, [])
    codes = []
    for name in chosen:
        print(f"\n== {name}: {BENCHMARKS[name]}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        codes.append(subprocess.run(command, cwd=HERE.parent, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
