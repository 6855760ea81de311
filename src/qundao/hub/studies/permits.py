"""What a study needs to know of its permit."""

from __future__ import annotations

from qundao.access.permit import DatasetTerms
from qundao.access.permit import Permit as PermitTerms
from qundao.disclosure.thresholds import Floors, strictest
from qundao.hub.applications.models import Permit
from qundao.study import PlannedAnalysis, StudyProtocol, protocol_from_json


def terms(permit: Permit) -> PermitTerms:
    """Return the permit as signed."""
    return permit.signed.permit


def protocol_of(permit: Permit) -> StudyProtocol:
    """Return the protocol that the permit locks."""
    return protocol_from_json(permit.protocol)


def node_of(permit: Permit) -> dict[str, str]:
    """Return the node of each dataset version."""
    return {d.accession: d.node for d in terms(permit).datasets}


def member_of(permit: Permit) -> dict[str, str]:
    """Return the member that contributes each dataset version."""
    return {d.accession: d.member for d in terms(permit).datasets}


def terms_of(permit: Permit, planned: PlannedAnalysis) -> tuple[DatasetTerms, ...]:
    """Return the terms of the dataset versions that take part in an analysis."""
    taking_part = set(planned.accessions)
    return tuple(d for d in terms(permit).datasets if d.accession in taking_part)


def floors_of(permit: Permit, planned: PlannedAnalysis) -> Floors:
    """Return the thresholds that every contributor of an analysis agreed to."""
    return strictest(Floors(d.min_cell, d.event_floor) for d in terms_of(permit, planned))
