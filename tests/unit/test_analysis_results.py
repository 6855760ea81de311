"""Released results: what the page shows, what is withheld and why, nothing from hidden cells."""

import json
import random

import pytest

from qundao.analysis import Totals, layout, result
from qundao.analysis.moments import level_difference
from qundao.disclosure.thresholds import Floors
from qundao.kernel.errors import QundaoError
from qundao.kernel.words import Words
from support.analysis_cases import (
    baseline_rows,
    counts,
    km,
    pooled,
    rows_of,
    table1,
    time_rows,
)

K10 = Floors(10, 5)


def people(n, ill, arm="one"):
    return [(arm, 5 if i < ill else 9, i < ill) for i in range(n)]


def patients(n, women, arm="one", age=50.0):
    return [(arm, age + i % 7, "F" if i < women else "M", False) for i in range(n)]


class TestShape:
    def test_a_result_stands_alone_and_is_plain_json(self):
        spec = km((0, 5, 10), "one")
        document = pooled(spec, time_rows(people(40, 12)), K10)
        assert json.loads(json.dumps(document)) == document
        assert document["schema"] == "qundao.result/1"
        assert document["method"] == "kaplan_meier"
        assert document["groups"] == [{"id": "one", "label": {"zh": "one", "en": "one"}}]
        assert document["figure"]["kind"] == "kaplan_meier"

    def test_every_row_has_a_cell_per_column(self):
        specs = [
            (counts(7, "one"), time_rows(people(40, 12))),
            (table1("one", "two"), baseline_rows(patients(40, 12))),
            (km((0, 5, 10), "one"), time_rows(people(40, 12))),
        ]
        for spec, rows in specs:
            for floors in (K10, Floors(100, 50)):
                for table in pooled(spec, rows, floors)["tables"]:
                    assert all(len(r) == len(table["columns"]) for r in table["rows"])

    def test_notes_of_the_caller_are_kept(self):
        spec = counts(7, "one")
        totals = Totals(layout(spec).digest, (40, 12, 28, 360), 2)
        note = Words("人次，不是人数", "records, not persons")
        document = result(spec, totals, K10, [note])
        assert document["notes"][-1] == {"zh": note.zh, "en": note.en}

    def test_totals_of_another_layout_are_refused(self):
        with pytest.raises(QundaoError) as caught:
            result(counts(7, "one"), Totals("0" * 64, (1, 1, 0, 1), 1), K10)
        assert caught.value.code == "analysis.bad_answer"


class TestCounts:
    def test_numbers_proportion_and_rate(self):
        (row,) = rows_of(pooled(counts(365, "one"), time_rows(people(40, 12)), K10), "outcomes")
        assert (row["persons"], row["with"], row["without"], row["percent"]) == (40, 12, 28, 30.0)
        days = 12 * 5 + 28 * 9
        assert row["rate"] == pytest.approx(1000 * 12 / (days / 365.25), abs=0.01)

    def test_few_outcomes_are_withheld_with_everything_that_tells_them(self):
        document = pooled(counts(365, "one"), time_rows(people(40, 3)), K10)
        (row,) = rows_of(document, "outcomes")
        assert row["persons"] == 40
        assert row["with"]["withheld"] == "<10"
        assert row["without"]["withheld"] == "*"
        assert "complementary" in row["without"]["reason"]["en"]
        assert isinstance(row["percent"], dict)
        assert isinstance(row["rate"], dict)
        assert "withheld" in document["words"][0]["en"]

    def test_few_without_the_outcome_are_withheld_too(self):
        (row,) = rows_of(pooled(counts(365, "one"), time_rows(people(40, 37)), K10), "outcomes")
        assert row["without"]["withheld"] == "<10"
        assert row["with"]["withheld"] == "*"

    def test_rounding_reaches_the_derived_numbers(self):
        spec = counts(365, "one", rounding=10)
        (row,) = rows_of(pooled(spec, time_rows(people(44, 12)), K10), "outcomes")
        assert (row["persons"], row["with"], row["percent"]) == (40, 10, 25.0)


