"""What `qundao node …` does; every function returns plain JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qundao.kernel.errors import QundaoError
from qundao.node import (
    agent,
    datasets,
    enrolment,
    environment,
    explore_book,
    ferry,
    outbox,
    peers,
    people,
    permits,
    register,
    switch,
)
from qundao.node.codes import FOLDER_BUSY
from qundao.node.datasets import Version
from qundao.node.folder import Folder
from qundao.node.keys import load
from qundao.node.link import Link
from qundao.node.office import Office, open_office
from qundao.node.status import console_address, overview
from qundao.query.engine import Progress

RECEIPT_SECONDS = 20.0


def init(dir: Path, *, hub_url: str, code: str) -> dict[str, Any]:  # noqa: A002
    """Make keys, enrol with the operator's one-time code, pin the hub's key.

    The fingerprints are for comparing over the telephone.
    """
    environment.check_environment()
    identity = enrolment.enrol(dir, hub_url, code)
    keys = load(Folder(dir).keys, environment.passphrase())
    return {
        "node": identity.node,
        "member": identity.member,
        "member_name": identity.member_name,
        "alliance": identity.alliance,
        "hub": identity.hub_url,
        "node_fingerprint": keys.identity.verify_key.fingerprint,
        "hub_fingerprint": identity.hub.fingerprint,
    }


def connect(
    dir: Path,  # noqa: A002
    *,
    name: str,
    dsn: str,
    about: Mapping[str, Any],
    cdm_version: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Open, check and profile a source and register it; wait a little for its accession."""
    office = _open(dir)
    version = register.connect(
        office, name=name, dsn=dsn, about=about, cdm_version=cdm_version, progress=progress
    )
    return version_json(_after_receipt(office, version.message))


def run(dir: Path, *, console_port: int = 0, once: bool = False) -> None:  # noqa: A002
    """Be the node until told to end; with `once`, handle what waits and return."""
    office = _open(dir)
    with office.folder.alone():
        if once:
            with Link(office.identity.hub_url) as link:
                agent.once(office, link)
            return
        from qundao.node.console.serve import serve  # heavy, and not needed with `once`

        serve(office, console_port)


def status(dir: Path) -> dict[str, Any]:  # noqa: A002
    """Return the node's state: switch, outbox, tasks, permits, datasets, what left."""
    return overview(_open(dir))


def login(dir: Path, *, person: str | None = None) -> dict[str, Any]:  # noqa: A002
    """Return a new one-time code for the console of a running node, and its address.

    With a staff number it signs in that person, who then chooses a password.
    """
    from qundao.node.console.sessions import new_login

    office = _open(dir)
    return {"console": console_address(office), "code": new_login(office, person)}


def add_person(dir: Path, *, name: str, number: str) -> dict[str, Any]:  # noqa: A002
    """Give somebody a sign-in of their own; return their first one-time code."""
    office = _open(dir)
    with office.store.write() as tx:
        person = people.add(tx, name=name, number=number, at=office.stamp())
    return {"name": person.name, "number": person.number} | login(dir, person=person.number)


def end_person(dir: Path, *, number: str) -> dict[str, Any]:  # noqa: A002
    """End somebody's sign-in. Their name and number stay taken."""
    office = _open(dir)
    with office.store.write() as tx:
        person = people.end(tx, number=number, at=office.stamp())
    return {"name": person.name, "number": person.number, "ended": True}


def list_people(dir: Path) -> dict[str, Any]:  # noqa: A002
    """Return who has a sign-in of their own."""
    with _open(dir).store.read() as tx:
        told = [(p.name, p.number, p.ended) for p in people.everyone(tx)]
    return {"people": [{"name": n, "number": i, "ended": e} for n, i, e in told]}


def approve(dir: Path, *, permit: str, steward: str, document: str) -> dict[str, Any]:  # noqa: A002
    """Countersign a permit. Tells the fingerprints that were taken for the participants'."""
    office = _open(dir)
    held = permits.approve(office, permit=permit, steward=steward, document=document)
    _deliver(office)
    fingerprints = {entry.node: peers.fingerprint(entry) for entry in held.permit.roster}
    return held.to_json() | {"fingerprints": fingerprints}


