"""Opens a DuckDB file without writing to it and, by default, without locking it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
from sqlglot import exp

from qundao.engines import codes
from qundao.engines.dsn import Dsn
from qundao.engines.duck import DIALECT, DuckEngine, Source, add_view, connect, seal
from qundao.engines.duck_errors import duck_errors
from qundao.engines.options import EngineOptions
from qundao.engines.private import copy_settled, private_folder
from qundao.engines.source_file import readable_file
from qundao.kernel.errors import fail

_ALIAS = "source"
_COPY = ("auto", "always", "never")
_WHAT = "DuckDB file"


def open_duckdb_file(dsn: Dsn, options: EngineOptions) -> DuckEngine:
    """Open `dsn.path`. Raises `engines.*` for a file that is missing, held, damaged or foreign."""
    path = readable_file(dsn.path, _WHAT)
    how = dsn.options.get("copy", "auto")
    if how not in _COPY:
        raise fail(codes.BAD_DSN, f"copy={how}", "dsn", options="copy=auto|always|never")
    folder = private_folder(options.temp_dir)
    try:
        connection = _attached(path, how, options, folder)
        _add_views(connection, dsn.options.get("schema", "main"))
        seal(connection, ())
        return DuckEngine(connection, Source("duckdb", str(path), path.exists), folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _attached(
    path: Path, how: str, options: EngineOptions, folder: Path
) -> duckdb.DuckDBPyConnection:
    """Return an instance with the file attached read-only: in place, or from a private copy."""
    connection = connect(options, folder)
    if not _copy_first(path, how, options):
        try:
            _attach(connection, path)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise _unreadable(path) from error
            if how == "never":
                raise fail(codes.SOURCE_LOCKED, str(path), "dsn") from error
        except duckdb.Error as error:
            raise _unreadable(path) from error
        else:
            return connection
    copy = folder / "copy.duckdb"
    _guarded(path, lambda: copy_settled(path, copy))
    _guarded(path, lambda: _attach(connection, copy))
    return connection


def _copy_first(path: Path, how: str, options: EngineOptions) -> bool:
    """Tell whether to copy at once: asked to, cheap enough, or a log waits to be replayed."""
    if how == "never":
        return False
    log = path.with_name(path.name + ".wal")
    small = path.stat().st_size <= options.copy_below_mb * 2**20
    return how == "always" or small or log.exists()


def _guarded(path: Path, step: Callable[[], None]) -> None:
    try:
        step()
    except (OSError, duckdb.Error) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> Exception:
    return fail(codes.SOURCE_UNREADABLE, str(path), "dsn", what=_WHAT)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    literal = exp.Literal.string(str(path)).sql(DIALECT)
    connection.execute(f"ATTACH {literal} AS {_ALIAS} (READ_ONLY)").fetchall()


def _add_views(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    with duck_errors(_WHAT, lambda: True):
        rows = connection.execute(
            "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
            "WHERE database_name = ? AND lower(schema_name) = lower(?) AND NOT internal "
            "GROUP BY table_name ORDER BY table_name",
            [_ALIAS, schema],
        ).fetchall()
        for table, columns in rows:
            source = exp.table_(table, db=schema, catalog=_ALIAS, quoted=True)
            add_view(connection, table, columns, source)
