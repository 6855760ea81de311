"""Laws of comparing rows with those expected: order and labels are free, contents are not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qundao.intake.example_matching import Matching, Wanted
from qundao.intake.mapping.examples import ExpectedRow, Label

VALUES = st.sampled_from([None, 1, 2, "a", "b"])
PEOPLE = st.integers(1, 4)
ROWS = st.lists(st.fixed_dictionaries({"person": PEOPLE, "x": VALUES, "y": VALUES}), max_size=7)


def wanted(rows):
    return [
        Wanted("t", n, ExpectedRow({**r, "person": Label(f"P{r['person']}")}, n))
        for n, r in enumerate(rows, 1)
    ]


def matching(expected, found):
    made = Matching(wanted(expected), {"t": found})
    solved = made.solve()
    return solved, list(made.differences())


@given(ROWS, st.permutations([1, 2, 3, 4]), st.randoms(use_true_random=False))
def test_rows_in_another_order_with_other_pseudonyms_are_the_same(rows, names, random):
    found = [{**r, "person": 1_000 + names[r["person"] - 1]} for r in rows]
    random.shuffle(found)
    assert matching(rows, found) == (True, [])


@given(ROWS.filter(bool), st.data())
def test_a_row_less_or_more_is_always_told(rows, data):
    i = data.draw(st.integers(0, len(rows) - 1))
    solved, told = matching(rows, rows[:i] + rows[i + 1 :])
    assert (solved, [d.kind for d in told].count("missing")) == (False, 1)
    solved, told = matching(rows[:i] + rows[i + 1 :], rows)
    assert [d.kind for d in told] == ["surplus"]
    assert solved


@given(ROWS.filter(bool), st.data())
def test_a_value_that_no_row_has_is_told_as_received(rows, data):
    i = data.draw(st.integers(0, len(rows) - 1))
    found = [dict(r) for r in rows]
    found[i]["x"] = "other"
    solved, told = matching(rows, found)
    assert not solved
    assert ("x", "other") in [(d.field, d.received) for d in told]


@given(st.integers(2, 4))
def test_two_labels_are_never_one_value(n):
    rows = [{"person": i, "x": 1, "y": 1} for i in range(1, n + 1)]
    found = [{**r, "person": 7} for r in rows]
    solved, told = matching(rows, found)
    assert not solved
    assert {d.field for d in told} == {"person"}
    assert len(told) == n - 1
