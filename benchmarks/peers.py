"""Side by side with Milvus Lite, pgvector, txtai and Haystack: the same passages, the same vectors, one run.

Of each system, one after the other: build time, disk, time to open, latency, throughput of two clients, memory, recall
of its vectors against an exact search, and nDCG@10. Peers live in a virtual environment of their own,
benchmarks/.venv-peers, made on first use. What is prepared (texts and vectors) stays in benchmarks/out/peers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import plots, report, steps, texts

PEERS = ("Milvus Lite", "pgvector", "txtai", "Haystack")
SYSTEMS = (report.OURS, *PEERS)
HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv-peers"
OUT = HERE / "out" / "peers"
REQUIREMENTS = HERE / "requirements-peers.txt"
DOMAIN = HERE.parent / "tests" / "data" / "domein"
STARTER = "starter"
DEPTH = 50
"""Passages asked for per query, so that ten different documents are among them."""
QUERIES, WARM = 200, 20
_STOPPING_SECONDS = 30
SPEED = (
    ("build s", "build_s"),
    ("disk MiB", "disk_mib"),
    ("open s", "open_s"),
    ("p50 ms", "p50_ms"),
    ("p95 ms", "p95_ms"),
    ("p99 ms", "p99_ms"),
    ("queries", "queries"),
    ("cpu ms", "cpu_ms"),
    ("2 clients, q/s", "per_s"),
    ("cpu ms", "load_cpu_ms"),
    ("memory MiB", "memory_mib"),
    ("recall@10", "recall"),
)


@dataclass(frozen=True)
class Case:
    """Texts with queries; with judgements quality is measured, and with `load_seconds` speed.

    `qrels` has per query, in the order of `queries`, the grade of each judged document.
    """

    name: str
    queries: tuple[str, ...]
    qrels: tuple[Mapping[str, int], ...] = ()
    load_seconds: float = 0.0
    records: Iterable[Mapping[str, Any]] = field(default=())

    @property
    def folder(self) -> Path:
        """Where its texts, vectors and indexes are."""
        return OUT / self.name

    @property
    def given(self) -> Path:
        """What every system is given."""
        return self.folder / "given"


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


def case(name: str, load_seconds: float, most: int) -> Case:
    """Return the starter collection with the tune questions, a number of multiplied passages, or a retrieval set.

    Args:
        name: "starter", a number, or a folder of ../shared/bench/retrieval.
        load_seconds: how long two clients search, where speed is measured.
        most: of a retrieval set's queries, so many are asked, spread evenly.
    """
    if name == STARTER:
        queries, qrels = _tune()
        return Case(name, queries, qrels, load_seconds)
    if name.isdigit():
        return Case(name, tuple(texts.queries(QUERIES + WARM)), (), load_seconds, texts.documents(int(name)))
    found = texts.load(name)
    count = min(most, len(found.queries))
    chosen = {(qid := list(found.queries)[n * len(found.queries) // count]): found.queries[qid] for n in range(count)}
    unique = {text: found.qrels[qid] for qid, text in chosen.items()}
    records = ({"id": i, "title": title, "text": text} for i, title, text in found.documents)
    return Case(name, tuple(unique), tuple(unique.values()), 0.0, records)


def _tune() -> tuple[tuple[str, ...], tuple[Mapping[str, int], ...]]:
    grades: dict[str, dict[str, int]] = {}
    for line in (DOMAIN / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        qid, document, grade = line.split("\t")
        grades.setdefault(qid, {})[document] = int(grade)
    asked = map(json.loads, (DOMAIN / "queries.jsonl").read_text("utf-8").splitlines())
    found = {
        q["query"]: grades[q["qid"]] for q in asked if q["split"] == "tune" and any(grades.get(q["qid"], {}).values())
    }
    return tuple(found), tuple(found.values())


def prepare(wanted: Case) -> int:
    """Ingest and embed the texts unless that was done, and write what each system is given; return the passages."""
    kb, done = wanted.folder / "kb", wanted.folder / "ingested"
    wanted.folder.mkdir(parents=True, exist_ok=True)
    if not done.is_file():
        shutil.rmtree(kb, ignore_errors=True)
        if wanted.name == STARTER:
            _samenwijzer("--kb", kb, "ingest", "--starter")
        else:
            steps.write_lines(wanted.folder / "documents.jsonl", wanted.records)
            steps.run("ingest", kb, wanted.folder / "documents.jsonl")
        done.touch()
    _samenwijzer("--kb", kb, "index")
    asked = wanted.folder / "queries.json"
    asked.write_text(json.dumps(wanted.queries, ensure_ascii=False), "utf-8")
    return int(steps.run("export", kb, asked, wanted.given)["passages"])


def _samenwijzer(*arguments: object) -> None:
    code = "import sys; sys.argv[0] = 'samenwijzer'; import cli; cli.main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    subprocess.run(command, cwd=steps.ROOT, check=True, stdout=subprocess.DEVNULL)


def work(python: Path, step: str, system: str, wanted: Case, *arguments: object, seconds: float) -> dict[str, Any]:
    """Let a system do one step in a process of its own; {"stopped": why} if it took too long or failed."""
    folder = wanted.folder / system
    command = [python, HERE / "peer_worker.py", step, system, wanted.given, folder, *arguments]
    env = {**os.environ, "PYTHONPATH": str(HERE.parent)} if system == report.OURS else None
    with (wanted.folder / f"{system}.{step}.log").open("wb") as log:
        process = subprocess.Popen([str(part) for part in command], env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.terminate()  # asked, so that it stops the servers that it started
            try:
                process.wait(_STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            return {"stopped": "over budget"}
    if code:
        return {"stopped": f"failed ({code})"}
    figures: dict[str, Any] = json.loads((wanted.folder / f"{system}.{step}.json").read_text("utf-8"))
    return figures


def measure(python: Path, system: str, wanted: Case, budget: float) -> dict[str, Any]:
    """Return all figures of one system on one case; each step may take `budget` seconds and so may each search."""
    folder = wanted.folder / system
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    busy = round(os.getloadavg()[0], 1)
    built = work(python, "build", system, wanted, seconds=4 * budget)
    if "stopped" in built:
        return built
    depth = DEPTH if wanted.qrels else 0
    found = work(python, "search", system, wanted, wanted.load_seconds, depth, budget, seconds=12 * budget)
    shutil.rmtree(folder, ignore_errors=True)
    rows, near = found.pop("rows", None), found.pop("near", None)
    if found.get("ms"):
        found |= report.percentiles([ms / 1000 for ms in found["ms"]])
        found["per_s"] = round(found["load"]["queries"] / found["load"]["seconds"], 1)
        found["load_cpu_ms"] = found["load"]["cpu_ms"]
        found["recall"] = recall(near, wanted.given)
    if rows is not None:
        found["ndcg"] = _mean(rows, wanted)
    return {"load_before": busy, **built, **found}


def recall(near: Sequence[Sequence[int]], given: Path, k: int = 10) -> float:
    """Return which part of the k nearest passages was found, by exact inner products; of equal ones any will do."""
    import numpy as np

    vectors, queries = np.load(given / "vectors.npy"), np.load(given / "query_vectors.npy")
    shares = []
    for rows, query in zip(near, queries, strict=False):
        scores = vectors @ query
        least = np.partition(scores, -k)[-k] - 1e-6
        shares.append(np.count_nonzero(scores[list(rows[:k])] >= least) / k)
    return round(float(np.mean(shares)), 3)


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """Return nDCG@k with the relevance itself as gain, as trec_eval counts (Järvelin and Kekäläinen, 2002)."""

    def gain(scores: Iterable[int]) -> float:
        return sum(score / math.log2(place + 2) for place, score in enumerate(scores))

    best = gain(sorted(relevant.values(), reverse=True)[:k])
    return gain(relevant.get(document, 0) for document in ranking[:k]) / best if best else 0.0


def _mean(rows: Sequence[Sequence[int]], wanted: Case) -> float | None:
    """Return the mean nDCG@10 in percent, or None if not every query was answered."""
    if len(rows) < len(wanted.queries):
        return None
    lines = (wanted.given / "passages.jsonl").read_text("utf-8").split("\n")[:-1]
    owners = [json.loads(line)["document"] for line in lines]
    rankings = [list(dict.fromkeys(owners[row] for row in found)) for found in rows]
    scores = [ndcg(ranking, grades) for ranking, grades in zip(rankings, wanted.qrels, strict=True)]
    return round(100 * sum(scores) / len(scores), 1)


def show(cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a table of speed for each case that has it, and one of quality."""
    for name, found in cases.items():
        if any("ms" in figures for figures in found["systems"].values()):
            rows = [
                [system, *(figures.get(key, figures.get("stopped")) for _, key in SPEED)]
                for system, figures in found["systems"].items()
            ]
            report.print_table([f"{name}: {found['passages']:,} passages", *(label for label, _ in SPEED)], rows)
    judged = {name: found for name, found in cases.items() if found["judged"]}
    rows = [
        [name, found["passages"], found["queries"], *(found["systems"].get(s, {}).get("ndcg") for s in SYSTEMS)]
        for name, found in judged.items()
    ]
    report.print_table(["nDCG@10", "passages", "queries", *SYSTEMS], rows)


