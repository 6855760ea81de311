"""A hub that puts keys of its own into a permit's roster, to take a member's masks off."""

from dataclasses import replace

import pytest

from qundao.access.permit import COUNTERSIGNATURE_TYPE
from qundao.access.vouching import vouch
from qundao.disclosure.masks import MaskKey
from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey, b64
from qundao.node import agent, commands, permit_book, permits
from qundao.node.console.permit_view import permit_view
from qundao.node.link import Link
from support.pilot_nodes import accession, join, offer, permit_for, survival
from support.tiny_hub import TinyHub, running

STEWARD = {"steward": "王", "document": "〔2026〕12号"}
PEER = 1


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Three enrolled nodes; the first has countersigned a permit, so that it knows its peers."""
    with running(TinyHub()) as hub:
        offices = {k: join(hub, tmp_path_factory.mktemp("node") / k, k) for k in "abc"}
        named = {accession(o): o for o in offices.values()}
        a, b, c = named
        study = survival({a: ("placebo", "treated"), b: ("placebo",), c: ("placebo",)})
        made = permit_for(hub, named, study)
        deliver(hub, named[a], made, study)
        permits.approve(named[a], permit=made.id, **STEWARD)
        yield hub, named, study


@pytest.fixture
def office(scene):
    """The node that knows its peers."""
    return next(iter(scene[1].values()))


@pytest.fixture
def newcomer(scene):
    """A node that has countersigned nothing yet, so that it knows nobody's keys."""
    return list(scene[1].values())[2]


@pytest.fixture
def peer(scene):
    """The keys of the node whose masks the hub wants to take off."""
    return list(scene[1].values())[PEER].keys


def deliver(hub, office, permit, study):
    hub.send(office.id, offer(hub, permit, study))
    with Link(office.identity.hub_url) as link:
        agent.once(office, link)


def spoilt(scene, who=PEER, **changed):
    """Return a permit whose roster names other keys for one node."""
    hub, named, study = scene
    made = permit_for(hub, named, study)
    roster = list(made.roster)
    roster[who] = replace(roster[who], **changed)
    return replace(made, roster=tuple(roster))


def refused(scene, office, permit):
    """Offer the permit, let the steward try to sign, and return what speaks against it."""
    hub, _, study = scene
    deliver(hub, office, permit, study)
    with pytest.raises(QundaoError) as caught:
        permits.approve(office, permit=permit.id, **STEWARD)
    with office.store.read() as tx:
        held = permit_book.get(tx, permit.id)
    assert (held.state, held.statement) == ("offered", None)
    return [(p.code, p.where) for p in caught.value.problems]


def own_keys(identity, masks):
    """Return a roster entry's keys, all of them the hub's own and in good order."""
    return {
        "verify_key": identity.verify_key.text,
        "mask_key": masks.public,
        "mask_signature": vouch(identity, masks.public),
    }


class TestAMaskKeyThatItsNodeHasNotSigned:
    """The node has never seen the peer: only the peer's signature can tell."""

    def swapped(self, scene, newcomer, mask_key, signature):
        permit = spoilt(scene, mask_key=mask_key, mask_signature=signature)
        where = f"roster.{permit.roster[PEER].node}"
        assert refused(scene, newcomer, permit) == [("access.mask_key_unvouched", where)]

    def test_with_the_signature_of_the_true_one(self, scene, newcomer, peer):
        kept = vouch(peer.identity, peer.mask.public)
        self.swapped(scene, newcomer, MaskKey.generate().public, kept)

    def test_signed_by_the_hub(self, scene, newcomer):
        other = MaskKey.generate().public
        self.swapped(scene, newcomer, other, vouch(scene[0].key, other))

    def test_signed_by_another_member(self, scene, newcomer, office):
        other = MaskKey.generate().public
        self.swapped(scene, newcomer, other, vouch(office.keys.identity, other))

    def test_with_something_else_that_the_peer_signed(self, scene, newcomer, peer):
        other = MaskKey.generate().public
        signed = peer.identity.sign(COUNTERSIGNATURE_TYPE, other.encode())
        self.swapped(scene, newcomer, other, b64(signed))

    def test_with_no_signature_at_all(self, scene, newcomer):
        self.swapped(scene, newcomer, MaskKey.generate().public, "none")


