"""One person under two record numbers: found in the vault, decided by the steward.

Two pseudonyms are held to be one person's where the same identity number (with a right check
digit) stands under both, or the same name with the same telephone number. Nothing is joined until
the steward has decided; the next load then gives both the pseudonym that was kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qundao.intake import codes
from qundao.intake.load.identity import Decision, Identity
from qundao.intake.meaning_values import (
    check_digit_is_right,
    is_identity_number,
    is_person_name,
    is_phone,
)
from qundao.kernel.errors import fail

_SIGNS = 18
NUMBER, NAME_AND_PHONE = "identity_number", "name_and_phone"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Pseudonyms that may be one person's, why, and the value they share, most of it hidden."""

    persons: tuple[int, ...]
    why: str
    shown: str


def find_duplicates(identity: Identity) -> Sequence[Duplicate]:
    """Return groups of pseudonyms that share what names a person and are not decided on yet."""
    decided = {frozenset((d.kept, d.other)) for d in identity.decisions()}
    return [
        group
        for group in (*_by_number(identity), *_by_name_and_phone(identity))
        if any(frozenset((group.persons[0], other)) not in decided for other in group.persons[1:])
    ]


def decide(identity: Identity, kept: int, other: int, *, same: bool, by: str) -> None:
    """Put down whether two pseudonyms are one person's. Raises `intake.not_duplicates`.

    Only pseudonyms that the vault knows can be joined; who decided is kept with it.
    """
    known = {p for p in (kept, other) if identity.held(p)}
    if kept == other or known != {kept, other} or not by.strip():
        raise fail(codes.NOT_DUPLICATES, f"{kept} {other} {by}".strip(), "persons")
    identity.decide(Decision(kept, other, same, by.strip()))


def _by_number(identity: Identity) -> Iterator[Duplicate]:
    """Yield those who share an identity number, in whichever field it is held."""
    found: dict[str, set[int]] = defaultdict(set)
    for field in identity.fields():
        for person, value in identity.all_of(field):
            plain = value.strip().upper()
            if len(plain) == _SIGNS and is_identity_number(plain) and check_digit_is_right(plain):
                found[plain].add(person)
    for value, persons in sorted(found.items()):
        if len(persons) > 1:
            yield Duplicate(tuple(sorted(persons)), NUMBER, _hidden(value))


def _by_name_and_phone(identity: Identity) -> Iterator[Duplicate]:
    """Yield those who share a telephone number and a name: a family shares the number alone."""
    phones: dict[str, set[int]] = defaultdict(set)
    for field in identity.fields():
        for person, value in identity.all_of(field):
            if is_phone(value):
                phones[value.strip()].add(person)
    for value, persons in sorted(phones.items()):
        names: dict[str, set[int]] = defaultdict(set)
        for person in persons if len(persons) > 1 else ():
            for text in filter(is_person_name, identity.held(person).values()):
                names[text].add(person)
        for sharing in {frozenset(own) for own in names.values() if len(own) > 1}:
            yield Duplicate(tuple(sorted(sharing)), NAME_AND_PHONE, _hidden(value))


def _hidden(value: str) -> str:
    return f"{value[:3]}{'*' * max(len(value) - 5, 1)}{value[-2:]}"
