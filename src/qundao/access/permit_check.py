"""The node's own check of a task against its permit: every defect at once, as refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from qundao.access.codes import (
    OUTSIDE_PERMIT,
    PERMIT_EXPIRED,
    PERMIT_FORGED,
    PERMIT_REVOKED,
    PERMIT_SPENT,
    PERMIT_UNSIGNED,
)
from qundao.access.permit import COUNTERSIGNATURE_TYPE, Countersignature, Permit, SignedPermit
from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem, problem
from qundao.kernel.signing import VerifyKey

MASKABLE = 3
"""With fewer nodes than this a masked sum hides nothing from the other participants."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a task asks of this node, in the permit's terms.

    `contributors` are the nodes whose dataset versions the locked protocol names for this
    analysis, `must_mask` whether by the protocol some group is only ever seen as a sum. The node
    takes both from the protocol it countersigned, never from the task: a hub that could choose
    the participants could compare the sums of two choices.
    """

    node: str
    accession: str
    analysis: str
    protocol_digest: str
    contributors: tuple[str, ...]
    must_mask: bool
    participants: tuple[str, ...]
    masked: bool


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """What the node itself holds about a permit; nothing here comes from the task."""

    permit: SignedPermit
    countersignature: bytes | None
    countersignature_signature: bytes | None
    revoked: bool
    runs_used: int


def check(
    request: Request, record: NodeRecord, hub: VerifyKey, own: VerifyKey, now: datetime
) -> tuple[Problem, ...]:
    """Return every reason why the node must not compute; empty means that it may."""
    if not record.permit.signed_by(hub):
        return (problem(PERMIT_FORGED, record.permit.digest[:16], key=hub.fingerprint),)
    permit = record.permit.permit
    return (
        *_countersigned(request, record, own),
        *_in_force(permit, record, now),
        *_inside(request, permit),
    )


def _countersigned(request: Request, record: NodeRecord, own: VerifyKey) -> Iterator[Problem]:
    payload, signature = record.countersignature, record.countersignature_signature
    if payload is None or signature is None:
        yield problem(PERMIT_UNSIGNED, "none")
        return
    if not own.verifies(COUNTERSIGNATURE_TYPE, payload, signature):
        yield problem(PERMIT_UNSIGNED, "a countersignature by another key")
        return
    statement = Countersignature.from_bytes(payload)
    if (statement.permit_digest, statement.node) != (record.permit.digest, request.node):
        yield problem(PERMIT_UNSIGNED, f"a countersignature of {statement.permit_digest[:16]}")


def _in_force(permit: Permit, record: NodeRecord, now: datetime) -> Iterator[Problem]:
    if record.revoked:
        yield problem(PERMIT_REVOKED, permit.id)
    if not permit.not_before <= now < permit.expires_at:
        start, end = stamp(permit.not_before), stamp(permit.expires_at)
        yield problem(PERMIT_EXPIRED, stamp(now), start=start, end=end)
    if record.runs_used >= permit.runs:
        yield problem(PERMIT_SPENT, record.runs_used, limit=permit.runs)


def _inside(request: Request, permit: Permit) -> Iterable[Problem]:
    terms = permit.terms_of(request.accession)
    if terms is None or terms.node != request.node:
        held = ", ".join(d.accession for d in permit.datasets if d.node == request.node)
        yield problem(OUTSIDE_PERMIT, request.accession, "accession", required=held or "–")
    if request.analysis not in permit.analyses:
        required = ", ".join(permit.analyses)
        yield problem(OUTSIDE_PERMIT, request.analysis, "analysis", required=required)
    if request.protocol_digest != permit.protocol_digest:
        required = permit.protocol_digest
        yield problem(OUTSIDE_PERMIT, request.protocol_digest, "protocol", required=required)
    yield from _participants(request, permit)


def _participants(request: Request, permit: Permit) -> Iterator[Problem]:
    received = ", ".join(request.participants)
    strangers = set(request.contributors) - {r.node for r in permit.roster}
    exact = sorted(request.participants) == sorted(set(request.contributors))
    if strangers or not exact or request.node not in request.participants:
        required = ", ".join(sorted(set(request.contributors)))
        yield problem(OUTSIDE_PERMIT, received, "participants", required=required)
    if request.masked and len(set(request.contributors)) < MASKABLE:
        required = f"≥ {MASKABLE} nodes for masked sums"
        yield problem(OUTSIDE_PERMIT, received, "masked", required=required)
    if request.must_mask and not request.masked:
        yield problem(OUTSIDE_PERMIT, "unmasked", "masked", required="masked sums")
