"""Joins lookups to a base: one query, however many measures look things up.

Lookups by the same field are joined to each other first, in full, so that each row is looked up
once for all of them. Where several scans do so, what they look into is held as one table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlglot import exp

from qundao.quality.measure import KEY, NOTHING_KEPT, Base, Kept, Lookup, Shared, reading, row


def joined(
    base: Base,
    lookups: Iterable[Lookup],
    columns: Iterable[exp.Expr],
    kept: Kept = NOTHING_KEPT,
    where: exp.Expr | None = None,
) -> exp.Select:
    """Return one query over `base`, where it holds, with every lookup joined once.

    What is `kept` is read from its table; the rest is worked out in the query.
    """
    unique = {look.alias: look for look in lookups}
    groups = by_field(unique.values())
    moved = {k.alias: held_as(g) for g in groups if held_as(g) in kept for k in g}
    query = exp.select(*(_moved(c, moved) for c in columns)).from_(base.source(kept), copy=False)
    for group in groups:
        query = query.join(*_join(group, kept), join_type="left", copy=False)
    for shared in shared_of(base, unique.values()):
        if shared.name not in kept:
            query = query.with_(shared.name, as_=reading(shared.query, kept), copy=False)
    return query if where is None else query.where(_moved(where.copy(), moved), copy=False)


def held_as(group: Sequence[Lookup]) -> str:
    """Return the name under which lookups by one field are held together in one table."""
    return "_and_".join(look.shared.name for look in group) if len(group) > 1 else ""


def in_one_table(group: Sequence[Lookup], kept: Kept) -> exp.Select:
    """Return the query for that table: the key, and each lookup's columns under its own name."""
    columns = [
        exp.column(name, table=look.alias).as_(_moved_name(look.alias, name))
        for look in group
        for name in look.shared.query.named_selects
    ]
    return exp.select(_key(group).as_(KEY), *columns).from_(_together(group, kept), copy=False)


def shared_of(base: Base, lookups: Iterable[Lookup]) -> tuple[Shared, ...]:
    """Return what a base and lookups read, each once, after what it needs itself."""
    found: dict[str, Shared] = {}
    for shared in (*base.needs, *(look.shared for look in lookups)):
        for one in (*shared.needs, shared):
            found.setdefault(one.name, one)
    return tuple(found.values())


def without_lookups(column: exp.Expr, aliases: Collection[str]) -> exp.Expr:
    """Return a column as it is where lookups find nothing: whatever they bring is NULL."""
    brought = [c for c in column.find_all(exp.Column) if c.table in aliases]
    if not brought:
        return column
    own = column.copy()
    for found in list(own.find_all(exp.Column)):
        if found.table in aliases:
            found.replace(exp.null())
    return own


def by_field(lookups: Iterable[Lookup]) -> list[list[Lookup]]:
    """Return lookups in groups that one join can answer."""
    groups: dict[str, list[Lookup]] = {}
    for look in lookups:
        groups.setdefault(look.field or f"({look.alias})", []).append(look)
    return list(groups.values())


def _together(group: Sequence[Lookup], kept: Kept) -> exp.Expr:
    """Return the group's relations joined on their keys, each under its own alias."""
    names = (kept.get(look.shared.name, look.shared.name) for look in group)
    first, *others = (exp.to_table(n).as_(look.alias) for n, look in zip(names, group, strict=True))
    if not others:
        return first
    for n, other in enumerate(others, 1):
        on = _key(group[:n]).eq(exp.column(KEY, table=other.alias))
        first.append("joins", exp.Join(this=other, side="FULL", on=on))
    return exp.Subquery(this=first)


def _join(group: Sequence[Lookup], kept: Kept) -> tuple[exp.Expr, exp.Expr]:
    """Return what is joined for a group of lookups, and on what."""
    field, name = group[0].field, held_as(group)
    if len(group) == 1:
        return _together(group, kept), group[0].on
    if name in kept:
        return exp.to_table(kept[name]).as_(name), row(str(field)).eq(exp.column(KEY, table=name))
    return _together(group, kept), row(str(field)).eq(_key(group))


def _moved(column: exp.Expr, moved: Mapping[str, str]) -> exp.Expr:
    """Return a column with what lookups bring read from the tables that hold them together."""
    if not any(c.table in moved for c in column.find_all(exp.Column)):
        return column
    own = column.copy()
    for found in list(own.find_all(exp.Column)):
        if found.table in moved:
            name = _moved_name(found.table, found.name)
            found.replace(exp.column(name, table=moved[found.table]))
    return own


def _moved_name(alias: str, column: str) -> str:
    return f"{alias}_{column}"


def _key(group: Sequence[Lookup]) -> exp.Expr:
    """Return the key of relations joined in full: that of whichever holds it."""
    first, *others = (exp.column(KEY, table=look.alias) for look in group)
    return exp.func("COALESCE", first, *others) if others else first
