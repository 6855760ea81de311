"""The OMOP domains that a criterion can ask for, as data.

For each: its table, its key, concept and dates, how an absent end is filled (after Circe: the
day after the start; for exposures first the days of supply), and which attributes it has. A new
domain, or a new attribute of one, is a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qundao.kernel.words import Words


class Domain(StrEnum):
    """A kind of event, named as its table without `_occurrence`."""

    CONDITION = "condition_occurrence"
    CONDITION_ERA = "condition_era"
    DRUG = "drug_exposure"
    DRUG_ERA = "drug_era"
    PROCEDURE = "procedure_occurrence"
    DEVICE = "device_exposure"
    MEASUREMENT = "measurement"
    OBSERVATION = "observation"
    VISIT = "visit_occurrence"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class DomainTable:
    """Where a domain's rows lie.

    `ends` are the columns tried in turn for the end date, `supply` a column of days added to
    the start, `last` the days added when all of them are empty. `numbers`, `codes` and `texts`
    name the attributes with their columns.
    """

    table: str
    key: str
    concept: str
    start: str
    ends: tuple[str, ...]
    words: Words
    source: str | None = None
    supply: str | None = None
    last: int = 1
    visit: str | None = "visit_occurrence_id"
    numbers: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def _same(*names: str) -> dict[str, str]:
    return {n: n for n in names}


ERA_LENGTH = "era_length"
"""Days from start to end of an era: an attribute that is computed, not read."""

DOMAINS: Mapping[Domain, DomainTable] = {
    Domain.CONDITION: DomainTable(
        table="condition_occurrence",
        key="condition_occurrence_id",
        concept="condition_concept_id",
        start="condition_start_date",
        ends=("condition_end_date",),
        words=Words("诊断", "condition"),
        source="condition_source_concept_id",
        codes={"type": "condition_type_concept_id", "status": "condition_status_concept_id"},
        texts=_same("stop_reason"),
    ),
    Domain.CONDITION_ERA: DomainTable(
        table="condition_era",
        key="condition_era_id",
        concept="condition_concept_id",
        start="condition_era_start_date",
        ends=("condition_era_end_date",),
        words=Words("诊断时段", "condition era"),
        visit=None,
        numbers={"occurrence_count": "condition_occurrence_count", ERA_LENGTH: ERA_LENGTH},
    ),
    Domain.DRUG: DomainTable(
        table="drug_exposure",
        key="drug_exposure_id",
        concept="drug_concept_id",
        start="drug_exposure_start_date",
        ends=("drug_exposure_end_date",),
        words=Words("用药", "drug exposure"),
        source="drug_source_concept_id",
        supply="days_supply",
        numbers=_same("quantity", "days_supply", "refills"),
        codes={"type": "drug_type_concept_id", "route": "route_concept_id"},
        texts=_same("stop_reason", "lot_number"),
    ),
    Domain.DRUG_ERA: DomainTable(
        table="drug_era",
        key="drug_era_id",
        concept="drug_concept_id",
        start="drug_era_start_date",
        ends=("drug_era_end_date",),
        words=Words("用药时段", "drug era"),
        visit=None,
        numbers={
            "occurrence_count": "drug_exposure_count",
            "gap_days": "gap_days",
            ERA_LENGTH: ERA_LENGTH,
        },
    ),
    Domain.PROCEDURE: DomainTable(
        table="procedure_occurrence",
        key="procedure_occurrence_id",
        concept="procedure_concept_id",
        start="procedure_date",
        ends=(),
        words=Words("操作", "procedure"),
        source="procedure_source_concept_id",
        numbers=_same("quantity"),
        codes={"type": "procedure_type_concept_id", "modifier": "modifier_concept_id"},
    ),
    Domain.DEVICE: DomainTable(
        table="device_exposure",
        key="device_exposure_id",
        concept="device_concept_id",
        start="device_exposure_start_date",
        ends=("device_exposure_end_date",),
        words=Words("器械使用", "device exposure"),
        source="device_source_concept_id",
        numbers=_same("quantity"),
        codes={"type": "device_type_concept_id"},
    ),
    Domain.MEASUREMENT: DomainTable(
        table="measurement",
        key="measurement_id",
        concept="measurement_concept_id",
        start="measurement_date",
        ends=(),
        words=Words("检验", "measurement"),
        source="measurement_source_concept_id",
        numbers=_same("value_as_number", "range_low", "range_high"),
        codes={
            "type": "measurement_type_concept_id",
            "operator": "operator_concept_id",
            "value": "value_as_concept_id",
            "unit": "unit_concept_id",
        },
    ),
    Domain.OBSERVATION: DomainTable(
        table="observation",
        key="observation_id",
        concept="observation_concept_id",
        start="observation_date",
        ends=(),
        words=Words("观察", "observation"),
        source="observation_source_concept_id",
        numbers=_same("value_as_number"),
        codes={
            "type": "observation_type_concept_id",
            "value": "value_as_concept_id",
            "qualifier": "qualifier_concept_id",
            "unit": "unit_concept_id",
        },
        texts=_same("value_as_string"),
    ),
    Domain.VISIT: DomainTable(
        table="visit_occurrence",
        key="visit_occurrence_id",
        concept="visit_concept_id",
        start="visit_start_date",
        ends=("visit_end_date",),
        words=Words("就诊", "visit"),
        source="visit_source_concept_id",
        numbers={ERA_LENGTH: ERA_LENGTH},
        codes={"type": "visit_type_concept_id"},
    ),
    Domain.DEATH: DomainTable(
        table="death",
        key="person_id",
        concept="cause_concept_id",
        start="death_date",
        ends=(),
        words=Words("死亡", "death"),
        source="cause_source_concept_id",
        visit=None,
        codes={"type": "death_type_concept_id"},
    ),
}
