"""What is at fault with a candidate, as a list that most candidates do not have."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp


def described(holds: exp.Expr, reason: str, name: str, text: exp.Expr) -> exp.Expr:
    """Return what is told where a fault holds: its reason, the field, what was written."""
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(key), expression=value)
        for key, value in (
            ("reason", exp.Literal.string(reason)),
            ("field", exp.Literal.string(name)),
            ("value", exp.cast(text, "TEXT")),
        )
    ]
    return exp.Case().when(holds, exp.Struct(expressions=fields))


def listed(faults: Sequence[exp.Expr]) -> exp.Expr:
    """Return the faults that hold as a list, NULL where none does.

    The list is put together for the rows that need one: most are sound, and only asked.
    """
    if not faults:
        return exp.cast(exp.null(), "STRUCT(reason TEXT, field TEXT, value TEXT)[]")
    any_holds = exp.or_(*(fault.args["ifs"][0].this.copy() for fault in faults))
    every = exp.Array(expressions=list(faults))
    there = exp.Anonymous(this="list_filter", expressions=[every, _not_null()])
    return exp.Case().when(any_holds, there)


def _not_null() -> exp.Expr:
    x = exp.to_identifier("x")
    held = exp.not_(exp.Is(this=exp.column("x"), expression=exp.null()))
    return exp.Lambda(this=held, expressions=[x])
