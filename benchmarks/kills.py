"""Killing ingest and build: at chosen functions, at operations on the disk, and at any time."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.faults import Broken, World, check, check_healed, copy, run_line, served
from corpus.errors import SamenwijzerError

_DURABLE = frozenset(
    "open write writelines tofile fsync rename replace mkdir rmdir unlink scandir execute executemany commit".split()
)
# Moments that chance would seldom hit: between the records and the index, and while an index is published.
_FUNCTIONS = (
    "bring_up_to_date",
    "look_across",
    "set_families",
    "looked_across",
    "refuse_damage",
    "settled",
    "_finish",
    "_try_out",
    "set_current",
    "prune",
    "drop",
    "sweep",
)
FAILED, SAID = 9, 7
"""Exit codes of a child: a bug, or an error in words."""


def in_child(work: Callable[[], None], *, before: Callable[[], None] = lambda: None) -> int:
    """Start `work` in a child and return its process id; it ends with 0, with an error in words, or by a failure."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        before()
        work()
        code = 0
    except SamenwijzerError:
        code = SAID
    except BaseException:  # noqa: B036 - a child never goes on as its parent
        traceback.print_exc()
    finally:
        sys.setprofile(None)
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a child; return its exit code, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_operation(number: int) -> Callable[[], None]:
    """Return what makes this process kill itself before or after its n-th call that has to do with the disk."""
    left = [number]

    def profile(frame: Any, event: str, function: Any) -> None:  # noqa: ANN401
        if event in ("c_call", "c_return") and function.__name__ in _DURABLE:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.setprofile(profile)


def at_function(name: str) -> Callable[[], None]:
    """Return what makes this process kill itself where a function of ours begins."""

    def profile(frame: Any, event: str, function: Any) -> None:  # noqa: ANN401
        if event == "call" and frame.f_code.co_name == name:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.setprofile(profile)


def count_operations(world: World) -> tuple[int, float]:
    """Return how many such calls one run has, and how many seconds it takes."""
    reading, writing = os.pipe()
    counted = [0]

    def profile(frame: Any, event: str, function: Any) -> None:  # noqa: ANN401
        counted[0] += event in ("c_call", "c_return") and function.__name__ in _DURABLE

    def work() -> None:
        run_line(kb, world.sources)
        sys.setprofile(None)
        os.write(writing, f"{counted[0]}\n".encode())

    with copy(world) as kb:
        started = time.perf_counter()
        if ended(in_child(work, before=lambda: sys.setprofile(profile))):
            raise Broken("a run without a fault fails")
        seconds = time.perf_counter() - started
        check_healed(kb, world.after)
    os.close(writing)
    with os.fdopen(reading) as answer:
        return int(answer.read()), seconds


def kills(world: World, points: int, chance: random.Random) -> str:
    """Kill ingest and build at `points` moments: at functions, at operations, at any time. Running again heals."""
    operations, seconds = count_operations(world)
    slowest, ends, acknowledged = 0.0, Counter[str](), 0
    for point in range(points):
        with copy(world, empty=point % 5 in (0, 2)) as kb:
            said = _kill(world, kb, point, chance, operations, seconds)
            acknowledged += len(said)
            slowest = max(slowest, check(kb, [world.before, world.after], said))
            ends[_stage(world, kb, said)] += 1
            if ended(in_child(lambda: run_line(kb, world.sources))):
                raise Broken(f"kill {point}: running again fails")
            check_healed(kb, world.after)
    told = ", ".join(f"{count} {when}" for when, count in ends.most_common())
    return f"{points} kills ({told}), {acknowledged} records acknowledged, 0 lost, opened in {slowest:.2f} s at most"


def _stage(world: World, kb: Path, acknowledged: list[str]) -> str:
    if served(kb) == world.after.served:
        return "after the publication"
    if len(acknowledged) == len(list(world.sources.iterdir())):
        return "after the last record"
    return "amid the records" if acknowledged else "before the first"


def _kill(world: World, kb: Path, point: int, chance: random.Random, operations: int, seconds: float) -> list[str]:
    """Run the line, kill it, and return the sources that it had acknowledged."""
    reading, writing = os.pipe()
    at_any_time = point >= len(_FUNCTIONS) and point % 2 == 0
    if point < len(_FUNCTIONS):
        before = at_function(_FUNCTIONS[point])
    else:
        before = (lambda: None) if at_any_time else at_operation(chance.randint(1, operations))
    child = in_child(lambda: run_line(kb, world.sources, writing), before=before)
    os.close(writing)
    if at_any_time:
        time.sleep(chance.uniform(0, seconds / 2))
        os.kill(child, signal.SIGKILL)
    if ended(child) != -signal.SIGKILL and point < len(_FUNCTIONS):
        raise Broken(f"{_FUNCTIONS[point]} is never called")
    with os.fdopen(reading) as answer:
        return [name for name in answer.read().splitlines()[:-1] if name]
