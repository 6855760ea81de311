"""Work in the background: it runs while the server runs, and it truly does what it is for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qundao.hub import web
from qundao.hub.auditlog.heads import latest_head
from qundao.hub.common.clock import now, reading
from qundao.hub.nodes.letters import forget_old_nonces
from qundao.hub.nodes.models import PollNonce
from qundao.kernel.clock import FixedClock
from support.hub_nodes import FakeNode, post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_hub_db")]


def served_until(done: Any) -> None:
    """Run the server's lifespan until its background work has done what is awaited."""

    async def live() -> None:
        heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        said: asyncio.Queue[Any] = asyncio.Queue()
        await heard.put({"type": "lifespan.startup"})
        app = web.Lifespan(None)  # type: ignore[arg-type]  # no request is served
        server = asyncio.create_task(app({"type": "lifespan"}, heard.get, said.put))
        assert (await said.get())["type"] == "lifespan.startup.complete"
        await asyncio.wait_for(done.wait(), 60)
        await heard.put({"type": "lifespan.shutdown"})
        await server

    asyncio.run(live())


JOBS = ("sign_log", "forget_nonces", "expire")


@pytest.mark.parametrize("job", JOBS)
def test_the_background_work_is_done_while_the_server_runs(monkeypatch, settings, job) -> None:
    done = asyncio.Event()
    real = getattr(web, job)

    async def noted() -> None:
        await real()
        done.set()

    async def never() -> None:
        await asyncio.Event().wait()

    for name in JOBS:
        monkeypatch.setattr(web, name, noted if name == job else never)
    monkeypatch.setattr(web, "NONCE_SECONDS", 0)
    monkeypatch.setattr(web, "EXPIRY_SECONDS", 0)
    settings.HUB = replace(settings.HUB, head_seconds=0)
    served_until(done)


def test_old_nonces_are_removed_and_those_in_time_stay(client) -> None:
    node = FakeNode().enrol(client)
    with reading(FixedClock(now() - timedelta(hours=1))):
        assert post(client, "poll", node.poll()).status_code == 200
    assert post(client, "poll", node.poll()).status_code == 200
    asyncio.run(web.forget_nonces())
    assert PollNonce.objects.count() == 1
    assert forget_old_nonces() == 0


def test_the_log_is_signed(client) -> None:
    FakeNode().enrol(client)
    before = latest_head()
    asyncio.run(web.sign_log())
    after = latest_head()
    assert before is None
    assert after is not None
    assert after.head.size > 0
