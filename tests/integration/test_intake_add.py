"""Deliveries added to what was loaded: by key, by time, and the same one twice changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.intake.load import add, load, versions
from qundao.intake.load.identity import Decision, Identity
from qundao.intake.mapping import read_mapping
from qundao.kernel.errors import QundaoError

MAPPING = """\
mapping: deliveries
version: 1
target: omop 5.4
sources:
  patients: {files: "patients*.csv", optional: yes}
  visits: {files: "visits*.csv", optional: yes}
tables:
  person:
    from: patients
    one_per: person_id
    fields: {person_id: person(id), gender_concept_id: 0, year_of_birth: born,
             race_concept_id: 0, ethnicity_concept_id: 0}
  visit_occurrence:
    from: visits
    fields: {visit_occurrence_id: "id('visit', n)", person_id: person(id), visit_concept_id: 9201,
             visit_start_date: day, visit_end_date: day, visit_type_concept_id: 32827,
             visit_source_value: n}
"""
TIMED = MAPPING.replace('"visits*.csv", optional: yes', '"visits*.csv", newer: changed')
FIRST = {
    "patients1.csv": "id,born\nA,1960\nB,1970\n",
    "visits1.csv": "n,id,day,changed\n1,A,2023-01-01,2023-01-01 08:00\n"
    "2,B,2023-01-02,2023-01-02 08:00\n",
}
SECOND = {
    "patients2.csv": "id,born\nB,1971\nC,1980\n",
    "visits2.csv": "n,id,day,changed\n2,B,2023-01-05,2023-02-01 08:00\n"
    "3,C,2023-02-01,2023-02-01 09:00\n4,A,2023-02-02,2022-12-31 08:00\n5,Z,2023-02-02,\n",
}


@pytest.fixture
def places(tmp_path):
    deliver(tmp_path, FIRST)
    return tmp_path, tmp_path / "node"


def deliver(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def mapping(text=MAPPING):
    return read_mapping(text, "m.yaml")


def table(version, name, columns):
    found = duckdb.sql(f"SELECT {columns} FROM '{version.tables}/{name}.parquet' ORDER BY ALL")
    return found.fetchall()


def visits(version):
    return table(version, "visit_occurrence", "visit_source_value, visit_start_date::TEXT")


def test_what_comes_again_replaces_and_all_else_stays(places):
    load(mapping(), *places)
    deliver(places[0], SECOND)
    (places[0] / "visits1.csv").unlink()
    account = add(mapping(), *places)
    one, two = versions(places[1] / "loaded")
    assert visits(two) == [
        ("1", "2023-01-01"),
        ("2", "2023-01-05"),
        ("3", "2023-02-01"),
        ("4", "2023-02-02"),
    ]
    assert [y for (y,) in table(two, "person", "year_of_birth")] == [1960, 1971, 1980]
    assert (account.base, account.replaced) == (1, {"person": 1, "visit_occurrence": 1})
    assert {(s.file, s.rows) for s in account.sources} == {("patients2.csv", 2), ("visits2.csv", 4)}
    told = {t.target: t for t in account.tables}["visit_occurrence"]
    assert (told.candidates, told.loaded, told.reasons) == (4, 3, {"no_parent:person_id": 1})
    assert visits(one) == [("1", "2023-01-01"), ("2", "2023-01-02")], "the older version stays"


def test_what_follows_from_records_is_reckoned_anew(places):
    load(mapping(), *places)
    deliver(places[0], SECOND)
    add(mapping(), *places)
    two = versions(places[1] / "loaded")[1]
    periods = table(
        two,
        "observation_period",
        "observation_period_start_date::TEXT, observation_period_end_date::TEXT",
    )
    assert periods == [
        ("2023-01-01", "2023-02-02"),
        ("2023-01-05", "2023-01-05"),
        ("2023-02-01", "2023-02-01"),
    ]
    assert len(table(two, "cdm_source", "*")) == 1


def test_each_row_keeps_the_place_that_it_came_from(places):
    load(mapping(), *places)
    deliver(places[0], SECOND)
    add(mapping(), *places)
    two = versions(places[1] / "loaded")[1]
    found = duckdb.sql(
        "SELECT v.visit_source_value, l.file, l.place FROM "
        f"'{two.tables}/visit_occurrence.parquet' v "
        f"JOIN '{two.folder}/lineage/visit_occurrence/*.parquet' l "
        "ON l.key = v.visit_occurrence_id ORDER BY 1"
    ).fetchall()
    assert found == [
        ("1", "visits1.csv", 2),
        ("2", "visits2.csv", 2),
        ("3", "visits2.csv", 3),
        ("4", "visits2.csv", 4),
    ]


def test_the_same_delivery_again_makes_no_version(places):
    load(mapping(), *places)
    deliver(places[0], SECOND)
    add(mapping(), *places)
    assert add(mapping(), *places) is None
    (places[0] / "visits3.csv").write_text(SECOND["visits2.csv"], "utf-8")
    assert add(mapping(), *places) is None, "the same bytes under another name"
    assert len(versions(places[1] / "loaded")) == 2


def test_older_rows_than_the_newest_there_are_left_out(places):
    load(mapping(TIMED), *places)
    deliver(places[0], SECOND)
    account = add(mapping(TIMED), *places)
    told = {t.target: t for t in account.tables}["visit_occurrence"]
    assert (told.candidates, told.left_out, told.loaded, told.rejected) == (4, 1, 2, 1)
    assert visits(versions(places[1] / "loaded")[1]) == [
        ("1", "2023-01-01"),
        ("2", "2023-01-05"),
        ("3", "2023-02-01"),
    ]
    assert account.newest == {"visits": "2023-02-01 09:00:00"}


def test_the_first_delivery_is_a_load(places):
    account = add(mapping(), *places)
    assert (account.base, account.rows["person"]) == (None, 2)


def test_another_target_is_refused(places):
    load(mapping(), *places)
    deliver(places[0], SECOND)
    with pytest.raises(QundaoError) as caught:
        add(mapping(MAPPING.replace("omop 5.4", "omop 5.3")), *places)
    assert caught.value.code == "intake.not_addable"
    assert len(versions(places[1] / "loaded")) == 1


def test_who_is_whom_decided_since_asks_for_a_load_of_all(places):
    load(mapping(), *places)
    one, two = (p for (p,) in table(versions(places[1] / "loaded")[0], "person", "person_id"))
    Identity(places[1] / "identity").decide(Decision(one, two, same=True, by="王敏"))
    deliver(places[0], SECOND)
    with pytest.raises(QundaoError) as caught:
        add(mapping(), *places)
    assert caught.value.code == "intake.decided_since"
    load(mapping(), *places)
    assert len(table(versions(places[1] / "loaded")[1], "person", "*")) == 2


WORK = """
import pathlib, sys
from qundao.intake.load import add, feeding
from qundao.intake.mapping import read_mapping
export, node = map(pathlib.Path, sys.argv[1:])
feeding.ROWS = 1
add(read_mapping((export / "m.yaml").read_text(), "m.yaml"), export, node)
"""


@pytest.mark.parametrize("point", ["intake.load.after_chunk@3", "intake.load.before_version"])
def test_a_killed_addition_goes_on_and_doubles_nothing(places, point):
    (places[0] / "m.yaml").write_text(MAPPING, "utf-8")
    load(mapping(), *places)
    deliver(places[0], SECOND)
    command = [sys.executable, "-c", WORK, *map(str, places)]
    killed = subprocess.run(command, env={**os.environ, "QUNDAO_FAULT": point}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(versions(places[1] / "loaded")) == 1
    subprocess.run(command, check=True)
    two = versions(places[1] / "loaded")[1]
    assert [n for n, _ in visits(two)] == ["1", "2", "3", "4"]
    assert two.account["replaced"] == {"person": 1, "visit_occurrence": 1}


KEYED = """\
mapping: deliveries
version: 1
target: own
describe:
  patient: {fields: {id: {kind: text, key: yes}, born: integer}}
  visit:
    fields: {n: {kind: text, key: yes}, id: {kind: text, to: patient.id, required: yes}, day: date}
