"""Who a row is about: keyed pseudonyms into the model, identifiers into an encrypted vault.

The pseudonym of an identifier is its HMAC-SHA-256 under a key of this node, cut to 63 bits: the
same in every load, and nobody without the key can tell which it is. What names a person directly
goes to the vault (AES-256-GCM, a row and column bound to each value) and nowhere else.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qundao.intake import codes
from qundao.kernel.clock import utc_now
from qundao.kernel.errors import fail

KEY_FILE, VAULT_FILE = "identity.key", "vault.db"
_KEY_BYTES, _NONCE_BYTES, _BLOCK_BYTES = 32, 12, 64


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether `other` is the person `kept`, and who said so."""

    kept: int
    other: int
    same: bool
    by: str


class Identity:
    """The node's key for pseudonyms, and its vault. Both are made where they are not yet."""

    def __init__(self, folder: Path) -> None:
        """Open or make both below `folder` (mode 0700). Raises `intake.key_exposed`."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = _key(folder / KEY_FILE)
        self._inner, self._outer = map(sha256, self.hmac_blocks)
        self._vault = folder / VAULT_FILE
        self._aliases: Mapping[int, int] | None = None
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, b"qundao intake vault/1").derive(self._key))

    def pseudonym(self, identifier: str) -> int:
        """Return the pseudonym of an identifier: 1 to 2^63-1, blanks and width aside."""
        (found,) = self._pseudonyms([identifier])
        return found

    @property
    def hmac_blocks(self) -> tuple[bytes, bytes]:
        """Return what HMAC (RFC 2104) puts before a text and before its hash: as good as the key.

        Hashed once and gone on from, they make it twice as fast as anew each time.
        """
        padded = self._key.ljust(_BLOCK_BYTES, b"\0")
        inner, outer = (bytes(b ^ pad for b in padded) for pad in (0x36, 0x5C))
        return inner + b"person\0", outer

    @property
    def has_aliases(self) -> bool:
        """Tell whether anybody was decided to be somebody else."""
        return bool(self._kept())

    def persons(self, identifiers: Sequence[str]) -> Sequence[int]:
        """Return the pseudonyms of the persons that identifiers name, as the steward decided."""
        found = self._pseudonyms(identifiers)
        return [self._decided_on(p) for p in found] if self._kept() else found

    def _pseudonyms(self, identifiers: Sequence[str]) -> Sequence[int]:
        """Return the pseudonym of each: one loop, as there may be millions."""
        inner, outer, digests = self._inner.copy, self._outer.copy, []
        for text in map(_plain, identifiers):
            first, second = inner(), outer()
            first.update(text)
            second.update(first.digest())
            digests.append(second.digest()[:8])
        numbers = np.frombuffer(b"".join(digests), ">u8") >> 1
        found: list[int] = np.maximum(numbers, 1).tolist()
        return found

    def _decided_on(self, found: int) -> int:
        kept_for = self._kept()
        seen = {found}
        while (kept := kept_for.get(found)) is not None and kept not in seen:
            seen.add(kept)
            found = kept
        return found

    def decide(self, decision: Decision) -> None:
        """Put a decision down; the same pair decided again is decided anew."""
        one = (decision.kept, decision.other, decision.same, decision.by, utc_now().isoformat())
        pair = sorted((decision.kept, decision.other))
        with closing(self._open()) as vault, vault:
            vault.execute(
                "DELETE FROM decision WHERE min(kept, other) = ? AND max(kept, other) = ?", pair
            )
            vault.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?)", one)
        self._aliases = None

    def decisions(self) -> Sequence[Decision]:
        """Return every decision, the oldest first."""
        with closing(self._open()) as vault:
            rows = vault.execute(
                "SELECT kept, other, same, by FROM decision ORDER BY at"
            ).fetchall()
        return [Decision(kept, other, bool(same), by) for kept, other, same, by in rows]

    def decided(self) -> str:
        """Return a digest of what is decided on: whose pseudonyms are whose."""
        told = sorted((d.kept, d.other, d.same) for d in self.decisions())
        return sha256(repr(told).encode("utf-8")).hexdigest()

    def fields(self) -> Sequence[str]:
        """Return the fields that the vault holds."""
        with closing(self._open()) as vault:
            rows = vault.execute("SELECT DISTINCT field FROM vault ORDER BY field").fetchall()
        return [field for (field,) in rows]

    def keep(self, values: Iterable[tuple[int, str, str]]) -> None:
        """Put (pseudonym, field, value) into the vault; a value that is there is replaced."""
        rows = ((p, f, self._sealed(p, f, value)) for p, f, value in values)
        with closing(self._open()) as vault, vault:
            vault.executemany("INSERT OR REPLACE INTO vault VALUES (?, ?, ?)", rows)

    def held(self, pseudonym: int) -> dict[str, str]:
        """Return what the vault holds of a person. Raises `intake.vault_unreadable`."""
        with closing(self._open()) as vault:
            rows = vault.execute(
                "SELECT field, sealed FROM vault WHERE pseudonym = ?", (pseudonym,)
            ).fetchall()
        return {field: self._opened(pseudonym, field, sealed) for field, sealed in rows}

    def all_of(self, field: str) -> Iterator[tuple[int, str]]:
        """Yield every person's value of one field. Raises `intake.vault_unreadable`."""
        with closing(self._open()) as vault:
            found = vault.execute(
                "SELECT pseudonym, sealed FROM vault WHERE field = ? ORDER BY pseudonym", (field,)
            )
            for pseudonym, sealed in found:
                yield pseudonym, self._opened(pseudonym, field, sealed)

    def _kept(self) -> Mapping[int, int]:
        if self._aliases is None:
            self._aliases = {d.other: d.kept for d in self.decisions() if d.same}
        return self._aliases

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self._vault, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        self._vault.chmod(0o600)
        vault = sqlite3.connect(self._vault)
        vault.execute(
            "CREATE TABLE IF NOT EXISTS vault (pseudonym INTEGER NOT NULL, field TEXT NOT NULL, "
            "sealed BLOB NOT NULL, PRIMARY KEY (pseudonym, field)) WITHOUT ROWID"
        )
        vault.execute(
            "CREATE TABLE IF NOT EXISTS decision (kept INTEGER NOT NULL, other INTEGER NOT NULL, "
            "same INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL)"
        )
        return vault

    def _sealed(self, pseudonym: int, field: str, value: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode("utf-8"), _bound(pseudonym, field))

    def _opened(self, pseudonym: int, field: str, sealed: bytes) -> str:
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, _bound(pseudonym, field)).decode("utf-8")
        except InvalidTag as error:
            raise fail(codes.VAULT_UNREADABLE, field, str(self._vault)) from error


def _plain(identifier: str) -> bytes:
    whole = identifier if identifier.isascii() else unicodedata.normalize("NFKC", identifier)
    return whole.strip().upper().encode("utf-8")


def _bound(pseudonym: int, field: str) -> bytes:
    """Return what a value is bound to, so that no row can pass for another."""
    return f"{pseudonym}\0{field}".encode()


def _make_key(path: Path) -> None:
    """Make the key whole or not at all; of two that make it at once, the first one's stays."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def _key(path: Path) -> bytes:
    if not path.exists():
        _make_key(path)
    if path.stat().st_mode & 0o077:
        raise fail(codes.KEY_EXPOSED, str(path), "identity.key")
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise fail(codes.KEY_EXPOSED, f"{len(key)} B", str(path))
    return key
