"""Shortcomings that the steward lets stand for a while: set and ended by name, never deleted.

A waiver belongs to the dataset under the node's own name of it. It is in force from the next
time the dataset is connected: a version that the hub holds never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from qundao.kernel.errors import fail
from qundao.node.codes import DECISION_INCOMPLETE, NO_SUCH_WAIVER
from qundao.node.store import Tx
from qundao.quality import Waiver, grant, waiver_from_json

_COLUMNS = ("number", "at", "dataset", "check_id", "reason", "who", "until", "ended")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: a waiver set (with its last day) or ended (without)."""

    number: int
    at: str
    dataset: str
    check_id: str
    reason: str
    who: str
    until: str
    ended: bool

    @property
    def waiver(self) -> Waiver:
        """Return the waiver that this line set."""
        told = {"reason": self.reason, "by": self.who, "until": self.until}
        return waiver_from_json({"check": self.check_id} | told)


def waive(tx: Tx, *, dataset: str, check: str, who: str, why: str, until: str, at: str) -> Waiver:
    """Set a waiver, or set it anew. Raises `quality.bad_waiver` with every defect."""
    today = date.fromisoformat(at[:10])
    waiver = grant(check=check, reason=why, by=who, until=until, today=today)
    if waiver.expired(today):
        words = {"zh": "尚未过去的到期日", "en": "a last day that is not over"}
        raise fail(DECISION_INCOMPLETE, until, "until", **words)
    _write(tx, at, dataset, waiver.check, waiver.reason, waiver.by, waiver.until.isoformat(), 0)
    return waiver


def end(tx: Tx, *, dataset: str, check: str, who: str, why: str, at: str) -> None:
    """End a waiver before its day. Raises `node.decision_incomplete`, `node.no_such_waiver`."""
    if not who.strip() or not why.strip():
        words = {"zh": "操作人与理由", "en": "who decides, and why"}
        raise fail(DECISION_INCOMPLETE, f"{who!r}, {why!r}", "waiver", **words)
    held = standing(tx, dataset)
    if check not in {w.check for w in held}:
        listed = ", ".join(w.check for w in held) or "–"
        raise fail(NO_SUCH_WAIVER, check, "check", held=listed)
    _write(tx, at, dataset, check, why.strip(), who.strip(), "", 1)


def standing(tx: Tx, dataset: str) -> tuple[Waiver, ...]:
    """Return a dataset's waivers that nobody ended, those among them whose day is over."""
    latest = {entry.check_id: entry for entry in reversed(journal(tx, dataset))}
    return tuple(e.waiver for e in latest.values() if not e.ended)


def journal(tx: Tx, dataset: str) -> list[Entry]:
    """Return every line about a dataset, the newest first."""
    rows = tx.execute("SELECT * FROM waiver_log WHERE dataset = ? ORDER BY number DESC", (dataset,))
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(**{name: row[name] for name in _COLUMNS} | {"ended": bool(row["ended"])})


def _write(tx: Tx, *values: object) -> None:
    tx.execute(
        "INSERT INTO waiver_log (at, dataset, check_id, reason, who, until, ended)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        values,
    )
