"""The short form of `make torture`, and the proof that the harness notices what it is there for."""

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.document import from_json
from corpus.store import Corpus

ROOT = Path(__file__).resolve().parents[1]

# `benchmarks` is not installed with the package: it is found from the repository's root.
sys.path.insert(0, str(ROOT))
from benchmarks import damage, torture  # noqa: E402
from benchmarks.faults import Broken, write_sources  # noqa: E402


def test_whatever_breaks_nothing_acknowledged_is_lost_and_no_answer_is_wrong():
    command = [sys.executable, "-m", "benchmarks.torture", "--points", "24", "--damages", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for fault in (
        "24 kills", "states of the disk", "all healed", "all answered", "noticed", "mended", "8 refused", "whole",
        "refused in words",
    ):  # fmt: skip
        assert fault in done.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return torture.make_world(tmp_path_factory.mktemp("world"))


def test_the_harness_notices_files_that_are_not_forced_to_disk(world, monkeypatch):
    for module in ("building", "publishing"):
        monkeypatch.setattr(f"index.{module}.sync", lambda path: None)
    with pytest.raises(Broken, match="power cut"):
        torture.power_cuts(world)


def test_the_harness_notices_documents_that_are_not_checked(world, monkeypatch):
    monkeypatch.setattr(Corpus, "problems", lambda self: [])
    monkeypatch.setattr(Corpus, "_document", lambda self, record, checksum: from_json(record))
    with pytest.raises((Broken, ValueError)):
        damage.damaged_corpora(world, 60, random.Random(1))


LINE = "import sys; from pathlib import Path; from benchmarks.faults import run_line\n" + (
    "with open(sys.argv[3], 'wb', buffering=0) as told: run_line(Path(sys.argv[1]), Path(sys.argv[2]), told.fileno())"
)
CALL = re.compile(r"^\d+ +(\w+)\((?:AT_FDCWD[^,]*, )?(?:\d+<([^>]*)>|\"([^\"]*)\")")


def test_what_is_acknowledged_or_published_has_been_forced_to_disk(tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    sources, kb, told, trace = tmp_path / "sources", tmp_path / "kb", tmp_path / "told", tmp_path / "trace"
    write_sources(sources, 1)
    calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2"
    strace = ["strace", "-f", "-y", "-s", "0", "-e", calls, "-e", "signal=none", "-o", trace]
    done = subprocess.run(
        [*strace, sys.executable, "-c", LINE, kb, sources, told], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if not trace.exists() or "ptrace" in done.stderr:
        pytest.skip(f"strace cannot trace here: {done.stderr[:80]}")
    assert done.returncode == 0, done.stderr
    dirty, acknowledged, renamed = set(), 0, []
    for line in trace.read_text().splitlines():
        if (found := CALL.match(line)) is None:
            continue
        call, path = found[1], found[2] or found[3]
        if call in ("fsync", "fdatasync"):
            dirty.discard(path)
        elif path.endswith("verified.json"):
            pass  # a stamp that is lost or cut is made anew
        elif call.startswith("rename"):
            renamed.append(Path(path).name)
            assert not [name for name in dirty if name.startswith(path)], "renamed before it was forced to disk"
        elif path == str(told):
            acknowledged += 1
            assert not [name for name in dirty if name.endswith("-wal")], "acknowledged before it was forced to disk"
        elif path.startswith(str(kb)):
            dirty.add(path)
    assert acknowledged == 13 and [name.startswith(".") for name in renamed] == [True, True]
    assert not [name for name in dirty if "snapshots" in name or name.endswith("CURRENT")]
