"""Loads one rule's candidates into its target: sound ones in, the others told and counted.

Rows with the same identity (`one_per`, else the model's key) become one: the first in the order of
files and places. Where the key is the model's and the rows differ, the later ones are rejected.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from qundao.intake.load.account import TableAccount
from qundao.intake.load.compile import FAULTS, FILE, ITEM, Candidates, candidates
from qundao.intake.load.desk import Desk
from qundao.intake.load.parents import check_parents
from qundao.intake.mapping.document import TableRule
from qundao.intake.source import PLACE
from qundao.models import Table

_CANDIDATES, _SORTED = "candidates", "sorted_out"
_FATE = "_fate"
_LOADED, _MERGED, _REPEATED, _FAULTY = "loaded", "merged", "key_repeated", "faulty"


def load_table(desk: Desk, rule: TableRule, table: Table) -> TableAccount:
    """Load a rule's rows into `target_<table>` and return what became of each candidate."""
    found = candidates(rule, table, desk.types[rule.source], desk.mapping.codes)
    desk.create(_CANDIDATES, found.query)
    for looked in found.looked:
        desk.note_codes(_CANDIDATES, looked)
    emptied = check_parents(desk, _CANDIDATES, rule, table)
    desk.make_target(table)
    desk.create(_SORTED, _sorted_out(rule, table))
    _keep(desk, rule, table)
    _reject(desk, rule, table)
    account = replace(_count(desk, rule, found), emptied=emptied)
    desk.drop(_SORTED)
    desk.drop(_CANDIDATES)
    return account


def _sorted_out(rule: TableRule, table: Table) -> exp.Select:
    """Return the candidates, each with its fate."""
    key = _key(rule, table)
    sound = exp.Is(this=exp.column(FAULTS), expression=exp.null())
    faulty = exp.Case().when(exp.not_(sound), exp.Literal.string(_FAULTY))
    query = exp.select(exp.Star()).from_(_CANDIDATES)
    if not key:
        return query.select(faulty.else_(exp.Literal.string(_LOADED)).as_(_FATE))
    order = exp.Order(expressions=[exp.column(c) for c in (FILE, PLACE, ITEM)])
    group: list[exp.Expr] = [sound.copy(), *(exp.column(k, quoted=True) for k in key)]
    nth = exp.Window(this=exp.RowNumber(), partition_by=group, order=order)
    first_row = exp.Window(
        this=exp.FirstValue(this=_content(rule)), partition_by=group, order=order.copy()
    )
    ranked = query.select(nth.as_("_nth"), first_row.as_("_first"), _content(rule).as_("_content"))
    there = _already(table, key)
    merged = exp.true() if rule.one_per else exp.column("_content").eq(exp.column("_first"))
    fate = (
        faulty.when(
            exp.and_(exp.column("_nth").eq(1), exp.not_(there)), exp.Literal.string(_LOADED)
        )
        .when(exp.and_(exp.column("_nth") > 1, merged), exp.Literal.string(_MERGED))
        .when(_merges_with_target(rule, there), exp.Literal.string(_MERGED))
        .else_(exp.Literal.string(_REPEATED))
    )
    return exp.select(exp.Star(), fate.as_(_FATE)).from_(ranked.subquery("r"))


def _merges_with_target(rule: TableRule, there: exp.Expr) -> exp.Expr:
    """Return whether a row becomes one with what an earlier rule loaded under its key."""
    return there.copy() if rule.one_per else exp.false()


def _already(table: Table, key: tuple[str, ...]) -> exp.Expr:
    held = exp.to_table(f"target_{table.name}", quoted=True).as_("h")
    same = exp.and_(
        *(
            exp.column(k, table="h", quoted=True).eq(exp.column(k, table="r", quoted=True))
            for k in key
        )
    )
    return exp.Exists(this=exp.select(exp.Literal.number(1)).from_(held).where(same))


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
            told if parts else exp.Literal.string(""),
            exp.column(_FATE),
            exp.Literal.string(rule.source),
            desk.file_name(),
            exp.column(PLACE),
            exp.column(ITEM),
            exp.Literal.string(mapping),
        )
        .from_(_SORTED)
        .where(exp.column(_FATE).isin(exp.Literal.string(_LOADED), exp.Literal.string(_MERGED)))
    )
    desk.rows(exp.insert(lineage, exp.to_table(f"lineage_{table.name}", quoted=True)))


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
