"""The gate: what is withheld, merged, rounded, and which rule says so."""

import pytest

from qundao.disclosure.data_classes import DATA_CLASSES, check_floors, data_class
from qundao.disclosure.gate import gate
from qundao.disclosure.margins import Follow, Margins, RiskSeries, Sum
from qundao.disclosure.risk_series import common_runs, read_runs
from qundao.disclosure.rounding import round_count
from qundao.disclosure.thresholds import Floors, strictest
from qundao.kernel.errors import QundaoError

K10 = Floors(10, 5)


def names(n):
    return [f"c{i}" for i in range(n)]


def row(*values, floors=K10, rounding=1):
    """A total and its parts, through the gate."""
    margins = Margins(tuple(range(len(values))), (Sum(0, tuple(range(1, len(values)))),))
    return gate(names(len(values)), values, margins, floors, rounding)


class TestCounts:
    def test_a_table_without_small_cells_passes_unchanged(self):
        gated = row(100, 60, 40)
        assert gated.values == (100, 60, 40)
        assert [d.rule for d in gated.decisions] == ["shown"]

    def test_one_small_cell_takes_another_with_it(self):
        gated = row(100, 57, 40, 3)
        assert gated.values == (100, 57, None, None)
        assert gated.rules == (None, None, "complementary", "small_cell")

    def test_a_companion_that_would_narrow_the_small_cell_is_not_chosen(self):
        # Hiding the 11 would say: small + hidden = 14, hidden >= 10, so small <= 4.
        gated = row(114, 100, 11, 3)
        assert gated.values == (114, None, 11, None)

    def test_two_small_cells_whose_sum_is_small_take_a_third(self):
        gated = row(107, 60, 40, 4, 3)
        assert gated.values == (107, 60, None, None, None)

    def test_zero_is_shown_unless_the_agreement_says_otherwise(self):
        assert row(60, 60, 0).values == (60, 60, 0)
        strict = Floors(10, 5, zero_is_small=True)
        assert row(60, 60, 0, floors=strict).values == (60, None, None)

    def test_a_small_total_hides_its_whole_breakdown_zeros_too(self):
        gated = row(7, 7, 0)
        assert gated.values == (None, None, None)
        assert gated.rules == ("small_cell", "small_total", "small_total")

    def test_rows_and_columns_are_protected_together(self):
        #            total
        #   3  20 20   43
        #  20 20 20   60
        #  23 40 40  103
        values = (3, 20, 20, 43, 20, 20, 20, 60, 23, 40, 40, 103)
        rows = [Sum(3, (0, 1, 2)), Sum(7, (4, 5, 6)), Sum(11, (8, 9, 10))]
        columns = [Sum(8, (0, 4)), Sum(9, (1, 5)), Sum(10, (2, 6)), Sum(11, (3, 7))]
        gated = gate(names(12), values, Margins(tuple(range(12)), (*rows, *columns)), K10)
        withheld = {i for i, v in enumerate(gated.values) if v is None}
        assert withheld == {0, 1, 4, 5}  # the rectangle around the small cell

    def test_the_parts_of_an_empty_row_are_empty_whatever_else_is_withheld(self):
        #  0  0   0
        #  1  2   3
        #  1  2   3
        values = (0, 0, 0, 1, 2, 3, 1, 2, 3)
        rows = [Sum(2, (0, 1)), Sum(5, (3, 4)), Sum(8, (6, 7))]
        columns = [Sum(6, (0, 3)), Sum(7, (1, 4)), Sum(8, (2, 5))]
        gated = gate(names(9), values, Margins(tuple(range(9)), (*rows, *columns)), Floors(3))
        assert gated.values[:3] == (0, 0, 0)
        assert set(gated.values[3:5] + gated.values[6:8]) == {None}

    def test_a_sum_of_values_follows_its_count(self):
        margins = Margins((0,), (), (Follow(1, 0),))
        assert gate(["n", "sum"], (9, 500), margins, K10).values == (None, None)
        assert gate(["n", "sum"], (10, 500), margins, K10).values == (10, 500)

    def test_what_a_node_withheld_stays_withheld_and_is_protected(self):
        margins = Margins((0, 1, 2, 3), (Sum(0, (1, 2, 3)),))
        gated = gate(names(4), (100, 50, None, 20), margins, K10)
        assert gated.values[2] is None
        assert sum(v is None for v in gated.values) == 2
        assert gated.rules[2] == "at_node"

    def test_rounding_comes_last(self):
        assert row(104, 62, 42, rounding=5).values == (105, 60, 40)
        assert row(104, 96, 8, rounding=5).values == (105, None, None)

    @pytest.mark.parametrize(
        ("count", "base", "rounded"), [(12, 5, 10), (13, 5, 15), (25, 10, 30), (7, 1, 7)]
    )
    def test_rounds_to_the_nearest_multiple_halves_upwards(self, count, base, rounded):
        assert round_count(count, base) == rounded

    def test_a_table_that_contradicts_itself_is_not_let_out(self):
        with pytest.raises(QundaoError) as caught:
            row(100, 60, 41)
        assert caught.value.code == "disclosure.bad_table"
        with pytest.raises(QundaoError):
            row(10, 60, -50)

    def test_every_withheld_cell_stands_in_a_decision_with_its_rule_in_both_languages(self):
        gated = row(100, 57, 40, 3)
        found = {c: d for d in gated.decisions if d.action == "withheld" for c in d.cells}
        assert set(found) == {"c2", "c3"}
        assert found["c3"].words.en == "fewer than 10 people"
        assert "10" in found["c3"].words.zh
        assert found["c2"].to_json()["rule"] == "complementary"


