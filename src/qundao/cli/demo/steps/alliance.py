"""The operator opens the alliance: hub, members, people, starter grants."""

from __future__ import annotations

import os
from typing import Any

from qundao.cli.demo.cast import ALLIANCE, MEMBERS, OFFICE, OPERATOR_LOGIN, Member, Person
from qundao.cli.demo.hub import start_hub
from qundao.cli.demo.people import as_user
from qundao.cli.demo.stage import Stage
from qundao.cli.demo.story import Figures, Step
from qundao.cli.parsing import load
from qundao.kernel.credit import show_credits
from qundao.kernel.words import Words

REGION = "广东省广州市"


def open_hub(stage: Stage) -> Figures:
    """Make the hub's folder, keys and database, and serve it."""
    made = stage.once("hub", lambda: _init(stage))
    start_hub(stage)
    return {"key_fingerprint": made["fingerprint"], "key": made["key"]}


def _init(stage: Stage) -> dict[str, Any]:
    password = stage.password(OPERATOR_LOGIN)
    os.environ["QUNDAO_OPERATOR_PASSWORD"] = password
    answer: dict[str, Any] = load("qundao.hub.commands").init(
        stage.folder / "hub", operator_login=OPERATOR_LOGIN, operator_password=password
    )
    return answer


def open_alliance(stage: Stage) -> Figures:
    """Open the alliance and admit five members with their people."""
    operator = as_user(stage, OPERATOR_LOGIN)
    alliance = stage.once(
        "alliance",
        lambda: operator.post("/api/v1/members/alliances", name=_json(ALLIANCE), region=REGION)[
            "id"
        ],
    )
    for member in MEMBERS:
        _admit(stage, member, alliance)
    for person in OFFICE:
        _person(stage, person, "")
    people = [p.login for m in MEMBERS for p in m.people] + [p.login for p in OFFICE]
    return {"members": len(MEMBERS), "people": len(people) + 1, "logins": people}


def _admit(stage: Stage, member: Member, alliance: str) -> None:
    operator = as_user(stage, OPERATOR_LOGIN)
    body = {
        "alliance": alliance,
        "name": _json(member.name),
        "kind": member.kind,
        "region": REGION,
    }
    member_id = stage.once(
        f"member:{member.key}", lambda: operator.post("/api/v1/members/", **body)["id"]
    )
    for person in member.people:
        _person(stage, person, member_id)


def _person(stage: Stage, person: Person, member_id: str) -> None:
    operator = as_user(stage, OPERATOR_LOGIN)
    stage.once(
        f"user:{person.login}",
        lambda: operator.post(
            "/api/v1/members/users",
            username=person.login,
            display_name=person.name.zh,
            password=stage.password(person.login),
            roles=[role.value for role in person.roles],
            member=member_id,
        )["id"],
    )


def starter_grants(stage: Stage) -> Figures:
    """Give every member the policy's starter grant, so that A can buy."""
    operator = as_user(stage, OPERATOR_LOGIN)
    balances: Figures = {}
    for member in MEMBERS:
        member_id = stage.once(f"member:{member.key}", dict)
        operator.post("/api/v1/ledger/starter-grants", member=member_id)
        held = operator.get("/api/v1/ledger/balance", member=member_id)
        balances[member.key] = f"{show_credits(held['spendable'])} credits"
    return {"spendable": balances}


def _json(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


STEPS = (
    Step("hub", Words("运营方建立平台", "The operator sets up the hub"), open_hub),
    Step("alliance", Words("开设联盟，五家单位入会", "An alliance of five members"), open_alliance),
    Step("starter_grants", Words("发放起步积分", "Starter grants"), starter_grants),
)
