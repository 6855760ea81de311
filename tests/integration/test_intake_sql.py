"""Tables and views of real database servers are read in order, read only, odd values and all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pymysql
import pytest

from qundao.intake import codes
from qundao.intake.limits import Limits
from qundao.intake.load import rehearse
from qundao.intake.mapping import read_mapping
from qundao.intake.readers.sql import SqlReader, open_database
from qundao.intake.source import PLACE, Defect
from qundao.kernel.errors import QundaoError
from support import postgresql_data

_ODD = 'odd"name`; DROP TABLE visit; --'


def _read(reader: SqlReader, table: str) -> tuple[pa.Table, list[Defect]]:
    declared = next(t for t in reader.tables() if t.name == table)
    defects: list[Defect] = []
    batches = list(reader.batches(table, defects.append, rows=100))
    assert all(b.schema == declared.schema() and len(b) <= 100 for b in batches)
    return pa.Table.from_batches(batches, declared.schema()), defects


@contextmanager
def _schema(*statements: str) -> Iterator[str]:
    with postgresql_data.schema_of({}) as schema:
        for statement in statements:
            postgresql_data.execute(f'SET search_path TO "{schema}"; {statement}')
        yield schema


_LAB = """
    CREATE TABLE lab (id int, name text, dose numeric(9, 2), free numeric, day date, at timestamptz,
        seen timestamp, ok boolean, more jsonb, big bigint, ratio double precision, codes text[]);
    INSERT INTO lab VALUES
        (2, '李四', NULL, 1e40, 'infinity', NULL, NULL, false, NULL, NULL, 'NaN', NULL),
        (1, '张三', 1.50, 0.1, '2023-01-02', '2023-01-02 08:00:00+08', '2023-01-02 03:04:05.25',
         true, '{"a": [1]}', 9007199254740993, 0.1, '{a,b}');
    CREATE VIEW lab_view AS SELECT * FROM lab