class TestTable1:
    def test_mean_sd_share_and_standardised_difference(self):
        rows = patients(40, 10) + patients(60, 30, "two", age=60.0)
        document = pooled(table1("one", "two"), baseline_rows(rows), K10)
        by_label = {r["label"]["en"]: r for r in rows_of(document, "baseline")}
        assert by_label["people"]["one"] == 40
        assert by_label["  female"]["one"]["text"] == "10 (25.0%)"
        # Austin 2009: (0.25 - 0.50) / sqrt((0.1875 + 0.25) / 2)
        assert by_label["sex"]["smd"] == pytest.approx(-0.25 / 0.21875**0.5, abs=1e-3)
        ages = by_label["age (years), mean (SD)"]
        assert ages["one"]["text"] == "52.9 (2.0)"
        assert ages["smd"] < -1

    def test_rounding_leaves_means_right_and_coarse(self):
        rows = baseline_rows(patients(44, 20))
        exact, coarse = (
            next(
                r
                for r in rows_of(pooled(table1("one", rounding=b), rows, K10), "baseline")
                if "mean" in r["label"]["en"]
            )["one"]
            for b in (1, 10)
        )
        assert (exact["n"], coarse["n"]) == (44, 40)
        assert coarse["mean"] == round(exact["mean"], 1) != exact["mean"]

    def test_one_arm_has_no_difference(self):
        document = pooled(table1("one"), baseline_rows(patients(40, 10)), K10)
        assert [c["id"] for c in document["tables"][0]["columns"]] == ["label", "one"]

    def test_small_levels_are_withheld_and_other_rows_show_when_needed(self):
        rows = patients(40, 4) + [("one", None, "X", True)] * 0
        document = pooled(table1("one", "two"), baseline_rows(rows), K10)
        by_label = {r["label"]["en"]: r for r in rows_of(document, "baseline")}
        assert by_label["  female"]["one"]["withheld"] == "<10"
        assert by_label["  male"]["one"]["withheld"] == "*"
        assert by_label["sex"]["smd"] is None
        assert "sex: other or missing" not in by_label
        rows += [("one", None, "X", True)] * 12
        document = pooled(table1("one"), baseline_rows(rows), K10)
        labels = {r["label"]["en"] for r in rows_of(document, "baseline")}
        assert "sex: other or missing" in labels

    def test_a_mean_goes_with_its_count(self):
        rows = patients(40, 20) + [("one", None, "F", False)] * 3
        document = pooled(table1("one"), baseline_rows(rows), K10)
        mean = next(r for r in rows_of(document, "baseline") if "mean" in r["label"]["en"])
        assert "withheld" in mean["one"]

    def test_several_levels_use_the_mahalanobis_distance(self):
        # Two levels written as three with an empty one: the same distance, without its sign.
        two, three = (
            level_difference([30, 70], [50, 50]),
            level_difference([30, 70, 0], [50, 50, 0]),
        )
        assert three == pytest.approx(abs(two))
        assert level_difference([10, 20, 30], [10, 20, 30]) == 0
        assert level_difference([], []) is None


class TestKaplanMeier:
    def test_a_group_below_the_floor_shows_nothing_at_all(self):
        rows = time_rows(people(40, 12) + people(9, 6, "two"))
        document = pooled(km((0, 5, 10), "one", "two"), rows, K10)
        two = rows_of(document, "summary")[1]
        assert all(two[c]["withheld"] == "<10" for c in ("persons", "events", "median"))
        assert document["figure"]["series"][1]["points"] == []
        assert {t["id"] for t in document["tables"]} == {"summary", "intervals"}

    def test_wide_intervals_with_censoring_follow_the_life_table(self):
        rows = time_rows([("one", d, d < 10) for d in [5] * 10 + [20] * 10 + [40] * 20])
        document = pooled(km((0, 28, 56), "one"), rows)
        first = rows_of(document, "intervals")[0]
        assert first["survival"] == pytest.approx(1 - 10 / (40 - 5), abs=1e-6)
        assert any("life-table" in n["en"] for n in document["notes"])

    def test_a_median_inside_an_interval_is_given_as_that_interval(self):
        rows = time_rows([("one", d, True) for d in range(1, 41)])
        document = pooled(km((0, 10, 30, 50), "one"), rows, K10)
        assert rows_of(document, "summary")[0]["median"]["en"] == "10–30"

    def test_the_log_rank_test_says_up_to_which_day_it_goes(self):
        one = [("one", d % 30 + 1, True) for d in range(40)]
        two = [("two", 5, True)] * 8 + [("two", 29, d < 2) for d in range(30)]
        document = pooled(km((0, 10, 20, 30), "one", "two"), time_rows(one + two), K10)
        (test,) = rows_of(document, "log_rank")
        assert test["until"] == 10
        assert any("to day 10" in n["en"] for n in document["notes"])


def test_a_result_is_the_same_whatever_the_withheld_numbers_are():
    """Everything derived comes from released cells: other hidden numbers, the same document."""
    dice = random.Random(3)
    spec = km((0, 10, 20, 30), "one")
    start = [("one", 5, True)] * 6 + [("one", 5, False)] * 4
    documents = set()
    for _ in range(20):
        tail = [("one", dice.randint(21, 40), i < dice.randint(0, 4)) for i in range(30)]
        document = pooled(spec, time_rows(start + tail), Floors(10, 5))
        documents.add(json.dumps(document, sort_keys=True))
    assert len(documents) == 1
