"""Planned analyses: JSON there and back, every defect with its path, layouts fixed by protocol."""

import copy

import pytest

from qundao.analysis import (
    METHODS,
    Arm,
    Banded,
    Categorical,
    Continuous,
    Counts,
    KaplanMeier,
    Level,
    layout,
    spec_from_json,
)
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from support.analysis_cases import counts, km, table1, times_source

W = Words("词", "word")
SPECS = {
    "counts": counts(365, "one", "two", rounding=5),
    "table1": table1("one", "two"),
    "kaplan_meier": km((0, 28, 56), "one", "two"),
}


def defects(call, *arguments):
    with pytest.raises(QundaoError) as caught:
        call(*arguments)
    return [(p.where, p.code) for p in caught.value.problems]


def places(data):
    return sorted(where for where, _ in defects(spec_from_json, data))


class TestJson:
    def test_every_method_has_a_case_here(self):
        assert set(SPECS) == set(METHODS)

    @pytest.mark.parametrize("name", SPECS)
    def test_reads_what_it_writes(self, name):
        assert spec_from_json(SPECS[name].to_json()) == SPECS[name]

    @pytest.mark.parametrize("name", SPECS)
    def test_says_what_it_is_in_both_languages(self, name):
        words = SPECS[name].words
        assert "one, two" in words.en
        assert "one、two" in words.zh

    def test_rounding_is_part_of_the_sentence(self):
        assert "multiples of 5" in SPECS["counts"].words.en

    @pytest.mark.parametrize("data", [None, [], "x", {}, {"method": "tarot"}, {"method": 3}])
    def test_an_unknown_method_is_refused_with_the_known_ones(self, data):
        with pytest.raises(QundaoError) as caught:
            spec_from_json(data)
        assert "kaplan_meier" in caught.value.problems[0].line("en")
        assert caught.value.problems[0].where == "$.method"

    def test_all_defects_at_once_each_with_its_path(self):
        data = copy.deepcopy(SPECS["kaplan_meier"].to_json())
        data["arms"][1]["label"]["en"] = ""
        data["arms"][0]["colour"] = "red"
        data["grid"][1] = "28"
        data["source"]["paramcd"] = 7
        data["surprise"] = True
        assert places(data) == [
            "$.arms[0].colour",
            "$.arms[1].label.en",
            "$.grid[1]",
            "$.source.paramcd",
            "$.surprise",
        ]

    def test_a_constructor_s_refusal_carries_the_path_too(self):
        data = SPECS["table1"].to_json()
        data["variables"][1]["edges"] = [60, 40]
        data["variables"][0]["scale"] = 10**9
        assert places(data) == ["$.variables[0].scale", "$.variables[1].edges"]

    def test_a_source_of_the_wrong_kind(self):
        data = SPECS["counts"].to_json() | {"source": SPECS["table1"].to_json()["source"]}
        assert places(data) == ["$.source"]
        data = SPECS["table1"].to_json() | {"source": SPECS["counts"].to_json()["source"]}
        assert places(data) == ["$.source"]

    def test_the_path_starts_where_the_caller_says(self):
        assert defects(spec_from_json, {}, "$.analyses[2].spec") == [
            ("$.analyses[2].spec.method", "analysis.bad_spec")
        ]


class TestConstruction:
    @pytest.mark.parametrize(
        ("grid", "where"),
        [
            ((), "grid"),
            ((0,), "grid"),
            ((1, 28), "grid[0]"),
            ((0, 28, 28), "grid[2]"),
            ((0, 28, 14), "grid[2]"),
            ((0, 40_000), "grid[1]"),
            (tuple(range(2100)), "grid"),
        ],
    )
    def test_a_grid_increases_from_zero(self, grid, where):
        found = defects(lambda: km(grid, "one"))
        assert where in [w for w, _ in found]

    def test_arms_are_well_named_differ_and_exist_in_the_source(self):
        source = times_source("one", "Two")
        arms = (Arm("one", W), Arm("one", W), Arm("Two", W), Arm("three", W))
        found = defects(Counts, source, arms, 365)
        assert [w for w, _ in found] == ["arms[1]", "arms[2]", "arms[3].id"]
        assert defects(Counts, source, (), 365)[0][0] == "arms"

    @pytest.mark.parametrize("horizon", [0, -1, 40_000])
    def test_a_horizon_is_a_number_of_days(self, horizon):
        assert defects(Counts, times_source("one"), (Arm("one", W),), horizon) == [
            ("horizon", "analysis.bad_spec")
        ]

    def test_rounding_has_bounds(self):
        found = defects(Counts, times_source("one"), (Arm("one", W),), 365, 1000)
        assert found == [("rounding", "disclosure.bad_rounding")]

    @pytest.mark.parametrize("levels", [(), ("F", "F"), ("other",)])
    def test_levels_are_named_once_and_other_is_ours(self, levels):
        assert defects(Categorical, "sex", W, tuple(Level(v, W) for v in levels))

    @pytest.mark.parametrize(("low", "high", "scale"), [(5, 5, 1), (0, 120, 0), (0, 10**9, 10)])
    def test_numbers_have_a_range_that_fits_a_mask(self, low, high, scale):
        assert defects(Continuous, "age", W, W, low, high, scale)

    def test_a_column_has_one_set_of_levels(self):
        spec = table1("one")
        again = Banded("age", W, (50,))
        found = defects(type(spec), spec.source, spec.arms, (*spec.variables, again))
        assert found == [("variables[4]", "analysis.bad_spec")]

    def test_a_variable_exists_in_the_source(self):
        spec = table1("one")
        found = defects(type(spec), spec.source, spec.arms, (Banded("bmi", W, (25,)),))
        assert found == [("variables[0].column", "analysis.bad_spec")]

    def test_bands_are_named_as_readers_write_them(self):
        levels = Banded("age", W, (18, 65, 66)).levels
        assert [v.value for v in levels] == ["<18", "18–64", "65", "≥66"]


class TestLayout:
    def test_cells_have_names_that_differ(self):
        for spec in SPECS.values():
            names = layout(spec).names
            assert len(set(names)) == len(names)

    def test_the_digest_changes_with_anything_that_changes_the_meaning(self):
        digests = {
            layout(s).digest
            for s in (
                *SPECS.values(),
                km((0, 28, 57), "one", "two"),
                km((0, 28, 56), "two", "one"),
                counts(365, "one", "two", rounding=1),
                table1("one"),
            )
        }
        assert len(digests) == 7

    def test_a_grid_of_two_intervals_has_these_cells(self):
        assert layout(km((0, 28, 56), "one")).names == (
            "one/all/persons",
            "one/0-28/events",
            "one/28-56/events",
            "one/0-28/censored",
            "one/28-56/censored",
            "one/>56/persons",
        )

    def test_the_cells_of_a_group_can_be_found(self):
        cells = layout(counts(365, "one", "two"))
        assert cells.of_groups(["two"]) == (4, 5, 6, 7)
        assert KaplanMeier.method == "kaplan_meier"
