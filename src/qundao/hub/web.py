"""The layers of the web server before Django: body limits, static files, work in the background."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.staticfiles.finders import (
    AppDirectoriesFinder,
    FileSystemFinder,
    get_finders,
)
from django.db import connections
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qundao.hub.codes import TOO_LARGE
from qundao.kernel.errors import QundaoError, problem
from qundao.protocol.envelope import LARGEST

log = logging.getLogger("qundao.hub")

BODY_LIMITS = (("/node/", LARGEST), ("/api/", 8 * 2**20), ("/", 32 * 2**20))
"""The largest body by path, in bytes; the first prefix that fits counts."""


class BodyLimit:
    """Refuse a body that is too large before it is kept anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a body beyond the limit is answered with 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next(size for prefix, size in BODY_LIMITS if scope["path"].startswith(prefix))
        if _announced(scope) > limit:
            await _refuse(send, limit)
            return
        counted = _Counted(receive, limit)
        started = _Started(send)
        try:
            await self._app(scope, counted, started)
        except _TooLargeError:
            if not started.yes:
                await _refuse(send, limit)


class _TooLargeError(Exception):
    """More bytes arrived than were announced or allowed."""


class _Counted:
    """Counts the bytes of a body as they arrive."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body") or b"")
        if self._left < 0:
            raise _TooLargeError
        return message


class _Started:
    """Remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send, self.yes = send, False

    async def __call__(self, message: Message) -> None:
        self.yes = True
        await self._send(message)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(send: Send, limit: int) -> None:
    body = json.dumps(
        QundaoError(problem(TOO_LARGE, "", limit=limit)).to_json("zh-hans"), ensure_ascii=False
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Files(StaticFiles):
    """Files from the folders where Django's finders look; browsers ask whether they changed."""

    def get_directories(
        self,
        directory: PathLike | None = None,  # noqa: ARG002
        packages: list[str | tuple[str, str]] | None = None,  # noqa: ARG002
    ) -> list[PathLike]:
        """Return the static folders of the hub and of the installed apps."""
        finders = (
            f for f in get_finders() if isinstance(f, AppDirectoriesFinder | FileSystemFinder)
        )
        return [storage.location for f in finders for storage in f.storages.values()]


class WithStatic:
    """Serve static files beside Django."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._files = app, _Files()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        prefix = settings.STATIC_URL
        if scope["type"] != "http" or not scope["path"].startswith(prefix):
            await self._app(scope, receive, send)
            return
        inner = {**scope, "path": scope["path"][len(prefix) - 1 :], "root_path": ""}
        try:
            await self._files(inner, receive, _with_headers(send))
        except HTTPException as error:
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message["headers"],
                (b"cache-control", b"no-cache"),
                (b"x-content-type-options", b"nosniff"),
            ]
        await send(message)

    return sending


NONCE_SECONDS = 600
"""How often the nonces of past polls are removed; until then they do no harm."""
EXPIRY_SECONDS = 60
"""How often permits are looked at that may have run out; nodes know without it."""


class Lifespan:
    """Run background work while the server runs: signing the log, forgetting, expiring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve requests; start and stop the background work with the server."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        jobs = (
            (settings.HUB.head_seconds, sign_log),
            (NONCE_SECONDS, forget_nonces),
            (EXPIRY_SECONDS, expire),
        )
        work = [asyncio.create_task(every(seconds, job)) for seconds, job in jobs]
        await _live(receive, send)
        for task in work:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def every(seconds: int, job: Callable[[], Awaitable[None]]) -> None:
    """Do a job again and again; a failure is logged and the next turn comes."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except Exception:
            log.exception("background work failed in process %s", os.getpid())


async def sign_log() -> None:
    """Sign the log if it has grown."""
    from qundao.hub.auditlog.heads import current_head

    await _beside(current_head)


async def forget_nonces() -> None:
    """Remove the nonces that no poll in time could carry."""
    from qundao.hub.nodes.letters import forget_old_nonces

    await _beside(forget_old_nonces)


async def expire() -> None:
    """Note which permits' time is over."""
    from qundao.hub.applications.actions import expire_permits

    await _beside(expire_permits)


async def _beside(work: Callable[[], object]) -> None:
    """Do database work in a thread of its own and give the connection back."""

    def working() -> None:
        try:
            work()
        finally:
            connections.close_all()

    await sync_to_async(working, thread_sensitive=False)()
