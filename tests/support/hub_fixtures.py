"""Fixtures for tests of the hub: its folder, its people, a database that may be emptied."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture
def hub_folder(tmp_path, settings):
    """A hub's folder with fresh keys; the settings point to it."""
    from qundao.hub.folder import make_folder
    from qundao.hub.nodes.gateway import DELIVERIES, ENROLMENTS, POLLS

    for limit in (DELIVERIES, ENROLMENTS, POLLS):
        limit.forget()
    folder = tmp_path / "hub"
    make_folder(folder)
    settings.HUB = replace(settings.HUB, hub_dir=folder)
    return folder


@pytest.fixture
def hub_db(db, hub_folder):
    """A database (rolled back afterwards) and a folder with keys."""


@pytest.fixture
def committed_hub_db(transactional_db, hub_folder):
    """A database in which transactions truly commit (emptied afterwards), and keys.

    Threads, processes and append-only triggers are tested here.
    """
    yield
    from qundao.hub.common.append_only import remove_triggers

    # Django empties the tables next; `flush` then announces a migration, which makes them anew.
    remove_triggers()


@pytest.fixture
def operator(hub_db):
    """The operator, as an actor."""
    from support.hub_people import make_operator

    return make_operator()


@pytest.fixture
def cheap_passwords(settings):
    """Passwords hashed at once: tests of the desks create many people and check no password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def story(hub_db, cheap_passwords):
    """An alliance of five members with nodes, datasets and people (synthetic)."""
    from support.hub_story import make_story

    return make_story()
