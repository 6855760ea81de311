"""Two applications on their way: submitted, voted blind, agreed, permitted by two keys."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from qundao.cli.demo.api import Api
from qundao.cli.demo.cast import MEMBERS, OPERATOR_LOGIN, Member
from qundao.cli.demo.people import as_user
from qundao.cli.demo.protocols import bleeding_study, dermatologic_study
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.steps.exploring import RESEARCHER
from qundao.cli.demo.steps.nodes import node_command
from qundao.cli.demo.story import Figures, Step
from qundao.cli.demo.waiting import wait_until
from qundao.kernel.clock import utc_now
from qundao.kernel.credit import show_credits
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from qundao.study import StudyProtocol

PATH = "/api/v1/applications"
UNKNOWN_PERMIT = "node.unknown_permit"
REVIEWERS = ("reviewer.1", "reviewer.2")


def studies(stage: Stage) -> dict[str, StudyProtocol]:
    """Return the two protocols over the datasets as registered."""
    accessions = {m.key: stage.once(f"dataset:{m.key}", dict)["accession"] for m in MEMBERS}
    return {
        "bleeding": bleeding_study(accessions),
        "dermatologic": dermatologic_study(accessions),
    }


def apply(stage: Stage) -> Figures:
    """Write and submit both applications with their locked protocols."""
    researcher = as_user(stage, RESEARCHER)
    found: Figures = {}
    for name, protocol in studies(stage).items():
        drafted = stage.once(
            f"application:{name}",
            lambda p=protocol, n=name: researcher.post(  # type: ignore[misc]
                f"{PATH}/",
                draft=_draft(p),
                protocol=p.to_json(),
                study_kind=_KINDS[n],
            )["id"],
        )
        if researcher.get(f"{PATH}/{drafted}")["state"] == "draft":
            researcher.post(f"{PATH}/{drafted}/submit")
        held = researcher.get(f"{PATH}/{drafted}")
        evidence = [e["standing"] for e in held["evidence"]]
        found[name] = {
            "state": held["state"],
            "protocol_digest": held["protocol_digest"],
            "evidence": f"{evidence.count('has')} has, {evidence.count('lacks')} lacks",
        }
    return found


_KINDS = {"bleeding": "comparative", "dermatologic": "external_control"}


def _draft(protocol: StudyProtocol) -> dict[str, Any]:
    today = (utc_now() + timedelta(hours=8)).date()
    return {
        "title": protocol.title.zh,
        "purpose": "drug_development",
        "commercial": True,
        "question": protocol.question.zh,
        "background": "演示申请：背景与依据见锁定方案。",
        "population": "方案中定义的新使用者或受试者",
        "methods": "；".join(a.title.zh for a in protocol.analyses) + "，按锁定方案执行",
        "outputs": "汇总表与图，经输出审核后发布",
        "benefit": "减少重复入组，提高用药安全",
        "datasets": list(protocol.datasets),
        "researchers": [RESEARCHER],
        "start": today.isoformat(),
        "end": (today + timedelta(days=180)).isoformat(),
        "retention_until": date(today.year + 3, 12, 31).isoformat(),
        "runs": 20,
        "ethics_kind": "exempt",
        "ethics_committee": "演示伦理委员会",
        "ethics_number": "DEMO-2026-001",
        "foreign_controlled": False,
    }


def review(stage: Stage) -> Figures:
    """Screen, assign two reviewers, vote without seeing each other's vote, decide."""
    return {name: _reviewed(stage, name) for name in studies(stage)}


def _reviewed(stage: Stage, name: str) -> dict[str, Any]:
    operator, path = as_user(stage, OPERATOR_LOGIN), _path(stage, name)
    _advance(operator, path, "submitted", "screen")
    _advance(operator, path, "screening", "reviewers", reviewers=list(REVIEWERS))
    blinded = stage.once(f"votes:{name}", lambda: _votes(stage, path))
    _advance(operator, path, "in_review", "decision")
    held = operator.get(path)
    return {"votes": held["votes_in"], "votes_seen_before_voting": blinded, "state": held["state"]}


def _votes(stage: Stage, path: str) -> int:
    """Let both vote; return how many votes of others the second saw before voting."""
    seen = 0
    for login in REVIEWERS:
        reviewer = as_user(stage, login)
        seen = len(reviewer.get(path)["reviews"])
        reviewer.post(
            f"{path}/votes", vote="approve", reasons="目的明确，方案锁定，阈值与预算合适。"
        )
    return seen


def agree(stage: Stage) -> Figures:
    """Draw up and sign the agreements; the hub issues permits; the price is put aside."""
    return {name: _agreed(stage, name) for name in studies(stage)}


def _agreed(stage: Stage, name: str) -> dict[str, Any]:
    operator, path = as_user(stage, OPERATOR_LOGIN), _path(stage, name)
    _advance(operator, path, "approved", "agreement")
    agreement = operator.get(f"{path}/agreement")
    signed = {s["role"] for s in agreement["signatures"]}
    for role, login in (("grantee", "a.steward"), ("operator", OPERATOR_LOGIN)):
        if role not in signed:
            body = {"digest": agreement["digest"]}
            as_user(stage, login).post(f"{path}/agreement/sign", **body)
    _advance(operator, path, "agreement", "permit")
    permit = operator.get(path)["permit"]
    return {
        "price_credits": show_credits(agreement["price"]),
        "agreement_digest": agreement["digest"],
        "permit": permit,
    }


def countersign(stage: Stage) -> Figures:
    """Each steward countersigns on the own node; with the last one the permit is in force."""
    return {name: _countersigned(stage, name) for name in studies(stage)}


def _countersigned(stage: Stage, name: str) -> dict[str, Any]:
    operator = as_user(stage, OPERATOR_LOGIN)
    permit = operator.get(_path(stage, name))["permit"]
    path = f"{PATH}/permits/{permit}"
    nodes = {stage.once(f"node:{m.key}", dict)["node"]: m for m in MEMBERS}
    for held in operator.get(path)["countersignatures"]:
        if held["state"] == "waiting":
            _approve(stage, nodes[held["node"]], permit)
    done = operator.until(path, lambda p: p["in_force"])
    return {
        "permit": permit,
        "countersigned": sum(c["state"] == "signed" for c in done["countersignatures"]),
        "in_force": done["in_force"],
    }


def _approve(stage: Stage, member: Member, permit: str) -> None:
    """Countersign as the member's steward, once the node has fetched the offer."""
    document = f"{member.name.zh} 数据〔2026〕1号"
    words = ("--permit", permit, "--steward", f"{member.key}.steward", "--document", document)

    def approved() -> bool:
        try:
            node_command(stage, member, "approve", *words)
        except QundaoError as error:
            if UNKNOWN_PERMIT not in error.problems[0].received:
                raise
            return False
        return True

    wait_until(approved, f"{member.key}: {permit}")


def _path(stage: Stage, name: str) -> str:
    return f"{PATH}/{stage.once(f'application:{name}', str)}"


def _advance(operator: Api, path: str, state: str, act: str, **body: Any) -> None:
    """Do an act if the application still waits for it, so that a continued story goes on."""
    if operator.get(path)["state"] == state:
        operator.post(f"{path}/{act}", **body)


STEPS = (
    Step("apply", Words("提交两份申请", "Two applications"), apply),
    Step("review", Words("两名审查员互盲表决", "Two reviewers vote blind"), review),
    Step("agreement", Words("签署协议，平台签发许可", "Agreements and permits"), agree),
    Step("countersign", Words("各节点会签", "Every node countersigns"), countersign),
)
