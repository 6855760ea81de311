"""What an attacker, the hub included, may try against a node's own check of a task."""

from datetime import timedelta

import pytest

from qundao.access.permit import SignedPermit, sign_permit
from qundao.access.permit_check import check
from qundao.kernel.signing import SigningKey
from support.permits import (
    HUB_KEY,
    NODE_KEYS,
    NODES,
    START,
    countersign,
    entry,
    good_case,
    make_permit,
    terms,
)

OWN = NODE_KEYS["node_a"].verify_key
NOW = START + timedelta(days=1)


def codes(case, now=NOW):
    found = check(case.request, case.record, HUB_KEY.verify_key, OWN, now)
    return [(p.code.removeprefix("access."), p.where) for p in found]


def test_an_honest_task_passes():
    assert codes(good_case()) == []


def test_two_hospitals_pass_unmasked():
    permit = make_permit(
        datasets=tuple(terms(n, i) for i, n in enumerate(NODES[:2], 1)),
        roster=tuple(entry(n) for n in NODES[:2]),
    )
    two = NODES[:2]
    honest = {"contributors": two, "participants": two, "must_mask": False, "masked": False}
    assert codes(good_case(permit, **honest)) == []


class TestForgery:
    def test_a_permit_signed_by_another_key(self):
        case = good_case()
        case.signed = sign_permit(case.signed.permit, SigningKey.generate())
        case.countersignature, case.signature = countersign(case.signed)
        assert codes(case) == [("permit_forged", "")]

    def test_an_altered_permit_under_the_old_signature(self):
        case = good_case()
        payload = case.signed.payload.replace(b'"runs":3', b'"runs":9')
        assert payload != case.signed.payload
        case.signed = SignedPermit(payload, case.signed.hub_signature)
        assert codes(case) == [("permit_forged", "")]

    def test_a_signature_of_the_same_bytes_as_another_kind_of_document(self):
        case = good_case()
        case.signed = SignedPermit(case.signed.payload, HUB_KEY.sign("x/y", case.signed.payload))
        assert codes(case) == [("permit_forged", "")]


class TestSecondKey:
    def test_no_countersignature(self):
        case = good_case()
        case.countersignature = case.signature = None
        assert codes(case) == [("permit_not_countersigned", "")]

    def test_a_countersignature_made_by_the_hub(self):
        case = good_case()
        case.countersignature, case.signature = countersign(case.signed, key=HUB_KEY)
        assert codes(case) == [("permit_not_countersigned", "")]

    def test_a_yes_to_an_earlier_permit_under_the_same_id(self):
        case = good_case()
        case.signed = sign_permit(make_permit(runs=4), HUB_KEY)
        assert codes(case) == [("permit_not_countersigned", "")]

    def test_another_nodes_yes(self):
        case = good_case()
        case.countersignature, _ = countersign(case.signed, "node_b")
        case.signature = NODE_KEYS["node_b"].sign("x", case.countersignature)
        assert codes(case) == [("permit_not_countersigned", "")]


class TestTime:
    @pytest.mark.parametrize(
        ("now", "found"),
        [
            (START - timedelta(microseconds=1), ["permit_not_in_force"]),
            (START, []),
            (START + timedelta(days=30, microseconds=-1), []),
            (START + timedelta(days=30), ["permit_not_in_force"]),
        ],
    )
    def test_in_force_from_the_first_instant_to_before_the_last(self, now, found):
        assert [c for c, _ in codes(good_case(), now)] == found

    def test_revoked(self):
        case = good_case()
        case.revoked = True
        assert codes(case) == [("permit_revoked", "")]

    def test_runs_used_up(self):
        case = good_case()
        case.runs_used = 3
        assert codes(case) == [("permit_spent", "")]


class TestBeyondThePermit:
    @pytest.mark.parametrize(
        ("changed", "where"),
        [
            ({"accession": "QD000009.1"}, "accession"),
            ({"accession": "QD000002.1"}, "accession"),
            ({"accession": "QD000001.2"}, "accession"),
            ({"analysis": "everything"}, "analysis"),
            ({"protocol_digest": "e" * 64}, "protocol"),
        ],
    )
    def test_other_data_analysis_or_protocol(self, changed, where):
        assert codes(good_case(**changed)) == [("outside_permit", where)]

    @pytest.mark.parametrize(
        ("participants", "masked"),
        [
            (("node_a",), False),
            (("node_a", "node_b"), False),
            (("node_a", "node_b", "node_x"), True),
            (("node_b", "node_c"), True),
            (("node_a", "node_a", "node_b", "node_c"), True),
            ((), True),
        ],
    )
    def test_participants_other_than_the_protocols(self, participants, masked):
        found = codes(good_case(participants=participants, masked=masked))
        assert ("outside_permit", "participants") in found

    def test_unmasked_though_three_take_part(self):
        assert codes(good_case(masked=False)) == [("outside_permit", "masked")]

    def test_masks_that_hide_nothing_between_two(self):
        two = NODES[:2]
        found = codes(good_case(contributors=two, participants=two))
        assert found == [("outside_permit", "masked")]

    def test_a_contributor_whom_the_roster_does_not_know(self):
        four = (*NODES, "node_x")
        found = codes(good_case(contributors=four, participants=four))
        assert found == [("outside_permit", "participants")]


def test_every_defect_is_named_at_once():
    case = good_case(analysis="x", protocol_digest="e" * 64, masked=False)
    case.revoked, case.runs_used = True, 99
    found = [c for c, _ in codes(case, START - timedelta(days=1))]
    assert found == [
        "permit_revoked",
        "permit_not_in_force",
        "permit_spent",
        "outside_permit",
        "outside_permit",
        "outside_permit",
    ]
