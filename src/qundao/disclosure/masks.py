"""Pairwise masks: the hub learns the sum over the participants and nothing else.

Each pair of nodes derives a keystream from its X25519 secret (RFC 7748) with HKDF-SHA256
(RFC 5869); one of them adds it, the other subtracts it, so that the sum over exactly the
declared participants is the true one modulo 2^128 (Bonawitz et al. 2017, without its recovery:
a drop-out means a clean retry under a new round id). One cell more, worth 1 at each node, tells
the hub whether the sum is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qundao.disclosure.codes import (
    BAD_MASK_KEY,
    MASK_CHECK_FAILED,
    OUT_OF_RANGE,
    TOO_FEW_TO_MASK,
)
from qundao.kernel.canonical import canonical_json
from qundao.kernel.errors import fail
from qundao.kernel.signing import b64, unb64

MODULUS = 1 << 128
VALUE_BITS = 96
"""Inputs stay below 2^96, so that sums over any number of nodes cannot wrap around."""
LEAST_PARTICIPANTS = 3
_WIDTH = 16
_PER_BLOCK = 255 * 32 // _WIDTH  # HKDF-SHA256 yields at most 255 blocks of 32 bytes


class MaskKey:
    """A node's long-term X25519 key. It is made on the node and never leaves it."""

    def __init__(self, raw: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(raw)

    @classmethod
    def generate(cls) -> MaskKey:
        """Make a new key from the system's randomness."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @property
    def raw(self) -> bytes:
        """Return the 32 secret bytes, for the file that keeps them."""
        return self._key.private_bytes_raw()

    @property
    def public(self) -> str:
        """Return the public half as base 64, as the roster lists it."""
        return b64(self._key.public_key().public_bytes_raw())

    def secret_with(self, public: str, node: str) -> bytes:
        """Return the secret shared with `node`. Raises `disclosure.bad_mask_key`."""
        try:
            return self._key.exchange(X25519PublicKey.from_public_bytes(unb64(public)))
        except ValueError as error:
            required = "an X25519 public key in base 64"
            raise fail(BAD_MASK_KEY, public, node, required=required) from error

    def __repr__(self) -> str:
        return f"MaskKey({self.public})"


def mask(
    values: Sequence[int],
    own: MaskKey,
    peers: Mapping[str, str],
    own_id: str,
    round_id: str,
    context: str,
) -> tuple[int, ...]:
    """Return the masked values and a check cell: len(values) + 1 integers in [0, 2^128).

    `peers` maps each *other* participant's node id to its public key; `context` names what is
    summed (layout digest and permit id). Never mask other values under the same round id.
    Raises `disclosure.too_few_to_mask`, `.bad_mask_key`, `.value_out_of_range`.
    """
    _check_peers(own, peers, own_id)
    plain = [*(_encode(v) for v in values), 1]
    everyone = sorted((own_id, *peers))
    for node in sorted(peers):
        label: list[object] = ["qundao.mask/1", sorted((own_id, node)), everyone, context]
        stream = _keystream(own.secret_with(peers[node], node), round_id, label, len(plain))
        sign = 1 if own_id < node else -1
        plain = [(v + sign * m) % MODULUS for v, m in zip(plain, stream, strict=True)]
    return tuple(plain)


def unmask_sum(vectors: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the sums over all participants' masked vectors, without the check cell.

    Raises `disclosure.mask_check_failed` when a participant is missing, doubled, foreign or of
    another round, and `disclosure.too_few_to_mask`.
    """
    if len(vectors) < LEAST_PARTICIPANTS:
        raise fail(TOO_FEW_TO_MASK, len(vectors), "vectors", least=LEAST_PARTICIPANTS)
    lengths = {len(v) for v in vectors}
    if len(lengths) != 1 or min(lengths) < 1:
        raise fail(MASK_CHECK_FAILED, f"lengths {sorted(lengths)}", participants=len(vectors))
    *sums, check = (_decode(sum(column)) for column in zip(*vectors, strict=True))
    if check != len(vectors):
        raise fail(MASK_CHECK_FAILED, "another sum", participants=len(vectors))
    return tuple(sums)


def _check_peers(own: MaskKey, peers: Mapping[str, str], own_id: str) -> None:
    if own_id in peers:
        raise fail(BAD_MASK_KEY, own_id, own_id, required="the other participants only")
    if len(peers) + 1 < LEAST_PARTICIPANTS:
        raise fail(TOO_FEW_TO_MASK, len(peers) + 1, "peers", least=LEAST_PARTICIPANTS)
    if len({own.public, *peers.values()}) != len(peers) + 1:
        raise fail(BAD_MASK_KEY, "one key twice", required="a key of its own for each node")


def _keystream(secret: bytes, round_id: str, label: list[object], length: int) -> list[int]:
    """Return `length` integers of 128 bits, the same on both sides of a pair."""
    salt = round_id.encode("utf-8")
    stream = b"".join(
        HKDF(SHA256(), _PER_BLOCK * _WIDTH, salt, canonical_json([*label, block])).derive(secret)
        for block in range(-(-length // _PER_BLOCK))
    )
    return [int.from_bytes(stream[i * _WIDTH : (i + 1) * _WIDTH], "big") for i in range(length)]


def _encode(value: int) -> int:
    if abs(value) >= 1 << VALUE_BITS:
        raise fail(OUT_OF_RANGE, f"{value.bit_length()} bits", bits=VALUE_BITS)
    return value % MODULUS


def _decode(residue: int) -> int:
    residue %= MODULUS
    return residue - MODULUS if residue >= MODULUS // 2 else residue
