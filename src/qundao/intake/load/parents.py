"""What becomes of rows that point at a row which this load did not take.

A row that must have its parent (a diagnosis its person) is rejected with it; one that may do
without (its visit) stays, points nowhere, and is told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from qundao.intake.load.desk import Desk
from qundao.intake.load.layout import FAULTS, ITEM
from qundao.intake.load.plans import Planned
from qundao.intake.mapping.document import TableRule
from qundao.intake.source import PLACE
from qundao.models import Field, Model

_NO_PARENT = "no_parent"


def check_parents(desk: Desk, plan: Planned) -> Mapping[str, int]:
    """Mark or empty what points nowhere; return how many sound rows were emptied, by field."""
    emptied: dict[str, int] = {}
    for declared, orphan in orphans(desk, plan):
        lost = exp.select(exp.Count(this=exp.Star())).from_(plan.candidates).where(orphan)
        if not desk.count(lost):
            continue
        if declared.required:
            _mark(desk, plan.candidates, declared, orphan)
        else:
            emptied[declared.name] = _empty(desk, plan, declared, orphan)
    return {name: n for name, n in emptied.items() if n}


def orphans(desk: Desk, plan: Planned) -> Iterator[tuple[Field, exp.Expr]]:
    """Yield the fields that point at rows of tables loaded so far, and whether one is not there."""
    filled = desk.filled() - {plan.table.name}
    for given in plan.rule.fields:
        declared = plan.table[given.name]
        if declared.foreign is not None and declared.foreign.table in filled:
            yield declared, _orphan(declared)


def parents_first(rules: Sequence[TableRule], model: Model) -> Sequence[TableRule]:
    """Return the rules so that a table's parents are loaded before it, else in their order."""
    targets = list(dict.fromkeys(r.target for r in rules))
    ordered: dict[str, None] = {}

    def place(target: str, above: frozenset[str]) -> None:
        for declared in model[target].fields:
            parent = declared.foreign.table if declared.foreign else target
            if parent in targets and parent not in ordered and parent not in above | {target}:
                place(parent, above | {target})
        ordered[target] = None

    for target in targets:
        if target not in ordered:
            place(target, frozenset())
    return [r for target in ordered for r in rules if r.target == target]


def _orphan(declared: Field) -> exp.Expr:
    """Return whether a candidate points at a row that is not there."""
    assert declared.foreign is not None
    own = exp.column(declared.name, quoted=True)
    parent = exp.to_table(f"target_{declared.foreign.table}", quoted=True)
    keys = exp.select(exp.column(declared.foreign.field, quoted=True)).from_(parent)
    inside = exp.In(this=own, query=keys.subquery())
    there = exp.not_(exp.Is(this=own.copy(), expression=exp.null()))
    return exp.and_(there, exp.not_(inside))


def _mark(desk: Desk, candidates: str, declared: Field, orphan: exp.Expr) -> None:
    fault = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(key), expression=exp.Literal.string(value))
            for key, value in (("reason", _NO_PARENT), ("field", declared.name), ("value", ""))
        ]
    )
    held = exp.func("COALESCE", exp.column(FAULTS), exp.Array(expressions=[]))
    more = exp.Anonymous(this="list_append", expressions=[held, fault])
    desk.rows(exp.update(candidates, {FAULTS: more}, where=orphan))


def _empty(desk: Desk, plan: Planned, declared: Field, orphan: exp.Expr) -> int:
    sound = exp.Is(this=exp.column(FAULTS), expression=exp.null())
    place = (exp.column(PLACE), exp.column(ITEM), exp.Literal.string(_NO_PARENT))
    where = exp.and_(orphan.copy(), sound)
    told = exp.select(
        exp.Literal.string(plan.table.name),
        exp.Literal.string(plan.rule.source),
        desk.file_name(),
        *place,
        exp.Literal.string(declared.name),
        exp.Literal.string("emptied"),
    )
    told = told.from_(plan.candidates).where(where)
    counted = exp.select(exp.Count(this=exp.Star())).from_(plan.candidates).where(where.copy())
    count = desk.count(counted)
    desk.rows(exp.insert(told, "rejects"))
    desk.rows(exp.update(plan.candidates, {f'"{declared.name}"': exp.null()}, where=orphan))
    return count
