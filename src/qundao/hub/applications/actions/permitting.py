"""The permit: signed by the hub, countersigned by each node, revoked, closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from qundao.access.agreement import Agreement as AgreementText
from qundao.access.agreement import require_signed
from qundao.access.permissions import PERMISSIONS, Act
from qundao.access.permit import (
    COUNTERSIGNATURE_TYPE,
    Countersignature,
    RosterEntry,
    sign_permit,
)
from qundao.access.permit import Permit as PermitTerms
from qundao.access.reasons import USE_ENDED
from qundao.access.working_days import day_ends
from qundao.hub.applications.casework import advance, allow, locked
from qundao.hub.applications.codes import BAD_COUNTERSIGNATURE, NOT_OFFERED, REVOKE_REASON
from qundao.hub.applications.endings import OPEN, end_permit, end_use
from qundao.hub.applications.evidence import require_evidence
from qundao.hub.applications.models import Application, Countersigning, Permit
from qundao.hub.applications.payments import give_back
from qundao.hub.common.actions import Done, action, done
from qundao.hub.common.actors import HUB_ACTOR, Actor
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key
from qundao.hub.nodes.handlers import handles
from qundao.hub.nodes.models import Node
from qundao.hub.nodes.outgoing import send
from qundao.kernel.errors import fail
from qundao.kernel.ids import new_id
from qundao.kernel.signing import b64, unb64
from qundao.protocol.messages import PermitDeclined, PermitOffer, PermitSigned


@action(*PERMISSIONS[Act.PERMIT_ISSUE])
def issue_permit(*, actor: Actor, application: Application) -> Done[Permit]:
    """Sign the permit and offer it to each node.

    Raises `access.signatures_missing`, and `access.evidence_missing` where a lack blocks today.
    """
    application = locked(application)
    allow(Act.PERMIT_ISSUE, actor, application)
    require_evidence(application)
    agreement = application.agreement
    text = agreement.text
    require_signed(text, [s.signature for s in agreement.signatures.all()])
    nodes = Node.objects.in_bulk({d.terms.node for d in text.datasets})
    signed = sign_permit(_terms(text, nodes, now()), hub_key())
    permit = Permit.objects.create(
        id=signed.permit.id,
        application=application,
        payload=b64(signed.payload),
        signature=b64(signed.hub_signature),
        digest=signed.digest,
        protocol=application.protocol,
        not_before=signed.permit.not_before,
        expires_at=signed.permit.expires_at,
    )
    for node in nodes.values():
        _offer(permit, node)
    advance(application, Act.PERMIT_ISSUE, actor)
    return done(permit, "permit.issued", permit.id, digest=permit.digest, nodes=sorted(nodes))


def _terms(text: AgreementText, nodes: dict[Any, Node], instant: datetime) -> PermitTerms:
    """Return the permit's terms. It names the agreement's digest, so that a contributor who
    countersigns accepts that very text.
    """
    grantee = next(p.member for p in text.parties if p.role.value == "grantee")
    begins = day_ends(text.start) - timedelta(days=1)
    return PermitTerms(
        id=new_id("permit"),
        application=text.application,
        agreement=f"{text.id}:{text.digest}",
        purpose=text.purpose,
        grantee=grantee,
        researchers=text.researchers,
        protocol_digest=text.protocol_digest,
        analyses=text.analyses,
        datasets=tuple(d.terms for d in text.datasets),
        roster=tuple(
            RosterEntry(n.id, n.organisation_id, n.verify_key, n.mask_key, n.mask_signature)
            for n in sorted(nodes.values(), key=lambda n: n.id)
        ),
        not_before=max(begins, instant),
        expires_at=day_ends(text.end),
        runs=text.runs,
    )


def _offer(permit: Permit, node: Node) -> None:
    Countersigning.objects.create(permit=permit, node=node)
    message = PermitOffer(
        permit=permit.id,
        payload=permit.payload,
        signature=permit.signature,
        protocol=permit.protocol,
    )
    send(node=node, message=message, subject=permit.id)


@action(kinds=("node",))
def take_countersignature(
    *, actor: Actor, waiting: Countersigning, message: PermitSigned
) -> Done[Permit]:
    """Take a node's yes; with the last one the permit is in force.

    Raises `applications.bad_countersignature`, `applications.permit_not_offered`.
    """
    application = locked(waiting.permit.application)
    waiting, permit = _pending(waiting)
    statement = _verified(waiting, message)
    waiting.state = Countersigning.State.SIGNED
    waiting.statement, waiting.signature = message.statement, message.signature
    waiting.steward, waiting.document = statement.steward[:200], statement.document[:200]
    waiting.at = statement.at
    waiting.save()
    if not permit.countersignings.exclude(state=Countersigning.State.SIGNED).exists():
        permit.state = Permit.State.ACTIVE
        permit.save(update_fields=["state"])
        advance(application, Act.PERMIT_COUNTERSIGN, actor)
    facts = {"node": waiting.node_id, "document": waiting.document}
    return done(permit, "permit.countersigned", permit.id, **facts)


def _pending(waiting: Countersigning) -> tuple[Countersigning, Permit]:
    waiting = Countersigning.objects.select_for_update().get(pk=waiting.pk)
    permit = Permit.objects.select_for_update().get(pk=waiting.permit_id)
    open_ = permit.state == Permit.State.COUNTERSIGNING
    if not open_ or waiting.state != Countersigning.State.WAITING:
        raise fail(NOT_OFFERED, f"{permit.state}, {waiting.state}", permit.id)
    return waiting, permit


def _verified(waiting: Countersigning, message: PermitSigned) -> Countersignature:
    permit = waiting.permit
    try:
        payload, signature = unb64(message.statement), unb64(message.signature)
    except ValueError as error:
        raise fail(BAD_COUNTERSIGNATURE, str(error), "statement", digest=permit.digest) from error
    if not waiting.node.key.verifies(COUNTERSIGNATURE_TYPE, payload, signature):
        raise fail(BAD_COUNTERSIGNATURE, "another key", "signature", digest=permit.digest)
    statement = Countersignature.from_bytes(payload)
    if (statement.permit_digest, statement.node) != (permit.digest, waiting.node_id):
        received = f"{statement.permit_digest[:16]}, {statement.node}"
        raise fail(BAD_COUNTERSIGNATURE, received, "statement", digest=permit.digest)
    return statement


@action(kinds=("node",))
def take_refusal(*, actor: Actor, waiting: Countersigning, message: PermitDeclined) -> Done[Permit]:
    """Take a node's no, or its taking back a yes: the permit ends for everybody."""
    application = locked(waiting.permit.application)
    permit = Permit.objects.select_for_update().get(pk=waiting.permit_id)
    waiting.state = Countersigning.State.DECLINED
    waiting.steward, waiting.reason = message.steward[:200], message.reason
    waiting.at = now()
    waiting.save()
    if permit.state in OPEN:
        end_permit(permit, Permit.State.DECLINED, message.reason, but=waiting.node_id)
        advance(application, Act.PERMIT_DECLINE, actor, reason=message.reason)
        give_back(actor=actor, application=application)
    return done(permit, "permit.refused", permit.id, node=waiting.node_id)


