"""One user of the hub's JSON API, as a script would be: a bearer token and plain requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from qundao.cli.codes import HUB_REFUSED
from qundao.kernel.errors import fail


class Api:
    """A signed-in user. Refusals of the hub become errors that carry its own words."""

    def __init__(self, address: str, language: str, token: str | None = None) -> None:
        headers = {"Accept-Language": language}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.Client(base_url=address, headers=headers, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        """Read. Raises `cli.hub_refused`."""
        return self._send("GET", path, params=query).json()

    def post(self, path: str, **body: Any) -> Any:
        """Write. Raises `cli.hub_refused`."""
        return self._send("POST", path, json=body).json()

    def download(self, path: str) -> bytes:
        """Read a file. Raises `cli.hub_refused`."""
        return self._send("GET", path).content

    def until(self, path: str, done: Callable[[Any], bool], seconds: float = 120) -> Any:
        """Read `path` again and again until `done(answer)`; raises when it takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if done(answer):
                return answer
            if time.monotonic() > deadline:
                raise fail(HUB_REFUSED, str(answer)[:600], path, required=f"done in {seconds} s")
            time.sleep(0.25)

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        where = f"{method} {path}"
        try:
            response = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            received = f"{type(error).__name__}: {error}"
            raise fail(HUB_REFUSED, received, where, required="an answer") from error
        if response.is_error:
            received = f"{response.status_code} {response.text[:800]}"
            raise fail(HUB_REFUSED, received, where, required="2xx")
        return response
