"""The PostgreSQL engine on a real cluster: what is read, what is refused, what each defect says."""

from __future__ import annotations

import json
import socket
import struct
import threading
import uuid
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow as pa
import pytest
from sqlglot import exp

from qundao.cli.main import main
from qundao.engines import EngineOptions, open_engine
from qundao.kernel.errors import QundaoError
from qundao.models import omop
from support.ascii_tables import database
from support.postgresql_data import dsn, execute, schema_of, url

pytestmark = pytest.mark.postgresql

ALL = exp.select("x").from_("t").order_by("x")
TABLES = {"t": pa.table({"x": [1, 2], "name": ["a", "b"]})}


def code_of(action):
    with pytest.raises(QundaoError) as error:
        action()
    return error.value.code


@pytest.fixture
def schema():
    with schema_of(TABLES) as name:
        yield name


@pytest.fixture
def engine(schema):
    with open_engine(dsn(schema)) as engine:
        yield engine


def test_steps_of_a_query_are_not_joined_as_loops_within_loops(schema, engine):
    """The planner takes a step for one row: left to itself it goes through one for each other."""
    step = f'AS MATERIALIZED (SELECT x FROM "{schema}".t LIMIT 1)'
    asked = f"EXPLAIN WITH a {step}, b {step} SELECT * FROM a JOIN b ON a.x = b.x"
    with psycopg.connect(url()) as other:
        assert "Nested Loop" in str(other.execute(asked).fetchall())
    assert "Nested Loop" not in str(engine._connection.execute(asked).fetchall())


@contextmanager
def account(*grants):
    """Yield an account of its own; `{a}` in a grant is its name."""
    name = f"reader_{uuid.uuid4().hex[:8]}"
    execute(f"CREATE ROLE {name} LOGIN; " + "; ".join(g.format(a=name) for g in grants))
    try:
        yield name
    finally:
        execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def as_user(source, user):
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc.partition('@')[2]}"))


def test_names_are_in_small_letters_whatever_the_source_writes(schema):
    execute(f"""
        CREATE TABLE "{schema}"."Person" ("PERSON_ID" bigint, "Offset" text, "order" int);
        INSERT INTO "{schema}"."Person" VALUES (7, 'a', 1)
    """)
    with open_engine(dsn(schema.upper())) as engine:
        assert [c.name for c in engine.schema["person"]] == ["person_id", "offset", "order"]
        assert [c.type for c in engine.schema["t"]] == ["bigint", "text"]
        columns = [exp.column(n) for n in ("person_id", "offset", "Order")]
        row = engine.query(exp.select(*columns).from_("PERSON")).to_pydict()
        assert row == {"person_id": [7], "offset": ["a"], "order": [1]}
        aliased = exp.select(exp.column("offset", table="p")).from_(exp.to_table("person").as_("p"))
        assert engine.query(aliased).to_pydict() == {"offset": ["a"]}
        assert engine.describe()["kind"] == "postgresql"


def test_names_that_differ_only_in_case_are_refused(schema):
    execute(f'CREATE TABLE "{schema}"."T" (x int)')
    assert code_of(lambda: open_engine(dsn(schema))) == "engines.ambiguous_table"


