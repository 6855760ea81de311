"""What the hub sent: each message once, by id and nonce, acknowledged only when it is stored."""

from __future__ import annotations

import json

from qundao.kernel.canonical import digest
from qundao.kernel.errors import Problem, fail
from qundao.node.store import Tx
from qundao.protocol.codes import ID_REUSED, REPLAYED
from qundao.protocol.envelope import Letter


def admit(tx: Tx, letter: Letter, at: str) -> bool:
    """Note a letter; return False when it was stored before (a re-delivery).

    Raises `protocol.id_reused` and `protocol.replayed`.
    """
    held = tx.execute("SELECT digest FROM letter WHERE id = ?", (letter.id,)).fetchone()
    if held:
        if held["digest"] != letter.digest:
            raise fail(ID_REUSED, letter.digest[:16], letter.id)
        tx.execute("UPDATE letter SET acknowledged = 0 WHERE id = ?", (letter.id,))
        return False
    if tx.execute("SELECT 1 FROM letter WHERE nonce = ?", (letter.nonce,)).fetchone():
        raise fail(REPLAYED, letter.nonce, letter.id)
    tx.execute(
        "INSERT INTO letter (id, digest, nonce, type, received_at) VALUES (?, ?, ?, ?, ?)",
        (letter.id, letter.digest, letter.nonce, letter.type, at),
    )
    return True


def unacknowledged(tx: Tx, most: int = 500) -> tuple[str, ...]:
    """Return ids of stored letters that the hub has not been told of."""
    query = "SELECT id FROM letter WHERE acknowledged = 0 ORDER BY received_at LIMIT ?"
    return tuple(row["id"] for row in tx.execute(query, (most,)))


def mark_acknowledged(tx: Tx, ids: tuple[str, ...]) -> None:
    """Note that the hub has been told that these are stored."""
    tx.executemany("UPDATE letter SET acknowledged = 1 WHERE id = ?", [(i,) for i in ids])


def report(tx: Tx, problem: Problem, at: str) -> None:
    """Keep what was rejected before it counted as a message, for the steward to see.

    The same problem again only raises its count, so that a flood cannot fill the disk.
    """
    plain = problem.to_json()
    key = digest([plain["code"], plain["where"]])
    tx.execute(
        "INSERT INTO incident (digest, problem, first_at, last_at, times) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (digest) DO UPDATE SET last_at = excluded.last_at,"
        " problem = excluded.problem, times = times + 1",
        (key, json.dumps(plain, ensure_ascii=False), at, at),
    )
