"""The laws of the log: what the store says equals RFC 6962's recursive definition."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from qundao.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from qundao.audit.tree import MemoryStore, append, consistency_proof, inclusion_proof, root

LARGEST = 70
LEAF_DATA = [b"%d" % number for number in range(LARGEST)]
STORE = MemoryStore()
for _data in LEAF_DATA:
    append(STORE, leaf_hash(_data))

sizes = st.integers(1, LARGEST)


def merkle_tree_hash(data: list[bytes]) -> bytes:
    """MTH, written as RFC 6962 section 2.1 writes it."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(
        b"\x01" + merkle_tree_hash(data[:k]) + merkle_tree_hash(data[k:])
    ).digest()


def flipped(data: bytes, bit: int) -> bytes:
    number = int.from_bytes(data, "big") ^ (1 << (bit % (8 * len(data))))
    return number.to_bytes(len(data), "big")


@given(st.lists(st.binary(max_size=20), max_size=40))
def test_the_store_equals_the_recursive_definition_at_every_size(data: list[bytes]) -> None:
    store = MemoryStore()
    for size, leaf in enumerate(data):
        assert root(store) == merkle_tree_hash(data[:size])
        done = append(store, leaf_hash(leaf))
        assert (done.index, done.size) == (size, size + 1)
    for size in range(len(data) + 1):
        assert root(store, size) == merkle_tree_hash(data[:size])


def test_every_inclusion_proof_verifies() -> None:
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = inclusion_proof(STORE, index, size)
            leaf = leaf_hash(LEAF_DATA[index])
            assert verify_inclusion(leaf, index, size, proof, root(STORE, size))
            assert len(proof) <= (size - 1).bit_length()


def test_every_consistency_proof_verifies() -> None:
    for second in range(LARGEST + 1):
        for first in range(second + 1):
            proof = consistency_proof(STORE, first, second)
            old, new = root(STORE, first), root(STORE, second)
            assert verify_consistency(first, second, old, new, proof)


@given(sizes, st.data())
def test_any_flipped_bit_breaks_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(STORE, index, size))
    parts = [leaf_hash(LEAF_DATA[index]), root(STORE, size), *proof]
    place = data.draw(st.integers(0, len(parts) - 1))
    parts[place] = flipped(parts[place], data.draw(st.integers(0, 255)))
    assert not verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(sizes, st.data())
def test_an_inclusion_proof_holds_for_its_own_index_only(size: int, data: st.DataObject) -> None:
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    proof = inclusion_proof(STORE, index, size)
    leaf = leaf_hash(LEAF_DATA[index])
    assert verify_inclusion(leaf, other, size, proof, root(STORE, size)) == (index == other)


@given(sizes, st.data())
def test_any_flipped_bit_breaks_a_consistency_proof(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(STORE, first, second)
    parts = [root(STORE, first), root(STORE, second), *proof]
    place = data.draw(st.integers(0, len(parts) - 1))
    parts[place] = flipped(parts[place], data.draw(st.integers(0, 255)))
    assert not verify_consistency(first, second, parts[0], parts[1], parts[2:])


@given(sizes, st.data())
def test_a_longer_or_shorter_proof_does_not_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion_proof(STORE, index, size), root(STORE, size)
    leaf = leaf_hash(LEAF_DATA[index])
    assert not verify_inclusion(leaf, index, size, [*proof, top], top)
    assert not verify_inclusion(leaf, index, size, proof[:-1], top) or not proof
    first = data.draw(st.integers(1, size))
    steps = consistency_proof(STORE, first, size)
    assert not verify_consistency(first, size, root(STORE, first), top, [*steps, top])


@given(st.integers(1, LARGEST - 1), st.data())
def test_a_log_that_rewrote_its_past_has_no_consistency_proof(
    first: int, data: st.DataObject
) -> None:
    """The forger may take any proof from his own rewritten log."""
    second = data.draw(st.integers(first + 1, LARGEST))
    rewritten = data.draw(st.integers(0, first - 1))
    forged = MemoryStore()
    for number in range(second):
        append(forged, leaf_hash(b"forged" if number == rewritten else LEAF_DATA[number]))
    proof = consistency_proof(forged, first, second)
    assert not verify_consistency(first, second, root(STORE, first), root(forged), proof)
