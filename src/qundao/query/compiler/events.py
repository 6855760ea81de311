"""A criterion to SQL: its events, one row each, with columns that no domain can be told from.

`person_id, event_id, start_date, end_date, concept_id, visit_id`; besides, where asked for,
`counted` (what is counted once) and `sort_date` (by which entry events are put in order).
"""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.attributes import attribute_holds, link_joins, own_value, person_holds
from qundao.query.compiler.concepts import concept_rows
from qundao.query.compiler.plan import Plan
from qundao.query.compiler.sql import (
    add_days,
    as_date,
    both,
    col,
    day,
    in_rows,
    row_number,
    text,
)
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Coded,
    CodedBySet,
    Criterion,
    Distinct,
    Gender,
    Numeric,
    OwnAttribute,
    PersonBySet,
    PersonCoded,
    Textual,
)
from qundao.query.domains import DOMAINS, LAST_PLACE_DAY, DomainTable

EVENT_COLUMNS = ("person_id", "event_id", "start_date", "end_date", "concept_id", "visit_id")
COUNTED, SORT_DATE = "counted", "sort_date"
_T, _E, _P, _G = "t", "e", "p", "g"
_OWN = Numeric | Coded | CodedBySet | Textual | Abnormal


def event_columns(criterion: Criterion, distinct: Distinct = Distinct.EVENT) -> tuple[str, ...]:
    """Return the columns that the events of a criterion have."""
    more = [COUNTED] if distinct in _COUNTED else []
    more += [SORT_DATE] if criterion.within is not None else []
    return (*EVENT_COLUMNS, *more)


def event_rows(plan: Plan, criterion: Criterion, distinct: Distinct = Distinct.EVENT) -> exp.Select:
    """Return the events of a criterion; nearby criteria (`near`) are not looked at here."""
    own = [a for a in criterion.where if isinstance(a, _OWN)]
    numbered = _numbered(plan, criterion, own, distinct)
    rows = exp.Subquery(this=numbered, alias=exp.to_identifier(_E))
    listed = [_listed(criterion, c) for c in event_columns(criterion, distinct)]
    query = exp.select(*listed).from_(rows)
    if any(isinstance(a, Aged | Gender | PersonCoded | PersonBySet) for a in criterion.where):
        on = col(_P, "person_id").eq(col(_E, "person_id"))
        query = query.join(exp.table_("person", alias=_P), on=on)
    query = link_joins(query, DOMAINS[criterion.domain], own, _E)
    return query.where(both(_conditions(plan, criterion, own)))


def _conditions(plan: Plan, criterion: Criterion, own: list[OwnAttribute]) -> list[exp.Expr]:
    conditions: list[exp.Expr] = []
    if criterion.first:
        conditions.append(col(_E, "ordinal").eq(exp.convert(1)))
    if criterion.dates is not None:
        ends = (col(_E, "end_date"), col(_E, "start_date"))
        conditions.append(exp.GTE(this=ends[0], expression=ends[1]))
    if criterion.within is not None:
        conditions += _holding(criterion)
    table = DOMAINS[criterion.domain]
    for attribute in criterion.where:
        if isinstance(attribute, _OWN):
            conditions.append(attribute_holds(plan, table, own, attribute, _E))
        else:
            conditions.append(person_holds(plan, attribute, _E, _P))
    return conditions


def _holding(criterion: Criterion) -> list[exp.Expr]:
    """Return that an event holds both given dates."""
    assert criterion.within is not None  # the caller has looked
    days = [day(d) for d in (criterion.within.first, criterion.within.last) if d is not None]
    return [
        condition
        for d in days
        for condition in (
            exp.LTE(this=col(_E, "start_date"), expression=d),
            exp.GTE(this=col(_E, "end_date"), expression=d.copy()),
        )
    ]


def _listed(criterion: Criterion, column: str) -> exp.Expr:
    """Return a column of the events; given dates take the place of their own."""
    if column == SORT_DATE:
        return col(_E, "start_date").as_(SORT_DATE)
    given = criterion.within
    days = {"start_date": given.first, "end_date": given.last} if given is not None else {}
    chosen = days.get(column)
    return col(_E, column) if chosen is None else day(chosen).as_(column)


