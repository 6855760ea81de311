"""Making and opening a hub: its folder, keys, database and first operator.

    hub = init_hub(Path("qundao-hub"), username="operator", display_name="运营方", password="…")
    open_hub(Path("qundao-hub"))        # in every later process, before the desks are imported

Both set the environment of this process and load Django; import desks after calling them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qundao.hub.folder import make_folder, read_key, write_options
from qundao.kernel.roles import Role


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub's folder and the public half of its key (`ed25519:…`)."""

    directory: Path
    verify_key: str
    fingerprint: str


def open_hub(directory: Path) -> Hub:
    """Load Django for an existing hub. Raises `hub.not_initialised`, `hub.key_exposed`."""
    directory = directory.absolute()
    key = read_key(directory).verify_key
    _load(directory)
    return Hub(directory, key.text, key.fingerprint)


def init_hub(
    directory: Path,
    *,
    username: str = "",
    display_name: str = "",
    password: str = "",
    site_name: str = "",
) -> Hub:
    """Make a hub, or bring an existing one up to date: keys, tables, the first operator.

    An operator is created when a user name is given and nobody has it yet. Raises
    `members.*`.
    """
    make_folder(directory.absolute())
    if site_name:
        write_options(directory.absolute(), site_name=site_name)
    hub = open_hub(directory)
    migrate()
    if username:
        _ensure_operator(username, display_name or username, password)
    return hub


def migrate() -> None:
    """Bring the database's tables up to date."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def _load(directory: Path) -> None:
    import django

    os.environ["QUNDAO_HUB_DIR"] = str(directory)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qundao.hub.settings")
    django.setup()


def _ensure_operator(username: str, display_name: str, password: str) -> None:
    from qundao.hub.common.actors import HUB_ACTOR
    from qundao.hub.members.actions import create_user
    from qundao.hub.members.models import User

    if User.objects.filter(username=username.casefold()).exists():
        return
    create_user(
        actor=HUB_ACTOR,
        username=username,
        display_name=display_name,
        password=password,
        roles=[Role.OPERATOR],
    )
