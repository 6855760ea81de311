"""Runs a piece of work in a process of its own and measures time and peak memory."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_SPAWN = multiprocessing.get_context("spawn")
_UNITS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the work alone, peak resident memory of its process (MB), and its answer."""

    seconds: float
    peak_mb: float
    answer: Any


def measured(work: Callable[..., Any], *arguments: Any, repeat: int = 3) -> Measured:
    """Run `work(*arguments)` `repeat` times in fresh processes and return the fastest run.

    `work` is a module's own function and may return a pair (begun, answer), where `begun` is
    the reading of the clock after its preparation.
    """
    runs = [_once(work, arguments) for _ in range(repeat)]
    return min(runs, key=lambda run: run.seconds)


def _once(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Measured:
    parent, child = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_run, args=(child, work, arguments))
    process.start()
    child.close()
    try:
        result: Measured = parent.recv()
    except EOFError as error:
        raise RuntimeError(f"{work.__name__} ended without an answer") from error
    finally:
        process.join()
    return result


def _run(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    begun, answer = work(*arguments)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNITS_PER_MB
    pipe.send(Measured(seconds, peak, answer))
