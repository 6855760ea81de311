"""Reads: events, proofs, receipts, and the whole log as a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from qundao.audit.actions import declared_actions
from qundao.audit.bundle import StoredEvent, bundle_lines
from qundao.audit.heads import SignedHead
from qundao.audit.receipts import Receipt, make_receipt
from qundao.audit.tree import consistency_proof
from qundao.hub.auditlog.heads import current_head
from qundao.hub.auditlog.models import LoggedEvent, SignedTreeHead
from qundao.hub.auditlog.store import TableStore
from qundao.hub.codes import NOT_FOUND
from qundao.hub.keys import hub_key
from qundao.kernel.errors import fail


def events(
    *,
    subject: str = "",
    actor: str = "",
    organisation: str = "",
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[LoggedEvent]:
    """Return the events that fit, newest first. `since` is included, `until` is not."""
    given = {
        "subject": subject,
        "actor": actor,
        "organisation": organisation,
        "action": action,
        "at__gte": since,
        "at__lt": until,
    }
    chosen = {name: value for name, value in given.items() if value}
    return LoggedEvent.objects.filter(**chosen).order_by("-sequence")


def history(*subjects: str) -> QuerySet[LoggedEvent]:
    """Return what happened to these subjects, oldest first: the timeline."""
    return LoggedEvent.objects.filter(subject__in=subjects).order_by("sequence")


def high_risk_events() -> QuerySet[LoggedEvent]:
    """Return the events that an auditor looks at first, newest first."""
    names = [name for name, action in declared_actions().items() if action.risk == "high"]
    return LoggedEvent.objects.filter(action__in=names).order_by("-sequence")


def event(sequence: int) -> LoggedEvent:
    """Return one event. Raises `hub.not_found`."""
    found = LoggedEvent.objects.filter(pk=sequence).first()
    if found is None:
        raise fail(NOT_FOUND, sequence, "event")
    return found


def receipt(sequence: int) -> Receipt:
    """Return the receipt that proves one event, under a head over the whole log.

    Raises `hub.not_found`, `audit.bad_event` (a spoilt row).
    """
    logged, head = event(sequence).event(), current_head()
    return make_receipt(TableStore(head.head.size), logged, head)


def consistency(first: int, second: int) -> tuple[bytes, ...]:
    """Return the proof that the log of size `second` extends that of size `first`.

    Raises `audit.bad_position`.
    """
    size = current_head().head.size
    return consistency_proof(TableStore(size), first, second)


def heads() -> QuerySet[SignedTreeHead]:
    """Return the signed heads, newest first."""
    return SignedTreeHead.objects.order_by("-size")


def bundle() -> Iterator[bytes]:
    """Yield the whole log, signed, line by line, in O(log n) memory.

    What is appended while it runs is left out: the bundle ends at the head signed at its start.
    """
    head = current_head()
    size = head.head.size
    rows = LoggedEvent.objects.filter(sequence__lt=size).order_by("sequence")
    signed = SignedTreeHead.objects.filter(size__lte=size).order_by("size")
    yield from bundle_lines(
        head.head.origin,
        hub_key().verify_key,
        TableStore(size),
        (_stored(row) for row in rows.iterator(chunk_size=500)),
        _signed(signed),
    )


def _stored(row: LoggedEvent) -> StoredEvent:
    return StoredEvent(row.sequence, row.content(), bytes(row.leaf_hash))


def _signed(rows: QuerySet[SignedTreeHead]) -> Iterator[SignedHead]:
    for row in rows.iterator(chunk_size=500):
        yield row.signed()