def life_table(start, events, exits):
    """The cells (start, events…, exits…, left) and their margins."""
    m = len(events)
    series = RiskSeries(0, tuple(range(1, m + 1)), tuple(range(m + 1, 2 * m + 1)), 2 * m + 1)
    values = (start, *events, *exits, start - sum(events) - sum(exits))
    return values, Margins(series=(series,))


def released(start, events, exits, floors=K10):
    values, margins = life_table(start, events, exits)
    gated = gate(names(len(values)), values, margins, floors)
    return gated, [
        (r.first, r.last, r.before, r.events, r.exits)
        for r in read_runs(gated.values, margins.series[0])
    ]


class TestRiskSeries:
    def test_neighbours_merge_forward_until_the_event_floor_is_met(self):
        gated, runs = released(100, (7, 2, 4, 9), (1, 1, 1, 1))
        assert runs == [(0, 0, 100, 7, 1), (1, 2, 92, 6, 2), (3, 3, 84, 9, 1)]
        assert gated.rules[2] == "merged"

    def test_a_tail_below_the_floor_is_withheld_and_says_so(self):
        gated, runs = released(86, (13, 6, 6, 4), (4, 3, 5, 45))
        assert [r[2:4] for r in runs] == [(86, 13), (69, 6), (60, 6)]
        assert gated.values[-1] is None
        tail = next(d for d in gated.decisions if d.rule == "tail")
        assert tail.cells == ("c4", "c8", "c9")
        assert "5" in tail.words.en

    def test_a_run_does_not_end_where_few_would_be_left(self):
        # 60 - 6 - 51 leaves 3 people, a number anyone could work out.
        _, runs = released(60, (6, 0), (51, 2))
        assert runs == []
        _, runs = released(60, (6, 1), (51, 2))
        assert runs == [(0, 1, 60, 7, 53)]  # nobody is left

    def test_a_group_below_the_cell_floor_shows_nothing(self):
        gated, runs = released(9, (5, 4), (0, 0))
        assert runs == []
        assert set(gated.values) == {None}

    def test_a_group_with_nobody_shows_its_zeros(self):
        gated, _ = released(0, (0, 0), (0, 0))
        assert set(gated.values) == {0}

    def test_without_floors_everything_is_shown(self):
        gated, runs = released(5, (1, 0, 1), (0, 1, 0), Floors(1, 0))
        assert gated.values == (5, 1, 0, 1, 0, 1, 0, 2)
        assert len(runs) == 3

    def test_the_gate_is_idempotent(self):
        values, margins = life_table(86, (13, 6, 3, 4), (4, 3, 5, 45))
        once = gate(names(10), values, margins, K10)
        assert gate(names(10), once.values, margins, K10).values == once.values

    def test_nodes_with_different_runs_are_summed_over_their_common_edges(self):
        _, (values, margins) = None, life_table(100, (7, 2, 4, 9), (0, 0, 0, 0))
        a = read_runs(gate(names(10), values, margins, K10).values, margins.series[0])
        values, _ = life_table(50, (2, 2, 6, 5), (0, 0, 0, 0))
        b = read_runs(gate(names(10), values, margins, K10).values, margins.series[0])
        assert [(r.first, r.last) for r in a] == [(0, 0), (1, 2), (3, 3)]
        assert [(r.first, r.last) for r in b] == [(0, 2), (3, 3)]
        summed = common_runs([a, b])
        assert [(r.first, r.last, r.before, r.events) for r in summed] == [
            (0, 2, 150, 23),
            (3, 3, 127, 14),
        ]

    def test_a_life_table_is_not_rounded(self):
        values, margins = life_table(86, (13, 6), (4, 3))
        with pytest.raises(QundaoError) as caught:
            gate(names(6), values, margins, K10, rounding=5)
        assert caught.value.code == "disclosure.bad_rounding"


class TestThresholds:
    def test_the_strictest_floors_satisfy_every_agreement(self):
        assert strictest([Floors(10, 0), Floors(5, 5), Floors(3, 0, True)]) == Floors(10, 5, True)

    @pytest.mark.parametrize(("cell", "event"), [(0, 0), (10, -1)])
    def test_impossible_floors_are_refused(self, cell, event):
        with pytest.raises(QundaoError):
            Floors(cell, event)

    def test_hospital_records_default_to_ten(self):
        assert data_class("hospital_records").default.min_cell == 10

    def test_a_contract_may_open_trial_arms_but_not_hospital_records(self):
        assert check_floors("trial_arm", Floors(3, 0)) == ()
        found = check_floors("hospital_records", Floors(3, 0))
        assert [(p.code, p.where) for p in found] == [
            ("disclosure.bad_floors", "min_cell"),
            ("disclosure.bad_floors", "event_floor"),
        ]

    def test_every_default_is_allowed_by_its_own_class(self):
        assert all(not check_floors(c.id, c.default) for c in DATA_CLASSES.values())

    def test_an_unknown_class_is_refused_with_the_known_ones(self):
        with pytest.raises(QundaoError) as caught:
            data_class("horoscopes")
        assert "trial_arm" in caught.value.problems[0].line("en")


def test_a_refused_table_names_cells_and_never_their_values():
    """Who sends a poisoned share must not read the others' numbers in the refusal."""
    with pytest.raises(QundaoError) as caught:
        gate(("a", "b", "c"), (-997, 1, 5), Margins((0, 1, 2), (Sum(2, (0, 1)),)), Floors(10))
    told = " ".join(str(p.to_json()) for p in caught.value.problems)
    assert caught.value.code == "disclosure.bad_table"
    assert "997" not in told
    assert "996" not in told
