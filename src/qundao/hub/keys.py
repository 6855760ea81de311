"""The hub's signing key, for the desks that sign: permits, messages, tree heads."""

from __future__ import annotations

from django.conf import settings

from qundao.hub.folder import read_key
from qundao.kernel.signing import SigningKey


def hub_key() -> SigningKey:
    """Return the hub's signing key. Raises `hub.not_initialised`, `hub.key_exposed`."""
    return read_key(settings.HUB.hub_dir)
