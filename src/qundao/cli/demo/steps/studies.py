"""Two studies run: tasks go out, nodes verify, compute, gate and answer; the hub combines."""

from __future__ import annotations

from typing import Any

from qundao.cli.demo.people import as_user
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps.exploring import RESEARCHER
from qundao.cli.demo.steps.request import PATH
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.words import Words


def run_study(stage: Stage, name: str) -> dict[str, Any]:
    """Start a study under its permit and wait for its outputs."""
    researcher = as_user(stage, RESEARCHER)
    application = stage.once(f"application:{name}", str)
    permit = researcher.get(f"{PATH}/{application}")["permit"]
    study = researcher.post("/api/v1/studies/", permit=permit)
    stage.put(f"study:{name}", study["id"])
    done = researcher.until(f"/api/v1/studies/{study['id']}", lambda s: s["state"] != "running")
    return {
        "study": study["id"],
        "state": done["state"],
        "rounds": {r["analysis"]: _round(r) for r in done["runs"]},
    }


def _round(run: dict[str, Any]) -> dict[str, Any]:
    gate = [d for t in run["tasks"] for d in t["gate"]]
    return {
        "nodes": len(run["tasks"]),
        "masked_groups": run["masked_groups"],
        "state": run["state"],
        "gate_decisions": len(gate),
        "problems": [p["code"] for p in run["problems"]],
    }


STEPS = (
    Step(
        "study_bleeding",
        Words("研究一：两家医院", "Study (a): two hospitals"),
        lambda stage: _figures(stage, "bleeding"),
    ),
    Step(
        "study_dermatologic",
        Words("研究二：三方合并安慰剂组，掩码求和", "Study (b): pooled placebo, masked sums"),
        lambda stage: _figures(stage, "dermatologic"),
    ),
)


def _figures(stage: Stage, name: str) -> Figures:
    return run_study(stage, name)
