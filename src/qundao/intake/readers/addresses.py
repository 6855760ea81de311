"""Addresses of databases, and what of them may be seen: never a password, wherever it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from qundao.intake import codes
from qundao.kernel.errors import fail

HIDDEN = "…"
_VARIABLE = re.compile(r"^\$[A-Za-z_][A-Za-z0-9_]*$")
_BEGINNING = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_SECRETS = ("password", "passwd", "pwd")
"""Names of options that hold a password, or end in one's name (`sslpassword`)."""


def split(url: str) -> SplitResult | None:
    """Return the parts of an address, None where it is none.

    A password with a sign in it that ends a part (`/`, `?`, `#`, `@`) makes it none, so that no
    piece of it is taken for a host or a database: such signs are written %2F, %3F, %23, %40.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # which may repeat a piece of the password
        return None
    stray = "#" in url or "@" in parts.path + parts.query or parts.netloc.count("@") > 1
    return None if stray or not _BEGINNING.match(url) else parts


def is_variable(told: str) -> bool:
    """Tell whether a text names a variable of the environment: `$NAME`."""
    return bool(_VARIABLE.match(told))


def address_of(told: str) -> str:
    """Return the address that a text is, or that the variable which it names holds.

    Raises `intake.address_unset`, `intake.bad_address`.
    """
    address = os.environ.get(told[1:], "") if is_variable(told) else told
    if not address:
        raise fail(codes.ADDRESS_UNSET, told, "source", name=told[1:])
    if not is_address(address):
        raise fail(codes.BAD_ADDRESS, told if is_variable(told) else HIDDEN, "source")
    return address


def is_address(url: str) -> bool:
    """Tell whether a text is an address."""
    return split(url) is not None


def secrets(parts: SplitResult) -> Iterator[str]:
    """Yield the passwords in an address, as they are written and as they are meant."""
    options = [v for k, v in parse_qsl(parts.query) if k.lower().endswith(_SECRETS)]
    for secret in (parts.password, *options):
        if secret:
            yield from {secret, unquote(secret)}


def holds_password(url: str) -> bool:
    """Tell whether a password stands in an address."""
    parts = split(url)
    return parts is not None and any(secrets(parts))


def without_secrets(url: str) -> str:
    """Return an address, or the variable that holds it, as people may see it."""
    if is_variable(url):
        return url
    parts = split(url)
    return shown(parts) if parts else HIDDEN


def shown(parts: SplitResult) -> str:
    """Return an address as people may see it: without its password and options."""
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{parts.path}"


def hide(text: str, parts: SplitResult) -> str:
    """Return a text, a driver's message perhaps, without the passwords of an address."""
    for secret in sorted(secrets(parts), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
