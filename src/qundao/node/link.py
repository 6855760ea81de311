"""The node's only way out: HTTPS requests to the hub. Nothing dials in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from qundao.kernel.errors import Problem, QundaoError, fail, problem_from_json
from qundao.kernel.language import language
from qundao.node.codes import HUB_NONSENSE, HUB_REFUSED, HUB_UNREACHABLE
from qundao.node.hub_address import check_address
from qundao.node.office import SOFTWARE
from qundao.protocol.envelope import Envelope, parse_envelope

LARGEST_ANSWER = 64 * 1024 * 1024
_CONNECT, _READ = 10.0, 30.0


class HubError(QundaoError):
    """The hub answered and said no; `http_status` is how."""

    def __init__(self, http_status: int, *problems: Problem) -> None:
        super().__init__(*problems)
        self.http_status = http_status

    def pause(self, attempts: int) -> float:
        """Return the seconds to wait before the message is tried again.

        Doubling, up to half a minute where the hub says "not now" and an hour where it says no.
        """
        # 423: the member is suspended for now; 429: too many requests at once.
        not_now = self.http_status in (423, 429) or self.http_status >= 500
        return min(2.0 ** min(attempts, 20), 30.0 if not_now else 3600.0)


class Link:
    """A connection to one hub. Give it back with `close`, or use it in a `with`."""

    def __init__(self, hub_url: str) -> None:
        self.address = check_address(hub_url)
        url = httpx.URL(self.address)
        encrypted = url.scheme == "https"
        self._client = httpx.Client(
            headers={
                "User-Agent": SOFTWARE,
                "Accept": "application/json",
                "Accept-Language": language(),
            },
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            verify=encrypted,  # plain http is loopback only; loading certificates is slow
            trust_env=encrypted,  # proxies and SSL_CERT_FILE, but never for loopback
        )

    def enrol(self, envelope: Envelope) -> tuple[str, Envelope]:
        """Send an enrolment; return the hub key's text and its signed answer, both unverified."""
        answer = self._post("enrol", envelope)
        key = answer.get("hub_key")
        if not isinstance(key, str):
            raise fail(HUB_NONSENSE, str(key)[:80], "enrol", required="hub_key")
        return key, _envelope(answer.get("envelope"))

    def poll(self, envelope: Envelope, wait_seconds: int) -> tuple[Envelope, ...]:
        """Ask for messages, waiting up to so many seconds; return them unverified."""
        answer = self._post("poll", envelope, wait_seconds)
        found = answer.get("envelopes")
        if not isinstance(found, list):
            raise fail(HUB_NONSENSE, type(found).__name__, "poll", required="envelopes")
        return tuple(_envelope(e) for e in found)

    def deliver(self, envelope: Envelope) -> Envelope:
        """Send one message; return the hub's receipt, unverified."""
        return _envelope(self._post("deliver", envelope).get("envelope"))

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _post(self, what: str, envelope: Envelope, extra_seconds: int = 0) -> dict[str, Any]:
        timeout = httpx.Timeout(_READ + extra_seconds, connect=_CONNECT)
        content = envelope.model_dump_json().encode()
        headers = {"Content-Type": "application/json"}
        with (
            self._reaching(),
            self._client.stream(
                "POST",
                f"{self.address}/node/v1/{what}",
                content=content,
                headers=headers,
                timeout=timeout,
            ) as response,
        ):
            status, text = response.status_code, _bounded(response)
        return _read(status, text, what)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            received = f"{type(error).__name__}: {error}"[:200]
            raise fail(HUB_UNREACHABLE, received, "hub", address=self.address) from error


def _bounded(response: httpx.Response) -> bytes:
    text = bytearray()
    for chunk in response.iter_bytes():
        text += chunk
        if len(text) > LARGEST_ANSWER:
            raise fail(HUB_NONSENSE, f"> {LARGEST_ANSWER} B", required=f"≤ {LARGEST_ANSWER} B")
    return bytes(text)


def _read(status: int, text: bytes, what: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
        if not isinstance(answer, dict):
            raise ValueError(type(answer).__name__)
    except (ValueError, RecursionError) as error:
        received = f"{status} {text[:80]!r}"
        if status >= 500:
            raise fail(HUB_UNREACHABLE, received, what, address="–") from error
        raise fail(HUB_NONSENSE, received, what, required="JSON") from error
    if status != 200:
        raise HubError(status, *_problems(status, answer, what))
    return answer


def _problems(status: int, answer: dict[str, Any], what: str) -> tuple[Problem, ...]:
    """Return the hub's problems: in our words where we know the code, otherwise in its own."""
    told = {_named(e): e for e in _records(answer, "errors")}
    refused = Problem(HUB_REFUSED, str(status), what)
    known = _records(answer, "problems")
    return (refused, *(problem_from_json(p, told.get(_named(p))) for p in known))


def _records(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name)
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def _named(record: dict[str, Any]) -> tuple[str, str]:
    return str(record.get("code", "")), str(record.get("where", ""))


def _envelope(value: object) -> Envelope:
    return parse_envelope(json.dumps(value))