def main() -> None:
    """Measure, print, save and draw."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__)
    usual = ",".join((STARTER, "100000", *texts.available()))
    parser.add_argument("--cases", default=usual, help="starter, a number of passages, or a retrieval set")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="which to measure")
    parser.add_argument("--budget", type=float, default=60, help="seconds that a system may search for one case")
    parser.add_argument("--seconds", type=float, default=8, help="that two clients search")
    parser.add_argument("--queries", type=int, default=QUERIES, help="at most, of a retrieval set")
    parser.add_argument("--note", default="", help="circumstances, kept with the results")
    parser.add_argument("--name", default="peers", help="name of the files in benchmarks/results")
    options = parser.parse_args()
    facts, python, started = report.machine(), install(), time.perf_counter()
    report.print_machine(facts, options.note)
    cases: dict[str, dict[str, Any]] = {}
    for name in options.cases.split(","):
        wanted = case(name, options.seconds, options.queries)
        print(f"{name} …", file=sys.stderr, flush=True)
        passages = prepare(wanted)
        found: dict[str, Any] = {}
        cases[name] = {
            "passages": passages, "queries": len(wanted.queries), "judged": bool(wanted.qrels), "systems": found
        }  # fmt: skip
        for system in options.systems.split(","):
            interpreter = Path(sys.executable) if system == report.OURS else python
            if interpreter is not None:
                found[system] = measure(interpreter, system, wanted, options.budget)
        facts["load_at_end"] = round(os.getloadavg()[0], 1)
        facts["seconds"] = round(time.perf_counter() - started)
        report.save(options.name, {"machine": facts, "note": options.note, "cases": cases})
    show(cases)
    plots.draw(options.name)


if __name__ == "__main__":
    main()
