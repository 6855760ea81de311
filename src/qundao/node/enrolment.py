"""Joining an alliance: keys made here, the hub recognised by the code, its key pinned for good."""

from __future__ import annotations

import shutil
from pathlib import Path

from qundao.access.vouching import vouch
from qundao.kernel.clock import Clock, utc_now
from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.signing import VerifyKey
from qundao.node import environment
from qundao.node.codes import ALREADY_ENROLLED, HUB_NONSENSE, HUB_UNREACHABLE
from qundao.node.files import make_private_folder
from qundao.node.folder import Folder, Identity
from qundao.node.hub_address import EnrolmentCode, check_address
from qundao.node.keys import NodeKeys, load_or_make
from qundao.node.link import Link
from qundao.node.office import SOFTWARE
from qundao.node.store import Store
from qundao.protocol.envelope import Envelope, claimed_audience, open_envelope, seal
from qundao.protocol.messages import HUB, Enrol, Enrolled, read_body

NEW_NODE = "new-node"


def enrol(root: Path, hub_url: str, code: str, clock: Clock = utc_now) -> Identity:
    """Enrol a new node in `root` and return who it is.

    Raises `node.already_enrolled`, `node.bad_enrolment_code`, `node.tls_required`,
    `node.hub_key_mismatch`, `node.hub_unreachable`, `node.hub_refused`. After a refusal the
    folder is as it was; where the outcome is unknown the keys stay, so that a second try with
    the same code is the same node.
    """
    folder, parsed = Folder(root), EnrolmentCode.parse(code)
    address = check_address(hub_url)
    if folder.enrolled:
        raise fail(ALREADY_ENROLLED, str(root), "dir")
    made = not folder.keys.exists()
    existed = root.exists()
    make_private_folder(root)
    try:
        with folder.alone():
            keys = load_or_make(folder.keys, environment.passphrase())
            identity = _introduce(address, parsed, keys, clock)
            Store(folder.store).close()
            folder.write_identity(identity)
    except QundaoError as error:
        if made and error.code != HUB_UNREACHABLE:
            _undo(folder, existed=existed)
        raise
    return identity


def _introduce(address: str, code: EnrolmentCode, keys: NodeKeys, clock: Clock) -> Identity:
    own = keys.identity.verify_key
    body = Enrol(
        code=code.text,
        verify_key=own.text,
        mask_key=keys.mask.public,
        mask_signature=vouch(keys.identity, keys.mask.public),
        software=SOFTWARE,
    )
    letter = seal(
        body.type,
        body.to_json(),
        issuer=NEW_NODE,
        audience=HUB,
        key=keys.identity,
        now=clock(),
    )
    with Link(address) as link:
        key_text, answer = link.enrol(letter)
    hub = _hub_key(key_text)
    code.check_hub(hub)
    welcome = _open(answer, hub, clock)
    return Identity(
        address, hub.text, welcome.node, welcome.member, welcome.member_name, welcome.alliance
    )


def _hub_key(text: str) -> VerifyKey:
    try:
        return VerifyKey.parse(text)
    except ValueError as error:
        raise fail(HUB_NONSENSE, text[:80], "hub_key", required="ed25519:…") from error


def _open(answer: Envelope, hub: VerifyKey, clock: Clock) -> Enrolled:
    audience = claimed_audience(answer)
    letter = open_envelope(answer, key=hub, issuer=HUB, audience=audience, now=clock())
    welcome = read_body(Enrolled, letter.body)
    if letter.type != Enrolled.type or audience not in (welcome.node, NEW_NODE):
        received = f"{letter.type} → {audience}"
        raise fail(HUB_NONSENSE, received, "enrol", required=f"{Enrolled.type} → {welcome.node}")
    return welcome


def _undo(folder: Folder, *, existed: bool) -> None:
    if not existed:
        shutil.rmtree(folder.root, ignore_errors=True)
        return
    shutil.rmtree(folder.keys, ignore_errors=True)
    for path in folder.root.glob("node.sqlite*"):
        path.unlink(missing_ok=True)
    (folder.root / "node.lock").unlink(missing_ok=True)
