"""What every engine refuses: anything but reading, and tables that it does not have."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from qundao.engines.codes import NOT_A_QUERY, TABLE_MISSING
from qundao.kernel.errors import fail, problem, raise_if

_WRITES = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
_SHOWN = 12


def check_query(query: exp.Expression, tables: Collection[str], scratch: Collection[str]) -> None:
    """Refuse anything but a query that only reads, over tables that exist.

    `tables` are the source's, `scratch` the temporary ones that are open now.
    Raises `engines.not_a_query` and `engines.table_missing`, naming every table at once.
    """
    if not isinstance(query, exp.Query):
        raise fail(NOT_A_QUERY, type(query).__name__)
    written = query.find(*_WRITES)
    if written is not None:
        raise fail(NOT_A_QUERY, type(written).__name__)
    known = {*tables, *scratch, *(cte.alias.lower() for cte in query.find_all(exp.CTE))}
    received = ", ".join(sorted(tables)[:_SHOWN])
    raise_if(
        problem(TABLE_MISSING, received, name, table=name)
        for name in sorted({table_name(t) for t in query.find_all(exp.Table)} - known)
    )


def refuse_unknown_functions(query: exp.Expression) -> None:
    """Refuse functions that sqlglot knows nothing of: some read files or write on the server.

    Raises `engines.not_a_query`.
    """
    called = query.find(exp.Anonymous, exp.AnonymousAggFunc, exp.CombinedAggFunc)
    if called is not None:
        raise fail(NOT_A_QUERY, f"{called.name}()")


def table_name(table: exp.Table) -> str:
    """Return a table's name; a function or a qualified name gives one that no schema holds."""
    plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
    return table.name.lower() if plain else table.sql()
