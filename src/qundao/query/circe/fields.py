"""Which fields each Circe criterion has and what they mean here, as data for reading and writing.

Where the reference's SQL contradicts the name of a field, the name counts: a drug exposure's
`OccurrenceEndDate` (there compared with the start), a drug era's `GapDays` (there with the
bounds of `EraLength`), concept sets of race and ethnicity (there compared with gender), date
adjustments of specimens (there passed over) and of deaths (there always from the start, to the
day after), lists of concepts of visit details (there only sets). A visit detail's `Age` is that
at its end, as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from qundao.query.circe.node import names
from qundao.query.criteria import Anchor, PersonField
from qundao.query.domains import ERA_LENGTH, HIGH_RATIO, LOW_RATIO, Domain


@dataclass(frozen=True)
class Number:
    """A numeric range; `whole` cuts its ends to whole numbers, otherwise to four places."""

    key: str
    field: str
    whole: bool = False


@dataclass(frozen=True)
class Codes:
    """A list of concepts; `key` + `CS` names a concept set instead."""

    key: str
    field: str
    exclude: str | None = None


@dataclass(frozen=True)
class SetOf:
    """The number of a concept set."""

    key: str
    field: str


@dataclass(frozen=True)
class Text:
    """A text filter."""

    key: str
    field: str


@dataclass(frozen=True)
class When:
    """A range of dates."""

    key: str
    anchor: Anchor


@dataclass(frozen=True)
class Age:
    """A range of ages in years."""

    key: str
    anchor: Anchor


@dataclass(frozen=True)
class Who:
    """A coded fact of the person; `key` + `CS` names a concept set instead."""

    key: str
    field: PersonField


@dataclass(frozen=True)
class Abnormality:
    """Whether a result is abnormal."""

    key: str


Field = Number | Codes | SetOf | Text | When | Age | Who | Abnormality


@dataclass(frozen=True)
class Kind:
    """A kind of Circe criterion."""

    name: str
    domain: Domain
    fields: tuple[Field, ...]
    codeset: str | None = "CodesetId"
    source: str | None = None
    first: bool = True
    period: bool = False

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of all its JSON fields, as they are compared."""
        listed = ["CorrelatedCriteria", "CorelatedCriteria", "DateAdjustment", "First"]
        listed += [n for n in (self.codeset, self.source) if n is not None]
        listed += ["UserDefinedPeriod"] if self.period else []
        for field in self.fields:
            listed.append(field.key)
            if isinstance(field, Codes | Who):
                listed.append(field.key + "CS")
            if isinstance(field, Codes) and field.exclude:
                listed.append(field.exclude)
        return names(*listed, *REGION)


REGION = ("PlaceOfServiceLocation",)
"""Not answered: the reference's own SQL for it names columns that are not there."""
_START, _END = When("OccurrenceStartDate", Anchor.START), When("OccurrenceEndDate", Anchor.END)
_AGE, _GENDER = Age("Age", Anchor.START), Who("Gender", PersonField.GENDER)
_PROVIDER = Codes("ProviderSpecialty", "provider_specialty")
_CARED = (_AGE, _GENDER, _PROVIDER, Codes("VisitType", "visit"))
_AGES = (Age("AgeAtStart", Anchor.START), Age("AgeAtEnd", Anchor.END))
_ERA = (When("EraStartDate", Anchor.START), When("EraEndDate", Anchor.END))
_LENGTH = Number("EraLength", ERA_LENGTH, whole=True)
_SPAN = (
    When("PeriodStartDate", Anchor.START),
    When("PeriodEndDate", Anchor.END),
    Number("PeriodLength", ERA_LENGTH, whole=True),
    *_AGES,
)
_VALUE, _UNIT = Number("ValueAsNumber", "value_as_number"), Codes("Unit", "unit")
_VALUES = (_VALUE, Codes("ValueAsConcept", "value"), _UNIT)


def _type(name: str) -> Codes:
    return Codes(f"{name}Type", "type", f"{name}TypeExclude")


