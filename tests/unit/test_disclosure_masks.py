"""Pairwise masks: sums come out whole, single vectors mean nothing, errors are noticed."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from qundao.disclosure.masks import MODULUS, VALUE_BITS, MaskKey, mask, unmask_sum
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import b64

KEYS = {f"node_{c}": MaskKey(bytes([i + 1]) * 32) for i, c in enumerate("abcdefgh")}


def masked(values_by_node, round_id="round_1", context="layout|permit"):
    """Each node's masked vector, made from its own values and the others' public keys."""
    nodes = sorted(values_by_node)
    return [
        mask(
            values_by_node[own],
            KEYS[own],
            {n: KEYS[n].public for n in nodes if n != own},
            own,
            round_id,
            context,
        )
        for own in nodes
    ]


values = st.integers(-(2**VALUE_BITS) + 1, 2**VALUE_BITS - 1)


@st.composite
def contributions(draw):
    nodes = draw(st.integers(3, 8))
    length = draw(st.integers(0, 6))
    vectors = st.lists(values, min_size=length, max_size=length)
    return {node: draw(vectors) for node in list(KEYS)[:nodes]}


class TestSums:
    @settings(max_examples=40, deadline=None)
    @given(contributions())
    def test_the_sum_of_the_masked_is_the_sum_of_the_plain(self, given_values):
        expected = tuple(map(sum, zip(*given_values.values(), strict=True)))
        assert unmask_sum(masked(given_values)) == expected

    def test_a_layout_longer_than_one_block_of_keystream_is_masked_throughout(self):
        given_values = dict.fromkeys(list(KEYS)[:3], [7] * 1200)
        vectors = masked(given_values)
        assert unmask_sum(vectors) == (21,) * 1200
        assert len(set(vectors[0])) == 1201  # no two cells carry the same mask

    @settings(max_examples=25, deadline=None)
    @given(contributions(), st.data())
    def test_without_one_participant_the_sum_is_refused(self, given_values, data):
        vectors = masked(given_values)
        dropped = data.draw(st.integers(0, len(vectors) - 1))
        rest = vectors[:dropped] + vectors[dropped + 1 :]
        with pytest.raises(QundaoError) as caught:
            unmask_sum(rest)
        assert caught.value.code in {
            "disclosure.mask_check_failed",
            "disclosure.too_few_to_mask",
        }

    @pytest.mark.parametrize("change", ["round", "context", "participants", "twice"])
    def test_an_answer_that_does_not_belong_is_noticed(self, change):
        nodes = list(KEYS)[:4]
        own = nodes[0]
        given_values = dict.fromkeys(nodes, (1, 2, 3))
        vectors = masked(given_values)
        others = masked(
            {n: [1, 2, 3] for n in (nodes[:3] if change == "participants" else nodes)},
            round_id="round_2" if change == "round" else "round_1",
            context="another" if change == "context" else "layout|permit",
        )
        vectors[nodes.index(own)] = vectors[1] if change == "twice" else others[0]
        with pytest.raises(QundaoError) as caught:
            unmask_sum(vectors)
        assert caught.value.code == "disclosure.mask_check_failed"


class TestHiding:
    def test_the_same_values_under_another_round_look_different_in_every_cell(self):
        given_values = dict.fromkeys(list(KEYS)[:3], [5] * 20)
        first, second = masked(given_values)[0], masked(given_values, "round_2")[0]
        assert all(a != b for a, b in zip(first, second, strict=True))

    def test_for_every_vector_there_are_masks_that_explain_what_the_hub_sees(self):
        # One-time pad: with the pair secrets unknown, any plain vector fits what was sent. Two
        # of three nodes shift their values against each other, the sum does not move.
        nodes = list(KEYS)[:3]
        one = masked({nodes[0]: [10], nodes[1]: [20], nodes[2]: [30]})
        two = masked({nodes[0]: [11], nodes[1]: [19], nodes[2]: [30]})
        assert (two[0][0] - one[0][0]) % MODULUS == 1
        assert unmask_sum(one) == unmask_sum(two) == (60,)

    def test_two_colluding_nodes_strip_their_own_masks_and_no_others(self):
        nodes = list(KEYS)[:4]
        victim, honest, *colluding = nodes
        vectors = masked({n: [i + 1] for i, n in enumerate(nodes)})
        stripped = vectors[0][0]
        for colluder in colluding:
            stripped -= pair_stream(colluder, victim, nodes)[0]
        left = pair_stream(honest, victim, nodes)[0]  # known to the two honest nodes alone
        assert (stripped - left) % MODULUS == 1
        assert stripped % MODULUS != 1


class TestRefusals:
    def refused(self, **changes):
        nodes = list(KEYS)[:3]
        arguments = {
            "values": [1],
            "own": KEYS[nodes[0]],
            "peers": {n: KEYS[n].public for n in nodes[1:]},
            "own_id": nodes[0],
            "round_id": "round_1",
            "context": "c",
        } | changes
        with pytest.raises(QundaoError) as caught:
            mask(**arguments)
        return caught.value.code

    def test_fewer_than_three_participants(self):
        peers = {"node_b": KEYS["node_b"].public}
        assert self.refused(peers=peers) == "disclosure.too_few_to_mask"
        with pytest.raises(QundaoError):
            unmask_sum([(1, 1), (1, 1)])

    def test_its_own_id_or_key_among_the_peers(self):
        peers = {"node_a": KEYS["node_a"].public, "node_b": KEYS["node_b"].public}
        assert self.refused(peers=peers) == "disclosure.bad_mask_key"
        peers = {"node_c": KEYS["node_a"].public, "node_b": KEYS["node_b"].public}
        assert self.refused(peers=peers) == "disclosure.bad_mask_key"

    @pytest.mark.parametrize("key", ["", "!!", b64(bytes(31)), b64(bytes(32))])
    def test_a_key_that_is_none_or_of_low_order(self, key):
        peers = {"node_b": KEYS["node_b"].public, "node_c": key}
        assert self.refused(peers=peers) == "disclosure.bad_mask_key"

    @pytest.mark.parametrize("value", [2**VALUE_BITS, -(2**VALUE_BITS)])
    def test_a_value_too_large(self, value):
        assert self.refused(values=[value]) == "disclosure.value_out_of_range"

    def test_vectors_of_different_length(self):
        with pytest.raises(QundaoError):
            unmask_sum([(1, 1), (1, 1), (1,)])


def reference_stream(secret, pair, everyone, round_id, context, length):
    """HKDF-SHA256 after RFC 5869, written out with the standard library alone."""
    out = b""
    for block in range(-(-length * 16 // 8160)):
        info = json.dumps(
            ["qundao.mask/1", pair, everyone, context, block], separators=(",", ":")
        ).encode()
        prk = hmac.new(round_id.encode(), secret, hashlib.sha256).digest()
        step, okm = b"", b""
        for i in range(1, 256):
            step = hmac.new(prk, step + info + bytes([i]), hashlib.sha256).digest()
            okm += step
        out += okm
    return [int.from_bytes(out[16 * i : 16 * i + 16], "big") for i in range(length)]


def pair_stream(own, peer, everyone, length=1):
    """The mask of one pair, from one's private and the other's public key."""
    public = X25519PrivateKey.from_private_bytes(KEYS[peer].raw).public_key()
    secret = X25519PrivateKey.from_private_bytes(KEYS[own].raw).exchange(public)
    pair = sorted((own, peer))
    return reference_stream(secret, pair, everyone, "round_1", "layout|permit", length)


class TestVectors:
    """The masks another implementation must make, from fixed keys."""

    def test_agrees_with_an_independent_derivation(self):
        nodes = ["node_a", "node_b", "node_c"]
        made = masked({n: [100 + i, -5] for i, n in enumerate(nodes)})
        for i, own in enumerate(nodes):
            expected = [100 + i, -5, 1]
            for peer in set(nodes) - {own}:
                sign = 1 if own < peer else -1
                stream = pair_stream(own, peer, nodes, 3)
                expected = [e + sign * s for e, s in zip(expected, stream, strict=True)]
            assert made[i] == tuple(e % MODULUS for e in expected)

    def test_stays_what_it_is(self):
        made = masked({n: [100 + i, -5] for i, n in enumerate(["node_a", "node_b", "node_c"])})
        assert [f"{v:032x}" for v in made[0]] == VECTOR_A

    def test_keys_survive_their_file_and_do_not_show_themselves(self):
        key = MaskKey.generate()
        assert MaskKey(key.raw).public == key.public
        assert b64(key.raw) not in repr(key)


VECTOR_A = [
    "d4ef93083ecbac9eb10f99e081ba74f5",
    "d5a5cde0619c09c1cbe275a8a4ffe62e",
    "b40947b2a124e1c4970d12efd44ad81a",
]
