"""Reading an application: all defects at once, each where it is."""

from __future__ import annotations

from datetime import date

import pytest

from qundao.access.application import FIELDS, STEPS, defects, read_plan
from qundao.kernel.errors import QundaoError
from support.access_cases import TODAY, good_draft


def wheres(draft):
    return [p.where for p in defects(draft, TODAY)]


def test_a_complete_application_reads():
    plan = read_plan(good_draft(), TODAY)
    assert plan.datasets == ("QD000001.1", "QD000002.1")
    assert (plan.start, plan.end) == (date(2026, 12, 1), date(2027, 11, 30))
    assert plan.foreign_route is None


def test_an_empty_draft_lists_every_required_field_once_in_order():
    assert wheres({}) == [f.name for f in FIELDS if f.required]


def test_all_defects_come_at_once_with_what_was_required():
    draft = good_draft(
        title="短", purpose="profit", commercial="no", datasets=["QD000001", "x"], runs=True,
        end="2026-11-01", colour="blue",
    )  # fmt: skip
    with pytest.raises(QundaoError) as refused:
        read_plan(draft, TODAY)
    found = {(p.where, p.received) for p in refused.value.problems}
    assert found == {
        ("title", "短"),
        ("purpose", "profit"),
        ("commercial", "no"),
        ("datasets", "['QD000001', 'x']"),
        ("runs", "True"),
        ("colour", "blue"),
        ("end", "2026-11-01"),
    }
    assert all(p.text("en")["required"] not in ("", "–") for p in refused.value.problems)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"end": "2026-12-01"}, "end"),  # ends as it starts
        ({"end": "2030-12-31", "retention_until": "2031-01-01"}, "end"),  # too long
        ({"retention_until": "2027-01-01"}, "retention_until"),
        ({"start": "2025-01-01", "end": "2026-11-23"}, "end"),  # over already
        ({"start": "soon"}, "start"),
        ({"runs": 0}, "runs"),
        ({"runs": 1001}, "runs"),
        ({"datasets": ["QD000001.1", "QD000001.1"]}, "datasets"),
        ({"datasets": []}, "datasets"),
        ({"researchers": [""]}, "researchers"),
        ({"title": ["a", "b"]}, "title"),
        ({"ethics_kind": "none"}, "ethics_kind"),
    ],
)
def test_each_rule_is_named_at_its_field(changed, where):
    assert wheres(good_draft(**changed)) == [where]


def test_every_field_belongs_to_a_step_and_steps_follow_each_other():
    steps = [f.step for f in FIELDS]
    assert list(dict.fromkeys(steps)) == list(STEPS)
    assert steps == sorted(steps, key=list(STEPS).index)
    assert len({f.name for f in FIELDS}) == len(FIELDS)
