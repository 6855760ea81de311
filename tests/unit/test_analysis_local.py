"""The local half: rows into integers, and rows that do not fit."""

import pyarrow as pa
import pytest

from qundao.analysis import blank, combine, gate_local, layout, seal, tally
from qundao.analysis.codes import BAD_ANSWER
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import QundaoError
from support.analysis_cases import OPEN, baseline_rows, counts, km, table1, time_rows

K10 = Floors(10, 5)


def cells(spec, rows):
    return dict(zip(layout(spec).names, tally(rows, spec).values, strict=True))


class TestTally:
    def test_an_interval_includes_its_end_and_not_its_start(self):
        rows = time_rows([("one", d, True) for d in (0, 1, 28, 29, 56, 57)])
        assert tally(rows, km((0, 28, 56), "one")).values == (6, 3, 2, 0, 0, 1)

    def test_counts_stop_at_the_horizon_that_day_included(self):
        rows = time_rows([("one", 365, True), ("one", 366, True), ("one", 10, False)])
        found = cells(counts(365, "one"), rows)
        assert found == {
            "one/all/persons": 3,
            "one/outcome/with/persons": 1,
            "one/outcome/without/persons": 2,
            "one/at_risk/days": 365 + 365 + 10,
        }

    def test_levels_and_sums_of_a_table1(self):
        rows = baseline_rows(
            [
                ("one", 39.96, "F", True),
                ("one", 40.0, "M", False),
                ("one", None, "U", None),
                ("one", 130.0, None, True),
                ("two", 50.0, "F", True),
            ]
        )
        found = cells(table1("one"), rows)
        assert found["one/all/persons"] == 4
        assert found["one/age/observed/persons"] == 2  # 130 lies outside the declared range
        assert found["one/age/sum"] == 400 + 400
        assert found["one/age/sum_squares"] == 400**2 + 400**2
        assert found["one/age/<40/persons"] == 1
        assert found["one/age/40–59/persons"] == 1
        assert found["one/age/≥80/persons"] == 0  # … for the bands of the column too
        assert found["one/sex/other/persons"] == 2
        assert found["one/ulcer/true/persons"] == 2
        assert found["one/ulcer/other/persons"] == 1

    @pytest.mark.parametrize("spec", [counts(9, "one", "two"), km((0, 5), "one"), table1("one")])
    def test_no_rows_make_zeros(self, spec):
        rows = baseline_rows([]) if spec.method == "table1" else time_rows([])
        assert set(tally(rows, spec).values) == {0}

    def test_rows_of_other_arms_are_left_out(self):
        rows = time_rows([("one", 3, True), ("nine", 3, True)])
        assert tally(rows, km((0, 5), "one")).values == (1, 1, 0, 0)

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"time": pa.array([1, None], pa.int32())}, "time"),
            ({"time": pa.array([1, -1], pa.int32())}, "time"),
            ({"time": pa.array([1.5, 2.0])}, "time"),
            ({"event": pa.array([True, None])}, "event"),
            ({"event": pa.array([1, 0])}, "event"),
            ({"subject_id": pa.array([7, 7])}, "subject_id"),
        ],
    )
    @pytest.mark.parametrize("spec", [counts(9, "one"), km((0, 5), "one")])
    def test_rows_that_do_not_fit_make_no_number(self, spec, change, where):
        rows = time_rows([("one", 1, True), ("one", 2, False)])
        for name, column in change.items():
            rows = rows.set_column(rows.column_names.index(name), name, column)
        with pytest.raises(QundaoError) as caught:
            tally(rows, spec)
        assert (caught.value.code, caught.value.problems[0].where) == ("analysis.bad_rows", where)

    def test_a_missing_column_is_named(self):
        with pytest.raises(QundaoError) as caught:
            tally(time_rows([]).drop_columns(["event"]), km((0, 5), "one"))
        assert "event" in caught.value.problems[0].line("en")

    def test_text_where_a_number_belongs(self):
        rows = baseline_rows([("one", 1.0, "F", True)])
        rows = rows.set_column(2, "age", pa.array(["old"]))
        with pytest.raises(QundaoError) as caught:
            tally(rows, table1("one"))
        assert caught.value.problems[0].where == "age"


def same(values):
    """A stand-in for a mask: what goes in, and a check cell."""
    return (*values, 1)


class TestExchange:
    spec = counts(9, "one", "two")
    rows = time_rows([("one", 3, True)] * 0 + [("one", d, d < 4) for d in range(8)])

    def test_a_masked_group_is_not_gated_at_the_node_and_an_open_one_is(self):
        rows = time_rows([(g, d, d < 4) for g in ("one", "two") for d in range(8)])
        gated = gate_local(self.spec, tally(rows, self.spec), K10, ["one"])
        assert gated.values[:3] == (8, 4, 4)
        assert gated.values[4:] == (None, None, None, None)
        by_rule = {d.rule: d.cells for d in gated.decisions}
        assert all(c.startswith("one/") for c in by_rule["masked"])
        assert all(c.startswith("two/") for c in by_rule["small_total"])
        assert "shown" not in by_rule

    def test_only_masked_cells_pass_the_mask(self):
        gated = gate_local(self.spec, tally(self.rows, self.spec), OPEN, ["two"])
        sent = seal(layout(self.spec), gated, ["two"], lambda v: (*(x + 100 for x in v), 7))
        assert sent == (8, 4, 4, 28, 100, 100, 100, 100, 7)

    def test_without_masks_nothing_is_appended(self):
        gated = gate_local(self.spec, tally(self.rows, self.spec), OPEN)
        assert seal(layout(self.spec), gated, [], same) == gated.values

    def test_what_one_node_withholds_is_withheld_in_the_sum(self):
        cells = layout(self.spec)
        totals = combine(cells, [(20, 12, 8, 99, 0, 0, 0, 0), (30, None, None, 50, 0, 0, 0, 0)])
        assert totals.values == (50, None, None, 149, 0, 0, 0, 0)
        assert totals.nodes == 2

    def test_a_node_that_does_not_contribute_a_group_does_not_withhold_it(self):
        cells = layout(self.spec)
        one = (20, 12, 8, 99, None, None, None, None)
        two = (None, None, None, None, 30, 15, 15, 80)
        totals = combine(cells, [blank(cells, one, ["two"]), blank(cells, two, ["one"])])
        assert totals.values == (20, 12, 8, 99, 30, 15, 15, 80)

    def test_life_tables_are_summed_over_the_edges_that_all_nodes_publish(self):
        spec = km((0, 10, 20, 30), "one")
        early = time_rows([("one", 5, True)] * 0 + [("one", d, True) for d in [5] * 6 + [25] * 14])
        late = time_rows([("one", d, True) for d in [5] * 2 + [15] * 8 + [25] * 20])
        gated = [gate_local(spec, tally(r, spec), K10).values for r in (early, late)]
        assert gated[0][1:4] == (6, None, 14)
        assert gated[1][1:4] == (None, 10, 20)
        totals = combine(layout(spec), gated)
        assert totals.values == (50, None, None, 50, None, None, 0, 0)

    def test_an_answer_of_another_length_is_refused(self):
        with pytest.raises(QundaoError) as caught:
            combine(layout(self.spec), [(1, 2, 3)])
        assert caught.value.code == BAD_ANSWER
