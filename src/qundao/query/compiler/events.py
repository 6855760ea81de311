"""A criterion to SQL: its events, one row each, with columns that no domain can be told from.

`person_id, event_id, start_date, end_date, concept_id, visit_id`.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.concepts import concept_rows
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    as_date,
    both,
    col,
    days_between,
    in_range,
    in_rows,
    is_in,
    row_number,
    text,
    year,
)
from qundao.query.criteria import (
    Aged,
    Anchor,
    Attribute,
    Coded,
    Criterion,
    Dated,
    Demographic,
    Gender,
    Numeric,
    TextOp,
    Textual,
)
from qundao.query.domains import DOMAINS, ERA_LENGTH, DomainTable

EVENT_COLUMNS = ("person_id", "event_id", "start_date", "end_date", "concept_id", "visit_id")
_T, _E, _P = "t", "e", "p"


def event_rows(plan: Plan, criterion: Criterion) -> exp.Select:
    """Return the events of a criterion; nearby criteria (`near`) are not looked at here."""
    attributes = [a for a in criterion.where if isinstance(a, Numeric | Coded | Textual)]
    rows = exp.Subquery(this=_numbered(plan, criterion, attributes), alias=exp.to_identifier(_E))
    query = exp.select(*[col(_E, c) for c in EVENT_COLUMNS]).from_(rows)
    if any(isinstance(a, Aged | Gender) for a in criterion.where):
        on = col(_P, "person_id").eq(col(_E, "person_id"))
        query = query.join(exp.table_("person", alias=_P), on=on)
    if criterion.first:
        query = query.where(col(_E, "ordinal").eq(exp.convert(1)))
    return query.where(both(_holds(a, attributes) for a in criterion.where))


def _numbered(
    plan: Plan, criterion: Criterion, attributes: list[Numeric | Coded | Textual]
) -> exp.Select:
    """Return the domain's rows of the wanted concepts, numbered per person from the first."""
    domain = DOMAINS[criterion.domain]
    columns = _columns(plan, domain)
    columns |= {f"attribute_{i}": _attribute(domain, a, columns) for i, a in enumerate(attributes)}
    listed: list[exp.Expr] = [value.as_(name) for name, value in columns.items()]
    if criterion.first:
        rest = [v for n, v in columns.items() if n not in ("person_id", "start_date")]
        order = row_number([columns["person_id"]], [columns["start_date"], *rest])
        listed.append(order.as_("ordinal"))
    query = exp.select(*listed).from_(exp.table_(domain.table, alias=_T))
    for column, name in (
        (domain.concept, criterion.concepts),
        (domain.source, criterion.source_concepts),
    ):
        if name is not None and column is not None:
            query = query.where(in_rows(col(_T, column), concept_rows(plan, name)))
    return query


def _columns(plan: Plan, domain: DomainTable) -> dict[str, exp.Expr]:
    start = as_date(col(_T, domain.start))
    visit = domain.visit is not None and plan.has(domain.table, domain.visit)
    return {
        "person_id": col(_T, "person_id"),
        "event_id": col(_T, domain.key),
        "start_date": start,
        "end_date": _end(domain, start),
        "concept_id": col(_T, domain.concept),
        "visit_id": col(_T, str(domain.visit)) if visit else exp.cast(exp.null(), exp.DType.BIGINT),
    }


def _end(domain: DomainTable, start: exp.Expr) -> exp.Expr:
    """Return the end date: the first that is there, else after the supply, else a day later."""
    ends = [as_date(col(_T, e)) for e in domain.ends]
    if domain.supply is not None:
        ends.append(add_days(start.copy(), col(_T, domain.supply)))
    ends.append(add_days(start.copy(), domain.last))
    return exp.Coalesce(this=ends[0], expressions=ends[1:]) if len(ends) > 1 else ends[0]


def _attribute(
    domain: DomainTable, attribute: Numeric | Coded | Textual, columns: dict[str, exp.Expr]
) -> exp.Expr:
    names = {**domain.numbers, **domain.codes, **domain.texts}
    name = names[attribute.field]
    if name == ERA_LENGTH:
        return days_between(columns["start_date"].copy(), columns["end_date"].copy())
    return col(_T, name)


def _holds(attribute: Attribute, attributes: list[Numeric | Coded | Textual]) -> exp.Expr:
    if isinstance(attribute, Aged | Gender | Dated):
        return person_holds(attribute, _E, _P)
    value = col(_E, f"attribute_{attributes.index(attribute)}")
    match attribute:
        case Numeric():
            return in_range(value, attribute.range)
        case Coded():
            found = is_in(value, attribute.concepts)
            return exp.not_(found) if attribute.negated else found
        case Textual():
            return _text_holds(value, attribute)


def person_holds(attribute: Demographic, event: str, person: str) -> exp.Expr:
    """Return the condition on an event's dates and its person, given the names of both."""
    if isinstance(attribute, Gender):
        return is_in(col(person, "gender_concept_id"), attribute.concepts)
    when = col(event, "start_date" if attribute.anchor is Anchor.START else "end_date")
    if isinstance(attribute, Dated):
        return in_range(when, attribute.range)
    return in_range(
        exp.Sub(this=year(when), expression=col(person, "year_of_birth")), attribute.range
    )


def _text_holds(value: exp.Expr, asked: Textual) -> exp.Expr:
    plain = asked.text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    pattern = {
        TextOp.CONTAINS: f"%{plain}%",
        TextOp.STARTS: f"{plain}%",
        TextOp.ENDS: f"%{plain}",
    }[asked.op]
    like = exp.Escape(this=exp.Like(this=value, expression=text(pattern)), expression=text("!"))
    return exp.not_(like) if asked.negated else like
