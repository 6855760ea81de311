"""What is found out once before the scans: which tables are empty, and what many look up.

Relations that several scans look into are held in tables of the engine while the scans run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace

from sqlglot import exp

from qundao.kernel.errors import QundaoError
from qundao.kernel.side_by_side import side_by_side
from qundao.quality.joining import held_as, in_one_table
from qundao.quality.measure import Kept, Lookup, Shared, reading
from qundao.quality.plan import Scan, rows_query
from qundao.query.engine import Engine


def hold(scans: Iterable[Scan], engine: Engine, stack: ExitStack, empty: Collection[str]) -> Kept:
    """Hold what several scans look up in tables, and return their names.

    What cannot be held is worked out by each scan, which then says what is wrong with it; so is
    what goes by one name and differs from scan to scan.
    """
    named: dict[str, list[Shared]] = {}
    for shared in (shared for scan in scans for shared in scan.shared(empty)):
        named.setdefault(shared.name, []).append(shared)
    worth = {
        name: first
        for name, (first, *others) in named.items()
        if (others or first.worth_keeping) and all(o.query == first.query for o in others)
    }
    kept: dict[str, str] = {}
    for names in _in_turn(worth.values()):
        kept |= _held({n: reading(worth[n].query, kept) for n in names}, engine, stack)
    return kept | _held(_put_together(scans, kept, empty), engine, stack)


def _held(queries: Mapping[str, exp.Query], engine: Engine, stack: ExitStack) -> dict[str, str]:
    """Hold queries in tables while the stack is open, and return the names of those that ran."""

    def one(name: str) -> str | None:
        query = queries[name]
        assert isinstance(query, exp.Expression)
        with suppress(QundaoError):
            return stack.enter_context(engine.scratch(name, query)).name
        return None

    tables = side_by_side(one, list(queries), engine.at_once)
    return {name: table for name, table in zip(queries, tables, strict=True) if table}


def _put_together(
    scans: Iterable[Scan], kept: Kept, empty: Collection[str]
) -> Mapping[str, exp.Query]:
    """Return queries for lookups by one field that several scans use together, all of them kept."""
    found: dict[str, list[Sequence[Lookup]]] = {}
    for group in (group for scan in scans for group in scan.groups(empty)):
        if all(look.shared.name in kept for look in group) and held_as(group):
            found.setdefault(held_as(group), []).append(group)
    return {name: in_one_table(g[0], kept) for name, g in found.items() if len(g) > 1}


def _in_turn(shared: Iterable[Shared]) -> tuple[list[str], list[str]]:
    """Return the names of relations that read no other, then of those that do."""
    alone, needing = list[str](), list[str]()
    for one in shared:
        (needing if one.needs else alone).append(one.name)
    return alone, needing


def empty_tables(scans: Iterable[Scan], engine: Engine) -> frozenset[str]:
    """Return the tables without rows."""
    named = set().union(*(scan.tables() for scan in scans))
    return _without_rows({name: name for name in named if name in engine.schema}, engine)


def empty_relations(scans: Iterable[Scan], kept: Kept, engine: Engine) -> frozenset[str]:
    """Return the relations without rows, of those whose rows lookups depend on."""
    named = set().union(*(scan.tables() for scan in scans))
    return _without_rows({name: kept[name] for name in named if name in kept}, engine)


def without_grouping(scans: Sequence[Scan], engine: Engine) -> Sequence[Scan]:
    """Return the scans, with tables not grouped by a field that holds a single value.

    Only where the rows are at hand: stores of columns keep the bounds of each.
    """
    if not engine.in_process:
        return scans
    single = _single_valued({(s.base.table, s.base.by) for s in scans if s.base.by}, engine)
    return [
        replace(s, base=replace(s.base, query=s.base.single))
        if (s.base.table, s.base.by) in single
        else s
        for s in scans
    ]


def _single_valued(
    fields: Collection[tuple[str, str]], engine: Engine
) -> Collection[tuple[str, str]]:
    """Return the tables' fields whose lowest value is their highest."""
    found = set()
    for table in sorted({table for table, _ in fields}):
        names = sorted(field for t, field in fields if t == table)
        bounds = [
            bound(this=exp.column(n)).as_(f"{bound.__name__.lower()}_{n}")
            for n in names
            for bound in (exp.Min, exp.Max)
        ]
        with suppress(QundaoError):
            told = engine.records(exp.select(*bounds).from_(table))[0]
            found |= {(table, n) for n in names if told[f"min_{n}"] == told[f"max_{n}"]}
    return found


def _without_rows(tables: Mapping[str, str], engine: Engine) -> frozenset[str]:
    """Return the names whose tables have no row; where one cannot be read, none is known."""
    if not tables:
        return frozenset()
    try:
        answer = engine.records(rows_query(list(tables.values())))[0]
    except QundaoError:
        return frozenset()  # the scans will say which table, and why
    return frozenset(n for n, held in zip(tables, answer.values(), strict=True) if not held)
