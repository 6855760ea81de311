"""The domains' words: of which kind events are, and of which concepts."""

from __future__ import annotations

from qundao.query.builder.phrases import Events
from qundao.query.concepts import ConceptSet
from qundao.query.criteria import Criterion
from qundao.query.domains import Domain


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
