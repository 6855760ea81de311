"""The gateway that nodes dial: enrol, poll, deliver. Nothing ever dials a node.

    POST /node/v1/enrol     Envelope(Enrol)   → {"hub_key", "envelope": Envelope(Enrolled)}
    POST /node/v1/poll      Envelope(Poll)    → {"envelopes": [Envelope, …]}
    POST /node/v1/deliver   Envelope(…)       → {"envelope": Envelope(Receipt)}

Signatures, not sessions, say who asks: no cookies are read, so no CSRF token is needed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from qundao.hub.codes import WRONG_METHOD
from qundao.hub.common.actors import VISITOR
from qundao.hub.common.clock import now
from qundao.hub.common.limits import RateLimit
from qundao.hub.keys import hub_key
from qundao.hub.members.sign_in import address_of
from qundao.hub.nodes import actions, letters
from qundao.hub.nodes.outgoing import WAKEUPS, acknowledge, waiting_for
from qundao.kernel.errors import QundaoError, fail
from qundao.protocol.envelope import seal
from qundao.protocol.messages import HUB, Enrolled, Message, Poll

ENROLMENTS = RateLimit(30, 60)
POLLS = RateLimit(240, 60)
DELIVERIES = RateLimit(1200, 60)
R = TypeVar("R")


@csrf_exempt
def enrol(request: HttpRequest) -> HttpResponse:
    """Let a new node in by its one-time code."""
    _require_post(request)
    ENROLMENTS.check(address_of(request))
    message = letters.open_enrolment(request.body)
    try:
        node = actions.enrol(actor=VISITOR, message=message)
    except QundaoError as error:
        actions.refuse_enrolment(error)
        raise
    member = node.organisation
    answer = Enrolled(
        node=node.id,
        member=member.id,
        member_name=member.name_zh,
        alliance=member.alliance.name_zh,
    )
    return JsonResponse(
        {"hub_key": hub_key().verify_key.text, "envelope": _sealed(answer, node.id)}
    )


@csrf_exempt
async def poll(request: HttpRequest) -> HttpResponse:
    """Give the node its messages; wait for some when there are none."""
    _require_post(request)
    node_id, asked = await _in_thread(_begin_poll, request.body)
    deadline = time.monotonic() + asked.wait_seconds
    found = await _in_thread(waiting_for, node_id)
    while not found and (left := deadline - time.monotonic()) > 0:
        if await WAKEUPS.wait(node_id, left):
            found = await _in_thread(waiting_for, node_id)
    return JsonResponse({"envelopes": [json.loads(text) for text in found]})


@csrf_exempt
def deliver(request: HttpRequest) -> HttpResponse:
    """Take one message of a node; the answer is its receipt."""
    _require_post(request)
    node, letter = letters.open_from_node(request.body)
    DELIVERIES.check(node.id)
    receipt = actions.take_message(node, letter)
    return JsonResponse({"envelope": _sealed(receipt, node.id)})


def _begin_poll(body: bytes) -> tuple[str, Poll]:
    node, letter = letters.open_from_node(body)
    POLLS.check(node.id)
    asked = letters.use_poll(node, letter)
    acknowledge(node.id, asked.acknowledged)
    actions.note_poll(node, asked)
    return node.id, asked


async def _in_thread(work: Callable[..., R], *arguments: Any) -> R:
    """Do database work in the request's thread and give the connection back before waiting."""

    def working() -> R:
        try:
            return work(*arguments)
        finally:
            _release_connections()

    return await sync_to_async(working, thread_sensitive=True)()


def _release_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _sealed(message: Message, audience: str) -> dict[str, Any]:
    envelope = seal(
        message.type,
        message.to_json(),
        issuer=HUB,
        audience=audience,
        key=hub_key(),
        now=now(),
    )
    return envelope.model_dump(mode="json")


def _require_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise fail(WRONG_METHOD, request.method, request.path, required="POST")


urlpatterns = [
    path("enrol", enrol),
    path("poll", poll),
    path("deliver", deliver),
]
