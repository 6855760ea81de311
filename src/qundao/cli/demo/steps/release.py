"""A reviewer checks the outputs and releases them; credits move; everyone sees a statement."""

from __future__ import annotations

from typing import Any

from qundao.cli.demo.cast import MEMBERS
from qundao.cli.demo.people import as_user
from qundao.cli.demo.results import figures
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps.exploring import RESEARCHER
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.credit import show_credits
from qundao.kernel.words import Words


def check_outputs(stage: Stage) -> Figures:
    """Release every output under review and return its figures."""
    reviewer = as_user(stage, "reviewer.1")
    waiting = reviewer.get("/api/v1/studies/outputs")["items"]
    for output in waiting:
        reviewer.post(
            f"/api/v1/studies/outputs/{output['id']}/decision",
            release=True,
            reason="阈值、互补抑制与方案一致",
        )
    return {name: _released(stage, name) for name in ("bleeding", "dermatologic")}


def _released(stage: Stage, name: str) -> dict[str, Any]:
    researcher = as_user(stage, RESEARCHER)
    study = researcher.get(f"/api/v1/studies/{stage.get(f'study:{name}')}")
    return {
        run["analysis"]: {"state": run["output"]["state"], **figures(run["output"]["result"])}
        for run in study["runs"]
        if run["output"]
    }


def statements(stage: Stage) -> Figures:
    """Show each member's balance and the lines of its statement."""
    found: Figures = {}
    for member in MEMBERS:
        steward = as_user(stage, f"{member.key}.steward")
        lines = steward.get("/api/v1/ledger/statement")
        balance = steward.get("/api/v1/ledger/balance")
        found[member.key] = {
            "spendable": show_credits(balance["spendable"]),
            "pending": show_credits(balance["pending"]),
            "lines": [f"{line['kind']} {_change(line)}" for line in lines],
        }
    return found


def _change(line: dict[str, Any]) -> str:
    return ", ".join(f"{k} {show_credits(v)}" for k, v in line["changes"].items())


STEPS = (
    Step("release", Words("审查输出并发布", "Outputs checked and released"), check_outputs),
    Step("statements", Words("积分结算与对账单", "Credits move; statements"), statements),
)
