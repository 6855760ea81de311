"""Engines that are the real one but for one thing they say of themselves."""

from __future__ import annotations


class Sent:
    """An engine as if its rows came from a server: keys are then counted by queries."""

    in_process = False
    at_once = 1

    def __init__(self, engine):
        self._engine = engine

    def __getattr__(self, name):
        return getattr(self._engine, name)
