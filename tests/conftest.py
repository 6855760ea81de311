"""Fixtures that several rooms' tests share."""

from __future__ import annotations

pytest_plugins = ["support.hub_fixtures", "support.selection"]
