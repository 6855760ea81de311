"""RFC 6962: the reference vectors that certificate-transparency implementations share."""

from __future__ import annotations

import pytest

from qundao.audit.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from qundao.audit.tree import (
    MemoryStore,
    Place,
    append,
    consistency_proof,
    inclusion_proof,
    peaks,
    places_completed_by,
    root,
)
from qundao.kernel.errors import QundaoError

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N_23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N_4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
N_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N_67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N_45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"

INCLUSION = [
    (0, 1, []),
    (0, 8, [N_1, N_23, N_4567]),
    (5, 8, [N_4, N_67, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], N_23, N_4]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [N_1, N_23, N_4567]),
    (6, 8, [N_45, N_67, ROOTS[4]]),
    (2, 5, [N_23, N_4]),
]


def hexes(*values: bytes) -> list[str]:
    return [value.hex() for value in values]


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    made = MemoryStore()
    for leaf in LEAVES:
        append(made, leaf_hash(leaf))
    return made


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_every_size(store: MemoryStore, size: int) -> None:
    assert root(store, size).hex() == ROOTS[size]


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert root(MemoryStore()) == EMPTY_ROOT == bytes.fromhex(ROOTS[0])


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_inclusion_vectors(store: MemoryStore, index: int, size: int, path: list[str]) -> None:
    proof = inclusion_proof(store, index, size)
    assert hexes(*proof) == path
    leaf = leaf_hash(LEAVES[index])
    assert verify_inclusion(leaf, index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_consistency_vectors(store: MemoryStore, first: int, second: int, path: list[str]) -> None:
    proof = consistency_proof(store, first, second)
    assert hexes(*proof) == path
    old, new = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert verify_consistency(first, second, old, new, proof)


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(
    ("index", "size", "proof"), [(0, 0, []), (-1, 3, []), (3, 3, []), (0, 2, []), (0, 1, [b"x"])]
)
def test_impossible_proofs_are_refused(index: int, size: int, proof: list[bytes]) -> None:
    assert root_from_inclusion(leaf_hash(b""), index, size, proof) is None


def test_consistency_from_nothing_needs_the_empty_root_and_no_proof(store: MemoryStore) -> None:
    now = root(store)
    assert verify_consistency(0, 8, EMPTY_ROOT, now, ())
    assert not verify_consistency(0, 8, now, now, ())
    assert not verify_consistency(0, 8, EMPTY_ROOT, now, (now,))
    assert not verify_consistency(5, 4, now, now, ())
    assert not verify_consistency(3, 8, root(store, 3), now, ())


def test_appending_writes_one_leaf_and_the_subtrees_it_completes() -> None:
    made = MemoryStore()
    written = [len(append(made, leaf_hash(leaf)).nodes) for leaf in LEAVES]
    assert written == [1, 2, 1, 3, 1, 2, 1, 4]
    assert places_completed_by(7) == (Place(0, 7), Place(1, 3), Place(2, 1), Place(3, 0))
    assert peaks(7) == (Place(2, 0), Place(1, 2), Place(0, 6))


def test_positions_outside_the_log_are_refused(store: MemoryStore) -> None:
    for call in (
        lambda: root(store, 9),
        lambda: inclusion_proof(store, 8),
        lambda: inclusion_proof(store, 3, 3),
        lambda: consistency_proof(store, 4, 9),
        lambda: consistency_proof(store, 5, 4),
    ):
        with pytest.raises(QundaoError) as error:
            call()
        assert error.value.code == "audit.bad_position"


def test_a_lost_node_is_an_error_that_names_it() -> None:
    made = MemoryStore()
    for leaf in LEAVES:
        append(made, leaf_hash(leaf))
    del made.nodes[Place(2, 0)]
    with pytest.raises(QundaoError, match="level 2, 0") as error:
        inclusion_proof(made, 6)
    assert error.value.code == "audit.node_missing"


def test_only_a_hash_can_be_appended() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        append(MemoryStore(), b"short")


def test_a_proof_reads_the_store_once_and_little() -> None:
    made = MemoryStore()
    for number in range(1000):
        append(made, leaf_hash(b"%d" % number))
    reads: list[int] = []
    plain = made.read
    made.read = lambda places: (reads.append(len(places)), plain(places))[1]  # type: ignore[method-assign]
    inclusion_proof(made, 123)
    consistency_proof(made, 123)
    root(made)
    assert len(reads) == 3
    assert max(reads) <= 2 * (1000).bit_length()
