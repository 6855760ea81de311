"""The study desk over its API: rounds over nodes, sums, review, release, payment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qundao.hub.auditlog.models import LoggedEvent
from qundao.hub.common.clock import reading
from qundao.hub.ledger.queries import balance, broken_laws
from qundao.hub.studies.models import Run, Task
from qundao.kernel.clock import FixedClock
from support.hub_applications import HOSPITALS, SPONSORS, active, permitted
from support.hub_story import Story
from support.hub_studies import PERSONS, answer, answer_all, forget, shown, tasks

pytestmark = pytest.mark.usefixtures("story")


def start(story: Story, permit: dict) -> dict:
    return story["a"].researcher.post("/studies/", permit=permit["id"])


def begun(story: Story, *keys: str) -> dict:
    _, permit = active(story, *keys)
    return start(story, permit)


def release(story: Story, study: dict, number: int = 0) -> dict:
    told = story.reviewers[0].get(f"/studies/{study['id']}")
    output = shown(told)[number]
    return story.reviewers[0].post(f"/studies/outputs/{output['id']}/decision", release=True)


# --- starting ------------------------------------------------------------------------------


def test_starting_sends_one_signed_task_to_each_node_of_each_analysis(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    assert (study["state"], len(study["runs"])) == ("running", 2)
    for key in HOSPITALS:
        sent = tasks(story[key])
        assert [t.analysis for t in sent] == ["outcome", "table1"]
        assert {t.accession for t in sent} == {story.accessions[key]}
        assert {t.dataset for t in sent} == {"ehr"}
        assert all(not t.round.masked and len(t.round.participants) == 2 for t in sent)
    assert tasks(story["b"]) == []


def test_with_three_nodes_the_shared_arm_is_masked(story: Story) -> None:
    begun(story, *SPONSORS)
    (task,) = tasks(story["b"])
    assert (task.round.masked, task.round.masked_groups) == (True, ("placebo",))
    assert task.round.participants == tuple(sorted(story[k].node.id for k in SPONSORS))


def test_starting_twice_starts_once(story: Story) -> None:
    _, permit = active(story)
    first, second = start(story, permit), start(story, permit)
    assert first["id"] == second["id"]
    assert len(tasks(story["h1"])) == 2


def test_nothing_starts_before_every_node_has_signed(story: Story) -> None:
    _, permit = permitted(story)
    story["h1"].node.countersign(permit)
    refused = story["a"].researcher.refused("post", "/studies/", 409, permit=permit["id"])
    assert refused == ["studies.permit_not_in_force"]


@pytest.mark.parametrize("end", ["close", "revoke"])
def test_nothing_starts_after_the_use_has_ended(story: Story, end: str) -> None:
    path, permit = active(story)
    if end == "close":
        story["a"].researcher.post(f"{path}/close")
    else:
        story.operator.post(f"/applications/permits/{permit['id']}/revoke", reason="违约")
    refused = story["a"].researcher.refused("post", "/studies/", 409, permit=permit["id"])
    assert refused == ["studies.permit_not_in_force"]


# --- answers and sums ------------------------------------------------------------------------


def test_masked_answers_add_up_and_mean_nothing_alone(story: Story) -> None:
    study = begun(story, *SPONSORS)
    answer_all(story, SPONSORS)
    told = story.reviewers[0].get(f"/studies/{study['id']}")
    (output,) = shown(told)
    assert (told["state"], output["state"]) == ("review", "review")
    assert f"{3 * PERSONS}" in str(output["result"])
    alone = [t.values[0] for t in Task.objects.all()]  # all placebo subjects, as stored
    assert len(set(alone)) == 3
    assert str(PERSONS) not in alone


def test_two_hospitals_add_up_as_records(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    answer_all(story, HOSPITALS)
    outputs = shown(story.reviewers[0].get(f"/studies/{study['id']}"))
    assert len(outputs) == 2
    for output in outputs:
        assert "records, not persons" in str(output["result"]["notes"])
        assert str(2 * PERSONS) in str(output["result"]["tables"])


def test_an_output_waits_for_the_last_answer(story: Story) -> None:
    study = begun(story, *SPONSORS)
    for key in ("a", "b"):
        answer(story[key], tasks(story[key])[0])
    told = story["a"].researcher.get(f"/studies/{study['id']}")
    assert (told["state"], shown(told)) == ("running", [])
    assert [t["state"] for t in told["runs"][0]["tasks"]].count("answered") == 2


def test_the_same_answer_delivered_again_changes_nothing(story: Story) -> None:
    begun(story, *SPONSORS)
    (task,) = tasks(story["a"])
    first = answer(story["a"], task)
    second = answer(story["a"], task)  # another message, the same content
    assert not first.problems
    assert [p["code"] for p in second.problems] == ["studies.not_waiting"]
    assert Task.objects.get(pk=task.task).state == "answered"


def test_a_refusal_fails_the_round_and_a_retry_has_a_new_id(story: Story) -> None:
    study = begun(story, *SPONSORS)
    (task,) = tasks(story["b"])
    answer(story["b"], task, values=[], problems=[{"code": "node.stopped", "received": ""}])
    told = story["a"].researcher.get(f"/studies/{study['id']}")
    assert (told["state"], told["runs"][0]["state"]) == ("failed", "failed")
    assert [p["code"] for p in told["runs"][0]["problems"]] == ["node.stopped"]
    for key in SPONSORS:
        forget(story[key])
    retried = story["a"].researcher.post(f"/studies/runs/{told['runs'][0]['id']}/retry")
    assert (retried["attempt"], retried["state"]) == (2, "waiting")
    assert retried["id"] != told["runs"][0]["id"]
    late = answer(story["b"], task)
    assert [p["code"] for p in late.problems] == ["studies.not_waiting"]
    answer_all(story, SPONSORS)
    told = story["a"].researcher.get(f"/studies/{study['id']}")
    assert [(r["state"], r["attempt"]) for r in told["runs"]] == [
        ("superseded", 1),
        ("combined", 2),
    ]
    assert told["state"] == "review"


def test_a_round_is_retried_after_its_deadline_and_not_before(story: Story) -> None:
    study = begun(story, *SPONSORS)
    run = study["runs"][0]
    me, path = story["a"].researcher, f"/studies/runs/{run['id']}/retry"
    assert me.refused("post", path, 409) == ["studies.cannot_retry"]
    with reading(FixedClock(Run.objects.get(pk=run["id"]).deadline + timedelta(seconds=1))):
        assert me.post(path)["attempt"] == 2


# --- review and release ----------------------------------------------------------------------


def test_numbers_are_shown_to_reviewers_first_and_to_all_after_release(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    answer_all(story, HOSPITALS)
    me = story["a"].researcher
    assert all(o["result"] is None for o in shown(me.get(f"/studies/{study['id']}")))
    assert story.reviewers[0].get("/studies/outputs")["total"] == 2
    released = release(story, study)
    assert released["state"] == "released"
    mine = {o["id"]: o["result"] for o in shown(me.get(f"/studies/{study['id']}"))}
    assert mine[released["id"]] is not None
    assert sum(r is None for r in mine.values()) == 1
    assert story.reviewers[0].get("/studies/outputs")["total"] == 1


def test_the_first_release_pays_the_contributors_once(story: Story) -> None:
    study = begun(story, *HOSPITALS)
    answer_all(story, HOSPITALS)
    price = balance(story["a"].id).held
    before = {k: balance(story[k].id) for k in HOSPITALS}
    release(story, study, 0)
    assert balance(story["a"].id).held == 0
    earned = {k: balance(story[k].id).spendable - before[k].spendable for k in HOSPITALS}
    assert all(earned.values())
    assert 0 < sum(earned.values()) <= price
    release(story, study, 1)
    told = story["a"].researcher.get(f"/studies/{study['id']}")
    assert told["state"] == "closed"
    assert LoggedEvent.objects.filter(action="credits.captured").count() == 1
    assert broken_laws() == ()


def test_a_refused_output_needs_a_reason_and_pays_nobody(story: Story) -> None:
    study = begun(story, *SPONSORS)
    answer_all(story, SPONSORS)
    (output,) = shown(story.reviewers[0].get(f"/studies/{study['id']}"))
    path = f"/studies/outputs/{output['id']}/decision"
    assert story.reviewers[0].refused("post", path, 422, release=False) == ["studies.reason_needed"]
    story.reviewers[0].post(path, release=False, reason="第 3 箱可识别")
    assert balance(story["a"].id).held > 0
    again = story.reviewers[1].refused("post", path, 409, release=True)
    assert again == ["studies.already_decided"]
    (mine,) = shown(story["a"].researcher.get(f"/studies/{study['id']}"))
    assert (mine["state"], mine["result"], mine["reason"]) == ("refused", None, "第 3 箱可识别")


def test_nothing_is_released_that_can_no_longer_be_paid(story: Story) -> None:
    """Closing early gives the held credits back; it must not make the result free."""
    path, permit = active(story, *HOSPITALS)
    study = start(story, permit)
    answer_all(story, HOSPITALS)
    story["a"].researcher.post(f"{path}/close")
    assert balance(story["a"].id).held == 0
    output = shown(story.reviewers[0].get(f"/studies/{study['id']}"))[0]
    refused = story.reviewers[0].refused(
        "post", f"/studies/outputs/{output['id']}/decision", 409, release=True
    )
    assert refused == ["studies.unpaid"]
    assert shown(story["a"].researcher.get(f"/studies/{study['id']}"))[0]["result"] is None


def test_the_log_follows_a_study_from_start_to_release(story: Story) -> None:
    study = begun(story, *SPONSORS)
    answer_all(story, SPONSORS)
    release(story, study)
    names = list(LoggedEvent.objects.order_by("sequence").values_list("action", flat=True))
    after = names[names.index("study.started") :]
    assert after.count("task.answered") == 3
    assert sorted(after[-2:]) == ["credits.captured", "output.released"]
