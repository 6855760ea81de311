"""Every kill point of the hub is survived: all of it or nothing of it, never twice.

The walk goes through every action of every desk. At every fault point that a step passes, the
same step is done again in a process that dies there by SIGKILL, inside or just after its
transaction. Before the commit nothing may be left of it: every row of every table is as before.
After the commit all of it must be there, once; the ledger keeps its laws, the log proves itself,
and doing the same again changes nothing or is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from qundao.access.permit import COUNTERSIGNATURE_TYPE, Countersignature
from qundao.credits.ledger import Share
from qundao.hub.applications.actions import expire_permit
from qundao.hub.applications.models import Permit
from qundao.hub.auditlog import actions as audit
from qundao.hub.cohorts import actions as cohorts
from qundao.hub.cohorts import queries
from qundao.hub.cohorts.builder.tree import empty_form
from qundao.hub.cohorts.models import BuilderDraft
from qundao.hub.common.actors import HUB_ACTOR, Actor
from qundao.hub.common.clock import now, reading
from qundao.hub.ledger import actions as ledger
from qundao.hub.ledger.tariffs import policy_in_force, tariff_in_force, today
from qundao.hub.members import actions as members
from qundao.hub.members.models import ApiToken, User
from qundao.hub.members.sign_in import note_end
from qundao.hub.nodes.actions import note_poll
from qundao.hub.nodes.models import Node
from qundao.kernel.clock import FixedClock
from qundao.kernel.credit import whole_credits
from qundao.kernel.roles import Role
from qundao.kernel.signing import b64
from qundao.protocol.messages import (
    ExploreAnswer,
    ExploreTask,
    Message,
    PermitDeclined,
    PermitSigned,
    Poll,
    RegisterDataset,
    ReportVocabulary,
    StudyAnswer,
    StudyTask,
)
from qundao.query import BandedPredicate, PersonSex, SexIs, to_json
from qundao.query.predicate import StandardModel
from support.cohorts import circe, vocabulary
from support.hub_applications import (
    HOSPITALS,
    active,
    draft_over,
    permitted,
    protocol_over,
    submitted,
)
from support.hub_kills import Act, Outcome, Walk, kept_states, outcome, unreached
from support.hub_nodes import FakeNode, post
from support.hub_people import PASSWORD
from support.hub_story import Api, Party, Story, StoryNode, make_story, registration
from support.hub_studies import computed, forget, shown, tasks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("committed_hub_db", "cheap_passwords"),
    pytest.mark.timeout(600),
]
CREDIT_CODE = "91350100M000100Y43"
HISTORY = ("applications_entry",)
"""An application's history: assigning the same reviewers again is one more line in it."""
NEVER_KILLED: dict[str, str] = {}
"""Fault points of the hub that no step passes, and why; keep it empty."""


@pytest.fixture
def walk(tmp_path, monkeypatch) -> Iterator[Walk]:
    with kept_states(tmp_path / "states") as store:
        yield Walk(store, monkeypatch)


def ask(api: Api, method: str, path: str, **body: Any) -> Act:
    return lambda: Outcome(*api.send(method, path, **body))


def gateway(what: str, envelope: Any) -> Act:
    def act() -> Outcome:
        answer = post(Client(raise_request_exception=False), what, envelope)
        return Outcome(answer.status_code, answer.json())

    return act


def say(walk: Walk, node: StoryNode, message: Message, *problems: str) -> dict[str, Any]:
    """Deliver a message, killed everywhere; the same envelope again gets the same receipt."""
    answered = walk.step(gateway("deliver", node.seal(message)))
    receipt = node.open(answered["envelope"]).body
    assert [p["code"] for p in receipt["problems"]] == list(problems)
    return receipt["result"]


def test_the_hub_survives_every_kill_point(walk: Walk) -> None:
    story = make_story()
    newcomer = admission(walk, story)
    people(walk, story, newcomer)
    suspending(walk, story)
    rules(walk, story)
    nodes(walk, story, newcomer)
    exploring(walk, story)
    defining(walk, story)
    path = applying(walk, story)
    permit = permitting(walk, story, path)
    studying(walk, story, permit)
    endings(walk, story, path)
    auditing(walk, story)
    credits_later(walk, story)
    assert unreached(walk.killed) == set(NEVER_KILLED)


# --- the operator's office -------------------------------------------------------------------


def admission(walk: Walk, story: Story) -> str:
    office = story.operator
    name = {"zh": "新联盟", "en": "New alliance"}
    opened = walk.step(
        ask(office, "post", "/members/alliances", name=name, region="合成地区"),
        again_adds=("members_alliance",),
    )
    member = {"zh": "丁医院", "en": "Member D"}
    admitted = walk.step(
        ask(
            office, "post", "/members/", alliance=opened["id"], name=member, kind="hospital",
            region="合成地区", credit_code=CREDIT_CODE,
        )
    )  # fmt: skip
    walk.step(ask(office, "post", "/ledger/starter-grants", member=admitted["id"]))
    grant = {"member": admitted["id"], "amount": whole_credits(5), "reference": "券", "key": "g1"}
    walk.step(ask(office, "post", "/ledger/grants", **grant))
    return admitted["id"]


