"""People with a sign-in of their own, so that one of them can check what another did.

Who may work at the machine adds them (`qundao node add-person`); nobody adds anybody in a browser.
The code that is printed signs in once, and the person then chooses a password that only they know.
One person has one sign-in: names are compared without width, case, blanks and points, and the
staff number settles the rest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from qundao.kernel.errors import QundaoError, fail
from qundao.kernel.ids import new_id
from qundao.node.intake_codes import (
    BAD_PASSWORD,
    BAD_PERSON,
    PERSON_REQUIRED,
    PERSON_TAKEN,
    UNKNOWN_PERSON,
    WRONG_PASSWORD,
)
from qundao.node.store import Tx

LEAST, MOST = 12, 200
_LONGEST = 80
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")
_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in: the node's id of them, their name and staff number."""

    id: str
    name: str
    number: str
    has_password: bool
    ended: bool


def add(tx: Tx, *, name: str, number: str, at: str) -> Person:
    """Put a person on the list. Raises `node.bad_person`, `node.person_taken`."""
    plain, digits = (" ".join(_narrow(t).split()) for t in (name, number))
    keys = (_key(plain), _key(digits))
    if not (0 < len(plain) <= _LONGEST and all(keys) and _is_number(digits)):
        raise fail(BAD_PERSON, f"{name[:90]!r}, {number[:90]!r}", "person")
    held = tx.execute("SELECT * FROM person WHERE name_key = ? OR number_key = ?", keys).fetchone()
    if held is not None:
        known = _person(held)
        raise fail(
            PERSON_TAKEN, f"{name}, {number}", "person", name=known.name, number=known.number
        )
    person = Person(new_id("person"), plain, digits, has_password=False, ended=False)
    tx.execute(
        "INSERT INTO person (id, name, name_key, number, number_key) VALUES (?, ?, ?, ?, ?)",
        (person.id, plain, keys[0], digits, keys[1]),
    )
    note(tx, person, "added", at)
    return person


def end(tx: Tx, *, number: str, at: str) -> Person:
    """End a person's sign-in; name and number stay taken. Raises `node.unknown_person`."""
    person = by_number(tx, number)
    tx.execute("UPDATE person SET ended = 1, password = NULL WHERE id = ?", (person.id,))
    tx.execute("DELETE FROM login WHERE person = ?", (person.id,))
    note(tx, person, "ended", at)
    return person


def everyone(tx: Tx) -> list[Person]:
    """Return everybody who is or was on the list, by name."""
    return [_person(r) for r in tx.execute("SELECT * FROM person ORDER BY ended, name")]


def journal(tx: Tx) -> list[dict[str, Any]]:
    """Return every change of the list, the newest first."""
    rows = tx.execute(
        "SELECT l.at, l.event, p.name, p.number AS staff FROM person_log l"
        " JOIN person p ON p.id = l.person ORDER BY l.number DESC LIMIT 200"
    )
    return [dict(r) for r in rows]


def by_number(tx: Tx, number: str) -> Person:
    """Return who has a staff number and may sign in. Raises `node.unknown_person`."""
    row = tx.execute(
        "SELECT * FROM person WHERE number_key = ? AND NOT ended", (_key(number),)
    ).fetchone()
    if row is None:
        raise fail(UNKNOWN_PERSON, number[:90], "number")
    return _person(row)


def require(tx: Tx, person: str | None) -> Person:
    """Return the person of this id who may act now. Raises `node.person_required`."""
    row = tx.execute("SELECT * FROM person WHERE id = ? AND NOT ended", (person,)).fetchone()
    if row is None:
        raise fail(PERSON_REQUIRED, person or "–", "person")
    return _person(row)


def sign_in(tx: Tx, *, number: str, password: str) -> Person:
    """Return who signs in; it takes as long for a number that nobody has.

    Raises `node.wrong_password`.
    """
    row = tx.execute(
        "SELECT * FROM person WHERE number_key = ? AND NOT ended", (_key(number),)
    ).fetchone()
    held = row["password"] if row is not None and row["password"] else None
    if not _fits(held or _nobody(), password) or held is None:
        raise fail(WRONG_PASSWORD, number[:90], "number")
    return _person(row)


def set_password(tx: Tx, person: Person, *, old: str | None, new: str, again: str, at: str) -> None:
    """Choose a password; `old` is None right after signing in by a code.

    Raises `node.bad_password`.
    """
    own = any(len(k) > 1 and k in _key(new) for k in (_key(person.name), _key(person.number)))
    if not LEAST <= len(new) <= MOST or new != again or own:
        raise _bad(f"{len(new)}")
    held = tx.execute("SELECT password FROM person WHERE id = ?", (person.id,)).fetchone()[0]
    if old is not None and not (held and _fits(held, old)):
        raise _bad("–")
    tx.execute("UPDATE person SET password = ? WHERE id = ?", (_HASHER.hash(new), person.id))
    note(tx, person, "password", at)


def note(tx: Tx, person: Person, event: str, at: str) -> None:
    """Write what happened to a sign-in: added, code (given out), password (chosen), ended."""
    tx.execute(
        "INSERT INTO person_log (at, person, event) VALUES (?, ?, ?)", (at, person.id, event)
    )


def _bad(received: str) -> QundaoError:
    return fail(BAD_PASSWORD, received, "password", least=LEAST)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody signs in with this")


def _fits(held: str, password: str) -> bool:
    try:
        return _HASHER.verify(held, password[: 2 * MOST])
    except (VerificationError, InvalidHashError):
        return False


def _narrow(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isprintable())


def _key(text: str) -> str:
    """Return what a name is compared by: letters and digits, accents and case aside."""
    parted = unicodedata.normalize("NFKD", _narrow(text)).casefold()
    return "".join(c for c in parted if c.isalnum())


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and len(text) <= _LONGEST


def _person(row: Any) -> Person:
    return Person(row["id"], row["name"], row["number"], bool(row["password"]), bool(row["ended"]))
