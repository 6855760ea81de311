"""Signing the log: the hub's key over the tree, when somebody asks and at least every minute."""

from __future__ import annotations

from django.db import transaction

from qundao.audit.heads import SignedHead, TreeHead, sign_head
from qundao.audit.tree import root
from qundao.hub.auditlog.log import locked_state
from qundao.hub.auditlog.models import LogState, SignedTreeHead
from qundao.hub.auditlog.store import TableStore
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key


def current_head() -> SignedHead:
    """Return a signed head over the whole log as it is now, signing one if there is none."""
    state = LogState.objects.filter(pk=1).first()
    size = state.size if state else 0
    signed = SignedTreeHead.objects.filter(size=size).first()
    return signed.signed() if signed else _sign()


def latest_head() -> SignedHead | None:
    """Return the newest signed head, or None when the log was never signed."""
    found = SignedTreeHead.objects.order_by("-size").first()
    return found.signed() if found else None


def _sign() -> SignedHead:
    with transaction.atomic():
        state = locked_state()
        done = SignedTreeHead.objects.filter(size=state.size).first()
        if done:
            return done.signed()
        key = hub_key()
        if not state.origin:
            state.origin = f"qundao-hub/{key.verify_key.fingerprint}"
            state.save(update_fields=["origin"])
        head = TreeHead(state.origin, state.size, root(TableStore(state.size)), now())
        signed = sign_head(key, head)
        SignedTreeHead.from_signed(signed).save()
    return signed
