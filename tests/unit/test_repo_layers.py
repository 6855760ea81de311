"""The layers of the design hold, and each room of the design stands in a contract."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

REPO = Path(__file__).parents[2]


def test_rooms_import_only_from_below():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_room_has_a_layer():
    config = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    rooms = {p.parent.name for p in (REPO / "src" / "qundao").glob("*/__init__.py")}
    assert {r for r in rooms if f"qundao.{r})" not in " ".join(layers) + ")"} <= {"cli"}
