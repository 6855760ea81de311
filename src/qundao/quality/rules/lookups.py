"""Lookups that many rules share, so that a scan joins the vocabulary and the persons once."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.measure import Lookup, row
from qundao.quality.rules.common import distinct, first_per
from qundao.quality.source import Source

CONCEPT_FACTS = ("domain_id", "concept_class_id", "standard_concept", "invalid_reason")
BIRTH_DAY, BIRTH_MIDYEAR = "birth_day", "birth_midyear"
_PERSON = "person_of"


def keyed(field: str, table: str, key: str, source: Source) -> Lookup:
    """Return the row of `table` whose `key` equals `field`: as `k`, absent where there is none."""
    if (table, key) == ("concept", "concept_id"):
        return concept_of(field, source)
    if (table, key, field) == ("person", "person_id", "person_id"):
        return person_of(source)
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


def _birth(source: Source, rest: list[exp.Expr]) -> exp.Expr:
    written = _joined_with_hyphens([_of_person("year_of_birth"), *rest])
    day: exp.Expr = exp.cast(written, "DATE")
    if source.has("person", "birth_datetime"):
        return exp.func("COALESCE", source.day("person", "birth_datetime", "person"), day)
    return day


def _month_and_day(source: Source) -> list[exp.Expr]:
    one = exp.Literal.number(1)
    return [
        exp.func("COALESCE", _of_person(f), one.copy()) if source.has("person", f) else one.copy()
        for f in ("month_of_birth", "day_of_birth")
    ]


def _joined_with_hyphens(parts: list[exp.Expr]) -> exp.Expr:
    first, *others = (exp.cast(exp.cast(part, "INT"), "TEXT") for part in parts)
    joined: exp.Expr = first
    for other in others:
        joined = exp.DPipe(this=joined, expression=exp.Literal.string("-"))
        joined = exp.DPipe(this=joined, expression=other)
    return joined


def _of_person(field: str) -> exp.Column:
    return exp.column(field, table="person")
