"""A banded predicate to SQL: one count of distinct persons."""

from __future__ import annotations

from sqlglot import exp

from qundao.query.compiler.groups import observation_bounds
from qundao.query.compiler.measures import FEMALE, MALE
from qundao.query.compiler.sql import (
    both,
    col,
    count_distinct,
    days_between,
    in_rows,
    is_in,
    number,
    text,
    within,
    year,
)
from qundao.query.predicate import (
    AGE_BANDS,
    YEAR_BANDS,
    AgeBand,
    AgeGroup,
    BandedPredicate,
    HasCondition,
    HasDrug,
    InArm,
    ObservedYears,
    PersonSex,
    SeenInYears,
    SexIs,
    StandardModel,
    Term,
)

_P, _O, _T, _A = "p", "o", "t", "a"
PERSONS = "persons"
_GENDERS = {PersonSex.FEMALE: (FEMALE, "F"), PersonSex.MALE: (MALE, "M")}


def count_query(predicate: BandedPredicate) -> exp.Select:
    """Return the query for one row with one column, `persons`."""
    omop = predicate.model is StandardModel.OMOP
    who = col(_P, "person_id" if omop else "usubjid")
    rows = exp.table_("person" if omop else "adsl", alias=_P)
    conditions = [_condition(t, predicate.model) for t in predicate.terms]
    return exp.select(count_distinct(who).as_(PERSONS)).from_(rows).where(both(conditions))


def _condition(term: Term, model: StandardModel) -> exp.Expr:
    match term:
        case AgeBand():
            return _age(term)
        case SexIs():
            return _sex(term, model)
        case HasCondition():
            return _has("condition_occurrence", "condition_concept_id", term.concept_id)
        case HasDrug():
            return _has("drug_exposure", "drug_concept_id", term.concept_id)
        case SeenInYears():
            return _seen(term)
        case ObservedYears():
            return _observed(term)
        case AgeGroup():
            return col(_P, "agegr1").eq(text(term.value))
        case InArm():
            return col(_P, "trt01p").eq(text(term.arm))


def _age(term: AgeBand) -> exp.Expr:
    low, high = AGE_BANDS[term.band]
    at = number(term.year) if term.year is not None else _last_year()
    age = exp.Sub(this=at, expression=col(_P, "year_of_birth"))
    return exp.Between(this=age, low=number(low), high=number(high))


def _last_year() -> exp.Expr:
    """Return the year in which the source's data end: its last day of observation."""
    _, end = observation_bounds(_O)
    last = exp.select(exp.Max(this=year(end))).from_(exp.table_("observation_period", alias=_O))
    return exp.Subquery(this=last)


def _sex(term: SexIs, model: StandardModel) -> exp.Expr:
    concept, code = _GENDERS[term.sex]
    if model is StandardModel.CDISC:
        return col(_P, "sex").eq(text(code))
    return col(_P, "gender_concept_id").eq(exp.convert(concept))


def _has(table: str, column: str, concept_id: int) -> exp.Expr:
    descendants = (
        exp.select(col(_A, "descendant_concept_id"))
        .from_(exp.table_("concept_ancestor", alias=_A))
        .where(col(_A, "ancestor_concept_id").eq(exp.convert(concept_id)))
    )
    wanted = exp.or_(is_in(col(_T, column), [concept_id]), in_rows(col(_T, column), descendants))
    rows = exp.select(col(_T, "person_id")).from_(exp.table_(table, alias=_T)).where(wanted)
    return in_rows(col(_P, "person_id"), rows)


def _seen(term: SeenInYears) -> exp.Expr:
    low, high = YEAR_BANDS[term.band]
    start, end = observation_bounds(_O)
    return _period(
        [*within(year(end), number(low), None), *within(year(start), None, number(high))]
    )


def _observed(term: ObservedYears) -> exp.Expr:
    start, end = observation_bounds(_O)
    return _period(within(days_between(start, end), number(term.years * 365), None))


def _period(conditions: list[exp.Expr]) -> exp.Expr:
    rows = exp.select(col(_O, "person_id")).from_(exp.table_("observation_period", alias=_O))
    return in_rows(col(_P, "person_id"), rows.where(both(conditions)))
