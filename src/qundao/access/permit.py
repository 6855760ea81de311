"""The permit: what a node checks by itself before it computes anything.

The hub signs the permit's exact bytes after its committee has decided; each member's node
countersigns the same bytes. Neither key alone makes a node compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from qundao.access.codes import BAD_PERMIT
from qundao.access.vouching import vouched
from qundao.kernel.accession import Accession
from qundao.kernel.canonical import canonical_json, sha256_hex
from qundao.kernel.clock import parse_stamp, stamp
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.signing import SigningKey, VerifyKey
from qundao.kernel.strict_json import read_json

PERMIT_TYPE = "application/vnd.qundao.permit+json"
COUNTERSIGNATURE_TYPE = "application/vnd.qundao.countersignature+json"
SCHEMA = "qundao.permit/1"


_KINDS = {"str": str, "int": int}


def _typed(value: Any, where: str) -> None:
    """Check plain fields by their declared type, exactly.

    JSON gives what it likes, and a threshold of 9.5, true or NaN would compare without protest.
    """
    for f in fields(value):
        kind, received = _KINDS.get(str(f.type)), getattr(value, f.name)
        if kind and (type(received) is not kind or received == ""):
            raise fail(BAD_PERMIT, repr(received)[:80], f"{where}.{f.name}", required=f.type)


def _once(where: str, keys: Iterable[str]) -> None:
    held = tuple(keys)
    if len(set(held)) != len(held):
        raise fail(BAD_PERMIT, ", ".join(held)[:200], where, required="each of them once")


@dataclass(frozen=True, slots=True)
class DatasetTerms:
    """What one contributing dataset version allows: thresholds come from its agreement.

    `min_cell` is the smallest count of people that may be shown, `event_floor` the smallest
    count of events in a published bin (0: no floor of its own); `node` is the node's id.
    """

    accession: str
    node: str
    member: str
    data_class: str
    min_cell: int
    event_floor: int

    def __post_init__(self) -> None:
        _typed(self, "datasets")
        if Accession.parse(self.accession).version is None:
            raise fail(BAD_PERMIT, self.accession, "datasets.accession", required="QD000123.2")
        if self.min_cell < 1 or self.event_floor < 0:
            received = f"min_cell {self.min_cell}, event_floor {self.event_floor}"
            raise fail(BAD_PERMIT, received, "datasets", required="min_cell ≥ 1, event_floor ≥ 0")


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A participating node with its public keys, so that nodes can check and mask for each other.

    `verify_key` signs its messages (`ed25519:…`), `mask_key` is its X25519 key (base 64), and
    `mask_signature` the first key's signature over the second (see `access.vouching`).
    """

    node: str
    member: str
    verify_key: str
    mask_key: str
    mask_signature: str

    def __post_init__(self) -> None:
        _typed(self, "roster")

    @property
    def vouched(self) -> bool:
        """Tell whether the entry's own identity key signed its mask key."""
        return vouched(self.verify_key, self.mask_key, self.mask_signature)


@dataclass(frozen=True, slots=True)
class Permit:
    """A signed, expiring right of one grantee to run one locked protocol over named datasets."""

    id: str
    application: str
    agreement: str
    purpose: str
    grantee: str
    researchers: tuple[str, ...]
    protocol_digest: str
    analyses: tuple[str, ...]
    datasets: tuple[DatasetTerms, ...]
    roster: tuple[RosterEntry, ...]
    not_before: datetime
    expires_at: datetime
    runs: int

    def __post_init__(self) -> None:
        _typed(self, "permit")
        _once("datasets", (d.accession for d in self.datasets))
        _once("roster", (r.node for r in self.roster))
        _once("roster", (r.verify_key for r in self.roster))
        _once("roster", (r.mask_key for r in self.roster))
        _once("analyses", self.analyses)
        if self.expires_at <= self.not_before:
            raise fail(
                BAD_PERMIT, stamp(self.expires_at), "expires_at", required="after not_before"
            )
        if not self.datasets or not self.analyses or self.runs < 1:
            required = "≥ 1 dataset, ≥ 1 analysis, ≥ 1 run"
            raise fail(BAD_PERMIT, self.id, "permit", required=required)
        missing = {d.node for d in self.datasets} - {r.node for r in self.roster}
        if missing:
            received = ", ".join(sorted(missing))
            raise fail(BAD_PERMIT, received, "roster", required="a roster entry for each node")

    def terms_of(self, accession: str) -> DatasetTerms | None:
        """Return the terms of one dataset version, or None when the permit does not name it."""
        return next((d for d in self.datasets if d.accession == accession), None)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that both keys sign."""
        data = asdict(self) | {
            "schema": SCHEMA,
            "not_before": stamp(self.not_before),
            "expires_at": stamp(self.expires_at),
        }
        return canonical_json(data)

    @classmethod
    def from_bytes(cls, payload: bytes) -> Permit:
        """Read a permit. Raises `access.bad_permit`."""
        try:
            data = read_json(payload)
            if data.pop("schema") != SCHEMA:
                raise ValueError(f"schema {SCHEMA} is required")
            return cls(**_read(data))
        except QundaoError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise fail(BAD_PERMIT, str(error)[:200], "permit", required=SCHEMA) from error


def _read(data: dict[str, Any]) -> Mapping[str, Any]:
    return data | {
        "researchers": tuple(data["researchers"]),
        "analyses": tuple(data["analyses"]),
        "datasets": tuple(DatasetTerms(**d) for d in data["datasets"]),
        "roster": tuple(RosterEntry(**r) for r in data["roster"]),
        "not_before": parse_stamp(data["not_before"]),
        "expires_at": parse_stamp(data["expires_at"]),
    }


@dataclass(frozen=True, slots=True)
class SignedPermit:
    """A permit's exact bytes with the hub's signature."""

    payload: bytes
    hub_signature: bytes

    @property
    def permit(self) -> Permit:
        """Return the permit that the bytes hold."""
        return Permit.from_bytes(self.payload)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes, which the countersignature names."""
        return sha256_hex(self.payload)

    def signed_by(self, hub: VerifyKey) -> bool:
        """Tell whether the hub's key signed these bytes."""
        return hub.verifies(PERMIT_TYPE, self.payload, self.hub_signature)


def sign_permit(permit: Permit, key: SigningKey) -> SignedPermit:
    """Sign a permit with the hub's key."""
    payload = permit.to_bytes()
    return SignedPermit(payload, key.sign(PERMIT_TYPE, payload))


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A member's own yes to one permit: who at the member decided, with which document, when."""

    permit_digest: str
    node: str
    steward: str
    document: str
    at: datetime

    def __post_init__(self) -> None:
        _typed(self, "countersignature")

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the node's key signs."""
        return canonical_json(asdict(self) | {"at": stamp(self.at)})

    @classmethod
    def from_bytes(cls, payload: bytes) -> Countersignature:
        """Read a countersignature. Raises `access.bad_permit`."""
        try:
            data = read_json(payload)
            return cls(**(data | {"at": parse_stamp(data["at"])}))
        except (ValueError, KeyError, TypeError) as error:
            received = str(error)[:200]
            required = "permit_digest, node, steward, document, at"
            raise fail(BAD_PERMIT, received, "countersignature", required=required) from error
