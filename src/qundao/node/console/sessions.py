"""Who may use the console: one-time codes printed on the machine, then a session cookie.

A code may be for a person of the list; the session then acts in that person's name.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from qundao.kernel.canonical import sha256_hex
from qundao.kernel.clock import Clock, stamp
from qundao.kernel.errors import fail
from qundao.node import people
from qundao.node.codes import NOT_SIGNED_IN, TOO_MANY_TRIES
from qundao.node.office import Office
from qundao.node.people import Person

CODE_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(hours=8)
MOST_TRIES, TRIES_SECONDS = 10, 60


def new_login(office: Office, number: str | None = None) -> str:
    """Return a new one-time code (128 random bits); only its digest is kept.

    With a staff number it signs in that person. Raises `node.unknown_person`.
    """
    code = secrets.token_urlsafe(16)
    with office.store.write() as tx:
        person = people.by_number(tx, number) if number is not None else None
        if person:
            people.note(tx, person, "code", office.stamp())
        tx.execute("DELETE FROM login WHERE expires_at < ?", (office.stamp(),))
        expires = stamp(office.now() + CODE_LIFETIME)
        row = (sha256_hex(code.encode()), expires, person.id if person else None)
        tx.execute("INSERT INTO login (digest, expires_at, person) VALUES (?, ?, ?)", row)
    return code


def use_login(office: Office, code: str) -> Person | None:
    """Use up a one-time code; return whom it is for, if anybody. Raises `node.not_signed_in`."""
    digest = sha256_hex(code.strip().encode("utf-8", "replace"))
    with office.store.write() as tx:
        used = tx.execute(
            "DELETE FROM login WHERE digest = ? AND expires_at >= ? RETURNING person",
            (digest, office.stamp()),
        ).fetchone()
        if used is not None:
            return people.require(tx, used["person"]) if used["person"] else None
    raise fail(NOT_SIGNED_IN, f"{code.strip()[:4]}…", "code")


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that signed in; `csrf` goes into every form.

    `person` is who signed in, None where it was by the machine's own code; `by_code` tells that no
    password was asked for.
    """

    id: str
    csrf: str
    expires_at: datetime
    person: Person | None = None
    by_code: bool = True


class Sessions:
    """The sessions of a running console. They end with the process, or after eight hours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, Session] = {}
        self._tries: list[datetime] = []
        self._lock = threading.Lock()

    def begin(self, person: Person | None = None, *, by_code: bool = True) -> Session:
        """Return a new session."""
        now = self._clock()
        drawn = (secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        session = Session(*drawn, now + SESSION_LIFETIME, person, by_code)
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
