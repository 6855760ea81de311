"""Appending to the log, inside the transaction of what the events speak of.

Writers queue on one row, so that sequence numbers have no gaps and times never run backwards;
an action therefore appends last, just before it commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from qundao.audit.events import Event
from qundao.audit.tree import append
from qundao.hub.auditlog.models import LoggedEvent, LogState
from qundao.hub.auditlog.store import TableStore
from qundao.hub.common.clock import now
from qundao.kernel.canonical import canonical_json


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that has no number and no time yet."""

    actor: str
    organisation: str
    action: str
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""


def append_entries(entries: Sequence[Entry]) -> tuple[Event, ...]:
    """Append events in this order. Raises `audit.bad_event`, `audit.patient_level`.

    Must run inside a transaction; nothing of it is visible before that commits.
    """
    if not entries:
        return ()
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("events are appended inside the transaction that they speak of")
    state = locked_state()
    store = TableStore(state.size)
    at = now()
    events = tuple(_append_one(store, entry, at) for entry in entries)
    state.size = store.size()
    state.save(update_fields=["size"])
    return events


def locked_state() -> LogState:
    """Return the log's state, locked until the transaction ends."""
    found = LogState.objects.select_for_update().filter(pk=1).first()
    if found is None:
        LogState.objects.get_or_create(pk=1)
        found = LogState.objects.select_for_update().get(pk=1)
    return found


def _append_one(store: TableStore, entry: Entry, at: datetime) -> Event:
    event = Event(
        sequence=store.size(),
        at=at,
        actor=entry.actor,
        organisation=entry.organisation,
        action=entry.action,
        subject=entry.subject,
        details=entry.details,
        request_id=entry.request_id,
    )
    append(store, event.leaf_hash)
    LoggedEvent(
        sequence=event.sequence,
        at=event.at,
        actor=event.actor,
        organisation=event.organisation,
        action=event.action,
        subject=event.subject,
        request_id=event.request_id,
        details=canonical_json(dict(event.details)).decode(),
        leaf_hash=event.leaf_hash,
    ).save()
    return event
