"""What a profile may tell: nothing of groups below the threshold, in any of its corners."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qundao.catalogue.profile import Profile
from qundao.engines import model_version, open_engine
from qundao.node.profile import Profiler

LEAST = 10


def profile(folder, least=LEAST, **tables):
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    with open_engine(f"parquet:{folder}") as engine:
        told = Profiler(engine, model_version(engine), least).run()
    Profile.from_json(told)
    return told


def subjects(n):
    return [f"01-{i:04d}" for i in range(n)]


def variable(told, table, name):
    (found,) = [t for t in told["tables"] if t["table"] == table]
    return next(v for v in found["variables"] if v["name"] == name)


@pytest.mark.parametrize("persons", [0, 1, 9, 10, 11])
def test_few_persons_are_not_counted(tmp_path, persons):
    text = pa.array([], pa.string()) if not persons else subjects(persons)
    told = profile(tmp_path, dm={"USUBJID": text, "SEX": pa.array(["F"] * persons, pa.string())})
    assert told["persons"] == (persons if persons >= LEAST else None)
    assert told["persons_band"] == ("<10" if persons < LEAST else "10–49")
    assert bool(told["domains"]) == (persons >= LEAST)


@pytest.mark.parametrize("rare", [0, 1, 9, 10, 11])
def test_a_value_that_few_share_is_not_told(tmp_path, rare):
    values = ["COMMON"] * 50 + ["RARE DISEASE"] * rare
    told = profile(tmp_path, dm={"USUBJID": subjects(50 + rare), "RACE": values})
    assert ("RARE DISEASE" in json.dumps(told)) == (rare >= LEAST)


def test_many_rows_of_few_persons_are_few(tmp_path):
    """One person with a thousand records is one person."""
    columns = {"USUBJID": subjects(20) + ["01-0000"] * 1000, "AEDECOD": ["A"] * 20 + ["B"] * 1000}
    dm = {"USUBJID": subjects(20), "SEX": ["F"] * 20}
    told = profile(tmp_path, dm=dm, ae={**columns, "AESTDTC": ["2020-01-01"] * 1020})
    assert [v["value"] for v in variable(told, "ae", "aedecod")["values"]] == ["A"]


def test_a_domain_of_few_persons_is_not_listed(tmp_path):
    dm = {"USUBJID": subjects(20), "SEX": ["F"] * 20}
    ae = {"USUBJID": subjects(9), "AEDECOD": ["A"] * 9, "AESTDTC": ["2020-01-01"] * 9}
    told = profile(tmp_path, dm=dm, ae=ae)
    assert [d["domain"] for d in told["domains"]] == ["demographics"]


def test_facts_are_distinct(tmp_path):
    dm = {"USUBJID": subjects(20), "SEX": ["F"] * 20}
    twice = {"USUBJID": subjects(20) * 2, "AEDECOD": ["A"] * 40, "AESTDTC": ["2020-01-01"] * 40}
    told = profile(tmp_path, dm=dm, ae=twice)
    assert {"domain": "adverse_event", "facts": 20} in told["domains"]


def test_ids_dates_and_numbers_have_no_values(tmp_path):
    dm = {
        "USUBJID": ["01-0001"] * 30,
        "SUBJID": ["0001"] * 30,
        "AGE": [63] * 30,
        "RFSTDTC": ["2014-01-02"] * 30,
        "SEX": ["F"] * 30,
    }
    told = profile(tmp_path, least=1, dm=dm)
    kinds = {v["name"]: v["kind"] for t in told["tables"] for v in t["variables"]}
    assert kinds == {
        "usubjid": "key",
        "subjid": "key",
        "age": "number",
        "rfstdtc": "date",
        "sex": "code",
    }
    assert "01-0001" not in json.dumps(told)
    assert "2014-01-02" not in json.dumps(told)


def test_names_that_are_no_words_are_left_out(tmp_path):
    dm = {
        "USUBJID": subjects(12),
        "SEX": ["F"] * 12,
        "patient name": ["x"] * 12,
        "姓名": ["张"] * 12,
    }
    told = profile(tmp_path, dm=dm)
    assert [v["name"] for v in told["tables"][0]["variables"]] == ["usubjid", "sex"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=60), st.integers(2, 12))
def test_only_values_of_enough_persons_whatever_the_data(tmp_path, values, least):
    told = profile(tmp_path, least, dm={"USUBJID": subjects(len(values)), "RACE": values})
    listed = {v["value"] for v in variable(told, "dm", "race").get("values", [])}
    enough = {v for v in set(values) if values.count(v) >= least}
    assert listed <= enough
    if len(set(values)) < len(values):
        assert listed == enough
