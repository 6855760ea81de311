"""A hub of one page for tests of the node: real HTTP on loopback, and every trick a test needs.

It speaks the gateway's three requests, keeps what nodes deliver, and sends what a test seals. It
is an independent reading of the protocol: nothing of the hub's room is used.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qundao.kernel.errors import QundaoError
from qundao.kernel.signing import SigningKey, VerifyKey
from qundao.protocol.envelope import Envelope, Letter, open_envelope, parse_envelope, seal
from qundao.protocol.messages import HUB, Enrolled, Message, Receipt, RegisterDataset
from support.serving import free_port, serving

SECRET = "ABCDE-FGHIJ-KLMNO-PQRST"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class EnrolledNode:
    id: str
    verify_key: VerifyKey
    mask_key: str
    mask_signature: str


@dataclass
class TinyHub:
    """The hub's memory; `before` may answer a request in its place (an outage, a refusal)."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    nodes: dict[str, EnrolledNode] = field(default_factory=dict)
    queues: dict[str, dict[str, Envelope]] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    delivered: dict[str, Letter] = field(default_factory=dict)
    deliveries: int = 0
    polls: list[dict[str, Any]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    accessions: int = 0
    url: str = ""
    before: Callable[[str, bytes], Response | None] = lambda what, body: None
    receipt_for: Callable[[Letter], Receipt | None] = lambda letter: None

    @property
    def code(self) -> str:
        return f"QD-{SECRET}-{self.key.verify_key.fingerprint[:20]}"

    def send(self, node: str, message: Message, **changed: Any) -> Envelope:
        """Queue a message; `changed` spoils the envelope (key, issuer, audience, now, …)."""
        how = {"issuer": HUB, "audience": node, "key": self.key, "now": now()}
        envelope = seal(message.type, message.to_json(), **{**how, **changed})
        self.queue(node, envelope)
        return envelope

    def queue(self, node: str, envelope: Envelope) -> None:
        name = json.loads(envelope.payload_bytes)["id"]
        self.queues.setdefault(node, {})[name] = envelope

    def bodies(self, kind: type[Message]) -> list[dict[str, Any]]:
        """Return the bodies delivered of one type, each message once."""
        return [m.body for m in self.delivered.values() if m.type == kind.type]

    def wait_for(self, done: Callable[[], Any], seconds: float = 30) -> Any:
        """Wait until `done()` says something, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := done():
                return found
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s")

    # --- the three requests -----------------------------------------------------------------

    async def enrol(self, request: Request) -> Response:
        body = await request.body()
        if answer := self.before("enrol", body):
            return answer
        envelope = parse_envelope(body)
        told = json.loads(envelope.payload_bytes)["body"]
        key = VerifyKey.parse(told["verify_key"])
        open_envelope(envelope, key=key, issuer="new-node", audience=HUB, now=now())
        if told["code"] != self.code:
            problem = {"code": "access.bad_permit", "received": "", "where": "code", "facts": {}}
            return JSONResponse({"errors": [], "problems": [problem]}, 403)
        known = next((n for n in self.nodes.values() if n.verify_key == key), None)
        keys = (key, told["mask_key"], told["mask_signature"])
        node = known or EnrolledNode(f"node_{len(self.nodes) + 1}", *keys)
        self.nodes[node.id] = node
        welcome = Enrolled(
            node=node.id, member=f"member_{node.id[-1]}", member_name="甲", alliance="联盟"
        )
        return JSONResponse(
            {"hub_key": self.key.verify_key.text, "envelope": self._sealed(welcome, node.id)}
        )

    async def poll(self, request: Request) -> Response:
        body = await request.body()
        self.languages.append(request.headers.get("accept-language", ""))
        if answer := self.before("poll", body):
            return answer
        letter = self._open(body)
        self.polls.append(letter.body)
        waiting = self.queues.setdefault(letter.issuer, {})
        for name in letter.body["acknowledged"]:
            self.acknowledged.append(name)
            waiting.pop(name, None)
        end = time.monotonic() + letter.body["wait_seconds"]
        while not waiting and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return JSONResponse({"envelopes": [e.model_dump(mode="json") for e in waiting.values()]})

    async def deliver(self, request: Request) -> Response:
        body = await request.body()
        if answer := self.before("deliver", body):
            return answer
        try:
            letter = self._open(body)
        except QundaoError as error:
            return refusal(error)
        self.deliveries += 1
        held = self.delivered.setdefault(letter.id, letter)
        assert held.digest == letter.digest, "one id, two contents"
        receipt = self.receipt_for(letter) or self._receipt(letter)
        return JSONResponse({"envelope": self._sealed(receipt, letter.issuer)})

    def _receipt(self, letter: Letter) -> Receipt:
        if letter.type != RegisterDataset.type:
            return Receipt(message=letter.id)
        known = [m.id for m in self.delivered.values() if m.type == RegisterDataset.type]
        accession = f"QD{known.index(letter.id) + 1:06d}.1"
        return Receipt(message=letter.id, result={"accession": accession})

    def _open(self, body: bytes) -> Letter:
        envelope = parse_envelope(body)
        issuer = json.loads(envelope.payload_bytes)["issuer"]
        key = self.nodes[issuer].verify_key
        return open_envelope(envelope, key=key, issuer=issuer, audience=HUB, now=now())

    def _sealed(self, message: Message, audience: str) -> dict[str, Any]:
        envelope = seal(
            message.type, message.to_json(), issuer=HUB, audience=audience, key=self.key, now=now()
        )
        return envelope.model_dump(mode="json")


def refusal(error: QundaoError) -> Response:
    problems = {"problems": [p.to_json() for p in error.problems]}
    return JSONResponse(error.to_json("en") | problems, error.status)


@contextmanager
def running(hub: TinyHub) -> Iterator[TinyHub]:
    """Serve a hub on a free port of loopback while open."""
    routes = [
        Route(f"/node/v1/{name}", getattr(hub, name), methods=["POST"])
        for name in ("enrol", "poll", "deliver")
    ]
    with free_port() as taken, serving(Starlette(routes=routes), taken) as hub.url:
        yield hub
