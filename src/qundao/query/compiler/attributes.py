"""The attributes of events and the facts of their persons to SQL."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.concepts import concept_rows
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import col, days_between, in_range, in_rows, is_in, text, year
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    Dated,
    Demographic,
    Gender,
    Numeric,
    OwnAttribute,
    PersonBySet,
    PersonCoded,
    TextOp,
    Textual,
)
from qundao.query.domains import ERA_LENGTH, RATIOS, DomainTable

LOW_OR_HIGH = (4155142, 4155143)
"""The concepts of a result coded as abnormally low or high (after Circe)."""


def own_value(
    attribute: OwnAttribute, place: int, table: DomainTable, source: str
) -> dict[str, exp.Expr]:
    """Return the columns of `source` that an attribute needs."""
    if isinstance(attribute, Abnormal):
        return {f"attribute_{place}": _abnormal(source)}
    if attribute.field in table.linked:
        column = table.linked[attribute.field].column
        return {f"link_{column}": col(source, column)}
    column = {**table.numbers, **table.codes, **table.texts}[attribute.field]
    if column == ERA_LENGTH:
        return {}
    if column in RATIOS:
        return {f"attribute_{place}": _ratio(source, RATIOS[column])}
    return {f"attribute_{place}": col(source, column)}


def _ratio(source: str, limit: str) -> exp.Expr:
    below = exp.Nullif(this=col(source, limit), expression=exp.convert(0))
    value = exp.cast(col(source, "value_as_number"), exp.DType.DOUBLE)
    return exp.Div(this=value, expression=below)


def _abnormal(source: str) -> exp.Expr:
    value = col(source, "value_as_number")
    return exp.or_(
        value < col(source, "range_low"),
        value.copy() > col(source, "range_high"),
        is_in(col(source, "value_as_concept_id"), LOW_OR_HIGH),
    )


def link_joins(
    query: exp.Select, table: DomainTable, own: list[OwnAttribute], event: str
) -> exp.Select:
    """Return the query joined with the tables that hold linked attributes."""
    for name in dict.fromkeys(n for a in own if (n := _linked(a, table))):
        link = table.linked[name]
        on: exp.Expr = col(name, link.key).eq(col(event, f"link_{link.column}"))
        if link.same_person:
            on = exp.and_(on, col(name, "person_id").eq(col(event, "person_id")))
        kind = "inner" if link.required else "left"
        query = query.join(exp.table_(link.table, alias=name), on=on, join_type=kind)
    return query


def _linked(attribute: OwnAttribute, table: DomainTable) -> str | None:
    """Return the name of a linked attribute, which is the alias of its table too."""
    if isinstance(attribute, Coded | CodedBySet) and attribute.field in table.linked:
        return attribute.field
    return None


def attribute_holds(
    plan: Plan, table: DomainTable, own: list[OwnAttribute], attribute: OwnAttribute, event: str
) -> exp.Expr:
    """Return the condition that an attribute asks for."""
    value = _value(table, own, attribute, event)
    match attribute:
        case Numeric():
            return in_range(value, attribute.range)
        case Coded():
            found = is_in(value, attribute.concepts)
            return exp.not_(found) if attribute.negated else found
        case CodedBySet():
            return _in_set(plan, value, attribute.concepts, negated=attribute.negated)
        case Textual():
            return _text_holds(value, attribute)
        case Abnormal():
            return value


def _value(
    table: DomainTable, own: list[OwnAttribute], attribute: OwnAttribute, event: str
) -> exp.Expr:
    """Return an attribute's value; a length is that between the dates that everything sees."""
    if name := _linked(attribute, table):
        return col(name, table.linked[name].code)
    if isinstance(attribute, Numeric) and attribute.field == ERA_LENGTH:
        return days_between(col(event, "start_date"), col(event, "end_date"))
    return col(event, f"attribute_{own.index(attribute)}")


def _in_set(plan: Plan, value: exp.Expr, name: str | None, *, negated: bool) -> exp.Expr:
    """Return whether a code is in a set, or there at all; `negated` turns either round."""
    if name is None:
        empty = value.is_(exp.null())
        return empty if negated else exp.not_(empty)
    found = in_rows(value, concept_rows(plan, name))
    return exp.not_(found) if negated else found


def person_holds(plan: Plan, asked: Demographic, event: str, person: str) -> exp.Expr:
    """Return the condition on an event's dates and its person, given the names of both."""
    match asked:
        case Gender():
            return is_in(col(person, "gender_concept_id"), asked.concepts)
        case PersonCoded():
            return is_in(col(person, f"{asked.field}_concept_id"), asked.concepts)
        case PersonBySet():
            value = col(person, f"{asked.field}_concept_id")
            return _in_set(plan, value, asked.concepts, negated=asked.negated)
        case Dated() | Aged():
            return _when(asked, event, person)


def _when(asked: Dated | Aged, event: str, person: str) -> exp.Expr:
    when = col(event, "start_date" if asked.anchor is Anchor.START else "end_date")
    if isinstance(asked, Dated):
        return in_range(when, asked.range)
    age = exp.Sub(this=year(when), expression=col(person, "year_of_birth"))
    return in_range(age, asked.range)


def _text_holds(value: exp.Expr, asked: Textual) -> exp.Expr:
    plain = asked.text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    pattern = {
        TextOp.CONTAINS: f"%{plain}%",
        TextOp.STARTS: f"{plain}%",
        TextOp.ENDS: f"%{plain}",
    }[asked.op]
    like = exp.Escape(this=exp.Like(this=value, expression=text(pattern)), expression=text("!"))
    return exp.not_(like) if asked.negated else like
