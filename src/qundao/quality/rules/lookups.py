"""Lookups that many rules share, so that a scan joins the vocabulary and the persons once."""

from __future__ import annotations

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.measure import Lookup, row
from qundao.quality.rules.common import distinct, first_per
from qundao.quality.rules.dates import days_after
from qundao.quality.source import Source

CONCEPT_FACTS = ("domain_id", "concept_class_id", "standard_concept", "invalid_reason")
BIRTH_DAY, BIRTH_MIDYEAR = "birth_day", "birth_midyear"
AROUND_FROM, AROUND_UNTIL = "around_from", "around_until"
AROUND_VISIT_DAYS = 7
_PERSON = "person_of"
_VISIT, _VISIT_KEY = "visit_occurrence", "visit_occurrence_id"


def keyed(field: str, table: str, key: str, source: Source) -> Lookup:
    """Return the row of `table` whose `key` equals `field`: as `k`, absent where there is none."""
    if (table, key) == ("concept", "concept_id"):
        return concept_of(field, source)
    if (table, key, field) == ("person", "person_id", "person_id"):
        return person_of(source)
    if (table, key, field) == (_VISIT, _VISIT_KEY, _VISIT_KEY):
        return visit_of(source)
    alias = f"to_{table}_{field}"
    return Lookup(alias, distinct(table, key), row(field).eq(exp.column("k", table=alias)))


def concept_of(field: str, source: Source) -> Lookup:
    """Return the concept that a field names, with what the source tells of it."""
    alias = f"concept_{field}"
    held = (f for f in CONCEPT_FACTS if source.has("concept", f))
    facts = (exp.Min(this=exp.column(f)).as_(f) for f in held)
    shared = first_per("concept_facts", "concept", "concept_id", *facts)
    return Lookup(alias, shared, row(field).eq(exp.column("k", table=alias)))


def person_of(source: Source) -> Lookup:
    """Return the row's person, with the day of birth where the year is known.

    Where the time of birth is not, the day is put together from year, month and day (absent:
    the first), and once more as 1 June of the year, because the reference uses both.
    """
    return source.once(_PERSON, lambda: _person_of(source))


def _person_of(source: Source) -> Lookup:
    days = []
    if source.has("person", "year_of_birth"):
        days = [
            exp.Min(this=_birth(source, [exp.Literal.number(n) for n in (6, 1)])).as_(
                BIRTH_MIDYEAR
            ),
            exp.Min(this=_birth(source, _month_and_day(source))).as_(BIRTH_DAY),
        ]
    shared = first_per("person_facts", "person", "person_id", *days)
    return Lookup(_PERSON, shared, row("person_id").eq(exp.column("k", table=_PERSON)))


def visit_of(source: Source) -> Lookup:
    """Return the row's visit, with the days around it where the source has its first and last."""
    return source.once("visit_of", lambda: _visit_of(source))


def _visit_of(source: Source) -> Lookup:
    first, last = "visit_start_date", "visit_end_date"
    days: list[exp.Expr] = []
    if source.has(_VISIT, first) and source.has(_VISIT, last):
        begins, ends = (source.day(_VISIT, f, _VISIT) for f in (first, last))
        days = [
            days_after(exp.Min(this=begins), -AROUND_VISIT_DAYS).as_(AROUND_FROM),
            days_after(exp.Max(this=ends), AROUND_VISIT_DAYS).as_(AROUND_UNTIL),
        ]
    shared = first_per("visits", _VISIT, _VISIT_KEY, *days)
    return Lookup("visit_of", shared, row(_VISIT_KEY).eq(exp.column("k", table="visit_of")))


def _birth(source: Source, rest: list[exp.Expr]) -> exp.Expr:
    """Return the day of birth; a month or day that no calendar has makes it unknown."""
    written = _joined_with_hyphens([_four_digits(_whole(source, "year_of_birth")), *rest])
    day: exp.Expr = exp.TryCast(this=written, to=exp.DataType.build("DATE"))
    if source.has("person", "birth_datetime"):
        return exp.func("COALESCE", source.day("person", "birth_datetime", "person"), day)
    return day


def _month_and_day(source: Source) -> list[exp.Expr]:
    one = exp.Literal.number(1)
    return [
        exp.func("COALESCE", _whole(source, f), one.copy())
        if source.has("person", f)
        else one.copy()
        for f in ("month_of_birth", "day_of_birth")
    ]


def _whole(source: Source, field: str) -> exp.Expr:
    """Return a field of the person as a whole number, whatever type its column has."""
    value = source.value("person", field, "person")
    if source.actual("person", field) is Kind.INTEGER:
        return value
    return exp.TryCast(this=value, to=exp.DataType.build("BIGINT"))


def _four_digits(year: exp.Expr) -> exp.Expr:
    """Return a year as text, with noughts before a short one: not every engine reads `99-6-1`."""
    text, noughts = exp.cast(year, "TEXT"), exp.Literal.string("0")
    padded = exp.Pad(
        this=text, expression=exp.Literal.number(4), fill_pattern=noughts, is_left=True
    )
    return exp.Case().when(year.copy() < 1000, padded).else_(text.copy())


def _joined_with_hyphens(parts: list[exp.Expr]) -> exp.Expr:
    first, *others = (exp.cast(part, "TEXT") for part in parts)
    joined: exp.Expr = first
    for other in others:
        joined = exp.DPipe(this=joined, expression=exp.Literal.string("-"))
        joined = exp.DPipe(this=joined, expression=other)
    return joined
