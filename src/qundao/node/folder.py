"""The node's folder: settings, keys, store, and the rule that one process works in it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from qundao.kernel.errors import fail
from qundao.kernel.signing import VerifyKey
from qundao.node.codes import FOLDER_BUSY, NOT_A_NODE
from qundao.node.files import write_private

SCHEMA = "qundao.node/1"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is and which hub it listens to: fixed at enrolment.

    `hub_key` (`ed25519:…`) is pinned: nothing that arrives later can change it.
    """

    hub_url: str
    hub_key: str
    node: str
    member: str
    member_name: str
    alliance: str

    @property
    def hub(self) -> VerifyKey:
        """Return the pinned key."""
        return VerifyKey.parse(self.hub_key)


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths in a node's folder."""

    root: Path

    @property
    def keys(self) -> Path:
        """Return the folder of the private keys."""
        return self.root / "keys"

    @property
    def store(self) -> Path:
        """Return the database file."""
        return self.root / "node.sqlite"

    @property
    def settings(self) -> Path:
        """Return the file that says who this node is."""
        return self.root / "node.json"

    @property
    def console(self) -> Path:
        """Return the file in which a running node says where its console is."""
        return self.root / "console.json"

    @property
    def enrolled(self) -> bool:
        """Tell whether an enrolment was completed here."""
        return self.settings.exists()

    def identity(self) -> Identity:
        """Return who this node is. Raises `node.not_enrolled`."""
        try:
            data = json.loads(self.settings.read_text("utf-8"))
            if data.pop("schema") != SCHEMA:
                raise ValueError(f"schema {SCHEMA} is required")
            return Identity(**data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise fail(NOT_A_NODE, type(error).__name__, str(self.settings)) from error

    def write_identity(self, identity: Identity) -> None:
        """Keep who this node is; from here on it is enrolled."""
        text = json.dumps({"schema": SCHEMA, **asdict(identity)}, ensure_ascii=False, indent=1)
        write_private(self.settings, text.encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for this process while open. Raises `node.folder_busy`.

        The lock goes with the process, however it ends.
        """
        descriptor = os.open(self.root / "node.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise fail(FOLDER_BUSY, str(self.root), "node.lock") from None
        try:
            yield
        finally:
            os.close(descriptor)
