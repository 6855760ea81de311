"""Eras to SQL: a person's stays, or exposures, that touch become one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import add_days, as_date, ascending, col, descending

_C = "c"


def collapsed(plan: Plan, stays: str, pad: int) -> exp.Select:
    """Return a person's stays merged: gaps and islands over the padded ends."""
    islands = plan.step("islands", _islands(plan.step("starts", _starts(stays, pad))))
    last = exp.Max(this=col(_C, "padded_end"))
    return (
        exp.select(
            col(_C, "person_id"),
            exp.Min(this=col(_C, "start_date")).as_("start_date"),
            add_days(last, -pad).as_("end_date"),
        )
        .from_(exp.table_(islands, alias=_C))
        .group_by(col(_C, "person_id"), col(_C, "island"))
    )


def _starts(stays: str, pad: int) -> exp.Select:
    """Return each stay with the latest padded end before it, in order of start."""
    padded = as_date(add_days(col(_C, "end_date"), pad))
    order = [col(_C, "start_date"), col(_C, "end_date")]
    before = _running(exp.Max(this=padded.copy()), order, last="1 PRECEDING")
    names = [col(_C, "person_id"), col(_C, "start_date"), col(_C, "end_date")]
    return exp.select(*names, padded.as_("padded_end"), before.as_("before")).from_(
        exp.table_(stays, alias=_C)
    )


def _islands(starts: str) -> exp.Select:
    """Return each stay with its island's number: a new one unless an earlier end reaches it."""
    touches = exp.GTE(this=col(_C, "before"), expression=col(_C, "start_date"))
    new = exp.Case().when(touches, exp.convert(0)).else_(exp.convert(1))
    # Of equal rows one is new and the others touch it: it has to come first here too.
    order = [col(_C, "start_date"), col(_C, "end_date"), descending(new)]
    island = _running(exp.Sum(this=new), order, last="CURRENT ROW")
    names = [col(_C, c) for c in ("person_id", "start_date", "padded_end")]
    return exp.select(*names, island.as_("island")).from_(exp.table_(starts, alias=_C))


def _running(aggregate: exp.Expr, order: Sequence[exp.Expr], last: str) -> exp.Window:
    side, _, kind = last.rpartition(" ")
    spec = exp.WindowSpec(
        kind="ROWS",
        start="UNBOUNDED",
        start_side="PRECEDING",
        end="CURRENT ROW" if last == "CURRENT ROW" else exp.convert(int(side)),
        end_side=None if last == "CURRENT ROW" else kind,
    )
    return exp.Window(
        this=aggregate,
        partition_by=[col(_C, "person_id")],
        order=exp.Order(expressions=[ascending(o) for o in order]),
        spec=spec,
    )
