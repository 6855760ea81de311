"""Holds one target table of two loads side by side: by its key, else by whole rows.

One pass counts what differs and in which fields; examples are the first by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from qundao.intake.load.lineage import lineage_key
from qundao.intake.mapping.document import TableRule
from qundao.intake.suggest.compare_result import Place, RowExample, TableComparison
from qundao.models import Table

_MOST_PLACES = 5
_DIFFERING = {
    "added": "o._there IS NULL",
    "removed": "n._there IS NULL",
    "changed": "o._there AND n._there AND ({differs})",
}


@dataclass(frozen=True)
class Sides:
    """The folders of two loaded versions, and the database to hold them side by side."""

    database: duckdb.DuckDBPyConnection
    before: Path
    after: Path

    def files(self, table: str) -> tuple[Path, Path]:
        """Return the table's file before and after."""
        name = f"tables/{table}.parquet"
        return self.before / name, self.after / name

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        return self.database.execute(sql, list(values)).fetchall()


def compare_tables(
    sides: Sides,
    before: Table | None,
    after: Table | None,
    rules: Sequence[TableRule],
    examples: int,
) -> TableComparison | None:
    """Return how a table differs; None where neither load has a row of it."""
    table = after or before
    assert table is not None
    declared = dict.fromkeys(f.name for t in (before, after) if t for f in t.fields)
    names = [n for n in declared if all(t is None or n in t for t in (before, after))]
    for side, path in zip(("o", "n"), sides.files(table.name), strict=True):
        fields = ", ".join(map(_quoted, names))
        shown = f"SELECT {fields} FROM read_parquet('{_escaped(path)}')"  # noqa: S608
        none = f"SELECT {', '.join(f'NULL AS {_quoted(n)}' for n in names)} WHERE false"
        sides.rows(f"CREATE OR REPLACE VIEW side_{side} AS {shown if path.exists() else none}")
    (old,), (new,) = (sides.rows(f"SELECT count(*) FROM side_{s}")[0] for s in "on")  # noqa: S608
    if not old and not new:
        return None
    key = _key(sides, table, names)
    compared = _by_key if key else _by_row
    return compared(sides, table, key or tuple(names), names, (old, new), rules, examples)


def _key(sides: Sides, table: Table, names: Sequence[str]) -> tuple[str, ...]:
    """Return the model's key where it tells the rows of both sides apart; else nothing."""
    key = tuple(k for k in table.keys if k in names)
    if not key or len(key) < len(table.keys):
        return ()
    columns = ", ".join(map(_quoted, key))
    empty = " OR ".join(f"{_quoted(k)} IS NULL" for k in key)
    for side in "on":
        twice = f"SELECT 1 FROM side_{side} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
        if sides.rows(twice) or sides.rows(f"SELECT 1 FROM side_{side} WHERE {empty} LIMIT 1"):  # noqa: S608
            return ()
    return key


def _by_key(
    sides: Sides,
    table: Table,
    key: tuple[str, ...],
    names: Sequence[str],
    counts: tuple[int, int],
    rules: Sequence[TableRule],
    most: int,
) -> TableComparison:
    others = [n for n in names if n not in key]
    joined = _joined(key)
    each = {n: f"o.{_quoted(n)} IS DISTINCT FROM n.{_quoted(n)}" for n in others}
    differs = " OR ".join(each.values()) or "false"
    when = {kind: text.format(differs=differs) for kind, text in _DIFFERING.items()}
    counted = [*when.values(), *(f"o._there AND n._there AND {e}" for e in each.values())]
    told = sides.rows(
        f"SELECT {', '.join(f'count(*) FILTER (WHERE {c})' for c in counted)} FROM {joined}"  # noqa: S608
    )[0]
    added, removed, changed, *fields = map(int, told)
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    for kind, n in (("changed", changed), ("added", added), ("removed", removed)):
        pairs += _pairs(sides, joined, when[kind], key, names, min(most, n))
    places = _places(sides, table, [p[1] or p[0] or {} for p in pairs], rules, pairs)
    examples = tuple(
        _example(key, before, after, found)
        for (before, after), found in zip(pairs, places, strict=True)
    )
    by_field = {n: rows for n, rows in zip(others, fields, strict=True) if rows}
    return TableComparison(table.name, key, *counts, added, removed, changed, by_field, examples)


