"""Forged and altered things: agreements, permits, countersignatures, answers, questions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError

from qundao.disclosure.masks import MODULUS, unmask_sum
from qundao.hub.applications.models import Agreement, Countersigning, Permit, Signed
from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key
from qundao.hub.nodes.models import Node
from qundao.hub.studies.models import Output, Run, Task
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey, b64, unb64
from qundao.protocol.messages import PermitDeclined, StudyAnswer
from qundao.query import BandedPredicate, to_json
from qundao.query.predicate import StandardModel
from support.hub_applications import SPONSORS, active, approved, permitted
from support.hub_story import Story
from support.hub_studies import answer, computed, tasks

pytestmark = pytest.mark.usefixtures("story")


def codes(receipt) -> list[str]:
    return [p["code"] for p in receipt.problems]


# --- agreements ------------------------------------------------------------------------------


def drawn_up(story: Story) -> tuple[str, dict]:
    path = approved(story)
    return path, story.operator.post(f"{path}/agreement")


def alter_in_place(agreement: str, **changed: object) -> None:
    """Change the stored text behind the desk's back, as somebody with the database could."""
    row = Agreement.objects.get(pk=agreement)
    text = json.loads(row.payload) | changed
    Agreement.objects.filter(pk=agreement).update(payload=json.dumps(text))


def test_a_text_altered_before_signing_is_not_what_is_signed(story: Story) -> None:
    path, drawn = drawn_up(story)
    alter_in_place(drawn["id"], runs=1000)
    refused = story["a"].researcher.refused(
        "post", f"{path}/agreement/sign", 409, digest=drawn["digest"]
    )
    assert refused == ["access.agreement_altered"]


def test_a_text_altered_after_signing_gets_no_permit(story: Story) -> None:
    path, drawn = drawn_up(story)
    for signer in (story["a"].researcher, story.operator):
        signer.post(f"{path}/agreement/sign", digest=drawn["digest"])
    alter_in_place(drawn["id"], retention_until="2099-01-01")
    assert story.operator.refused("post", f"{path}/permit", 409) == ["access.signatures_missing"]
    assert not Permit.objects.exists()


def test_a_signature_needs_the_digest_of_the_text_that_was_read(story: Story) -> None:
    path, _ = drawn_up(story)
    for digest in ("", "0" * 64, "x"):
        refused = story["a"].researcher.refused(
            "post", f"{path}/agreement/sign", 409, digest=digest
        )
        assert refused == ["access.agreement_altered"]


def test_a_party_signs_once(story: Story) -> None:
    path, drawn = drawn_up(story)
    me = story["a"].researcher
    me.post(f"{path}/agreement/sign", digest=drawn["digest"])
    for again in (me, story["a"].steward):
        refused = again.refused("post", f"{path}/agreement/sign", 409, digest=drawn["digest"])
        assert refused == ["access.signed_already"]


def test_signatures_cannot_be_rewritten_in_the_database(story: Story) -> None:
    path, drawn = drawn_up(story)
    story["a"].researcher.post(f"{path}/agreement/sign", digest=drawn["digest"])
    with pytest.raises(DatabaseError, match="append-only"):
        Signed.objects.update(digest="0" * 64)


# --- countersignatures -----------------------------------------------------------------------


def test_a_countersignature_by_another_key_is_refused(story: Story) -> None:
    _, permit = permitted(story)
    forged = story["h1"].node.countersign(permit, key=SigningKey.generate())
    assert codes(forged) == ["applications.bad_countersignature"]
    stolen = story["h1"].node.countersign(permit, key=story["h2"].node.key)
    assert codes(stolen) == ["applications.bad_countersignature"]
    assert not Countersigning.objects.filter(state="signed").exists()


def test_a_countersignature_of_another_permit_or_node_is_refused(story: Story) -> None:
    _, permit = permitted(story)
    node = story["h1"].node
    other_text = node.countersign(permit, permit_digest="0" * 64)
    other_node = node.countersign(permit, node=story["h2"].node.id)
    for refused in (other_text, other_node):
        assert codes(refused) == ["applications.bad_countersignature"]


def test_a_node_that_was_not_asked_cannot_sign_or_decline(story: Story) -> None:
    path, permit = permitted(story)
    stranger = story["b"].node
    assert codes(stranger.countersign(permit)) == ["applications.permit_not_offered"]
    no = PermitDeclined(permit=permit["id"], steward="贼", reason="捣乱")
    assert codes(stranger.deliver(no)) == ["applications.permit_not_offered"]
    assert story.operator.get(path)["state"] == "countersigning"


def test_one_yes_is_counted_once(story: Story) -> None:
    _, permit = permitted(story)
    node = story["h1"].node
    assert not node.countersign(permit).problems
    assert codes(node.countersign(permit)) == ["applications.permit_not_offered"]
    assert not Permit.objects.get(pk=permit["id"]).in_force


def test_refused_messages_are_in_the_log_with_their_codes(story: Story) -> None:
    _, permit = permitted(story)
    story["h1"].node.countersign(permit, key=SigningKey.generate())
    event = LoggedEvent.objects.filter(action="node.message_refused").last()
    assert event is not None
    assert "applications.bad_countersignature" in str(event.__dict__)


