"""The permits that this node holds, as rows. What a row means is decided in `permits`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qundao.access.permit import Permit, SignedPermit
from qundao.access.permit_check import NodeRecord
from qundao.kernel.errors import fail
from qundao.node.codes import UNKNOWN_PERMIT
from qundao.node.store import Tx

OFFERED, COUNTERSIGNED, DECLINED, REVOKED = "offered", "countersigned", "declined", "revoked"


@dataclass(frozen=True, slots=True)
class Held:
    """One permit as the node keeps it: the exact bytes, the protocol, and the member's decision."""

    id: str
    signed: SignedPermit
    protocol: dict[str, Any]
    state: str
    statement: bytes | None
    statement_signature: bytes | None
    steward: str | None
    document: str | None
    reason: str | None
    offered_at: str
    decided_at: str | None

    @property
    def permit(self) -> Permit:
        """Return the permit that the bytes hold."""
        return self.signed.permit

    def to_json(self) -> dict[str, Any]:
        """Return the permit in short."""
        return {
            "permit": self.id,
            "state": self.state,
            "steward": self.steward,
            "document": self.document,
            "reason": self.reason,
            "decided_at": self.decided_at,
            "digest": self.signed.digest,
        }

    def record(self, runs_used: int) -> NodeRecord:
        """Return what the node's check needs."""
        return NodeRecord(
            self.signed,
            self.statement,
            self.statement_signature,
            self.state == REVOKED,
            runs_used,
        )


def find(tx: Tx, permit: str) -> Held | None:
    """Return a permit, or None."""
    row = tx.execute("SELECT * FROM permit WHERE id = ?", (permit,)).fetchone()
    return _held(row) if row else None


def get(tx: Tx, permit: str) -> Held:
    """Return a permit. Raises `node.unknown_permit`."""
    held = find(tx, permit)
    if held is None:
        raise fail(UNKNOWN_PERMIT, permit, "permit")
    return held


def all_held(tx: Tx) -> list[Held]:
    """Return every permit, the newest first."""
    return [_held(r) for r in tx.execute("SELECT * FROM permit ORDER BY offered_at DESC, id")]


def insert(tx: Tx, permit: str, signed: SignedPermit, protocol: dict[str, Any], at: str) -> None:
    """Keep an offer; it is revoked from the start if the hub's revocation came first."""
    gone = tx.execute("SELECT reason FROM revocation WHERE permit = ?", (permit,)).fetchone()
    tx.execute(
        "INSERT INTO permit (id, payload, signature, protocol, state, reason, offered_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            permit,
            signed.payload,
            signed.hub_signature,
            json.dumps(protocol, ensure_ascii=False),
            REVOKED if gone else OFFERED,
            gone["reason"] if gone else None,
            at,
        ),
    )


def revoke(tx: Tx, permit: str, reason: str, at: str) -> None:
    """Note the hub's revocation; the first reason stays."""
    tx.execute("INSERT OR IGNORE INTO revocation VALUES (?, ?, ?)", (permit, reason, at))
    tx.execute(
        "UPDATE permit SET state = ?, reason = ?, decided_at = ? WHERE id = ? AND state != ?",
        (REVOKED, reason, at, permit, REVOKED),
    )


def runs_used(tx: Tx, permit: str, analysis: str, accession: str) -> int:
    """Return how often this analysis was answered with numbers from this dataset version."""
    query = (
        "SELECT count(*) FROM task WHERE permit = ? AND analysis = ? AND accession = ?"
        " AND state = 'answered'"
    )
    number: int = tx.execute(query, (permit, analysis, accession)).fetchone()[0]
    return number


def _held(row: Any) -> Held:
    return Held(
        row["id"],
        SignedPermit(row["payload"], row["signature"]),
        json.loads(row["protocol"]),
        row["state"],
        row["statement"],
        row["statement_signature"],
        row["steward"],
        row["document"],
        row["reason"],
        row["offered_at"],
        row["decided_at"],
    )
