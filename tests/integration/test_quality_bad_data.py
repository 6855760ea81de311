"""Quality never falls over: whatever a hospital's file holds, a finding or a clear error."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qundao.engines import header_rows, model_version, open_engine
from qundao.kernel.errors import QundaoError
from qundao.models import omop
from qundao.models.model import Kind
from qundao.quality import Reason, Status, checks_for, run

TODAY = date(2026, 1, 1)
MODEL = omop("5.4")
TABLES = ("person", "observation_period", "measurement", "death", "visit_occurrence", "concept")
TYPES = {
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}
VALUES = {
    Kind.INTEGER: "1",
    Kind.NUMBER: "1.5",
    Kind.TEXT: "'x'",
    Kind.DATE: "DATE '2020-01-01'",
    Kind.DATETIME: "NULL",
}


def made(folder, *, types=None, values=None, tables=TABLES, rows=2, sql=()):
    """Write a tiny synthetic OMOP file; `types` and `values` by field or by kind go first."""
    types, values = types or {}, values or {}
    file = folder / "x.duckdb"
    with duckdb.connect(str(file)) as database:
        for table in tables:
            fields = MODEL[table].fields
            columns = (f'"{f.name}" {_of(types, table, f) or TYPES[f.kind]}' for f in fields)
            database.execute(f"create table {table} ({', '.join(columns)})")
            row = ", ".join(_of(values, table, f) or VALUES[f.kind] for f in fields)
            for _ in range(rows):
                database.execute(f"insert into {table} values ({row})")
        for statement in sql:
            database.execute(statement)
    return f"duckdb:{file}"


def _of(told, table, field):
    return told.get(f"{table}.{field.name}") or told.get(field.kind)


def findings(dsn, tables=TABLES):
    checks = [c for c in checks_for(MODEL) if c.table in tables and not c.concept_id]
    with open_engine(dsn) as engine:
        report = run(engine, MODEL, today=TODAY, checks=checks)
    assert [f.check for f in report.findings] == checks
    assert 0 <= report.scorecard.total <= 100
    report.to_json()
    return {f.check.id: f for f in report.findings}


def refused(work):
    """Return the code of the error that a piece of work ends with, or None."""
    try:
        work()
    except QundaoError as error:
        return error.code
    return None


def errors(found):
    return [id_ for id_, f in found.items() if f.status is Status.ERROR]


def test_missing_tables_are_findings(tmp_path):
    found = findings(made(tmp_path, tables=("person",)))
    assert found["cdmTable:death"].reason is Reason.NO_TABLE
    assert found["isRequired:death.person_id"].reason is Reason.NO_TABLE
    assert errors(found) == []


def test_missing_columns_are_findings(tmp_path):
    sql = ("create table person (person_id bigint)", "insert into person values (1)")
    found = findings(made(tmp_path, tables=TABLES[1:], sql=sql))
    assert found["cdmField:person.year_of_birth"].status is Status.FAILED
    assert found["isRequired:person.year_of_birth"].reason is Reason.NO_FIELD
    assert found["plausibleAfterBirth:death.death_date"].reason is Reason.NO_REFERENCE
    assert errors(found) == []


def test_no_rows_anywhere(tmp_path):
    found = findings(made(tmp_path, rows=0))
    assert errors(found) == []
    assert {f.status for f in found.values()} == {Status.PASSED, Status.NOT_APPLICABLE}
    assert found["isRequired:person.person_id"].reason is Reason.EMPTY_TABLE


def test_columns_that_hold_nothing(tmp_path):
    found = findings(made(tmp_path, values=dict.fromkeys(Kind, "NULL")))
    assert errors(found) == []
    assert found["isRequired:person.person_id"].violated_rows == 2
    assert found["isForeignKey:measurement.unit_concept_id"].reason is Reason.EMPTY_FIELD


def test_an_empty_vocabulary(tmp_path):
    found = findings(made(tmp_path, sql=("delete from concept",)))
    assert errors(found) == []
    missing = found["isForeignKey:person.gender_concept_id"]
    assert (missing.violated_rows, missing.denominator_rows) == (2, 2)


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "9999-12-31",
        "0044-03-15 (BC)",
        "infinity",
        "-infinity",
        "5881580-07-10",
        "5877642-06-25 (BC)",
    ],
)
def test_days_at_the_ends_of_time(tmp_path, day):
    found = findings(made(tmp_path, values={Kind.DATE: f"DATE '{day}'"}))
    assert errors(found) == []
    check = "Low" if "BC" in day or day in ("0001-01-01", "-infinity") else "High"
    assert found[f"plausibleValue{check}:death.death_date"].violated_rows == 2


def test_numbers_at_the_ends_of_their_type(tmp_path):
    for value in ("9223372036854775807", "-9223372036854775808"):
        folder = tmp_path / value
        folder.mkdir()
        limits = {Kind.INTEGER: value, Kind.NUMBER: "'nan'::double"}
        assert errors(findings(made(folder, values=limits))) == []


def test_text_in_a_number_column_is_named_and_breaks_nothing_else(tmp_path):
    field = "measurement.value_as_number"
    found = findings(made(tmp_path, types={field: "VARCHAR"}, values={field: "'阳性'"}))
    assert errors(found) == []


def test_text_in_a_key_is_named_and_only_what_joins_on_it_cannot_run(tmp_path):
    field = "measurement.measurement_concept_id"
    found = findings(made(tmp_path, types={field: "VARCHAR"}, values={field: "'abc'"}))
    named = found[f"cdmDatatype:{field}"]
    assert (named.status, named.violated_rows) == (Status.FAILED, 2)
    assert all("measurement_concept_id" in id_ for id_ in errors(found))
    assert found["isPrimaryKey:measurement.measurement_id"].status is Status.FAILED


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("BLOB", r"'\xAA\x00'::BLOB"),
        ("BIGINT[]", "[1, 2]"),
        ("STRUCT(a BIGINT)", "{'a': 1}"),
        ("MAP(VARCHAR, BIGINT)", "MAP {'a': 1}"),
        ("ENUM('a', 'b')", "'a'"),
        ("INTERVAL", "INTERVAL 3 DAY"),
        ("HUGEINT", "170141183460469231731687303715884105727"),
        ("UUID", "uuid()"),
    ],
)
@pytest.mark.parametrize("field", ["value_as_number", "measurement_source_value"])
def test_a_column_of_an_odd_type(tmp_path, type_, value, field):
    place = f"measurement.{field}"
    found = findings(made(tmp_path, types={place: type_}, values={place: value}), ("measurement",))
    assert all(field in id_ for id_ in errors(found))
    assert found[f"measureValueCompleteness:{place}"].status is Status.PASSED


def test_very_long_text_and_odd_letters(tmp_path):
    text = "repeat('长', 1000000) || chr(0) || chr(127) || '😀'"
    field = "measurement.measurement_source_value"
    found = findings(made(tmp_path, values={field: text}), ("measurement",))
    assert errors(found) == []


@pytest.mark.parametrize(
    ("rows", "version", "how"),
    [
        ((), "5.4", "seen"),
        (("'v5.3.1'",), "5.3", "stated"),
        (("'5.4'", "'5.4'"), "5.4", "stated"),
        (("'5.4'", "' '", "NULL"), "5.4", "stated"),
        (("'5.3'", "'5.4'"), "5.4", "seen"),
        (("NULL",), "5.4", "seen"),
    ],
)
def test_several_or_no_rows_that_state_the_version(tmp_path, rows, version, how):
    statements = [f"insert into cdm_source (cdm_version) values ({value})" for value in rows]
    dsn = made(tmp_path, tables=("person", "observation_period", "visit_occurrence"), rows=0,
               sql=("create table cdm_source (cdm_version varchar)", *statements))  # fmt: skip
    with open_engine(dsn) as engine:
        found = model_version(engine)
    assert (found.version, found.how) == (version, how)


def test_a_version_of_an_odd_type_is_a_clear_error(tmp_path):
    sql = (
        "create table cdm_source (cdm_version date)",
        "insert into cdm_source values ('infinity')",
    )
    with open_engine(made(tmp_path, sql=sql)) as engine, pytest.raises(QundaoError) as caught:
        model_version(engine)
    assert caught.value.code == "models.unknown_model"


def test_columns_that_differ_by_case_alone(tmp_path):
    names = ["person_id", "PERSON_ID", "year_of_birth"]
    table = pa.Table.from_arrays([pa.array([1, 2], pa.int64())] * 3, names=names)
    pq.write_table(table, tmp_path / "person.parquet")
    found = findings(f"parquet:{tmp_path}", ("person",))
    assert errors(found) == []
    assert found["isRequired:person.person_id"].denominator_rows == 2


def test_tables_that_differ_by_case_alone_are_a_clear_error(tmp_path):
    for name in ("person", "PERSON"):
        pq.write_table(pa.table({"person_id": [1]}), tmp_path / f"{name}.parquet")
    with pytest.raises(QundaoError) as caught, open_engine(f"parquet:{tmp_path}"):
        pass
    assert caught.value.code == "engines.ambiguous_table"


WRITER = """
    import sys, duckdb
    database = duckdb.connect(sys.argv[1])
    print("open", flush=True)
    number = 0
    while True:
        database.execute("insert into person (person_id) values (?)", [number])
        number += 1
"""


def test_a_file_that_another_program_is_writing(tmp_path):
    dsn = made(tmp_path)
    file = dsn.removeprefix("duckdb:")
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), file], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "open\n"
        found = {}
        code = refused(lambda: found.update(findings(dsn, ("person",))))
        assert code in (None, "engines.source_changing", "engines.source_unreadable")
        assert code or found["isRequired:person.person_id"].denominator_rows >= 2
        assert errors(found) == []
    finally:
        writer.kill()
        writer.wait()


def test_a_parquet_file_that_is_cut_short_between_opening_and_reading(tmp_path):
    table = pa.table({f.name: pa.array([1] * 50_000, pa.int64()) for f in MODEL["person"].fields})
    file = tmp_path / "person.parquet"
    pq.write_table(table, file)
    checks = [c for c in checks_for(MODEL) if c.table == "person"]
    with open_engine(f"parquet:{tmp_path}") as engine:
        assert header_rows(engine) == ()
        file.write_bytes(file.read_bytes()[:200])
        reports = []
        code = refused(lambda: reports.append(run(engine, MODEL, today=TODAY, checks=checks)))
    assert (code or "").startswith("engines.") or Status.ERROR in reports[0].scorecard.statuses
