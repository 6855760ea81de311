"""Loads one rule's candidates into its target: sound ones in, the others told and counted.

Rows with the same identity (`one_per`, else the model's key) become one: the first in the order of
files and places. Where the key is the model's and the rows differ, the later ones are rejected.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from qundao.intake.load.account import TableAccount
from qundao.intake.load.compile import FAULTS, FILE, ITEM, Candidates, candidates
from qundao.intake.load.desk import TARGET, Desk
from qundao.intake.load.parents import check_parents
from qundao.intake.mapping.document import TableRule
from qundao.intake.source import PLACE
from qundao.models import Table

_CANDIDATES, _FATES, _SORTED = "candidates", "fates", "sorted_out"
_FATE, _ROW = "_fate", "_row"
_LOADED, _MERGED, _REPEATED, _FAULTY = "loaded", "merged", "key_repeated", "faulty"


def load_table(desk: Desk, rule: TableRule, table: Table) -> TableAccount:
    """Load a rule's rows into `target_<table>` and return what became of each candidate."""
    found = candidates(rule, table, desk.types[rule.source], desk.mapping.codes)
    desk.create(_CANDIDATES, found.query)
    for looked in found.looked:
        desk.note_codes(_CANDIDATES, looked)
    emptied = check_parents(desk, _CANDIDATES, rule, table)
    desk.make_target(table)
    desk.create(_FATES, _fates(desk, rule, table))
    desk.see(_SORTED, _sorted_out())
    _keep(desk, rule, table)
    _reject(desk, rule, table)
    account = replace(_count(desk, rule, found), emptied=emptied)
    desk.drop(_SORTED, _FATES, _CANDIDATES)
    return account


def _sorted_out() -> exp.Select:
    """Return the candidates, each with its fate."""
    fate = exp.func("COALESCE", exp.column(_FATE, table="f"), exp.Literal.string(_LOADED))
    same = exp.column("rowid", table="c").eq(exp.column(_ROW, table="f"))
    return (
        exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("c")), fate.as_(_FATE))
        .from_(exp.to_table(_CANDIDATES).as_("c"))
        .join(exp.to_table(_FATES).as_("f"), on=same, join_type="left")
    )


def _fates(desk: Desk, rule: TableRule, table: Table) -> exp.Query:
    """Return the rows that are not loaded, and why: few, where an export is sound."""
    key = _key(rule, table)
    faulty = _some(exp.Literal.string(_FAULTY)).where(exp.not_(_sound()))
    if not key:
        return faulty
    twins = _twins(rule, key)
    if not desk.has_rows(table):
        return exp.union(faulty, twins, distinct=False)
    again = exp.Literal.string(_MERGED if rule.one_per else _REPEATED)
    there = _some(again).where(exp.and_(_sound(), _already(table, key)))
    known = exp.select(exp.column(_ROW)).from_("there")
    new = exp.select(exp.Star()).from_(twins.subquery("t"))
    new = new.where(exp.not_(exp.In(this=exp.column(_ROW), query=known.subquery())))
    told = exp.select(exp.Star()).from_("there")
    every = exp.union(exp.union(faulty, told, distinct=False), new, distinct=False)
    return every.with_("there", as_=there)


def _some(fate: exp.Expr) -> exp.Select:
    row = exp.column("rowid").as_(_ROW)
    return exp.select(row, fate.as_(_FATE)).from_(exp.to_table(_CANDIDATES).as_("r"))


def _twins(rule: TableRule, key: tuple[str, ...]) -> exp.Select:
    """Return all but the first of the rows that share a key, and what becomes of them."""
    names = [exp.column(k, quoted=True) for k in key]
    shared = (
        exp.select(*(n.copy() for n in names))
        .from_(_CANDIDATES)
        .where(_sound())
        .group_by(*(n.copy() for n in names))
        .having(exp.Count(this=exp.Star()) > 1)
    )
    order = exp.Order(expressions=[exp.column(c) for c in (FILE, PLACE, ITEM)])
    nth = exp.Window(this=exp.RowNumber(), partition_by=names, order=order)
    first = exp.Window(
        this=exp.FirstValue(this=_content(rule)),
        partition_by=[n.copy() for n in names],
        order=order.copy(),
    )
    whole = exp.Tuple(expressions=[n.copy() for n in names])
    ranked = exp.select(
        exp.column("rowid").as_(_ROW),
        nth.as_("_nth"),
        first.as_("_first"),
        _content(rule).as_("_content"),
    )
    ranked = ranked.from_(_CANDIDATES).where(
        exp.and_(_sound(), exp.In(this=whole, query=shared.subquery()))
    )
    same = exp.true() if rule.one_per else exp.column("_content").eq(exp.column("_first"))
    merged, repeated = (exp.Literal.string(f) for f in (_MERGED, _REPEATED))
    fate = exp.Case().when(same, merged).else_(repeated)
    later = exp.column("_nth") > 1
    return exp.select(_ROW, fate.as_(_FATE)).from_(ranked.subquery("r")).where(later)


def _sound() -> exp.Expr:
    return exp.Is(this=exp.column(FAULTS), expression=exp.null())


