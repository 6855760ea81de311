"""What follows from the rows loaded: eras of conditions, periods of observation."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.intake.load import load, versions
from qundao.intake.mapping import read_mapping

MAPPING = """\
mapping: eras
version: 1
target: omop 5.4
sources:
  events: {files: events.csv}
tables:
  person:
    from: events
    one_per: person_id
    fields:
      {person_id: person(who), gender_concept_id: 0, year_of_birth: 1970, race_concept_id: 0,
       ethnicity_concept_id: 0}
  condition_occurrence:
    from: events
    fields:
      {condition_occurrence_id: "id('c', n)", person_id: person(who), condition_concept_id: what,
       condition_start_date: first, condition_end_date: last, condition_type_concept_id: 32817}
"""
START = date(2020, 1, 1)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from([0, 7, 8]),
        st.integers(0, 150),
        st.none() | st.integers(0, 40),
    ),
    min_size=1,
    max_size=14,
)


def eras_of(events):
    """Return the eras as the standard has them, reckoned one occurrence after the other."""
    spans = {}
    for who, what, first, days in sorted(events, key=lambda e: (e[0], e[1], e[2], e[3] or 0)):
        if not what:
            continue
        own = spans.setdefault((who, what), [])
        last = first + (days or 0)
        if own and first <= own[-1][1] + 30:
            own[-1][1] = max(own[-1][1], last)
            own[-1][2] += 1
        else:
            own.append([first, last, 1])
    return sorted(
        (what, START + timedelta(a), START + timedelta(b), n)
        for (_, what), own in spans.items()
        for a, b, n in own
    )


@given(events=EVENTS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_occurrences_at_most_thirty_days_apart_are_one_era(tmp_path_factory, events):
    folder = tmp_path_factory.mktemp("eras")
    tables = loaded(folder, events)
    found = duckdb.sql(
        "SELECT condition_concept_id, condition_era_start_date, condition_era_end_date, "
        f"condition_occurrence_count FROM '{tables}/condition_era.parquet'"
    ).fetchall()
    assert sorted(found) == eras_of(events)
    ids = f"SELECT count(*), count(DISTINCT condition_era_id) FROM '{tables}/condition_era.parquet'"
    every, distinct = duckdb.sql(ids).fetchall()[0]
    assert every == distinct


def test_a_person_is_observed_from_the_first_to_the_last_day_recorded(tmp_path):
    tables = loaded(tmp_path, [("a", 7, 10, 5), ("a", 8, 3, None), ("a", 7, 12, 1)])
    days = duckdb.sql(
        "SELECT observation_period_start_date, observation_period_end_date "
        f"FROM '{tables}/observation_period.parquet'"
    ).fetchall()
    assert days == [(START + timedelta(3), START + timedelta(15))]


def loaded(folder, events):
    lines = ["who,n,what,first,last"]
    for n, (who, what, first, days) in enumerate(events):
        day = START + timedelta(first)
        last = "" if days is None else day + timedelta(days)
        lines.append(f"{who},{n},{what},{day},{last}")
    (folder / "events.csv").write_text("\n".join(lines) + "\n", "utf-8")
    load(read_mapping(MAPPING, "eras.yaml"), folder, folder / "node")
    return versions(folder / "node" / "loaded")[0].tables


@pytest.mark.parametrize("given_days", [30, 31])
def test_the_thirty_first_day_begins_another_era(tmp_path, given_days):
    tables = loaded(tmp_path, [("a", 7, 0, 2), ("a", 7, 2 + given_days, None)])
    eras = duckdb.sql(f"SELECT count(*) FROM '{tables}/condition_era.parquet'").fetchall()[0][0]
    assert eras == given_days - 29
