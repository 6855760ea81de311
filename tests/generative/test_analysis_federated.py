"""Federated equals pooled: rows split over nodes at random give the statistics of the union."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

from support.analysis_cases import (
    baseline_rows,
    counts,
    km,
    pooled,
    rows_of,
    table1,
    time_rows,
)

LAST = 30
group = st.sampled_from(["one", "two"])
times = st.tuples(group, st.integers(0, LAST + 5), st.booleans())
people = st.tuples(
    group,
    st.one_of(st.none(), st.floats(0, 130, allow_nan=False)),
    st.sampled_from(["F", "M", "U", None]),
    st.sampled_from([True, False, None]),
)


def split(rows, owners, nodes=3):
    """The rows of each node; whoever is left over belongs to node 0."""
    places = np.array((owners + [0] * rows.num_rows)[: rows.num_rows], dtype=int)
    return [rows.filter(pa.array(places == n)) for n in range(nodes)]


owners = st.lists(st.integers(0, 2), max_size=80)


@settings(max_examples=60, deadline=None)
@given(st.lists(times, min_size=1, max_size=80), owners)
def test_kaplan_meier_on_a_daily_grid_is_lifelines_on_the_union(rows, held):
    spec, table = km(range(LAST + 1), "one", "two"), time_rows(rows)
    document = pooled(spec, table, parts=split(table, held))
    assert document == pooled(spec, table) | {"nodes": 3}
    for series in document["figure"]["series"]:
        mine = [r for r in rows if r[0] == series["group"]]
        if not mine:
            continue
        # Day 0 counts as day 1; beyond the grid nobody has an event.
        days = [min(max(t, 1), LAST + 1) for _, t, _ in mine]
        events = [e and t <= LAST for _, t, e in mine]
        fitted = KaplanMeierFitter().fit(days, events)
        for point in series["points"]:
            oracle = fitted.survival_function_at_times(point["day"]).iloc[0]
            assert point["survival"] == pytest.approx(oracle, abs=1e-6)
        bounds = fitted.confidence_interval_survival_function_
        for point in series["points"]:
            if point["low"] is not None and point["day"] in bounds.index and point["day"]:
                low, high = bounds.loc[point["day"]]
                assert point["low"] == pytest.approx(low, abs=1e-6)
                assert point["high"] == pytest.approx(high, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(times, min_size=4, max_size=80), owners)
def test_log_rank_on_a_daily_grid_is_lifelines_on_the_union(rows, held):
    one, two = ([r for r in rows if r[0] == g] for g in ("one", "two"))
    assume(one and two and any(e and t <= LAST for _, t, e in rows))
    table = time_rows(rows)
    document = pooled(km(range(LAST + 1), "one", "two"), table, parts=split(table, held))
    (found,) = rows_of(document, "log_rank")
    clip = [
        ([min(max(t, 1), LAST + 1) for _, t, _ in g], [e and t <= LAST for _, t, e in g])
        for g in (one, two)
    ]
    oracle = logrank_test(clip[0][0], clip[1][0], clip[0][1], clip[1][1])
    if np.isfinite(oracle.test_statistic):
        assert found["chi_square"] == pytest.approx(oracle.test_statistic, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(times, min_size=1, max_size=80),
    owners,
    st.lists(st.integers(1, LAST), unique=True, min_size=1, max_size=5),
)
def test_any_grid_gives_the_same_over_nodes_as_pooled(rows, held, edges):
    spec, table = km([0, *sorted(edges)], "one", "two"), time_rows(rows)
    parts = split(table, held)
    assert pooled(spec, table, parts=parts) == pooled(spec, table) | {"nodes": 3}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(times, max_size=80),
    st.lists(st.integers(1, LAST), unique=True, min_size=1, max_size=5),
)
def test_without_censoring_inside_an_interval_its_edge_is_exact(rows, edges):
    """Kaplan and Meier 1958: only the censored inside an interval make the grid matter."""
    spec = km([0, *sorted(edges)], "one")
    days = [(max(t, 1), e) for g, t, e in rows if g == "one"]
    last = max(edges)
    assume(days and not any(not e and t <= last for t, e in days))
    document = pooled(spec, time_rows(rows))
    (series,) = document["figure"]["series"]
    for point in series["points"]:
        alive = sum(t > point["day"] for t, _ in days) / len(days)
        assert point["survival"] == pytest.approx(alive, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(people, min_size=1, max_size=80), owners)
def test_table1_over_nodes_is_numpy_on_the_union(rows, held):
    spec, table = table1("one", "two"), baseline_rows(rows)
    document = pooled(spec, table, parts=split(table, held))
    assert document == pooled(spec, table) | {"nodes": 3}
    by_label = {r["label"]["en"]: r for r in rows_of(document, "baseline")}
    for arm in ("one", "two"):
        mine = [r for r in rows if r[0] == arm]
        ages = [round(r[1] * 10) / 10 for r in mine if r[1] is not None and r[1] <= 120]
        assert by_label["people"][arm] == len(mine)
        if ages:
            mean = by_label["age (years), mean (SD)"][arm]
            assert mean["n"] == len(ages)
            assert mean["mean"] == pytest.approx(np.mean(ages), abs=1e-5)
            spread = np.std(ages, ddof=1) if len(ages) > 1 else 0
            assert mean["sd"] == pytest.approx(spread, abs=1e-5)
        if mine:
            assert by_label["  female"][arm]["n"] == sum(r[2] == "F" for r in mine)
            assert by_label["ulcer before"][arm]["n"] == sum(r[3] is True for r in mine)
            young = sum(r[1] is not None and r[1] < 40 for r in mine)
            assert by_label["  <40"][arm]["n"] == young


@settings(max_examples=40, deadline=None)
@given(st.lists(times, max_size=80), owners, st.integers(1, LAST))
def test_counts_over_nodes_are_counts_of_the_union(rows, held, horizon):
    spec, table = counts(horizon, "one", "two"), time_rows(rows)
    document = pooled(spec, table, parts=split(table, held))
    for row in rows_of(document, "outcomes"):
        mine = [r for r in rows if r[0] == row["arm"]["en"]]
        ill = sum(e and t <= horizon for _, t, e in mine)
        assert (row["persons"], row["with"], row["without"]) == (len(mine), ill, len(mine) - ill)
