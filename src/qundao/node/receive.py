"""Taking in what the hub sent: verified, each once, stored with its effect in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.node import inbox, permits, tasks
from qundao.node.office import Office
from qundao.node.store import Tx
from qundao.protocol.codes import BAD_MESSAGE, NOT_IN_TIME
from qundao.protocol.envelope import Envelope, Letter, open_envelope, read_letter
from qundao.protocol.messages import (
    HUB,
    ExploreTask,
    Message,
    PermitOffer,
    PermitRevoked,
    StudyTask,
    read_body,
)

AFTER_STORE = declare_fault_point("node.letter.after_store")

_Take = Callable[[Tx, Office, Any, Letter], None]
_TAKERS: dict[str, tuple[type[Message], _Take]] = {
    PermitOffer.type: (PermitOffer, lambda tx, office, m, _: permits.receive_offer(tx, office, m)),
    PermitRevoked.type: (
        PermitRevoked,
        lambda tx, office, m, _: permits.receive_revocation(tx, office, m),
    ),
    StudyTask.type: (StudyTask, tasks.receive_study),
    ExploreTask.type: (ExploreTask, tasks.receive_explore),
}


def take_in(office: Office, envelopes: Iterable[Envelope]) -> int:
    """Store what the envelopes hold; return how many were genuine.

    Nothing is raised for a bad one: it is kept as an incident for the steward, and a genuine
    message that makes no sense is acknowledged, so that it does not come again for ever.
    """
    return sum(_take(office, envelope) for envelope in envelopes)


def _take(office: Office, envelope: Envelope) -> bool:
    try:
        letter = _open(office, envelope)
    except QundaoError as error:
        _report(office, error)
        return False
    try:
        _store(office, letter)
    except QundaoError as error:
        if error.status >= 500:
            raise  # the store itself failed: the hub will send the letter again
        _report(office, error)
        return _acknowledge_only(office, letter)
    fault_point(AFTER_STORE)
    return True


def _open(office: Office, envelope: Envelope) -> Letter:
    """Open an envelope of the pinned hub.

    One that is late is genuine still: a revocation counts whenever it comes, and a task or an
    offer that is too late is refused by its own rule, so that the hub hears why. One from the
    future is left with the hub until the clocks agree.
    """
    key, now = office.identity.hub, office.now()
    try:
        return open_envelope(envelope, key=key, issuer=HUB, audience=office.id, now=now)
    except QundaoError as error:
        if error.code != NOT_IN_TIME:
            raise
        letter = read_letter(envelope, key=key, issuer=HUB, audience=office.id)
        if letter.issued_at > now:
            raise
        return letter


def _store(office: Office, letter: Letter) -> None:
    if letter.type not in _TAKERS:
        raise fail(BAD_MESSAGE, letter.type, "type", required=", ".join(_TAKERS))
    kind, take = _TAKERS[letter.type]
    body = read_body(kind, letter.body)
    with office.store.write() as tx:
        if inbox.admit(tx, letter, office.stamp()):
            take(tx, office, body, letter)


def _acknowledge_only(office: Office, letter: Letter) -> bool:
    try:
        with office.store.write() as tx:
            inbox.admit(tx, letter, office.stamp())
    except QundaoError as error:
        if error.status >= 500:
            raise
        return False  # a used id or nonce: nothing of it is kept
    return True


def _report(office: Office, error: QundaoError) -> None:
    with office.store.write() as tx:
        for found in error.problems:
            inbox.report(tx, found, office.stamp())
