"""Opening sources: what is read, what is never touched, and what each defect says."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from qundao.engines import EngineOptions, open_engine
from qundao.engines.duck_errors import duck_errors
from qundao.engines.private import copy_file, private_folder
from qundao.kernel.errors import QundaoError

ALL = exp.select("x").from_("t").order_by("x")


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute('CREATE TABLE T ("X" INTEGER, "Name" VARCHAR)').fetchall()
        connection.execute("INSERT INTO T VALUES (1, 'a'), (2, 'b')").fetchall()
        connection.execute("CREATE SCHEMA other").fetchall()
        connection.execute("CREATE TABLE other.u AS SELECT 3 AS x").fetchall()
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "parquet"
    folder.mkdir()
    pq.write_table(pa.table({"X": [1, 2], "Name": ["a", "b"]}), folder / "T.parquet")
    return folder


@pytest.fixture
def spare(tmp_path):
    (tmp_path / "spare").mkdir()
    return tmp_path / "spare"


def code_of(action):
    with pytest.raises(QundaoError) as error:
        action()
    return error.value.code


@contextmanager
def held_by_a_writer(path: Path):
    """Another process has the file open for writing, with rows only in its log."""
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('INSERT INTO T VALUES (9, NULL)').fetchall();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_names_are_in_small_letters_whatever_the_source_writes(kind, database, folder):
    with open_engine(f"{kind}:{database if kind == 'duckdb' else folder}") as engine:
        assert [c.name for c in engine.schema["t"]] == ["x", "name"]
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}
        assert engine.describe()["kind"] == kind


def test_another_schema_is_chosen_by_the_address(database):
    with open_engine(f"duckdb:{database}?schema=OTHER") as engine:
        assert set(engine.schema) == {"u"}


def test_a_folder_of_parts_is_one_table(folder):
    parts = folder / "u"
    parts.mkdir()
    for n in (1, 2):
        pq.write_table(pa.table({"x": [n]}), parts / f"{n}.parquet")
    with open_engine(f"parquet:{folder}") as engine:
        total = exp.select(exp.Sum(this=exp.column("x")).as_("x")).from_("u")
        assert engine.query(total).to_pydict() == {"x": [3]}


def test_an_open_source_can_be_written_by_others_and_changes_nothing_here(database):
    before = database.read_bytes()
    with open_engine(f"duckdb:{database}") as engine:
        assert database.read_bytes() == before
        with held_by_a_writer(database):
            assert engine.query(ALL).to_pydict() == {"x": [1, 2]}


def test_a_locked_file_is_read_from_a_copy_together_with_its_log(database):
    options = EngineOptions(copy_below_mb=0)
    with held_by_a_writer(database), open_engine(f"duckdb:{database}", options=options) as engine:
        assert engine.query(ALL).to_pydict() == {"x": [1, 2, 9]}


def test_a_locked_file_that_may_not_be_copied_is_refused(database):
    with held_by_a_writer(database):
        assert code_of(lambda: open_engine(f"duckdb:{database}?copy=never")) == (
            "engines.source_locked"
        )


def test_a_large_file_is_read_in_place(database, spare):
    options = EngineOptions(copy_below_mb=0, temp_dir=spare)
    with open_engine(f"duckdb:{database}", options=options) as engine:
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}
        assert not list(spare.rglob("*.duckdb"))


def test_the_private_folder_is_private_and_gone_after_closing(database, spare):
    engine = open_engine(f"duckdb:{database}", options=EngineOptions(temp_dir=spare))
    (private,) = spare.iterdir()
    assert private.stat().st_mode & 0o777 == 0o700
    engine.close()
    engine.close()
    assert not list(spare.iterdir())
    assert code_of(lambda: engine.query(ALL)) == "engines.closed"


def test_what_a_killed_process_left_behind_is_removed(spare):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    orphan = spare / f"qundao-engine-{process.pid}-x"
    mine = spare / f"qundao-engine-{os.getpid()}-x"
    for folder in (orphan, mine):
        folder.mkdir()
    private_folder(spare)
    assert not orphan.exists()
    assert mine.exists()


def test_a_missing_source_is_named(tmp_path):
    for scheme in ("duckdb", "parquet"):
        assert code_of(lambda s=scheme: open_engine(f"{s}:{tmp_path}/none")) == (
            "engines.source_missing"
        )
    assert code_of(lambda: open_engine(f"parquet:{tmp_path}")) == "engines.source_missing"
    assert code_of(lambda: open_engine(f"duckdb:{tmp_path}")) == "engines.source_missing"


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "a.duckdb"
    path.write_bytes(content)
    for copy in ("always", "never"):
        assert code_of(lambda c=copy: open_engine(f"duckdb:{path}?copy={c}")) == (
            "engines.source_unreadable"
        )


def test_a_truncated_database_is_refused(database):
    database.write_bytes(database.read_bytes()[: 3 * 4096])
    assert code_of(lambda: open_engine(f"duckdb:{database}")) == "engines.source_unreadable"


def test_every_broken_parquet_file_is_named_at_once(folder):
    whole = (folder / "T.parquet").read_bytes()
    (folder / "u.parquet").write_bytes(whole[:-9])
    (folder / "v.parquet").write_bytes(b"")
    with pytest.raises(QundaoError) as error:
        open_engine(f"parquet:{folder}")
    assert [(p.code, p.where) for p in error.value.problems] == [
        ("engines.broken_parquet", "u"),
        ("engines.broken_parquet", "v"),
    ]


def test_a_parquet_file_broken_inside_says_so_when_it_is_read(folder):
    path = folder / "T.parquet"
    pq.write_table(pa.table({"x": list(range(50_000))}), path, compression="zstd")
    whole = bytearray(path.read_bytes())
    whole[200:20_000] = os.urandom(19_800)
    path.write_bytes(bytes(whole))
    with open_engine(f"parquet:{folder}") as engine:
        assert code_of(lambda: engine.query(ALL)) == "engines.broken_parquet"


def test_tables_that_differ_only_in_case_are_refused(folder):
    pq.write_table(pa.table({"x": [1]}), folder / "t.parquet")
    assert code_of(lambda: open_engine(f"parquet:{folder}")) == "engines.ambiguous_table"


def test_a_source_that_vanishes_says_so(folder):
    with open_engine(f"parquet:{folder}") as engine:
        (folder / "T.parquet").unlink()
        assert code_of(lambda: engine.query(ALL)) == "engines.source_vanished"


def test_a_file_that_was_read_and_then_vanishes_or_changes_is_not_read_from_memory(folder):
    with open_engine(f"parquet:{folder}") as engine:
        assert engine.query(ALL).to_pydict() == {"x": [1, 2]}
        pq.write_table(pa.table({"X": [7, 8, 9], "Name": ["c", "d", None]}), folder / "T.parquet")
        assert engine.query(ALL).to_pydict() == {"x": [7, 8, 9]}
        (folder / "T.parquet").unlink()
        assert code_of(lambda: engine.query(ALL)) == "engines.source_vanished"


def test_few_rows_come_as_records(database):
    with open_engine(f"duckdb:{database}") as engine:
        assert engine.records(ALL) == engine.query(ALL).to_pylist()
        assert engine.records(ALL.where(exp.false())) == []


def test_a_missing_table_and_a_missing_column_are_named(database):
    with open_engine(f"duckdb:{database}") as engine:
        with pytest.raises(QundaoError) as error:
            engine.query(exp.select("x").from_("person"))
        assert (error.value.code, error.value.problems[0].where) == (
            "engines.table_missing",
            "person",
        )
        with pytest.raises(QundaoError) as error:
            engine.query(exp.select("person_id").from_("t"))
        assert (error.value.code, error.value.problems[0].received) == (
            "engines.column_missing",
            "person_id",
        )


def test_nothing_but_the_tables_can_be_reached(database, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    read = exp.Anonymous(this="read_csv", expressions=[exp.Literal.string(str(secret))])
    with open_engine(f"duckdb:{database}") as engine:
        assert code_of(lambda: engine.query(exp.select("*").from_(exp.Table(this=read)))) == (
            "engines.table_missing"
        )
        quoted = exp.select("*").from_(exp.table_(str(secret), quoted=True))
        assert code_of(lambda: engine.query(quoted)) == "engines.table_missing"
        other = exp.select("*").from_(exp.table_("u", db="other", catalog="source"))
        assert code_of(lambda: engine.query(other)) == "engines.table_missing"
        drop = exp.Drop(tables=[exp.table_("t")], kind="VIEW")
        assert code_of(lambda: engine.query(drop)) == "engines.not_a_query"


def test_the_instance_itself_is_sealed(database, tmp_path):
    """Even SQL that slipped past the checks could not open a file or lift a limit."""
    with open_engine(f"duckdb:{database}") as engine:
        for sql in (
            f"COPY t TO '{tmp_path}/out.csv'",
            f"SELECT * FROM read_text('{database}')",
            "SET enable_external_access = true",
            "SET threads = 64",
            "INSTALL httpfs",
            "DELETE FROM source.main.T",
        ):
            with pytest.raises(duckdb.Error):
                engine._connection.execute(sql).fetchall()


def test_messages_never_hold_a_value_of_the_rows(database):
    text = exp.select(exp.cast(exp.column("name"), "int").as_("n")).from_("t")
    with open_engine(f"duckdb:{database}") as engine, pytest.raises(QundaoError) as error:
        engine.query(text)
    assert error.value.code == "engines.query_failed"
    assert "'a'" not in str(error.value)


def test_streams_come_in_batches_and_scratch_tables_go_away(database):
    with open_engine(f"duckdb:{database}") as engine:
        batches = list(engine.stream(ALL, rows=1))
        assert [b.column(0).to_pylist() for b in batches if len(b)] in ([[1], [2]], [[1, 2]])
        with engine.scratch("mine", ALL) as table:
            rows = exp.select("x").from_(table).where(exp.column("x") > exp.convert(1))
            assert engine.query(rows).to_pydict() == {"x": [2]}
            with engine.scratch("more", rows) as more:
                assert engine.query(exp.select("x").from_(more)).to_pydict() == {"x": [2]}
        assert code_of(lambda: engine.query(rows)) == "engines.table_missing"
        assert "scratch_mine" not in engine.schema


def test_a_full_disk_is_said_when_copying():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    assert code_of(lambda: copy_file(Path(__file__), full)) == "engines.disk_full"


def test_work_beyond_the_limits_is_said(tmp_path):
    path = tmp_path / "many.duckdb"
    with duckdb.connect(str(path)) as connection:
        rows = "SELECT md5(range::varchar) || md5(range::varchar) AS x FROM range(900000)"
        connection.execute(f"CREATE TABLE t AS {rows}").fetchall()
    options = EngineOptions(memory_mb=20, threads=1, temp_mb=1)
    with open_engine(f"duckdb:{path}", options=options) as engine:
        assert code_of(lambda: engine.query(ALL)) in ("engines.out_of_memory", "engines.disk_full")


def test_a_disk_that_fills_while_spilling_is_told_from_a_damaged_source():
    def spill():
        with duck_errors("x", lambda: True):
            raise duckdb.IOException("Could not write file: No space left on device")

    assert code_of(spill) == "engines.disk_full"


def test_limits_below_one_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        EngineOptions(threads=0)
