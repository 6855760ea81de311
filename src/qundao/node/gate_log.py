"""出域清单: everything that left this node, one entry each, chained so that none can vanish."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qundao.kernel.canonical import digest
from qundao.node.store import Tx

START = "0" * 64
REGISTRATION, VOCABULARY = "registration", "vocabulary"
"""The lanes that no task asks for; the others are those of `task_book`."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is about to leave: to whom, for which task, on whose behalf, and what.

    `content` says what left (cells and values, or how many masked ones) and under which permit;
    `decisions` are the gate's rules in words. What describes a dataset (`node.descriptions`) has
    its message for a task, the node's own name of the dataset for an accession, and is for all.
    """

    recipient: str
    lane: str
    task: str
    message: str
    accession: str
    on_behalf_of: str
    content: dict[str, Any]
    decisions: list[dict[str, Any]]


def append(tx: Tx, leaving: Leaving, at: str) -> None:
    """Add an entry. One task and one message have at most one."""
    last = tx.execute("SELECT digest FROM gate_log ORDER BY number DESC LIMIT 1").fetchone()
    previous = last["digest"] if last else START
    entry = _plain(leaving, at)
    columns = {
        **entry,
        "content": json.dumps(leaving.content, ensure_ascii=False),
        "decisions": json.dumps(leaving.decisions, ensure_ascii=False),
        "previous": previous,
        "digest": digest([previous, entry]),
    }
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    tx.execute(f"INSERT INTO gate_log ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608


def entries(
    tx: Tx, since: str = "", until: str = "9", *, most: int = -1, skipped: int = 0
) -> list[dict[str, Any]]:
    """Return the entries of a period (text instants, until exclusive), newest first.

    Each also says when the hub confirmed it (`delivered_at`, None while it waits).
    """
    rows = tx.execute(
        "SELECT g.*, o.delivered_at FROM gate_log g LEFT JOIN outbox o USING (message)"
        " WHERE g.at >= ? AND g.at < ? ORDER BY number DESC LIMIT ? OFFSET ?",
        (since, until, most, skipped),
    )
    return [_entry(row) for row in rows]


def count(tx: Tx, since: str = "", until: str = "9") -> int:
    """Return how many entries a period has."""
    query = "SELECT count(*) FROM gate_log WHERE at >= ? AND at < ?"
    number: int = tx.execute(query, (since, until)).fetchone()[0]
    return number


def message_of(tx: Tx, number: int) -> str | None:
    """Return the message that an entry is about, or None when there is no such entry."""
    row = tx.execute("SELECT message FROM gate_log WHERE number = ?", (number,)).fetchone()
    return row["message"] if row else None


def broken_at(tx: Tx) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None."""
    previous = START
    for row in tx.execute("SELECT * FROM gate_log ORDER BY number"):
        entry = _entry({**row, "delivered_at": None})
        expected = digest([previous, {k: entry[k] for k in _FIELDS}])
        if (row["previous"], row["digest"]) != (previous, expected):
            return int(row["number"])
        previous = row["digest"]
    return None


_FIELDS = (
    "at",
    "recipient",
    "lane",
    "task",
    "message",
    "accession",
    "on_behalf_of",
    "content",
    "decisions",
)


def _plain(leaving: Leaving, at: str) -> dict[str, Any]:
    return {"at": at, **{f: getattr(leaving, f) for f in _FIELDS[1:]}}


def _entry(row: Any) -> dict[str, Any]:
    plain = dict(row)
    for name in ("content", "decisions"):
        plain[name] = json.loads(plain[name])
    return plain
