"""Envelopes: every message is signed over its exact bytes, dated, addressed and numbered.

An envelope names the signature suite and the key's fingerprint; the signed payload holds id,
issuer, audience, times, nonce, type and body. What is hashed or compared later is the payload's
bytes as received, never a re-serialisation.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qundao.kernel.canonical import sha256_hex
from qundao.kernel.clock import parse_stamp, stamp
from qundao.kernel.errors import fail
from qundao.kernel.ids import new_id
from qundao.kernel.signing import SUITE, SigningKey, VerifyKey, b64, unb64
from qundao.kernel.strict_json import read_json
from qundao.protocol.codes import BAD_MESSAGE, BAD_SIGNATURE, NOT_IN_TIME, WRONG_ADDRESS

ENVELOPE_TYPE = "application/vnd.qundao.envelope+json"
SCHEMA = "qundao.envelope/1"
SKEW = timedelta(minutes=5)
LONGEST = timedelta(days=92)
"""A letter lives no longer than this, so that what a reader must remember against replay ends."""
LARGEST = 16 * 1024 * 1024

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_NONCE = re.compile(r"[0-9a-f]{32,64}")
_FIELDS = frozenset(
    ("id", "type", "issuer", "audience", "issued_at", "expires_at", "nonce", "body")
)


class Envelope(BaseModel):
    """What travels: signed bytes (base 64), their signature and the key that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: str = SCHEMA
    suite: str = SUITE
    key: str = Field(max_length=200)
    payload: str
    signature: str = Field(max_length=2000)

    @property
    def payload_bytes(self) -> bytes:
        """Return the exact bytes that were signed. Raises `protocol.bad_message`."""
        try:
            return unb64(self.payload)
        except ValueError as error:
            raise fail(BAD_MESSAGE, str(error), "payload", required="base 64") from error

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the signed bytes."""
        return sha256_hex(self.payload_bytes)


@dataclass(frozen=True, slots=True)
class Letter:
    """An opened envelope: verified, in time, addressed to the reader."""

    id: str
    type: str
    issuer: str
    audience: str
    issued_at: datetime
    expires_at: datetime
    nonce: str
    body: dict[str, Any]
    digest: str


def seal(
    kind: str,
    body: dict[str, Any],
    *,
    issuer: str,
    audience: str,
    key: SigningKey,
    now: datetime,
    lifetime: timedelta = timedelta(days=7),
    id: str | None = None,  # noqa: A002
) -> Envelope:
    """Sign one message. `kind` is a message type of `messages`, `body` its JSON."""
    payload = json.dumps(
        {
            "id": id or new_id("msg"),
            "type": kind,
            "issuer": issuer,
            "audience": audience,
            "issued_at": stamp(now),
            "expires_at": stamp(now + lifetime),
            "nonce": secrets.token_hex(16),
            "body": body,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    signature = key.sign(ENVELOPE_TYPE, payload)
    return Envelope(key=key.verify_key.fingerprint, payload=b64(payload), signature=b64(signature))


def open_envelope(
    envelope: Envelope, *, key: VerifyKey, issuer: str, audience: str, now: datetime
) -> Letter:
    """Verify an envelope and return its letter.

    Raises `protocol.bad_signature`, `protocol.bad_message`, `protocol.wrong_address` or
    `protocol.not_in_time`; the signature is checked before anything inside is read.
    """
    letter = read_letter(envelope, key=key, issuer=issuer, audience=audience)
    age, left = now - letter.issued_at, letter.expires_at - now
    if age < -SKEW or left <= -SKEW:
        start, end = stamp(letter.issued_at), stamp(letter.expires_at)
        skew = int(SKEW.total_seconds())
        raise fail(NOT_IN_TIME, stamp(now), start=start, end=end, skew=skew)
    return letter


def read_letter(envelope: Envelope, *, key: VerifyKey, issuer: str, audience: str) -> Letter:
    """Verify signature and address, but not the time: for a reader that must tell a letter which
    came too late from one that never was. Raises as `open_envelope` does.
    """
    payload = envelope.payload_bytes
    if not _signed(envelope, payload, key):
        raise fail(BAD_SIGNATURE, envelope.key, "signature", key=key.fingerprint)
    letter = _read(payload)
    if (letter.issuer, letter.audience) != (issuer, audience):
        required = f"{issuer} → {audience}"
        raise fail(WRONG_ADDRESS, f"{letter.issuer} → {letter.audience}", required=required)
    return letter


def claimed_issuer(envelope: Envelope) -> str:
    """Return who the envelope says it is from, unverified: only to look the key up."""
    return _read(envelope.payload_bytes).issuer


def claimed_audience(envelope: Envelope) -> str:
    """Return whom the envelope says it is for, unverified: a new node does not know its id yet."""
    return _read(envelope.payload_bytes).audience


def parse_envelope(data: bytes | str) -> Envelope:
    """Read an envelope from the wire. Raises `protocol.bad_message`."""
    if len(data) > LARGEST:
        raise fail(BAD_MESSAGE, f"{len(data)} B", required=f"≤ {LARGEST} B")
    try:
        return Envelope.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        raise fail(BAD_MESSAGE, first["msg"], where, required=SCHEMA) from error


def _signed(envelope: Envelope, payload: bytes, key: VerifyKey) -> bool:
    if envelope.suite != SUITE or envelope.key != key.fingerprint or envelope.schema_ != SCHEMA:
        return False
    try:
        signature = unb64(envelope.signature)
    except ValueError:
        return False
    return key.verifies(ENVELOPE_TYPE, payload, signature)


def _read(payload: bytes) -> Letter:
    try:
        data = read_json(payload)
        if not isinstance(data, dict) or data.keys() != _FIELDS:
            raise ValueError(f"an object of exactly {', '.join(sorted(_FIELDS))} is required")
        letter = _letter(data, sha256_hex(payload))
        _check(letter)
    except (ValueError, TypeError) as error:
        raise fail(BAD_MESSAGE, str(error)[:200], "payload", required=SCHEMA) from error
    return letter


def _letter(data: dict[str, Any], digest: str) -> Letter:
    if not isinstance(data["body"], dict):
        raise ValueError("body must be an object")
    return Letter(
        id=_text(data["id"]),
        type=_text(data["type"]),
        issuer=_text(data["issuer"]),
        audience=_text(data["audience"]),
        issued_at=parse_stamp(_text(data["issued_at"])),
        expires_at=parse_stamp(_text(data["expires_at"])),
        nonce=_text(data["nonce"]),
        body=data["body"],
        digest=digest,
    )


def _check(letter: Letter) -> None:
    """Check forms. Ids become keys and file names elsewhere, so they hold nothing surprising."""
    if not all(_ID.fullmatch(t) for t in (letter.id, letter.issuer, letter.audience)):
        raise ValueError(f"ids of the form {_ID.pattern} are required")
    if not _NONCE.fullmatch(letter.nonce):
        raise ValueError("a nonce of 32 to 64 hexadecimal digits is required")
    if not timedelta(0) < letter.expires_at - letter.issued_at <= LONGEST:
        raise ValueError(f"a lifetime of at most {LONGEST.days} days is required")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text is required, received {type(value).__name__}")
    return value
