"""Permits for tests: three sponsors' nodes and a hub, with keys of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qundao.access.permit import (
    COUNTERSIGNATURE_TYPE,
    Countersignature,
    DatasetTerms,
    Permit,
    RosterEntry,
    SignedPermit,
    sign_permit,
)
from qundao.access.permit_check import NodeRecord, Request
from qundao.access.vouching import vouch
from qundao.kernel.signing import SigningKey

START = datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)
HUB_KEY = SigningKey(bytes([9] * 32))
NODES = ("node_a", "node_b", "node_c")
NODE_KEYS = {n: SigningKey(bytes([i] * 32)) for i, n in enumerate(NODES, 1)}
DIGEST = "d" * 64


def terms(node: str, number: int) -> DatasetTerms:
    return DatasetTerms(f"QD{number:06d}.1", node, f"member_{node[-1]}", "trial_arm", 5, 5)


def entry(node: str) -> RosterEntry:
    key, mask_key = NODE_KEYS[node], f"mask-key-of-{node}"
    signed = vouch(key, mask_key)
    return RosterEntry(node, f"member_{node[-1]}", key.verify_key.text, mask_key, signed)


def make_permit(**changed: object) -> Permit:
    given: dict[str, object] = {
        "id": "permit_1",
        "application": "app_1",
        "agreement": "agreement_1",
        "purpose": "external control arm",
        "grantee": "member_a",
        "researchers": ("user_1",),
        "protocol_digest": DIGEST,
        "analyses": ("km", "table1"),
        "datasets": tuple(terms(n, i) for i, n in enumerate(NODES, 1)),
        "roster": tuple(entry(n) for n in NODES),
        "not_before": START,
        "expires_at": START + timedelta(days=30),
        "runs": 3,
    }
    return Permit(**{**given, **changed})  # type: ignore[arg-type]


@dataclass
class Case:
    """One task before one node, as `check` sees it; each field may be spoilt by a test."""

    request: Request
    signed: SignedPermit
    countersignature: bytes | None
    signature: bytes | None
    revoked: bool = False
    runs_used: int = 0

    @property
    def record(self) -> NodeRecord:
        return NodeRecord(
            self.signed, self.countersignature, self.signature, self.revoked, self.runs_used
        )


def good_request(**changed: object) -> Request:
    given: dict[str, object] = {
        "node": "node_a",
        "accession": "QD000001.1",
        "analysis": "km",
        "protocol_digest": DIGEST,
        "contributors": NODES,
        "must_mask": True,
        "participants": NODES,
        "masked": True,
    }
    return Request(**{**given, **changed})  # type: ignore[arg-type]


def countersign(
    signed: SignedPermit, node: str = "node_a", key: SigningKey | None = None
) -> tuple[bytes, bytes]:
    statement = Countersignature(signed.digest, node, "王数据", "院数字〔2026〕12号", START)
    payload = statement.to_bytes()
    return payload, (key or NODE_KEYS[node]).sign(COUNTERSIGNATURE_TYPE, payload)


def good_case(permit: Permit | None = None, **request: object) -> Case:
    signed = sign_permit(permit or make_permit(), HUB_KEY)
    return Case(good_request(**request), signed, *countersign(signed))
