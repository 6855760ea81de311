"""The OMOP domains that a criterion can ask for, as data.

For each: its table, its key, concept and dates, how an absent end is filled (after Circe: the
day after the start, for exposures first the days of supply; never for visits, eras and periods),
and which attributes it has. A new domain, or a new attribute of one, is a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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
    VISIT_DETAIL = "visit_detail"
    SPECIMEN = "specimen"
    DOSE_ERA = "dose_era"
    OBSERVATION_PERIOD = "observation_period"
    PAYER_PLAN_PERIOD = "payer_plan_period"
    LOCATION_REGION = "location_history"


@dataclass(frozen=True, slots=True)
class Link:
    """An attribute that another table holds: the row whose `key` is the domain's `column`.

    With `required`, an event without such a row is not meant at all; with `same_person` the
    row must be the person's own.
    """

    table: str
    key: str
    column: str
    code: str
    required: bool = True
    same_person: bool = False


@dataclass(frozen=True, slots=True)
class DomainTable:
    """Where a domain's rows lie.

    `ends` are the columns tried in turn for the end date, `supply` a column of days added to
    the start, `last` the days added when all of them are empty (None: the end stays empty).
    `numbers`, `codes` and `texts` name the attributes with their columns, `linked` those that
    are codes of other tables. `place` tells that the rows belong to a place of `location` that
    holds the concept. `blank_concept` is counted where the concept is empty.
    """

    table: str
    key: str
    concept: str
    start: str
    ends: tuple[str, ...]
    words: Words
    source: str | None = None
    supply: str | None = None
    last: int | None = 1
    visit: str | None = "visit_occurrence_id"
    numbers: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    linked: Mapping[str, Link] = field(default_factory=dict)
    person: str = "person_id"
    place: bool = False
    spans: bool = False
    blank_concept: int | None = None

    @property
    def coded(self) -> tuple[str, ...]:
        """Return the names of all coded attributes."""
        return (*self.codes, *self.linked)


def _same(*names: str) -> dict[str, str]:
    return {n: n for n in names}


ERA_LENGTH = "era_length"
"""Days from start to end: an attribute that is computed, not read."""
LOW_RATIO, HIGH_RATIO = "range_low_ratio", "range_high_ratio"
"""A value divided by its reference limit: computed too; none for a limit of 0."""
RATIOS: Mapping[str, str] = {LOW_RATIO: "range_low", HIGH_RATIO: "range_high"}
LAST_PLACE_DAY = date(2099, 12, 31)
"""Until when somebody lives at a place that has no end (after Circe)."""

_VISIT = Link(
    "visit_occurrence",
    "visit_occurrence_id",
    "visit_occurrence_id",
    "visit_concept_id",
    same_person=True,
)
_PROVIDER = Link("provider", "provider_id", "provider_id", "specialty_concept_id", required=False)
_CARE_SITE = Link("care_site", "care_site_id", "care_site_id", "place_of_service_concept_id")
_CARED = {"visit": _VISIT, "provider_specialty": _PROVIDER}
_STAYED = {"provider_specialty": _PROVIDER, "place_of_service": _CARE_SITE}

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
        linked=_CARED,
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
        last=None,
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
        numbers=_same("quantity", "days_supply", "refills", "effective_drug_dose"),
        codes={
            "type": "drug_type_concept_id",
            "route": "route_concept_id",
            "dose_unit": "dose_unit_concept_id",
        },
        texts=_same("stop_reason", "lot_number"),
        linked=_CARED,
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
        last=None,
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
        linked=_CARED,
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
        texts=_same("unique_device_id"),
        linked=_CARED,
    ),
    Domain.MEASUREMENT: DomainTable(
        table="measurement",
        key="measurement_id",
        concept="measurement_concept_id",
        start="measurement_date",
        ends=(),
        words=Words("检验", "measurement"),
        source="measurement_source_concept_id",
        numbers=_same("value_as_number", "range_low", "range_high", LOW_RATIO, HIGH_RATIO),
        codes={
            "type": "measurement_type_concept_id",
            "operator": "operator_concept_id",
            "value": "value_as_concept_id",
            "unit": "unit_concept_id",
        },
        linked=_CARED,
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
        linked=_CARED,
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
        linked=_STAYED,
        last=None,
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
        blank_concept=0,
    ),
    Domain.VISIT_DETAIL: DomainTable(
        table="visit_detail",
        key="visit_detail_id",
        concept="visit_detail_concept_id",
        start="visit_detail_start_date",
        ends=("visit_detail_end_date",),
        words=Words("就诊明细", "visit detail"),
        source="visit_detail_source_concept_id",
        last=None,
        numbers={ERA_LENGTH: ERA_LENGTH},
        codes={"type": "visit_detail_type_concept_id"},
        linked=_STAYED,
    ),
    Domain.SPECIMEN: DomainTable(
        table="specimen",
        key="specimen_id",
        concept="specimen_concept_id",
        start="specimen_date",
        ends=(),
        words=Words("标本", "specimen"),
        visit=None,
        numbers=_same("quantity"),
        codes={
            "type": "specimen_type_concept_id",
            "unit": "unit_concept_id",
            "anatomic_site": "anatomic_site_concept_id",
            "disease_status": "disease_status_concept_id",
        },
        texts={"source_id": "specimen_source_id"},
    ),
    Domain.DOSE_ERA: DomainTable(
        table="dose_era",
        key="dose_era_id",
        concept="drug_concept_id",
        start="dose_era_start_date",
        ends=("dose_era_end_date",),
        words=Words("剂量时段", "dose era"),
        visit=None,
        last=None,
        numbers={"dose_value": "dose_value", ERA_LENGTH: ERA_LENGTH},
        codes={"unit": "unit_concept_id"},
    ),
    Domain.OBSERVATION_PERIOD: DomainTable(
        table="observation_period",
        key="observation_period_id",
        concept="period_type_concept_id",
        start="observation_period_start_date",
        ends=("observation_period_end_date",),
        words=Words("观察期", "observation period"),
        visit=None,
        last=None,
        numbers={ERA_LENGTH: ERA_LENGTH},
        codes={"type": "period_type_concept_id"},
        spans=True,
    ),
    Domain.PAYER_PLAN_PERIOD: DomainTable(
        table="payer_plan_period",
        key="payer_plan_period_id",
        concept="payer_concept_id",
        start="payer_plan_period_start_date",
        ends=("payer_plan_period_end_date",),
        words=Words("参保时段", "payer plan period"),
        source="payer_source_concept_id",
        visit=None,
        last=None,
        numbers={ERA_LENGTH: ERA_LENGTH},
        codes={
            n: f"{n}_concept_id"
            for n in (
                "payer",
                "payer_source",
                "plan",
                "sponsor",
                "stop_reason",
                "plan_source",
                "sponsor_source",
                "stop_reason_source",
            )
        },
        spans=True,
    ),
    Domain.LOCATION_REGION: DomainTable(
        table="location_history",
        key="location_history_id",
        concept="region_concept_id",
        start="start_date",
        ends=("end_date",),
        words=Words("居住地区", "region of residence"),
        visit=None,
        last=None,
        person="entity_id",
        place=True,
    ),
}