def test_a_permit_altered_in_the_database_is_no_permit_any_more(story: Story) -> None:
    _, permit = active(story)
    row = Permit.objects.get(pk=permit["id"])
    longer = unb64(row.payload).replace(b'"runs":20', b'"runs":99')
    Permit.objects.filter(pk=row.pk).update(payload=b64(longer))
    assert not Permit.objects.get(pk=row.pk).signed.signed_by(hub_key().verify_key)


# --- answers ---------------------------------------------------------------------------------


@pytest.fixture
def running(story: Story) -> Story:
    _, permit = active(story, *SPONSORS)
    story["a"].researcher.post("/studies/", permit=permit["id"])
    return story


@pytest.mark.parametrize(
    "spoil",
    [
        {"layout": "0" * 64},
        {"masked": False},
        {"round": "round_other"},
        {"task": "task_other"},
    ],
)
def test_an_answer_to_another_task_is_refused_and_the_task_still_waits(running, spoil) -> None:
    (task,) = tasks(running["b"])
    assert codes(answer(running["b"], task, **spoil)) == ["studies.wrong_task"]
    assert Task.objects.get(pk=task.task).state == "sent"
    assert not answer(running["b"], task).problems


def test_a_node_cannot_answer_for_another(running: Story) -> None:
    (task,) = tasks(running["b"])
    good = computed(running["b"], task)
    assert codes(running["c"].node.deliver(good)) == ["studies.wrong_task"]
    assert Task.objects.get(pk=task.task).state == "sent"


def spoilt(values: tuple, how: str) -> list:
    first = values[0]
    return {
        "short": list(values[:-1]),
        "long": [*values, "0"],
        "none": [None, *values[1:]],
        "too large": [str(MODULUS), *values[1:]],
        "negative": ["-1", *values[1:]],
        "added": [str((int(first) + 1000) % MODULUS), *values[1:]],
        "no check": [*values[:-1], "1"],
    }[how]


@pytest.mark.parametrize("how", ["short", "long", "none", "too large", "negative", "no check"])
def test_an_ill_formed_answer_fails_the_round_with_a_code_and_makes_no_output(running, how) -> None:
    for key in SPONSORS:
        (task,) = tasks(running[key])
        good = computed(running[key], task)
        values = spoilt(good.values, how) if key == "b" else list(good.values)
        running[key].node.deliver(StudyAnswer.model_validate({**good.to_json(), "values": values}))
    run = Run.objects.get()
    assert run.state == "failed"
    assert run.problems[0]["code"] in (
        "study.bad_answer", "disclosure.mask_check_failed",
    )  # fmt: skip
    assert not Output.objects.exists()


def test_answers_that_are_no_integers_are_refused_at_the_door(running: Story) -> None:
    (task,) = tasks(running["b"])
    good = computed(running["b"], task).to_json()
    for wrong in ("1.5", "NaN", "0x10", "1e9", "٣"):
        with pytest.raises(ValueError):
            StudyAnswer.model_validate({**good, "values": [wrong, *good["values"][1:]]})


def test_an_answer_of_another_round_cannot_be_used_again(running: Story) -> None:
    """After a retry the masks are fresh: an old share in a new round breaks the sum."""
    (task,) = tasks(running["b"])
    old = computed(running["b"], task).to_json()
    answer(running["c"], tasks(running["c"])[0], values=[], problems=[{"code": "node.stopped"}])
    run = Run.objects.get()
    running["a"].researcher.post(f"/studies/runs/{run.id}/retry")
    for key in SPONSORS:
        newest = tasks(running[key])[-1]
        good = computed(running[key], newest).to_json()
        values = old["values"] if key == "b" else good["values"]
        running[key].node.deliver(StudyAnswer.model_validate({**good, "values": values}))
    renewed = Run.objects.exclude(pk=run.pk).get()
    assert renewed.state == "failed"
    assert renewed.problems[0]["code"] == "disclosure.mask_check_failed"


def test_two_nodes_that_collude_learn_only_what_they_gave(running: Story) -> None:
    """The hub stores shares; two of three do not unmask the third."""
    shares = []
    for key in ("a", "b"):
        (task,) = tasks(running[key])
        shares.append([int(v) for v in computed(running[key], task).values if v is not None])
    with pytest.raises(QundaoError):
        unmask_sum(shares)


def test_a_revoked_node_is_not_asked_for_anything_new(story: Story) -> None:
    Node.objects.filter(pk=story["h1"].node.id).update(state=Node.State.REVOKED)
    asked = story["a"].researcher.post(
        "/explore/questions", predicate=to_json(BandedPredicate(StandardModel.OMOP))
    )
    assert [a["accession"] for a in asked["answers"]] == [story.accessions["h2"]]


def test_a_late_envelope_is_not_opened(story: Story) -> None:
    with pytest.raises(QundaoError) as refused:
        story["h1"].node.deliver(
            PermitDeclined(permit="permit_1", steward="x", reason="y"),
            now=now() - timedelta(days=60),
        )
    assert refused.value.code == "protocol.not_in_time"
