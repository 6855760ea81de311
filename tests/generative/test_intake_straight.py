"""Rows that are written straight and rows that lie in a table first come to the same version."""

from __future__ import annotations

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.intake.load import desk, feeding, load, straight, versions
from qundao.intake.mapping import read_mapping

MAPPING = """\
mapping: laboratory
version: 1
target: own
describe:
  patient: {fields: {patient: {kind: integer, key: yes}, born: integer}}
  visit:
    fields:
      visit: {kind: integer, key: yes}
      patient: {kind: integer, to: patient.patient, required: yes}
  result:
    fields:
      result: {kind: integer, key: yes}
      patient: {kind: integer, to: patient.patient, required: yes}
      visit: {kind: integer, to: visit.visit}
      item: {kind: integer, required: yes}
      day: date
      value: number
      said: text
      never: datetime
  note:
    fields:
      text: {kind: text, key: yes}
      number: {kind: integer, key: yes}
      patient: {kind: integer, to: patient.patient}
sources:
  patients: {files: patients.csv}
  visits: {files: visits.csv}
  results: {files: "results*.csv"}
codes:
  item: {GLU: 1, HGB: 2, otherwise: 0}
  strict: {GLU: 1, HGB: 2}
tables:
  patient:
    from: patients
    one_per: patient
    fields: {patient: person(who), born: year(born)}
  visit:
    from: visits
    fields: {visit: "id('visit', number)", patient: person(who)}
  result:
    from: results
    where: not (item = 'SKIP')
    fields:
      result: id('result', number)
      patient: person(who)
      visit: "id('visit', visit)"
      item: code(strict, item)
      day: day
      value: number(value)
      said: value
  note:
    from: results
    fields: {text: item, number: number, patient: person(who)}
"""
PEOPLE = st.sampled_from(["A1", "A2", " A2", "A3", ""])
NUMBERS = st.integers(1, 30).map(str)
PATIENTS = st.lists(st.tuples(PEOPLE, st.sampled_from(["1970-01-01", "x", ""])), max_size=6)
VISITS = st.lists(st.tuples(NUMBERS, PEOPLE), max_size=8)
ITEMS = st.sampled_from(["GLU", "HGB", "ZZZ", "SKIP", ""])
DAYS = st.sampled_from(["2023-01-02", "2023/1/5", "2023-02-30", "epoch", "infinity", ""])
VALUES = st.sampled_from(["5.1", "1,234", "<3", "", "ｘ"])
RESULTS = st.lists(st.tuples(NUMBERS, PEOPLE, NUMBERS, ITEMS, DAYS, VALUES), max_size=14)
PATHS = ("patients", "visits", "results", "results2")
HEADERS = ("who,born", "number,who", *["number,who,visit,item,day,value"] * 2)


@given(tables=st.tuples(PATIENTS, VISITS, RESULTS, RESULTS), rows=st.integers(1, 9))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_ways_come_to_the_same(tmp_path_factory, monkeypatch, tables, rows):
    folder = tmp_path_factory.mktemp("straight")
    for name, header, lines in zip(PATHS, HEADERS, tables, strict=True):
        text = "\n".join([header, *(",".join(f'"{v}"' for v in line) for line in lines), ""])
        (folder / f"{name}.csv").write_text(text, "utf-8")
    monkeypatch.setattr(feeding, "ROWS", rows)
    monkeypatch.setattr(straight, "SLICE", 2)
    mapping = read_mapping(MAPPING, "m.yaml")
    load(mapping, folder, folder / "node")
    with monkeypatch.context() as patch:
        patch.setattr(desk, "goes_straight", lambda *_: False)
        load(mapping, folder, folder / "node")
    one, other = versions(folder / "node" / "loaded")
    assert one.account == other.account
    for kind in ("tables/{}.parquet", "lineage/{}/*.parquet"):
        for name in ("patient", "visit", "result", "note"):
            assert told(one, kind.format(name)) == told(other, kind.format(name))
    assert told(one, "rejects.parquet") == told(other, "rejects.parquet")


def told(version, name):
    """Return the rows of a version's files, in one order, and the types of their columns."""
    files = f"read_parquet('{version.folder}/{name}')"
    types = duckdb.sql(f"DESCRIBE FROM {files}").fetchall()
    return types, sorted(duckdb.sql(f"FROM {files}").fetchall(), key=repr)
