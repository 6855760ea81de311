"""The outbox: what must reach the hub. An entry is written with the change that it reports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qundao.kernel.clock import parse_stamp
from qundao.kernel.errors import Problem
from qundao.kernel.ids import new_id
from qundao.node.office import Office
from qundao.node.store import Tx
from qundao.protocol.envelope import Envelope, parse_envelope, seal
from qundao.protocol.messages import (
    HUB,
    ExploreAnswer,
    Message,
    RegisterDataset,
    ReportVocabulary,
    StudyAnswer,
)

CARRIES_DATA = tuple(
    m.type for m in (StudyAnswer, ExploreAnswer, RegisterDataset, ReportVocabulary)
)
"""While the node is stopped, nothing of these types leaves, even if computed before."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry that waits for its receipt."""

    message: str
    type: str
    envelope: Envelope
    expires_at: datetime
    attempts: int
    renewed: int


def put(tx: Tx, office: Office, body: Message) -> str:
    """Seal a message to the hub, keep it in this transaction, and return its id."""
    message = new_id("msg")
    envelope = _seal(office, message, body.type, body.to_json())
    tx.execute(
        "INSERT INTO outbox (message, type, envelope, expires_at, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (message, body.type, envelope.model_dump_json(), _expiry(envelope), office.stamp()),
    )
    return message


def waiting(tx: Tx, *, stopped: bool, now: str = "9") -> list[Item]:
    """Return what is to be delivered, oldest first; without data while stopped.

    With `now`, what the hub refused is left out until its next try is due.
    """
    rows = tx.execute(
        "SELECT * FROM outbox WHERE delivered_at IS NULL AND coalesce(next_at, '') <= ?"
        " ORDER BY created_at",
        (now,),
    )
    return [_item(row) for row in rows if not (stopped and row["type"] in CARRIES_DATA)]


def count_waiting(tx: Tx) -> int:
    """Return how many messages have no receipt yet."""
    query = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL"
    number: int = tx.execute(query).fetchone()[0]
    return number


def type_of(tx: Tx, message: str) -> str | None:
    """Return the type of a message, or None when there is no such message."""
    row = tx.execute("SELECT type FROM outbox WHERE message = ?", (message,)).fetchone()
    return row["type"] if row else None


def payload_of(tx: Tx, message: str) -> dict[str, Any] | None:
    """Return what a message's envelope holds, or None when there is no such message."""
    row = tx.execute("SELECT envelope FROM outbox WHERE message = ?", (message,)).fetchone()
    payload: dict[str, Any] | None = (
        json.loads(parse_envelope(row["envelope"]).payload_bytes) if row else None
    )
    return payload


def renew(tx: Tx, office: Office, item: Item) -> Item:
    """Seal an expired entry anew under the same id, with the same content.

    The hub knows messages by their id: if it has the old one, it answers that it does.
    """
    body = json.loads(item.envelope.payload_bytes)["body"]
    envelope = _seal(office, item.message, item.type, body)
    tx.execute(
        "UPDATE outbox SET envelope = ?, expires_at = ?, renewed = renewed + 1, next_at = NULL"
        " WHERE message = ?",
        (envelope.model_dump_json(), _expiry(envelope), item.message),
    )
    return _item(tx.execute("SELECT * FROM outbox WHERE message = ?", (item.message,)).fetchone())


def mark_delivered(tx: Tx, message: str, receipt: dict[str, Any], at: str) -> None:
    """Note the hub's receipt. A second receipt changes nothing."""
    tx.execute(
        "UPDATE outbox SET delivered_at = ?, receipt = ?, last_error = NULL, next_at = NULL"
        " WHERE message = ? AND delivered_at IS NULL",
        (at, json.dumps(receipt, ensure_ascii=False), message),
    )


def mark_attempt(tx: Tx, message: str, problem: Problem, next_at: str | None = None) -> None:
    """Note a failed delivery. Nothing but a signed receipt ever ends the tries."""
    tx.execute(
        "UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_at = ? WHERE message = ?",
        (json.dumps(problem.to_json(), ensure_ascii=False), next_at, message),
    )


def _item(row: Any) -> Item:
    return Item(
        row["message"],
        row["type"],
        parse_envelope(row["envelope"]),
        parse_stamp(row["expires_at"]),
        row["attempts"],
        row["renewed"],
    )


def _seal(office: Office, message: str, kind: str, body: dict[str, Any]) -> Envelope:
    return seal(
        kind,
        body,
        issuer=office.id,
        audience=HUB,
        key=office.keys.identity,
        now=office.now(),
        id=message,
    )


def _expiry(envelope: Envelope) -> str:
    text: str = json.loads(envelope.payload_bytes)["expires_at"]
    return text