def test_numbers_times_and_text_come_back_as_what_they_are(schema):
    execute(f"""
        CREATE TYPE "{schema}".sex AS ENUM ('F', 'M');
        CREATE TABLE "{schema}".v (
            small smallint, whole numeric(9), large numeric(30), money numeric(10, 2), free numeric,
            real8 double precision, yes boolean, fixed char(4), long text, day date, at timestamp,
            zoned timestamptz, sex "{schema}".sex, id uuid, doc jsonb, clock time
        );
        INSERT INTO "{schema}".v VALUES (
            1, 2, 3, 4.56, 7.5, 'NaN', true, 'ab', '氨', '2020-02-29', '2020-01-01 10:20:30.5',
            '2020-01-01 00:00:00+08', 'F', '00000000-0000-0000-0000-000000000001', '{{"a": 1}}',
            '10:20'
        );
        INSERT INTO "{schema}".v DEFAULT VALUES
    """)
    with open_engine(dsn(schema)) as engine:
        names = [c.name for c in engine.schema["v"]]
        query = exp.select(*names).from_("v").order_by("small")
        table = engine.query(query)
        (streamed,) = engine.stream(query)
    assert streamed.schema == table.schema
    assert str(streamed.to_pylist()) == str(table.to_pylist())
    empty, first = table.to_pylist()
    assert set(empty.values()) == {None}
    assert str(first.pop("real8")) == "nan"
    assert first == {
        "small": 1,
        "whole": 2,
        "large": Decimal(3),
        "money": Decimal("4.56"),
        "free": 7.5,
        "yes": True,
        "fixed": "ab",
        "long": "氨",
        "day": date(2020, 2, 29),
        "at": datetime.fromisoformat("2020-01-01 10:20:30.5"),
        "zoned": datetime.fromisoformat("2019-12-31 16:00:00+00:00"),
        "sex": "F",
        "id": "00000000-0000-0000-0000-000000000001",
        "doc": '{"a": 1}',
        "clock": "10:20:00",
    }
    assert table.schema.field("whole").type == pa.int64()


def test_counts_are_whole_numbers_also_of_nothing(engine):
    counted = [exp.Count(this=exp.Star()).as_("n"), exp.Sum(this=exp.column("x")).as_("s")]
    empty = exp.select(*counted).from_("t").where(exp.column("x") > 9)
    table = engine.query(empty)
    assert table.to_pydict() == {"n": [0], "s": [None]}
    assert table.schema.field("n").type == pa.int64()
    assert engine.query(exp.select("x").from_("t").where(exp.false())).num_rows == 0


def test_few_rows_come_as_records(engine):
    assert engine.records(ALL) == engine.query(ALL).to_pylist()


def test_days_beyond_the_year_9999_and_before_christ_are_carried(schema):
    execute(f"""
        CREATE TABLE "{schema}".d (day date, at timestamp);
        INSERT INTO "{schema}".d VALUES ('0001-01-01', '0001-01-01'), ('9999-12-31', '9999-12-31'),
            ('12000-01-01', '12000-01-01'), ('0044-03-15 BC', NULL)
    """)
    with open_engine(dsn(schema)) as engine:
        days = engine.query(exp.select("day").from_("d"))["day"].cast("int32").to_pylist()
        assert days == [-719162, 2932896, 3663382, -735160]
        execute(f"""INSERT INTO "{schema}".d VALUES ('infinity', NULL)""")
        assert engine.query(exp.select("at").from_("d"))["at"].cast("int64").to_pylist()[3] is None
    with open_engine(dsn(schema)) as engine:
        assert code_of(lambda: engine.query(exp.select("day").from_("d"))) == "engines.query_failed"
        assert engine.query(ALL).num_rows == 2


def test_all_queries_see_the_rows_of_one_moment(schema):
    with open_engine(dsn(schema)) as engine:
        execute(f"""INSERT INTO "{schema}".t VALUES (3, 'c')""")
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}
        execute(f'DELETE FROM "{schema}".t')
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}
    with open_engine(dsn(schema)) as engine:
        assert engine.query(ALL).num_rows == 0


