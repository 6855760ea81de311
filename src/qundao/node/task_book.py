"""The tasks that this node was given, as rows: received → running → answered or refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qundao.kernel.clock import parse_stamp, stamp
from qundao.kernel.errors import Problem, fail
from qundao.node.store import Tx
from qundao.protocol.codes import ID_REUSED

STUDY, EXPLORE = "study", "explore"
RECEIVED, RUNNING, ANSWERED, REFUSED = "received", "running", "answered", "refused"


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `permit`, `analysis` and `round` are None in the explore lane."""

    id: str
    lane: str
    body: dict[str, Any]
    expires_at: datetime
    accession: str
    permit: str | None = None
    analysis: str | None = None
    round: str | None = None
    started: int = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what is asked."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True).encode()).hexdigest()


def receive(tx: Tx, task: Task, at: str) -> None:
    """Keep a task. One that was answered before has its stored answer sent once more.

    Raises `protocol.id_reused` when the id came before with other content.
    """
    held = tx.execute("SELECT digest, message FROM task WHERE id = ?", (task.id,)).fetchone()
    if held is None:
        _insert(tx, task, at)
    elif held["digest"] != task.digest:
        raise fail(ID_REUSED, task.digest[:16], task.id)
    elif held["message"]:
        tx.execute("UPDATE outbox SET delivered_at = NULL WHERE message = ?", (held["message"],))


def begin_next(tx: Tx) -> Task | None:
    """Return the oldest task that waits (or that a killed process left), marked as begun."""
    row = tx.execute(
        "SELECT * FROM task WHERE state IN ('received', 'running') ORDER BY received_at, id LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    tx.execute(
        "UPDATE task SET state = 'running', started = started + 1 WHERE id = ?", (row["id"],)
    )
    return _task(row)


def put_back(tx: Tx, task: Task) -> None:
    """Let a task wait again: the node was stopped while it ran."""
    tx.execute("UPDATE task SET state = 'received', started = 0 WHERE id = ?", (task.id,))


def finish(
    tx: Tx,
    task: Task,
    *,
    answer: dict[str, Any],
    problems: tuple[Problem, ...],
    message: str,
    at: str,
) -> None:
    """Keep what was answered; with problems the task was refused."""
    kept = [p.to_json() for p in problems]
    tx.execute(
        "UPDATE task SET state = ?, answer = ?, problems = ?, message = ?, finished_at = ?"
        " WHERE id = ?",
        (
            REFUSED if problems else ANSWERED,
            json.dumps(answer, ensure_ascii=False),
            json.dumps(kept, ensure_ascii=False),
            message,
            at,
            task.id,
        ),
    )


def log(tx: Tx, most: int = 500, skipped: int = 0) -> list[dict[str, Any]]:
    """Return the latest tasks for a reader, the newest first."""
    query = "SELECT * FROM task ORDER BY received_at DESC, id LIMIT ? OFFSET ?"
    return [_entry(row) for row in tx.execute(query, (most, skipped))]


def count_by_state(tx: Tx) -> dict[str, int]:
    """Return how many tasks are in each state."""
    return dict(tx.execute("SELECT state, count(*) FROM task GROUP BY state").fetchall())


def round_holder(tx: Tx, round_id: str) -> str | None:
    """Return the task that used a round, or None."""
    row = tx.execute("SELECT task FROM round_used WHERE round = ?", (round_id,)).fetchone()
    return row["task"] if row else None


def use_round(tx: Tx, round_id: str, task: str) -> None:
    """Use up a round: nothing else is ever answered under its id."""
    tx.execute("INSERT INTO round_used (round, task) VALUES (?, ?)", (round_id, task))


def _insert(tx: Tx, task: Task, at: str) -> None:
    tx.execute(
        "INSERT INTO task (id, lane, body, digest, expires_at, state, received_at,"
        " permit, analysis, accession, round) VALUES (?, ?, ?, ?, ?, 'received', ?, ?, ?, ?, ?)",
        (
            task.id,
            task.lane,
            json.dumps(task.body, ensure_ascii=False),
            task.digest,
            stamp(task.expires_at),
            at,
            task.permit,
            task.analysis,
            task.accession,
            task.round,
        ),
    )


def _task(row: Any) -> Task:
    return Task(
        row["id"],
        row["lane"],
        json.loads(row["body"]),
        parse_stamp(row["expires_at"]),
        row["accession"],
        row["permit"],
        row["analysis"],
        row["round"],
        row["started"] + 1,
    )


def _entry(row: Any) -> dict[str, Any]:
    plain = {k: row[k] for k in row.keys() if k not in ("body", "answer", "problems")}  # noqa: SIM118
    return plain | {
        "body": json.loads(row["body"]),
        "problems": json.loads(row["problems"]) if row["problems"] else [],
    }
