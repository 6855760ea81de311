"""Who may use the console: one-time codes printed on the machine, then a session cookie."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from qundao.kernel.canonical import sha256_hex
from qundao.kernel.clock import Clock, stamp
from qundao.kernel.errors import fail
from qundao.node.codes import NOT_SIGNED_IN, TOO_MANY_TRIES
from qundao.node.office import Office

CODE_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(hours=8)
MOST_TRIES, TRIES_SECONDS = 10, 60


def new_login(office: Office) -> str:
    """Return a new one-time code (128 random bits); only its digest is kept."""
    code = secrets.token_urlsafe(16)
    with office.store.write() as tx:
        tx.execute("DELETE FROM login WHERE expires_at < ?", (office.stamp(),))
        expires = stamp(office.now() + CODE_LIFETIME)
        tx.execute("INSERT INTO login VALUES (?, ?)", (sha256_hex(code.encode()), expires))
    return code


def use_login(office: Office, code: str) -> None:
    """Use up a one-time code. Raises `node.not_signed_in`."""
    digest = sha256_hex(code.strip().encode("utf-8", "replace"))
    with office.store.write() as tx:
        used = tx.execute(
            "DELETE FROM login WHERE digest = ? AND expires_at >= ?", (digest, office.stamp())
        ).rowcount
    if used != 1:
        raise fail(NOT_SIGNED_IN, f"{code.strip()[:4]}…", "code")


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that signed in; `csrf` goes into every form."""

    id: str
    csrf: str
    expires_at: datetime


class Sessions:
    """The sessions of a running console. They end with the process, or after eight hours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, Session] = {}
        self._tries: list[datetime] = []
        self._lock = threading.Lock()

    def begin(self) -> Session:
        """Return a new session."""
        now = self._clock()
        session = Session(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), now + SESSION_LIFETIME
        )
        with self._lock:
            self._held = {i: s for i, s in self._held.items() if s.expires_at > now}
            self._held[sha256_hex(session.id.encode())] = session
        return session

    def find(self, identifier: str | None) -> Session | None:
        """Return a session that is still good, or None."""
        with self._lock:
            held = self._held.get(sha256_hex((identifier or "").encode("utf-8", "replace")))
        return held if held and held.expires_at > self._clock() else None

    def end(self, session: Session) -> None:
        """Sign out."""
        with self._lock:
            self._held.pop(sha256_hex(session.id.encode()), None)

    def count_try(self) -> None:
        """Count a try to sign in. Raises `node.too_many_tries`."""
        now = self._clock()
        since = now - timedelta(seconds=TRIES_SECONDS)
        with self._lock:
            self._tries = [t for t in self._tries if t > since][-MOST_TRIES:]
            if len(self._tries) >= MOST_TRIES:
                raise fail(
                    TOO_MANY_TRIES,
                    len(self._tries) + 1,
                    "login",
                    seconds=TRIES_SECONDS,
                    limit=MOST_TRIES,
                )
            self._tries.append(now)


def same_text(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
