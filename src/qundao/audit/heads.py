"""Signed tree heads: the hub's word, at one instant, on the whole log up to a size.

Whoever keeps a signed head can later prove that the hub rewrote what was before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qundao.audit.codes import FOREIGN_ORIGIN, HEAD_FORGED, NOT_AN_EXTENSION
from qundao.audit.merkle import HASH_BYTES, verify_consistency
from qundao.kernel.canonical import canonical_json
from qundao.kernel.clock import parse_stamp, stamp
from qundao.kernel.errors import Problem, problem
from qundao.kernel.signing import SigningKey, VerifyKey, b64, unb64

HEAD_TYPE = "application/vnd.qundao.tree-head+json"
_FIELDS = {"at", "key", "origin", "root", "signature", "size"}


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The log called `origin` had `size` events and this root (32 bytes) at `at`."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def __post_init__(self) -> None:
        if not self.origin or type(self.size) is not int or self.size < 0:
            raise ValueError(f"an origin and a size from 0 are required, received {self!r}")
        if len(self.root) != HASH_BYTES:
            raise ValueError(f"a root of 32 bytes is required, received {len(self.root)}")
        stamp(self.at)

    def content(self) -> dict[str, Any]:
        """Return the head as plain JSON; its canonical form is what is signed."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "at": stamp(self.at),
        }


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head, the fingerprint of the key that signed it, and the signature (64 bytes)."""

    head: TreeHead
    key: str
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the signed head as plain JSON."""
        return {**self.head.content(), "key": self.key, "signature": b64(self.signature)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SignedHead:
        """Read what `to_json` writes. Raises ValueError on any other form."""
        if set(data) != _FIELDS or not all(isinstance(data[k], str) for k in _FIELDS - {"size"}):
            raise ValueError(f"the fields {sorted(_FIELDS)} are required, received {sorted(data)}")
        head = TreeHead(
            data["origin"], data["size"], bytes.fromhex(data["root"]), parse_stamp(data["at"])
        )
        signed = cls(head, data["key"], unb64(data["signature"]))
        if signed.to_json() != dict(data):
            raise ValueError("a head as it is written is required, received another spelling")
        return signed


def sign_head(key: SigningKey, head: TreeHead) -> SignedHead:
    """Sign a tree head with the hub's key."""
    signature = key.sign(HEAD_TYPE, canonical_json(head.content()))
    return SignedHead(head, key.verify_key.fingerprint, signature)


def check_head(signed: SignedHead, trusted: VerifyKey, origin: str = "") -> tuple[Problem, ...]:
    """Return what is wrong with a signed head; `origin` is compared when it is given."""
    where = f"size {signed.head.size}"
    wrong: list[Problem] = []
    known = signed.key == trusted.fingerprint
    payload = canonical_json(signed.head.content())
    if not known or not trusted.verifies(HEAD_TYPE, payload, signed.signature):
        wrong.append(problem(HEAD_FORGED, signed.key, where, key=trusted.fingerprint))
    if origin and signed.head.origin != origin:
        wrong.append(problem(FOREIGN_ORIGIN, signed.head.origin, where, origin=origin))
    return tuple(wrong)


def check_extension(
    older: SignedHead, newer: SignedHead, proof: Sequence[bytes], trusted: VerifyKey
) -> tuple[Problem, ...]:
    """Return what is wrong with the claim that the newer log only appended to the older one."""
    old, new = older.head, newer.head
    wrong = [*check_head(older, trusted), *check_head(newer, trusted, old.origin)]
    if not verify_consistency(old.size, new.size, old.root, new.root, proof):
        wrong.append(problem(NOT_AN_EXTENSION, f"{old.size} → {new.size}", "consistency proof"))
    return tuple(wrong)