def _already(table: Table, key: tuple[str, ...]) -> exp.Expr:
    """Return whether an earlier rule loaded a row with the same key."""
    held = exp.to_table(f"{TARGET}{table.name}", quoted=True)
    keys = exp.select(*(exp.column(k, quoted=True) for k in key)).from_(held)
    whole = exp.Tuple(expressions=[exp.column(k, quoted=True) for k in key])
    return exp.In(this=whole, query=keys.subquery())


def _content(rule: TableRule) -> exp.Expr:
    """Return a row's fields as one value, to tell whether two rows are the same."""
    fields = [exp.column(f.name, quoted=True) for f in rule.fields]
    return exp.Anonymous(this="row", expressions=fields)


def _key(rule: TableRule, table: Table) -> tuple[str, ...]:
    """Return the fields by which rows are one: as told, else the model's key where all is given."""
    if rule.one_per:
        return tuple(k.lower() for k in rule.one_per)
    given = {f.name for f in rule.fields}
    return table.keys if table.keys and set(table.keys) <= given else ()


def _keep(desk: Desk, rule: TableRule, table: Table) -> None:
    names = ", ".join(f'"{f.name}"' for f in rule.fields)
    desk.rows(
        f'INSERT INTO "target_{table.name}" ({names}) '  # noqa: S608
        f"SELECT {names} FROM {_SORTED} WHERE {_FATE} = '{_LOADED}'"
    )
    key = _key(rule, table) or table.keys[:1]
    given = {f.name for f in rule.fields}
    parts = [exp.cast(exp.column(k, quoted=True), "TEXT") for k in key if k in given]
    told = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *parts])
    mapping = f"{desk.mapping.name}@{desk.mapping.version}"
    lineage = (
        exp.select(
            (told if parts else exp.Literal.string("")).as_("key"),
            exp.column(_FATE).as_("fate"),
            exp.Literal.string(rule.source).as_("source"),
            desk.file_name().as_("file"),
            exp.column(PLACE).as_("place"),
            exp.column(ITEM).as_("item"),
            exp.Literal.string(mapping).as_("mapping"),
        )
        .from_(_SORTED)
        .where(exp.column(_FATE).isin(exp.Literal.string(_LOADED), exp.Literal.string(_MERGED)))
    )
    desk.write_lineage(table, lineage)


def _reject(desk: Desk, rule: TableRule, table: Table) -> None:
    """Tell of every defect of every rejected candidate."""
    place = [
        exp.Literal.string(table.name),
        exp.Literal.string(rule.source),
        desk.file_name(),
        exp.column(PLACE),
        exp.column(ITEM),
    ]
    unfolded = exp.Anonymous(this="unnest", expressions=[exp.column(FAULTS)])
    faulty = exp.select(*place, unfolded.as_("f")).from_(_SORTED)
    faulty = faulty.where(exp.column(_FATE).eq(exp.Literal.string(_FAULTY)))
    parts = [
        exp.Anonymous(
            this="struct_extract", expressions=[exp.column("f"), exp.Literal.string(name)]
        )
        for name in ("reason", "field", "value")
    ]
    names = [f"c{i}" for i in range(len(place))]
    inner = exp.select(
        *(p.as_(n) for p, n in zip(faulty.selects[: len(place)], names, strict=True)),
        faulty.selects[-1],
    )
    inner = inner.from_(_SORTED).where(faulty.args["where"].this)
    desk.rows(exp.insert(exp.select(*names, *parts).from_(inner.subquery("x")), "rejects"))
    repeated = exp.select(
        *(p.copy() for p in place),
        exp.Literal.string(_REPEATED),
        exp.Literal.string(", ".join(_key(rule, table))),
        exp.Literal.string(""),
    ).from_(_SORTED)
    repeated = repeated.where(exp.column(_FATE).eq(exp.Literal.string(_REPEATED)))
    desk.rows(exp.insert(repeated, "rejects"))


def _count(desk: Desk, rule: TableRule, found: Candidates) -> TableAccount:
    fates = {
        fate: int(n)
        for fate, n in desk.rows(f"SELECT {_FATE}, count(*) FROM {_SORTED} GROUP BY 1")  # noqa: S608
    }
    every = int(desk.rows(found.every)[0][0])
    left_out = int(desk.rows(found.left_out)[0][0]) if found.left_out else 0
    reasons = desk.rows(
        f"SELECT f.reason, f.field, count(*) FROM (SELECT unnest({FAULTS}) AS f FROM {_SORTED} "  # noqa: S608
        f"WHERE {_FATE} = '{_FAULTY}') GROUP BY ALL ORDER BY ALL"
    )
    told = {f"{reason}:{name}" if name else reason: int(n) for reason, name, n in reasons}
    if fates.get(_REPEATED):
        told[_REPEATED] = fates[_REPEATED]
    return TableAccount(
        rule.target,
        rule.source,
        rule.line,
        every,
        left_out,
        fates.get(_FAULTY, 0) + fates.get(_REPEATED, 0),
        fates.get(_MERGED, 0),
        fates.get(_LOADED, 0),
        told,
    )
