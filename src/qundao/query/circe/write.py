"""A population as a Circe cohort expression."""

from __future__ import annotations

from typing import Any

from qundao.query.circe.words import OFFSET_FROM, word
from qundao.query.circe.write_criteria import criterion, group
from qundao.query.codes import invalid
from qundao.query.concepts import ConceptSet
from qundao.query.population import (
    ContinuousExposure,
    EndOfObservation,
    Exit,
    FixedOffset,
    Limit,
    Population,
)
from qundao.query.values import Period

_LIMIT_WORDS = {Limit.ALL: "All", Limit.FIRST: "First", Limit.LAST: "Last"}


def write_circe(population: Population) -> dict[str, Any]:
    """Return a population as Circe JSON; reading it gives the population again.

    Raises `query.invalid` for what Circe has no words for: entry outside observation, an
    attribute that its kind of criterion lacks.
    """
    numbers = {s.name: i for i, s in enumerate(population.concept_sets)}
    written: dict[str, Any] = {
        "cdmVersionRange": ">=5.0.0",
        "PrimaryCriteria": _primary(population, numbers),
        "ConceptSets": [_set(i, s) for i, s in enumerate(population.concept_sets)],
        "QualifiedLimit": _limit(population.qualified_limit),
        "ExpressionLimit": _limit(population.included_limit),
        "InclusionRules": [
            {"name": r.name, "expression": group(r.group, numbers)} for r in population.rules
        ],
        "CensoringCriteria": [criterion(c, numbers) for c in population.censoring],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": population.collapse_days},
        "CensorWindow": period(population.period),
    }
    if population.additional is not None:
        written["AdditionalCriteria"] = group(population.additional, numbers)
    elif population.qualified_limit is not Limit.ALL:
        written["AdditionalCriteria"] = {"Type": "ALL", "CriteriaList": []}
    if not isinstance(population.exit, EndOfObservation):
        written["EndStrategy"] = _exit(population.exit, numbers)
    return written


def _primary(population: Population, numbers: dict[str, int]) -> dict[str, Any]:
    entry = population.entry
    if entry.observation is None:
        raise invalid("entry.observation", None, "观察期内的入组", "entry within observation")
    return {
        "CriteriaList": [criterion(c, numbers) for c in entry.criteria],
        "ObservationWindow": {
            "PriorDays": entry.observation.prior_days,
            "PostDays": entry.observation.post_days,
        },
        "PrimaryCriteriaLimit": _limit(entry.limit),
    }


def _limit(limit: Limit) -> dict[str, str]:
    return {"Type": _LIMIT_WORDS[limit]}


def _set(number: int, concepts: ConceptSet) -> dict[str, Any]:
    items = [
        {
            "concept": {"CONCEPT_ID": i.concept_id},
            "isExcluded": i.excluded,
            "includeDescendants": i.descendants,
            "includeMapped": i.mapped,
        }
        for i in concepts.items
    ]
    return {"id": number, "name": concepts.name, "expression": {"items": items}}


def period(asked: Period | None) -> dict[str, str]:
    """Return calendar dates; an empty object for none."""
    days = {} if asked is None else {"StartDate": asked.first, "EndDate": asked.last}
    return {k: d.isoformat() for k, d in days.items() if d is not None}


def _exit(leaving: Exit, numbers: dict[str, int]) -> dict[str, Any]:
    if isinstance(leaving, FixedOffset):
        field = {"startdate": "StartDate", "enddate": "EndDate"}[word(OFFSET_FROM, leaving.anchor)]
        return {"DateOffset": {"DateField": field, "Offset": leaving.days}}
    assert isinstance(leaving, ContinuousExposure)  # the caller has dealt with the third
    era: dict[str, Any] = {
        "DrugCodesetId": numbers[leaving.concepts],
        "GapDays": leaving.gap_days,
        "Offset": leaving.days_after,
    }
    if leaving.supply_days is not None:
        era["DaysSupplyOverride"] = leaving.supply_days
    return {"CustomEra": era}
