"""The one button that stops everything: who pressed it, when and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from qundao.kernel.errors import fail
from qundao.node.codes import DECISION_INCOMPLETE, STOPPED
from qundao.node.store import Tx


@dataclass(frozen=True, slots=True)
class Switch:
    """The last press: stop or resume."""

    stopped: bool
    who: str = ""
    why: str = ""
    at: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)


def state(tx: Tx) -> Switch:
    """Return whether the node is stopped, by whom and why."""
    row = tx.execute("SELECT * FROM switch_log ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return Switch(stopped=False)
    return Switch(bool(row["stopped"]), row["who"], row["why"], row["at"])


def press(tx: Tx, *, stopped: bool, who: str, why: str, at: str) -> Switch:
    """Stop the node, or let it work again. Raises `node.decision_incomplete`."""
    if not who.strip() or not why.strip():
        words = {"zh": "操作人与理由", "en": "who decides, and why"}
        raise fail(DECISION_INCOMPLETE, f"{who!r}, {why!r}", "switch", **words)
    tx.execute(
        "INSERT INTO switch_log (at, stopped, who, why) VALUES (?, ?, ?, ?)",
        (at, int(stopped), who.strip(), why.strip()),
    )
    return state(tx)


def require_running(tx: Tx) -> None:
    """Raise `node.stopped` while the node is stopped."""
    held = state(tx)
    if held.stopped:
        raise fail(STOPPED, held.at, "switch", who=held.who, why=held.why)
