"""Credits moved 500 times by a process that is killed over and over, against one that is not.

Both hubs play the same random operations. One is killed with SIGKILL at random passages of the
named fault points, before and after commits, and started again at the operation it was in. In
the end both must hold the same balances; no law of the ledger may be broken at any stop; every
transaction has its one audit event; the exported log verifies.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OPERATIONS = 500
SEED = 20_261_122
ACTIONS = ("grant_credits", "hold_credits", "capture_credits", "release_credits")
MOMENTS = ("before_commit", "after_commit")


def run() -> str:
    """Play both hubs to the end and compare them. Raises AssertionError on any difference."""
    with tempfile.TemporaryDirectory() as place:
        calm, killed = Path(place) / "calm", Path(place) / "killed"
        for folder in (calm, killed):
            worker(folder, "init")
        assert worker(calm, "play", str(OPERATIONS)) == 0
        kills = _play_through_kills(killed)
        expected, found = inspect(calm), inspect(killed)
        assert found["balances"] == expected["balances"], (expected, found)
        assert found["transactions"] == expected["transactions"]
        assert expected["refused"] == found["refused"] > 0
    return (
        f"{OPERATIONS} operations, {kills} kills, {found['transactions']} transactions, "
        f"{found['events']} events; balances equal, log verified"
    )


def _play_through_kills(folder: Path) -> int:
    """Play until done, dying again and again; return how often."""
    chance, kills = random.Random(SEED), 0
    while True:
        point = f"hub.{chance.choice(ACTIONS)}.{chance.choice(MOMENTS)}@{chance.randint(1, 3)}"
        code = worker(folder, "play", str(OPERATIONS), QUNDAO_FAULT=point)
        if code == 0:
            return kills
        assert code == -signal.SIGKILL, f"ended with {code} at {point}"
        kills += 1
        if kills % 10 == 0:
            state = inspect(folder)
            print(f"  {kills} kills, {state['transactions']} transactions", flush=True)


def inspect(folder: Path) -> dict[str, Any]:
    """Return a hub's balances and counts, after checking every law and the whole log."""
    assert worker(folder, "inspect") == 0
    state: dict[str, Any] = json.loads((folder / "soak-state.json").read_text())
    assert state["broken_laws"] == [], state
    assert state["findings"] == [], state
    return state


def worker(folder: Path, *arguments: str, **environ: str) -> int:
    """Run the worker in a process of its own and return its exit code."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("QUNDAO_")}
    command = [sys.executable, "-m", "bench.soak.ledger_worker", str(folder), *arguments]
    return subprocess.run(command, env=kept | environ, check=False).returncode