"""


@pytest.mark.postgresql
def test_postgresql_types_values_and_order():
    with _schema(_LAB) as schema:
        name = f"{schema}.lab_view"
        reader = open_database(postgresql_data.url(), {name: ["id"]})
        table, defects = _read(reader, name)
    assert table.to_pylist()[0] == {
        "id": 1,
        "name": "张三",
        "dose": Decimal("1.50"),
        "free": "0.1",
        "day": date(2023, 1, 2),
        "at": datetime(2023, 1, 2, tzinfo=UTC),
        "seen": datetime.fromisoformat("2023-01-02T03:04:05.250"),
        "ok": True,
        "more": '{"a": [1]}',
        "big": 9007199254740993,
        "ratio": 0.1,
        "codes": "{a,b}",
        PLACE: 1,
    }
    assert table["id"].to_pylist() == [1, 2]
    assert table["day"][1].as_py() is None
    assert [(d.place, d.column, d.reason, d.value) for d in defects] == [
        (2, "day", codes.BAD_VALUE, "infinity")
    ]
    assert reader.tables()[0].facts == {"order_by": ["id"]}


@pytest.mark.postgresql
def test_postgresql_names_are_quoted_and_many_rows_stream_in_order():
    quoted = _ODD.replace('"', '""')
    statement = f"""
        CREATE TABLE "{quoted}" (n int, "{quoted}" text, "Größe %s" int);
        INSERT INTO "{quoted}" SELECT 20000 - i, 'x' || i, i FROM generate_series(1, 20000) i
    """
    with _schema(statement) as schema:
        name = f"{schema}.{_ODD}"
        table, defects = _read(open_database(postgresql_data.url(), {name: ["n"]}), name)
    assert table["n"].to_pylist() == list(range(20_000))
    assert table[PLACE].to_pylist() == list(range(1, 20_001))
    assert table[_ODD][0].as_py() == "x20000"
    assert table.column_names == ["n", _ODD, "Größe %s", PLACE]
    assert not defects


@pytest.mark.postgresql
def test_postgresql_writes_nothing_even_where_a_view_would():
    writing = """
        CREATE TABLE visit (n int);
        CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS
            $$ INSERT INTO visit VALUES (1) RETURNING n $$;
        CREATE VIEW trap AS SELECT spoil() AS n
    """
    with _schema(writing) as schema:
        name = f"{schema}.trap"
        path = f"&options=-csearch_path%3D{schema}"
        reader = open_database(postgresql_data.url() + path, {name: ["n"]})
        with pytest.raises(QundaoError) as caught:
            list(reader.batches(name, print))
        assert caught.value.code == codes.UNREADABLE
        assert "read-only" in caught.value.problems[0].received


@pytest.mark.postgresql
def test_what_is_not_there_is_refused():
    url = postgresql_data.url()
    with _schema("CREATE TABLE visit (n int)") as schema:
        name = f"{schema}.visit"
        for views, options, code in (
            ({f"{schema}.none": ["n"]}, {}, codes.NO_SUCH_TABLE),
            ({name: ["m"]}, {}, codes.UNKNOWN_OPTION),
            ({name: []}, {}, codes.UNKNOWN_OPTION),
            ({name: ["n"]}, {"x": "y"}, codes.UNKNOWN_OPTION),
        ):
            with pytest.raises(QundaoError) as caught:
                open_database(url, views, options)
            assert caught.value.code == code
        with pytest.raises(QundaoError) as caught:
            open_database(url, {name: ["n"]}, limits=Limits(columns=0))
        assert caught.value.code == codes.BEYOND_LIMITS
        reader = open_database(url, {name: []}, {"unordered": "yes"})
        assert list(reader.batches(name, print)) == []
        with pytest.raises(QundaoError) as caught:
            list(reader.batches("other", print))
        assert caught.value.code == codes.NO_SUCH_TABLE


@pytest.mark.postgresql
def test_over_long_values_are_defects():
    with _schema("CREATE TABLE t AS SELECT 1 n, repeat('x', 5000) s UNION SELECT 2, 'y'") as schema:
        name = f"{schema}.t"
        limits = Limits(field_bytes=1000)
        table, defects = _read(
            open_database(postgresql_data.url(), {name: ["n"]}, {}, limits), name
        )
    assert table["s"].to_pylist() == [None, "y"]
    assert [(d.place, d.column, len(d.value)) for d in defects] == [(1, "s", 200)]


def test_an_address_of_no_server_is_refused_and_its_password_not_repeated():
    with pytest.raises(QundaoError) as caught:
        open_database("postgresql://u:geheim@127.0.0.1:1/x", {"t": ["n"]})
    assert caught.value.code == codes.SOURCE_MISSING
    assert "geheim" not in str(caught.value)
    with pytest.raises(QundaoError) as caught:
        open_database("db2://u@h/x", {"t": ["n"]})
    assert caught.value.code == codes.UNKNOWN_FORMAT


@pytest.mark.parametrize(("scheme", "driver"), [("mssql", "pyodbc"), ("oracle", "oracledb")])
def test_a_driver_that_is_not_installed_is_named(scheme, driver):
    try:
        __import__(driver)
    except ModuleNotFoundError:
        with pytest.raises(QundaoError) as caught:
            open_database(f"{scheme}://u@127.0.0.1:1/x", {"t": ["n"]})
        assert caught.value.code == codes.DRIVER_MISSING
        assert driver in caught.value.problems[0].received
    else:
        pytest.skip(f"{driver} is installed")


@pytest.fixture
def mariadb() -> str:
    url = os.environ.get("QUNDAO_MARIADB_URL", "")
    if not url:
        pytest.skip("no MariaDB: scripts/mariadb.sh run … starts one")
    return url


def _execute(url: str, *statements: str) -> None:
    socket = parse_qs(urlsplit(url).query)["unix_socket"][0]
    database = urlsplit(url).path[1:]
    with closing(
        pymysql.connect(user="root", unix_socket=socket, database=database, autocommit=True)
    ) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


@pytest.mark.mariadb
def test_mariadb_types_values_and_order(mariadb):
    _execute(
        mariadb,
        "CREATE OR REPLACE TABLE lab (id int, name varchar(20), dose decimal(9, 2), day date, "
        "at datetime(3), note text, raw bit(8), ratio double, of_day time)",
        "INSERT INTO lab VALUES (2, '李四', NULL, '0000-00-00', NULL, NULL, NULL, 1e100, NULL), "
        "(1, '张三', 1.5, '2023-01-02', '2023-01-02 03:04:05.25', 'é', b'101', .1, '30:00:00')",
        "CREATE OR REPLACE VIEW lab_view AS SELECT * FROM lab",
    )
    table, defects = _read(open_database(mariadb, {"qundao.lab_view": ["id"]}), "qundao.lab_view")
    assert table.to_pylist()[0] == {
        "id": 1,
        "name": "张三",
        "dose": Decimal("1.50"),
        "day": date(2023, 1, 2),
        "at": datetime.fromisoformat("2023-01-02T03:04:05.250"),
        "note": "é",
        "raw": b"\x05",
        "ratio": 0.1,
        "of_day": "30:00:00",
        PLACE: 1,
    }
    assert table["day"][1].as_py() is None
    assert [(d.place, d.column, d.value) for d in defects] == [(2, "day", "0000-00-00")]


@pytest.mark.mariadb
def test_mariadb_names_are_quoted_and_many_rows_stream_in_order(mariadb):
    quoted = _ODD.replace("`", "``")
    _execute(
        mariadb,
        f"CREATE OR REPLACE TABLE `{quoted}` (n int, `{quoted}` text)",
        f"INSERT INTO `{quoted}` SELECT 20000 - seq, concat('x', seq) FROM seq_1_to_20000",
    )
    table, defects = _read(open_database(mariadb, {_ODD: ["n"]}), _ODD)
    assert table["n"].to_pylist() == list(range(20_000))
    assert table[PLACE].to_pylist() == list(range(1, 20_001))
    assert table[_ODD][0].as_py() == "x20000"
    assert not defects


@pytest.mark.mariadb
def test_mariadb_writes_nothing_even_where_a_view_would(mariadb):
    _execute(
        mariadb,
        "CREATE OR REPLACE TABLE visit (n int)",
        "CREATE OR REPLACE FUNCTION spoil() RETURNS int MODIFIES SQL DATA "
        "BEGIN INSERT INTO visit VALUES (1); RETURN 1; END",
        "CREATE OR REPLACE VIEW trap AS SELECT spoil() AS n",
    )
    with pytest.raises(QundaoError, match="READ ONLY"):
        open_database(mariadb, {"trap": ["n"]})
    visits = open_database(mariadb, {"visit": ["n"]})
    assert list(visits.batches("visit", print)) == []
    with pytest.raises(QundaoError) as caught:
        open_database(mariadb, {"none": ["n"]})
    assert caught.value.code == codes.NO_SUCH_TABLE


_LAB_RESULTS = """\
mapping: lab
version: 1
target: own
describe:
  result: {fields: {id: {kind: integer, required: yes, key: yes}, day: date, at: datetime}}
