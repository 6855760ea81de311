"""The hub dies in the middle of the story, again and again; the story still ends as it should.

Each run starts the hub with a named fault point and continues where the one before stopped; the
hub is killed by SIGKILL exactly there. In the end every law must hold and every figure must be
what an undisturbed story shows: nothing lost, nothing doubled. Every single
fault point of the hub has its test in `integration/test_hub_kill_points.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.story, pytest.mark.soak, pytest.mark.timeout(1200)]

QUNDAO = (sys.executable, "-m", "qundao.cli.main")
KILLS = ("hub.take_message.after_commit", "hub.review_output.before_commit")


def play(folder: Path, fault: str = "") -> subprocess.CompletedProcess:
    """Continue the story in a folder, with a hub that dies at a fault point."""
    return subprocess.run(
        [*QUNDAO, "demo", "--no-serve", "--dir", str(folder), "--json", str(folder / "out.json")],
        env={**os.environ, "QUNDAO_FAULT": fault},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_hub_killed_again_and_again_loses_nothing_and_doubles_nothing(tmp_path):
    folder = tmp_path / "demo"
    for fault in KILLS:
        stopped = play(folder, fault)
        assert stopped.returncode == 2, f"{fault} was not reached\n{stopped.stdout[-1500:]}"
        assert "Traceback" not in stopped.stderr, stopped.stderr[-2000:]
    ended = play(folder)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    steps = {s["id"]: s["figures"] for s in json.loads((folder / "out.json").read_text())["steps"]}

    rows = {r["arm"]: r for r in steps["release"]["bleeding"]["outcome"]["tables"]["outcomes"]}
    assert (rows["celecoxib"]["persons"], rows["celecoxib"]["with"]) == (2013, 386)
    placebo = steps["release"]["dermatologic"]["survival"]["tables"]["intervals"][:3]
    assert [(r["at_risk"], r["events"]) for r in placebo] == [(86, 13), (69, 6), (60, 6)]
    accessions = [d["accession"] for d in steps["register"].values()]
    assert accessions == [f"QD00000{i}.1" for i in range(1, 6)]
    assert steps["verify"]["ok"] is True
    mints = [line for m in steps["statements"].values() for line in m["lines"] if "mint" in line]
    captures = [
        line
        for key in ("h1", "h2", "b", "c")
        for line in steps["statements"][key]["lines"]
        if "capture" in line
    ]
    assert (len(mints), len(captures)) == (5, 4)
