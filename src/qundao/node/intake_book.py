"""The versions of a desk's mapping, and who decided what about them: four eyes.

A version never changes. It is a draft; whoever proposes it asks somebody else to release it; that
person releases or returns it. Nobody releases what they proposed or wrote any part of. What was
released before is no longer counted as written by anybody: it has been seen by two. Every decision
is an entry of a journal, chained so that none can vanish, and names the digest of the text that it
was about, and of the files of codes that the text names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qundao.intake.code_tables import files_of_tables
from qundao.kernel.canonical import digest as digest_of
from qundao.kernel.errors import fail
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.node import intake_desks, people
from qundao.node.codes import DECISION_INCOMPLETE
from qundao.node.gate_log import START
from qundao.node.intake_codes import (
    CODES_ALTERED,
    FOUR_EYES,
    MAPPING_ALTERED,
    MAPPING_STALE,
    MAPPING_STATE,
    NOT_RELEASED,
    NOTHING_CHANGED,
    UNKNOWN_MAPPING,
)
from qundao.node.intake_places import desk_mapping
from qundao.node.people import Person
from qundao.node.store import Tx

DRAFT, PROPOSED, RETURNED, RELEASED, SUPERSEDED = STATES = (
    "draft",
    "proposed",
    "returned",
    "released",
    "superseded",
)
PROPOSE, WITHDRAW, RETURN, RELEASE = "propose", "withdraw", "return", "release"
TRANSITIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        DRAFT: {PROPOSE: PROPOSED},
        PROPOSED: {WITHDRAW: DRAFT, RETURN: RETURNED, RELEASE: RELEASED},
        RETURNED: {},
        RELEASED: {},
        SUPERSEDED: {},
    }
)
"""What may be done with a version, and what it is then. A release supersedes the one before."""

BEFORE_COMMIT = declare_fault_point("node.mapping.before_commit")
_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision in the journal."""

    at: str
    desk: str
    version: int
    event: str
    who: str
    name: str
    mapping: str
    files: str
    note: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a mapping: `parent` was edited to make it, `state` follows the journal."""

    desk: str
    number: int
    parent: int
    text: str
    digest: str
    who: str
    name: str
    at: str
    note: str
    state: str

    @property
    def whole(self) -> bool:
        """Tell whether the text is the one that was saved."""
        return text_digest(self.text) == self.digest


def text_digest(text: str) -> str:
    """Return what a mapping's text is known by (SHA-256 of its UTF-8), as its account has it."""
    return sha256(text.encode("utf-8")).hexdigest()


