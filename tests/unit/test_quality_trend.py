"""What changed between two versions, told from scorecards alone and with the findings at hand."""

from __future__ import annotations

import pytest

from qundao.quality.trend import Outcome, Version, changes, question_words, steps

WHERE = {"table": "PERSON", "field": "GENDER_CONCEPT_ID"}


def cost(points, check="isRequired", **where):
    return {"check": check, "rule": None, **WHERE, **where, "points": points}


def card(total, *costs, waived=(), digest="a"):
    return {
        "total": total,
        "categories": {"conformance": total},
        "costs": list(costs),
        "waived": list(waived),
        "catalogue": {"digest": digest},
    }


def finding(status, check="isRequired"):
    return {"check": check, "rule": None, **WHERE, "status": status}


@pytest.mark.parametrize(
    ("before", "after", "findings", "outcome"),
    [
        (card(100), card(95, cost(5)), None, Outcome.NEW),
        (card(95, cost(5)), card(100), None, Outcome.ENDED),
        (card(95, cost(5)), card(100), [finding("passed")], Outcome.MENDED),
        (card(95, cost(5)), card(100), [finding("not_applicable")], Outcome.DROPPED),
        (card(95, cost(5)), card(100), [], Outcome.DROPPED),
        (card(95, cost(5)), card(90, cost(10)), None, Outcome.MORE),
        (card(90, cost(10)), card(95, cost(5)), None, Outcome.LESS),
        (card(95, cost(5)), card(100, waived=[cost(5)]), [finding("failed")], Outcome.WAIVED),
        (card(100, waived=[cost(5)]), card(95, cost(5)), None, Outcome.LAPSED),
    ],
)
def test_what_became_of_a_place(before, after, findings, outcome):
    (change,) = changes(before, after, findings)
    assert change.outcome is outcome
    assert change.gain == pytest.approx(after["total"] - before["total"])
    assert change.place.shown == "PERSON.GENDER_CONCEPT_ID"


def test_what_stays_as_it_was_is_no_change():
    assert changes(card(95, cost(5)), card(95, cost(5.001))) == ()


def test_concepts_of_one_place_are_told_together_and_rules_apart():
    before = card(90, cost(4), cost(6))
    after = card(97, cost(2), cost(1, check="isConsistent", rule="QD-SDTM-0001"))
    assert [(c.outcome, c.before, c.after) for c in changes(before, after)] == [
        (Outcome.LESS, 10, 2),
        (Outcome.NEW, 0, 1),
    ]


def test_steps_compare_each_version_with_the_one_before():
    one, two, three = (
        Version("1", card(90, cost(10))),
        Version("2", card(95, cost(5))),
        Version("3", card(97, cost(3), digest="b")),
    )
    first, second, third = steps([one, two, three])
    assert (first.comparable, first.gain, first.changes) == (None, None, ())
    assert (second.comparable, second.gain) == (True, 5)
    assert (third.comparable, third.gain) == (False, None)
    assert steps([]) == ()


def test_failed_mended_and_moved_part_the_changes():
    before = card(85, cost(10), cost(5, field="A"))
    after = card(80, cost(12), cost(8, field="B"))
    (_, step) = steps([Version("1", before), Version("2", after)])
    assert [c.place.field for c in step.failed] == ["B"]
    assert [c.place.field for c in step.mended] == ["A"]
    assert [c.place.field for c in step.moved] == ["GENDER_CONCEPT_ID"]


def test_words_of_a_rule_a_kind_and_of_neither():
    assert question_words("isRequired", "isRequired").en == "a required field is empty"
    assert question_words("isConsistent", "QD-SDTM-0001").en != "QD-SDTM-0001"
    assert question_words("unknown", "OWN-1").zh == "OWN-1"
