"""Events: of which domain, of which concepts, and what more is asked of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

from qundao.query.builder.ranges import Dates, Numbers, date_range, number_range
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import (
    Abnormal,
    Aged,
    Anchor,
    Attribute,
    Coded,
    CodedBySet,
    Criterion,
    Dated,
    DateShift,
    Gender,
    Numeric,
    TextOp,
    Textual,
)
from qundao.query.domains import ERA_LENGTH, Domain
from qundao.query.values import Period

if TYPE_CHECKING:
    from qundao.query.builder.asks import Part

Sets = tuple[ConceptSet, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one domain, with the concept sets that they are told by."""

    criterion: Criterion
    sets: Sets = ()

    def first(self) -> Events:
        """Keep each person's first event of these concepts, before anything else is asked."""
        return self._with(first=True)

    def recorded_as(self, codes: ConceptSet) -> Events:
        """Ask for the code as the source had it."""
        return replace(self._with(source_concepts=codes.name), sets=(*self.sets, codes))

    def with_value(self, *, units: tuple[int, ...] = (), **asked: Unpack[Numbers]) -> Events:
        """Ask for the measured value (of a dose era: the dose), in one of some units."""
        field = "dose_value" if self.criterion.domain is Domain.DOSE_ERA else "value_as_number"
        found = self.with_number(field, **asked)
        return found.coded("unit", *units) if units else found

    def with_number(self, field: str, **asked: Unpack[Numbers]) -> Events:
        """Ask for a number of the domain, such as `days_supply`."""
        return self._where(Numeric(field, number_range(asked)))

    def lasting(self, **days: Unpack[Numbers]) -> Events:
        """Ask for the days from start to end."""
        return self.with_number(ERA_LENGTH, **days)

    def abnormal(self) -> Events:
        """Ask for a measurement outside of its reference limits, or coded as low or high."""
        return self._where(Abnormal())

    def coded(self, field: str, *concepts: int) -> Events:
        """Ask for a coded attribute such as `unit`, `type`, `visit`: one of some concepts."""
        return self._where(Coded(field, concepts))

    def not_coded(self, field: str, *concepts: int) -> Events:
        """Ask for a coded attribute that is none of some concepts."""
        return self._where(Coded(field, concepts, negated=True))

    def coded_in(self, field: str, concepts: ConceptSet) -> Events:
        """Ask for a coded attribute in a concept set."""
        found = self._where(CodedBySet(field, concepts.name))
        return replace(found, sets=(*found.sets, concepts))

    def containing(self, field: str, text: str) -> Events:
        """Ask for a text attribute that contains a text; case counts."""
        return self._where(Textual(field, TextOp.CONTAINS, text))

    def starting(self, **days: Unpack[Dates]) -> Events:
        """Ask for the day on which events start."""
        return self._where(Dated(Anchor.START, date_range(days)))

    def ending(self, **days: Unpack[Dates]) -> Events:
        """Ask for the day on which events end."""
        return self._where(Dated(Anchor.END, date_range(days)))

    def at_age(self, **years: Unpack[Numbers]) -> Events:
        """Ask for the person's age in years when events start."""
        return self._where(Aged(Anchor.START, number_range(years)))

    def of_gender(self, *concepts: int) -> Events:
        """Ask for the person's gender concept."""
        return self._where(Gender(concepts))

    def near(self, *parts: Part) -> Events:
        """Ask for what must stand around each event: all of the parts."""
        from qundao.query.builder.asks import together

        group = together(parts)
        return replace(self._with(near=group.group), sets=(*self.sets, *group.sets))

    def moved(self, dates: DateShift) -> Events:
        """Give the events other dates, which everything after sees."""
        return self._with(dates=dates)

    def holding(self, period: Period) -> Events:
        """Keep (observation or payer) periods that hold given dates, which become theirs."""
        return self._with(within=period)

    def _where(self, attribute: Attribute) -> Events:
        return self._with(where=(*self.criterion.where, attribute))

    def _with(self, **changes: object) -> Events:
        return replace(self, criterion=replace(self.criterion, **changes))  # type: ignore[arg-type]


def _events(domain: Domain, concepts: ConceptSet | None) -> Events:
    if concepts is None:
        return Events(Criterion(domain))
    return Events(Criterion(domain, concepts.name), (concepts,))


def condition(concepts: ConceptSet | None = None) -> Events:
    """Return diagnoses; None: any."""
    return _events(Domain.CONDITION, concepts)


def condition_era(concepts: ConceptSet | None = None) -> Events:
    """Return eras of a condition."""
    return _events(Domain.CONDITION_ERA, concepts)


def drug(concepts: ConceptSet | None = None) -> Events:
    """Return drug exposures."""
    return _events(Domain.DRUG, concepts)


def drug_era(concepts: ConceptSet | None = None) -> Events:
    """Return eras of a drug."""
    return _events(Domain.DRUG_ERA, concepts)


def dose_era(concepts: ConceptSet | None = None) -> Events:
    """Return eras of a constant dose."""
    return _events(Domain.DOSE_ERA, concepts)


def procedure(concepts: ConceptSet | None = None) -> Events:
    """Return procedures."""
    return _events(Domain.PROCEDURE, concepts)


def device(concepts: ConceptSet | None = None) -> Events:
    """Return exposures to a device."""
    return _events(Domain.DEVICE, concepts)


def measurement(concepts: ConceptSet | None = None) -> Events:
    """Return measurements."""
    return _events(Domain.MEASUREMENT, concepts)


def observation(concepts: ConceptSet | None = None) -> Events:
    """Return observations."""
    return _events(Domain.OBSERVATION, concepts)


def visit(concepts: ConceptSet | None = None) -> Events:
    """Return visits."""
    return _events(Domain.VISIT, concepts)


def visit_detail(concepts: ConceptSet | None = None) -> Events:
    """Return parts of visits, such as stays on a ward."""
    return _events(Domain.VISIT_DETAIL, concepts)


def specimen(concepts: ConceptSet | None = None) -> Events:
    """Return specimens."""
    return _events(Domain.SPECIMEN, concepts)


def death(concepts: ConceptSet | None = None) -> Events:
    """Return deaths, of some causes or of any."""
    return _events(Domain.DEATH, concepts)


def observation_period(types: ConceptSet | None = None) -> Events:
    """Return observation periods."""
    return _events(Domain.OBSERVATION_PERIOD, types)


def payer_plan_period(payers: ConceptSet | None = None) -> Events:
    """Return periods of insurance."""
    return _events(Domain.PAYER_PLAN_PERIOD, payers)


def region(regions: ConceptSet | None = None) -> Events:
    """Return stays in a region of residence."""
    return _events(Domain.LOCATION_REGION, regions)
