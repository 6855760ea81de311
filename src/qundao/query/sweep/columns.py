"""Which columns of a domain's table a criterion looks at, each under one name with its SQL.

Names tell the kind of value: `id:` (a number that names something), `number:`, `text:`, `flag:`.
The six that every event has keep the names they have in compiled queries.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.attributes import own_value
from qundao.query.compiler.events import event_values
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import col
from qundao.query.criteria import (
    Abnormal,
    Coded,
    CodedBySet,
    Criterion,
    Distinct,
    Near,
    Numeric,
    OwnAttribute,
    Textual,
)
from qundao.query.domains import DOMAINS, ERA_LENGTH, Domain, DomainTable, Link
from qundao.query.sweep.fitness import UnfitError

TABLE = "t"
SOURCE = "id:source"
Values = dict[str, exp.Expr]
OWN = Numeric | Coded | CodedBySet | Textual | Abnormal


def base_values(plan: Plan, domain: Domain) -> Values:
    """Return the six values that every event of a domain has."""
    return event_values(plan, DOMAINS[domain], TABLE)


def criterion_values(plan: Plan, criterion: Criterion) -> Values:
    """Return what a criterion looks at besides: its source code and its attributes."""
    table = DOMAINS[criterion.domain]
    found: Values = {}
    if criterion.source_concepts is not None:
        found[SOURCE] = col(TABLE, str(table.source))
    for attribute in criterion.where:
        if isinstance(attribute, OWN) and (name := value_name(attribute, table)) is not None:
            value = next(iter(own_value(attribute, 0, table, TABLE).values()))
            found[name] = _number(plan, table, name, value)
    return found


_SINGLE = "FLOAT"
"""What DuckDB calls a float of 32 bits. It compares those as they are, other engines as doubles."""


def _number(plan: Plan, table: DomainTable, name: str, value: exp.Expr) -> exp.Expr:
    """Return a measured number as a float, made by the engine: Arrow rounds decimals otherwise."""
    types = {c.name: c.type for c in plan.schema[table.table]}
    single = isinstance(value, exp.Column) and types.get(value.name) == _SINGLE
    double = name.startswith("number:") and not single
    return exp.cast(value, exp.DType.DOUBLE) if double else value


def value_name(attribute: OwnAttribute, table: DomainTable) -> str | None:
    """Return the name of an attribute's value; None for a length, which is counted from dates."""
    match attribute:
        case Abnormal():
            return "flag:abnormal"
        case Numeric():
            return None if attribute.field == ERA_LENGTH else f"number:{attribute.field}"
        case Textual():
            return f"text:{attribute.field}"
        case _:
            link = link_of(attribute, table)
            return f"id:{attribute.field}" if link is None else f"id:link {link.column}"


def link_of(attribute: OwnAttribute, table: DomainTable) -> Link | None:
    """Return the table that an attribute points at, if it does."""
    if isinstance(attribute, Coded | CodedBySet):
        return table.linked.get(attribute.field)
    return None


def counted_values(plan: Plan, near: Near) -> Values:
    """Return the value that is counted once, unless it is one of the six."""
    name, table = counted_name(near), DOMAINS[near.criterion.domain]
    if name is None or ":" not in name:
        return {}
    kind, field = name.split(":")
    columns = table.codes if kind == "id" else table.numbers
    return {name: _number(plan, table, name, col(TABLE, columns[field]))}


_OF_EVENT = {
    Distinct.CONCEPT: "concept_id",
    Distinct.DAY: "start_date",
    Distinct.END_DAY: "end_date",
    Distinct.VISIT: "visit_id",
    Distinct.VISIT_DETAIL: "event_id",
}


def counted_name(near: Near) -> str | None:
    """Return the name of what is counted once; None for events themselves and for lengths."""
    if near.distinct in (Distinct.EVENT, Distinct.LENGTH):
        return None
    if near.distinct in _OF_EVENT:
        return _OF_EVENT[near.distinct]
    if near.distinct is Distinct.UNIT:
        return "id:unit"
    numbers = DOMAINS[near.criterion.domain].numbers
    field = near.distinct.value if near.distinct.value in numbers else "dose_value"
    return f"number:{field}"


def refuse_places(criterion: Criterion) -> None:
    """Leave regions of residence, which take a table of places, to the plain way."""
    if DOMAINS[criterion.domain].place:
        raise UnfitError("regions of residence")


def exposure_values() -> Values:
    """Return what continuous exposure looks at: source code, supply and end as recorded."""
    drug = DOMAINS[Domain.DRUG]
    return {SOURCE: col(TABLE, str(drug.source))}
