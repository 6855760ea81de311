"""The audit event: one thing that happened, as it is hashed into the log.

The bytes of a leaf are the canonical JSON (RFC 8785) of the event, so that anyone who holds the
event can compute its hash, in any language, without our code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from qundao.audit.actions import Action, action_named
from qundao.audit.codes import BAD_EVENT, PATIENT_LEVEL
from qundao.audit.merkle import leaf_hash
from qundao.audit.privacy import personal_parts
from qundao.kernel.canonical import LARGEST_INTEGER, canonical_json
from qundao.kernel.clock import parse_stamp, stamp
from qundao.kernel.errors import Problem, problem, raise_if

SCHEMA = "qundao.event/1"
LARGEST_EVENT = 16_384
_TEXTS = ("actor", "organisation", "subject", "request_id")
_FIELDS = frozenset({"schema", "sequence", "at", "action", "details", *_TEXTS})


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Everything but the sequence is given by whoever acted.

    sequence      position in the log, from 0: the index of the leaf
    at            aware instant, kept in UTC to the microsecond
    actor         id of the user, or `node:…`, `hub`; never a name
    organisation  id of the organisation for which the actor acted; empty for the hub itself
    action        a declared action (`audit.actions`)
    subject       what it happened to: an accession or id; may be empty
    details       plain JSON, under 16 KiB with the rest; no patient-level data
    request_id    ties the event to a request or envelope; may be empty

    Raises `audit.bad_action`, `audit.bad_event`, `audit.patient_level`: all defects at once.
    """

    sequence: int
    at: datetime
    actor: str
    organisation: str
    action: str
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
    request_id: str = ""

    def __post_init__(self) -> None:
        action_named(self.action)
        raise_if(_defects(self))
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))
        raise_if(_too_large(self))

    @property
    def kind(self) -> Action:
        """Return the declared action, with its words and risk."""
        return action_named(self.action)

    def content(self) -> dict[str, Any]:
        """Return the event as plain JSON, complete: this is what is hashed and stored."""
        return {
            "schema": SCHEMA,
            "sequence": self.sequence,
            "at": stamp(self.at),
            "actor": self.actor,
            "organisation": self.organisation,
            "action": self.action,
            "subject": self.subject,
            "details": dict(self.details),
            "request_id": self.request_id,
        }

    @property
    def leaf_bytes(self) -> bytes:
        """Return the canonical bytes of the event."""
        return canonical_json(self.content())

    @property
    def leaf_hash(self) -> bytes:
        """Return the RFC 6962 hash of the event's leaf: SHA-256(0x00 ‖ leaf bytes)."""
        return leaf_hash(self.leaf_bytes)

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Event:
        """Read what `content` writes. Raises `audit.bad_event`, `audit.bad_action`."""
        raise_if(_form_defects(content))
        return cls(
            sequence=content["sequence"],
            at=parse_stamp(content["at"]),
            action=content["action"],
            details=content["details"],
            **{name: content[name] for name in _TEXTS},
        )


def _defects(event: Event) -> Iterator[Problem]:
    if not _is_count(event.sequence):
        yield _bad("sequence", event.sequence, "an integer from 0")
    if not isinstance(event.at, datetime) or event.at.tzinfo is None:
        yield _bad("at", event.at, "an instant with a time zone")
    for name in _TEXTS:
        if not isinstance(getattr(event, name), str):
            yield _bad(name, getattr(event, name), "text")
    if not event.actor:
        yield _bad("actor", "", "the id of who acted")
    for path in personal_parts(event.details):
        yield problem(PATIENT_LEVEL, "(not shown)", path)


def _too_large(event: Event) -> Iterator[Problem]:
    try:
        size = len(event.leaf_bytes)
    except (ValueError, RecursionError) as error:
        yield _bad("details", error, "plain JSON with text keys and exact numbers")
        return
    if size > LARGEST_EVENT:
        yield _bad("details", f"{size} bytes", f"an event of at most {LARGEST_EVENT} bytes")


def _form_defects(content: Mapping[str, Any]) -> Iterator[Problem]:
    if set(content) != _FIELDS:
        yield _bad("event", sorted(content), f"the fields {sorted(_FIELDS)}")
        return
    if content["schema"] != SCHEMA:
        yield _bad("schema", content["schema"], SCHEMA)
    if not isinstance(content["details"], Mapping):
        yield _bad("details", content["details"], "an object")
    if not _is_stamp(content["at"]):
        yield _bad("at", content["at"], "an instant such as 2026-11-22T01:02:03.000004Z")


def _is_stamp(text: object) -> bool:
    """Tell whether `text` is an instant in the one spelling that is hashed."""
    try:
        return isinstance(text, str) and stamp(parse_stamp(text)) == text
    except ValueError:
        return False


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_INTEGER


def _bad(where: str, received: object, form: str) -> Problem:
    return problem(BAD_EVENT, received, where, form=form)
