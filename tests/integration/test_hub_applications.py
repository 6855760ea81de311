"""The applications desk over its API: from a draft to a permit that every node has signed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qundao.access.permit import Permit as PermitTerms
from qundao.access.permit import SignedPermit
from qundao.access.working_days import china_day, day_ends
from qundao.hub.applications.models import Permit, Voted
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.common.clock import now, reading
from qundao.hub.keys import hub_key
from qundao.hub.ledger.actions import hold_credits
from qundao.hub.ledger.queries import balance, held_for
from qundao.hub.nodes.models import Node
from qundao.kernel.clock import FixedClock
from qundao.kernel.signing import unb64
from qundao.protocol.messages import PermitDeclined, PermitOffer, PermitRevoked
from qundao.study import protocol_digest, protocol_from_json
from support.hub_applications import (
    HOSPITALS,
    SPONSORS,
    active,
    agreed,
    approved,
    draft_over,
    drafted,
    in_review,
    permitted,
    protocol_over,
    submitted,
    vote,
)
from support.hub_story import Story

pytestmark = pytest.mark.usefixtures("story")


def events(action: str) -> list[LoggedEvent]:
    return list(LoggedEvent.objects.filter(action=action).order_by("sequence"))


def state(story: Story, path: str) -> str:
    return story.operator.get(path)["state"]


# --- drafting and submitting ---------------------------------------------------------------


def test_a_draft_is_saved_at_any_time_and_what_is_left_out_stays(story: Story) -> None:
    me = story["a"].researcher
    path = f"/applications/{me.post('/applications/')['id']}"
    me.patch(path, draft={"title": "题", "question": "?"})
    saved = me.patch(path, draft={"title": "塞来昔布研究"}, protocol={"schema": "rubbish"})
    assert saved["draft"] == {"title": "塞来昔布研究", "question": "?"}
    assert (saved["state"], saved["title"]) == ("draft", "塞来昔布研究")
    assert me.get("/applications/")["items"][0]["title"] == "塞来昔布研究"


def test_submitting_names_every_defect_at_once_and_changes_nothing(story: Story) -> None:
    path = drafted(story)
    me = story["a"].researcher
    me.patch(path, draft={"title": "短", "researchers": ["b.researcher"]}, study_kind="gossip")
    refused = me.post(f"{path}/submit", 422)["errors"]
    assert {e["where"] for e in refused} >= {"title", "study_kind"}
    me.patch(path, draft={"title": "足够长的题目"})
    wheres = {e["where"]: e["code"] for e in me.post(f"{path}/submit", 422)["errors"]}
    assert wheres == {
        "researchers": "applications.unknown_researcher",
        "study_kind": "applications.bad_study_kind",
    }
    assert me.get(path)["state"] == "draft"


def test_the_protocol_must_be_over_the_datasets_applied_for(story: Story) -> None:
    path = drafted(story, *HOSPITALS)
    me = story["a"].researcher
    me.patch(path, protocol=protocol_over(story, *SPONSORS))
    assert me.refused("post", f"{path}/submit", 422) == ["applications.bad_protocol"]
    me.patch(path, protocol={"schema": "qundao.study/1"})
    assert me.refused("post", f"{path}/submit", 422)[0].startswith("study.")


def test_submitting_locks_the_protocol(story: Story) -> None:
    path = submitted(story)
    told = story["a"].researcher.get(path)
    expected = protocol_digest(protocol_from_json(protocol_over(story, *HOSPITALS)))
    assert told["protocol_digest"] == expected
    refused = story["a"].researcher.refused("patch", path, 409, protocol={})
    assert refused == ["access.wrong_state"]


def test_datasets_that_cannot_be_had_are_named(story: Story) -> None:
    Node.objects.filter(pk=story["h2"].node.id).update(state=Node.State.REVOKED)
    path = drafted(story)
    refused = story["a"].researcher.post(f"{path}/submit", 422)["errors"]
    assert [(e["code"], e["received"]) for e in refused] == [
        ("applications.dataset_unavailable", story.accessions["h2"])
    ]


def test_a_withdrawn_dataset_cannot_be_applied_for(story: Story) -> None:
    accession = story.accessions["h2"]
    story["h2"].steward.post(f"/catalogue/datasets/{accession}/withdraw", reason="x")
    path = drafted(story)
    refused = story["a"].researcher.refused("post", f"{path}/submit", 422)
    assert refused == ["applications.dataset_unavailable"]


# --- screening and reviewing -----------------------------------------------------------------


def test_an_application_is_returned_and_comes_back(story: Story) -> None:
    path = submitted(story)
    story.operator.post(f"{path}/screen")
    assert story.operator.refused("post", f"{path}/return", 422) == ["applications.reason_needed"]
    story.operator.post(f"{path}/return", reason="缺伦理批件")
    me = story["a"].researcher
    assert me.get(path)["history"][-1]["reason"] == "缺伦理批件"
    me.patch(path, draft={"ethics_number": "2026-002"})
    assert me.post(f"{path}/submit")["state"] == "submitted"


def test_two_blinded_votes_and_a_decision(story: Story) -> None:
    path = in_review(story)
    first, second, _ = story.reviewers
    mine = vote(story, path, 0, "approve_with_conditions", "发表前送贡献方阅知")
    assert [r["vote"] for r in mine["reviews"]] == ["approve_with_conditions"]
    seen = second.get(path)
    assert (seen["votes_in"], seen["reviews"]) == (1, [])
    assert story.operator.get(path)["reviews"] == []
    assert story.operator.refused("post", f"{path}/decision", 409) == ["access.reviews_missing"]
    both = vote(story, path, 1)
    assert {r["vote"] for r in both["reviews"]} == {"approve", "approve_with_conditions"}
    assert len(first.get(path)["reviews"]) == 2
    decided = story.operator.post(f"{path}/decision")
    assert decided["state"] == "approved_with_conditions"
    assert decided["conditions"] == ["发表前送贡献方阅知"]
    assert len(story["a"].researcher.get(path)["reviews"]) == 2


def test_a_split_needs_a_third_reviewer_who_is_blinded_too(story: Story) -> None:
    path = in_review(story)
    vote(story, path, 0)
    vote(story, path, 1, "refuse")
    assert story.operator.get(path)["reviews"] == []
    assert story.operator.refused("post", f"{path}/decision", 409) == ["access.reviews_missing"]
    third = story.reviewers[2]
    story.operator.post(f"{path}/reviewers", reviewers=[third.user.username])
    assert third.get(path)["reviews"] == []
    vote(story, path, 2, "refuse")
    assert story.operator.post(f"{path}/decision")["state"] == "refused"


def test_a_reviewer_recuses_and_is_replaced(story: Story) -> None:
    path = in_review(story)
    first, _, third = story.reviewers
    assert first.refused("post", f"{path}/recuse", 422) == ["applications.reason_needed"]
    first.post(f"{path}/recuse", reason="与申请人合作发表过论文")
    assert first.refused("get", path, 404) == ["hub.not_found"]
    assert first.get("/applications/reviews")["total"] == 0
    vote(story, path, 1)
    assert story.operator.refused("post", f"{path}/decision", 409) == ["access.reviews_missing"]
    story.operator.post(f"{path}/reviewers", reviewers=[third.user.username])
    vote(story, path, 2)
    assert story.operator.post(f"{path}/decision")["state"] == "approved"


def test_the_log_says_that_somebody_voted_and_not_how(story: Story) -> None:
    path = in_review(story)
    vote(story, path, 0, "refuse")
    (event,) = events("application.reviewed")
    assert "refuse" not in str(event.__dict__)
    assert Voted.objects.get().vote == "refuse"


def test_a_second_round_starts_from_nothing(story: Story) -> None:
    path = in_review(story)
    vote(story, path, 0, "return")
    vote(story, path, 1, "return")
    assert story.operator.post(f"{path}/decision")["state"] == "returned"
    story["a"].researcher.post(f"{path}/submit")
    story.operator.post(f"{path}/screen")
    names = [r.user.username for r in story.reviewers[1:]]
    again = story.operator.post(f"{path}/reviewers", reviewers=names)
    assert (again["votes_in"], again["reviews"]) == (0, [])
    assert [story.reviewers[n].get("/applications/reviews")["total"] for n in range(3)] == [0, 1, 1]


# --- agreement -------------------------------------------------------------------------------


def test_the_agreement_takes_thresholds_and_price_from_the_datasets(story: Story) -> None:
    path = approved(story)
    drawn = story.operator.post(f"{path}/agreement")
    text = "\n".join(c["text"]["zh"] for c in drawn["clauses"])
    for key in HOSPITALS:
        assert f"{story.accessions[key]}: 10 / 10" in text
    lines = drawn["quote"]["lines"]
    assert drawn["price"] == sum(line["amount"] for line in lines) > 0
    assert {line["owner"] for line in lines} == {story["h1"].id, story["h2"].id}


def test_own_data_cost_nothing(story: Story) -> None:
    path = approved(story, *SPONSORS)
    lines = story.operator.post(f"{path}/agreement")["quote"]["lines"]
    assert {line["owner"]: line["amount"] > 0 for line in lines} == {
        story["a"].id: False, story["b"].id: True, story["c"].id: True,
    }  # fmt: skip


def test_signing_puts_the_price_aside_and_a_permit_needs_both_signatures(story: Story) -> None:
    path = approved(story)
    drawn = story.operator.post(f"{path}/agreement")
    before = balance(story["a"].id).spendable
    story["a"].researcher.post(f"{path}/agreement/sign", digest=drawn["digest"])
    assert held_for(story["a"].id, drawn["id"]) == drawn["price"]
    assert balance(story["a"].id).spendable == before - drawn["price"]
    refused = story.operator.refused("post", f"{path}/permit", 409)
    assert refused == ["access.signatures_missing"]
    signed = story.operator.post(f"{path}/agreement/sign", digest=drawn["digest"])
    assert [s["role"] for s in signed["signatures"]] == ["grantee", "operator"]
    assert story.operator.post(f"{path}/permit")["state"] == "countersigning"


def test_who_cannot_pay_cannot_sign(story: Story) -> None:
    path = approved(story)
    drawn = story.operator.post(f"{path}/agreement")
    story.operator.post(f"{path}/agreement/sign", digest=drawn["digest"])
    purse = balance(story["a"].id).spendable
    hold_credits(actor=HUB_ACTOR, owner=story["a"].id, matter="other", amount=purse, key="all")
    poor = story["a"].researcher.refused(
        "post", f"{path}/agreement/sign", 409, digest=drawn["digest"]
    )
    assert poor == ["credits.insufficient"]
    assert [s["role"] for s in story.operator.get(f"{path}/agreement")["signatures"]] == [
        "operator"
    ]


# --- permit ----------------------------------------------------------------------------------


def test_a_permit_is_offered_with_the_locked_protocol_and_every_key(story: Story) -> None:
    path, permit = permitted(story, *SPONSORS)
    locked = story.operator.get(path)["protocol_digest"]
    for key in SPONSORS:
        (offer,) = story[key].node.received(PermitOffer)
        terms = PermitTerms.from_bytes(unb64(offer["payload"]))
        assert (terms.id, terms.protocol_digest) == (permit["id"], locked)
        assert protocol_digest(protocol_from_json(offer["protocol"])) == locked
        assert {(r.node, r.mask_key) for r in terms.roster} == {
            (story[k].node.id, story[k].node.mask_key) for k in SPONSORS
        }
        assert all(r.vouched for r in terms.roster)
        assert {(d.accession, d.min_cell, d.event_floor) for d in terms.datasets} == {
            (story.accessions[k], 10, 5) for k in SPONSORS
        }
        assert terms.grantee == story["a"].id
        assert terms.researchers == (story["a"].researcher.user.id,)
    assert story["h1"].node.received(PermitOffer) == []


def test_the_hub_signed_what_it_offers(story: Story) -> None:
    permitted(story)
    (offer,) = story["h1"].node.received(PermitOffer)
    signed = SignedPermit(unb64(offer["payload"]), unb64(offer["signature"]))
    assert signed.signed_by(hub_key().verify_key)


def test_the_permit_is_in_force_with_the_last_countersignature(story: Story) -> None:
    path, permit = permitted(story)
    first = story["h1"].node.countersign(permit)
    assert first.result["state"] == "countersigning"
    told = story["a"].researcher.get(f"/applications/permits/{permit['id']}")
    assert [c["state"] for c in told["countersignatures"]] == ["signed", "waiting"]
    assert state(story, path) == "countersigning"
    story["h2"].node.countersign(permit)
    told = story["a"].researcher.get(f"/applications/permits/{permit['id']}")
    assert (told["state"], told["in_force"], state(story, path)) == ("active", True, "active")
    assert {c["document"] for c in told["countersignatures"]} == {"院数字〔2026〕12号"}


def test_one_no_ends_it_for_all_and_gives_the_credits_back(story: Story) -> None:
    path, permit = permitted(story)
    before = balance(story["a"].id)
    assert before.held > 0
    story["h1"].node.countersign(permit)
    story["h2"].node.deliver(PermitDeclined(permit=permit["id"], steward="李", reason="用途不符"))
    assert state(story, path) == "refused"
    assert balance(story["a"].id).held == 0
    assert [m["reason"] for m in story["h1"].node.received(PermitRevoked)] == ["用途不符"]
    late = story["h2"].node.countersign(permit)
    assert [p["code"] for p in late.problems] == ["applications.permit_not_offered"]


def test_a_member_takes_its_yes_back(story: Story) -> None:
    path, permit = active(story)
    node = story["h1"].node
    node.deliver(PermitDeclined(permit=permit["id"], steward="李", reason="发现问题"))
    told = story.operator.get(f"/applications/permits/{permit['id']}")
    assert (told["state"], told["in_force"], state(story, path)) == ("declined", False, "revoked")
    assert len(story["h2"].node.received(PermitRevoked)) == 1


def test_the_operator_revokes_with_a_reason(story: Story) -> None:
    path, permit = active(story)
    where = f"/applications/permits/{permit['id']}/revoke"
    assert story.operator.refused("post", where, 422) == ["applications.reason_needed"]
    revoked = story.operator.post(where, reason="违约")
    assert (revoked["state"], revoked["in_force"], state(story, path)) == (
        "revoked", False, "revoked",
    )  # fmt: skip
    assert all(len(story[k].node.received(PermitRevoked)) == 1 for k in HOSPITALS)


def test_a_permit_is_in_force_within_its_days_only(story: Story) -> None:
    _, permit = active(story)
    row = Permit.objects.get(pk=permit["id"])
    assert row.in_force
    with reading(FixedClock(row.expires_at - timedelta(seconds=1))):
        assert row.in_force
    with reading(FixedClock(row.expires_at)):
        assert not row.in_force


def test_a_use_that_starts_later_is_not_in_force_yet(story: Story) -> None:
    start = china_day(now()) + timedelta(days=10)
    _, permit = active(story, start=start.isoformat())
    assert (permit["state"], permit["in_force"]) == ("active", False)
    with reading(FixedClock(day_ends(start) - timedelta(hours=24))):
        assert Permit.objects.get(pk=permit["id"]).in_force


# --- withdrawing and closing ---------------------------------------------------------------


@pytest.mark.parametrize("way", [drafted, submitted, in_review, approved, agreed])
def test_the_applicant_withdraws_and_gets_credits_back(story: Story, way) -> None:
    path = way(story)
    me = story["a"].researcher
    assert me.post(f"{path}/withdraw", reason="改期")["state"] == "withdrawn"
    assert balance(story["a"].id).held == 0
    refused = me.refused("post", f"{path}/withdraw", 409)
    assert refused == ["access.wrong_state"]


def test_withdrawing_while_nodes_decide_tells_the_nodes(story: Story) -> None:
    path, permit = permitted(story)
    story["a"].researcher.post(f"{path}/withdraw", reason="改期")
    told = story.operator.get(f"/applications/permits/{permit['id']}")
    assert (told["state"], told["in_force"]) == ("revoked", False)
    assert all(len(story[k].node.received(PermitRevoked)) == 1 for k in HOSPITALS)
    late = story["h1"].node.countersign(permit)
    assert [p["code"] for p in late.problems] == ["applications.permit_not_offered"]


def test_closing_ends_the_permit(story: Story) -> None:
    path, permit = active(story)
    story["a"].researcher.post(f"{path}/close")
    told = story.operator.get(f"/applications/permits/{permit['id']}")
    assert told["in_force"] is False
    assert all(len(story[k].node.received(PermitRevoked)) == 1 for k in HOSPITALS)
    assert balance(story["a"].id).held == 0


# --- what is shown ---------------------------------------------------------------------------


def test_evidence_says_what_is_missing_and_who_gives_it(story: Story) -> None:
    path = submitted(story, ethics_number=None)
    shown = {i["rule"]: i["standing"] for i in story.operator.get(path)["evidence"]}
    assert shown == {
        "legal_basis": "has", "ethics": "lacks", "recipient": "has", "retention": "has",
        "impact_assessment": "not_needed", "de_identification": "has", "agreement": "lacks",
    }  # fmt: skip


def test_everybody_is_offered_what_they_may_do_now(story: Story) -> None:
    path = drafted(story)
    assert set(story["a"].researcher.get(path)["acts"]) >= {
        "application.edit", "application.submit", "application.withdraw",
    }  # fmt: skip
    story["a"].researcher.post(f"{path}/submit")
    assert "application.screen" in story.operator.get(path)["acts"]
    assert "application.submit" not in story["a"].researcher.get(path)["acts"]
    assert draft_over(story, "h1")["datasets"] == [story.accessions["h1"]]
