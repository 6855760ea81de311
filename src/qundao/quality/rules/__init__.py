"""How each kind of check is measured: one file per family, one function per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qundao.quality.check import Check
from qundao.quality.measure import Measure
from qundao.quality.rules import (
    cdisc,
    completeness,
    concept_use,
    concepts,
    conditions,
    keys,
    observation,
    site,
    subjects,
    temporal,
    values,
)
from qundao.quality.source import Source

Measuring = Callable[[Check, Source], Measure]

RULES: Mapping[str, Measuring] = {
    "agreesWith": cdisc.agrees_with,
    "cdmDatatype": values.datatype,
    "fkClass": concepts.concept_class,
    "fkDomain": concepts.domain,
    "hasValues": cdisc.has_values,
    "isConsistent": conditions.consistent,
    "isControlledTerm": values.controlled_term,
    "isDeterminedBy": cdisc.determined,
    "isElapsedDays": cdisc.elapsed_days,
    "isForeignKey": keys.foreign,
    "isIso8601": cdisc.iso_8601,
    "isLinked": cdisc.linked,
    "isOnlyOne": conditions.only_one,
    "isPrimaryKey": keys.primary,
    "isRequired": values.required,
    "isStandardValidConcept": concepts.standard_valid,
    "measureConditionEraCompleteness": subjects.condition_era_completeness,
    "measureObservationPeriodOverlap": subjects.observation_period_overlap,
    "measurePersonCompleteness": subjects.person_completeness,
    "measureSubjectCompleteness": subjects.subject_completeness,
    "measureValueCompleteness": values.required,
    "plausibleAfterBirth": temporal.after_birth,
    "plausibleBeforeDeath": temporal.before_death,
    "plausibleDuringLife": temporal.during_life,
    "plausibleGender": concept_use.sex,
    "plausibleGenderUseDescendants": concept_use.sex_of_descendants,
    "plausibleStartBeforeEnd": temporal.start_before_end,
    "plausibleTemporalAfter": temporal.temporal_after,
    "plausibleUnitConceptIds": concept_use.unit,
    "plausibleValueHigh": values.too_high,
    "plausibleValueLow": values.too_low,
    "siteCondition": site.condition,
    "sourceConceptRecordCompleteness": completeness.unmapped,
    "sourceValueCompleteness": completeness.unmapped_source_values,
    "standardConceptRecordCompleteness": completeness.unmapped,
    "withinObservationPeriod": observation.within_observation_period,
    "withinVisitDates": temporal.within_visit,
}
"""Every kind but `cdmTable` and `cdmField`, which need no query."""
