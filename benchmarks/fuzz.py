"""Everything that reads what others send, fed with bytes that nobody would send: `python -m benchmarks.fuzz`.

With atheris (libFuzzer, which goes on from what reaches code that was not reached before; `pip install --group fuzz`)
where it is installed, else with changes by chance to the same seeds. What a reader stumbles over is kept in
`build/fuzz/`; `--target NAME --again FILE` reads it again. The readers stand in `benchmarks.fuzz_targets`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import pkgutil
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fuzz_targets import MOST_BYTES, ROOT, TARGETS

FOUND = ROOT / "build" / "fuzz"
_WATCHED = ("ingest", "corpus", "protego", "warcio", "tomllib")
_SHOWN = 3000


def changed(seed: bytes, chance: random.Random) -> bytes:
    """Return a seed with up to eight changes by chance: bytes flipped, cut out, repeated, copied or put in."""
    content = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at, where = chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)
        part = content[at : at + chance.randint(1, 64)]
        choice = chance.randrange(5)
        if choice == 0 and at < len(content):
            content[at] ^= 1 << chance.randrange(8)
        elif choice == 1:
            del content[at : at + len(part)]
        elif choice == 2:
            content[at:at] = part * chance.randint(1, 50)
        elif choice == 3:
            content[where:where] = part
        else:
            content[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(content[:MOST_BYTES])


def _prefix(name: str) -> Path:
    FOUND.mkdir(parents=True, exist_ok=True)
    return FOUND / f"{name.replace(' ', '-')}-"


def by_chance(name: str, seconds: float, seed: int) -> int:
    """Read changed seeds and return how many; keep what the reader stumbles over, and raise what it raised."""
    target, chance, count = TARGETS[name], random.Random(seed), 0
    seeds, until = target.seeds(), time.monotonic() + seconds
    while time.monotonic() < until:
        content = changed(chance.choice(seeds), chance)
        try:
            target.read(content)
        except BaseException:
            Path(f"{_prefix(name)}{count}").write_bytes(content)
            raise
        count += 1
    return count


def _guided(name: str, seconds: float, seed: int) -> None:
    """Let libFuzzer choose what to read next; it ends this process."""
    import atheris

    with atheris.instrument_imports(include=list(_WATCHED)):
        for package in map(importlib.import_module, _WATCHED):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    options = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-max_len={MOST_BYTES}", "-timeout=120"]
    options += ["-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={_prefix(name)}"]
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(TARGETS[name].seeds()):
            Path(folder, str(number)).write_bytes(content)
        TARGETS[name].read(TARGETS[name].seeds()[0])  # what is loaded at the first one is not held against it
        atheris.Setup(["fuzz", *options, folder], TARGETS[name].read)
        atheris.Fuzz()


def fuzz(name: str, seconds: float, seed: int) -> tuple[bool, str]:
    """Return whether a reader stood it, in a process of its own, and what was seen."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        "--target",
        name,
        "--seconds",
        str(seconds),
        "--seed",
        str(seed),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace", check=False)
    told = done.stdout + done.stderr
    count = re.search(r"(?:number_of_executed_units|inputs): +(\d+)", told)
    if done.returncode == 0 and count:
        return True, f"{count[1]} inputs, nothing found"
    lines = [line for line in told.splitlines() if not line.startswith(("INFO: ", "#", "WARNING: Failed to find"))]
    return False, f"FOUND something (seed {seed}; kept in {FOUND})\n" + "\n".join(lines)[-_SHOWN:]


def main() -> int:
    """Fuzz all readers, or one; the exit code is 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=TARGETS, help="only this reader, in this process")
    parser.add_argument("--again", type=Path, help="with --target: only read what was found before")
    options = parser.parse_args()
    has_atheris = importlib.util.find_spec("atheris") is not None
    if options.target and options.again:
        TARGETS[options.target].read(options.again.read_bytes())
    elif options.target and has_atheris:
        _guided(options.target, options.seconds, options.seed)
    elif options.target:
        print(f"inputs: {by_chance(options.target, options.seconds, options.seed)}")
    else:
        print("guided by atheris" if has_atheris else "by chance: atheris is not installed", flush=True)
        all_sound = True
        for name in TARGETS:
            sound, told = fuzz(name, options.seconds, options.seed)
            all_sound &= sound
            print(f"{name:18} {told}", flush=True)
        return 0 if all_sound else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
