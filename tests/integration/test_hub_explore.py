"""The feasibility desk over its API: one question, one probe for each dataset, noisy answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from qundao.disclosure.explore import ExplorePolicy
from qundao.hub.explore import queries
from qundao.hub.explore.models import Probe, Question
from qundao.protocol.messages import ExploreAnswer, ExploreTask
from qundao.query import BandedPredicate, HasDrug, InArm, PersonSex, SexIs, to_json
from qundao.query.predicate import StandardModel
from support.hub_story import Party, Story

pytestmark = pytest.mark.usefixtures("story")
WOMEN = to_json(BandedPredicate(StandardModel.OMOP, (SexIs(PersonSex.FEMALE), HasDrug(1118084))))
PLACEBO = to_json(BandedPredicate(StandardModel.CDISC, (InArm("Placebo"),)))


def ask(story: Story, predicate: dict[str, Any] = WOMEN, who: str = "a", **body: Any) -> Any:
    return story[who].researcher.post("/explore/questions", predicate=predicate, **body)


def probes(party: Party) -> list[ExploreTask]:
    return [ExploreTask.model_validate(b) for b in party.node.received(ExploreTask)]


def answer(party: Party, task: str, count: int | None = 840, **changed: Any) -> Any:
    given = {"task": task, "count": count, "epsilon": 0.1, "spent": 0.1, "withheld": None}
    return party.node.deliver(ExploreAnswer.model_validate({**given, **changed}))


def test_a_question_goes_to_every_dataset_that_speaks_its_model(story: Story) -> None:
    asked = ask(story)
    assert {a["accession"] for a in asked["answers"]} == {
        story.accessions["h1"], story.accessions["h2"],
    }  # fmt: skip
    (probe,) = probes(story["h1"])
    assert (probe.member, probe.dataset) == (story["a"].id, "ehr")
    assert probe.predicate == asked["predicate"]
    assert probes(story["b"]) == []
    ask(story, PLACEBO)
    assert [len(probes(story[k])) for k in ("h1", "a", "b", "c")] == [1, 1, 1, 1]


def test_only_the_datasets_that_were_chosen_are_asked(story: Story) -> None:
    asked = ask(story, accessions=[story.accessions["h2"]])
    assert [a["accession"] for a in asked["answers"]] == [story.accessions["h2"]]
    refused = story["a"].researcher.refused(
        "post", "/explore/questions", 422, predicate=WOMEN, accessions=[story.accessions["b"]]
    )
    assert refused == ["explore.no_dataset"]


def test_the_same_question_again_asks_nobody_and_costs_nothing(story: Story) -> None:
    first = ask(story)
    (probe,) = probes(story["h1"])
    answer(story["h1"], probe.task)
    turned = {**WOMEN, "terms": list(reversed(WOMEN["terms"]))}
    again = ask(story, turned)
    assert again["id"] == first["id"]
    assert len(probes(story["h1"])) == 1
    assert [a["count"] for a in again["answers"] if a["state"] == "answered"] == [840]
    assert Question.objects.count() == 1


def test_each_member_has_questions_of_its_own(story: Story) -> None:
    first, second = ask(story), ask(story, who="b")
    assert first["id"] != second["id"]
    assert first["digest"] == second["digest"]
    assert {p.member for p in probes(story["h1"])} == {story["a"].id, story["b"].id}


def test_the_total_says_how_far_it_may_be_off_and_what_is_missing(story: Story) -> None:
    asked = ask(story)
    margin = ExplorePolicy().margin
    answer(story["h1"], probes(story["h1"])[0].task)
    half = story["a"].researcher.get(f"/explore/questions/{asked['id']}")["total"]
    assert half == {
        "records": 840, "margin_95": margin, "shown": 1, "withheld": 0, "refused": 0, "waiting": 1,
    }  # fmt: skip
    answer(story["h2"], probes(story["h2"])[0].task, None, withheld="<10")
    total = story["a"].researcher.get(f"/explore/questions/{asked['id']}")["total"]
    assert (total["records"], total["withheld"], total["waiting"]) == (840, 1, 0)


def test_margins_of_independent_noises_add_like_sides_of_a_right_angle(story: Story) -> None:
    asked = ask(story)
    for key in ("h1", "h2"):
        answer(story[key], probes(story[key])[0].task)
    total = story["a"].researcher.get(f"/explore/questions/{asked['id']}")["total"]
    assert total["records"] == 1680
    assert ExplorePolicy().margin < total["margin_95"] < 2 * ExplorePolicy().margin


def test_what_was_spent_is_told_per_dataset(story: Story) -> None:
    ask(story)
    accession = story.accessions["h1"]
    actor = story["a"].researcher.user.actor
    assert queries.questions_left(actor, accession) == 30
    answer(story["h1"], probes(story["h1"])[0].task)
    assert queries.questions_left(actor, accession) == 29
    assert queries.questions_left(story["b"].researcher.user.actor, accession) == 30


def test_versions_share_a_budget_and_a_new_year_brings_a_new_one(story: Story) -> None:
    ask(story)
    answer(story["h1"], probes(story["h1"])[0].task)
    actor, accession = story["a"].researcher.user.actor, story.accessions["h1"]
    newer = accession.replace(".1", ".2")
    assert queries.questions_left(actor, newer) == 29
    assert queries.questions_left(actor, story.accessions["h2"]) == 30
    Probe.objects.update(answered_at=F("answered_at") - timedelta(days=366))
    assert queries.questions_left(actor, newer) == 30


def test_a_refusal_is_shown_with_its_code(story: Story) -> None:
    asked = ask(story)
    task = probes(story["h1"])[0].task
    spent = {"code": "disclosure.budget_spent", "received": "ε 0"}
    answer(story["h1"], task, None, spent=0, problems=[spent])
    told = story["a"].researcher.get(f"/explore/questions/{asked['id']}")
    refused = next(a for a in told["answers"] if a["state"] == "refused")
    assert refused["problems"][0]["code"] == "disclosure.budget_spent"
    assert told["total"]["refused"] == 1


def test_what_a_node_refused_may_be_asked_again(story: Story) -> None:
    asked = ask(story)
    answer(
        story["h1"], probes(story["h1"])[0].task, None, spent=0, problems=[{"code": "node.stopped"}]
    )
    again = ask(story)
    assert again["id"] == asked["id"]
    assert again["total"]["waiting"] == 2
    first, second = probes(story["h1"])
    assert len(probes(story["h2"])) == 1
    late = answer(story["h1"], first.task)
    assert [p["code"] for p in late.problems] == ["explore.wrong_task"]
    assert not answer(story["h1"], second.task).problems


def test_an_answer_is_taken_once(story: Story) -> None:
    ask(story)
    task = probes(story["h1"])[0].task
    assert not answer(story["h1"], task).problems
    second = answer(story["h1"], task, 1)
    assert [p["code"] for p in second.problems] == ["explore.wrong_task"]
    assert Probe.objects.get(pk=task).count == 840


def test_a_question_that_is_too_fine_or_no_question_is_refused(story: Story) -> None:
    fine = {**WOMEN, "terms": WOMEN["terms"] * 4 + [{"kind": "age_band", "band": "33-33"}]}
    for wrong in (fine, {}, {"schema": "qundao.query/1", "kind": "population"}):
        refused = story["a"].researcher.refused("post", "/explore/questions", 400, predicate=wrong)
        assert refused[0].startswith("query.")
    assert not Question.objects.exists()


def test_a_new_version_is_asked_anew(story: Story) -> None:
    ask(story)
    story["h1"].node.register(event_floor=11)
    again = ask(story)
    versions = {a["accession"] for a in again["answers"]}
    assert versions >= {"QD000001.1", "QD000001.2"}
