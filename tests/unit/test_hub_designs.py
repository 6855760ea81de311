"""The forms that make a protocol make the one that their fields say, or list every defect."""

from __future__ import annotations

import pytest

from qundao.hub.applications.designs import COMPARISON, SURVIVAL, comparison, survival
from qundao.kernel.errors import QundaoError
from qundao.query.words import words
from qundao.study import plan_round, protocol_from_json

DRUGS = {
    "drug_a": "1118084",
    "drug_a_name": "celecoxib",
    "drug_b": "1124300",
    "drug_b_name": "diclofenac",
    "event": "192671",
    "event_name": "GI haemorrhage",
    "days": "365",
}
TRIAL = {
    "parameter": "TTDE",
    "control": "Placebo",
    "treated": "Xanomeline Low Dose, Xanomeline High Dose",
    "treated_from": "QD000003.1",
    "step": "28",
    "until": "196",
}
HOSPITALS = ("QD000001.1", "QD000002.1")
SPONSORS = ("QD000003.1", "QD000004.1", "QD000005.1")


def test_a_comparison_counts_the_outcome_and_describes_the_groups() -> None:
    made = comparison(DRUGS, HOSPITALS, "题目", "问题")
    assert [a.id for a in made.analyses] == ["outcome", "table1"]
    outcome = made.analysis("outcome")
    assert outcome.spec.method == "counts"
    assert outcome.spec.horizon == 365
    assert all(outcome.groups_of(d) == ("a", "b") for d in HOSPITALS)
    said = words(outcome.spec.source).en
    assert all(code in said for code in ("1118084", "1124300", "192671"))


def test_a_trial_pools_the_control_arm_and_masks_it() -> None:
    made = survival(TRIAL, SPONSORS, "题目", "问题")
    (planned,) = made.analyses
    assert planned.spec.grid == (0, 28, 56, 84, 112, 140, 168, 196)
    assert planned.groups_of("QD000003.1") == ("control", "treated")
    assert planned.groups_of("QD000004.1") == ("control",)
    plan = plan_round(planned, {d: f"node_{i}" for i, d in enumerate(SPONSORS)})
    assert (plan.masked, plan.masked_groups) == (True, ("control",))


@pytest.mark.parametrize(
    "made", [comparison(DRUGS, HOSPITALS, "t", "q"), survival(TRIAL, SPONSORS, "t", "q")]
)
def test_what_a_form_makes_is_an_ordinary_protocol(made) -> None:
    assert protocol_from_json(made.to_json()) == made


@pytest.mark.parametrize(("build", "fields"), [(comparison, COMPARISON), (survival, SURVIVAL)])
def test_an_empty_form_lists_every_field_and_the_datasets(build, fields) -> None:
    with pytest.raises(QundaoError) as caught:
        build({}, (), "", "")
    assert {p.where for p in caught.value.problems} == {"datasets", *fields}


@pytest.mark.parametrize("wrong", ["0", "-3", "1.5", "drug", "99999999999"])
def test_a_concept_id_is_a_whole_number(wrong: str) -> None:
    with pytest.raises(QundaoError) as caught:
        comparison({**DRUGS, "drug_a": wrong}, HOSPITALS, "t", "q")
    assert [(p.where, p.received) for p in caught.value.problems] == [("drug_a", wrong)]


def test_treated_subjects_come_from_a_dataset_of_the_application() -> None:
    with pytest.raises(QundaoError) as caught:
        survival({**TRIAL, "treated_from": "QD000009.1"}, SPONSORS, "t", "q")
    assert [p.where for p in caught.value.problems] == ["treated_from"]
