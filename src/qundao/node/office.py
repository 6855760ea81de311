"""What every part of the node works with: folder, identity, keys, store and clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from qundao import __version__
from qundao.kernel.clock import Clock, stamp, utc_now
from qundao.node import environment
from qundao.node.folder import Folder, Identity
from qundao.node.keys import NodeKeys, load
from qundao.node.store import Store

SOFTWARE = f"qundao {__version__}"


@dataclass(frozen=True, slots=True)
class Office:
    """One enrolled node, opened for work."""

    folder: Folder
    identity: Identity
    keys: NodeKeys
    store: Store
    clock: Clock

    @property
    def id(self) -> str:
        """Return the node's id."""
        return self.identity.node

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock()

    def stamp(self) -> str:
        """Return the present instant as text."""
        return stamp(self.clock())


def open_office(root: Path, clock: Clock = utc_now) -> Office:
    """Open the node in `root`. Raises `node.not_enrolled`, `node.key_*`, `node.store_*`."""
    folder = Folder(root)
    identity = folder.identity()
    keys = load(folder.keys, environment.passphrase())
    return Office(folder, identity, keys, Store(folder.store), clock)