def test_nothing_but_reading_its_own_tables_is_done(engine, schema):
    t = exp.to_table("t")
    written = exp.Insert(this=t.copy(), expression=exp.select("x", "name").from_("t"))
    for query, code in (
        (written, "not_a_query"),
        (exp.Drop(tables=[t.copy()], kind="TABLE"), "not_a_query"),
        (exp.select("x").from_("t").lock(), "not_a_query"),
        (exp.select("x").from_("t").with_("w", as_=exp.delete("t").returning("x")), "not_a_query"),
        (exp.select(exp.Anonymous(this="pg_read_file", expressions=[])), "not_a_query"),
        (exp.select(exp.Anonymous(this="pg_sleep", expressions=[exp.convert(1)])), "not_a_query"),
        (exp.select("*").from_("pg_authid"), "table_missing"),
        (exp.select("*").from_(exp.table_("pg_authid", db="pg_catalog")), "table_missing"),
        (exp.select("*").from_(exp.table_('t" x', quoted=True)), "table_missing"),
    ):
        assert code_of(lambda q=query: engine.query(q)) == f"engines.{code}"
    assert engine.query(ALL).num_rows == 2


def test_the_session_itself_may_not_write(engine, schema):
    """Even SQL that slipped past the checks would write nothing."""
    for sql in (
        f'DELETE FROM "{schema}".t',
        f'CREATE TABLE "{schema}".u (x int)',
        "SET LOCAL transaction_read_only = off",
    ):
        with pytest.raises(QundaoError) as error, engine._running(ALL):
            engine._connection.execute(sql)
        assert isinstance(error.value.__cause__, psycopg.Error)
    assert engine.query(ALL).num_rows == 2


def test_messages_never_hold_a_value_of_the_rows(engine):
    with pytest.raises(QundaoError) as error:
        engine.query(exp.select(exp.cast(exp.column("name"), "int").as_("n")).from_("t"))
    assert error.value.code == "engines.query_failed"
    assert '"a"' not in str(error.value)


def test_a_missing_column_is_named_and_the_session_goes_on(engine):
    with pytest.raises(QundaoError) as error:
        engine.query(exp.select("person_id").from_("t"))
    assert (error.value.code, error.value.problems[0].received) == (
        "engines.column_missing",
        "person_id",
    )
    assert engine.query(ALL).num_rows == 2


def test_streams_come_in_batches_and_beside_other_queries(schema):
    execute(f'INSERT INTO "{schema}".t SELECT n FROM generate_series(3, 1000) n')
    with open_engine(dsn(schema)) as engine:
        first, second = engine.stream(ALL, rows=300), engine.stream(ALL, rows=600)
        assert next(first).num_rows == 300
        assert next(second).num_rows == 600
        assert engine.query(ALL).num_rows == 1000
        assert [b.num_rows for b in first] == [300, 300, 100]
        assert [b.num_rows for b in second] == [400]
        assert next(engine.stream(ALL)).schema.field("x").type == pa.int64()


def test_a_stream_that_breaks_leaves_the_session_whole(schema):
    execute(f"""INSERT INTO "{schema}".t SELECT n, n::text FROM generate_series(3, 5000) n""")
    number = exp.cast(exp.column("name"), "int")
    with open_engine(dsn(schema)) as engine:
        broken = engine.stream(exp.select(number.as_("n")).from_("t").where("x > 2 OR x = 2"), 10)
        assert code_of(lambda: list(broken)) == "engines.query_failed"
        assert engine.query(ALL).num_rows == 5000


def test_scratch_tables_build_on_each_other_and_go_away(engine, schema):
    scratch_tables_work(engine)
    with psycopg.connect(url()) as connection:
        left = "SELECT count(*) FROM pg_class WHERE relname LIKE 'scratch%'"
        assert connection.execute(left).fetchone() == (0,)


def scratch_tables_work(engine):
    with engine.scratch("Mine", ALL) as table:
        rows = exp.select("x").from_(table).where(exp.column("x") > 1)
        assert engine.query(rows).to_pydict() == {"x": [2]}
        with engine.scratch("more", rows) as more:
            steps = exp.select("x").from_("s").with_("s", as_=exp.select("x").from_(more))
            assert engine.query(steps).to_pydict() == {"x": [2]}
        with engine.scratch("more", ALL) as again:
            assert engine.query(exp.select("x").from_(again)).num_rows == 2
    assert code_of(lambda: engine.query(rows)) == "engines.table_missing"
    assert set(engine.schema) == {"t"}


