"""The other nodes' keys, remembered from the first countersigned permit that named them.

A hub that swapped a node's mask key for its own could take the masks off. So a key that changes
is a defect of the offer until the stewards have compared fingerprints by telephone.
"""

from __future__ import annotations

from collections.abc import Iterator

from qundao.access.permit import Permit, RosterEntry
from qundao.kernel.errors import Problem, fail, problem
from qundao.node import inbox
from qundao.node.codes import BAD_OFFER, DECISION_INCOMPLETE, PEER_CHANGED, UNKNOWN_PEER
from qundao.node.store import Tx


def changed_keys(tx: Tx, permit: Permit, own: str) -> Iterator[Problem]:
    """Yield a problem per peer whose keys differ from those remembered."""
    for entry in permit.roster:
        held = tx.execute("SELECT * FROM peer WHERE node = ?", (entry.node,)).fetchone()
        if entry.node != own and held and _keys(entry) != (held["verify_key"], held["mask_key"]):
            required = f"{held['verify_key']} {held['mask_key']} ({held['permit']})"
            received = f"{entry.verify_key} {entry.mask_key}"
            yield problem(BAD_OFFER, received, f"roster.{entry.node}", required=required)


def remember(tx: Tx, permit: Permit, own: str) -> None:
    """Keep the keys of peers seen for the first time."""
    for entry in permit.roster:
        if entry.node != own:
            tx.execute(
                "INSERT OR IGNORE INTO peer (node, verify_key, mask_key, permit)"
                " VALUES (?, ?, ?, ?)",
                (entry.node, *_keys(entry), permit.id),
            )


def accept_change(tx: Tx, *, node: str, steward: str, document: str, at: str) -> None:
    """Forget a peer's keys, after the stewards have compared the new ones by telephone.

    The next permit that is countersigned pins the new ones. Who decided stays among the
    incidents. Raises `node.unknown_peer`, `node.decision_incomplete`.
    """
    if not steward.strip() or not document.strip():
        words = {"zh": "数据管理员姓名与核对记录", "en": "the steward's name and the record"}
        raise fail(DECISION_INCOMPLETE, f"{steward!r}, {document!r}", "peer", **words)
    if tx.execute("DELETE FROM peer WHERE node = ?", (node,)).rowcount != 1:
        raise fail(UNKNOWN_PEER, node, "peer")
    inbox.report(tx, problem(PEER_CHANGED, f"{steward.strip()}: {document.strip()}", node), at)


def _keys(entry: RosterEntry) -> tuple[str, str]:
    return entry.verify_key, entry.mask_key
