"""The other nodes' keys, remembered from the first countersigned permit that named them.

A mask key counts only when its identity key has signed it (`offers`), so a hub that wants to take
masks off must put an identity of its own in a node's place. The first time, the stewards notice
by comparing fingerprints over the telephone. From then on the node does: keys that change are a
defect of the offer until the stewards have compared again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from qundao.access.permit import Permit, RosterEntry
from qundao.kernel.errors import Problem, fail, problem
from qundao.kernel.signing import VerifyKey
from qundao.node import inbox
from qundao.node.codes import BAD_OFFER, DECISION_INCOMPLETE, PEER_CHANGED, UNKNOWN_PEER
from qundao.node.store import Tx

Standing = Literal["own", "new", "known", "changed"]


def standing(tx: Tx, entry: RosterEntry, own: str) -> Standing:
    """Tell how the keys of a roster entry compare with those remembered."""
    if entry.node == own:
        return "own"
    held = _held(tx, entry.node)
    if held is None:
        return "new"
    return "known" if _keys(entry) == held[:2] else "changed"


def changed_keys(tx: Tx, permit: Permit, own: str) -> Iterator[Problem]:
    """Yield a problem per peer whose keys differ from those remembered."""
    for entry in permit.roster:
        held = _held(tx, entry.node)
        if held is not None and standing(tx, entry, own) == "changed":
            verify_key, mask_key, first = held
            required = f"{verify_key} {mask_key} ({first})"
            received = " ".join(_keys(entry))
            yield problem(BAD_OFFER, received, f"roster.{entry.node}", required=required)


def fingerprint(entry: RosterEntry) -> str:
    """Return what the stewards compare by telephone; a dash where the key cannot be read."""
    try:
        return VerifyKey.parse(entry.verify_key).fingerprint
    except ValueError:
        return "–"


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


def _held(tx: Tx, node: str) -> tuple[str, str, str] | None:
    what = "SELECT verify_key, mask_key, permit FROM peer WHERE node = ?"
    row = tx.execute(what, (node,)).fetchone()
    return None if row is None else (row["verify_key"], row["mask_key"], row["permit"])


def _keys(entry: RosterEntry) -> tuple[str, str]:
    return entry.verify_key, entry.mask_key
