"""Write the output of the examples in README.md anew: `.venv/bin/python docs/examples.py`.

The examples run one after the other in a folder of their own, on a terminal of 100 columns without colour. Output is
written anew where the README shows some; what a command prints to stderr is not shown.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
LASTING = re.compile(r"samenwijzer (?:--kb \S+ )?(?:serve|mcp)\b")  # these run until somebody stops them
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_MARK = "\x1e"
_FILES = {
    "reports/wijk.md": "# De wijk\n\nHet wijkteam en de huisarts bespreken elke maand kwetsbare ouderen.\n",
    "tips.html": "<h1>Twee tips</h1><ul><li>Tip 1: bel het wijkteam.</li><li>Tip 2: drink samen koffie.</li></ul>",
    "queries.jsonl": '{"qid": "1", "query": "POH-jeugd en wijkteam", "split": "test"}\n',
    "qrels.tsv": "1\ttip-04-poh-jeugd-gesprekspartner-wijkteam\t1\n",
    ".venv/bin/samenwijzer": f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "{ROOT}/cli.py" "$@"\n',
}


class Example(NamedTuple):
    """A command, and what it prints on a terminal; without output that is not shown."""

    command: str
    output: str


def prepare(folder: Path) -> None:
    """Write the files that examples read, and the program itself as `.venv/bin/samenwijzer`."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)


def examples(text: str) -> list[Example]:
    """Return the examples in the section on the command line."""
    section = text.partition("\n## On the command line\n")[2].partition("\n## ")[0]
    blocks = _BLOCK.findall(section)
    parts = (part.partition("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:])
    return [Example(command, output) for command, _, output in parts]


def run(commands: list[str], folder: Path) -> list[str]:
    """Run the commands in one shell and return what each prints.

    Raises:
        RuntimeError: a command failed; that nothing was found (exit code 1) is no failure.
    """
    script = "\n".join(f"{command}\nprintf '{_MARK}%d{_MARK}' $?" for command in commands)
    errors = folder / "stderr"
    settings = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm", "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMENWIJZER_")}
    mine, theirs = pty.openpty()
    with errors.open("w") as stderr:
        shell = ["bash", "-c", script]
        with subprocess.Popen(
            shell, cwd=folder, env=kept | settings, stdin=subprocess.DEVNULL, stdout=theirs, stderr=stderr
        ):
            os.close(theirs)
            shown = b"".join(_read(mine)).decode()
    os.close(mine)
    outputs = shown.replace("\r\n", "\n").split(_MARK)
    failed = [command for command, status in zip(commands, outputs[1::2], strict=True) if status not in "01"]
    if failed:
        raise RuntimeError(f"{failed}: {errors.read_text('utf-8')}")
    return outputs[0:-1:2]


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(terminal, 65536)
        except OSError:  # Linux tells so that nobody has the other end open any more
            return


def refreshed(text: str, folder: Path) -> str:
    """Return the text with the output of its examples as it is now."""
    found = [example for example in examples(text) if not LASTING.search(example.command)]
    for example, output in zip(found, run([example.command for example in found], folder), strict=True):
        if example.output:
            old, new = (f"$ {example.command}\n{printed}" for printed in (example.output, output))
            text = text.replace(old, new)
    return text


def main() -> None:
    """Make the collection that ships ready, and rewrite README.md."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        run([".venv/bin/samenwijzer --kb .kb ingest --starter"], folder)
        README.write_text(refreshed(README.read_text("utf-8"), folder), "utf-8")


if __name__ == "__main__":
    main()
