"""Signatures by named suite. The suite travels with each key and signature.

Ed25519 (RFC 8032) comes first; SM2 with SM3 can be added as another suite without changing
what is signed. A signature covers the payload's *type and bytes* (DSSE's pre-authentication
encoding, v1), so that a signed permit can never be read as a signed task.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUITE = "ed25519"

_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""The points of small order (sign bit cleared). Under such a key one signature fits any message,
so that its owner could deny every word of it."""


def b64(data: bytes) -> str:
    """Return URL-safe base 64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Read what `b64` writes. Raises ValueError on any other character or length."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64(data) != text:
        raise ValueError("canonical base 64 is required")
    return data


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that a signature covers (DSSE PAE v1)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key: `text` is `ed25519:<base 64 of 32 bytes>`."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError(f"32 bytes are required, received {len(self.raw)}")
        if self.raw[:31] + bytes([self.raw[31] & 0x7F]) in _SMALL_ORDER:
            raise ValueError("a key of full order is required, received one of small order")

    @property
    def text(self) -> str:
        """Return the key as text, suite first."""
        return f"{SUITE}:{b64(self.raw)}"

    @property
    def fingerprint(self) -> str:
        """Return 32 hexadecimal digits that two people can compare over the telephone."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()[:32]

    def verifies(self, payload_type: str, payload: bytes, signature: bytes) -> bool:
        """Tell whether `signature` covers this type and payload under this key."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        try:
            key.verify(signature, signed_bytes(payload_type, payload))
        except InvalidSignature:
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> VerifyKey:
        """Read a key's text. Raises ValueError on another suite or form."""
        suite, _, body = text.partition(":")
        if suite != SUITE:
            raise ValueError(f"suite {SUITE} is required, received {suite!r}")
        return cls(unb64(body))


class SigningKey:
    """A private key. It is made where it is used and never leaves that machine."""

    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(raw)

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def raw(self) -> bytes:
        """Return the 32 secret bytes, for the file that keeps them."""
        return self._key.private_bytes_raw()

    @property
    def verify_key(self) -> VerifyKey:
        """Return the public half."""
        return VerifyKey(self._key.public_key().public_bytes_raw())

    def sign(self, payload_type: str, payload: bytes) -> bytes:
        """Return the signature over this type and payload."""
        return self._key.sign(signed_bytes(payload_type, payload))

    def __repr__(self) -> str:
        return f"SigningKey({self.verify_key.fingerprint})"