def _numbered(
    plan: Plan, criterion: Criterion, own: list[OwnAttribute], distinct: Distinct
) -> exp.Select:
    """Return the domain's rows of the wanted concepts, numbered per person from the first."""
    table = DOMAINS[criterion.domain]
    columns = event_values(plan, table, _T)
    if distinct in _COUNTED:
        columns[COUNTED] = _counted(table, distinct)
    raw_start, raw_end = columns["start_date"], columns["end_date"]
    for i, attribute in enumerate(own):
        columns |= own_value(attribute, i, table, _T)
    if criterion.first:
        rest = [v for n, v in columns.items() if n not in ("person_id", "start_date")]
        columns["ordinal"] = row_number([columns["person_id"]], [raw_start, *rest])
    if criterion.dates is not None:
        columns |= _shifted(criterion, raw_start, raw_end)
    query = exp.select(*[value.as_(name) for name, value in columns.items()])
    return _meant(plan, criterion, _source(query, table))


def _source(query: exp.Select, table: DomainTable) -> exp.Select:
    query = query.from_(exp.table_(table.table, alias=_T))
    if not table.place:
        return query
    on = col(_G, "location_id").eq(col(_T, "location_id"))
    query = query.join(exp.table_("location", alias=_G), on=on)
    return query.where(col(_T, "domain_id").eq(text("PERSON")))


def _meant(plan: Plan, criterion: Criterion, query: exp.Select) -> exp.Select:
    """Return the rows whose codes are in the criterion's concept sets."""
    table = DOMAINS[criterion.domain]
    wanted = ((_concept(table, _T), criterion.concepts), (table.source, criterion.source_concepts))
    for column, name in wanted:
        if name is not None and column is not None:
            value = col(_T, column) if isinstance(column, str) else column
            query = query.where(in_rows(value, concept_rows(plan, name)))
    return query


def _concept(table: DomainTable, source: str) -> exp.Column:
    return col(_G if table.place else source, table.concept)


def event_values(plan: Plan, table: DomainTable, source: str) -> dict[str, exp.Expr]:
    """Return the six values of each event of a domain, by column name, from the alias `source`."""
    start = as_date(col(source, table.start))
    visit = table.visit is not None and plan.has(table.table, table.visit)
    concept: exp.Expr = _concept(table, source)
    if table.blank_concept is not None:
        concept = exp.Coalesce(this=concept, expressions=[exp.convert(table.blank_concept)])
    no_visit = exp.cast(exp.null(), exp.DType.BIGINT)
    return {
        "person_id": col(source, table.person),
        "event_id": col(source, table.key),
        "start_date": start,
        "end_date": _end(table, start, source),
        "concept_id": concept,
        "visit_id": col(source, str(table.visit)) if visit else no_visit,
    }


def _shifted(criterion: Criterion, start: exp.Expr, end: exp.Expr) -> dict[str, exp.Expr]:
    assert criterion.dates is not None  # the caller has looked
    ends = {Anchor.START: start, Anchor.END: end}
    shift = criterion.dates
    return {
        "start_date": add_days(ends[shift.start_from].copy(), shift.start_days),
        "end_date": add_days(ends[shift.end_from].copy(), shift.end_days),
    }


_COUNTED = frozenset(
    (
        Distinct.VISIT_DETAIL,
        Distinct.UNIT,
        Distinct.VALUE,
        Distinct.RANGE_LOW,
        Distinct.RANGE_HIGH,
        Distinct.QUANTITY,
        Distinct.DAYS_SUPPLY,
        Distinct.REFILLS,
        Distinct.GAP_DAYS,
        Distinct.OCCURRENCES,
    )
)
"""What can be counted once that is a column of the domain's own."""


def _counted(table: DomainTable, distinct: Distinct) -> exp.Expr:
    match distinct:
        case Distinct.UNIT:
            return col(_T, table.codes["unit"])
        case Distinct.VISIT_DETAIL:
            return col(_T, table.key)
        case Distinct.VALUE if "value_as_number" not in table.numbers:
            return col(_T, table.numbers["dose_value"])
        case _:
            return col(_T, table.numbers[distinct.value])


def _end(table: DomainTable, start: exp.Expr, source: str) -> exp.Expr:
    """Return the end date: the first that is there, else after the supply, else a day later."""
    ends = [as_date(col(source, e)) for e in table.ends]
    if table.supply is not None:
        ends.append(add_days(start.copy(), col(source, table.supply)))
    if table.last is not None:
        ends.append(add_days(start.copy(), table.last))
    if table.place:
        ends.append(day(LAST_PLACE_DAY))
    return exp.Coalesce(this=ends[0], expressions=ends[1:]) if len(ends) > 1 else ends[0]
