"""The line ingest → corpus → index → api/cli, held by reading every import statement."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "corpus": {"corpus"},
    "ingest": {"ingest", "corpus"},
    "index": {"index", "corpus"},
    "api": {"api", "corpus", "index"},
    "commands": {"commands", "corpus", "ingest", "index", "api"},
    "cli": {"cli", "commands", "corpus"},
}
HEAVY = ("torch", "faiss", "fastapi", "sentence_transformers", "trafilatura", "pydantic", "numpy", "bs4")


def modules(room):
    return [ROOT / "cli.py"] if room == "cli" else sorted((ROOT / room).rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_go_one_way(room):
    assert modules(room)
    for path in modules(room):
        rooms = {name.split(".")[0] for name in imported(path)} & ALLOWED.keys()
        assert rooms <= ALLOWED[room], f"{path.relative_to(ROOT)} imports {sorted(rooms - ALLOWED[room])}"


def test_only_one_file_knows_faiss():
    users = [path for room in ALLOWED for path in modules(room) if "faiss" in {n.split(".")[0] for n in imported(path)}]
    assert [path.name for path in users] == ["vectors.py"]


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['samenwijzer', '--help']\nimport cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]" and "Usage" in done.stdout
