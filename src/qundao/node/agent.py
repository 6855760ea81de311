"""The agent's three errands: deliver what waits, ask for work, do it. Each can be killed anywhere.

Deliver sends the outbox and takes signed receipts. Poll acknowledges what is stored and stores
what came. Work handles one task. `once` does all three until nothing is left to do.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from qundao.kernel.clock import stamp
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.node import datasets, inbox, outbox, switch
from qundao.node.codes import HUB_NONSENSE
from qundao.node.link import HubError, Link
from qundao.node.office import SOFTWARE, Office
from qundao.node.outbox import Item
from qundao.node.receive import take_in
from qundao.node.tasks import work_once
from qundao.protocol.codes import ID_REUSED, NOT_IN_TIME
from qundao.protocol.envelope import Envelope, open_envelope, read_letter, seal
from qundao.protocol.messages import HUB, Poll, Receipt, RegisterDataset, read_body

BEFORE_DELIVER = declare_fault_point("node.outbox.before_deliver")
BEFORE_MARK = declare_fault_point("node.outbox.before_mark")
AFTER_POLL = declare_fault_point("node.poll.after_answer")
_log = logging.getLogger("qundao.node")


def once(office: Office, link: Link) -> None:
    """Do everything that waits, here and at the hub, then return. Raises `node.hub_*`."""
    deliver(office, link)
    while True:
        heard = poll(office, link, wait_seconds=0)
        worked = False
        while work_once(office):
            worked = True
        deliver(office, link)
        if not heard and not worked:
            return


def deliver(office: Office, link: Link) -> int:
    """Send what waits, oldest first; return how many messages are settled.

    What the hub refuses does not hold the others up and is tried again later and later, up to an
    hour: a refusal is not signed, so it is never a reason to drop a message. Raises
    `node.hub_unreachable`, and the hub's own refusal when nothing could be settled.
    """
    with office.store.read() as tx:
        items = outbox.waiting(tx, stopped=switch.state(tx).stopped, now=office.stamp())
    settled, refused = 0, list[HubError]()
    for item in items:
        try:
            settled += _deliver(office, link, item)
        except HubError as error:
            refused.append(error)
    if refused and not settled:
        raise refused[0]
    return settled


def _deliver(office: Office, link: Link, item: Item) -> bool:
    if office.now() >= item.expires_at:
        with office.store.write() as tx:
            item = outbox.renew(tx, office, item)
    fault_point(BEFORE_DELIVER)
    try:
        receipt = _receipt(office, item, link.deliver(item.envelope))
    except HubError as error:
        _refused(office, item, error)
        return True
    except QundaoError as error:
        with office.store.write() as tx:
            outbox.mark_attempt(tx, item.message, error.problems[0])
        raise
    fault_point(BEFORE_MARK)
    _keep_receipt(office, receipt)
    return True


def _refused(office: Office, item: Item, error: HubError) -> None:
    """The hub said no; or it has the message already, under the times it had at first."""
    codes = {p.code for p in error.problems}
    if ID_REUSED in codes and item.renewed:
        known = {"message": item.message, "problems": [p.to_json() for p in error.problems]}
        with office.store.write() as tx:
            outbox.mark_delivered(tx, item.message, known, office.stamp())
        return
    later = office.now() + timedelta(seconds=error.pause(item.attempts))
    with office.store.write() as tx:
        outbox.mark_attempt(tx, item.message, error.problems[-1], stamp(later))
        if NOT_IN_TIME in codes:  # sealed while this machine's clock was wrong
            outbox.renew(tx, office, item)
    raise error


def take_receipt(office: Office, envelope: Envelope) -> None:
    """Keep a receipt that came as a file. Raises `protocol.*` when it is not the hub's."""
    letter = read_letter(envelope, key=office.identity.hub, issuer=HUB, audience=office.id)
    _keep_receipt(office, read_body(Receipt, letter.body))


def _keep_receipt(office: Office, receipt: Receipt) -> None:
    with office.store.write() as tx:
        outbox.mark_delivered(tx, receipt.message, receipt.to_json(), office.stamp())
        if outbox.type_of(tx, receipt.message) == RegisterDataset.type:
            accession = receipt.result.get("accession")
            given = accession if isinstance(accession, str) else None
            datasets.settle(tx, receipt.message, given, list(receipt.problems))


def _receipt(office: Office, item: Item, envelope: Envelope) -> Receipt:
    """Open the hub's receipt; nobody else can say that a message arrived."""
    letter = open_envelope(
        envelope, key=office.identity.hub, issuer=HUB, audience=office.id, now=office.now()
    )
    receipt = read_body(Receipt, letter.body)
    if letter.type != Receipt.type or receipt.message != item.message:
        received = f"{letter.type} of {receipt.message}"
        raise fail(HUB_NONSENSE, received, "deliver", required=f"a receipt of {item.message}")
    return receipt


def poll(office: Office, link: Link, wait_seconds: int) -> int:
    """Ask for work, saying how the node is; return how many genuine messages were stored."""
    with office.store.read() as tx:
        told = inbox.unacknowledged(tx)
        body = Poll(
            wait_seconds=wait_seconds,
            acknowledged=told,
            stopped=switch.state(tx).stopped,
            software=SOFTWARE,
            outbox=outbox.count_waiting(tx),
        )
    envelopes = link.poll(_sealed(office, body.type, body.to_json()), wait_seconds)
    fault_point(AFTER_POLL)
    with office.store.write() as tx:
        inbox.mark_acknowledged(tx, told)
    heard = take_in(office, envelopes)
    if envelopes and not heard:
        raise fail(HUB_NONSENSE, f"{len(envelopes)} messages", "poll", required="genuine messages")
    return heard


def _sealed(office: Office, kind: str, body: dict[str, Any]) -> Envelope:
    return seal(
        kind,
        body,
        issuer=office.id,
        audience=HUB,
        key=office.keys.identity,
        now=office.now(),
    )
