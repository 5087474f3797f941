"""The program starts at once, also when a shell asks it what could come next."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def start(kb, *arguments, **environment):
    """Run the program from cold; return what it prints and the seconds of processor time that it took."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "SAMENWIJZER_KB": str(kb), **environment}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=settings, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def completed(kb, line):
    """Return what bash would offer at the end of the line, and the seconds that takes."""
    words = {"COMP_WORDS": f"samenwijzer {line}", "COMP_CWORD": str(len(line.split(" ")))}
    out, seconds = start(kb, _SAMENWIJZER_COMPLETE="complete_bash", **words)
    return [offer for offer in out.splitlines() if offer], seconds


# Processor time, since a busy machine makes no program slower than it is; the best of three, since it has caches. Cores
# that share their parts are slower all the same: 0.6 s of a free one is 0.7 to 0.8 s of a shared one.
@pytest.mark.parametrize(("arguments", "limit"), [(["--help"], 0.5), (["search", "POH-jeugd wijkteam"], 1.0)])
def test_help_and_a_cold_search_are_quick(starter_kb, arguments, limit):
    assert min(start(starter_kb, *arguments)[1] for _ in range(3)) <= limit


def test_the_shell_completes_commands_formats_and_the_values_of_filters(starter_kb):
    assert completed(starter_kb, "ex")[0] == ["export"]
    assert completed(starter_kb, "search --format b")[0] == ["bibtex"]
    assert "praktijkvoorbeeld" in completed(starter_kb, "ask --kind p")[0]
    assert completed(starter_kb, "export --gemeente Amste")[0] == ["Amsterdam"]
    assert completed(starter_kb, f"--kb {starter_kb} search --thema eenz")[0] == ["eenzaamheid"]


def test_completion_is_quick_and_silent_without_an_index(tmp_path, starter_kb):
    assert completed(tmp_path, "search --kind p")[0] == []
    assert min(completed(starter_kb, "search --kind p")[1] for _ in range(3)) <= 0.5
