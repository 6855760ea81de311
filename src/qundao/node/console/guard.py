"""The guard before every request: this machine's names only, and headers that forbid the rest.

A page of another site that makes its own name point to 127.0.0.1 (DNS rebinding) still sends
that name in `Host`; a form of another site sends its own `Origin`. Both are refused before
anything else is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qundao.kernel.errors import Problem, problem
from qundao.node.codes import FORGED_REQUEST, WRONG_HOST

LARGEST_BODY = 256 * 1024
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # "no-referrer" makes browsers send `Origin: null`
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware; `port` is the one that the console listens on."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers added."""
        if scope["type"] != "http":
            return
        refused = self._refusal(Headers(scope=scope), scope["method"])
        app = _refuse(refused) if refused else self._app
        await app(scope, receive, _with_headers(send))

    def _refusal(self, headers: Headers, method: str) -> Problem | None:
        host = headers.get("host", "")
        if host.lower() not in self._hosts:
            return problem(WRONG_HOST, host[:80], "Host", required=" / ".join(sorted(self._hosts)))
        if method in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "same-origin")
        foreign = origin is not None and origin.lower() != f"http://{host.lower()}"
        if foreign or site not in ("same-origin", "none"):
            return problem(FORGED_REQUEST, f"{origin or site}"[:80], "Origin")
        length = headers.get("content-length", "0")
        endless = "transfer-encoding" in headers
        if endless or not length.isdigit() or int(length) > LARGEST_BODY:
            return problem(FORGED_REQUEST, f"{length[:20]} B", "Content-Length")
        return None


def _refuse(found: Problem) -> ASGIApp:
    text = f"{found.line('zh-hans')}\n{found.line('en')}\n"
    return PlainTextResponse(text, found.meaning.status)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sending