sources:
  lab: {database: $LIS_URL, view: v_results, keys: [id], zone: Asia/Shanghai}
tables:
  result: {from: lab, fields: {id: id, day: drawn, at: drawn}}
"""


@pytest.mark.mariadb
def test_mariadb_views_are_loaded_by_the_clock_of_their_zone(mariadb, monkeypatch, tmp_path):
    _execute(
        mariadb,
        "SET time_zone = '+08:00'",
        "CREATE OR REPLACE TABLE results (id int, drawn timestamp NULL)",
        "INSERT INTO results VALUES (2, '2023-01-02 07:30:00'), (1, '2023-01-02 23:30:00'), "
        "(NULL, '2023-01-03')",
        "CREATE OR REPLACE VIEW v_results AS SELECT * FROM results",
    )
    monkeypatch.setenv("LIS_URL", mariadb)
    account, rows = rehearse(read_mapping(_LAB_RESULTS, "m.yaml"), tmp_path, tmp_path / "node")
    assert sorted((r["id"], str(r["day"]), str(r["at"])) for r in rows["result"]) == [
        (1, "2023-01-02", "2023-01-02 23:30:00"),
        (2, "2023-01-02", "2023-01-02 07:30:00"),
    ]
    (told,) = account.tables
    assert (told.candidates, told.loaded, told.rejected) == (3, 2, 1)
    assert account.sources[0].file == "v_results@localhost/qundao"
    assert list((tmp_path / "node").glob("**/*.parquet")) == []
