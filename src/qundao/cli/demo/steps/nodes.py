"""Each member's node: enrolled, connected to its source, checked, registered, credited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from qundao.cli.codes import NODE_COMMAND
from qundao.cli.demo.cast import MEMBERS, OPERATOR_LOGIN, Member
from qundao.cli.demo.cast_about import about
from qundao.cli.demo.data import prepare
from qundao.cli.demo.hub import address
from qundao.cli.demo.people import as_user
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.story import Figures, Step
from qundao.kernel.credit import show_credits
from qundao.kernel.errors import fail
from qundao.kernel.words import Words


def prepare_data(stage: Stage) -> Figures:
    """Write each member's own data from the packages, copied before opening."""
    found: Figures = {}
    for member in MEMBERS:
        made = stage.once(
            f"data:{member.key}",
            lambda m=member: prepare(m, stage.folder / "data" / m.key),  # type: ignore[misc]
        )
        rows = made["rows"]
        found[member.key] = {
            "persons": rows.get("person", rows.get("adsl")),
            "rows": sum(rows.values()),
        }
    return found


def enrol(stage: Stage) -> Figures:
    """Enrol five nodes with one-time codes; keys are made there and never leave."""
    found: Figures = {}
    for member in MEMBERS:
        answer = stage.once(f"node:{member.key}", lambda m=member: _enrol(stage, m))  # type: ignore[misc]
        found[member.key] = {
            "node": answer["node"],
            "fingerprint": answer["node_fingerprint"],
            "hub_fingerprint": answer["hub_fingerprint"],
        }
        launch(stage, member)
    for member in MEMBERS:
        start_node(stage, member)
    return found


def _enrol(stage: Stage, member: Member) -> dict[str, Any]:
    code = stage.once(f"code:{member.key}", lambda: _code(stage, member))
    return node_command(stage, member, "init", "--hub", address(stage), "--code", code)


def _code(stage: Stage, member: Member) -> str:
    operator = as_user(stage, OPERATOR_LOGIN)
    answer = operator.post(
        "/api/v1/nodes/codes",
        member=stage.once(f"member:{member.key}", dict),
        node_name=f"{member.key}-node",
    )
    return str(answer["code"])


def folder_of(stage: Stage, member: Member) -> Path:
    """Return the folder of a member's node."""
    return stage.folder / "nodes" / member.key


def launch(stage: Stage, member: Member) -> None:
    """Run a member's node in the background; does nothing when it runs."""
    name = f"node-{member.key}"
    if name not in stage.processes:
        folder = folder_of(stage, member)
        (folder / "console.json").unlink(missing_ok=True)
        stage.start(name, "node", "run", "--dir", str(folder))


def start_node(stage: Stage, member: Member) -> None:
    """Run a member's node and wait until its console is up."""
    launch(stage, member)
    console = folder_of(stage, member) / "console.json"
    stage.processes[f"node-{member.key}"].wait_until(console.exists)


_PERMITTED = {"QUNDAO_NODE_VOCABULARY_NAMES": "SNOMED"}
"""The demo's hospital data bring these names with them (Eunomia, Apache-2.0)."""


def node_command(stage: Stage, member: Member, *arguments: str) -> dict[str, Any]:
    """Run `qundao node …` in a member's folder and return what it prints."""
    command, *rest = arguments
    words = ["node", command, "--dir", str(folder_of(stage, member)), *rest]
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "qundao.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **_PERMITTED},
    )
    if done.returncode:
        where = f"qundao node {command} ({member.key})"
        raise fail(NODE_COMMAND, done.stderr[-1500:].strip(), where, required="exit 0")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def register(stage: Stage) -> Figures:
    """Open, profile, check and register each source; the hub mints credits by the tariff."""
    found: Figures = {}
    for member in MEMBERS:
        answer = stage.once(f"dataset:{member.key}", lambda m=member: _connect(stage, m))  # type: ignore[misc]
        found[member.key] = _registered(stage, answer["accession"])
    return found


def _connect(stage: Stage, member: Member) -> dict[str, Any]:
    if member.offer is None:
        return {}
    text = json.dumps(about(member.offer), ensure_ascii=False, indent=1)
    place = folder_of(stage, member).parent / f"{member.key}-about.json"
    place.write_text(text, "utf-8")
    dsn = stage.once(f"data:{member.key}", dict)["dsn"]
    name = member.offer.dataset
    answer = node_command(
        stage, member, "connect", "--name", name, "--data", dsn, "--about", str(place)
    )
    if not answer["accession"]:
        required = "an accession from the hub"
        raise fail(
            NODE_COMMAND, json.dumps(answer)[:600], f"connect ({member.key})", required=required
        )
    return answer


def _registered(stage: Stage, accession: str) -> dict[str, Any]:
    page = as_user(stage, OPERATOR_LOGIN).get(f"/api/v1/catalogue/datasets/{accession}")
    return {
        "accession": accession,
        "model": page["model"],
        "records": page["records"],
        "quality": page["score"],
        "checks": page["scorecard"]["checks"],
        "credits_minted": show_credits(page["minted"]),
    }


STEPS = (
    Step("data", Words("各单位准备自有数据", "The members' own data"), prepare_data),
    Step("enrol", Words("五个节点凭一次性码接入", "Five nodes enrol with one-time codes"), enrol),
    Step(
        "register",
        Words("接入、画像、质检、登记、计分", "Connect, profile, check, register, credit"),
        register,
    ),
)
