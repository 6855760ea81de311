"""Named fault-injection points, so that kill tests are deterministic.

A point does nothing unless `QUNDAO_FAULT` names it. `QUNDAO_FAULT=hub.answer.before_commit`
kills the process with SIGKILL at the first passage, `…@3` at the third: no handler runs, no
buffer is flushed, exactly as when the power fails.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

from qundao.kernel.settings import Setting
from qundao.kernel.words import Words

FAULT: Setting[str] = Setting(
    "QUNDAO_FAULT",
    str,
    "",
    "POINT or POINT@N",
    Words(
        "测试用：第 N 次经过该故障点时进程自杀",
        "for tests: the process kills itself at the Nth passage of that fault point",
    ),
)
_POINTS: set[str] = set()
_passed: Counter[str] = Counter()


def declare_fault_point(name: str) -> str:
    """Declare a point (`room.transaction.moment`) and return its name."""
    _POINTS.add(name)
    return name


def declared_fault_points() -> tuple[str, ...]:
    """Return the points of the rooms imported so far."""
    return tuple(sorted(_POINTS))


def fault_point(name: str) -> None:
    """Die here if the environment says so; otherwise return at once."""
    wanted = os.environ.get(FAULT.name)
    if not wanted:
        return
    target, _, nth = wanted.partition("@")
    if target != name:
        return
    _passed[name] += 1
    if _passed[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
