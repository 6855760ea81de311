"""Marks every test that uses the hub's database, so that the same tests run on both databases,
and puts the longest first, so that no worker ends alone with one of them.

Tests of a whole hub process count too: each makes a database of its own beside, because another
process does not see the test's transaction.
"""

from __future__ import annotations

import pytest

_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "database: uses the hub's database")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by the fixtures that a test asks for, directly or through others."""
    for item in items:
        fixtures = _FIXTURES & set(getattr(item, "fixturenames", ()))
        process = hasattr(getattr(item, "module", None), "HubProcess")
        if fixtures or process or item.get_closest_marker("django_db"):
            item.add_marker("database")
    items.sort(key=lambda item: item.get_closest_marker("story") is None)