def decline(dir: Path, *, permit: str, steward: str, reason: str) -> dict[str, Any]:  # noqa: A002
    """Say no to a permit, or take the member's yes back."""
    office = _open(dir)
    held = permits.decline(office, permit=permit, steward=steward, reason=reason)
    _deliver(office)
    return held.to_json()


def stop(dir: Path, *, who: str, why: str) -> dict[str, Any]:  # noqa: A002
    """Stop every computation, and everything that carries data, at once."""
    return _press(_open(dir), stopped=True, who=who, why=why)


def resume(dir: Path, *, who: str, why: str) -> dict[str, Any]:  # noqa: A002
    """Let the node work again."""
    return _press(_open(dir), stopped=False, who=who, why=why)


def exploring(
    dir: Path,  # noqa: A002
    *,
    answers: bool | None,
    cohorts: bool | None,
    who: str,
    why: str,
) -> dict[str, Any]:
    """Return the rule for questions before approval, changed where something is told.

    answers: whether any is answered. cohorts: whether released cohort definitions are, too.
    """
    office = _open(dir)
    told = {"enabled": answers, "cohorts": cohorts}
    changes = {name: value for name, value in told.items() if value is not None}
    if not changes:
        with office.store.read() as tx:
            return asdict(explore_book.policy(tx))
    with office.store.write() as tx:
        changed = explore_book.set_policy(tx, changes, who=who, why=why, at=office.stamp())
    return asdict(changed)


def accept_keys(dir: Path, *, node: str, steward: str, document: str) -> dict[str, Any]:  # noqa: A002
    """Accept that another node's keys changed, after comparing fingerprints by telephone."""
    office = _open(dir)
    with office.store.write() as tx:
        peers.accept_change(tx, node=node, steward=steward, document=document, at=office.stamp())
    return {"node": node, "accepted_by": steward, "document": document}


def export_outbox(dir: Path, *, folder: Path) -> dict[str, Any]:  # noqa: A002
    """Write what waits for the hub as files, for a network that allows no connection (摆渡)."""
    return {"files": ferry.export_outbox(_open(dir), folder)}


def import_inbox(dir: Path, *, folder: Path) -> dict[str, Any]:  # noqa: A002
    """Take in files that the hub exported and do the work that they ask for."""
    office = _open(dir)
    with office.folder.alone():
        return ferry.import_inbox(office, folder)


def version_json(version: Version) -> dict[str, Any]:
    """Return a registration in short."""
    return {
        "dataset": version.name,
        "accession": version.accession,
        "model": version.model,
        "persons": version.body["profile"]["persons"],
        "score": version.body["scorecard"]["total"],
        "registered_at": version.created_at,
        "problems": version.problems,
    }


def _open(root: Path) -> Office:
    environment.check_environment()
    return open_office(root)


def _press(office: Office, *, stopped: bool, who: str, why: str) -> dict[str, Any]:
    with office.store.write() as tx:
        pressed = switch.press(tx, stopped=stopped, who=who, why=why, at=office.stamp())
    _deliver(office)
    return pressed.to_json()


def _after_receipt(office: Office, message: str) -> Version:
    """Wait for the receipt: from the running node's courier, or by delivering ourselves."""
    deadline = time.monotonic() + RECEIPT_SECONDS
    while True:
        _deliver(office)
        with office.store.read() as tx:
            version = datasets.by_message(tx, message)
            waits = any(i.message == message for i in outbox.waiting(tx, stopped=False))
        if not waits or time.monotonic() > deadline:
            return version
        time.sleep(0.2)


def _deliver(office: Office) -> None:
    """Deliver and report now, unless a running node does so anyway; the hub may be away."""
    try:
        with office.folder.alone(), Link(office.identity.hub_url) as link:
            agent.poll(office, link, wait_seconds=0)
            agent.deliver(office, link)
    except QundaoError as error:
        if error.code != FOLDER_BUSY and not error.code.startswith(("node.hub_", "protocol.")):
            raise


def show(answer: dict[str, Any]) -> str:
    """Return an answer as readable JSON."""
    return json.dumps(answer, ensure_ascii=False, indent=1)
