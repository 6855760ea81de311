"""The node's two keys: made here, kept here, mode 0600, optionally under a passphrase.

The identity key (Ed25519) signs every message and countersignature; the mask key (X25519) makes
the pairwise masks. Only their public halves ever leave, in the enrolment, the mask key signed
with the identity key: members who compare fingerprints of the one have compared both.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from qundao.disclosure.masks import MaskKey
from qundao.kernel.errors import fail
from qundao.kernel.signing import SigningKey, b64, unb64
from qundao.node.codes import KEY_EXPOSED, KEY_UNREADABLE
from qundao.node.files import make_private_folder, write_private

IDENTITY, MASK = "identity.key", "mask.key"
_SCHEMA = "qundao.node-key/1"
_SCRYPT_N = 2**15
_SOURCES = b"qundao source commitment/1"


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """Both private keys of a node."""

    identity: SigningKey
    mask: MaskKey

    @property
    def source_secret(self) -> bytes:
        """Return the secret under which sources are committed to (`fingerprint.commitment`)."""
        return HKDF(SHA256(), length=32, salt=None, info=_SOURCES).derive(self.identity.raw)


def load_or_make(folder: Path, passphrase: str | None) -> NodeKeys:
    """Return the keys in `folder`, making those that are not there yet. Raises `node.key_*`."""
    make_private_folder(folder)
    if not (folder / IDENTITY).exists():
        _write(folder / IDENTITY, SigningKey.generate().raw, passphrase)
    if not (folder / MASK).exists():
        _write(folder / MASK, MaskKey.generate().raw, passphrase)
    return load(folder, passphrase)


def load(folder: Path, passphrase: str | None) -> NodeKeys:
    """Return the keys in `folder`. Raises `node.key_exposed`, `node.key_unreadable`."""
    identity = _read(folder / IDENTITY, passphrase)
    mask = _read(folder / MASK, passphrase)
    return NodeKeys(SigningKey(identity), MaskKey(mask))


def _write(path: Path, secret: bytes, passphrase: str | None) -> None:
    box = {"secret": b64(secret)} if passphrase is None else _locked(secret, passphrase, path.name)
    write_private(path, json.dumps({"schema": _SCHEMA, **box}).encode())


def _read(path: Path, passphrase: str | None) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, str(error.strerror), "the node's key files") from error
    if mode & 0o077:
        raise fail(KEY_EXPOSED, f"{mode & 0o777:o}", str(path))
    try:
        box = json.loads(text)
        if box["schema"] != _SCHEMA:
            raise ValueError(box["schema"])
        return _unlocked(box, passphrase, path) if "salt" in box else unb64(box["secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, type(error).__name__, _SCHEMA) from error


def _locked(secret: bytes, passphrase: str, name: str) -> dict[str, str]:
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_derive(passphrase, salt)).encrypt(nonce, secret, name.encode())
    return {"salt": b64(salt), "nonce": b64(nonce), "sealed": b64(sealed)}


def _unlocked(box: dict[str, str], passphrase: str | None, path: Path) -> bytes:
    if passphrase is None:
        raise _unreadable(path, "no passphrase", "the passphrase of this key file")
    key = _derive(passphrase, unb64(box["salt"]))
    try:
        return AESGCM(key).decrypt(unb64(box["nonce"]), unb64(box["sealed"]), path.name.encode())
    except InvalidTag as error:
        raise _unreadable(path, "another passphrase", "the passphrase of this key file") from error


def _derive(passphrase: str, salt: bytes) -> bytes:
    """Return an AES-256 key (scrypt, RFC 7914; 32 MB and a tenth of a second per guess)."""
    return Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=8, p=1).derive(passphrase.encode())


def _unreadable(path: Path, received: str, required: str) -> Exception:
    return fail(KEY_UNREADABLE, received, str(path), required=required)


def api_token(folder: Path) -> str:
    """Return the bearer token of the console's JSON endpoints, made the first time."""
    path = folder / "api.token"
    if not path.exists():
        make_private_folder(folder)
        write_private(path, secrets.token_urlsafe(32).encode())
    return path.read_text("ascii")
