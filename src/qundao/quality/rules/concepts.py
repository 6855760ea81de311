"""Rules about concept ids: domain, class, standard and valid. Concept 0 is never judged."""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.check import Check
from qundao.quality.measure import Lookup, Measure, is_null, not_null, row
from qundao.quality.rules.common import first_per, only_field, over_rows
from qundao.quality.source import Source

_FACTS = ("domain_id", "concept_class_id", "standard_concept", "invalid_reason")


def domain(check: Check, source: Source) -> Measure:
    """Violated: the concept's domain is none of `A, B`. Counted: every row."""
    return _term(check, source, "domain_id")


def concept_class(check: Check, source: Source) -> Measure:
    """Violated: the concept's class is none of `A, B`. Counted: every row."""
    return _term(check, source, "concept_class_id")


def standard_valid(check: Check, source: Source) -> Measure:
    """Violated: a concept that is not standard or no longer valid. Counted: rows with an id."""
    lookup = _concept(check, source)
    standard = exp.column("standard_concept", table=lookup.alias)
    invalid = exp.column("invalid_reason", table=lookup.alias)
    other = exp.or_(is_null(standard), standard.copy().neq(exp.Literal.string("S")))
    bad = exp.and_(_judged(lookup), exp.or_(other, not_null(invalid)))
    return over_rows(check, source, bad, not_null(row(only_field(check))), lookup)


def _term(check: Check, source: Source, fact: str) -> Measure:
    lookup = _concept(check, source)
    allowed = [exp.Literal.string(t.strip()) for t in check.argument.split(",")]
    other = exp.not_(exp.In(this=exp.column(fact, table=lookup.alias), expressions=allowed))
    return over_rows(check, source, exp.and_(_judged(lookup), other), None, lookup)


def _concept(check: Check, source: Source) -> Lookup:
    """Return the concept that a field names; all rules about the field share this lookup."""
    source.need("concept", "concept_id", *_FACTS)
    field = only_field(check)
    alias = f"concept_{field}"
    facts = (exp.Min(this=exp.column(f)).as_(f) for f in _FACTS)
    shared = first_per("concept_facts", "concept", "concept_id", *facts)
    return Lookup(alias, shared, row(field).eq(exp.column("k", table=alias)))


def _judged(lookup: Lookup) -> exp.Expr:
    return exp.column("k", table=lookup.alias).neq(0)
