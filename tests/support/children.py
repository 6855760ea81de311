"""Running the node's commands in processes of their own, which a fault point may kill."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["qundao.node.commands", "qundao.analysis", "qundao.quality"])


def in_child(fault: str | None, act: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """Run `act` in a process of its own and return its exit code (-9: it was killed)."""
    child = _FORKS.Process(target=_child, args=(fault, act, args, kwargs))
    child.start()
    child.join(120)
    assert child.exitcode is not None, "the child did not end"
    return child.exitcode


def _child(fault: str | None, act: Callable[..., Any], args: Any, kwargs: Any) -> None:
    if fault:
        os.environ["QUNDAO_FAULT"] = fault
    act(*args, **kwargs)


def visit_once(folder: Path) -> None:
    """Do all that waits, as `qundao node run --once`."""
    from qundao.node import commands

    commands.run(folder, once=True)
