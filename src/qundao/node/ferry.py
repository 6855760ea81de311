"""摆渡: the same envelopes as files, for a hospital whose network allows no connection at all.

The node writes its outbox into a folder; somebody carries it; the hub imports it and exports its
messages and receipts the same way. Envelopes are signed, so the carrier can change nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qundao.kernel.errors import QundaoError, fail
from qundao.node import agent, outbox, switch
from qundao.node.codes import BAD_FERRY
from qundao.node.files import write_private
from qundao.node.office import Office
from qundao.node.receive import take_in
from qundao.node.tasks import work_once
from qundao.protocol.envelope import Envelope, parse_envelope, read_letter
from qundao.protocol.messages import HUB, Receipt

SUFFIX = ".qdmsg"
MOST_FILES = 10_000


def export_outbox(office: Office, folder: Path) -> int:
    """Write one file per waiting message; return how many. They wait until a receipt comes."""
    folder.mkdir(parents=True, exist_ok=True)
    with office.store.read() as tx:
        items = outbox.waiting(tx, stopped=switch.state(tx).stopped)
    for item in items:
        text = item.envelope.model_dump_json()
        write_private(folder / f"{office.id}-{item.message}{SUFFIX}", text.encode())
    return len(items)


def import_inbox(office: Office, folder: Path) -> dict[str, Any]:
    """Take in every file, then work; return how many messages, receipts and tasks there were.

    Files stay where they are: taking them in again changes nothing. Raises `node.bad_ferry_file`
    before anything is taken in when a file is no envelope.
    """
    envelopes = [_read(p) for p in sorted(folder.glob(f"*{SUFFIX}"))[:MOST_FILES]]
    receipts = [e for e in envelopes if _is_receipt(office, e)]
    for envelope in receipts:
        agent.take_receipt(office, envelope)
    heard = take_in(office, [e for e in envelopes if e not in receipts])
    worked = 0
    while work_once(office):
        worked += 1
    return {"messages": heard, "receipts": len(receipts), "tasks": worked}


def _read(path: Path) -> Envelope:
    try:
        return parse_envelope(path.read_bytes())
    except (OSError, QundaoError) as error:
        raise fail(BAD_FERRY, str(error)[:160], path.name) from error


def _is_receipt(office: Office, envelope: Envelope) -> bool:
    try:
        letter = read_letter(envelope, key=office.identity.hub, issuer=HUB, audience=office.id)
    except QundaoError:
        return False
    return letter.type == Receipt.type
