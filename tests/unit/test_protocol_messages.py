"""The closed vocabulary: what each message admits, and that every defect is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.kernel.errors import QundaoError
from qundao.protocol.messages import (
    _ALL,
    BY_TYPE,
    HUB_TO_NODE,
    NODE_TO_HUB,
    Enrol,
    ExploreAnswer,
    Poll,
    RegisterDataset,
    Round,
    StudyAnswer,
    StudyTask,
    read_body,
)

TASK = {
    "task": "task_1",
    "study": "study_1",
    "permit": "permit_1",
    "protocol_digest": "a" * 64,
    "analysis": "km",
    "accession": "QD000001.1",
    "dataset": "arm-a",
    "round": {"id": "round_1", "participants": ["node_a"], "masked": False},
}


def places(kind, body):
    with pytest.raises(QundaoError) as caught:
        read_body(kind, body)
    assert {p.code for p in caught.value.problems} == {"protocol.bad_message"}
    return {p.where for p in caught.value.problems}


def test_types_are_versioned_and_unique():
    assert len(BY_TYPE) == len(_ALL)
    assert all(name.startswith("qundao.") and name.endswith("/1") for name in BY_TYPE)
    assert not set(NODE_TO_HUB) & set(HUB_TO_NODE)


def test_a_task_reads_what_it_writes():
    task = read_body(StudyTask, TASK)
    assert read_body(StudyTask, task.to_json()) == task
    assert task.round == Round(id="round_1", participants=("node_a",), masked=False)


def test_every_defect_is_named_with_its_place():
    spoilt = {
        **TASK,
        "accession": "QD1",
        "protocol_digest": "A" * 64,
        "extra": 1,
        "round": {"id": "../x", "participants": [], "masked": False},
    }
    found = places(StudyTask, spoilt)
    assert found == {
        "$.accession",
        "$.protocol_digest",
        "$.extra",
        "$.round.id",
        "$.round.participants",
    }


@pytest.mark.parametrize("field", sorted(TASK))
def test_nothing_may_be_missing(field):
    assert places(StudyTask, {k: v for k, v in TASK.items() if k != field}) == {f"$.{field}"}


@given(st.integers(-(2**127), 2**128 - 1))
def test_values_modulo_2_128_travel_as_text(value):
    answer = StudyAnswer(task="t", round="r", masked=True, layout="l", values=(str(value), None))
    assert read_body(StudyAnswer, answer.to_json()).values == (str(value), None)


@pytest.mark.parametrize("value", ["1.5", "-0", "+1", "01", "1e3", "", "1" * 40, "1\n", "１", 7])
def test_other_spellings_of_integers_are_refused(value):
    body = {"task": "t", "round": "r", "masked": True, "layout": "l", "values": ["1", value]}
    assert places(StudyAnswer, body) == {"$.values[1]"}


@pytest.mark.parametrize("epsilon", [float("nan"), float("inf"), -0.1])
def test_epsilon_is_finite_and_not_negative(epsilon):
    body = {"task": "t", "count": 12, "epsilon": epsilon, "spent": 0, "withheld": None}
    assert places(ExploreAnswer, body) == {"$.epsilon"}


def test_a_poll_waits_at_most_a_minute():
    body = {"wait_seconds": 61, "stopped": False, "software": "qundao 0.1.0", "outbox": 0}
    assert places(Poll, body) == {"$.wait_seconds"}


def test_a_dataset_name_is_no_path():
    body = RegisterDataset(
        dataset="a",
        title={"zh": "甲", "en": "A"},
        description={"zh": "甲", "en": "A"},
        data_class="hospital_records",
        tier="federated",
        model="omop 5.4",
        min_cell=10,
        event_floor=0,
        data_digest="0" * 64,
        labels={},
        profile={},
        scorecard={},
    ).to_json()
    assert places(RegisterDataset, {**body, "dataset": "../a", "min_cell": 0}) == {
        "$.dataset",
        "$.min_cell",
    }


def test_an_enrolment_says_which_protocol_it_speaks():
    keys = {"verify_key": "ed25519:x", "mask_key": "x", "mask_signature": "x"}
    enrol = Enrol(code="QD-AAAA-BBBB", software="qundao 1", **keys)
    assert enrol.to_json()["protocol"] == 1
