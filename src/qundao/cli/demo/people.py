"""Signing in as the people of the story."""

from __future__ import annotations

from functools import cache

from qundao.cli.demo.api import Api
from qundao.cli.demo.hub import address
from qundao.cli.demo.stage import Stage


def as_user(stage: Stage, login: str) -> Api:
    """Return the API as one user, with a token that lives in memory only."""
    return _signed_in(address(stage), login, stage.password(login))


@cache
def _signed_in(hub: str, login: str, password: str) -> Api:
    answer = Api(hub, "en").post(
        "/api/v1/members/tokens", username=login, password=password, name="demo"
    )
    return Api(hub, "en", answer["token"])