_KINDS = (
    Kind(
        "ConditionOccurrence",
        Domain.CONDITION,
        (
            _START,
            _END,
            _type("Condition"),
            Text("StopReason", "stop_reason"),
            *_CARED,
            Codes("ConditionStatus", "status"),
        ),
        source="ConditionSourceConcept",
    ),
    Kind(
        "DrugExposure",
        Domain.DRUG,
        (
            _START,
            _END,
            _type("Drug"),
            Text("StopReason", "stop_reason"),
            Number("Refills", "refills", whole=True),
            Number("Quantity", "quantity"),
            Number("DaysSupply", "days_supply", whole=True),
            Codes("RouteConcept", "route"),
            Number("EffectiveDrugDose", "effective_drug_dose"),
            Codes("DoseUnit", "dose_unit"),
            Text("LotNumber", "lot_number"),
            *_CARED,
        ),
        source="DrugSourceConcept",
    ),
    Kind(
        "ProcedureOccurrence",
        Domain.PROCEDURE,
        (
            _START,
            _type("Procedure"),
            Codes("Modifier", "modifier"),
            Number("Quantity", "quantity", whole=True),
            *_CARED,
        ),
        source="ProcedureSourceConcept",
    ),
    Kind(
        "DeviceExposure",
        Domain.DEVICE,
        (
            _START,
            _END,
            _type("Device"),
            Text("UniqueDeviceId", "unique_device_id"),
            Number("Quantity", "quantity", whole=True),
            *_CARED,
        ),
        source="DeviceSourceConcept",
    ),
    Kind(
        "Measurement",
        Domain.MEASUREMENT,
        (
            _START,
            _type("Measurement"),
            Codes("Operator", "operator"),
            *_VALUES,
            Number("RangeLow", "range_low"),
            Number("RangeHigh", "range_high"),
            Number("RangeLowRatio", LOW_RATIO),
            Number("RangeHighRatio", HIGH_RATIO),
            Abnormality("Abnormal"),
            *_CARED,
        ),
        source="MeasurementSourceConcept",
    ),
    Kind(
        "Observation",
        Domain.OBSERVATION,
        (
            _START,
            _type("Observation"),
            *_VALUES,
            Text("ValueAsString", "value_as_string"),
            Codes("Qualifier", "qualifier"),
            *_CARED,
        ),
        source="ObservationSourceConcept",
    ),
    Kind(
        "VisitOccurrence",
        Domain.VISIT,
        (
            _START,
            _END,
            _type("Visit"),
            Number("VisitLength", ERA_LENGTH, whole=True),
            _AGE,
            _GENDER,
            _PROVIDER,
            Codes("PlaceOfService", "place_of_service"),
        ),
        source="VisitSourceConcept",
    ),
    Kind(
        "VisitDetail",
        Domain.VISIT_DETAIL,
        (
            When("VisitDetailStartDate", Anchor.START),
            When("VisitDetailEndDate", Anchor.END),
            Codes("VisitDetailType", "type"),
            Number("VisitDetailLength", ERA_LENGTH, whole=True),
            Age("Age", Anchor.END),
            _GENDER,
            _PROVIDER,
            Codes("PlaceOfService", "place_of_service"),
        ),
        source="VisitDetailSourceConcept",
    ),
    Kind(
        "Death",
        Domain.DEATH,
        (_START, _type("Death"), _AGE, _GENDER),
        source="DeathSourceConcept",
        first=False,
    ),
    Kind(
        "Specimen",
        Domain.SPECIMEN,
        (
            _START,
            _type("Specimen"),
            Number("Quantity", "quantity"),
            _UNIT,
            Codes("AnatomicSite", "anatomic_site"),
            Codes("DiseaseStatus", "disease_status"),
            Text("SourceId", "source_id"),
            _AGE,
            _GENDER,
        ),
    ),
    Kind(
        "ConditionEra",
        Domain.CONDITION_ERA,
        (
            *_ERA,
            Number("OccurrenceCount", "occurrence_count", whole=True),
            _LENGTH,
            *_AGES,
            _GENDER,
        ),
    ),
    Kind(
        "DrugEra",
        Domain.DRUG_ERA,
        (
            *_ERA,
            Number("OccurrenceCount", "occurrence_count", whole=True),
            _LENGTH,
            Number("GapDays", "gap_days", whole=True),
            *_AGES,
            _GENDER,
        ),
    ),
    Kind(
        "DoseEra",
        Domain.DOSE_ERA,
        (*_ERA, _UNIT, Number("DoseValue", "dose_value"), _LENGTH, *_AGES, _GENDER),
    ),
    Kind(
        "ObservationPeriod",
        Domain.OBSERVATION_PERIOD,
        (*_SPAN, Codes("PeriodType", "type")),
        codeset=None,
        period=True,
    ),
    Kind(
        "PayerPlanPeriod",
        Domain.PAYER_PLAN_PERIOD,
        (
            *_SPAN,
            _GENDER,
            # No concept set of the criterion: "first" comes before both, as in the reference.
            SetOf("PayerConcept", "payer"),
            SetOf("PayerSourceConcept", "payer_source"),
            SetOf("PlanConcept", "plan"),
            SetOf("SponsorConcept", "sponsor"),
            SetOf("StopReasonConcept", "stop_reason"),
            SetOf("PlanSourceConcept", "plan_source"),
            SetOf("SponsorSourceConcept", "sponsor_source"),
            SetOf("StopReasonSourceConcept", "stop_reason_source"),
        ),
        codeset=None,
        period=True,
    ),
    Kind(
        "LocationRegion",
        Domain.LOCATION_REGION,
        (When("StartDate", Anchor.START), When("EndDate", Anchor.END)),
        first=False,
    ),
)
KINDS: Mapping[str, Kind] = {k.name: k for k in _KINDS}
BY_DOMAIN: Mapping[Domain, Kind] = {k.domain: k for k in _KINDS}
PERSON_FIELDS: tuple[Age | Who | When, ...] = (
    _AGE,
    _GENDER,
    Who("Race", PersonField.RACE),
    Who("Ethnicity", PersonField.ETHNICITY),
    _START,
    _END,
)