def people(walk: Walk, story: Story, newcomer: str) -> None:
    person = {"username": "ding", "display_name": "丁", "password": PASSWORD}
    told = walk.step(
        ask(story.operator, "post", "/members/users", **person, roles=["steward"], member=newcomer)
    )
    ding = lambda: User.objects.get(pk=told["id"])  # noqa: E731
    act = lambda: outcome(  # noqa: E731
        lambda: members.change_roles(actor=HUB_ACTOR, user=ding(), roles=[Role.RESEARCHER])
    )
    walk.step(act)
    sign_in(walk, told["id"])
    new = "another-archipelago-28"
    walk.step(
        lambda: outcome(
            lambda: members.change_password(actor=ding().actor, user=ding(), old=PASSWORD, new=new)
        )
    )
    walk.step(
        lambda: outcome(lambda: members.disable_user(actor=HUB_ACTOR, user=ding(), reason="离职"))
    )


def tokens(username: str, password: str) -> Act:
    given = {"username": username, "password": password, "name": "test"}

    def act() -> Outcome:
        answer = Client().post("/api/v1/members/tokens", given, "application/json")
        return Outcome(answer.status_code, answer.json())

    return act


def suspending(walk: Walk, story: Story) -> None:
    path = f"/members/{story['b'].id}"
    walk.step(ask(story.operator, "post", f"{path}/suspend", reason="调查"))
    walk.step(tokens("b.steward", PASSWORD), status=423)
    walk.step(ask(story.operator, "post", f"{path}/readmit", reason="调查结束"))


def rules(walk: Walk, story: Story) -> None:
    """What the operator sets for the applications desk; every table and every word is kept."""
    days = "2027-01-01,off,元旦\n2027-01-03,work,元旦"
    walk.step(
        ask(story.operator, "post", "/applications/office/calendar", text=days),
        again_adds=("applications_calendartable",),
    )
    word = {"blocks": False, "lawyer": "赵律师", "document": "法意〔2026〕1号"}
    walk.step(
        ask(story.operator, "post", "/applications/office/rules/ethics", **word),
        again_adds=("applications_rulesignoff",),
    )


def sign_in(walk: Walk, user: str) -> None:
    walk.step(tokens("ding", "wrong"), again_adds=("members_signinfailures",), status=401)
    made = walk.step(tokens("ding", PASSWORD), again_adds=("members_apitoken",))
    token = lambda: ApiToken.objects.get(pk=made["id"])  # noqa: E731
    walk.step(
        lambda: outcome(lambda: members.revoke_token(actor=token().user.actor, token=token()))
    )
    walk.step(lambda: outcome(lambda: note_end(actor=User.objects.get(pk=user).actor)))


# --- nodes and their datasets ----------------------------------------------------------------


def nodes(walk: Walk, story: Story, newcomer: str) -> None:
    office = story.operator
    code = walk.step(
        ask(office, "post", "/nodes/codes", member=newcomer, node_name="前置机"),
        again_adds=("nodes_enrolmentcode",),
    )
    node = FakeNode(story["a"].member)
    walk.step(gateway("enrol", node.enrolment("QD-WRONG")), status=403)
    enrolled = walk.step(gateway("enrol", node.enrolment(code["code"])))
    node.id = node.open(enrolled["envelope"], claimed=True).body["node"]
    registering(walk, story, node)
    walk.step(lambda: outcome(lambda: note_poll(Node.objects.get(pk=node.id), stopping())))
    walk.step(ask(office, "post", f"/nodes/{node.id}/revoke", reason="停用"))


def stopping() -> Poll:
    return Poll(wait_seconds=0, acknowledged=(), stopped=True, software="qundao 0.1.0", outbox=0)


def registering(walk: Walk, story: Story, node: Any) -> None:
    told = RegisterDataset.model_validate(registration(dataset="new"))
    result = say(walk, node, told)
    nobody = ExploreAnswer(task="none", count=1, epsilon=0.1, spent=0.1, withheld=None)
    say(walk, node, nobody, "explore.wrong_task")
    path = f"/catalogue/datasets/{result['accession']}/withdraw"
    walk.step(ask(story.operator, "post", path, reason="更正"))


# --- exploring -------------------------------------------------------------------------------


