"""Quality side by side with txtai and Haystack: nDCG@10 with the same passages and the same vectors.

The peers live in a virtual environment of their own, benchmarks/.venv-peers, made on first use.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import report, steps, texts

PEERS = ("txtai", "Haystack")
HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv-peers"
REQUIREMENTS = HERE / "requirements-peers.txt"
DEPTH = 50
"""Passages asked for per query, so that ten different documents are among them."""


def install() -> Path | None:
    """Return the interpreter of the peers' environment, made and filled if needed; None if that cannot be done."""
    python, stamp = VENV / "bin" / "python", VENV / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text("ascii") == wanted:
        return python
    print(f"installing the peers in {VENV.relative_to(HERE.parent)} (once, some minutes) …", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
    except subprocess.CalledProcessError as exc:
        print(f"the peers are left out: {exc}", file=sys.stderr)
        return None
    stamp.write_text(wanted, "ascii")
    return python


def run(python: Path, peer: str, folder: Path, *, warm: int, k: int, seconds: int) -> dict[str, Any]:
    """Let a peer index and search what stands in `folder`; searching stops after half of its `seconds`.

    Returns:
        version, index_s, index_mib, search (percentiles), peak_mib and rows (found per query), as far as it came;
        `stopped` tells why it came no further.
    """
    command = [python, HERE / "peer_worker.py", peer, folder, warm, k, seconds / 2]
    stopped: dict[str, Any] = {}
    try:
        subprocess.run([str(part) for part in command], check=True, timeout=seconds, stdout=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        stopped = {"stopped": "over budget"}
    except subprocess.CalledProcessError as exc:
        stopped = {"stopped": f"failed ({exc.returncode})"}
    result = folder / f"{peer}.json"
    return (json.loads(result.read_text("utf-8")) if result.is_file() else {}) | stopped


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """Return nDCG@k with the relevance itself as gain, as trec_eval counts (Järvelin and Kekäläinen, 2002)."""

    def gain(scores: Iterable[int]) -> float:
        return sum(score / math.log2(place + 2) for place, score in enumerate(scores))

    best = gain(sorted(relevant.values(), reverse=True)[:k])
    return gain(relevant.get(document, 0) for document in ranking[:k]) / best if best else 0.0


def _mean(rankings: Sequence[Sequence[str]], found: texts.RetrievalSet) -> float | None:
    """Return the mean nDCG@10 in percent, or None if not every query was answered."""
    if len(rankings) < len(found.queries):
        return None
    scores = [ndcg(ranking, found.qrels[query]) for query, ranking in zip(found.queries, rankings, strict=True)]
    return round(100 * sum(scores) / len(scores), 1)


def measure(found: texts.RetrievalSet, folder: Path, model: str, python: Path | None, seconds: int) -> dict[str, Any]:
    """Return nDCG@10 of each system on one set."""
    records = [{"id": i, "title": title, "text": text} for i, title, text in found.documents]
    steps.write_lines(folder / "documents.jsonl", records)
    asked, kb = folder / "queries.json", folder / "kb"
    asked.write_text(json.dumps(list(found.queries.values()), ensure_ascii=False), "utf-8")
    steps.run("ingest", kb, folder / "documents.jsonl")
    steps.run("build", kb, model)
    figures: dict[str, Any] = {report.OURS: _mean(steps.run("search", kb, asked, 0, DEPTH)["ranking"], found)}
    figures["passages"] = steps.run("export", kb, asked, folder / "given")["passages"]
    lines = (folder / "given" / "passages.jsonl").read_text("utf-8").split("\n")[:-1]
    owners = [json.loads(line)["document"] for line in lines]
    for peer in PEERS:
        if python is None:
            break
        result = run(python, peer, folder / "given", warm=0, k=DEPTH, seconds=seconds)
        rankings = [list(dict.fromkeys(owners[row] for row in rows)) for rows in result.get("rows", ())]
        figures[peer] = _mean(rankings, found)
        figures[f"{peer} version"] = result.get("version")
    return figures


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__)
    parser.add_argument("--sets", default=",".join(texts.available()), help="folders of ../shared/bench/retrieval")
    parser.add_argument("--model", default="default", help='"default" or "transformers:NAME_OR_PATH"')
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--budget", type=int, default=3600, help="seconds that a peer may take per set")
    parser.add_argument("--note", default="", help="circumstances, kept with the results")
    parser.add_argument("--name", default="peers", help="name of the file in benchmarks/results")
    options = parser.parse_args()
    facts, python = report.machine(), None if options.without_peers else install()
    report.print_machine(facts, options.note)
    measured, rows = {}, []
    for name in options.sets.split(","):
        print(f"{name} …", file=sys.stderr, flush=True)
        found = texts.load(name)
        with tempfile.TemporaryDirectory() as folder:
            figures = measured[name] = measure(found, Path(folder), options.model, python, options.budget)
        systems = [figures.get(system) for system in (report.OURS, *PEERS)]
        rows.append([name, len(found.documents), figures["passages"], len(found.queries), *systems])
        report.save(options.name, {"machine": facts, "note": options.note, "model": options.model, "sets": measured})
    report.print_table(["nDCG@10", "documents", "passages", "queries", report.OURS, *PEERS], rows)


if __name__ == "__main__":
    main()
