"""Rules about concept ids: domain, class, standard and valid. Concept 0 is never judged."""

from __future__ import annotations

from sqlglot import exp

from qundao.models.model import Kind
from qundao.quality.check import Check
from qundao.quality.measure import Lookup, Measure, is_null, not_null, row
from qundao.quality.rules.common import only_field, over_rows
from qundao.quality.rules.lookups import concept_of
from qundao.quality.source import Source


def domain(check: Check, source: Source) -> Measure:
    """Violated: the concept's domain is none of `A, B`. Counted: every row."""
    return _term(check, source, "domain_id")


def concept_class(check: Check, source: Source) -> Measure:
    """Violated: the concept's class is none of `A, B`. Counted: every row."""
    return _term(check, source, "concept_class_id")


def standard_valid(check: Check, source: Source) -> Measure:
    """Violated: a concept that is not standard or no longer valid. Counted: rows with an id."""
    source.need("concept", "invalid_reason")
    lookup = _concept(check, source, "standard_concept")
    standard = exp.column("standard_concept", table=lookup.alias)
    invalid = exp.column("invalid_reason", table=lookup.alias)
    other = exp.or_(is_null(standard), standard.copy().neq(exp.Literal.string("S")))
    bad = exp.and_(_judged(lookup, source), exp.or_(other, not_null(invalid)))
    return over_rows(check, source, bad, not_null(row(only_field(check))), lookup)


def _term(check: Check, source: Source, fact: str) -> Measure:
    lookup = _concept(check, source, fact)
    allowed = [exp.Literal.string(t.strip()) for t in check.argument.split(",")]
    other = exp.not_(exp.In(this=exp.column(fact, table=lookup.alias), expressions=allowed))
    return over_rows(check, source, exp.and_(_judged(lookup, source), other), None, lookup)


def _concept(check: Check, source: Source, fact: str) -> Lookup:
    source.need("concept", "concept_id", fact)
    return concept_of(only_field(check), source)


def _judged(lookup: Lookup, source: Source) -> exp.Expr:
    """Return the condition that there is a concept and that it is not 0, as its column has it."""
    text = source.actual("concept", "concept_id") is Kind.TEXT
    zero = exp.Literal.string("0") if text else exp.Literal.number(0)
    return exp.column("k", table=lookup.alias).neq(zero)
