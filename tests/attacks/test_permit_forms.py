"""Permits whose bytes say something a threshold or a reader could misunderstand."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.access.permit import Countersignature, Permit, sign_permit
from qundao.kernel.errors import QundaoError
from support.permits import HUB_KEY, START, countersign, entry, make_permit, terms


def spoilt(change):
    data = json.loads(make_permit().to_bytes())
    change(data)
    return json.dumps(data, ensure_ascii=False).encode()


def refused(payload):
    with pytest.raises(QundaoError) as caught:
        Permit.from_bytes(payload)
    assert caught.value.code == "access.bad_permit"
    return caught.value.problems[0]


def test_reads_what_it_writes():
    permit = make_permit()
    assert Permit.from_bytes(permit.to_bytes()) == permit
    assert sign_permit(permit, HUB_KEY).permit == permit


@pytest.mark.parametrize("value", [9.5, True, "10", None, float("nan"), 0, -1, [10]])
def test_a_threshold_is_a_whole_number_from_one(value):
    payload = spoilt(lambda d: d["datasets"][0].update(min_cell=value))
    assert "datasets" in refused(payload).where or value != value


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(runs=1.5),
        lambda d: d.update(runs=0),
        lambda d: d.update(schema="qundao.permit/2"),
        lambda d: d.update(extra="unnoticed"),
        lambda d: d.update(expires_at=d["not_before"]),
        lambda d: d.update(analyses=[]),
        lambda d: d.update(analyses=["km", "km"]),
        lambda d: d.update(datasets=[]),
        lambda d: d.update(id=""),
        lambda d: d.pop("purpose"),
        lambda d: d["datasets"].append(d["datasets"][0]),
        lambda d: d["datasets"][0].update(accession="QD000001"),
        lambda d: d["roster"].pop(),
        lambda d: d["roster"].append(d["roster"][0] | {"mask_key": "another"}),
        lambda d: d["roster"][1].update(mask_key=d["roster"][0]["mask_key"]),
        lambda d: d["roster"][1].update(verify_key=d["roster"][0]["verify_key"]),
        lambda d: d["roster"][1].pop("mask_signature"),
    ],
)
def test_malformed_permits_are_refused(change):
    refused(spoilt(change))


def test_a_name_given_twice_is_refused():
    payload = make_permit().to_bytes().replace(b'"runs":3', b'"runs":1,"runs":3')
    assert "once" in refused(payload).received


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(payload):
    refused(payload)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_json_is_read_or_refused(value):
    refused(json.dumps(value).encode())


def test_a_countersignature_reads_what_it_writes():
    payload, _ = countersign(sign_permit(make_permit(), HUB_KEY))
    assert Countersignature.from_bytes(payload).to_bytes() == payload


@pytest.mark.parametrize("payload", [b"[]", b"{}", b'{"at": 3}', b"", b"\xff"])
def test_a_malformed_countersignature_is_refused(payload):
    with pytest.raises(QundaoError) as caught:
        Countersignature.from_bytes(payload)
    assert caught.value.code == "access.bad_permit"


def test_the_roster_must_hold_each_contributing_node():
    with pytest.raises(QundaoError) as caught:
        make_permit(datasets=(terms("node_a", 1),), roster=(entry("node_b"),))
    assert caught.value.problems[0].where == "roster"


def test_a_permit_ends_after_it_begins():
    with pytest.raises(QundaoError):
        make_permit(expires_at=START - timedelta(seconds=1))
