"""The explore lane's count."""

from __future__ import annotations

from qundao.engines.memory.tables import Row, Tables
from qundao.query.domains import DOMAINS, Domain
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

_GENDERS = {PersonSex.FEMALE: (8532, "F"), PersonSex.MALE: (8507, "M")}


def persons_of(tables: Tables, predicate: BandedPredicate) -> int:
    """Return how many persons meet every term."""
    omop = predicate.model is StandardModel.OMOP
    table, key = ("person", "person_id") if omop else ("adsl", "usubjid")
    met = {r[key] for r in tables[table] if all(_meets(tables, t, r) for t in predicate.terms)}
    return len(met - {None})


def _meets(tables: Tables, term: Term, row: Row) -> bool:
    match term:
        case AgeBand():
            return _aged(tables, term, row)
        case SexIs():
            concept, code = _GENDERS[term.sex]
            return bool(row.get("gender_concept_id") == concept or row.get("sex") == code)
        case HasCondition():
            return _has(tables, row, Domain.CONDITION, term.concept_id)
        case HasDrug():
            return _has(tables, row, Domain.DRUG, term.concept_id)
        case SeenInYears():
            low, high = YEAR_BANDS[term.band]
            periods = tables.observation(row["person_id"])
            return any(first.year <= high and last.year >= low for first, last in periods)
        case ObservedYears():
            periods = tables.observation(row["person_id"])
            return any((last - first).days >= term.years * 365 for first, last in periods)
        case AgeGroup():
            return bool(row["agegr1"] == term.value)
        case InArm():
            return bool(row["trt01p"] == term.arm)


def _aged(tables: Tables, term: AgeBand, row: Row) -> bool:
    ends = [o["observation_period_end_date"].year for o in tables["observation_period"]]
    year = term.year if term.year is not None else max(ends, default=None)
    if year is None or row["year_of_birth"] is None:
        return False
    low, high = AGE_BANDS[term.band]
    return bool(low <= year - row["year_of_birth"] <= high)


def _has(tables: Tables, row: Row, domain: Domain, concept_id: int) -> bool:
    column = DOMAINS[domain].concept
    below = {
        a["descendant_concept_id"]
        for a in tables["concept_ancestor"]
        if a["ancestor_concept_id"] == concept_id
    }
    return any(
        e["person_id"] == row["person_id"] and e[column] in below | {concept_id}
        for e in tables[domain]
    )
