"""The built wheel: only our own names land in site-packages, and what the program needs at run time is inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"corpus", "ingest", "index", "api", "commands", "cli.py"}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_only_our_own_names_are_in_the_wheel(names):
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == OURS


def test_every_file_of_the_rooms_is_in_the_wheel(names):
    for room in OURS - {"cli.py"}:
        files = {
            str(p.relative_to(ROOT)) for p in (ROOT / room).rglob("*") if p.is_file() and "__pycache__" not in p.parts
        }
        assert files <= set(names)
    for part in ("api/templates/", "api/static/", "corpus/starter/"):
        assert any(name.startswith(part) for name in names), part
