"""How a use ends: the permit stops, the nodes hear of it, what is still held goes back."""

from __future__ import annotations

from qundao.hub.applications.models import Application, Permit
from qundao.hub.applications.payments import give_back
from qundao.hub.common.actors import Actor
from qundao.hub.nodes.outgoing import send
from qundao.protocol.messages import PermitRevoked

OPEN = (Permit.State.COUNTERSIGNING, Permit.State.ACTIVE)


def end_permit(permit: Permit, state: Permit.State, reason: str, *, but: str = "") -> None:
    """End a permit and tell its nodes (all but the one that ended it)."""
    permit.state, permit.reason = state, reason
    permit.save(update_fields=["state", "reason"])
    for held in permit.countersignings.exclude(node_id=but).select_related("node"):
        message = PermitRevoked(permit=permit.id, reason=reason)
        send(node=held.node, message=message, subject=permit.id)


def end_use(*, actor: Actor, application: Application, state: Permit.State, reason: str) -> None:
    """End whatever permit an application still has, and give back what it holds."""
    permit = Permit.objects.select_for_update().filter(application=application).first()
    if permit and permit.state in OPEN:
        end_permit(permit, state, reason)
    give_back(actor=actor, application=application)