class TestKeysOfTheHubInANodesPlace:
    """Identity and mask key swapped together, properly signed: their own kind of false."""

    def test_of_a_known_node_are_refused(self, scene, office):
        permit = spoilt(scene, **own_keys(SigningKey.generate(), MaskKey.generate()))
        where = f"roster.{permit.roster[PEER].node}"
        assert refused(scene, office, permit) == [("node.bad_offer", where)]
        assert standings(office, permit) == ["own", "changed", "known"]

    def test_of_an_unknown_node_are_shown_to_be_compared(self, scene, newcomer):
        """The steward reads the fingerprint to the peer's, who has another one."""
        hub, _, study = scene
        identity = SigningKey.generate()
        permit = spoilt(scene, **own_keys(identity, MaskKey.generate()))
        deliver(hub, newcomer, permit, study)
        shown = permit_view(newcomer, permit.id)["roster"][PEER]
        assert (shown["fingerprint"], shown["standing"]) == (
            identity.verify_key.fingerprint,
            "new",
        )

    def test_are_told_whoever_signs_without_the_page(self, scene, office):
        hub, named, study = scene
        permit = permit_for(hub, named, study)
        deliver(hub, office, permit, study)
        told = commands.approve(office.folder.root, permit=permit.id, **STEWARD)
        identities = {o.id: o.keys.identity.verify_key for o in named.values()}
        assert told["fingerprints"] == {n: key.fingerprint for n, key in identities.items()}

    def test_of_this_node_are_refused(self, scene, office):
        masks = MaskKey.generate()
        signed = vouch(office.keys.identity, masks.public)
        permit = spoilt(scene, 0, mask_key=masks.public, mask_signature=signed)
        assert refused(scene, office, permit) == [("node.bad_offer", f"roster.{office.id}")]


def standings(office, permit):
    return [r["standing"] for r in permit_view(office, permit.id)["roster"]]


class TestANodeThatHasANewMaskKey:
    def changed(self, scene, peer):
        masks = MaskKey.generate()
        signed = vouch(peer.identity, masks.public)
        return spoilt(scene, mask_key=masks.public, mask_signature=signed)

    def test_is_refused_until_the_stewards_compared_it(self, scene, office, peer):
        permit = self.changed(scene, peer)
        changed = permit.roster[PEER]
        assert refused(scene, office, permit) == [("node.bad_offer", f"roster.{changed.node}")]
        given = {"node": changed.node, "steward": "王", "document": "电话记录 3 号"}
        commands.accept_keys(office.folder.root, **given)
        assert standings(office, permit)[PEER] == "new"
        permits.approve(office, permit=permit.id, **STEWARD)
        assert standings(office, permit)[PEER] == "known"
        with office.store.write() as tx:
            found = tx.execute("SELECT problem FROM incident").fetchall()
            kept = (peer.mask.public, changed.node)  # as it was, for the other tests
            tx.execute("UPDATE peer SET mask_key = ? WHERE node = ?", kept)
        assert any("node.peer_keys_changed" in row["problem"] for row in found)

    @pytest.mark.parametrize(
        ("changed", "code"),
        [({"node": "node_x"}, "node.unknown_peer"), ({"steward": ""}, "node.decision_incomplete")],
    )
    def test_needs_to_be_known_and_a_name_that_accepts_it(self, scene, office, changed, code):
        known = list(scene[1].values())[PEER].id
        given = {"node": known, "steward": "王", "document": "3", **changed}
        with pytest.raises(QundaoError) as caught:
            commands.accept_keys(office.folder.root, **given)
        assert caught.value.code == code


@pytest.mark.parametrize("key", ["mask_key", "verify_key"])
def test_a_roster_of_one_key_for_two_nodes_is_no_permit(scene, key):
    hub, named, study = scene
    own = permit_for(hub, named, study).roster[0]
    with pytest.raises(QundaoError) as caught:
        spoilt(scene, **{key: getattr(own, key)})
    assert caught.value.code == "access.bad_permit"