sources:
  patients: {files: "patients*.csv", optional: yes}
  visits: {files: "visits*.csv", optional: yes}
tables:
  patient: {from: patients, fields: {id: id, born: born}}
  visit: {from: visits, fields: {n: n, id: id, day: day}}
"""
"""The same with two small tables: a load of them costs a tenth of one of OMOP's forty."""

ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from("AB"), st.integers(1, 28)),
    max_size=6,
    unique_by=lambda row: row[0],
)


@given(deliveries=st.lists(ROWS, min_size=1, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_additions_come_to_what_the_last_of_each_key_says(tmp_path_factory, deliveries):
    folder = tmp_path_factory.mktemp("add")
    deliver(folder, {"patients.csv": "id,born\nA,1960\nB,1970\n"})
    load(mapping(KEYED), folder, folder / "node")
    wanted = {}
    for number, rows in enumerate(deliveries):
        lines = [f"{n},{who},2023-01-{day:02d}" for n, who, day in rows]
        text = "\n".join(["n,id,day", *lines, ""])
        deliver(folder, {f"visits{number}.csv": text})
        already = any((folder / f"visits{i}.csv").read_text("utf-8") == text for i in range(number))
        if not already:
            wanted |= {str(n): f"2023-01-{day:02d}" for n, _, day in rows}
        add(mapping(KEYED), folder, folder / "node")
    current = next(v for v in versions(folder / "node" / "loaded") if v.current)
    assert table(current, "visit", "n, day::TEXT") == sorted(wanted.items())
