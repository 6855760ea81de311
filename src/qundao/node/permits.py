"""The member's side of a permit: offered, countersigned or declined, revoked by either side."""

from __future__ import annotations

from qundao.access.permit import COUNTERSIGNATURE_TYPE, Countersignature, Permit, SignedPermit
from qundao.kernel.errors import fail, raise_if
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.kernel.signing import b64, unb64
from qundao.node import offers, outbox, peers, permit_book
from qundao.node.codes import BAD_OFFER, DECISION_INCOMPLETE, WRONG_STATE
from qundao.node.office import Office
from qundao.node.permit_book import COUNTERSIGNED, DECLINED, OFFERED, REVOKED, Held
from qundao.node.store import Tx
from qundao.protocol.codes import ID_REUSED
from qundao.protocol.messages import PermitDeclined, PermitOffer, PermitRevoked, PermitSigned

LONGEST = 200
BEFORE_COMMIT = declare_fault_point("node.permit.before_commit")


def receive_offer(tx: Tx, office: Office, offer: PermitOffer) -> None:
    """Keep an offer for the steward. The same bytes again change nothing.

    Raises `access.bad_permit`, `node.bad_offer`, and `protocol.id_reused` when other bytes come
    under the id of a permit that is held already.
    """
    signed = _signed(offer)
    named = Permit.from_bytes(signed.payload).id
    if named != offer.permit:
        raise fail(BAD_OFFER, offer.permit, "permit", required=named)
    held = permit_book.find(tx, offer.permit)
    if held is None:
        permit_book.insert(tx, offer.permit, signed, offer.protocol, office.stamp())
    elif held.signed.payload != signed.payload:
        raise fail(ID_REUSED, signed.digest[:16], offer.permit)


def receive_revocation(tx: Tx, office: Office, message: PermitRevoked) -> None:
    """Honour the hub's revocation at once."""
    permit_book.revoke(tx, message.permit, message.reason, office.stamp())


def approve(office: Office, *, permit: str, steward: str, document: str) -> Held:
    """Countersign a permit: the member's own yes, by whom and under which document.

    Raises every defect that speaks against it (`node.bad_offer`, `access.*`, `disclosure.*`),
    `node.unknown_permit`, `node.permit_state`, `node.decision_incomplete`.
    """
    who = ("数据管理员姓名与本单位文号", "the steward's name and the document's number")
    _require(*who, steward, document)
    with office.store.write() as tx:
        held = _in_state(permit_book.get(tx, permit), OFFERED)
        raise_if(offers.examine(tx, office, held))
        statement, signature = _countersign(office, held, steward.strip(), document.strip())
        tx.execute(
            "UPDATE permit SET state = ?, statement = ?, statement_signature = ?, steward = ?,"
            " document = ?, decided_at = ? WHERE id = ?",
            (
                COUNTERSIGNED,
                statement,
                signature,
                steward.strip(),
                document.strip(),
                office.stamp(),
                permit,
            ),
        )
        peers.remember(tx, held.permit, office.id)
        body = PermitSigned(permit=permit, statement=b64(statement), signature=b64(signature))
        outbox.put(tx, office, body)
        fault_point(BEFORE_COMMIT)
    with office.store.read() as tx:
        return permit_book.get(tx, permit)


def decline(office: Office, *, permit: str, steward: str, reason: str) -> Held:
    """Say no to an offer, or take the member's yes back: from here on nothing is computed.

    Raises `node.unknown_permit`, `node.permit_state`, `node.decision_incomplete`.
    """
    _require("数据管理员姓名与理由", "the steward's name and the reason", steward, reason)
    with office.store.write() as tx:
        held = _in_state(permit_book.get(tx, permit), OFFERED, COUNTERSIGNED)
        state = DECLINED if held.state == OFFERED else REVOKED
        tx.execute(
            "UPDATE permit SET state = ?, steward = ?, reason = ?, decided_at = ? WHERE id = ?",
            (state, steward.strip(), reason.strip(), office.stamp(), permit),
        )
        body = PermitDeclined(permit=permit, steward=steward.strip(), reason=reason.strip())
        outbox.put(tx, office, body)
        fault_point(BEFORE_COMMIT)
    with office.store.read() as tx:
        return permit_book.get(tx, permit)


def _require(zh: str, en: str, *texts: str) -> None:
    if not all(t.strip() for t in texts) or any(len(t) > LONGEST for t in texts):
        received = ", ".join(repr(t[:60]) for t in texts)
        raise fail(DECISION_INCOMPLETE, received, "decision", zh=zh, en=en)


def _in_state(held: Held, *states: str) -> Held:
    if held.state not in states:
        raise fail(WRONG_STATE, held.state, held.id, required=" / ".join(states))
    return held


def _countersign(office: Office, held: Held, steward: str, document: str) -> tuple[bytes, bytes]:
    statement = Countersignature(held.signed.digest, office.id, steward, document, office.now())
    payload = statement.to_bytes()
    return payload, office.keys.identity.sign(COUNTERSIGNATURE_TYPE, payload)


def _signed(offer: PermitOffer) -> SignedPermit:
    try:
        return SignedPermit(unb64(offer.payload), unb64(offer.signature))
    except ValueError as error:
        raise fail(BAD_OFFER, str(error)[:80], "payload", required="base 64") from error