def _joined(key: Sequence[str]) -> str:
    on = " AND ".join(f"o.{_quoted(k)} = n.{_quoted(k)}" for k in key)
    return (
        "(SELECT *, true AS _there FROM side_o) o FULL JOIN "  # noqa: S608
        f"(SELECT *, true AS _there FROM side_n) n ON {on}"
    )


def _pairs(
    sides: Sides, joined: str, when: str, key: Sequence[str], names: Sequence[str], most: int
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Return the first rows that differ so, before and after."""
    if not most:
        return []
    columns = ", ".join(f"{side}.{_quoted(n)}" for side in "on" for n in names)
    order = ", ".join(f"coalesce(o.{_quoted(k)}, n.{_quoted(k)})" for k in key)
    found = sides.rows(
        f"SELECT o._there, n._there, {columns} FROM {joined} "  # noqa: S608
        f"WHERE {when} ORDER BY {order} LIMIT {most}"
    )
    return [
        (
            _row(names, values[: len(names)]) if there_before else None,
            _row(names, values[len(names) :]) if there_after else None,
        )
        for there_before, there_after, *values in found
    ]


def _by_row(
    sides: Sides,
    table: Table,
    names: tuple[str, ...],
    _: Sequence[str],
    counts: tuple[int, int],
    rules: Sequence[TableRule],
    most: int,
) -> TableComparison:
    """Compare whole rows, equal ones as often as they occur."""
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    numbers = []
    for one, other in (("n", "o"), ("o", "n")):
        only = f"SELECT * FROM side_{one} EXCEPT ALL SELECT * FROM side_{other}"  # noqa: S608
        numbers.append(int(sides.rows(f"SELECT count(*) FROM ({only})")[0][0]))  # noqa: S608
        shown = sides.rows(f"SELECT * FROM ({only}) ORDER BY ALL LIMIT {most}")  # noqa: S608
        rows = [_row(names, values) for values in shown]
        pairs += [(None, r) if one == "n" else (r, None) for r in rows]
    places = _places(sides, table, [p[1] or p[0] or {} for p in pairs], rules, pairs)
    examples = tuple(
        RowExample({}, before, after, (), found)
        for (before, after), found in zip(pairs, places, strict=True)
    )
    added, removed = numbers
    return TableComparison(table.name, (), *counts, added, removed, 0, {}, examples)


def _example(
    key: Sequence[str],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    places: tuple[Place, ...],
) -> RowExample:
    there = after or before or {}
    fields: tuple[str, ...] = ()
    if before is not None and after is not None:
        either = dict.fromkeys((*before, *after))
        fields = tuple(n for n in either if before.get(n) != after.get(n))
    return RowExample({k: there.get(k) for k in key}, before, after, fields, places)


def _places(
    sides: Sides,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    rules: Iterable[TableRule],
    pairs: Sequence[tuple[object, object]],
) -> list[tuple[Place, ...]]:
    """Return where rows came from, as the lineage of the load that has them tells."""
    keys = dict.fromkeys(lineage_key(r, table) for r in rules if r.target == table.name)
    found: dict[tuple[bool, str], list[Place]] = {}
    for is_new, folder in ((True, sides.after), (False, sides.before)):
        texts = [
            _text(row, key)
            for row, (_, after) in zip(rows, pairs, strict=True)
            if (after is not None) == is_new
            for key in keys
        ]
        files = folder / "lineage" / table.name / "*.parquet"
        if texts and keys and files.parent.is_dir():
            told = sides.rows(
                "SELECT CAST(key AS TEXT), source, file, place, item FROM read_parquet(?) "
                "WHERE fate = 'loaded' AND CAST(key AS TEXT) IN (SELECT unnest(?)) ORDER BY ALL",
                str(files),
                texts,
            )
            for key, *place in told:
                found.setdefault((is_new, key), []).append(Place(*place))
    every = []
    for row, (_, after) in zip(rows, pairs, strict=True):
        own = [p for k in keys for p in found.get((after is not None, _text(row, k)), ())]
        every.append(tuple(dict.fromkeys(own))[:_MOST_PLACES])
    return every


def _text(row: Mapping[str, Any], key: Sequence[str]) -> str:
    return " ".join(str(row[k]) for k in key if row.get(k) is not None)


def _row(names: Sequence[str], values: Sequence[Any]) -> Mapping[str, Any]:
    return {n: v for n, v in zip(names, values, strict=True) if v is not None}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