@action(*PERMISSIONS[Act.PERMIT_REVOKE])
def revoke_permit(*, actor: Actor, permit: Permit, reason: str) -> Done[Permit]:
    """Revoke a permit at once; every node is told and stops computing under it."""
    application = locked(permit.application)
    allow(Act.PERMIT_REVOKE, actor, application)
    if not reason.strip():
        raise fail(REVOKE_REASON, "", "reason")
    permit = Permit.objects.select_for_update().get(pk=permit.pk)
    end_permit(permit, Permit.State.REVOKED, reason)
    advance(application, Act.PERMIT_REVOKE, actor, reason=reason)
    give_back(actor=actor, application=application)
    return done(permit, "permit.revoked", permit.id, reason=reason)


@action(*PERMISSIONS[Act.APPLICATION_CLOSE])
def close_application(*, actor: Actor, application: Application) -> Done[Application]:
    """Close an application whose use has ended: the permit ends, what is held is released."""
    application = locked(application)
    allow(Act.APPLICATION_CLOSE, actor, application)
    advance(application, Act.APPLICATION_CLOSE, actor)
    end_use(actor=HUB_ACTOR, application=application, state=Permit.State.ENDED, reason=USE_ENDED)
    return done(application, "application.closed", application.id)


@handles(PermitSigned)
def _signed(node: Node, message: PermitSigned) -> dict[str, Any]:
    permit = take_countersignature(
        actor=node.actor, waiting=_offered(node, message.permit), message=message
    )
    return {"permit": permit.id, "state": permit.state}


@handles(PermitDeclined)
def _declined(node: Node, message: PermitDeclined) -> dict[str, Any]:
    permit = take_refusal(actor=node.actor, waiting=_offered(node, message.permit), message=message)
    return {"permit": permit.id, "state": permit.state}


def _offered(node: Node, permit: str) -> Countersigning:
    found = (
        Countersigning.objects.filter(permit_id=permit, node=node)
        .select_related("permit__application", "node")
        .first()
    )
    if found is None:
        raise fail(NOT_OFFERED, permit, "permit")
    return found
