"""A mask key counts for an identity only with that identity's signature over both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.access.vouching import MASK_KEY_TYPE, vouch, vouched
from qundao.disclosure.masks import MaskKey
from qundao.kernel.signing import SigningKey, VerifyKey, b64, unb64

IDENTITY, OTHER = (SigningKey(bytes([i] * 32)) for i in (1, 2))
MASK = MaskKey(bytes([3] * 32)).public
SIGNED = vouch(IDENTITY, MASK)


def test_of_its_own_node():
    assert vouched(IDENTITY.verify_key.text, MASK, SIGNED)


def test_not_of_another_identity_or_mask_key():
    assert not vouched(OTHER.verify_key.text, MASK, SIGNED)
    assert not vouched(IDENTITY.verify_key.text, MaskKey.generate().public, SIGNED)
    assert not vouched(IDENTITY.verify_key.text, MASK, vouch(OTHER, MASK))


def test_not_with_a_signature_given_for_something_else():
    for kind in ("application/vnd.qundao.countersignature+json", MASK_KEY_TYPE):
        assert not vouched(IDENTITY.verify_key.text, MASK, b64(IDENTITY.sign(kind, MASK.encode())))


@pytest.mark.parametrize("text", ["", "none", "é", "ed25519:", SIGNED + "A", SIGNED + "="])
def test_what_cannot_be_read_vouches_for_nothing(text):
    assert not vouched(IDENTITY.verify_key.text, MASK, text)
    assert not vouched(text, MASK, SIGNED)
    assert not vouched(IDENTITY.verify_key.text, text, SIGNED)


def test_not_by_a_key_under_which_every_signature_holds():
    """A key of small order would let anybody vouch for anything."""
    with pytest.raises(ValueError, match="small order"):
        VerifyKey(bytes([1, *[0] * 31]))
    assert not vouched(f"ed25519:{b64(bytes([1, *[0] * 31]))}", MASK, b64(bytes([1, *[0] * 63])))


@given(st.integers(0, 63), st.integers(0, 7))
def test_no_bit_of_it_can_be_changed(byte, bit):
    changed = bytearray(unb64(SIGNED))
    changed[byte] ^= 1 << bit
    assert not vouched(IDENTITY.verify_key.text, MASK, b64(bytes(changed)))