def save(
    tx: Tx, *, desk: str, text: str, base: int, newest: int, note: str, person: str | None, at: str
) -> Version:
    """Keep a text as the next version, a draft. It may still have defects.

    `base` is the version that was edited, `newest` the newest that its writer had seen: what
    somebody else saved meanwhile is not passed over. Raises `node.mapping_stale`,
    `node.mapping_unchanged`, `node.person_required`, `node.decision_incomplete`.
    """
    who = people.require(tx, person)
    plain = text.replace("\r\n", "\n").rstrip() + "\n"
    _require_note(note)
    intake_desks.get(tx, desk)
    held = versions(tx, desk)
    if newest != len(held) or not 0 <= base <= newest:
        raise fail(MAPPING_STALE, newest, "version", newest=len(held))
    if not plain.strip() or (held and held[-1].text == plain):
        raise fail(NOTHING_CHANGED, f"{len(plain):,} B", "text", number=len(held))
    row = (desk, newest + 1, base, plain, text_digest(plain), who.id, at, note.strip())
    tx.execute("INSERT INTO mapping_version VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return get(tx, desk, newest + 1)


def propose(
    tx: Tx, *, desk: str, version: int, digest: str, note: str, person: str | None, at: str
) -> Version:
    """Ask somebody else to release a version. Raises `intake.bad_mapping` where it has defects."""
    who = people.require(tx, person)
    held = _in_state(tx, desk, version, PROPOSE)
    _check_digest(held, digest)
    _append(tx, held, PROPOSE, who, note, at, code_files(tx, held))
    return get(tx, desk, version)


def withdraw(tx: Tx, *, desk: str, version: int, note: str, person: str | None, at: str) -> Version:
    """Take a proposal back; only who proposed it can."""
    who = people.require(tx, person)
    held = _in_state(tx, desk, version, WITHDRAW)
    if proposal(tx, held).who != who.id:
        raise fail(MAPPING_STATE, who.name, f"v{version}", required=proposal(tx, held).name)
    _append(tx, held, WITHDRAW, who, note, at)
    return get(tx, desk, version)


def give_back(
    tx: Tx, *, desk: str, version: int, digest: str, note: str, person: str | None, at: str
) -> Version:
    """Return a proposal with the reason. Who proposed it withdraws it instead."""
    who = people.require(tx, person)
    held = _in_state(tx, desk, version, RETURN)
    if not note.strip():
        words = {"zh": "退回的理由", "en": "why it is returned"}
        raise fail(DECISION_INCOMPLETE, repr(note), "note", **words)
    _check_digest(held, digest)
    if proposal(tx, held).who == who.id:
        raise fail(FOUR_EYES, who.name, f"v{version}", wrote=proposal(tx, held).name)
    _append(tx, held, RETURN, who, note, at)
    return get(tx, desk, version)


def release(
    tx: Tx, *, desk: str, version: int, digest: str, note: str, person: str | None, at: str
) -> Version:
    """Release a proposal: loads run it from now on.

    `digest` is that of the text its reader saw. Raises `node.four_eyes`, `node.mapping_altered`,
    `node.mapping_state`, `node.person_required`, `intake.bad_mapping`.
    """
    who = people.require(tx, person)
    held = _in_state(tx, desk, version, RELEASE)
    _check_digest(held, digest)
    _check_digest(held, proposal(tx, held).mapping)
    wrote = writers(tx, held)
    if who.id in wrote:
        raise fail(FOUR_EYES, who.name, f"v{version}", wrote=", ".join(wrote.values()))
    files = code_files(tx, held)
    _check_files(held, proposal(tx, held), files)
    _append(tx, held, RELEASE, who, note, at, files)
    fault_point(BEFORE_COMMIT)
    return get(tx, desk, version)


def released(tx: Tx, desk: str) -> Version | None:
    """Return the version that loads run, if there is one."""
    found = [v for v in versions(tx, desk) if v.state == RELEASED]
    return found[-1] if found else None


def to_load(tx: Tx, desk: str, version: int) -> Version:
    """Return a version that may be loaded: released, and to the letter what was released.

    Raises `node.mapping_not_released`, `node.mapping_altered`.
    """
    held = get(tx, desk, version)
    if held.state != RELEASED:
        raise fail(NOT_RELEASED, held.state, f"v{version}")
    entry = _last(tx, held, RELEASE)
    _check_digest(held, entry.mapping)
    _check_files(held, entry, code_files(tx, held))
    return held


def code_files(tx: Tx, version: Version) -> dict[str, str]:
    """Return the digest of each file or folder of codes that a version names.

    It is empty where that is not there; a folder's is that of what tables are read from. Raises
    `intake.bad_mapping`, `node.mapping_outside`.
    """
    lists = desk_mapping(version.text, f"v{version.number}").codes.values()
    sources = intake_desks.get(tx, version.desk).sources
    return {name: _digest_of(sources / name) for name in sorted({x.file for x in lists if x.file})}


def _digest_of(path: Path) -> str:
    if path.is_dir():
        held = {str(f.relative_to(path)): _digest_of(f) for f in files_of_tables(path)}
        return digest_of(held) if held else ""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def writers(tx: Tx, version: Version) -> dict[str, str]:
    """Return who may not release a version, by id: proposed it or wrote any of what is new in it.

    New is what no released version of the desk had. Its writers are who saved the versions it was
    made of, and whoever first saved one of its lines, wherever it was copied from.
    """
    held = versions(tx, version.desk)
    seen = {line for v in held if was_released(v) for line in _lines(v.text)}
    new = _lines(version.text) - seen
    first: dict[str, Version] = {}
    for older in held[: version.number]:
        for line in _lines(older.text) & new:
            first.setdefault(line, older)
    wrote = {v.who: v.name for v in (*_ancestry(held, version), *first.values())}
    if version.state == PROPOSED:
        entry = proposal(tx, version)
        wrote[entry.who] = entry.name
    return wrote


def _ancestry(held: Sequence[Version], version: Version) -> list[Version]:
    """Return the version and those it was edited from, back to one that was released."""
    found = [version]
    while (parent := found[-1].parent) and not was_released(held[parent - 1]):
        found.append(held[parent - 1])
    return found


def was_released(version: Version) -> bool:
    """Tell whether a version was released, be it superseded by now."""
    return version.state in (RELEASED, SUPERSEDED)


def _lines(text: str) -> set[str]:
    """Return a text's lines, blanks aside; signs alone are nobody's."""
    lines = {"".join(raw.split()) for raw in text.splitlines()}
    return {line for line in lines if any(c.isalnum() for c in line)}


def get(tx: Tx, desk: str, number: int) -> Version:
    """Return a version. Raises `node.unknown_mapping`, `node.unknown_intake_desk`."""
    intake_desks.get(tx, desk)
    held = versions(tx, desk)
    if not 1 <= number <= len(held):
        raise fail(UNKNOWN_MAPPING, number, "version", newest=len(held))
    return held[number - 1]


def versions(tx: Tx, desk: str) -> list[Version]:
    """Return a desk's versions, the oldest first."""
    rows = tx.execute(
        "SELECT v.*, p.name FROM mapping_version v JOIN person p ON p.id = v.who"
        " WHERE desk = ? ORDER BY v.number",
        (desk,),
    ).fetchall()
    states = _states(tx, desk)
    return [Version(**dict(r), state=states.get(r["number"], DRAFT)) for r in rows]


def waiting(tx: Tx) -> list[Version]:
    """Return what waits for release on any desk."""
    found = (v for d in intake_desks.all_desks(tx) for v in versions(tx, d.id))
    return [v for v in found if v.state == PROPOSED]


def journal(tx: Tx, desk: str) -> list[Entry]:
    """Return a desk's decisions, the oldest first."""
    rows = tx.execute("SELECT * FROM mapping_log WHERE desk = ? ORDER BY number", (desk,))
    return [_entry(r) for r in rows]


def broken_at(tx: Tx) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None."""
    previous = START
    for row in tx.execute("SELECT * FROM mapping_log ORDER BY number"):
        expected = digest_of([previous, asdict(_entry(row))])
        if (row["previous"], row["digest"]) != (previous, expected):
            return int(row["number"])
        previous = expected
    return None


def proposal(tx: Tx, version: Version) -> Entry:
    """Return the entry by which a version was proposed last."""
    return _last(tx, version, PROPOSE)


def _last(tx: Tx, version: Version, event: str) -> Entry:
    told = journal(tx, version.desk)
    return [e for e in told if (e.version, e.event) == (version.number, event)][-1]


def _states(tx: Tx, desk: str) -> dict[int, str]:
    """Return each version's state as the journal tells it."""
    found: dict[int, str] = {}
    for entry in journal(tx, desk):
        state = TRANSITIONS[found.get(entry.version, DRAFT)][entry.event]
        if state == RELEASED:
            found |= {n: SUPERSEDED for n, s in found.items() if s == RELEASED}
        found[entry.version] = state
    return found


def _in_state(tx: Tx, desk: str, version: int, event: str) -> Version:
    held = get(tx, desk, version)
    if event not in TRANSITIONS[held.state]:
        required = " / ".join(s for s, can in TRANSITIONS.items() if event in can)
        raise fail(MAPPING_STATE, held.state, f"v{version}", required=required)
    later = max((v.number for v in versions(tx, desk) if was_released(v)), default=0)
    if event in (PROPOSE, RELEASE) and later > version:
        raise fail(MAPPING_STATE, f"v{version}", "version", required=f"> v{later}")
    return held


def _check_digest(held: Version, digest: str) -> None:
    found = text_digest(held.text)
    if not found == held.digest == digest:
        raise fail(MAPPING_ALTERED, found, f"v{held.number}", digest=digest)


def _check_files(held: Version, entry: Entry, files: Mapping[str, str]) -> None:
    """Codes are mapped in files too: what they say is proposed, released and loaded alike."""
    told = json.loads(entry.files)
    changed = [name for name in told if told[name] != files.get(name)]
    if changed:
        raise fail(CODES_ALTERED, ", ".join(changed), f"v{held.number}", name=entry.name)


def _require_note(note: str) -> None:
    if len(note) > _LONGEST_NOTE:
        words = {"zh": f"不超过 {_LONGEST_NOTE} 字", "en": f"at most {_LONGEST_NOTE} characters"}
        raise fail(DECISION_INCOMPLETE, f"{len(note)}", "note", **words)


def _append(
    tx: Tx,
    held: Version,
    event: str,
    who: Person,
    note: str,
    at: str,
    files: Mapping[str, str] = MappingProxyType({}),
) -> None:
    _require_note(note)
    last = tx.execute("SELECT digest FROM mapping_log ORDER BY number DESC LIMIT 1").fetchone()
    previous = last["digest"] if last else START
    decided = (held.digest, json.dumps(dict(files), ensure_ascii=False), note.strip())
    told = asdict(Entry(at, held.desk, held.number, event, who.id, who.name, *decided))
    columns = {**told, "previous": previous, "digest": digest_of([previous, told])}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    tx.execute(f"INSERT INTO mapping_log ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608


def _entry(row: Any) -> Entry:
    return Entry(**{n: row[n] for n in Entry.__slots__})
