"""A node vouches for its mask key: it signs it with the identity key that members compare.

Members compare the fingerprints of identity keys by telephone. A mask key that its identity key
has signed is covered by the same call; one that it has not could be anybody's, and whoever holds
it takes the node's masks off.
"""

from __future__ import annotations

from qundao.kernel.canonical import canonical_json
from qundao.kernel.signing import SigningKey, VerifyKey, b64, unb64

MASK_KEY_TYPE = "application/vnd.qundao.mask-key+json"
SCHEMA = "qundao.mask-key/1"


def vouch(identity: SigningKey, mask_key: str) -> str:
    """Return a node's signature (base 64) over its own mask key.

    Both keys are signed, not the node's id: that is the hub's to give, after the enrolment.
    """
    return b64(identity.sign(MASK_KEY_TYPE, _statement(identity.verify_key, mask_key)))


def vouched(verify_key: str, mask_key: str, signature: str) -> bool:
    """Tell whether the holder of `verify_key` (`ed25519:…`) signed `mask_key` (base 64) as its own.

    False for whatever cannot be read, too.
    """
    try:
        key, signed = VerifyKey.parse(verify_key), unb64(signature)
        return key.verifies(MASK_KEY_TYPE, _statement(key, mask_key), signed)
    except ValueError:
        return False


def _statement(identity: VerifyKey, mask_key: str) -> bytes:
    return canonical_json({"schema": SCHEMA, "verify_key": identity.text, "mask_key": mask_key})
