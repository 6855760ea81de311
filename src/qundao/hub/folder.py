"""The hub's folder: where its keys lie, how they are made and read. Nothing here needs Django.

DIR/keys/hub.key       the signing key, base 64, mode 0600
DIR/keys/session.key   signs sessions, mode 0600
DIR/hub.sqlite         the database, unless another is named
DIR/uploads/           documents attached to applications
"""

from __future__ import annotations

import json
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from qundao.hub.codes import KEY_EXPOSED, NO_HUB
from qundao.kernel.errors import fail
from qundao.kernel.signing import SigningKey, b64, unb64

OPTIONS_FILE = Path("hub.json")
KEY_FILE = Path("keys") / "hub.key"
SECRET_FILE = Path("keys") / "session.key"


def make_folder(directory: Path) -> SigningKey:
    """Make the folder and its keys, keeping what is there; return the hub's signing key."""
    (directory / "uploads").mkdir(parents=True, exist_ok=True)
    (directory / "keys").mkdir(mode=0o700, exist_ok=True)
    _write_once(directory / KEY_FILE, b64(SigningKey.generate().raw))
    _write_once(directory / SECRET_FILE, secrets.token_urlsafe(48))
    return read_key(directory)


def read_key(directory: Path) -> SigningKey:
    """Return the hub's signing key. Raises `hub.not_initialised`, `hub.key_exposed`."""
    file = directory / KEY_FILE
    if not file.is_file():
        raise fail(NO_HUB, str(directory), str(file))
    found = file.stat()
    if found.st_mode & 0o077:
        raise fail(KEY_EXPOSED, f"{found.st_mode & 0o777:04o}", str(file), file=file)
    return _read(file, found.st_mtime_ns)


def write_options(directory: Path, **options: str) -> None:
    """Keep what was said at `init`, atomically; what is not named stays."""
    file = directory / OPTIONS_FILE
    part = file.with_suffix(".part")
    part.write_text(json.dumps(read_options(directory) | options, ensure_ascii=False), "utf-8")
    part.replace(file)


def read_options(directory: Path) -> dict[str, Any]:
    """Return what was said at `init`; nothing when there is no such folder."""
    file = directory / OPTIONS_FILE
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int) -> SigningKey:
    return SigningKey(unb64(file.read_text("ascii").strip()))


def _write_once(file: Path, text: str) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
