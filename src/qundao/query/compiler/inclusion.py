"""Inclusion statistics to SQL: how many entry events, and persons, satisfy which rules.

One row per set of rules that some event satisfies. The rules are looked at side by side over
the qualified events, not one after the other as a population applies them.
"""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from qundao.query.compiler.groups import passing, same_event
from qundao.query.compiler.plan import Plan, Schema
from qundao.query.compiler.population import qualified
from qundao.query.compiler.sql import col, count_rows, descending, row_number
from qundao.query.population import Population

EVENTS, PERSONS = "events", "persons"
_I, _R, _B = "i", "r", "b"


def inclusion_query(population: Population, schema: Schema) -> exp.Select:
    """Return the query for `rule_1 … rule_n` (0 or 1), `events` and `persons`.

    Persons are counted by their best event, as `query.attrition` says. Raises ValueError where
    there is no rule.
    """
    if not population.rules:
        raise ValueError(f"inclusion rules are required, received none in {population.name!r}")
    plan = Plan(schema, population.concept_sets)
    flags = flag_names(len(population.rules))
    step = plan.step("masks", _masks(plan, population))
    names = [exp.column(f) for f in flags]
    chosen = plan.step("best", _best(step, flags))
    best = exp.Sum(this=exp.Case().when(_is_first(), exp.convert(1)).else_(exp.convert(0)))
    query = exp.select(*names, count_rows().as_(EVENTS), best.as_(PERSONS))
    grouped = query.from_(exp.table_(chosen, alias=_B)).group_by(*[n.copy() for n in names])
    return plan.finish(grouped)


def flag_names(rules: int) -> tuple[str, ...]:
    """Return the names of the columns that tell which rules hold."""
    return tuple(f"rule_{i + 1}" for i in range(rules))


def _masks(plan: Plan, population: Population) -> exp.Select:
    """Return each qualified event with 1 or 0 per rule."""
    index = qualified(plan, population)
    listed: list[exp.Expr] = [col(_I, c) for c in ("event_id", "person_id")]
    query = exp.select(*listed).from_(exp.table_(index, alias=_I))
    for i, (rule, name) in enumerate(
        zip(population.rules, flag_names(len(population.rules)), strict=True)
    ):
        alias = f"{_R}{i}"
        step = plan.step("passing", passing(plan, rule.group, index))
        on = same_event(alias, _I)
        query = query.join(exp.table_(step, alias=alias), on=on, join_type="left")
        absent = col(alias, "event_id").is_(exp.null())
        query = query.select(
            exp.Case().when(absent, exp.convert(0)).else_(exp.convert(1)).as_(name)
        )
    return query


def _best(masks: str, flags: tuple[str, ...]) -> exp.Select:
    """Return each event's flags and its place among the person's events, the best first."""
    held = reduce(
        lambda a, b: exp.Add(this=a, expression=b), (col(_I, f) for f in flags), exp.convert(0)
    )
    order = [descending(held), _first_rule(flags), col(_I, "event_id")]
    place = row_number([col(_I, "person_id")], order)
    listed = [col(_I, f) for f in flags]
    return exp.select(*listed, place.as_("place")).from_(exp.table_(masks, alias=_I))


def _first_rule(flags: tuple[str, ...]) -> exp.Expr:
    """Return the number of the first rule that holds, 0 where none does."""
    case = exp.Case()
    for i, flag in enumerate(flags):
        case = case.when(col(_I, flag).eq(exp.convert(1)), exp.convert(i))
    return case.else_(exp.convert(0))


def _is_first() -> exp.Expr:
    return col(_B, "place").eq(exp.convert(1))
