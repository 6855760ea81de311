"""Accession numbers without gaps: given out under a lock, in the transaction that uses them."""

from __future__ import annotations

from qundao.hub.catalogue.models import AccessionCounter
from qundao.hub.common.actions import require_transaction

_ONLY = 1


def next_number() -> int:
    """Return the next dataset number, from 1; call it inside an action.

    A transaction that fails gives its number back; two at once wait for each other.
    """
    require_transaction("next_number")
    AccessionCounter.objects.get_or_create(id=_ONLY)
    counter = AccessionCounter.objects.select_for_update().get(id=_ONLY)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
