"""Receipts: one event with its way to a signed head, checked alone and offline.

A researcher or a member keeps the receipt; it still proves the event if the hub is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qundao.audit.codes import PROOF_INVALID
from qundao.audit.events import Event
from qundao.audit.heads import SignedHead, check_head
from qundao.audit.merkle import verify_inclusion
from qundao.audit.tree import NodeStore, inclusion_proof
from qundao.kernel.errors import Problem, problem
from qundao.kernel.signing import VerifyKey

SCHEMA = "qundao.audit-receipt/1"
_FIELDS = {"schema", "event", "proof", "head"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event, its audit path (leaf to root), and the signed head that the path leads to."""

    event: Event
    proof: tuple[bytes, ...]
    head: SignedHead

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON, for a file."""
        return {
            "schema": SCHEMA,
            "event": self.event.content(),
            "proof": [step.hex() for step in self.proof],
            "head": self.head.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Receipt:
        """Read what `to_json` writes. Raises ValueError on another form, `audit.bad_event`."""
        if set(data) != _FIELDS or data["schema"] != SCHEMA:
            raise ValueError(f"a receipt ({SCHEMA}) is required, received {sorted(data)}")
        proof = tuple(bytes.fromhex(step) for step in data["proof"])
        made = cls(Event.from_content(data["event"]), proof, SignedHead.from_json(data["head"]))
        if made.to_json() != dict(data):
            raise ValueError("a receipt as it is written is required, received another spelling")
        return made


def make_receipt(store: NodeStore, event: Event, head: SignedHead) -> Receipt:
    """Return the receipt of one event under a signed head that covers it.

    Raises `audit.bad_position` when the head is older than the event.
    """
    return Receipt(event, inclusion_proof(store, event.sequence, head.head.size), head)


def check_receipt(receipt: Receipt, trusted: VerifyKey) -> tuple[Problem, ...]:
    """Return what is wrong with a receipt; nothing, when the event stands in the signed log."""
    wrong = list(check_head(receipt.head, trusted))
    event, head = receipt.event, receipt.head.head
    if not verify_inclusion(event.leaf_hash, event.sequence, head.size, receipt.proof, head.root):
        where = f"event {event.sequence}"
        wrong.append(problem(PROOF_INVALID, event.leaf_hash.hex(), where, root=head.root.hex()))
    return tuple(wrong)
