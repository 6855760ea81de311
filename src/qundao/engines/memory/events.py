"""Events of a criterion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from qundao.engines.memory.attributes import OWN, own_value, times_held
from qundao.engines.memory.event import Context, Event
from qundao.engines.memory.tables import Row, as_date
from qundao.query.criteria import Criterion, DateShift, Distinct
from qundao.query.domains import DOMAINS, LAST_PLACE_DAY, DomainTable
from qundao.query.values import Period


def plain_events(
    ctx: Context, criterion: Criterion, distinct: Distinct = Distinct.EVENT
) -> list[Event]:
    """Return the events of a criterion, its nearby criteria left aside."""
    domain = DOMAINS[criterion.domain]
    rows: list[Row] = [r for r in _rows(ctx, domain) if _meant(ctx, criterion, domain, r)]
    if criterion.first:
        rows = _first_rows(criterion, domain, rows)
    found = []
    for row in rows:
        event = _moved(_event(domain, row, distinct), criterion.dates)
        if event is not None and (given := _given(event, criterion.within)) is not None:
            found += [given] * times_held(ctx, domain, criterion.where, row, event)
    return found


def _rows(ctx: Context, domain: DomainTable) -> list[Row]:
    if not domain.place:
        return list(ctx.tables[domain.table])
    places = ctx.tables["location"]
    return [
        {**place, **row}
        for row in ctx.tables[domain.table]
        for place in places
        if row["domain_id"] == "PERSON" and row["location_id"] == place["location_id"]
    ]


def _meant(ctx: Context, criterion: Criterion, domain: DomainTable, row: Row) -> bool:
    pairs = ((criterion.concepts, domain.concept), (criterion.source_concepts, domain.source))
    return all(name is None or row.get(str(column)) in ctx.concepts[name] for name, column in pairs)


def _first_rows(criterion: Criterion, domain: DomainTable, rows: list[Row]) -> list[Row]:
    """Return each person's first row: by start, then by everything else that is looked at."""

    def order(row: Row) -> list[tuple[bool, Any]]:
        event = _event(domain, row)
        attributes = [a for a in criterion.where if isinstance(a, OWN)]
        seen = [own_value(domain, a, row) for a in attributes]
        keys = [event.start, event.event_id, event.end, event.concept_id, event.visit_id, *seen]
        return [(k is None, k) for k in keys]

    firsts: dict[int, Row] = {}
    for row in sorted(rows, key=order):
        firsts.setdefault(row[domain.person], row)
    return list(firsts.values())


def _event(domain: DomainTable, row: Row, distinct: Distinct = Distinct.EVENT) -> Event:
    concept = row.get(domain.concept)
    start = as_date(row[domain.start])
    return Event(
        row[domain.person],
        row[domain.key],
        start,
        _end(domain, row),
        domain.blank_concept if concept is None else concept,
        row.get(domain.visit) if domain.visit else None,
        start,
        _counted(domain, row, distinct),
    )


def _counted(domain: DomainTable, row: Row, distinct: Distinct) -> Any:
    match distinct:
        case Distinct.UNIT:
            return row.get(domain.codes["unit"])
        case Distinct.VISIT_DETAIL:
            return row[domain.key]
        case Distinct.VALUE if "value_as_number" not in domain.numbers:
            return row.get(domain.numbers["dose_value"])
        case _:
            return row.get(domain.numbers.get(distinct.value, ""))


def _end(domain: DomainTable, row: Row) -> date | None:
    start = as_date(row[domain.start])
    ends = [as_date(row[e]) for e in domain.ends if row.get(e) is not None]
    if domain.supply is not None and row.get(domain.supply) is not None:
        ends.append(start + timedelta(int(row[domain.supply])))
    if domain.last is not None:
        ends.append(start + timedelta(domain.last))
    if domain.place:
        ends.append(LAST_PLACE_DAY)
    return ends[0] if ends else None


def _moved(event: Event, dates: DateShift | None) -> Event | None:
    """Return the event with its dates moved, or None if it would end before it starts."""
    if dates is None:
        return event
    start, end = event.on(dates.start_from), event.on(dates.end_from)
    if start is None or end is None:
        return None
    start, end = start + timedelta(dates.start_days), end + timedelta(dates.end_days)
    return replace(event, start=start, end=end, sort=start) if end >= start else None


def _given(event: Event, period: Period | None) -> Event | None:
    """Return the event with the dates given for it, or None if it does not hold them."""
    if period is None:
        return event
    days = [d for d in (period.first, period.last) if d is not None]
    if event.end is None or not all(event.start <= d <= event.end for d in days):
        return None
    return replace(event, start=period.first or event.start, end=period.last or event.end)
