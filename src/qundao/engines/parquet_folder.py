"""Opens a folder of Parquet: `person.parquet` or `person/*.parquet` is the table `person`."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from qundao.engines import codes
from qundao.engines.dsn import Dsn
from qundao.engines.duck import DIALECT, DuckEngine, Source, add_view, connect, seal
from qundao.engines.options import EngineOptions
from qundao.engines.private import private_folder
from qundao.kernel.errors import Problem, fail, problem, raise_if

_WHAT = "folder of Parquet files"


def open_parquet_folder(dsn: Dsn, options: EngineOptions) -> DuckEngine:
    """Open `dsn.path`; all broken files are named at once. Raises `engines.*`."""
    path = dsn.path.absolute()
    tables = parquet_files(path)
    folder = private_folder(options.temp_dir)
    try:
        connection = connect(options, folder)
        connection.execute("SET parquet_metadata_cache = true").fetchall()  # many queries a file
        raise_if(p for t, files in tables.items() if (p := _add(connection, t, files)))
        every = [f for files in tables.values() for f in files]
        seal(connection, every)
        present = Source("parquet", str(dsn.path), lambda: all(f.exists() for f in every))
        return DuckEngine(connection, present, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def parquet_files(path: Path) -> Mapping[str, Sequence[Path]]:
    """Return table name to files. Raises for a folder that is missing, closed or ambiguous."""
    if not path.is_dir():
        raise fail(codes.SOURCE_MISSING, str(path), "dsn", what=_WHAT)
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        reason = f"{path}: {error.strerror}"
        raise fail(codes.SOURCE_UNREADABLE, reason, "dsn", what=_WHAT) from error
    found = [(_table_name(e), files) for e in entries if (files := _files(e))]
    if not found:
        raise fail(codes.SOURCE_MISSING, str(path), "dsn", what="Parquet file in the folder")
    repeated = [name for name, n in Counter(name for name, _ in found).items() if n > 1]
    raise_if(problem(codes.AMBIGUOUS_TABLE, name, str(path)) for name in repeated)
    return dict(found)


def _table_name(entry: Path) -> str:
    return (entry.name if entry.is_dir() else entry.stem).lower()


def _files(entry: Path) -> list[Path]:
    if entry.is_dir():
        return sorted(entry.glob("*.parquet"))
    return [entry] if entry.suffix.lower() == ".parquet" else []


def _add(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]
) -> Problem | None:
    """Add a table; return what is wrong with its files, if anything is."""
    paths = exp.Array(expressions=[exp.Literal.string(str(f)) for f in files])
    rows = exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[paths]))
    try:
        described = connection.execute(f"DESCRIBE {exp.select('*').from_(rows).sql(DIALECT)}")
        add_view(connection, table, [r[0] for r in described.fetchall()], rows)
    except duckdb.Error:
        closed = next((f for f in files if not _readable(f)), None)
        if closed:
            return problem(codes.SOURCE_UNREADABLE, closed.name, table, what="Parquet file")
        return problem(codes.BROKEN_PARQUET, ", ".join(f.name for f in files), table)
    return None


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError:
        return False