def test_where_no_temporary_table_may_be_made_scratch_works_all_the_same():
    database = f"closed_{uuid.uuid4().hex[:8]}"
    parts = urlsplit(url())
    inside = urlunsplit(parts._replace(path=f"/{database}"))
    execute(f"CREATE DATABASE {database}")
    try:
        with psycopg.connect(inside, autocommit=True) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1::bigint AS x UNION ALL SELECT 2")
        execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        with account() as reader:
            with psycopg.connect(inside, autocommit=True) as connection:
                connection.execute(f"GRANT SELECT ON t TO {reader}")
            with open_engine(as_user(f"{inside}&schema=public", reader)) as engine:
                scratch_tables_work(engine)
                assert engine._scratch == set()
            with psycopg.connect(inside, autocommit=True) as connection:
                connection.execute(f"DROP OWNED BY {reader}")
    finally:
        execute(f"DROP DATABASE {database} WITH (FORCE)")


def test_the_vocabulary_may_lie_in_a_schema_of_its_own(schema):
    other = {"concept": pa.table({"concept_id": [1]}), "t": pa.table({"x": [9]})}
    with (
        schema_of(other) as vocabulary,
        open_engine(dsn(schema, vocab_schema=vocabulary)) as engine,
    ):
        assert set(engine.schema) == {"t", "concept"}
        assert engine.query(exp.select("concept_id").from_("concept")).num_rows == 1
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}, "the data's own table goes before"


def test_text_is_compared_by_its_characters_whatever_the_database_sorts_by(schema):
    execute(f"""
        CREATE TABLE "{schema}".w (v text COLLATE "en-x-icu");
        INSERT INTO "{schema}".w VALUES ('b'), ('A'), ('a'), ('B'), ('a-1'), ('a1'), ('é')
    """)
    with open_engine(dsn(schema)) as engine:
        found = engine.query(exp.select("v").from_("w").order_by("v"))["v"].to_pylist()
        smallest = engine.query(exp.select(exp.Min(this=exp.column("v")).as_("v")).from_("w"))
        later = engine.query(exp.select("v").from_("w").where(exp.column("v") > exp.convert("a")))
    assert found == sorted(found) == ["A", "B", "a", "a-1", "a1", "b", "é"]
    assert smallest["v"].to_pylist() == ["A"]
    assert set(later["v"].to_pylist()) == {"a-1", "a1", "b", "é"}


def test_a_query_over_its_time_is_stopped(schema):
    execute(f'CREATE TABLE "{schema}".many AS SELECT generate_series(1, 20000) AS n')
    many = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(exp.to_table("many").as_("a"))
    for alias in ("b", "c"):
        less = exp.column("n", table="a") < exp.column("n", table=alias)
        many = many.join(exp.to_table("many").as_(alias), on=less)
    with open_engine(dsn(schema, timeout="1")) as engine:
        assert code_of(lambda: engine.query(many)) == "engines.timeout"
        assert engine.query(ALL).num_rows == 2


def test_a_connection_that_is_cut_says_so_and_stays_cut(schema):
    with open_engine(dsn(schema)) as engine:
        execute(f"SELECT pg_terminate_backend({engine._connection.info.backend_pid})")
        for _ in range(2):
            assert code_of(lambda: engine.query(ALL)) == "engines.source_vanished"
        with pytest.raises(QundaoError), engine.scratch("s", ALL):
            pass


def test_after_closing_nothing_is_asked_any_more(schema):
    engine = open_engine(dsn(schema), options=EngineOptions(memory_mb=16, threads=1))
    with engine.scratch("left", ALL):
        engine.close()
    engine.close()
    assert code_of(lambda: engine.query(ALL)) == "engines.closed"


