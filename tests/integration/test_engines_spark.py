"""The Spark engine in local mode: what is read, what is refused, what each defect says."""

from __future__ import annotations

import logging
from datetime import date, datetime

import pyarrow as pa
import pytest
from sqlglot import exp

from qundao.engines import open_engine
from qundao.kernel.errors import QundaoError
from support.spark_data import NEEDS_SPARK, write_tables

pytestmark = [*NEEDS_SPARK]

ALL = exp.select("x").from_("t").order_by("x")
TABLES = {
    "T": pa.table(
        {
            "X": pa.array([1, 2, 3], pa.int32()),
            "Name": ["a", "b", None],
            "day": [date(2020, 2, 29), date(9999, 12, 31), date(1, 1, 1)],
            "at": pa.array([datetime.fromisoformat("2020-01-01 10:20"), None, None]),
        }
    )
}


def code_of(action):
    with pytest.raises(QundaoError) as error:
        action()
    return error.value.code


@pytest.fixture
def folder(tmp_path):
    return write_tables(tmp_path / "data", TABLES)


@pytest.fixture
def engine(folder):
    with open_engine(f"spark:{folder}") as engine:
        yield engine


def test_a_folder_is_read_with_names_in_small_letters_and_types_as_they_are(engine):
    assert [c.name for c in engine.schema["t"]] == ["x", "name", "day", "at"]
    assert engine.describe()["kind"] == "spark"
    table = engine.query(exp.select("x", "NAME", "day", "at").from_("T").order_by("x"))
    assert [str(t) for t in table.schema.types] == [
        "int32",
        "string",
        "date32[day]",
        "timestamp[us]",
    ]
    assert table.to_pydict() == {
        "x": [1, 2, 3],
        "name": ["a", "b", None],
        "day": [date(2020, 2, 29), date(9999, 12, 31), date(1, 1, 1)],
        "at": [datetime.fromisoformat("2020-01-01 10:20"), None, None],
    }
    counted = engine.query(exp.select(exp.Count(this=exp.Star()).as_("n")).from_("t"))
    assert counted.schema.field("n").type == pa.int64()


def test_few_rows_come_as_records(engine):
    assert engine.records(ALL) == engine.query(ALL).to_pylist()


def test_streams_come_in_batches_and_scratch_tables_go_away(engine):
    assert [b["x"].to_pylist() for b in engine.stream(ALL, rows=2)] == [[1, 2], [3]]
    with engine.scratch("Mine", ALL) as table:
        rows = exp.select("x").from_(table).where(exp.column("x") > 2)
        with engine.scratch("more", rows) as more:
            assert engine.query(exp.select("x").from_(more)).to_pydict() == {"x": [3]}
    assert code_of(lambda: engine.query(rows)) == "engines.table_missing"
    engine.close()
    assert code_of(lambda: engine.query(ALL)) == "engines.closed"


def test_nothing_but_reading_its_own_tables_is_done(engine, folder):
    for query, code in (
        (exp.Drop(tables=[exp.to_table("t")], kind="VIEW"), "not_a_query"),
        (exp.select(exp.Anonymous(this="java_method", expressions=[])), "not_a_query"),
        (
            exp.select("*").from_(exp.table_(str(folder), db="parquet", quoted=True)),
            "table_missing",
        ),
        (exp.select("*").from_("nowhere"), "table_missing"),
        (exp.select("nothing").from_("t"), "column_missing"),
    ):
        assert code_of(lambda q=query: engine.query(q)) == f"engines.{code}"


def test_neither_messages_nor_logs_hold_a_value_of_the_rows(engine, caplog, capfd):
    with caplog.at_level(logging.DEBUG), pytest.raises(QundaoError) as error:
        engine.query(exp.select(exp.cast(exp.column("name"), "int").as_("n")).from_("t"))
    assert error.value.code == "engines.query_failed"
    told = f"{error.value} {caplog.text} {capfd.readouterr()}"
    assert "CAST_INVALID_INPUT" in told
    assert "'a'" not in told


def test_what_is_missing_or_broken_is_named(folder, tmp_path):
    assert code_of(lambda: open_engine(f"spark:{tmp_path}/none")) == "engines.source_missing"
    assert code_of(lambda: open_engine("spark:no_such_schema")) == "engines.source_missing"
    assert code_of(lambda: open_engine(f"spark:{folder}?master=yarn")) == "engines.bad_dsn"
    (folder / "u.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(QundaoError) as error:
        open_engine(f"spark:{folder}")
    assert [(p.code, p.where) for p in error.value.problems] == [("engines.broken_parquet", "u")]


def test_a_source_that_vanishes_says_so(folder):
    with open_engine(f"spark:{folder}") as engine:
        (folder / "T.parquet").unlink()
        assert code_of(lambda: engine.query(ALL)) == "engines.source_vanished"


def test_tables_of_a_catalog_are_read_by_its_schema(engine, tmp_path):
    """The catalog of the process stands for a hospital's: both are asked the same way."""
    session = engine._session
    session.sql(f"CREATE DATABASE cdm LOCATION '{tmp_path / 'cdm'}'")
    try:
        session.sql("CREATE TABLE cdm.Person USING parquet AS SELECT 7L AS Person_Id")
        with open_engine("spark:spark_catalog.cdm") as catalog:
            assert [c.name for c in catalog.schema["person"]] == ["person_id"]
            assert catalog.query(exp.select("person_id").from_("person")).to_pydict() == {
                "person_id": [7]
            }
    finally:
        session.sql("DROP DATABASE cdm CASCADE")
