"""The one-time code by which a node enrols.

`QD-7K2M4-…-…-…-0f3a9c1b2d4e5a6b7c8d`: 100 random bits in base 32 (RFC 4648), then the first 20
digits of the hub's key fingerprint, by which the node knows that it talks to the hub that its
operator means (80 bits: a lookalike key cannot be found by trying). The hub keeps a digest only.
"""

from __future__ import annotations

import re
import secrets

from qundao.hub.nodes.codes import BAD_CODE, OTHER_HUB
from qundao.kernel.canonical import sha256_hex
from qundao.kernel.errors import fail

PINNED = 20
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FORM = re.compile(r"QD-((?:[A-Z2-7]{5}-){3}[A-Z2-7]{5})-([0-9A-F]{20})")


def new_code(fingerprint: str) -> str:
    """Return a new code for the hub whose key has this fingerprint."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    return f"QD-{'-'.join(groups)}-{fingerprint[:PINNED]}"


def code_digest(text: str, fingerprint: str) -> str:
    """Return what the hub keeps of a code. Raises `nodes.bad_code`, `nodes.other_hub`.

    Case and surrounding space do not matter: codes are read out and copied by people.
    """
    found = _FORM.fullmatch(text.strip().upper())
    if not found:
        raise fail(BAD_CODE, f"{len(text)} characters", "code")
    if found.group(2) != fingerprint[:PINNED].upper():
        raise fail(OTHER_HUB, found.group(2).lower(), "code", required=fingerprint[:PINNED])
    return sha256_hex(found.group(1).encode())
