"""A node's half of the gateway, for tests of the hub: keys, envelopes, requests."""

from __future__ import annotations

import json
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from qundao.access.vouching import vouch
from qundao.hub.common.actors import HUB_ACTOR
from qundao.hub.common.clock import now
from qundao.hub.keys import hub_key
from qundao.hub.members.models import Organisation
from qundao.hub.nodes.actions import issue_enrolment_code
from qundao.kernel.signing import SigningKey, VerifyKey, b64
from qundao.protocol.envelope import Envelope, Letter, open_envelope, seal
from qundao.protocol.messages import HUB, Enrol, Message, Poll
from support.hub_people import make_member


class FakeNode:
    """Keys and an id; what it signs is what a node signs."""

    def __init__(self, member: Organisation | None = None) -> None:
        self.member = member or make_member()
        self.key = SigningKey.generate()
        self.mask_key = b64(X25519PrivateKey.generate().public_key().public_bytes_raw())
        self.id = "new-node"

    def code(self, **options) -> str:
        """Return an enrolment code for this node's member."""
        _, text = issue_enrolment_code(
            actor=HUB_ACTOR, organisation=self.member, node_name="前置机", **options
        )
        return text

    def enrolment(self, code: str, **changes) -> Envelope:
        """Return the first message."""
        fields = {
            "code": code,
            "verify_key": self.key.verify_key.text,
            "mask_key": self.mask_key,
            "mask_signature": vouch(self.key, self.mask_key),
            "software": "qundao 0.1.0",
        }
        return self.seal(Enrol(**{**fields, **changes}))

    def seal(self, message: Message, *, key: SigningKey | None = None, **options) -> Envelope:
        """Sign a message to the hub."""
        given = {"issuer": self.id, "audience": HUB, "now": now(), **options}
        return seal(message.type, message.to_json(), key=key or self.key, **given)

    def poll(self, *acknowledged: str, wait: int = 0, stopped: bool = False, **options) -> Envelope:
        """Return a poll."""
        message = Poll(
            wait_seconds=wait,
            acknowledged=acknowledged,
            stopped=stopped,
            software="qundao 0.1.0",
            outbox=0,
        )
        return self.seal(message, lifetime=timedelta(minutes=5), **options)

    def enrol(self, client) -> FakeNode:
        """Enrol through the gateway and remember the id."""
        answer = post(client, "enrol", self.enrolment(self.code()))
        assert answer.status_code == 200, answer.content
        self.id = self.open(answer.json()["envelope"], claimed=True).body["node"]
        return self

    def open(self, envelope: dict, *, claimed: bool = False) -> Letter:
        """Open an envelope of the hub; with `claimed` it may be for any audience."""
        sealed = Envelope.model_validate(envelope)
        audience = json.loads(sealed.payload_bytes)["audience"] if claimed else self.id
        key = VerifyKey.parse(hub_key().verify_key.text)
        return open_envelope(sealed, key=key, issuer=HUB, audience=audience, now=now())


def post(client, what: str, envelope: Envelope | bytes):
    """Post one envelope to the gateway."""
    body = envelope if isinstance(envelope, bytes) else envelope.model_dump_json()
    return client.post(f"/node/v1/{what}", body, content_type="application/json")