def exploring(walk: Walk, story: Story) -> None:
    predicate = to_json(BandedPredicate(StandardModel.OMOP, (SexIs(PersonSex.FEMALE),)))
    walk.step(ask(story["a"].researcher, "post", "/explore/questions", predicate=predicate))
    node = story["h1"].node
    (probe,) = node.received(ExploreTask)
    say(
        walk, node,
        ExploreAnswer(task=probe["task"], count=840, epsilon=0.1, spent=0.1, withheld=None),
    )  # fmt: skip


# --- cohort definitions ----------------------------------------------------------------------


def defining(walk: Walk, story: Story) -> None:
    say(walk, story["h1"].node, ReportVocabulary(dataset="ehr", vocabulary=vocabulary()))
    me, given = story["a"].researcher, {"name_zh": "出血", "definition": circe()}
    more = ("cohorts_cohortdefinition", "cohorts_definitionversion")
    kept = walk.step(ask(me, "post", "/cohorts/", **given), again_adds=more)
    path = f"/cohorts/{kept['cohort']}"
    walk.step(ask(me, "post", f"{path}/versions", definition=circe(prior=365)))
    walk.step(ask(me, "post", f"{path}/2/propose"))
    walk.step(ask(story.reviewers[0], "post", f"{path}/2/decision", release=True))
    walk.step(ask(me, "post", "/explore/questions", cohort=queries.version(kept["cohort"]).id))
    walk.step(ask(story.reviewers[0], "post", f"{path}/2/withdraw", reason="定义有误"))
    drafting(walk, me.user.actor)
    walk.step(ask(me, "post", f"{path}/retire", reason="重复"))


def drafting(walk: Walk, me: Actor) -> None:
    form = empty_form()
    begin = {"actor": me, "form": form}
    walk.step(
        lambda: outcome(lambda: cohorts.start_draft(**begin)),
        again_adds=("cohorts_builderdraft",),
    )
    draft = BuilderDraft.objects.get()
    typed = {"actor": me, "draft": draft, "form": {**form, "name_zh": "出血"}}
    walk.step(lambda: outcome(lambda: cohorts.keep_draft(**typed)))
    walk.step(lambda: outcome(lambda: cohorts.drop_draft(actor=me, draft=draft)))


# --- from a draft to a permit ----------------------------------------------------------------


def applying(walk: Walk, story: Story) -> str:
    me, office = story["a"].researcher, story.operator
    made = walk.step(
        ask(me, "post", "/applications/"),
        again_adds=("applications_application", "applications_entry"),
    )
    path = f"/applications/{made['id']}"
    form = {"draft": draft_over(story, *HOSPITALS), "protocol": protocol_over(story, *HOSPITALS)}
    walk.step(ask(me, "patch", path, **form, study_kind="comparative"))
    walk.step(ask(me, "post", f"{path}/submit"))
    walk.step(ask(office, "post", f"{path}/screen"))
    walk.step(ask(office, "post", f"{path}/return", reason="缺附件"))
    me.post(f"{path}/submit")
    office.post(f"{path}/screen")
    names = [r.user.username for r in story.reviewers]
    walk.step(ask(office, "post", f"{path}/reviewers", reviewers=names[:2]), again_adds=HISTORY)
    walk.step(ask(story.reviewers[1], "post", f"{path}/recuse", reason="与申请人合作过"))
    office.post(f"{path}/reviewers", reviewers=names[2:])
    for reviewer in (story.reviewers[0], story.reviewers[2]):
        given = {"vote": "approve", "reasons": "合规", "conditions": []}
        walk.step(ask(reviewer, "post", f"{path}/votes", **given))
    walk.step(ask(office, "post", f"{path}/decision"))
    return path


def permitting(walk: Walk, story: Story, path: str) -> dict[str, Any]:
    office, me = story.operator, story["a"].researcher
    drawn = walk.step(ask(office, "post", f"{path}/agreement"))
    for signer in (me, office):
        walk.step(ask(signer, "post", f"{path}/agreement/sign", digest=drawn["digest"]))
    permit = walk.step(ask(office, "post", f"{path}/permit"))
    for key in HOSPITALS:
        say(walk, story[key].node, yes(story[key].node, permit))
    return office.get(f"/applications/permits/{permit['id']}")


def yes(node: StoryNode, permit: dict[str, Any]) -> PermitSigned:
    payload = Countersignature(
        permit_digest=permit["digest"], node=node.id, steward="王数据", document="文", at=now()
    ).to_bytes()
    signature = b64(node.key.sign(COUNTERSIGNATURE_TYPE, payload))
    return PermitSigned(permit=permit["id"], statement=b64(payload), signature=signature)