def test_no_such_schema_or_database_is_named(schema):
    with pytest.raises(QundaoError) as error:
        open_engine(dsn("none", vocab_schema="nowhere"))
    assert [p.code for p in error.value.problems] == ["engines.database_missing"] * 2
    assert "nowhere" in error.value.problems[1].line("en")
    missing = urlunsplit(urlsplit(dsn(schema))._replace(path="/no_such_database"))
    assert code_of(lambda: open_engine(missing)) == "engines.database_missing"
    execute(f'DROP TABLE "{schema}".t')
    assert code_of(lambda: open_engine(dsn(schema))) == "engines.database_missing"


def test_what_the_account_may_not_read_is_named(schema):
    with account() as reader:
        with pytest.raises(QundaoError) as error:
            open_engine(as_user(dsn(schema), reader))
        assert error.value.code == "engines.permission_denied"
        assert schema in error.value.problems[0].line("zh")
    usage = f'GRANT USAGE ON SCHEMA "{schema}" TO {{a}}'
    with account(usage) as reader, open_engine(as_user(dsn(schema), reader)) as engine:
        assert code_of(lambda: engine.query(ALL)) == "engines.permission_denied"
        with engine.scratch("s", ALL) as table:
            kept = exp.select("x").from_(table)
            assert code_of(lambda: engine.query(kept)) == "engines.permission_denied"
    assert code_of(lambda: open_engine(as_user(dsn(schema), "nobody_known"))) == (
        "engines.access_denied"
    )


def test_a_server_that_is_away_is_named(tmp_path):
    for source in (f"postgresql://u@/db?host={tmp_path}", "postgresql://u:s3cret@127.0.0.1:1/db"):
        with pytest.raises(QundaoError) as error:
            open_engine(source)
        assert error.value.code == "engines.server_away"
        assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "message",
    ['password authentication failed for user "u"', '用户 "u" Password 认证失败', "口令认证失败"],
)
def test_a_wrong_password_is_told_in_whatever_language_the_server_speaks(message):
    with refusing_server("28P01", message) as port, pytest.raises(QundaoError) as error:
        open_engine(f"postgresql://u:s3cret@127.0.0.1:{port}/db?sslmode=disable")
    assert error.value.code == "engines.access_denied"
    told = error.value.problems[0]
    assert f"127.0.0.1:{port}" in told.received
    assert "s3cret" not in f"{told.line('zh')} {error.value!r} {error.value.__cause__}"


@contextmanager
def refusing_server(code, message):
    """A server that asks for the password and then refuses, as the protocol has it (v3)."""

    def serve():
        client, _ = server.accept()
        with client:
            client.recv(1024)
            client.sendall(b"R" + struct.pack("!ii", 8, 3))
            client.recv(1024)
            fields = f"SFATAL\0VFATAL\0C{code}\0M{message}\0\0".encode()
            client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_quality_is_run_from_the_command_line_over_a_server(tmp_path, capsys):
    persons = {"person": "person_id | year_of_birth\n1 | 1970\n1 | 1970\n2 | 3000"}
    out = tmp_path / "report.json"
    with schema_of(database(persons, omop("5.4"))) as schema:
        source = dsn(schema)
        told = ["quality", "run", "--data", source, "--cdm-version", "5.4", "--out", str(out)]
        assert main(told) == 0
    checks = json.loads(out.read_text("utf-8"))["checks"]
    failed = {
        (c["check"], c["field"]): c["violated_rows"] for c in checks if c["status"] == "failed"
    }
    assert failed["isPrimaryKey", "PERSON_ID"] == 2
    assert failed["plausibleValueHigh", "YEAR_OF_BIRTH"] == 1
    assert main(["quality", "run", "--data", "postgresql://u:s3cret@127.0.0.1:1/db"]) == 2
    captured = capsys.readouterr()
    assert "engines.server_away" in captured.err
    assert "s3cret" not in captured.out + captured.err