def endings(walk: Walk, story: Story, path: str) -> None:
    """The ways in which an application ends: closed, withdrawn, declined, revoked."""
    me, office = story["a"].researcher, story.operator
    walk.step(ask(me, "post", f"{path}/close"))
    walk.step(ask(me, "post", f"{submitted(story)}/withdraw", reason="改期"))
    _, offered = permitted(story)
    no = PermitDeclined(permit=offered["id"], steward="李", reason="用途不符")
    say(walk, story["h2"].node, no)
    _, permit = active(story)
    where = f"/applications/permits/{permit['id']}/revoke"
    walk.step(ask(office, "post", where, reason="违约"))
    _, permit = active(story)
    held = lambda: Permit.objects.get(pk=permit["id"])  # noqa: E731
    with reading(FixedClock(held().expires_at)):
        walk.step(lambda: outcome(lambda: expire_permit(actor=HUB_ACTOR, permit=held())))


# --- the study -------------------------------------------------------------------------------


def studying(walk: Walk, story: Story, permit: dict[str, Any]) -> None:
    me = story["a"].researcher
    study = walk.step(ask(me, "post", "/studies/", permit=permit["id"]))
    first = tasks(story["h1"])[0]
    stopped = {"values": [], "problems": [{"code": "node.stopped", "received": ""}]}
    say(walk, story["h1"].node, answer_to(story["h1"], first, **stopped))
    failed = next(r for r in read(me, study)["runs"] if r["state"] == "failed")
    walk.step(ask(me, "post", f"/studies/runs/{failed['id']}/retry"))
    for key in HOSPITALS:
        for task in tasks(story[key]):
            if task.round.id != failed["id"]:
                say(walk, story[key].node, answer_to(story[key], task))
        forget(story[key])
    release, refuse = shown(read(story.reviewers[0], study))
    decide = "/studies/outputs/{}/decision".format
    walk.step(ask(story.reviewers[0], "post", decide(release["id"]), release=True))
    why = {"release": False, "reason": "可识别"}
    walk.step(ask(story.reviewers[1], "post", decide(refuse["id"]), **why))


def read(api: Api, study: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/studies/{study['id']}")


def answer_to(party: Party, task: StudyTask, **changed: Any) -> StudyAnswer:
    return StudyAnswer.model_validate({**computed(party, task).to_json(), **changed})


# --- the log, and the ledger as time goes by -------------------------------------------------


def auditing(walk: Walk, story: Story) -> None:
    walk.step(ask(story.auditor, "get", "/auditlog/bundle", purpose="年度检查"))
    auditor = story.auditor.user.actor
    walk.step(lambda: outcome(lambda: audit.note_verification(actor=auditor, events=1, problems=0)))


def credits_later(walk: Walk, story: Story) -> None:
    def post(action: Any, **given: Any) -> Any:
        return walk.step(lambda: outcome(lambda: action(actor=HUB_ACTOR, **given)))

    def grant(owner: str, whole: int, key: str) -> Any:
        amount = whole_credits(whole)
        return ledger.grant_credits(
            actor=HUB_ACTOR, owner=owner, amount=amount, reference="test", key=key
        )

    debtor, clock = story["c"].id, FixedClock(now() + timedelta(days=70))
    with reading(clock):
        decision = {"version": tariff_in_force().version, "reason": "联盟表决"}
        walk.step(
            lambda: outcome(
                lambda: ledger.put_tariff_in_force(
                    actor=HUB_ACTOR, effective_from=today(), **decision
                )
            ),
            again_adds=("ledger_tariffdecision",),
        )
        post(ledger.vest_credits, owner=story["h1"].id, key="vest")
        post(ledger.reverse_transaction, transaction_id=grant(debtor, 7, "slip").id, key="undo")
        spend_all(debtor, story["h1"])
        lot = grant(debtor, 100, "lot")
        held = {"owner": debtor, "matter": "m", "amount": whole_credits(80), "key": "hold"}
        ledger.hold_credits(actor=HUB_ACTOR, **held)
        shares = [Share(story["h1"].id, story.accessions["h1"], 1)]
        paid = {"payer": debtor, "matter": "m", "shares": shares, "key": "pay"}
        ledger.capture_credits(actor=HUB_ACTOR, **paid)
        claim = {"lot_id": lot.id, "amount": whole_credits(100), "case": "fraud-1"}
        post(ledger.claw_back_credits, **claim, key="claw")
        grant(debtor, 200, "more")
        post(ledger.settle_debt, owner=debtor, key="settle")
        clock.advance(days=31 * (policy_in_force().granted_months + 1))
        post(ledger.expire_credits, owner=debtor, key="expire")


def spend_all(owner: str, to: Party) -> None:
    """Spend what a member has, so that a clawback cannot be met from it."""
    from qundao.hub.ledger.queries import balance

    amount = balance(owner).spendable
    if amount:
        ledger.hold_credits(actor=HUB_ACTOR, owner=owner, matter="s", amount=amount, key="s-hold")
        shares = [Share(to.id, "QD000001.1", 1)]
        ledger.capture_credits(actor=HUB_ACTOR, payer=owner, matter="s", shares=shares, key="s-pay")
